"""The seller cancels.

https://docs.ozon.ru/api/seller/#operation/PostingAPI_CancelFbsPosting, #operation/PostingAPI_CancelFbsPostingProduct,
#operation/PostingAPI_GetPostingFbsCancelReasonList, #operation/PostingAPI_GetPostingFbsCancelReasonV1
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.ozon import movement, stock
from crm_marketplace.sandbox.ozon.checks import FAILED_PRECONDITION, INVALID_ARGUMENT, Body, refused
from crm_marketplace.sandbox.ozon.orders import find
from crm_marketplace.sandbox.ozon.statuses import CANCELLED, may_cancel

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

OTHER = 402  # needs a message
# id → title, whether a seller may give it.
REASONS = {
	352: ("Товар закончился на складе продавца", True),
	400: ("Остался только бракованный товар", True),
	401: ("Продавец отклонил арбитраж", False),
	OTHER: ("Другое (вина продавца)", True),
	666: ("Возврат из службы доставки: нет доставки в указанный регион", False),
}


def reason_list(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/posting/fbs/cancel-reason/list"""
	return {
		"result": [
			{"id": key, "title": title, "type_id": "seller", "is_available_for_cancellation": available}
			for key, (title, available) in REASONS.items()
		]
	}


def reasons_of(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v1/posting/fbs/cancel-reason"""
	body = Body(data, "GetPostingFbsCancelReasonRequest")
	numbers = body.texts("related_posting_numbers")
	if not numbers:
		raise body.invalid("related_posting_numbers", "value must contain at least 1 item(s)")
	found = []
	for number in numbers:
		row = find(shop, number)
		allowed = may_cancel(row["scheme"], row["status"])
		reasons = [
			{"id": key, "title": title, "type_id": "seller"}
			for key, (title, available) in REASONS.items()
			if available and allowed
		]
		found.append({"posting_number": number, "reasons": reasons})
	return {"result": found}


def cancel(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/posting/fbs/cancel"""
	body = Body(data, "CancelFbsPostingRequest")
	row = _cancellable(shop, body)
	reason_id, message = _reason(body, needs_message=False)
	movement.cancel(shop, row, "seller", reason_id, message or REASONS[reason_id][0])
	return {"result": True}


def cancel_products(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/posting/fbs/product/cancel

	The cancelled units leave the posting; when none is left, the posting is cancelled. (What becomes of
	them is not documented; this is the least a seller sees.)
	"""
	body = Body(data, "CancelFbsPostingProductRequest")
	row = _cancellable(shop, body)
	reason_id, message = _reason(body, needs_message=True)
	wanted: dict[int, int] = {}
	for item in body.children("items", least=1):
		units = item.integer("quantity")
		if units < 1:
			raise item.invalid("quantity", "value must be greater than 0")
		sku = item.integer("sku")
		wanted[sku] = wanted.get(sku, 0) + units
	lines = {
		line["sku"]: line
		for line in shop.state.all("SELECT * FROM posting_line WHERE posting_id = ?", (row["id"],))
	}
	for sku, units in wanted.items():
		if sku not in lines or units > lines[sku]["quantity"]:
			raise refused(FAILED_PRECONDITION, "HAS_INCORRECT_PRODUCT_QUANTITY")
	if sum(wanted.values()) == sum(line["quantity"] for line in lines.values()):
		movement.cancel(shop, row, "seller", reason_id, message)
	else:
		_take_out(shop, row, lines, wanted)
	return {"result": row["posting_number"]}


def _take_out(shop: OzonShop, row: Any, lines: dict[int, Any], wanted: dict[int, int]) -> None:
	for sku, units in wanted.items():
		line = lines[sku]
		stock.reserve(shop, line["product_id"], row["warehouse_id"], -units)
		if units == line["quantity"]:
			shop.state.run(
				"DELETE FROM posting_line WHERE posting_id = ? AND place = ?", (row["id"], line["place"])
			)
		else:
			shop.state.run(
				"UPDATE posting_line SET quantity = quantity - ? WHERE posting_id = ? AND place = ?",
				(units, row["id"], line["place"]),
			)
	shop.state.run("UPDATE posting SET changed_at = ? WHERE id = ?", (shop.clock.micros(), row["id"]))


def _cancellable(shop: OzonShop, body: Body) -> Any:
	row = find(shop, body.text("posting_number", required=True))
	if row["status"] == CANCELLED.status:
		raise refused(FAILED_PRECONDITION, "POSTING_ALREADY_CANCELLED")
	if not may_cancel(row["scheme"], row["status"]):
		raise refused(FAILED_PRECONDITION, "HAS_INCORRECT_STATUS")
	return row


def _reason(body: Body, *, needs_message: bool) -> tuple[int, str]:
	reason_id = body.integer("cancel_reason_id")
	message = body.text("cancel_reason_message")
	if not REASONS.get(reason_id, ("", False))[1]:
		raise refused(INVALID_ARGUMENT, "HAS_INCORRECT_CANCEL_REASON")
	if not message and (needs_message or reason_id == OTHER):
		raise body.invalid("cancel_reason_message", "value length must be at least 1 runes")
	return reason_id, message
