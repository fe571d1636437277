"""Walks over postings: what is asked for, page by page, and where each page leads."""

from __future__ import annotations

import copy
import json
from datetime import datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from crm_marketplace.integrations.errors import (
	AuthenticationError,
	ContractError,
	PermissionMissing,
	RateLimited,
	RejectedError,
	TemporaryError,
)
from crm_marketplace.integrations.marketplaces.ozon import endpoints, orders
from crm_marketplace.integrations.marketplaces.ozon.session import stamp
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import OrderStatus, Scheme
from tests.unit.ozon.shop import AS_OF, NOW, golden

UTC = timezone.utc
SINCE = NOW - timedelta(hours=1)


def fbs(number: int, **changes: Any) -> dict[str, Any]:
	payload = copy.deepcopy(golden("fbs_awaiting_packaging")["payload"])
	return {**payload, "posting_number": f"10-000{number}-1", **changes}


def fbo(number: int) -> dict[str, Any]:
	return {**golden("fbo_delivered")["payload"], "posting_number": f"90-000{number}-1"}


def page(*postings: Any, cursor: str = "") -> dict[str, Any]:
	return {"postings": list(postings), "cursor": cursor, "has_next": bool(cursor)}


def ids(found: Any) -> list[str]:
	return [item.external_id for item in found.items]


def test_changes_are_fbs_by_their_change_then_fbo_of_two_weeks(shop):
	shop.answer(endpoints.FBS_LIST, page(fbs(1), fbs(2), cursor="c1"), page(fbs(3)))
	shop.answer(endpoints.FBO_LIST, page(fbo(1), cursor="c2"), page(fbo(2)))
	found = [
		ids(one) for one in walk(lambda token, limit: shop.connector.order_changes(SINCE, NOW, token, limit))
	]
	assert found == [["10-0001-1", "10-0002-1"], ["10-0003-1"], ["90-0001-1"], ["90-0002-1"]]
	assert [path for path, _body in shop.requests] == [endpoints.FBS_LIST.path] * 2 + [
		endpoints.FBO_LIST.path
	] * 2
	first, second, third, fourth = shop.bodies
	assert first == {
		"filter": {
			"since": "2026-04-01T08:30:00.000Z",
			"to": "2026-09-28T09:30:00.000Z",
			"last_changed_status_date": {
				"from": "2026-09-28T08:30:00.000Z",
				"to": "2026-09-28T09:30:00.000Z",
			},
		},
		"limit": 100,
		"cursor": "",
		"sort_dir": "ASC",
		"with": {"analytics_data": True, "financial_data": True, "legal_info": True, "barcodes": True},
	}
	assert second == {**first, "cursor": "c1"}
	assert third == {
		"filter": {"since": "2026-09-14T09:30:00.000Z", "to": "2026-09-28T09:30:00.000Z"},
		"limit": 100,
		"cursor": "",
		"sort_dir": "ASC",
		"with": {"analytics_data": True, "financial_data": True, "legal_info": True},
	}
	assert fourth == {**third, "cursor": "c2"}


def test_a_page_says_when_it_was_made_by_the_remote_clock(shop):
	shop.answer(endpoints.FBS_LIST, page())
	assert shop.connector.order_changes(SINCE, NOW).as_of == AS_OF


def test_a_walk_goes_on_after_a_restart(shop):
	shop.answer(endpoints.FBS_LIST, page(fbs(1), cursor="c1"), page(fbs(2)))
	token = shop.connector.order_changes(SINCE, NOW).token
	assert isinstance(token, str) and json.loads(token)["cursor"] == "c1"
	again = shop.connector.order_changes(SINCE, NOW, token)
	assert ids(again) == ["10-0002-1"]


def test_a_first_run_reads_fbo_from_its_beginning(shop):
	shop.answer(endpoints.FBS_LIST, page())
	shop.answer(endpoints.FBO_LIST, page())
	since = NOW - timedelta(days=30)
	token = shop.connector.order_changes(since, NOW).token
	assert shop.connector.order_changes(since, NOW, token).token is None
	assert shop.bodies[1]["filter"]["since"] == "2026-08-29T09:30:00.000Z"


def test_long_periods_are_asked_for_in_pieces_of_less_than_a_year(shop):
	shop.answer(endpoints.FBS_LIST, page(fbs(1)), page(fbs(2)), page(fbs(3)))
	shop.answer(endpoints.FBO_LIST, page(), page(), page(fbo(1)))
	since = NOW - timedelta(days=800)
	found = [
		ids(one) for one in walk(lambda token, limit: shop.connector.orders_created(since, NOW, token, limit))
	]
	assert found == [["10-0001-1"], ["10-0002-1"], ["10-0003-1"], [], [], ["90-0001-1"]]
	periods = [(body["filter"]["since"], body["filter"]["to"]) for body in shop.bodies]
	assert (
		periods[:3]
		== periods[3:]
		== [
			("2024-07-20T09:30:00.000Z", "2025-07-19T09:30:00.000Z"),
			("2025-07-19T09:30:00.000Z", "2026-07-18T09:30:00.000Z"),
			("2026-07-18T09:30:00.000Z", "2026-09-28T09:30:00.000Z"),
		]
	)
	for body in shop.bodies:
		assert "last_changed_status_date" not in body["filter"]


def test_an_empty_window_needs_no_request(shop):
	for found in (shop.connector.order_changes(NOW, NOW), shop.connector.orders_created(NOW, SINCE)):
		assert found.items == () and found.token is None
	assert shop.requests == []


@pytest.mark.parametrize(("limit", "asked"), [(None, 100), (1, 1), (50, 50), (100, 100), (5000, 100), (0, 1)])
def test_page_sizes_are_what_the_method_takes(shop, limit, asked):
	shop.answer(endpoints.FBS_LIST, page())
	shop.connector.order_changes(SINCE, NOW, limit=limit)
	assert shop.bodies[0]["limit"] == asked


def test_a_key_without_fbo_still_reads_fbs(shop):
	shop.answer(endpoints.FBS_LIST, page(fbs(1)))
	shop.refuse(endpoints.FBO_LIST, 403, "Api-Key is missing a required role for a method", 7)
	found = list(walk(lambda token, limit: shop.connector.order_changes(SINCE, NOW, token, limit)))
	assert [ids(one) for one in found] == [["10-0001-1"], []]


def test_a_key_without_fbs_is_told(shop):
	shop.refuse(endpoints.FBS_LIST, 403, "Api-Key is missing a required role for a method", 7)
	with pytest.raises(PermissionMissing, match="no right for /v4/posting/fbs/list"):
		shop.connector.order_changes(SINCE, NOW)


def test_a_key_revoked_is_told(shop):
	shop.refuse(endpoints.FBS_LIST, 403, "Api-key is deactivated, use another one or generate a new one", 7)
	with pytest.raises(AuthenticationError) as caught:
		shop.connector.order_changes(SINCE, NOW)
	assert not isinstance(caught.value, PermissionMissing)


@pytest.mark.parametrize(
	("status", "body", "error"),
	[
		(503, {"message": "out of order"}, TemporaryError),
		(500, {"message": "Circle is open"}, RateLimited),
		(400, {"message": "Invalid cursor"}, RejectedError),
		(403, {"code": 7, "message": "Api-key is deactivated, use another one"}, AuthenticationError),
		(200, {"postings": {}, "has_next": False}, ContractError),
	],
)
@pytest.mark.parametrize("method", ["order_changes", "orders_created"])
def test_fbs_does_not_wait_for_a_list_of_fbo_that_fails(shop, method, status, body, error):
	shop.answer(endpoints.FBS_LIST, page(fbs(1)))
	shop.answer(endpoints.FBO_LIST, body, status=status)
	ask = getattr(shop.connector, method)
	found = list(walk(lambda token, limit: ask(SINCE, NOW, token, limit)))
	assert [ids(one) for one in found] == [["10-0001-1"], []]
	assert isinstance(found[-1].left_out, error) and found[0].left_out is None


def test_a_bad_posting_does_not_cost_the_others(shop):
	shop.answer(endpoints.FBS_LIST, page(fbs(1), fbs(2, products="none"), None, fbs(4)))
	items = shop.connector.order_changes(SINCE, NOW).items
	assert [item.record is not None for item in items] == [True, False, False, True]
	assert isinstance(items[1].error, ContractError) and items[1].external_id == "10-0002-1"
	assert items[1].raw["products"] == "none"


@pytest.mark.parametrize(
	"body",
	[
		{},
		{"result": {"postings": []}},
		{"postings": {}, "has_next": False},
		{"postings": [], "has_next": True},
		{"postings": [], "has_next": True, "cursor": ""},
		[],
		b'{"postings": [',
		b"<html></html>",
	],
)
def test_an_answer_that_is_no_list_never_passes_for_nothing_new(shop, body):
	shop.answer(endpoints.FBS_LIST, body)
	with pytest.raises(ContractError):
		shop.connector.order_changes(SINCE, NOW)


@pytest.mark.parametrize(
	"token",
	[
		"",
		"x",
		"[]",
		'{"phase":"fbx"}',
		'{"phase":"fbs","piece":7}',
		'{"phase":"fbs","piece":-1}',
		'{"phase":"fbs","piece":"0"}',
	],
)
def test_tokens_that_lead_nowhere(shop, token):
	with pytest.raises(ContractError, match="saved position"):
		shop.connector.order_changes(SINCE, NOW, token)


def test_times_without_a_zone_are_refused(shop):
	with pytest.raises(ValueError, match="zone"):
		shop.connector.orders_created(datetime(2026, 9, 1), datetime(2026, 9, 2))


def test_a_rate_limit_within_a_web_request_is_told_at_once(shop):
	shop.refuse(endpoints.FBS_LIST, 429, "You have reached request rate limit per second", 8)
	with pytest.raises(RateLimited) as caught:
		shop.connector.order_changes(SINCE, NOW)
	assert caught.value.retry_after == 1.0


# --- open orders -----------------------------------------------------------------------------------


def test_open_orders(shop):
	shop.answer(endpoints.FBS_OPEN, {**page(fbs(1), cursor="c1"), "count": 2}, page(fbs(2)))
	found = [ids(one) for one in walk(shop.connector.open_orders)]
	assert found == [["10-0001-1"], ["10-0002-1"]]
	first, second = shop.bodies
	assert first["filter"] == {
		"cutoff_from": "2026-04-01T09:30:00.000Z",
		"cutoff_to": "2027-03-27T09:30:00.000Z",
		"statuses": ["awaiting_registration", "awaiting_approve", "awaiting_packaging", "awaiting_deliver"],
	}
	assert (first["cursor"], second["cursor"]) == ("", "c1")


def test_the_period_of_open_orders_stays_the_same_during_a_walk(shop):
	shop.answer(endpoints.FBS_OPEN, page(fbs(1), cursor="c1"), page(fbs(2)))
	token = shop.connector.open_orders().token
	shop.connector.clock = lambda: NOW + timedelta(hours=1)
	shop.connector.open_orders(token)
	first, second = shop.bodies
	assert first["filter"] == second["filter"]


# --- one order -------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", [Scheme.FBS, Scheme.DBS, Scheme.EXPRESS, None])
def test_one_fbs_order(shop, scheme):
	shop.answer(endpoints.FBS_GET, {"result": golden("rfbs_multibox_get")["payload"]})
	fetched = shop.connector.order("60931775-0045-1", scheme)
	assert fetched.record.status is OrderStatus.AWAITING_SHIPMENT
	assert shop.bodies == [
		{
			"posting_number": "60931775-0045-1",
			"with": {"analytics_data": True, "financial_data": True, "legal_info": True, "barcodes": True},
		}
	]


def test_one_fbo_order(shop):
	shop.answer(endpoints.FBO_GET, {"result": golden("fbo_delivered_get")["payload"]})
	assert shop.connector.order("91830027-0455-1", Scheme.FBO).record.scheme is Scheme.FBO
	assert shop.bodies[0]["with"] == {"analytics_data": True, "financial_data": True, "legal_info": True}


def test_one_order_of_an_unknown_scheme(shop):
	shop.refuse(endpoints.FBS_GET, 404, "POSTING_NOT_FOUND", 5)
	shop.answer(endpoints.FBO_GET, {"result": golden("fbo_delivered_get")["payload"]})
	assert shop.connector.order("91830027-0455-1").record.scheme is Scheme.FBO


def test_one_order_from_a_partners_warehouse(shop):
	shop.refuse(endpoints.FBO_GET, 404, "POSTING_NOT_FOUND", 5)
	shop.answer(endpoints.FBS_GET, {"result": golden("fbp_partner_warehouse")["payload"]})
	assert shop.connector.order("55001122-0001-1", Scheme.FBO).record.scheme is Scheme.FBO


@pytest.mark.parametrize(
	("scheme", "methods"),
	[(Scheme.FBS, [endpoints.FBS_GET]), (None, [endpoints.FBS_GET, endpoints.FBO_GET])],
)
def test_an_order_nobody_knows(shop, scheme, methods):
	for method in methods:
		shop.refuse(method, 404, "POSTING_NOT_FOUND", 5)
	with pytest.raises(RejectedError, match="does not know this order") as caught:
		shop.connector.order("1-1-1", scheme)
	assert caught.value.record_id == "1-1-1"


@pytest.mark.parametrize("body", [{}, {"result": None}, {"result": []}])
def test_an_answer_without_the_order(shop, body):
	shop.answer(endpoints.FBS_GET, body)
	with pytest.raises(ContractError):
		shop.connector.order("1-1-1", Scheme.FBS)


# --- times as they are sent ------------------------------------------------------------------------


@pytest.mark.parametrize(
	("moment", "up", "written"),
	[
		(datetime(2026, 9, 28, 9, 30, tzinfo=UTC), False, "2026-09-28T09:30:00.000Z"),
		(datetime(2026, 9, 28, 9, 30, 0, 123999, tzinfo=UTC), False, "2026-09-28T09:30:00.123Z"),
		(datetime(2026, 9, 28, 9, 30, 0, 123001, tzinfo=UTC), True, "2026-09-28T09:30:00.124Z"),
		(datetime(2026, 9, 28, 9, 59, 59, 999999, tzinfo=UTC), True, "2026-09-28T10:00:00.000Z"),
		(datetime(2026, 9, 28, 1, tzinfo=timezone(timedelta(hours=14))), False, "2026-09-27T11:00:00.000Z"),
		(datetime(2026, 9, 28, 23, tzinfo=timezone(timedelta(hours=-11))), False, "2026-09-29T10:00:00.000Z"),
	],
)
def test_stamps(moment, up, written):
	assert stamp(moment, up=up) == written


def test_pieces_touch_and_cover():
	since = datetime(2020, 2, 29, tzinfo=UTC)
	pieces = orders._pieces(since, NOW)
	assert pieces[0][0] == since and pieces[-1][1] == NOW
	assert all(one[1] == other[0] for one, other in pairwise(pieces))
	assert all(end - start <= orders.LONGEST_PERIOD for start, end in pieces)
