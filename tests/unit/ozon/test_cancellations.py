from __future__ import annotations

import pytest

from crm_marketplace.integrations.errors import ContractError, RejectedError, TemporaryError
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from tests.unit.ozon.shop import golden

ORDER = "71204488-0310-2"
CANCELLED = {"result": golden("fbs_cancelled_after_ship")["payload"]}
OPEN = {"result": {**golden("fbs_awaiting_packaging")["payload"], "posting_number": ORDER}}


def test_reasons_of_the_seller_for_this_posting(shop):
	reasons = [
		{"id": 352, "title": "Товар закончился", "type_id": "seller"},
		{"id": 505, "title": "Покупатель передумал", "type_id": "buyer"},
		{"id": 402, "title": "", "type_id": None},
	]
	shop.answer(
		endpoints.CANCEL_REASONS,
		{
			"result": [
				{"posting_number": "other", "reasons": reasons},
				{"posting_number": ORDER, "reasons": reasons},
			]
		},
	)
	found = shop.connector.cancel_reasons(ORDER)
	assert [(reason.external_id, reason.title, reason.needs_message) for reason in found] == [
		("352", "Товар закончился", False),
		("402", "402", True),
	]
	assert shop.bodies == [{"related_posting_numbers": [ORDER]}]


@pytest.mark.parametrize("result", [[], [{"posting_number": ORDER, "reasons": None}], [None]])
def test_no_reasons(shop, result):
	shop.answer(endpoints.CANCEL_REASONS, {"result": result})
	assert shop.connector.cancel_reasons(ORDER) == ()


def test_reasons_that_cannot_be_read(shop):
	shop.answer(
		endpoints.CANCEL_REASONS, {"result": [{"posting_number": ORDER, "reasons": [{"title": "?"}]}]}
	)
	with pytest.raises(ContractError):
		shop.connector.cancel_reasons(ORDER)


@pytest.mark.parametrize("message", ["HAS_INCORRECT_STATUS", "POSTING_ALREADY_CANCELLED", "anything"])
def test_one_that_is_cancelled_already_is_fine(shop, message):
	shop.refuse(endpoints.CANCEL, 400, message)
	shop.answer(endpoints.FBS_GET, CANCELLED)
	shop.connector.cancel_order(ORDER, "352")


def test_one_that_cannot_be_cancelled_any_more(shop):
	shop.refuse(endpoints.CANCEL, 400, "HAS_INCORRECT_STATUS")
	shop.answer(endpoints.FBS_GET, OPEN)
	with pytest.raises(RejectedError, match="HAS_INCORRECT_STATUS") as caught:
		shop.connector.cancel_order(ORDER, "352")
	assert caught.value.record_id == ORDER


def test_a_reason_that_does_not_fit(shop):
	shop.refuse(endpoints.CANCEL, 400, "HAS_INCORRECT_CANCEL_REASON")
	shop.answer(endpoints.FBS_GET, OPEN)
	with pytest.raises(RejectedError, match="reason cannot be used"):
		shop.connector.cancel_order(ORDER, "401")


def test_one_that_nobody_knows(shop):
	shop.refuse(endpoints.CANCEL, 404, "POSTING_NOT_FOUND", 5)
	shop.refuse(endpoints.FBS_GET, 404, "POSTING_NOT_FOUND", 5)
	with pytest.raises(RejectedError, match="does not know this order"):
		shop.connector.cancel_order(ORDER, "352")


@pytest.mark.parametrize("body", [{"result": False}, {}, []])
def test_success_that_is_none(shop, body):
	shop.answer(endpoints.CANCEL, body)
	with pytest.raises(RejectedError, match="did not cancel"):
		shop.connector.cancel_order(ORDER, "352")


def test_what_the_vendor_would_refuse_is_not_sent(shop):
	with pytest.raises(RejectedError, match="few words"):
		shop.connector.cancel_order(ORDER, "402", "  ")
	with pytest.raises(RejectedError, match="few words"):
		shop.connector.cancel_lines(ORDER, {"5": 1}, "352")
	with pytest.raises(RejectedError, match="no id"):
		shop.connector.cancel_order(ORDER, "sold out")
	with pytest.raises(RejectedError, match="no id"):
		shop.connector.cancel_lines(ORDER, {"чай": 1}, "352", "нет")
	assert shop.requests == []


def test_lines_of_one_sku_are_added_up(shop):
	shop.answer(endpoints.CANCEL_LINES, {"result": ORDER})
	shop.connector.cancel_lines(ORDER, {"1583920417": 1, "1583920417~2": 2, "77": 1}, "352", "Закончился")
	assert shop.bodies == [
		{
			"posting_number": ORDER,
			"cancel_reason_id": 352,
			"cancel_reason_message": "Закончился",
			"items": [{"sku": 1583920417, "quantity": 3}, {"sku": 77, "quantity": 1}],
		}
	]


def test_cancelled_lines_are_never_cancelled_twice(shop):
	shop.connector.transport.patience = 60.0
	shop.refuse(endpoints.CANCEL_LINES, 500, "Internal error", 13)
	with pytest.raises(TemporaryError):
		shop.connector.cancel_lines(ORDER, {"5": 1}, "352", "Закончился")
	assert len(shop.requests) == 1


def test_lines_that_cannot_be_cancelled(shop):
	shop.refuse(endpoints.CANCEL_LINES, 400, "HAS_INCORRECT_PRODUCT_QUANTITY")
	with pytest.raises(RejectedError) as caught:
		shop.connector.cancel_lines(ORDER, {"5": 9}, "352", "Закончился")
	assert caught.value.record_id == ORDER
