"""Tasks and feed orders, field by field, beyond the golden ones."""

from __future__ import annotations

import copy
import re
from decimal import Decimal
from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.connector import INFO
from crm_marketplace.integrations.marketplaces.wildberries.feed import read_feed_order
from crm_marketplace.integrations.marketplaces.wildberries.money import CURRENCIES
from crm_marketplace.integrations.marketplaces.wildberries.statuses import (
	CANCELLERS,
	FEED_STATUSES,
	HANDED_OVER,
	ORDER_STATUSES,
	SUPPLIER_STATUSES,
	WB_STATUSES,
)
from crm_marketplace.integrations.marketplaces.wildberries.tasks import read_task, refreshed
from crm_marketplace.integrations.records import Money, OrderAction, OrderStatus, Scheme
from tests.unit.wildberries.shop import golden
from tests.unit.wildberries.specification import needs_specification, operation, resolved


def kept(status: Any = None, buyer: Any = None, **changes: Any) -> dict[str, Any]:
	payload = copy.deepcopy(golden("fbs_listed_abroad")["payload"])
	payload["order"].update(changes)
	payload["status"] = payload["status"] if status is None else status
	if buyer is not None:
		payload["buyer"] = buyer
	return payload


def order_of(raw: Any) -> Any:
	fetched = read_task(raw)
	assert fetched.error is None, fetched.error
	return fetched.record


def error_of(raw: Any) -> ContractError:
	fetched = read_task(raw)
	assert isinstance(fetched.error, ContractError) and fetched.record is None
	return fetched.error


# --- statuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "status"), SUPPLIER_STATUSES.items())
@pytest.mark.parametrize("waiting", ["waiting", None, ""])
def test_the_sellers_status_tells_while_the_marketplace_waits(word, status, waiting):
	order = order_of(kept({"supplierStatus": word, "wbStatus": waiting}))
	assert (order.status, order.vendor_status) == (status, word)
	assert order.vendor_substatus == (waiting or None)


@pytest.mark.parametrize(("word", "status"), WB_STATUSES.items())
@pytest.mark.parametrize("supplier", ["new", "confirm", "complete", "cancel"])
def test_the_marketplaces_status_tells_as_soon_as_it_says_something(word, status, supplier):
	order = order_of(kept({"supplierStatus": supplier, "wbStatus": word, "isCancellable": True}))
	assert (order.status, order.vendor_status, order.vendor_substatus) == (status, word, supplier)
	assert order.actions == ()
	assert (order.cancellation is not None) is (status is OrderStatus.CANCELLED)


@pytest.mark.parametrize("where", ["supplierStatus", "wbStatus"])
def test_an_unknown_status_is_told_not_guessed(where):
	error = error_of(kept({"supplierStatus": "new", "wbStatus": "waiting", where: "teleported"}))
	assert (error.field, error.record_id) == ("status", "13833711")
	assert "teleported" in error.detail


def test_a_task_without_a_status():
	assert error_of({**kept(), "status": None}).field.startswith("status")


@needs_specification
def test_every_status_of_the_specification_is_known():
	found: set[str] = set()
	for endpoint in (endpoints.FBS_STATUS, endpoints.DBS_STATUS):
		document, operation_ = operation(endpoint.method, endpoint.path)
		found |= set(re.findall(r"^\|?[-\s]*`([a-z_]+)`", operation_["description"], re.MULTILINE))
		text = str(resolved(document, operation_["responses"]["200"]))
		found |= {
			word
			for part in re.findall(r"'enum': \[([^\]]*)\]", text)
			for word in re.findall(r"'(\w+)'", part)
		}
	assert {"new", "receive", "sold", "postponed_delivery", "canceled_by_missed_call"} <= found
	assert found - {"waiting"} <= set(ORDER_STATUSES)


@needs_specification
def test_every_status_of_the_feed_is_known():
	document, operation_ = operation("POST", endpoints.ORDER_FEED.path)
	text = str(resolved(document, operation_["responses"]["200"]))
	enums = [set(re.findall(r"'(\w+)'", part)) for part in re.findall(r"'enum': \[([^\]]*)\]", text)]
	assert set(FEED_STATUSES) in enums
	assert any("receipt" in words and words <= set(CANCELLERS) for words in enums)


def test_every_cancelled_status_says_who():
	cancelled = {word for word, status in ORDER_STATUSES.items() if status is OrderStatus.CANCELLED}
	assert cancelled <= set(CANCELLERS)
	assert set(INFO.statuses) == set(ORDER_STATUSES)


@pytest.mark.parametrize(
	("status", "after"),
	[
		({"supplierStatus": "new", "wbStatus": "declined_by_client"}, False),
		({"supplierStatus": "confirm", "wbStatus": "canceled"}, False),
		({"supplierStatus": "cancel", "wbStatus": "canceled"}, False),
		({"supplierStatus": "cancel", "wbStatus": "waiting"}, False),
		({"supplierStatus": "confirm", "wbStatus": "canceled_by_client"}, True),
		({"supplierStatus": "complete", "wbStatus": "canceled"}, True),
		({"supplierStatus": "complete", "wbStatus": "defect"}, True),
		({"supplierStatus": "reject", "wbStatus": "waiting"}, True),
		({"supplierStatus": "cancel_missed_call", "wbStatus": "canceled_by_missed_call"}, True),
	],
)
def test_whether_the_goods_were_on_their_way(status, after):
	assert order_of(kept(status)).cancellation.after_shipping is after
	assert HANDED_OVER <= set(SUPPLIER_STATUSES)


@pytest.mark.parametrize(
	("status", "actions"),
	[
		({"supplierStatus": "new", "isCancellable": True}, {OrderAction.PACK, OrderAction.CANCEL}),
		({"supplierStatus": "new", "isCancellable": False}, {OrderAction.PACK}),
		({"supplierStatus": "new"}, {OrderAction.PACK, OrderAction.CANCEL}),  # DBS does not say
		(
			{"supplierStatus": "confirm"},
			{OrderAction.CANCEL, OrderAction.LABEL, OrderAction.HAND_OVER},
		),
		({"supplierStatus": "complete", "isCancellable": True}, {OrderAction.CANCEL}),
		({"supplierStatus": "deliver"}, set()),
	],
)
def test_what_may_be_done(status, actions):
	assert set(order_of(kept({"wbStatus": "waiting", **status})).actions) == actions


# --- schemes, money, people --------------------------------------------------------------------------


@pytest.mark.parametrize(
	("delivery", "scheme"),
	[("fbs", Scheme.FBS), ("dbs", Scheme.DBS), ("dbsPickupPoint", Scheme.DBS), ("edbs", Scheme.EXPRESS)],
)
def test_schemes(delivery, scheme):
	order = order_of(kept(deliveryType=delivery))
	assert (order.scheme, order.is_express) == (scheme, scheme is Scheme.EXPRESS)
	assert scheme in INFO.schemes


def test_an_unknown_way_of_delivery_is_told():
	assert error_of(kept(deliveryType="drone")).field == "deliveryType"


@pytest.mark.parametrize(
	("hundredths", "amount"),
	[(28322, "283.22"), (1, "0.01"), (100, "1.00"), (0, "0.00"), (10**12, "10000000000.00")],
)
def test_sums_are_hundredths(hundredths, amount):
	order = order_of(kept(convertedPrice=hundredths))
	assert str(order.total.amount) == amount
	assert order.lines[0].price == Money(amount=amount, currency="RUB")


@pytest.mark.parametrize(("code", "currency"), CURRENCIES.items())
def test_currencies_are_numbers(code, currency):
	assert order_of(kept(convertedCurrencyCode=code)).currency == currency


@pytest.mark.parametrize("code", [None, 0, 999, 810])
def test_an_unknown_currency_is_told(code):
	assert error_of(kept(convertedCurrencyCode=code)).field == "convertedCurrencyCode"


@pytest.mark.parametrize("price", [None, "free", Decimal("1.5"), {}])
def test_a_task_without_a_sum_is_told(price):
	assert error_of(kept(convertedPrice=price)).field.endswith("convertedPrice")


def test_nobody_is_named_where_nobody_is_known():
	order = order_of(kept(options=None, buyer={}))
	assert (order.buyer, order.recipient, order.address) == (None, None, None)


def test_numbers_are_forwarding_ones():
	buyer = order_of(
		kept(buyer={"replacementPhone": "+7 999 111-22-33", "phone": "+79990000000", "phoneCode": 5})
	).buyer
	assert (buyer.phone, buyer.phone_is_masked) == ("+7 999 111-22-33", True)


def test_an_order_without_a_basket_is_its_own():
	assert order_of(kept(orderUid="", rid="f1.0.0")).order_number == "f1.0.0"
	assert order_of(kept(orderUid=None, rid=None)).order_number == "13833711"


def test_line_ids_do_not_depend_on_names():
	one, other = order_of(kept()), order_of(kept(article="another", skus=["1"]))
	assert [line.line_id for line in one.lines] == [line.line_id for line in other.lines]
	assert one.lines[0].listing_id == "987654321"


def test_an_unreadable_status_of_a_known_order():
	known = order_of(kept())
	fetched = refreshed(known, {"supplierStatus": {"нечто": "иное"}})
	assert fetched.record is None and fetched.error.record_id == "13833711"
	assert fetched.raw == {"status": {"supplierStatus": {"нечто": "иное"}}}


# --- the feed --------------------------------------------------------------------------------------


def fed(**changes: Any) -> dict[str, Any]:
	return {**golden("feed_sold")["payload"], **changes}


@pytest.mark.parametrize(("word", "status"), FEED_STATUSES.items())
def test_feed_statuses(word, status):
	order = read_feed_order(fed(status=word)).record
	assert (order.status, order.vendor_status, order.scheme) == (status, word, Scheme.FBO)


@pytest.mark.parametrize(
	("changes", "field"),
	[
		({"status": "teleported"}, "status"),
		({"sellerPrice": None}, "sellerPrice"),
		({"createdAt": None}, "createdAt"),
		({"createdAt": "вчера"}, "createdAt"),
		({"currency": ""}, "currency"),
		({"chrtId": None}, "chrtId"),
	],
)
def test_feed_orders_that_cannot_be_read(changes, field):
	fetched = read_feed_order(fed(**changes))
	assert isinstance(fetched.error, ContractError) and fetched.error.field == field
	assert fetched.error.record_id == fetched.external_id == "7513432034713632943.1.0"


def test_a_cancellation_of_an_unknown_kind_is_still_one():
	cancellation = read_feed_order(fed(status="cancel", cancelType="moonshine")).record.cancellation
	assert cancellation.reason and not cancellation.after_shipping
