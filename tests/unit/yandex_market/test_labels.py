"""Labels: which orders have one, which file they come in, and why others have none."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import pytest
import responses

from crm_marketplace.integrations.errors import (
	ContractError,
	PermissionMissing,
	RejectedError,
	TemporaryError,
)
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.connector import INFO
from crm_marketplace.integrations.marketplaces.yandex_market.labels import (
	AS_GIVEN,
	BY_MARKETPLACE,
	DONE,
	FAILED,
	LABEL_BATCH,
	LABEL_FORMAT,
	LOOKS,
	NO_LABEL,
)
from crm_marketplace.integrations.marketplaces.yandex_market.order_records import read_order
from crm_marketplace.integrations.marketplaces.yandex_market.orders import TEST_ORDER, UNKNOWN_ORDER
from crm_marketplace.integrations.records import Order, OrderStatus
from tests.unit.yandex_market.shop import BUSINESS, CAMPAIGN, OWN_SHOP, golden
from tests.unit.yandex_market.specification import needs_specification, specification, words

PDF = b"%PDF-1.4 labels"
LINK = "https://files.example/labels/17.pdf?sign=abc"


def raw(number: int, **changes: Any) -> dict[str, Any]:
	payload = copy.deepcopy(golden("fbs_ready_boxes")["payload"])
	return {**payload, "orderId": 4100 + number, "campaignId": int(CAMPAIGN), **changes}


def order(number: int) -> Order:
	return read_order(raw(number)).record


def orders(*numbers: int) -> list[Order]:
	return [order(number) for number in numbers]


def told(*found: Any) -> dict[str, Any]:
	return {"orders": list(found), "paging": {}}


def state(status: str, **facts: Any) -> dict[str, Any]:
	return {
		"status": "OK",
		"result": {"status": status, "generationRequestedAt": "2026-09-28T12:00:00Z", **facts},
	}


def ordered(shop: Any, *reports: str) -> None:
	results = [{"reportId": report, "estimatedGenerationTime": 1000} for report in reports or ("r1",)]
	shop.answer(endpoints.LABELS, *({"status": "OK", "result": result} for result in results))


def reported(shop: Any, *states: dict[str, Any], report: str = "r1") -> None:
	shop.answer(endpoints.REPORT_INFO, *states, reportId=report)


def of_one(shop: Any, number: int, content: bytes = PDF) -> None:
	shop.answer(endpoints.ORDER_LABELS, content, orderId=str(4100 + number))


def refused(shop: Any, number: int, message: str, status: int = 400) -> None:
	shop.refuse(endpoints.ORDER_LABELS, status, message, orderId=str(4100 + number))


def file(mock: responses.RequestsMock, content: bytes = PDF, status: int = 200) -> None:
	mock.add("GET", LINK, body=content, status=status)


def asked(shop: Any, end: str) -> list[tuple[dict[str, str], Any]]:
	return [(query, body) for _method, path, query, body in shop.requests if path.endswith(end)]


# --- one order -------------------------------------------------------------------------------------


def test_one_order_is_printed_at_once(shop):
	shop.answer(endpoints.ORDERS, told(raw(1)))
	of_one(shop, 1)
	label = shop.connector.labels(orders(1))
	assert (label.order_ids, label.content, label.media_type) == (("4101",), PDF, "application/pdf")
	assert dict(label.problems) == {}
	path = f"/v2/campaigns/{CAMPAIGN}/orders/4101/delivery/labels"
	assert shop.paths == [f"/v1/businesses/{BUSINESS}/orders", path]
	assert shop.requests[1][2] == {"format": LABEL_FORMAT}


def test_an_order_given_twice_is_one(shop):
	shop.answer(endpoints.ORDERS, told(raw(1)))
	of_one(shop, 1)
	assert shop.connector.labels(orders(1, 1)).order_ids == ("4101",)


def test_a_refusal_is_the_orders_problem(shop):
	shop.answer(endpoints.ORDERS, told(raw(1)))
	refused(shop, 1, "Order 4101 has no boxes")
	label = shop.connector.labels(orders(1))
	assert (label.order_ids, label.content) == ((), b"")
	assert dict(label.problems) == {"4101": "Order 4101 has no boxes"}


def test_known_words_become_our_sentence(shop):
	shop.answer(endpoints.ORDERS, told(raw(1)))
	refused(shop, 1, "Order not found: 4101", 404)
	assert dict(shop.connector.labels(orders(1)).problems) == {"4101": UNKNOWN_ORDER}


# --- which orders have labels ----------------------------------------------------------------------


def test_no_orders_are_no_request(shop):
	label = shop.connector.labels([])
	assert (label.content, label.order_ids, dict(label.problems)) == (b"", (), {})
	assert shop.requests == []


def test_a_batch_is_what_it_says(shop):
	assert INFO.label_batch == LABEL_BATCH
	with pytest.raises(ValueError):
		shop.connector.labels(orders(*range(LABEL_BATCH + 1)))
	assert shop.requests == []


def cancelled(number: int) -> dict[str, Any]:
	return {**copy.deepcopy(golden("fbs_cancelled")["payload"]), "orderId": 4100 + number}


@pytest.mark.parametrize(
	("now", "why"),
	[
		(cancelled(1), NO_LABEL[OrderStatus.CANCELLED]),
		(raw(1, status="UNPAID", substatus="WAITING_USER_INPUT"), NO_LABEL[OrderStatus.PENDING]),
		(raw(1, status="DELIVERED", substatus="DELIVERY_SERVICE_DELIVERED"), NO_LABEL[OrderStatus.DELIVERED]),
		(raw(1, programType="FBY"), BY_MARKETPLACE),
		(raw(1, fake=True), TEST_ORDER),
		(None, UNKNOWN_ORDER),
	],
)
def test_what_changed_meanwhile_is_seen_before_it_is_packed(shop, now, why):
	shop.answer(endpoints.ORDERS, told(*([now] if now else [])))
	label = shop.connector.labels(orders(1))
	assert (dict(label.problems), label.content) == ({"4101": why}, b"")
	assert len(shop.requests) == 1


def test_an_order_that_cannot_be_read_is_left_to_the_vendor(shop):
	shop.answer(endpoints.ORDERS, told(raw(1, items="дорого")))
	of_one(shop, 1)
	assert shop.connector.labels(orders(1)).order_ids == ("4101",)


def test_a_shop_that_tries_things_out_prints_test_orders(shop):
	shop.connect({**OWN_SHOP, "test_orders": "yes"})
	shop.answer(endpoints.ORDERS, told(raw(1, fake=True)))
	of_one(shop, 1)
	assert shop.connector.labels(orders(1)).order_ids == ("4101",)


def test_an_id_that_cannot_be_one_is_not_asked_for(shop):
	label = shop.connector.labels([order(1).model_copy(update={"external_id": "abc"})])
	assert dict(label.problems) == {"abc": UNKNOWN_ORDER}
	assert shop.requests == []


def test_orders_are_looked_at_fifty_at_a_time(shop, mock):
	numbers = range(1, 61)
	shop.answer(endpoints.ORDERS, told(*map(raw, numbers[:50])), told(*map(raw, numbers[50:])))
	ordered(shop)
	reported(shop, state(DONE, file=LINK))
	file(mock)
	assert len(shop.connector.labels(orders(*numbers)).order_ids) == 60
	assert [len(body["orderIds"]) for _query, body in asked(shop, "/orders")] == [50, 10]


# --- several orders --------------------------------------------------------------------------------


def test_several_come_in_one_file_in_the_order_given(shop, mock):
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2), raw(3)))
	ordered(shop)
	reported(shop, state(DONE, file=LINK))
	file(mock)
	label = shop.connector.labels(orders(3, 1, 2))
	assert (label.order_ids, label.content, dict(label.problems)) == (("4103", "4101", "4102"), PDF, {})
	((query, body),) = asked(shop, "/generate")
	assert query == {"format": LABEL_FORMAT}
	assert body == {"businessId": int(BUSINESS), "orderIds": [4103, 4101, 4102], "sortingType": AS_GIVEN}


def test_the_key_does_not_go_along_to_the_file(shop, mock):
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2)))
	ordered(shop)
	reported(shop, state(DONE, file=LINK))
	file(mock)
	shop.connector.labels(orders(1, 2))
	assert "Api-Key" in mock.calls[-2].request.headers
	assert mock.calls[-1].request.url == LINK and "Api-Key" not in mock.calls[-1].request.headers


def test_a_file_is_waited_for(shop, mock):
	naps: list[float] = []
	shop.connector.transport.patience = 100
	shop.connector.transport.sleep = naps.append
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2)))
	ordered(shop)
	reported(shop, state("PENDING"), state("PROCESSING"), state("PROCESSING"), state(DONE, file=LINK))
	file(mock)
	assert shop.connector.labels(orders(1, 2)).content == PDF
	assert naps == list(LOOKS[:3])


def test_where_there_is_no_patience_it_is_not_ready_yet(shop):
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2)))
	ordered(shop)
	reported(shop, state("PENDING"))
	with pytest.raises(TemporaryError, match="still making the labels") as caught:
		shop.connector.labels(orders(1, 2))
	assert caught.value.next_step == "Print the labels again in a minute."


def test_what_the_vendor_left_out_is_found_and_told(shop, mock):
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2), raw(3)))
	ordered(shop)
	reported(shop, state(DONE, subStatus="RESOURCE_NOT_FOUND", file=LINK))
	file(mock)
	of_one(shop, 1)
	refused(shop, 2, "Order 4102 has no boxes")
	of_one(shop, 3)
	label = shop.connector.labels(orders(1, 2, 3))
	assert (label.order_ids, label.content) == (("4101", "4103"), PDF)
	assert dict(label.problems) == {"4102": "Order 4102 has no boxes"}


def test_a_file_with_none_of_them_is_none(shop, mock):
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2)))
	ordered(shop)
	reported(shop, state(DONE, subStatus="RESOURCE_NOT_FOUND", file=LINK))
	file(mock)
	refused(shop, 1, "no")
	refused(shop, 2, "no")
	label = shop.connector.labels(orders(1, 2))
	assert (label.order_ids, label.content) == ((), b"")
	assert set(label.problems) == {"4101", "4102"}


@pytest.mark.parametrize("sub_status", ["NO_DATA", "RESOURCE_NOT_FOUND", None])
def test_where_no_file_is_made_the_good_ones_are_asked_for_again(shop, mock, sub_status):
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2), raw(3)))
	ordered(shop, "r1", "r2")
	reported(shop, state(FAILED, subStatus=sub_status))
	of_one(shop, 1)
	refused(shop, 2, "no")
	of_one(shop, 3)
	reported(shop, state(DONE, file=LINK), report="r2")
	file(mock)
	label = shop.connector.labels(orders(1, 2, 3))
	assert (label.order_ids, label.content) == (("4101", "4103"), PDF)
	assert [body["orderIds"] for _query, body in asked(shop, "/generate")] == [
		[4101, 4102, 4103],
		[4101, 4103],
	]


def test_one_that_is_left_is_printed_alone(shop):
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2)))
	shop.refuse(endpoints.LABELS, 400, "orderIds: 4102 is not of this campaign")
	of_one(shop, 1)
	refused(shop, 2, "no")
	of_one(shop, 1)
	label = shop.connector.labels(orders(1, 2))
	assert (label.order_ids, label.content, set(label.problems)) == (("4101",), PDF, {"4102"})


def test_a_refusal_that_is_nobodys_fault_is_told(shop):
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2)))
	shop.refuse(endpoints.LABELS, 400, "Something new")
	of_one(shop, 1)
	of_one(shop, 2)
	with pytest.raises(RejectedError, match="Something new"):
		shop.connector.labels(orders(1, 2))


def test_a_failure_that_is_nobodys_fault_is_told(shop):
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2)))
	ordered(shop)
	reported(shop, state(FAILED))
	of_one(shop, 1)
	of_one(shop, 2)
	with pytest.raises(TemporaryError, match="could not make the labels"):
		shop.connector.labels(orders(1, 2))


# --- what goes wrong -------------------------------------------------------------------------------


def test_a_key_without_the_right(shop):
	shop.answer(endpoints.ORDERS, told(raw(1)))
	refused(shop, 1, "Token does not have any of the scopes to access the API method: …", 403)
	with pytest.raises(PermissionMissing):
		shop.connector.labels(orders(1))


@pytest.mark.parametrize("content", [b"", b"<html>", b'{"status":"OK"}'])
def test_what_is_no_pdf_is_no_label(shop, content):
	shop.answer(endpoints.ORDERS, told(raw(1)))
	of_one(shop, 1, content)
	with pytest.raises(ContractError, match="not a PDF"):
		shop.connector.labels(orders(1))


@pytest.mark.parametrize("link", ["labels.pdf", "file:///etc/hostname", "http://[", "//files.example/1.pdf"])
def test_what_is_no_link_is_not_followed(shop, link):
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2)))
	ordered(shop)
	reported(shop, state(DONE, file=link))
	with pytest.raises(ContractError, match="file"):
		shop.connector.labels(orders(1, 2))


@pytest.mark.parametrize("result", [None, {}, {"reportId": ""}, {"reportId": ".."}])
def test_a_report_that_has_no_id(shop, result):
	shop.answer(endpoints.ORDERS, told(raw(1), raw(2)))
	shop.answer(endpoints.LABELS, {"status": "OK", "result": result})
	with pytest.raises(ContractError):
		shop.connector.labels(orders(1, 2))


@needs_specification
def test_words_and_sizes_are_the_vendors():
	assert LABEL_FORMAT in words("PageFormatType")
	assert AS_GIVEN in words("LabelsSortingType")
	assert {DONE, FAILED} < set(words("ReportStatusType"))
	request: Sequence[Any] = specification()["components"]["schemas"]["GenerateMassOrderLabelsRequest"]
	assert LABEL_BATCH <= request["properties"]["orderIds"]["maxItems"]
