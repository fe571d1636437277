"""What lies in the seller's warehouses, and setting it.

https://docs.ozon.ru/api/seller/#operation/ProductAPI_GetProductInfoStocksByWarehouseFbsV2,
#operation/ProductAPI_GetProductInfoStocks, #operation/ProductAPI_ProductsStocksV2

`present` is all there is, `reserved` is promised to buyers, what is free can be ordered. A pushed `stock`
is the free quantity: "количество товара в наличии без учёта зарезервированных товаров".
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.http import Refusal
from crm_marketplace.sandbox.limits import Window
from crm_marketplace.sandbox.ozon import cursors
from crm_marketplace.sandbox.ozon.checks import INVALID_ARGUMENT, Body, refused
from crm_marketplace.sandbox.ozon.listings import MOST_IDS, SELLABLE, chosen
from crm_marketplace.sandbox.ozon.statuses import EXPRESS, FBS, RFBS
from crm_marketplace.sandbox.ozon.warehouses import ACTIVE
from crm_marketplace.sandbox.state import marks

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

MOST_PAIRS = 100
PAIR_SECONDS = 30
TOO_BIG = 1_000_000
PUSH_WINDOW = Window("stocks", 80, 60)


# --- making and moving it ---------------------------------------------------------------------------


def fill(shop: OzonShop) -> None:
	places = {
		row["scheme"] if not row["is_kgt"] else "kgt": row["warehouse_id"]
		for row in shop.state.all("SELECT * FROM warehouse WHERE status = ?", (ACTIVE,))
	}
	shop.state.insert_many(
		"stock", ("product_id", "warehouse_id", "present", "reserved"), _rows(shop, places)
	)


def _rows(shop: OzonShop, places: dict[str, int]) -> Iterator[tuple[int, int, int, int]]:
	chance = random.Random(f"stock {shop.plan.seed}/{shop.number}")
	last = 0
	while batch := shop.state.all(
		"""SELECT product_id, is_kgt FROM listing WHERE state = ? AND archived = 0 AND product_id > ?
		ORDER BY product_id LIMIT 5000""",
		(SELLABLE, last),
	):
		for row in batch:
			last = row["product_id"]
			quantity = 0 if chance.random() < 0.1 else chance.randint(1, 60)
			yield last, places["kgt" if row["is_kgt"] else FBS], quantity, 0
			if not row["is_kgt"] and chance.random() < 0.4:
				yield last, places[RFBS], chance.randint(0, 20), 0
			if not row["is_kgt"] and chance.random() < 0.2:
				yield last, places[EXPRESS], chance.randint(0, 8), 0


def reserve(shop: OzonShop, product_id: int, warehouse_id: int, units: int) -> None:
	"""Promise units to a buyer (a negative number: promise them no longer)."""
	shop.state.run(
		"UPDATE stock SET reserved = max(0, reserved + ?) WHERE product_id = ? AND warehouse_id = ?",
		(units, product_id, warehouse_id),
	)


def hand_over(shop: OzonShop, product_id: int, warehouse_id: int, units: int) -> None:
	"""Promised units leave the warehouse."""
	shop.state.run(
		"""UPDATE stock SET present = max(0, present - :units), reserved = max(0, reserved - :units)
		WHERE product_id = :product AND warehouse_id = :warehouse""",
		{"units": units, "product": product_id, "warehouse": warehouse_id},
	)


def reserve_fbo(shop: OzonShop, product_id: int, units: int) -> None:
	"""The same in the marketplace's warehouse, of which the seller knows one number."""
	shop.state.run(
		"UPDATE listing SET fbo_reserved = max(0, fbo_reserved + ?) WHERE product_id = ?", (units, product_id)
	)


def hand_over_fbo(shop: OzonShop, product_id: int, units: int) -> None:
	shop.state.run(
		"""UPDATE listing SET fbo_present = max(0, fbo_present - :units),
		fbo_reserved = max(0, fbo_reserved - :units) WHERE product_id = :product""",
		{"units": units, "product": product_id},
	)


def set_free(shop: OzonShop, product_id: int, warehouse_id: int, units: int, pushed_at: int = 0) -> None:
	shop.state.run(
		"""INSERT INTO stock (product_id, warehouse_id, present, reserved, pushed_at)
		VALUES (:product, :warehouse, :units, 0, :pushed_at)
		ON CONFLICT DO UPDATE SET present = reserved + :units, pushed_at = :pushed_at""",
		{"product": product_id, "warehouse": warehouse_id, "units": units, "pushed_at": pushed_at},
	)


# --- answering -------------------------------------------------------------------------------------


def by_warehouse(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/product/info/stocks-by-warehouse/fbs"""
	body = Body(data, "GetProductInfoStocksByWarehouseFbsV2Request")
	limit = body.integer("limit", least=1, most=MOST_IDS)
	offers, skus = body.texts("offer_id", most=MOST_IDS), body.integers("sku", most=MOST_IDS)
	if bool(offers) == bool(skus):
		raise refused(INVALID_ARGUMENT, "either offer_id or sku is required")
	column, ids = ("offer_id", offers) if offers else ("sku", skus)
	product_id, warehouse_id = cursors.read(body, "cursor", (0, 0))
	rows = shop.state.all(
		f"""SELECT l.offer_id, l.sku, s.*, w.name AS warehouse_name FROM listing l
		JOIN stock s USING (product_id) JOIN warehouse w USING (warehouse_id)
		WHERE l.{column} IN ({marks(ids)}) AND (s.product_id, s.warehouse_id) > (?, ?)
		ORDER BY s.product_id, s.warehouse_id LIMIT ?""",
		(*ids, product_id, warehouse_id, limit + 1),
	)
	last = rows[limit - 1] if len(rows) > limit else None
	return {
		"products": [
			{
				"product_id": row["product_id"],
				"offer_id": row["offer_id"],
				"sku": row["sku"],
				"warehouse_id": row["warehouse_id"],
				"warehouse_name": row["warehouse_name"],
				"present": row["present"],
				"reserved": row["reserved"],
				"free_stock": row["present"] - row["reserved"],
			}
			for row in rows[:limit]
		],
		"has_next": last is not None,
		"cursor": cursors.write(last["product_id"], last["warehouse_id"]) if last else "",
	}


def totals(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v4/product/info/stocks"""
	body = Body(data, "GetProductInfoStocksV4Request")
	limit = body.integer("limit", least=1, most=MOST_IDS)
	condition, values = chosen(body.child("filter", required=True), ("offer_id", "product_id"))
	(after,) = cursors.read(body, "cursor", (0,))
	rows = shop.state.all(
		f"SELECT * FROM listing WHERE {condition} AND product_id > ? ORDER BY product_id LIMIT ?",
		(*values, after, limit + 1),
	)
	return {
		"items": [
			{"product_id": row["product_id"], "offer_id": row["offer_id"], "stocks": _totals_of(shop, row)}
			for row in rows[:limit]
		],
		"cursor": cursors.write(rows[limit - 1]["product_id"]) if len(rows) > limit else "",
		"total_items": shop.state.value(f"SELECT count(*) FROM listing WHERE {condition}", values),
	}


def _totals_of(shop: OzonShop, listing: Any) -> list[dict[str, Any]]:
	sums: dict[str, dict[str, Any]] = {}
	for row in shop.state.all(
		"""SELECT w.scheme, s.* FROM stock s JOIN warehouse w USING (warehouse_id)
		WHERE s.product_id = ? ORDER BY s.warehouse_id""",
		(listing["product_id"],),
	):
		kind = "fbs" if row["scheme"] == FBS else "rfbs"
		found = sums.setdefault(kind, {"present": 0, "reserved": 0, "warehouse_ids": []})
		found["present"] += row["present"]
		found["reserved"] += row["reserved"]
		found["warehouse_ids"].append(row["warehouse_id"])
	if listing["fbo_present"]:
		amounts = {"present": listing["fbo_present"], "reserved": listing["fbo_reserved"]}
		sums["fbo"] = {**amounts, "warehouse_ids": []}
	common = {"sku": listing["sku"], "shipment_type": "SHIPMENT_TYPE_GENERAL"}
	return [{"type": kind, **common, **found} for kind, found in sums.items()]


# --- setting ---------------------------------------------------------------------------------------


def push(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/products/stocks: each row has its own fate."""
	body = Body(data, "ProductsStocksRequest")
	wanted = []
	for place, row in enumerate(body.children("stocks", least=1, most=MOST_PAIRS)):
		try:
			warehouse_id = row.integer("warehouse_id")
			if warehouse_id <= 0:
				raise row.invalid("warehouse_id", "value must be greater than 0")
			wanted.append(
				(row.text("offer_id"), row.integer("product_id"), warehouse_id, row.integer("stock", least=0))
			)
		except Refusal as refusal:
			raise body.embedded("stocks", place, refusal) from refusal
	return {"result": [_push_row(shop, *row) for row in wanted]}


def _push_row(
	shop: OzonShop, offer_id: str, product_id: int, warehouse_id: int, units: int
) -> dict[str, Any]:
	listing = find(shop, offer_id, product_id)
	error = _why_not(shop, listing, offer_id, warehouse_id, units)
	if not error:
		set_free(shop, listing["product_id"], warehouse_id, units, shop.clock.micros())
	return {
		"offer_id": listing["offer_id"] if listing else offer_id,
		"product_id": listing["product_id"] if listing else product_id,
		"warehouse_id": warehouse_id,
		"updated": not error,
		"errors": [{"code": error[0], "message": error[1]}] if error else [],
	}


def find(shop: OzonShop, offer_id: str, product_id: int) -> Any:
	"""The listing a row means: its offer id wins where both are given. None: there is none."""
	if offer_id:
		return shop.state.one("SELECT * FROM listing WHERE offer_id = ?", (offer_id,))
	return shop.state.one("SELECT * FROM listing WHERE product_id = ?", (product_id,))


def _why_not(
	shop: OzonShop, listing: Any, offer_id: str, warehouse_id: int, units: int
) -> tuple[str, str] | None:
	"""Code and sentence of the first thing that is wrong with a row (section "Errors"), or None."""
	if listing is None:
		if offer_id:
			return "offer_id_not_found", f"offer_id {offer_id} is not found"
		return "NOT_FOUND_ERROR", "product is not found"
	if listing["archived"]:
		return "PRODUCT_IS_ARCHIVED", "Product is archived"
	if listing["state"] != SELLABLE:
		return "product_is_not_created", "Product is not created"
	warehouse = shop.state.one("SELECT * FROM warehouse WHERE warehouse_id = ?", (warehouse_id,))
	if warehouse is None or warehouse["status"] != ACTIVE:
		return "WAREHOUSE_NOT_FOUND", "Warehouse is not found"
	if warehouse["is_kgt"] and not listing["is_kgt"]:
		return "NON_KGT_ON_KGT_WAREHOUSE", "Non-KGT product on KGT warehouse"
	if listing["is_kgt"] and not warehouse["is_kgt"]:
		return "OVER_MAX_OVH_NON_KGT", "Product is too large for the warehouse"
	if units >= TOO_BIG:
		return "STOCK_TOO_BIG", "Stock is too big"
	pushed_at = shop.state.value(
		"SELECT pushed_at FROM stock WHERE product_id = ? AND warehouse_id = ?",
		(listing["product_id"], warehouse_id),
	)
	if pushed_at and shop.clock.micros() < pushed_at + shop.limits.micros(PAIR_SECONDS):
		return "TOO_MANY_REQUESTS", "Stock is updated too frequently"
	return None
