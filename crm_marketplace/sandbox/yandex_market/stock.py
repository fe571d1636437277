"""What lies in the seller's warehouses, and setting it, in a cabinet without groups of warehouses or with them.

https://yandex.ru/dev/market/partner-api/doc/ru/reference/stocks/updateStocksOnPartnerWarehouses,
…/getStocksOnPartnerWarehouses, …/updateStocks, …/getStocks

`FIT` is all there is, `FREEZE` is promised to buyers, `AVAILABLE` can be ordered. A pushed `count` is what can
be ordered. A push is taken or refused as a whole; in which words is not documented.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import rfc3339
from crm_marketplace.sandbox.limits import Window
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.yandex_market import warehouses
from crm_marketplace.sandbox.yandex_market.checks import Asked, bad, moment, page_token, whole
from crm_marketplace.sandbox.yandex_market.listings import ON_SALE
from crm_marketplace.sandbox.yandex_market.statuses import FBY

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

MOST_ROWS = 2000
MOST_COUNT = 2_000_000_000
PUSH_WINDOW = Window("stocks", 50, 60)
READ_WINDOW = Window("stocks read", 500, 60)


# --- making and moving it ---------------------------------------------------------------------------


def fill(shop: YandexMarketShop) -> None:
	places = [int(id_) for id_ in shop.warehouse_ids()]
	shop.state.insert_many(
		"stock", ("offer", "warehouse_id", "present", "reserved", "updated_at"), _rows(shop, places)
	)


def _rows(shop: YandexMarketShop, places: list[int]) -> Iterator[tuple[int, int, int, int, int]]:
	chance = random.Random(f"stock {shop.plan.seed}/{shop.number}")
	now = shop.clock.micros()
	main, *others = places
	last = 0
	while batch := shop.state.all(
		f"SELECT id FROM offer WHERE {ON_SALE} AND id > ? ORDER BY id LIMIT 5000", (last,)
	):
		for row in batch:
			last = row["id"]
			yield last, main, 0 if chance.random() < 0.1 else chance.randint(1, 60), 0, now
			for place in others:
				if chance.random() < 0.4:
					yield last, place, chance.randint(0, 20), 0, now


def reserve(shop: YandexMarketShop, offer: int, warehouse_id: int, units: int) -> None:
	"""Promise units to a buyer (a negative number: promise them no longer)."""
	shop.state.run(
		"UPDATE stock SET reserved = max(0, reserved + ?) WHERE offer = ? AND warehouse_id = ?",
		(units, offer, warehouses.stock_place(shop, warehouse_id)),
	)


def hand_over(shop: YandexMarketShop, offer: int, warehouse_id: int, units: int) -> None:
	"""Promised units leave the warehouse."""
	shop.state.run(
		"""UPDATE stock SET present = max(0, present - :units), reserved = max(0, reserved - :units)
		WHERE offer = :offer AND warehouse_id = :warehouse""",
		{"units": units, "offer": offer, "warehouse": warehouses.stock_place(shop, warehouse_id)},
	)


def reserve_fby(shop: YandexMarketShop, offer: int, units: int) -> None:
	shop.state.run("UPDATE offer SET fby_reserved = max(0, fby_reserved + ?) WHERE id = ?", (units, offer))


def hand_over_fby(shop: YandexMarketShop, offer: int, units: int) -> None:
	shop.state.run(
		"""UPDATE offer SET fby_present = max(0, fby_present - :units),
		fby_reserved = max(0, fby_reserved - :units) WHERE id = :offer""",
		{"units": units, "offer": offer},
	)


def set_free(shop: YandexMarketShop, offer: int, warehouse_id: int, units: int) -> None:
	shop.state.run(
		"""INSERT INTO stock (offer, warehouse_id, present, reserved, updated_at)
		VALUES (:offer, :warehouse, :units, 0, :now)
		ON CONFLICT DO UPDATE SET present = reserved + :units, updated_at = :now""",
		{
			"offer": offer,
			"warehouse": warehouses.stock_place(shop, warehouse_id),
			"units": units,
			"now": shop.clock.micros(),
		},
	)


# --- telling ---------------------------------------------------------------------------------------


def of_warehouse(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v3/businesses/{businessId}/offers/stocks"""
	warehouses.must_be_grouped(shop, False)
	warehouse_id = whole(asked.body.get("partnerWarehouseId"), "partnerWarehouseId")
	if shop.state.one("SELECT 1 FROM warehouse WHERE id = ?", (warehouse_id,)) is None:
		raise bad(f"Warehouse not found: '{warehouse_id}'")
	offers, paging = _offers(shop, asked, warehouse_id)
	result = {"partnerWarehouseId": warehouse_id, "offers": offers, "paging": paging}
	return {"status": "OK", "result": result}


def of_campaign(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/campaigns/{campaignId}/offers/stocks"""
	program = shop.state.value("SELECT program FROM campaign WHERE id = ?", (asked.campaign_id,))
	if program == FBY:
		return {"status": "OK", "result": _fby(shop, asked)}
	warehouses.must_be_grouped(shop, True)
	own = warehouses.of_campaign(shop, asked.campaign_id)["id"]
	offers, paging = _offers(shop, asked, warehouses.stock_place(shop, own))
	found = [{"warehouseId": own, "offers": offers}]
	if offers:
		# What buyers gave back and the seller did not fetch.
		left = {**offers[0], "stocks": [{"type": "FIT", "count": 1}]}
		found.append({"warehouseId": warehouses.RETURN_WAREHOUSE, "offers": [left]})
	return {"status": "OK", "result": {"warehouses": found, "paging": paging}}


def _offers(
	shop: YandexMarketShop, asked: Asked, warehouse_id: int
) -> tuple[list[dict[str, Any]], dict[str, str]]:
	"""A page of what lies in a warehouse."""
	offer_ids = asked.ids("offerIds", 500)
	if offer_ids and asked.query:
		raise bad("offerIds must not be used together with other filters")
	limit = len(offer_ids) or asked.limit(50, 100)
	(after,) = asked.after(0)
	condition = f"offer_id IN ({marks(offer_ids)})" if offer_ids else "archived = ?"
	values = offer_ids or [int(bool(asked.flag("archived")))]
	rows = shop.state.all(
		f"""SELECT o.id, o.offer_id, s.* FROM stock s JOIN offer o ON o.id = s.offer
		WHERE s.warehouse_id = ? AND {condition} AND o.id > ? ORDER BY o.id LIMIT ?""",
		(warehouse_id, *values, after, limit + 1),
	)
	paging = page_token(rows[limit - 1]["id"]) if len(rows) > limit else {}
	return [_row(row, row["present"], row["reserved"]) for row in rows[:limit]], paging


def _fby(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	limit = asked.limit(50, 100)
	(after,) = asked.after(0)
	rows = shop.state.all(
		"SELECT * FROM offer WHERE fby_present > 0 AND id > ? ORDER BY id LIMIT ?", (after, limit + 1)
	)
	offers = [_row(row, row["fby_present"], row["fby_reserved"]) for row in rows[:limit]]
	return {
		"warehouses": [{"warehouseId": warehouses.MARKET_WAREHOUSE, "offers": offers}],
		"paging": page_token(rows[limit - 1]["id"]) if len(rows) > limit else {},
	}


def _row(row: Any, present: int, reserved: int) -> dict[str, Any]:
	counts = {"FIT": present, "AVAILABLE": present - reserved}
	if reserved:
		counts["FREEZE"] = reserved
	return {
		"offerId": row["offer_id"],
		"stocks": [{"type": kind, "count": count} for kind, count in counts.items()],
		"updatedAt": rfc3339(row["updated_at"]),
	}


# --- setting ---------------------------------------------------------------------------------------


def push(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v3/businesses/{businessId}/offers/stocks/update: all of it or nothing."""
	warehouses.must_be_grouped(shop, False)
	wanted: dict[tuple[str, int], int] = {}
	for row in asked.listed("skuItems", MOST_ROWS, required=True):
		pair = (_sku(row), whole(row.get("partnerWarehouseId"), "partnerWarehouseId"))
		if pair in wanted:
			raise bad("Values of sku and partnerWarehouseId must be unique")
		wanted[pair] = _count(row)
	known = _known(shop, {sku for sku, _warehouse in wanted})
	places = {row["id"] for row in shop.state.all("SELECT id FROM warehouse")}
	if not {warehouse_id for _article, warehouse_id in wanted} <= places:
		raise bad("Warehouse not found")  # nobody says which one it was
	for (sku, warehouse_id), count in wanted.items():
		set_free(shop, known[sku], warehouse_id, count)
	return {"status": "OK"}


def push_to_campaign(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""PUT /v2/campaigns/{campaignId}/offers/stocks: all of it or nothing."""
	warehouses.must_be_grouped(shop, True)
	own = warehouses.of_campaign(shop, asked.campaign_id)["id"]
	wanted: dict[str, int] = {}
	for row in asked.listed("skus", MOST_ROWS, required=True):
		sku = _sku(row)
		items = row.get("items")
		if not isinstance(items, list) or len(items) != 1:
			raise bad("Length of items must be between 1 and 1")
		if sku in wanted:
			raise bad("Values of sku must be unique")
		wanted[sku] = _count(items[0])
	known = _known(shop, set(wanted))
	for sku, count in wanted.items():
		set_free(shop, known[sku], own, count)
	return {"status": "OK"}


def _sku(row: Any) -> str:
	sku = row.get("sku") if isinstance(row, dict) else None
	if not isinstance(sku, str) or not sku.strip() or len(sku) > 255:
		raise bad("Value of sku must match the pattern")
	return sku.strip()


def _count(row: Any) -> int:
	count = whole(row.get("count"), "count")
	if not 0 <= count <= MOST_COUNT:
		raise bad(f"Value of count ({count}) must be between 0 and {MOST_COUNT}")
	moment(row, "updatedAt")
	return count


def _known(shop: YandexMarketShop, skus: set[str]) -> dict[str, int]:
	found: dict[str, int] = {}
	wanted = sorted(skus)
	for start in range(0, len(wanted), 500):
		some = wanted[start : start + 500]
		rows = shop.state.all(f"SELECT id, offer_id FROM offer WHERE offer_id IN ({marks(some)})", some)
		found.update((row["offer_id"], row["id"]) for row in rows)
	unknown = [sku for sku in wanted if sku not in found]
	if unknown:
		raise bad(f"Unknown sku: {', '.join(unknown[:10])}")
	return found
