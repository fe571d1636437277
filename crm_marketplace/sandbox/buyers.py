"""Buyers and where they live: nobody real. Telephone numbers are of a range that is not given out."""

from __future__ import annotations

import random
from dataclasses import dataclass

_MEN = ("Алексей", "Дмитрий", "Сергей", "Николай", "Тимур", "Пётр", "Фёдор")
_WOMEN = ("Мария", "Ольга", "Елена", "Наталья", "Алёна", "Юлия", "Гузель")
_SURNAMES = ("Иванов", "Кузнецов", "Смирнов", "Васильев", "Щербаков", "Хабибуллин", "Королёв", "Мещеряков")
_STREETS = (
	"ул. Ленина",
	"пр-т Мира",
	"ул. Садовая",
	"наб. реки Фонтанки",
	"ул. Героев Хасана",
	"б-р Гагарина",
)
_FIRMS = ("Ромашка", "Вектор-Строй", "Альфа Снаб", "Тех «Новатор»", "Северные линии", "Гранит")


@dataclass(frozen=True, slots=True)
class Town:
	city: str
	region: str
	cluster: str  # how a marketplace calls the part of the country
	postcode: str
	latitude: float
	longitude: float


TOWNS = (
	Town("Москва", "Москва", "Москва, МО и Дальние регионы", "101000", 55.7558, 37.6176),
	Town("Санкт-Петербург", "Санкт-Петербург", "Санкт-Петербург и СЗО", "190000", 59.9386, 30.3141),
	Town("Казань", "Республика Татарстан", "Казань", "420000", 55.7887, 49.1221),
	Town("Новосибирск", "Новосибирская область", "Новосибирск", "630000", 55.0302, 82.9204),
	Town("Екатеринбург", "Свердловская область", "Екатеринбург", "620000", 56.8389, 60.6057),
	Town("Краснодар", "Краснодарский край", "Краснодар", "350000", 45.0355, 38.9753),
	Town("Владивосток", "Приморский край", "Дальний Восток", "690000", 43.1155, 131.8855),
	Town("Калининград", "Калининградская область", "Калининград", "236000", 54.7104, 20.4522),
)


@dataclass(frozen=True, slots=True)
class Buyer:
	number: int
	name: str
	phone: str
	email: str
	town: Town
	address: str
	comment: str


@dataclass(frozen=True, slots=True)
class Firm:
	"""A buyer that is a legal entity."""

	name: str
	tax_id: str  # ИНН, ten digits
	reason_code: str  # КПП, nine digits


def buyer(chance: random.Random) -> Buyer:
	number = chance.randint(10_000_000, 99_999_999)
	surname = chance.choice(_SURNAMES)
	if chance.random() < 0.5:
		name = f"{chance.choice(_MEN)} {surname}"
	else:
		name = f"{chance.choice(_WOMEN)} {surname}а"
	return Buyer(
		number=number,
		name=name,
		phone=f"+7495{chance.randint(0, 999_999):07d}",
		email=f"buyer{number}@example.com",
		town=chance.choice(TOWNS),
		address=f"{chance.choice(_STREETS)}, д. {chance.randint(1, 120)}, кв. {chance.randint(1, 300)}",
		comment=chance.choice(("", "", "Домофон не работает", "Позвонить за час", "Оставить у двери")),
	)


def firm(chance: random.Random) -> Firm:
	region = chance.randint(1, 92)
	return Firm(
		name=f"ООО «{chance.choice(_FIRMS)}»",
		tax_id=inn10(f"{region:02d}{chance.randint(0, 9_999_999):07d}"),
		reason_code=f"{region:02d}{chance.randint(1, 50):02d}01001",
	)


def inn10(digits: str) -> str:
	"""Nine digits of a company's ИНН with the check digit (order of the tax service ММВ-7-6/435@)."""
	weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
	if len(digits) != len(weights) or not digits.isdecimal():
		raise ValueError(f"{digits!r} is not nine digits")
	return f"{digits}{sum(w * int(d) for w, d in zip(weights, digits, strict=True)) % 11 % 10}"
