"""Cancelling tasks."""

from __future__ import annotations

import pytest

from crm_marketplace.integrations.errors import PermissionMissing, RejectedError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from tests.unit.wildberries.shop import make_token

UNKNOWN = {"orders": []}


def fbs(word: str, wb: str = "waiting", **changes: object) -> dict[str, object]:
	return {"orders": [{"id": 7, "supplierStatus": word, "wbStatus": wb, **changes}]}


def dbs(word: str, wb: str = "waiting") -> dict[str, object]:
	return {"orders": [{"orderId": 7, "supplierStatus": word, "wbStatus": wb}]}


def test_a_task_is_cancelled_after_a_look(shop):
	shop.answer(endpoints.FBS_STATUS, fbs("confirm", isCancellable=True))
	shop.answer(endpoints.FBS_CANCEL, b"", status=204, orderId=7)
	(reason,) = shop.connector.cancel_reasons("7")
	assert shop.connector.cancel_order("7", reason.external_id, reason.title) is None
	assert shop.addresses == ["POST /api/v3/orders/status", "PATCH /api/v3/orders/7/cancel"]


def test_a_seller_who_delivers_cancels_elsewhere(shop):
	shop.answer(endpoints.FBS_STATUS, UNKNOWN)
	shop.answer(endpoints.DBS_STATUS, dbs("new"))
	shop.answer(
		endpoints.DBS_CANCEL, {"requestId": "x", "results": [{"orderId": 7, "isError": False, "errors": []}]}
	)
	shop.connector.cancel_order("7", "seller")
	assert shop.bodies[-1] == {"ordersIds": [7]}


@pytest.mark.parametrize(
	"answer",
	[
		fbs("cancel", "canceled"),
		fbs("new", "declined_by_client"),
		fbs("cancel"),
		fbs("complete", "canceled_by_client"),
	],
)
def test_what_is_cancelled_already_is_success_without_a_request(shop, answer):
	shop.answer(endpoints.FBS_STATUS, answer)
	shop.connector.cancel_order("7", "seller")
	assert len(shop.requests) == 1


@pytest.mark.parametrize(
	"answer",
	[
		fbs("confirm", isCancellable=False),
		fbs("complete", isCancellable=False),
		fbs("complete", "sold", isCancellable=False),
	],
)
def test_what_cannot_be_cancelled_is_not_tried(shop, answer):
	shop.answer(endpoints.FBS_STATUS, answer)
	with pytest.raises(RejectedError, match="no longer be cancelled") as caught:
		shop.connector.cancel_order("7", "seller")
	assert caught.value.record_id == "7" and len(shop.requests) == 1


def test_a_refusal_in_the_last_moment(shop):
	shop.answer(endpoints.FBS_STATUS, fbs("new", isCancellable=True))
	shop.answer(
		endpoints.FBS_CANCEL, {"code": "StatusMismatch", "message": "Несоответствие"}, status=409, orderId=7
	)
	with pytest.raises(RejectedError, match="does not allow") as caught:
		shop.connector.cancel_order("7", "seller")
	assert caught.value.record_id == "7"


def test_a_refusal_in_the_last_moment_where_the_seller_delivers(shop):
	shop.answer(endpoints.FBS_STATUS, UNKNOWN)
	shop.answer(endpoints.DBS_STATUS, dbs("confirm"))
	errors = [{"code": 409, "detail": "StatusMismatch"}]
	shop.answer(
		endpoints.DBS_CANCEL,
		{"requestId": "x", "results": [{"orderId": 7, "isError": True, "errors": errors}]},
	)
	with pytest.raises(RejectedError) as caught:
		shop.connector.cancel_order("7", "seller")
	assert caught.value.record_id == "7"


def test_unknown_orders_and_reasons(shop):
	shop.answer(endpoints.FBS_STATUS, UNKNOWN)
	shop.answer(endpoints.DBS_STATUS, {"orders": [{"orderId": 7, "errors": [{"code": 404}]}]})
	for order_id, reason in (("7", "seller"), ("no number", "seller"), ("7", "402")):
		with pytest.raises(RejectedError) as caught:
			shop.connector.cancel_order(order_id, reason)
		assert caught.value.record_id == order_id
	assert len(shop.requests) == 2


def test_one_unit_has_no_parts(shop):
	with pytest.raises(RejectedError, match="only be cancelled as a whole") as caught:
		shop.connector.cancel_lines("7", {"5": 1}, "seller", "Нет")
	assert caught.value.record_id == "7" and shop.requests == []


def test_a_token_that_may_only_read(shop_with):
	shop = shop_with(token=make_token(s=1 << 4 | 1 << 30))
	with pytest.raises(PermissionMissing, match="Только на чтение"):
		shop.connector.cancel_reasons("7")
