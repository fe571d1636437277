"""The seller changes an order: its status, what is in it, and his answer to a buyer who wants to cancel.

https://yandex.ru/dev/market/partner-api/doc/ru/reference/orders/updateOrderStatus, …/setOrderBoxLayout,
…/updateOrderItems, …/acceptOrderCancellation
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import from_micros
from crm_marketplace.sandbox.yandex_market import movement, stock
from crm_marketplace.sandbox.yandex_market.checks import MOSCOW, Asked, bad, whole
from crm_marketplace.sandbox.yandex_market.money import VENDOR_CURRENCY, number
from crm_marketplace.sandbox.yandex_market.movement import lines_of, place_of
from crm_marketplace.sandbox.yandex_market.orders import find
from crm_marketplace.sandbox.yandex_market.statuses import (
	DBS,
	READY,
	STARTED,
	STATUSES,
	Step,
	may_change,
)

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

REASONS = ("PARTNER_REQUESTED_REMOVE", "USER_REQUESTED_REMOVE")


# --- status ----------------------------------------------------------------------------------------


def change_status(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""PUT /v2/campaigns/{campaignId}/orders/{orderId}/status"""
	row = find(shop, asked)
	wanted = asked.body.get("order")
	if not isinstance(wanted, dict) or wanted.get("status") not in STATUSES:
		raise bad("Missing order.status")
	where = Step(wanted["status"], str(wanted.get("substatus") or "UNKNOWN"))
	if where.joined != place_of(row).joined:
		if not may_change(row["program"], place_of(row), where):
			raise bad(
				f"Order {row['id']} with status {row['status']} is not allowed for status {where.status}"
			)
		if where.joined == READY.joined and shop.state.meta("next_packing_fails", False):
			shop.state.remember(next_packing_fails=False)
			raise bad("Marking codes of the order are not checked yet")
		movement.move(shop, row, where)
	return {"order": _old_order(shop, find(shop, asked))}


def accept_cancellation(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""PUT /v2/campaigns/{campaignId}/orders/{orderId}/cancellation/accept"""
	row = find(shop, asked)
	accepted = asked.flag("accepted")
	if accepted is None:
		raise bad("Missing accepted")
	if not row["cancel_requested"]:
		raise bad(f"Order {row['id']} has no cancellation request")
	if accepted:
		movement.cancel(shop, row, "client")
	else:
		shop.state.run(
			"UPDATE purchase SET cancel_requested = 0, changed_at = ? WHERE id = ?",
			(shop.clock.micros(), row["id"]),
		)
	return {"status": "OK"}


def _old_order(shop: YandexMarketShop, row: Any) -> dict[str, Any]:
	"""The order as the older methods write it: other names, other dates."""
	items = lines_of(shop, row["id"])
	total = number(sum(item["payment"] for item in items))
	delivery = number(row["delivery_price"])
	return {
		"id": row["id"],
		"status": row["status"],
		"substatus": row["substatus"],
		"creationDate": _old_date(row["created_at"]),
		"updatedAt": _old_date(row["changed_at"]),
		"currency": VENDOR_CURRENCY,
		"itemsTotal": total,
		"deliveryTotal": delivery,
		"buyerItemsTotalBeforeDiscount": total,
		"paymentType": "PREPAID",
		"paymentMethod": row["payment"],
		"fake": bool(row["fake"]),
		"items": [
			{
				"id": item["id"],
				"offerId": item["offer_id"],
				"offerName": item["name"],
				"price": number(item["payment"]),
				"buyerPrice": number(item["payment"]),
				"buyerPriceBeforeDiscount": number(item["payment"]),
				"count": item["count"],
			}
			for item in items
		],
		"delivery": {
			"type": "DELIVERY",
			"serviceName": "",
			"price": delivery,
			"deliveryPartnerType": "SHOP" if row["program"] == DBS else "YANDEX_MARKET",
			"dates": {"fromDate": _old_date(row["ship_at"])[:10]},
			"deliveryServiceId": 99,
		},
		"buyer": {"type": "PERSON"},
		"taxSystem": "OSN",
	}


def _old_date(micros: int) -> str:
	return from_micros(micros).astimezone(MOSCOW).strftime("%d-%m-%Y %H:%M:%S")


# --- what is in it ---------------------------------------------------------------------------------


def set_boxes(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""PUT /v2/campaigns/{campaignId}/orders/{orderId}/boxes: what is left out is taken out of the order."""
	row = find(shop, asked)
	_check_started(row)
	boxes = asked.listed("boxes", None, required=True)
	packed: Counter[int] = Counter()
	parts: Counter[int] = Counter()
	for box in boxes:
		items = box.get("items") if isinstance(box, dict) else None
		if not isinstance(items, list) or not items:
			raise bad("Collection of items must not be empty")
		for entry in items:
			item = whole(entry.get("id"), "id")
			if entry.get("partialCount"):
				parts[item] += 1
				if len(items) > 1:
					raise bad("A box with a part of an item must hold nothing else")
			else:
				packed[item] += whole(entry.get("fullCount"), "fullCount")
	packed.update({item: 1 for item in parts})
	_keep(shop, row, packed, may_remove=bool(asked.flag("allowRemove")))
	told = [{"boxId": row["id"] * 10 + place, **box} for place, box in enumerate(boxes, start=1)]
	layout = [{**box, "barcode": f"{row['id']}-{place}"} for place, box in enumerate(told, start=1)]
	shop.state.run("UPDATE purchase SET boxes = ? WHERE id = ?", (json.dumps(layout), row["id"]))
	return {"status": "OK", "result": {"boxes": told}}


def set_items(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""PUT /v2/campaigns/{campaignId}/orders/{orderId}/items"""
	row = find(shop, asked)
	if row["program"] != DBS:
		raise bad("Campaign type is not allowed")
	_check_started(row)
	reason = asked.body.get("reason")
	if reason is not None and reason not in REASONS:
		raise bad(f"Unexpected character '{reason}': expected a valid value {list(REASONS)}")
	wanted: Counter[int] = Counter()
	for entry in asked.listed("items", None, required=True):
		wanted[whole(entry.get("id"), "id")] += whole(entry.get("count"), "count")
	_keep(shop, row, wanted, may_remove=True)
	return {}


def _check_started(row: Any) -> None:
	if place_of(row).joined != STARTED.joined:
		raise bad(f"Order {row['id']} with status {row['status']} is not allowed for status PROCESSING")


def _keep(shop: YandexMarketShop, row: Any, wanted: Counter[int], *, may_remove: bool) -> None:
	"""Leave only so many units of each item in the order; the others are free again."""
	lines = {line["id"]: line for line in lines_of(shop, row["id"])}
	if unknown := set(wanted) - set(lines):
		raise bad(f"Items not found: {sorted(unknown)}")
	if any(units < 0 or units > lines[item]["count"] for item, units in wanted.items()):
		raise bad("Count of items must not be greater than in the order")
	if not any(wanted.values()):
		raise bad("The last item cannot be removed from the order")
	gone = {
		item: line["count"] - wanted[item] for item, line in lines.items() if line["count"] > wanted[item]
	}
	if gone and not may_remove:
		raise bad("Items are missing: pass allowRemove to remove them from the order")
	for item, units in gone.items():
		_take_out(shop, row, lines[item], units)
	if gone:
		shop.state.run("UPDATE purchase SET changed_at = ? WHERE id = ?", (shop.clock.micros(), row["id"]))


def _take_out(shop: YandexMarketShop, row: Any, line: Any, units: int) -> None:
	stock.reserve(shop, line["offer"], row["warehouse_id"], -units)
	left = line["count"] - units
	if not left:
		shop.state.run("DELETE FROM item WHERE id = ?", (line["id"],))
		return
	sums = {name: line[name] * left // line["count"] for name in ("payment", "subsidy", "cashback")}
	shop.state.run(
		"""UPDATE item SET count = :count, payment = :payment, subsidy = :subsidy, cashback = :cashback
		WHERE id = :id""",
		{**sums, "count": left, "id": line["id"]},
	)
