"""The seller packs: one posting per package.

https://docs.ozon.ru/api/seller/#operation/PostingAPI_ShipFbsPostingV4: a 200 answer does not prove that the
order is packed; `substatus = ship_failed` of the posting says that it failed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.ozon import movement
from crm_marketplace.sandbox.ozon.checks import FAILED_PRECONDITION, Body, refused
from crm_marketplace.sandbox.ozon.money import CURRENCY, fixed
from crm_marketplace.sandbox.ozon.orders import find
from crm_marketplace.sandbox.ozon.statuses import CANCELLED, step

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

FAILED = "ship_failed"
PACKED_STATUS = "awaiting_deliver"


def ship(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v4/posting/fbs/ship"""
	body = Body(data, "ShipFbsPostingV4Request")
	row = find(shop, body.text("posting_number", required=True))
	packages = [
		[(product.integer("product_id"), product.integer("quantity")) for product in package.children("products", least=1)]
		for package in body.children("packages", least=1)
	]  # fmt: skip
	lines = {
		line["sku"]: line
		for line in shop.state.all("SELECT * FROM posting_line WHERE posting_id = ?", (row["id"],))
	}
	_check(row, lines, packages)
	if shop.state.meta("next_packing_fails", False):
		shop.state.remember(next_packing_fails=False)
		shop.state.run(
			"UPDATE posting SET substatus = ?, previous_substatus = ?, changed_at = ? WHERE id = ?",
			(FAILED, row["substatus"], shop.clock.micros(), row["id"]),
		)
		return {"result": [row["posting_number"]], "additional_data": []}
	numbers = _pack(shop, row, lines, packages)
	wants_details = body.child("with").flag("additional_data")
	details = [_details(shop, number) for number in numbers] if wants_details else []
	return {"result": numbers, "additional_data": details}


def _check(row: Any, lines: dict[int, Any], packages: list[list[tuple[int, int]]]) -> None:
	if row["status"] == CANCELLED.status:
		raise refused(FAILED_PRECONDITION, "POSTING_ALREADY_CANCELLED")
	if row["status"] in (PACKED_STATUS, "acceptance_in_progress", "delivering", "driver_pickup", "delivered"):
		raise refused(FAILED_PRECONDITION, "POSTING_ALREADY_SHIPPED")
	if row["status"] != "awaiting_packaging":
		raise refused(FAILED_PRECONDITION, "HAS_INCORRECT_STATUS")
	packed: Counter[int] = Counter()
	for package in packages:
		for sku, units in package:
			if sku not in lines:
				raise refused(FAILED_PRECONDITION, "UNKNOWN_PRODUCT_DEFINED")
			if units < 1:
				raise refused(FAILED_PRECONDITION, "HAS_INCORRECT_PRODUCT_QUANTITY")
			packed[sku] += units
	if packed != Counter({sku: line["quantity"] for sku, line in lines.items()}):
		raise refused(FAILED_PRECONDITION, "HAS_INCORRECT_PRODUCT_QUANTITY")
	if any(line["is_marked"] for line in lines.values()):
		raise refused(FAILED_PRECONDITION, "EXEMPLAR_INFO_NOT_FILLED_COMPLETELY")


def _pack(
	shop: OzonShop, row: Any, lines: dict[int, Any], packages: list[list[tuple[int, int]]]
) -> list[str]:
	"""The first package keeps the posting's number, the others get new ones and name it as their parent."""
	where = step(row["scheme"], PACKED_STATUS)
	numbers = [row["posting_number"]]
	columns = [name for name in row.keys() if name != "id"]
	for package in packages[1:]:
		taken = shop.state.value(
			"SELECT count(*) FROM posting WHERE order_number = ?", (row["order_number"],)
		)
		number = f"{row['order_number']}-{taken + 1}"
		copy = {**{name: row[name] for name in columns}, "posting_number": number, "parent": numbers[0]}
		posting_id = shop.state.insert("posting", **copy)
		for place, (sku, units) in enumerate(package, start=1):
			line = dict(lines[sku])
			shop.state.insert(
				"posting_line", **{**line, "posting_id": posting_id, "place": place, "quantity": units}
			)
			_take(shop, line, units)
		numbers.append(number)
	for number in numbers:
		movement.move(shop, find(shop, number), where)
	return numbers


def _take(shop: OzonShop, line: dict[str, Any], units: int) -> None:
	place = (line["posting_id"], line["place"])
	shop.state.run(
		"UPDATE posting_line SET quantity = quantity - ? WHERE posting_id = ? AND place = ?", (units, *place)
	)
	shop.state.run("DELETE FROM posting_line WHERE posting_id = ? AND place = ? AND quantity = 0", place)


def _details(shop: OzonShop, number: str) -> dict[str, Any]:
	row = find(shop, number)
	return {
		"posting_number": number,
		"products": [
			{
				"sku": line["sku"],
				"offer_id": line["offer_id"],
				"name": line["name"],
				"quantity": line["quantity"],
				"price": fixed(line["price"]),
				"currency_code": CURRENCY,
				"mandatory_mark": [],
			}
			for line in shop.state.all("SELECT * FROM posting_line WHERE posting_id = ?", (row["id"],))
		],
	}
