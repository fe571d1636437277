"""Goods as a shop has them: families of variants, barcodes, long Cyrillic names, offer ids of every kind.

The same seed gives the same goods, and the first hundred are the same whether ten or a hundred thousand
are asked for. Nothing is held in memory.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, islice

MAX_OFFER_ID = 50
MAX_NAME = 500
MARKUP_AT = 12  # the thirteenth card carries a script in its title: nobody may ever run it

_COLOURS = (
	"чёрный белый красный синий тёмно-синий бежевый серый малиновый хаки бирюзовый шоколадный графитовый"
).split()
_SIZES = ("36", "37", "38", "39", "40", "41", "42", "43", "44", "45")
_CLOTHES = ("XS", "S", "M", "L", "XL", "XXL", "3XL")
_VOLUMES = ("50 мл", "100 мл", "250 мл", "500 мл", "1 л")
_BRANDS = (
	"Северный ветер", "Ромашка", "Домовёнок", "Уютный дом", "Мастер Плюс", "Зимородок", "Ладога",
	"BestHome", "Kronos & Co", "ЭлектроЛюкс-М", "Тверской мануфактурщик", "Без бренда",
)  # fmt: skip
_FEATURES = (
	"для дома и дачи", "с усиленным швом", "в подарочной упаковке", "антибактериальная пропитка",
	"из экологичных материалов", "повышенной прочности", "для чувствительной кожи", "не требует глажки",
	"с защитой от протечек", "премиум-качества", "сертифицировано по ГОСТ", "с двойной гарантией производителя",
	"подходит для посудомоечной машины", "с регулировкой по высоте", "для взрослых и детей от 3 лет",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Kind:
	"""A sort of goods: what it is called, what its variants differ in, what it costs and weighs."""

	title: str
	code: str
	options: tuple[str, ...]
	price: tuple[int, int]  # roubles
	grams: tuple[int, int]
	is_marked: bool = False  # "Честный знак" codes are obligatory
	is_oversize: bool = False
	is_coloured: bool = True


_KINDS = (
	_Kind("Кроссовки демисезонные из натуральной кожи", "KRS", _SIZES, (2490, 8990), (600, 1400), True),
	_Kind("Футболка хлопковая оверсайз", "TSH", _CLOTHES, (490, 2490), (120, 320), True),
	_Kind("Шампунь восстанавливающий для повреждённых волос", "SHM", _VOLUMES, (190, 1290), (90, 1100), True,
		is_coloured=False),
	_Kind("Кружка керамическая ручной работы", "CUP", ("300 мл", "450 мл"), (290, 1490), (250, 600)),
	_Kind("Комплект постельного белья из сатина", "BED", ("1,5-спальный", "2-спальный", "евро"),
		(1990, 9990), (1200, 3000)),
	_Kind("Дрель-шуруповёрт аккумуляторная с набором бит", "DRL", ("12 В", "18 В", "20 В"),
		(2990, 14990), (1100, 2600)),
	_Kind("Сковорода с антипригарным покрытием и съёмной ручкой", "PAN", ("20 см", "24 см", "28 см"),
		(890, 4490), (700, 1900)),
	_Kind("Корм сухой для взрослых кошек с лососем", "CAT", ("400 г", "1,5 кг", "10 кг"),
		(290, 6990), (400, 10200), is_coloured=False),
	_Kind("Настольная лампа светодиодная с диммером", "LMP", ("тёплый свет", "холодный свет"),
		(790, 3990), (400, 1500)),
	_Kind("Шкаф распашной двухдверный с зеркалом", "WRD", ("900 мм", "1200 мм"), (8990, 39990),
		(38000, 72000), False, True),
	_Kind("Книга «Бухгалтерия маркетплейсов: от отгрузки до акта сверки»", "BOK", ("твёрдый переплёт",
		"мягкая обложка"), (390, 1990), (250, 900), is_coloured=False),
	_Kind("Наушники беспроводные с шумоподавлением", "EAR", ("без кейса", "с кейсом"), (1290, 12990),
		(60, 240)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Goods:
	"""One thing that can be sold. Prices in kopecks, sizes in millimetres, weight in grams."""

	number: int  # from 0
	offer_id: str
	name: str
	barcodes: tuple[str, ...]
	brand: str
	kind: str
	colour: str
	option: str
	family: int
	family_size: int
	price: int
	old_price: int  # 0: no discount is shown
	cost: int
	tax_rate: str  # as a share: "0.2"
	weight: int
	size: tuple[int, int, int]
	is_marked: bool
	is_oversize: bool


def goods(number: int, seed: int = 1) -> Iterator[Goods]:
	"""`number` goods of one seller, one by one."""
	return islice(_endless(random.Random(f"goods {seed}")), number)


def ean13(digits: str) -> str:
	"""Twelve digits with their check digit.

	Raises:
		ValueError: not twelve digits.
	"""
	if len(digits) != 12 or not digits.isdecimal():
		raise ValueError(f"{digits!r} is not twelve digits")
	total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
	return f"{digits}{-total % 10}"


def _endless(chance: random.Random) -> Iterator[Goods]:
	numbers = count()
	round_: list[_Kind] = []
	for family in count(1):
		# In rounds, so that every kind comes up early.
		round_ = round_ or chance.sample(_KINDS, len(_KINDS))
		kind = round_.pop()
		brand = chance.choice(_BRANDS)
		colours = chance.sample(_COLOURS, chance.randint(1, 4)) if kind.is_coloured else [""]
		options = kind.options[: chance.randint(1, len(kind.options))]
		style = chance.randrange(len(_OFFER_STYLES))
		features = chance.sample(_FEATURES, chance.choice((0, 1, 1, 2, 3, 8, 15)))
		base = chance.randint(*kind.price)
		variants = [(colour, option) for colour in colours for option in options]
		for place, (colour, option) in enumerate(variants):
			number = next(numbers)
			price = (base + 40 * place) * 100 - chance.choice((0, 0, 0, 10, 1, 51))
			yield Goods(
				number=number,
				offer_id=_OFFER_STYLES[style](kind.code, family, place, colour, option)[:MAX_OFFER_ID],
				name=_name(number, kind, brand, colour, option, features),
				barcodes=_barcodes(chance, number),
				brand=brand,
				kind=kind.title,
				colour=colour,
				option=option,
				family=family,
				family_size=len(variants),
				price=price,
				old_price=_old_price(price, chance.choice((0, 0, 25, 40))),
				cost=price * chance.randint(35, 65) // 100,
				tax_rate=chance.choice(("0.22", "0.22", "0.22", "0.1", "0.05", "0")),
				weight=chance.randint(*kind.grams),
				size=(chance.randint(60, 500), chance.randint(60, 400), chance.randint(20, 300)),
				is_marked=kind.is_marked and chance.random() < 0.15,
				is_oversize=kind.is_oversize,
			)


def _name(number: int, kind: _Kind, brand: str, colour: str, option: str, features: list[str]) -> str:
	parts = [f"{kind.title} {brand}", colour, option, *features]
	if number == MARKUP_AT:
		parts.insert(1, "<script>document.title='sold'</script><img src=x onerror=alert(1)>")
	return ", ".join(part for part in parts if part)[:MAX_NAME]


def _barcodes(chance: random.Random, number: int) -> tuple[str, ...]:
	"""Most cards have one EAN-13 of the Russian prefixes, some two, some none."""
	own = ean13(f"{460 + number % 10}{number // 10:09d}")
	draw = chance.random()
	if draw < 0.06:
		return ()
	if draw < 0.12:
		return own, ean13(f"20{number:010d}")  # an in-house code beside the maker's
	return (own,)


def _old_price(price: int, discount: int) -> int:
	return 0 if not discount else -(-price * 100 // (100 - discount) // 100) * 100


# How sellers write their article numbers. Each is unique by family and place.
_OFFER_STYLES = (
	lambda code, family, place, colour, option: f"{code}-{family:05d}-{place:02d}",
	lambda code, family, place, colour, option: f"{family:06d}/{place + 1}",
	lambda code, family, place, colour, option: f"{code}-{family} ({colour or option}) {place + 1}",
	lambda code, family, place, colour, option: f"арт. {family}.{place + 1}",
	lambda code, family, place, colour, option: f"{code.lower()}_{family}_{place}",
	lambda code, family, place, colour, option: f"00{family:07d}{place:02d}",
	lambda code, family, place, colour, option: f"№{family}\\{place} «{option}»",
	lambda code, family, place, colour, option: f"{code}#{family}+{place} & Co. 'люкс'",
	lambda code, family, place, colour, option: f"Кол-{family}%{place}; {option}",
)
