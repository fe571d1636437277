from __future__ import annotations

import copy
from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError, RejectedError, TemporaryError
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.boxes import boxes_without
from crm_marketplace.integrations.marketplaces.yandex_market.cancellations import BUYER_ASKED
from tests.unit.yandex_market.shop import CAMPAIGN, golden

ORDER = "4101"
NUMBER = int(ORDER)
DBS_REASONS = [
	"SHOP_FAILED",
	"USER_UNREACHABLE",
	"USER_CHANGED_MIND",
	"USER_REFUSED_DELIVERY",
	"USER_REFUSED_PRODUCT",
	"USER_REFUSED_QUALITY",
]


def fbs(**changes: Any) -> dict[str, Any]:
	return {**copy.deepcopy(golden("fbs_started")["payload"]), "orderId": NUMBER, **changes}


def dbs(**changes: Any) -> dict[str, Any]:
	payload = copy.deepcopy(golden("dbs_delivery")["payload"])
	return {**payload, "orderId": NUMBER, "campaignId": int(CAMPAIGN), **changes}


def page(*orders: Any) -> dict[str, Any]:
	return {"orders": list(orders), "paging": {}}


CANCELLED = fbs(status="CANCELLED", substatus="SHOP_FAILED")
DONE = {"status": "OK"}


def reasons(shop, order: dict[str, Any]) -> list[str]:
	shop.answer(endpoints.ORDERS, page(order))
	return [reason.external_id for reason in shop.connector.cancel_reasons(ORDER)]


def sent(shop) -> list[tuple[str, str, Any]]:
	"""What changed something: (method, path from the order on, body)."""
	return [
		(method, path.partition(f"/orders/{ORDER}/")[2], body)
		for method, path, _query, body in shop.requests
		if method == "PUT"
	]


# --- reasons ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("order", "expected"),
	[
		(fbs(), ["SHOP_FAILED"]),
		(fbs(programType="EXPRESS"), ["SHOP_FAILED"]),
		(fbs(substatus="READY_TO_SHIP"), ["SHOP_FAILED"]),
		(fbs(substatus="SHIPPED"), []),
		(fbs(status="UNPAID", substatus="WAITING_USER_INPUT"), []),
		(fbs(programType="FBY"), []),
		(CANCELLED, []),
		(dbs(status="PROCESSING", substatus="STARTED"), DBS_REASONS),
		(dbs(), DBS_REASONS),
		(dbs(status="PICKUP", substatus="PICKUP_SERVICE_RECEIVED"), DBS_REASONS),
		(dbs(status="DELIVERED", substatus="DELIVERY_SERVICE_DELIVERED"), []),
		(dbs(cancelRequested=True), [BUYER_ASKED, *DBS_REASONS]),
		# What is not on its way yet can just be cancelled.
		(dbs(cancelRequested=True, status="PROCESSING", substatus="STARTED"), DBS_REASONS),
		(fbs(cancelRequested=True, substatus="SHIPPED"), []),
	],
)
def test_reasons_by_where_the_order_stands(shop, order, expected):
	assert reasons(shop, order) == expected


def test_reasons_are_sentences_and_need_no_words(shop):
	shop.answer(endpoints.ORDERS, page(dbs(cancelRequested=True)))
	for reason in shop.connector.cancel_reasons(ORDER):
		assert reason.title.endswith(".") and not reason.needs_message


def test_an_order_that_cannot_be_read_is_not_cancelled_blindly(shop):
	shop.answer(endpoints.ORDERS, page(fbs(status="TELEPORTED")))
	with pytest.raises(ContractError):
		shop.connector.cancel_order(ORDER, "SHOP_FAILED")
	assert sent(shop) == []


# --- whole orders ----------------------------------------------------------------------------------


def test_a_whole_order(shop):
	shop.answer(endpoints.ORDERS, page(fbs()))
	shop.answer(endpoints.ORDER_STATUS, DONE, orderId=ORDER)
	shop.connector.cancel_order(ORDER, "SHOP_FAILED", "Нет на складе")
	assert sent(shop) == [("PUT", "status", {"order": {"status": "CANCELLED", "substatus": "SHOP_FAILED"}})]


def test_in_the_shop_it_was_placed_in(cabinet):
	cabinet.answer(endpoints.ORDERS, page(fbs(campaignId=777)))
	cabinet.answer(endpoints.ORDER_STATUS, DONE, campaignId="777", orderId=ORDER)
	cabinet.connector.cancel_order(ORDER, "SHOP_FAILED")
	assert cabinet.paths[-1] == f"/v2/campaigns/777/orders/{ORDER}/status"


def test_what_the_buyer_asked_for_is_accepted(shop):
	shop.answer(endpoints.ORDERS, page(dbs(cancelRequested=True)))
	shop.answer(endpoints.CANCELLATION_ACCEPT, DONE, orderId=ORDER)
	shop.connector.cancel_order(ORDER, BUYER_ASKED)
	assert sent(shop) == [("PUT", "cancellation/accept", {"accepted": True})]


def test_one_that_is_cancelled_already_is_fine(shop):
	shop.answer(endpoints.ORDERS, page(CANCELLED))
	shop.connector.cancel_order(ORDER, "SHOP_FAILED")
	assert sent(shop) == []


def test_one_that_was_cancelled_meanwhile_is_fine(shop):
	shop.answer(endpoints.ORDERS, page(fbs()), page(CANCELLED))
	shop.refuse(
		endpoints.ORDER_STATUS, 400, "Status CANCELLED is not allowed for status CANCELLED", orderId=ORDER
	)
	shop.connector.cancel_order(ORDER, "SHOP_FAILED")


def test_one_that_was_handed_over_meanwhile(shop):
	shop.answer(endpoints.ORDERS, page(fbs()), page(fbs(substatus="SHIPPED")))
	shop.refuse(
		endpoints.ORDER_STATUS, 400, "Status CANCELLED is not allowed for status PROCESSING", orderId=ORDER
	)
	with pytest.raises(RejectedError, match="cannot get there") as caught:
		shop.connector.cancel_order(ORDER, "SHOP_FAILED")
	assert caught.value.record_id == ORDER


@pytest.mark.parametrize(
	("order", "reason", "said"),
	[
		(fbs(substatus="SHIPPED"), "SHOP_FAILED", "cannot be cancelled any more"),
		(fbs(), "USER_CHANGED_MIND", "reason cannot be used"),
		(fbs(), "", "reason cannot be used"),
		(dbs(), BUYER_ASKED, "reason cannot be used"),
	],
)
def test_what_cannot_be_is_not_tried(shop, order, reason, said):
	shop.answer(endpoints.ORDERS, page(order))
	with pytest.raises(RejectedError, match=said) as caught:
		shop.connector.cancel_order(ORDER, reason)
	assert caught.value.record_id == ORDER and sent(shop) == []


def test_an_outage_is_told(shop):
	shop.answer(endpoints.ORDERS, page(fbs()))
	shop.answer(endpoints.ORDER_STATUS, {}, status=500, orderId=ORDER)
	with pytest.raises(TemporaryError):
		shop.connector.cancel_order(ORDER, "SHOP_FAILED")


# --- parts -----------------------------------------------------------------------------------------

CUPS, SHIRTS = 610044201, 610044202


def test_part_of_a_line(shop):
	shop.answer(endpoints.ORDERS, page(fbs()))
	shop.answer(endpoints.ORDER_BOXES, DONE, orderId=ORDER)
	shop.connector.cancel_lines(ORDER, {str(CUPS): 1}, "SHOP_FAILED")
	items = [{"id": CUPS, "fullCount": 2}, {"id": SHIRTS, "fullCount": 2}]
	assert sent(shop) == [("PUT", "boxes", {"boxes": [{"items": items}], "allowRemove": True})]


def test_a_whole_line(shop):
	shop.answer(endpoints.ORDERS, page(fbs()))
	shop.answer(endpoints.ORDER_BOXES, DONE, orderId=ORDER)
	shop.connector.cancel_lines(ORDER, {str(CUPS): 3}, "SHOP_FAILED")
	assert sent(shop)[0][2]["boxes"] == [{"items": [{"id": SHIRTS, "fullCount": 2}]}]


def test_units_of_a_line_that_is_two_of_ours(shop):
	uneven = {**copy.deepcopy(golden("fbs_uneven_sum")["payload"]), "orderId": NUMBER}
	shop.answer(endpoints.ORDERS, page(uneven))
	shop.answer(endpoints.ORDER_BOXES, DONE, orderId=ORDER)
	shop.connector.cancel_lines(ORDER, {"610099001": 1, "610099001~2": 1}, "SHOP_FAILED")
	assert sent(shop)[0][2]["boxes"] == [{"items": [{"id": 610099001, "fullCount": 1}]}]


def test_a_seller_who_delivers_tells_it_another_way(shop):
	order = dbs(status="PROCESSING", substatus="STARTED")
	order["items"] = [{**order["items"][0], "count": 3}, {**order["items"][0], "id": 610050002}]
	shop.answer(endpoints.ORDERS, page(order))
	shop.answer(endpoints.ORDER_ITEMS, DONE, orderId=ORDER)
	(first, second) = (item["id"] for item in order["items"])
	shop.connector.cancel_lines(ORDER, {str(first): 1, str(second): 1}, "SHOP_FAILED")
	items = [{"id": first, "count": 2}, {"id": second, "count": 0}]
	assert sent(shop) == [("PUT", "items", {"items": items, "reason": "PARTNER_REQUESTED_REMOVE"})]


@pytest.mark.parametrize(
	("order", "lines", "said"),
	[
		(fbs(substatus="READY_TO_SHIP"), {str(CUPS): 1}, "before it is packed"),
		(dbs(), {"610050001": 1}, "before it is packed"),
		(fbs(), {str(CUPS): 4}, "fewer units"),
		(fbs(), {str(CUPS): -1}, "fewer units"),
		(fbs(), {"7": 1}, "fewer units"),
		(fbs(), {str(CUPS): 3, str(SHIRTS): 2}, "Nothing would be left"),
	],
)
def test_what_cannot_be_taken_out(shop, order, lines, said):
	shop.answer(endpoints.ORDERS, page(order))
	with pytest.raises(RejectedError, match=said) as caught:
		shop.connector.cancel_lines(ORDER, lines, "SHOP_FAILED")
	assert caught.value.record_id == ORDER and sent(shop) == []


def test_a_refusal_says_of_which_order(shop):
	shop.answer(endpoints.ORDERS, page(fbs()))
	shop.refuse(endpoints.ORDER_BOXES, 400, "Too many items are removed", orderId=ORDER)
	with pytest.raises(RejectedError, match="Too many items") as caught:
		shop.connector.cancel_lines(ORDER, {str(CUPS): 1}, "SHOP_FAILED")
	assert caught.value.record_id == ORDER


# --- boxes -----------------------------------------------------------------------------------------


def codes(*texts: str) -> list[dict[str, str]]:
	return [{"cis": text} for text in texts]


def packed(*boxes: Any) -> dict[str, Any]:
	return {"delivery": {"boxesLayout": [{"boxId": 5, "barcode": "B", "items": list(box)} for box in boxes]}}


def entry(item: int, units: int, **more: Any) -> dict[str, Any]:
	return {"id": item, "fullCount": units, **more}


@pytest.mark.parametrize(
	("order", "left", "boxes"),
	[
		# Without boxes everything goes into one.
		({}, {"1": 2, "2": 0}, [[entry(1, 2)]]),
		({"delivery": {"boxesLayout": None}}, {"1": 2}, [[entry(1, 2)]]),
		# Boxes stay as they are, as far as their goods do.
		(packed([entry(1, 2)], [entry(1, 1), entry(2, 1)]), {"1": 2, "2": 1}, [[entry(1, 2)], [entry(2, 1)]]),
		(packed([entry(1, 2)], [entry(2, 1)]), {"1": 0, "2": 1}, [[entry(2, 1)]]),
		# What was in no box gets one.
		(packed([entry(1, 2)]), {"1": 2, "2": 3}, [[entry(1, 2)], [entry(2, 3)]]),
		(packed([entry(1, 1)]), {"1": 3}, [[entry(1, 1)], [entry(1, 2)]]),
		# Codes stay with their units.
		(
			packed([entry(1, 3, instances=codes("a", "b", "c"))]),
			{"1": 2},
			[[entry(1, 2, instances=codes("a", "b"))]],
		),
	],
)
def test_boxes_keep_what_stays(order, left, boxes):
	assert boxes_without(order, left) == [{"items": items} for items in boxes]


def test_goods_in_several_parts_stay_or_go_as_a_whole():
	halves = [{"id": 1, "partialCount": {"current": number, "total": 2}} for number in (1, 2)]
	order = packed([halves[0], entry(2, 1)], [halves[1]])
	assert boxes_without(order, {"1": 1, "2": 0}) == [{"items": [halves[0]]}, {"items": [halves[1]]}]
	assert boxes_without(order, {"1": 0, "2": 1}) == [{"items": [entry(2, 1)]}]
	with pytest.raises(RejectedError, match="several parts"):
		boxes_without(order, {"1": 2, "2": 1})
