"""Walks over orders: what is asked for, page by page, and where each page leads."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from crm_marketplace.integrations.errors import (
	AuthenticationError,
	ConfigurationError,
	ContractError,
	PermissionMissing,
	RateLimited,
	RejectedError,
	TemporaryError,
)
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import OrderStatus, Scheme
from tests.unit.yandex_market.shop import AS_OF, CABINET, CAMPAIGN, NOW, OWN_SHOP, golden

UTC = timezone.utc
SINCE = NOW - timedelta(hours=1)
MODELS = ["FBS", "FBY", "DBS", "EXPRESS"]


def fbs(number: int, **changes: Any) -> dict[str, Any]:
	return {**copy.deepcopy(golden("fbs_started")["payload"]), "orderId": 4100 + number, **changes}


def dbs(number: int, **changes: Any) -> dict[str, Any]:
	payload = copy.deepcopy(golden("dbs_delivery")["payload"])
	del payload["buyer"]
	return {**payload, "orderId": 4200 + number, "campaignId": int(CAMPAIGN), **changes}


def page(*orders: Any, token: str | None = None) -> dict[str, Any]:
	return {"orders": list(orders), "paging": {"nextPageToken": token} if token else {}}


def ids(found: Any) -> list[str]:
	return [item.external_id for item in found.items]


def changes(shop, since: datetime = SINCE, until: datetime = NOW) -> list[list[str]]:
	pages = walk(lambda token, limit: shop.connector.order_changes(since, until, token, limit))
	return [ids(one) for one in pages]


# --- what changed ----------------------------------------------------------------------------------


def test_changes_are_asked_for_by_their_moment_then_those_of_older_orders(shop):
	shop.answer(
		endpoints.ORDERS, page(fbs(1), fbs(2), token="p2"), page(fbs(3)), page(), page(fbs(4)), page()
	)
	assert changes(shop) == [["4101", "4102"], ["4103"], [], ["4104"], []]
	asked = {"updateDateFrom": "2026-09-28T08:30:00.000Z", "updateDateTo": "2026-09-28T09:30:00.000Z"}
	first, second, *older = shop.bodies
	assert first == second
	assert first == {"programTypes": MODELS, "dates": asked, "campaignIds": [int(CAMPAIGN)], "fake": False}
	assert [query.get("pageToken") for _method, _path, query, _body in shop.requests] == [
		None,
		"p2",
		None,
		None,
		None,
	]
	assert [body["dates"] for body in older] == [
		{**asked, "creationDateFrom": "2026-07-30", "creationDateTo": "2026-08-29"},
		{**asked, "creationDateFrom": "2026-06-30", "creationDateTo": "2026-07-30"},
		{**asked, "creationDateFrom": "2026-05-31", "creationDateTo": "2026-06-30"},
	]


def test_a_whole_cabinet_is_asked_about_at_once(cabinet):
	cabinet.answer(endpoints.ORDERS, *[page()] * 4)
	changes(cabinet)
	assert all("campaignIds" not in body for body in cabinet.bodies)


def test_the_end_of_a_period_is_rounded_up_and_its_start_down(shop):
	shop.answer(endpoints.ORDERS, page())
	until = NOW.replace(microsecond=1)
	shop.connector.order_changes(SINCE.replace(microsecond=999_999), until)
	assert shop.bodies[0]["dates"] == {
		"updateDateFrom": "2026-09-28T08:30:00.999Z",
		"updateDateTo": "2026-09-28T09:30:00.001Z",
	}


def test_times_of_other_zones_are_sent_as_utc(shop):
	shop.answer(endpoints.ORDERS, page())
	zone = timezone(timedelta(hours=5))
	shop.connector.order_changes(SINCE.astimezone(zone), NOW.astimezone(zone))
	assert shop.bodies[0]["dates"]["updateDateFrom"] == "2026-09-28T08:30:00.000Z"


def test_a_time_without_a_zone_is_our_mistake(shop):
	with pytest.raises(ValueError, match="zone"):
		shop.connector.order_changes(datetime(2026, 9, 1), datetime(2026, 9, 2))


def test_long_periods_are_asked_for_in_pieces(shop):
	shop.answer(endpoints.ORDERS, *[page()] * 12)
	since = NOW - timedelta(days=70)
	assert changes(shop, since) == [[]] * 12
	periods = [
		(body["dates"]["updateDateFrom"], body["dates"]["updateDateTo"])
		for body in shop.bodies
		if "creationDateFrom" not in body["dates"]
	]
	assert [periods[0][0], periods[-1][1]] == ["2026-07-20T09:30:00.000Z", "2026-09-28T09:30:00.000Z"]
	assert all(one[1] == next_one[0] for one, next_one in pairwise(periods))
	moments = [tuple(datetime.fromisoformat(each.replace("Z", "+00:00")) for each in one) for one in periods]
	assert all(end - start < timedelta(days=30) for start, end in moments)


def test_that_older_orders_cannot_be_asked_for_is_no_fault(shop):
	shop.answer(endpoints.ORDERS, page(fbs(1)))
	shop.refuse(endpoints.ORDERS, 400, "updateDate can not be combined with creationDate")
	shop.refuse(endpoints.ORDERS, 400, "updateDate can not be combined with creationDate")
	shop.refuse(endpoints.ORDERS, 400, "updateDate can not be combined with creationDate")
	assert changes(shop) == [["4101"], [], [], []]


def test_but_a_refusal_of_the_first_question_is(shop):
	shop.refuse(endpoints.ORDERS, 400, "Something is wrong with dates")
	with pytest.raises(RejectedError, match="Something is wrong with dates"):
		changes(shop)


def test_and_so_is_an_outage_while_asking_for_older_ones(shop):
	shop.answer(endpoints.ORDERS, page())
	shop.answer(endpoints.ORDERS, {}, status=500)
	with pytest.raises(TemporaryError):
		changes(shop)


def test_a_walk_over_midnight_asks_what_it_began_to_ask(shop):
	shop.answer(endpoints.ORDERS, page(), page(), page())
	token = shop.connector.order_changes(SINCE, NOW).token
	shop.connector.clock = lambda: NOW + timedelta(days=1)
	assert json.loads(token)["day"] == "2026-09-28"
	shop.connector.order_changes(SINCE, NOW, token)
	assert shop.bodies[1]["dates"]["creationDateTo"] == "2026-08-29"
	shop.connector.order_changes(SINCE, NOW)
	assert shop.bodies[2]["dates"].keys() == shop.bodies[0]["dates"].keys()


def test_a_page_says_when_it_was_made_by_the_remote_clock(shop):
	shop.answer(endpoints.ORDERS, page())
	assert shop.connector.order_changes(SINCE, NOW).as_of == AS_OF


def test_an_empty_window_needs_no_request(shop):
	for found in (shop.connector.order_changes(NOW, NOW), shop.connector.orders_created(NOW, SINCE)):
		assert found.items == () and found.token is None
	assert shop.requests == []


@pytest.mark.parametrize(("limit", "asked"), [(None, "50"), (1, "1"), (50, "50"), (5000, "50"), (0, "1")])
def test_page_sizes_are_what_the_method_takes(shop, limit, asked):
	shop.answer(endpoints.ORDERS, page())
	shop.connector.order_changes(SINCE, NOW, limit=limit)
	assert shop.requests[0][2]["limit"] == asked


@pytest.mark.parametrize(
	"token",
	[
		"not a token",
		"[]",
		'{"question":9,"day":"2026-09-28"}',
		'{"question":-1,"day":"2026-09-28"}',
		'{"question":"1","day":"2026-09-28"}',
		'{"question":0,"day":"someday"}',
		'{"question":0,"day":7}',
		'{"question":0,"day":"2026-09-28","page":5}',
	],
)
def test_tokens_that_lead_nowhere(shop, token):
	with pytest.raises(ContractError, match="saved position"):
		shop.connector.order_changes(SINCE, NOW, token)
	assert shop.requests == []


def test_a_bad_order_does_not_cost_the_others(shop):
	shop.answer(endpoints.ORDERS, page(fbs(1, status="TELEPORTED"), fbs(2), None))
	bad, good, nothing = shop.connector.order_changes(SINCE, NOW).items
	assert (bad.external_id, bad.record) == ("4101", None) and isinstance(bad.error, ContractError)
	assert good.record and nothing.error


@pytest.mark.parametrize("body", [{}, {"orders": "none"}, []])
def test_answers_that_are_no_list_of_orders(shop, body):
	shop.answer(endpoints.ORDERS, body)
	with pytest.raises(ContractError):
		shop.connector.order_changes(SINCE, NOW)


# --- what was placed, and what is open -------------------------------------------------------------


def created(number: int, moment: str) -> dict[str, Any]:
	return fbs(number, creationDate=moment)


def test_orders_by_placing_are_those_of_the_window(shop):
	shop.answer(
		endpoints.ORDERS,
		page(
			created(1, "2026-09-28T11:29:59.999+03:00"),
			created(2, "2026-09-28T11:30:00+03:00"),
			created(3, "2026-09-28T12:29:59.999+03:00"),
			created(4, "2026-09-28T12:30:00+03:00"),
			created(5, None),
		),
	)
	found = shop.connector.orders_created(SINCE, NOW)
	assert ids(found) == ["4102", "4103", "4105"]
	assert found.token is None
	assert shop.bodies == [
		{
			"programTypes": MODELS,
			"dates": {"creationDateFrom": "2026-09-28", "creationDateTo": "2026-09-29"},
			"campaignIds": [int(CAMPAIGN)],
			"fake": False,
		}
	]


@pytest.mark.parametrize(
	("since", "until", "days"),
	[
		# 23:30 in London is tomorrow in Moscow: days of either zone are asked for.
		((2026, 9, 27, 23, 30), (2026, 9, 28, 0, 30), ("2026-09-27", "2026-09-29")),
		((2026, 9, 27, 20, 30), (2026, 9, 27, 21, 30), ("2026-09-27", "2026-09-29")),
		((2026, 9, 27, 12), (2026, 9, 27, 13), ("2026-09-27", "2026-09-28")),
	],
)
def test_days_of_both_zones(shop, since, until, days):
	shop.answer(endpoints.ORDERS, page())
	shop.connector.orders_created(datetime(*since, tzinfo=UTC), datetime(*until, tzinfo=UTC))
	dates = shop.bodies[0]["dates"]
	assert (dates["creationDateFrom"], dates["creationDateTo"]) == days


def test_a_year_of_orders_is_asked_for_in_months(shop):
	shop.answer(endpoints.ORDERS, *[page()] * 14)
	pages = walk(
		lambda token, limit: shop.connector.orders_created(NOW - timedelta(days=365), NOW, token, limit)
	)
	assert len(list(pages)) == 14
	for body in shop.bodies:
		first, last = (datetime.fromisoformat(body["dates"][f"creationDate{end}"]) for end in ("From", "To"))
		assert (last - first).days <= 30


def test_open_orders_are_those_the_seller_has_to_ship(shop):
	shop.answer(endpoints.ORDERS, page(fbs(1), token="p2"), page(fbs(2)), page(fbs(3)), page(), page())
	pages = walk(lambda token, limit: shop.connector.open_orders(token, limit))
	assert [ids(one) for one in pages] == [["4101"], ["4102"], ["4103"], [], []]
	first, _second, older, *_rest = shop.bodies
	assert first == {
		"programTypes": ["FBS", "DBS", "EXPRESS"],
		"statuses": ["UNPAID", "PENDING", "PROCESSING"],
		"campaignIds": [int(CAMPAIGN)],
		"fake": False,
	}
	assert older == {**first, "dates": {"creationDateFrom": "2026-07-30", "creationDateTo": "2026-08-29"}}


# --- single orders ---------------------------------------------------------------------------------


def test_one_order(shop):
	shop.answer(endpoints.ORDERS, page(fbs(1)))
	found = shop.connector.order("4101", Scheme.FBS)
	assert (found.external_id, found.record.status) == ("4101", OrderStatus.AWAITING_PACKING)
	assert shop.bodies == [{"programTypes": MODELS, "orderIds": [4101], "campaignIds": [int(CAMPAIGN)]}]


@pytest.mark.parametrize("answer", [page(), page(fbs(2)), page(None, "x")])
def test_an_order_the_shop_does_not_have(shop, answer):
	shop.answer(endpoints.ORDERS, answer)
	with pytest.raises(RejectedError, match="does not know this order") as caught:
		shop.connector.order("4101")
	assert caught.value.record_id == "4101"


@pytest.mark.parametrize("id_", ["", "A-1", "1.5", "-1", "²", "9" * 19, "4101; 4102"])
def test_what_cannot_be_an_order_is_not_asked_for(shop, id_):
	with pytest.raises(RejectedError, match="does not know this order"):
		shop.connector.order(id_)
	assert shop.requests == []


def test_a_refusal_says_of_which_order(shop):
	shop.refuse(endpoints.ORDERS, 400, "Order ids are too long")
	with pytest.raises(RejectedError) as caught:
		shop.connector.order("4101")
	assert caught.value.record_id == "4101"


# --- test orders -----------------------------------------------------------------------------------


def test_a_test_order_is_not_taken(shop):
	shop.answer(endpoints.ORDERS, page(fbs(1, fake=True)))
	with pytest.raises(RejectedError, match="test order"):
		shop.connector.order("4101")


def test_nor_where_it_comes_with_others(shop):
	shop.answer(endpoints.ORDERS, page(fbs(1, fake=True), fbs(2, fake=False), fbs(3, fake=None)))
	assert ids(shop.connector.order_changes(SINCE, NOW)) == ["4102", "4103"]


def test_unless_the_shop_wants_them(shop):
	shop.connect({**OWN_SHOP, "test_orders": "yes"})
	shop.answer(endpoints.ORDERS, page(fbs(1, fake=True)), page(fbs(1, fake=True)))
	assert shop.connector.order("4101").record
	assert ids(shop.connector.order_changes(SINCE, NOW)) == ["4101"]
	assert all("fake" not in body for body in shop.bodies)


@pytest.mark.parametrize("word", ["", "no", "true", "1"])
def test_which_takes_the_very_word(shop, word):
	assert shop.connect({**CABINET, "test_orders": word}).test_orders is False


# --- who ordered -----------------------------------------------------------------------------------

PERSON = {
	"status": "OK",
	"result": {"id": "b-1", "lastName": "Котова", "firstName": "Ия", "phone": "+74950000002"},
}
COMPANY = {"status": "OK", "result": {"organizationName": "ООО «Вектор»", "inn": "7700000002"}}


def test_the_buyer_of_an_order_the_seller_delivers(shop):
	shop.answer(endpoints.ORDERS, page(dbs(1), fbs(2)))
	shop.answer(endpoints.BUYER, PERSON, orderId="4201")
	first, second = shop.connector.order_changes(SINCE, NOW).items
	assert (first.record.buyer.name, first.record.buyer.phone) == ("Котова Ия", "+74950000002")
	assert first.raw["buyer"] == PERSON["result"]
	assert second.record.buyer is None and "buyer" not in second.raw
	assert shop.paths[1] == f"/v2/campaigns/{CAMPAIGN}/orders/4201/buyer"


def test_a_company(shop):
	shop.answer(endpoints.ORDERS, page(fbs(1, buyerType="BUSINESS")))
	shop.answer(endpoints.COMPANY, COMPANY, orderId="4101")
	buyer = shop.connector.order("4101").record.buyer
	assert (buyer.is_company, buyer.company_name, buyer.tax_id) == (True, "ООО «Вектор»", "7700000002")


@pytest.mark.parametrize(
	("order", "is_asked"),
	[
		(dbs(1, status="PROCESSING"), True),
		(dbs(1, status="PICKUP"), True),
		(dbs(1, status="UNPAID"), False),
		(dbs(1, status="DELIVERED"), False),
		(dbs(1, status="CANCELLED"), False),
		(fbs(1, status="DELIVERY"), False),
		(fbs(1, status="DELIVERED", buyerType="BUSINESS"), True),
		(fbs(1, status="CANCELLED", buyerType="BUSINESS"), False),
		# An order that cannot be read is not worth a request.
		(dbs(1, items="none"), False),
	],
)
def test_who_ordered_is_asked_while_it_is_told(shop, order, is_asked):
	shop.answer(endpoints.ORDERS, page(order))
	if is_asked:
		endpoint = endpoints.COMPANY if order.get("buyerType") == "BUSINESS" else endpoints.BUYER
		shop.answer(endpoint, PERSON, orderId=str(order["orderId"]))
	shop.connector.order_changes(SINCE, NOW)
	assert len(shop.requests) == 1 + is_asked


def answered(status: int, *messages: str) -> tuple[int, dict[str, Any]]:
	return status, {"status": "ERROR", "errors": [{"code": "C", "message": message} for message in messages]}


@pytest.mark.parametrize(
	("status", "body"),
	[
		answered(403, "Token does not have any of the scopes: [inventory-and-order-processing]"),
		answered(400, "Buyer info is not available"),
		answered(404, "Order not found: 4201"),
		answered(420, "Hit rate limit of 3000 requests per 1 hour"),
		(404, "404 page not found"),
		(200, {"status": "OK", "result": None}),
		(200, {"status": "OK", "result": {"phone": ["+74950000002"]}}),
		(200, {"status": "OK"}),
	],
)
def test_an_order_never_waits_for_its_buyer(shop, status, body):
	shop.answer(endpoints.ORDERS, page(dbs(1)))
	shop.answer(endpoints.BUYER, body, status=status, orderId="4201")
	(found,) = shop.connector.order_changes(SINCE, NOW).items
	assert found.record.buyer is None and found.error is None


@pytest.mark.parametrize(
	("status", "body", "kind"),
	[
		(*answered(401, "API-key token is not valid"), AuthenticationError),
		(*answered(500, "Internal error"), TemporaryError),
	],
)
def test_but_a_key_that_fails_and_an_outage_are_told(shop, status, body, kind):
	shop.answer(endpoints.ORDERS, page(dbs(1)))
	shop.answer(endpoints.BUYER, body, status=status, orderId="4201")
	with pytest.raises(kind):
		shop.connector.order_changes(SINCE, NOW)


def test_an_order_that_does_not_say_its_shop_comes_without(shop):
	shop.answer(endpoints.ORDERS, page(dbs(1, campaignId="x"), fbs(2)))
	first, second = shop.connector.order_changes(SINCE, NOW).items
	assert first.record and second.record
	assert len(shop.requests) == 1


# --- refusals --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("status", "message", "kind"),
	[
		(403, "Token does not have any of the scopes: [inventory-and-order-processing]", PermissionMissing),
		(403, "Access to API denied for the campaign 21653214", ConfigurationError),
		(403, "API disabled for campaign because it is not active", ConfigurationError),
		(401, "API-key token is revoked", AuthenticationError),
		(420, "Hit rate limit of 10000 requests per 1 hour", RateLimited),
	],
)
def test_refusals_of_a_walk(shop, status, message, kind):
	shop.refuse(endpoints.ORDERS, status, message)
	with pytest.raises(kind) as caught:
		changes(shop)
	assert type(caught.value) is kind
