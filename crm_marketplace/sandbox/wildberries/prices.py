"""Prices, discounts, and uploads of them that are worked off later.

https://dev.wildberries.ru/openapi/work-with-products#tag/Ceny-i-skidki
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import rfc3339
from crm_marketplace.sandbox.http import Reply
from crm_marketplace.sandbox.limits import Window
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.wildberries.checks import Call, is_integer, refused_price
from crm_marketplace.sandbox.wildberries.listings import sizes_of

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop

CURRENCY = "RUB"
MOST_GOODS = 1000
WINDOWS = (Window("prices", 10, 6), Window("prices at once", 5, 3))
_LOOKS = 1  # at an upload before it is worked off

WAITING, DONE, CANCELLED, SOME_REFUSED, ALL_REFUSED = 1, 3, 4, 5, 6
TAKEN, REFUSED = 2, 3  # rows
_QUARANTINE = (
	"The new price is several times lower than the current price. Item has been moved to Price Quarantine"
)


def discounted(price: int, discount: int) -> int | float:
	"""What is left of a price."""
	left = price * (100 - discount)
	return left // 100 if left % 100 == 0 else left / 100


# --- reading ---------------------------------------------------------------------------------------


def goods(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v2/list/goods/filter"""
	limit = _number(call, "limit", most=MOST_GOODS)
	offset = _number(call, "offset", default=0)
	return _listed(shop, "trashed_at IS NULL ORDER BY nm_id LIMIT ? OFFSET ?", (limit, offset))


def some_goods(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /api/v2/list/goods/filter"""
	ids = call.data.get("nmList") if isinstance(call.data, Mapping) else None
	if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_GOODS or not all(map(is_integer, ids)):
		raise refused_price(400, "Invalid request parameters")
	return _listed(shop, f"trashed_at IS NULL AND nm_id IN ({marks(ids)}) ORDER BY nm_id", ids)


def _listed(shop: WildberriesShop, where: str, values: Any) -> dict[str, Any]:
	cards = shop.state.all(f"SELECT * FROM card WHERE {where}", values)
	sizes = sizes_of(shop, [card["nm_id"] for card in cards])
	found = [
		{
			"nmID": card["nm_id"],
			"vendorCode": card["vendor_code"],
			"sizes": [
				{
					"sizeID": size["chrt_id"],
					"price": size["price"],
					"discountedPrice": discounted(size["price"], card["discount"]),
					"clubDiscountedPrice": discounted(size["price"], card["discount"]),
					"techSizeName": size["tech_size"],
				}
				for size in sizes[card["nm_id"]]
			],
			"currencyIsoCode4217": CURRENCY,
			"discount": card["discount"],
			"clubDiscount": 0,
			"editableSizePrice": bool(card["sizes_priced"]),
		}
		for card in cards
	]
	return {"data": {"listGoods": found}, "error": False, "errorText": ""}


def quarantine(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v2/quarantine/goods"""
	limit, offset = _number(call, "limit", most=MOST_GOODS), _number(call, "offset", default=0)
	cards = shop.state.all(
		"SELECT * FROM card WHERE held_price IS NOT NULL ORDER BY nm_id LIMIT ? OFFSET ?", (limit, offset)
	)
	found = []
	for card in cards:
		present = _price(shop, {"nmID": card["nm_id"]})
		new, old = (
			discounted(card["held_price"], card["held_discount"]),
			discounted(present, card["discount"]),
		)
		found.append(
			{
				"nmID": card["nm_id"],
				"sizeID": None,
				"techSizeName": "",
				"currencyIsoCode4217": CURRENCY,
				"newPrice": card["held_price"],
				"oldPrice": present,
				"newDiscount": card["held_discount"],
				"oldDiscount": card["discount"],
				"priceDiff": new - old,
			}
		)
	return {"data": {"quarantineGoods": found}, "error": False, "errorText": ""}


def _number(call: Call, name: str, *, most: int | None = None, default: int | None = None) -> int:
	text = call.query.get(name)
	if text is None and default is not None:
		return default
	if not (text or "").isdecimal() or (most is not None and not 1 <= int(text) <= most):
		raise refused_price(400, "Invalid request parameters")
	return int(text)


# --- uploading -------------------------------------------------------------------------------------


def push(shop: WildberriesShop, call: Call) -> Reply | dict[str, Any]:
	"""POST /api/v2/upload/task: price and discount of cards."""
	rows = _rows(call)
	if len({row.get("nmID") for row in rows}) < len(rows):
		raise refused_price(400, "Duplicate item Nos.")
	for row in rows:
		card = _card(shop, row)
		if row.get("price") is None and row.get("discount") is None:
			raise refused_price(400, "Price and discount not specified")
		if row.get("discount") is not None and not (
			is_integer(row["discount"]) and 0 <= row["discount"] <= 99
		):
			raise refused_price(400, "Invalid discount value")
		if card["sizes_priced"] and row.get("price") is not None:
			raise refused_price(400, "Invalid price value")
	if all(_is_set(shop, row) for row in rows):
		raise refused_price(400, "The specified prices and discounts are already set")
	return _take(shop, rows)


def push_sizes(shop: WildberriesShop, call: Call) -> Reply | dict[str, Any]:
	"""POST /api/v2/upload/task/size: prices of sizes, where the category allows them."""
	rows = _rows(call)
	if len({row.get("sizeID") for row in rows}) < len(rows):
		raise refused_price(400, "Duplicate size IDs")
	for row in rows:
		size = shop.state.one("SELECT * FROM size WHERE chrt_id = ?", (row.get("sizeID"),))
		if not _card(shop, row)["sizes_priced"] or size is None or size["nm_id"] != row["nmID"]:
			raise refused_price(400, "Invalid size ID")
	if all(_is_set(shop, row) for row in rows):
		raise refused_price(400, "The specified prices and discounts are already set")
	return _take(shop, rows)


def _rows(call: Call) -> list[dict[str, Any]]:
	rows = call.data.get("data") if isinstance(call.data, Mapping) else None
	if not isinstance(rows, list) or not rows or not all(isinstance(row, Mapping) for row in rows):
		raise refused_price(400, "Invalid data format")
	if len(rows) > MOST_GOODS:
		raise refused_price(400, "Upload limit exceeded: You can upload a maximum of 1 000 items")
	for row in rows:
		price = row.get("price")
		if isinstance(price, float):
			raise refused_price(400, "Price should be a whole number")
		if price is not None and not (is_integer(price) and price > 0):
			raise refused_price(400, "Invalid price value")
	return rows


def _card(shop: WildberriesShop, row: Mapping[str, Any]) -> Any:
	card = shop.state.one("SELECT * FROM card WHERE nm_id = ? AND trashed_at IS NULL", (row.get("nmID"),))
	if card is None:
		raise refused_price(400, "Invalid item No.")
	return card


def _is_set(shop: WildberriesShop, row: Mapping[str, Any]) -> bool:
	card, price = _card(shop, row), _price(shop, row)
	return row.get("price") in (None, price) and row.get("discount") in (None, card["discount"])


def _price(shop: WildberriesShop, row: Mapping[str, Any]) -> int:
	"""The present price of a row's size, or of its card."""
	return shop.state.value(
		"SELECT price FROM size WHERE nm_id = ? AND (? IS NULL OR chrt_id = ?) ORDER BY chrt_id",
		(row["nmID"], row.get("sizeID"), row.get("sizeID")),
	)


def _take(shop: WildberriesShop, rows: list[dict[str, Any]]) -> Reply | dict[str, Any]:
	digest = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()
	same = shop.state.value("SELECT id FROM upload WHERE digest = ? AND status = ?", (digest, WAITING))
	if same:
		body = {
			"data": {"id": same, "alreadyExists": True},
			"error": False,
			"errorText": "This task already exists",
		}
		return Reply.of(body, 208)
	looks = shop.state.meta("upload_looks", _LOOKS)
	upload_id = 146_500 + (shop.state.value("SELECT count(*) FROM upload") or 0) + 1
	shop.state.insert(
		"upload", id=upload_id, digest=digest, looks=looks, status=WAITING, made_at=shop.clock.micros()
	)
	shop.state.insert_many(
		"upload_row",
		("upload_id", "place", "nm_id", "chrt_id", "price", "discount"),
		[
			(upload_id, place, row["nmID"], row.get("sizeID"), row.get("price"), row.get("discount"))
			for place, row in enumerate(rows)
		],
	)
	return {"data": {"id": upload_id, "alreadyExists": False}, "error": False, "errorText": ""}


# --- what became of it -----------------------------------------------------------------------------


def task(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v2/history/tasks: nothing, until the upload is worked off."""
	upload = shop.state.one("SELECT * FROM upload WHERE id = ?", (_number(call, "uploadID"),))
	if upload is None:
		return {"data": None, "error": False, "errorText": ""}
	if upload["status"] == WAITING and upload["looks"] > 0:
		shop.state.run("UPDATE upload SET looks = looks - 1 WHERE id = ?", (upload["id"],))
		return {"data": None, "error": False, "errorText": ""}
	status = _work_off(shop, upload["id"]) if upload["status"] == WAITING else upload["status"]
	rows = shop.state.all("SELECT status FROM upload_row WHERE upload_id = ?", (upload["id"],))
	made_at = rfc3339(upload["made_at"])
	return {
		"data": {
			"uploadID": upload["id"],
			"status": status,
			"uploadDate": made_at,
			"activationDate": made_at,
			"overAllGoodsNumber": len(rows),
			"successGoodsNumber": sum(row["status"] == TAKEN for row in rows),
		},
		"error": False,
		"errorText": "",
	}


def _work_off(shop: WildberriesShop, upload_id: int) -> int:
	rows = shop.state.all("SELECT * FROM upload_row WHERE upload_id = ? ORDER BY place", (upload_id,))
	refused = 0
	for row in rows:
		error = _set(shop, row)
		refused += bool(error)
		shop.state.run(
			"UPDATE upload_row SET status = ?, error = ? WHERE upload_id = ? AND place = ?",
			(REFUSED if error else TAKEN, error, upload_id, row["place"]),
		)
	status = DONE if not refused else ALL_REFUSED if refused == len(rows) else SOME_REFUSED
	shop.state.run("UPDATE upload SET status = ? WHERE id = ?", (status, upload_id))
	return status


def _set(shop: WildberriesShop, row: Any) -> str:
	"""Set a price. Returns why it is not set, or nothing."""
	if row["chrt_id"]:
		shop.state.run("UPDATE size SET price = ? WHERE chrt_id = ?", (row["price"], row["chrt_id"]))
		return ""
	card = shop.state.one("SELECT * FROM card WHERE nm_id = ?", (row["nm_id"],))
	present = _price(shop, {"nmID": row["nm_id"]})
	price = present if row["price"] is None else row["price"]
	discount = card["discount"] if row["discount"] is None else row["discount"]
	# "At least three times lower": kept as it was, until the seller confirms it in the cabinet.
	held = price, discount
	if 3 * discounted(price, discount) > discounted(present, card["discount"]):
		held = None, None
		shop.state.run("UPDATE card SET discount = ? WHERE nm_id = ?", (discount, row["nm_id"]))
	shop.state.run("UPDATE card SET held_price = ?, held_discount = ? WHERE nm_id = ?", (*held, row["nm_id"]))
	if held != (None, None):
		return _QUARANTINE
	shop.state.run("UPDATE size SET price = ? WHERE nm_id = ?", (price, row["nm_id"]))
	return ""


def task_rows(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v2/history/goods/task"""
	upload_id = _number(call, "uploadID")
	limit, offset = _number(call, "limit", most=MOST_GOODS), _number(call, "offset", default=0)
	rows = shop.state.all(
		"""SELECT r.*, c.vendor_code FROM upload_row r JOIN card c USING (nm_id)
		WHERE upload_id = ? AND r.status != ? ORDER BY place LIMIT ? OFFSET ?""",
		(upload_id, WAITING, limit, offset),
	)
	found = [
		{
			"nmID": row["nm_id"],
			"vendorCode": row["vendor_code"],
			"sizeID": row["chrt_id"],
			"techSizeName": "",
			"price": row["price"],
			"currencyIsoCode4217": CURRENCY,
			"discount": row["discount"],
			"clubDiscount": None,
			"status": row["status"],
			"errorText": row["error"] or None,
		}
		for row in rows
	]
	return {"data": {"uploadID": upload_id, "historyGoods": found}}
