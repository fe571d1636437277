"""Cards of the shop.

https://dev.wildberries.ru/openapi/work-with-products#tag/listings (POST /content/v2/get/cards/list and trash)
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.catalogue import Goods, goods
from crm_marketplace.sandbox.clock import DAY, parse_rfc3339, rfc3339
from crm_marketplace.sandbox.http import Refusal
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.wildberries.checks import Call, is_integer, refused_price
from crm_marketplace.sandbox.wildberries.warehouses import OVERSIZE, SMALL

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop

MOST_CARDS = 100
_CARD_COLUMNS = (
	"nm_id", "imt_id", "vendor_code", "title", "brand", "colour", "subject_id", "subject", "cargo_type",
	"is_marked", "size", "weight", "discount", "sizes_priced", "created_at", "updated_at", "trashed_at",
)  # fmt: skip
_SIZE_COLUMNS = ("chrt_id", "nm_id", "offer_id", "tech_size", "skus", "price")


# --- making them -----------------------------------------------------------------------------------


def fill(shop: WildberriesShop) -> None:
	for card, sizes in _cards(shop):
		shop.state.insert_many("card", _CARD_COLUMNS, [card])
		shop.state.insert_many("size", _SIZE_COLUMNS, sizes)


def _cards(shop: WildberriesShop) -> Iterator[tuple[tuple[Any, ...], list[tuple[Any, ...]]]]:
	"""A colour of a family is a card; what its goods differ in besides are its sizes."""
	# Shops of one sandbox sell the same goods, each under its own ids and a little dearer.
	chance = random.Random(f"cards {shop.plan.seed}/{shop.number}")
	markup = 100 + 3 * (shop.number - 1)
	nm_id = 100_000_000 + shop.number * 20_000_000
	chrt_id = 200_000_000 + shop.number * 90_000_000
	now = shop.clock.micros()
	groups = groupby(goods(shop.plan.listings, shop.plan.seed), key=lambda item: (item.family, item.colour))
	for number, (_key, group) in enumerate(groups):
		items = list(group)
		first = items[0]
		nm_id += chance.randint(1, 90)
		created = now - chance.randint(30, 900) * DAY - chance.randint(0, DAY)
		updated = created + chance.randint(0, 29) * DAY
		discount = _discount(first)
		sizes_priced = len(items) > 1 and number % 3 == 2
		card = (
			nm_id, 50_000_000 + first.family, first.offer_id, first.name.rpartition(f", {first.option}")[0]
			or first.name, first.brand, first.colour, 100 + first.family % 50, first.kind,
			OVERSIZE if first.is_oversize else SMALL, any(item.is_marked for item in items),
			json.dumps(first.size), first.weight, discount, sizes_priced, created, updated,
			updated + DAY if number % 9 == 4 else None,
		)  # fmt: skip
		sizes = []
		for item in items:
			chrt_id += chance.randint(1, 90)
			price = _before_discount((item if sizes_priced else first).price * markup // 100, discount)
			sizes.append((
				chrt_id, nm_id, _offer_id(first, item, len(items)), item.option if len(items) > 1 else "0",
				json.dumps(item.barcodes), price,
			))  # fmt: skip
		yield card, sizes


def _offer_id(first: Goods, item: Goods, sizes: int) -> str:
	"""What a shop's books call the size: the card's article, with the size where there are several."""
	return first.offer_id if sizes == 1 else f"{first.offer_id}-{item.option}"


def _discount(item: Goods) -> int:
	return round(100 - 100 * item.price / item.old_price) if item.old_price else 0


def _before_discount(kopecks: int, discount: int) -> int:
	"""Whole roubles that become about so many kopecks."""
	return max(1, round(kopecks / (100 - discount)))


# --- answering -------------------------------------------------------------------------------------


def card_list(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /content/v2/get/cards/list"""
	return _listed(shop, call, "updatedAt", "updated_at", "trashed_at IS NULL")


def trash(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /content/v2/get/cards/trash"""
	return _listed(shop, call, "trashedAt", "trashed_at", "trashed_at IS NOT NULL")


def _listed(shop: WildberriesShop, call: Call, time: str, column: str, condition: str) -> dict[str, Any]:
	settings = _object(_object(call.data, "settings"))
	cursor = _object(settings.get("cursor") or {})
	limit = cursor.get("limit", 10)
	if not is_integer(limit) or not 1 <= limit <= MOST_CARDS:
		raise _misfit("cursor.limit")
	is_ascending = _object(settings.get("sort") or {}).get("ascending") is True
	values: list[Any] = []
	if cursor.get(time):
		try:
			after = parse_rfc3339(cursor[time])
		except (ValueError, AttributeError) as error:
			raise _misfit(f"cursor.{time}") from error
		sign = ">" if is_ascending else "<"
		condition += f" AND ({column}, nm_id) {sign} (?, ?)"
		values = [after, cursor.get("nmID") or 0]
	direction = "ASC" if is_ascending else "DESC"
	cards = shop.state.all(
		f"SELECT * FROM card WHERE {condition} ORDER BY {column} {direction}, nm_id {direction} LIMIT ?",
		(*values, limit),
	)
	sizes = sizes_of(shop, [card["nm_id"] for card in cards])
	place = {time: rfc3339(cards[-1][column], "microseconds"), "nmID": cards[-1]["nm_id"]} if cards else {}
	return {
		"cards": [_card(card, sizes[card["nm_id"]], time == "trashedAt") for card in cards],
		"cursor": {**place, "total": len(cards)},
	}


def sizes_of(shop: WildberriesShop, nm_ids: list[int]) -> Mapping[int, list[Any]]:
	found: dict[int, list[Any]] = {nm_id: [] for nm_id in nm_ids}
	for row in shop.state.all(
		f"SELECT * FROM size WHERE nm_id IN ({marks(nm_ids)}) ORDER BY chrt_id", nm_ids
	):
		found[row["nm_id"]].append(row)
	return found


def _card(row: Any, sizes: list[Any], is_in_bin: bool) -> dict[str, Any]:
	picture = f"https://basket-10.wbbasket.ru/vol{row['nm_id'] // 100_000}/{row['nm_id']}/images"
	height, width, depth = json.loads(row["size"])
	card = {
		"nmID": row["nm_id"],
		"vendorCode": row["vendor_code"],
		"subjectID": row["subject_id"],
		"subjectName": row["subject"],
		"kizMarked": bool(row["is_marked"]),
		"photos": [
			{
				"big": f"{picture}/big/{place}.webp",
				"c246x328": f"{picture}/c246x328/{place}.webp",
				"c516x688": f"{picture}/c516x688/{place}.webp",
				"square": f"{picture}/square/{place}.webp",
				"tm": f"{picture}/tm/{place}.webp",
			}
			for place in (1, 2)
		],
		"wholesale": {"enabled": False, "quantum": 0},
		"dimensions": {
			"length": max(1, depth // 10),
			"width": max(1, width // 10),
			"height": max(1, height // 10),
			"weightBrutto": row["weight"] / 1000,
			"isValid": True,
		},
		"characteristics": [{"id": 14177449, "name": "Цвет", "value": [row["colour"] or "разноцветный"]}],
		"sizes": [
			{
				"chrtID": size["chrt_id"],
				"techSize": size["tech_size"],
				"wbSize": "" if size["tech_size"] == "0" else size["tech_size"],
				"skus": json.loads(size["skus"]),
			}
			for size in sizes
		],
		"createdAt": rfc3339(row["created_at"], "microseconds"),
	}
	if is_in_bin:
		return {**card, "trashedAt": rfc3339(row["trashed_at"], "microseconds")}
	return {
		**card,
		"imtID": row["imt_id"],
		"nmUUID": f"01a2b3c4-0000-7000-8000-{row['nm_id']:012d}",
		"brand": row["brand"],
		"title": row["title"],
		"description": f"{row['title']}. {row['brand']}.",
		"needKiz": bool(row["is_marked"]),
		"updatedAt": rfc3339(row["updated_at"], "microseconds"),
	}


def _object(value: Any, key: str | None = None) -> Any:
	if key is not None:
		value = value.get(key) if isinstance(value, Mapping) else None
	if not isinstance(value, Mapping):
		raise _misfit(key or "body")
	return value


def _misfit(name: str) -> Refusal:
	return refused_price(400, f"Invalid request: {name}")
