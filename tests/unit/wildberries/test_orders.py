"""Walks over orders: what is asked, in which order, and where they end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm_marketplace.integrations.errors import (
	AuthenticationError,
	ContractError,
	RateLimited,
	RejectedError,
	TemporaryError,
)
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.tasks import read_task
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import Order, OrderStatus, Scheme
from tests.unit.wildberries.shop import AS_OF, NOW, golden, make_token

HOUR = timedelta(hours=1)


def fbs(id_: int, **changes: Any) -> dict[str, Any]:
	return {**golden("fbs_listed_abroad")["payload"]["order"], "id": id_, **changes}


def dbs(id_: int, **changes: Any) -> dict[str, Any]:
	return {**golden("express_new")["payload"]["order"], "id": id_, **changes}


def statuses(*ids: int, word: str = "new") -> dict[str, Any]:
	return {
		"orders": [
			{"id": id_, "supplierStatus": word, "wbStatus": "waiting", "isCancellable": True} for id_ in ids
		]
	}


def dbs_statuses(*ids: int, word: str = "new") -> dict[str, Any]:
	return {"orders": [{"orderId": id_, "supplierStatus": word, "wbStatus": "waiting"} for id_ in ids]}


def feed(*rows: dict[str, Any]) -> dict[str, Any]:
	return {"data": {"snapshotTime": "2026-09-28T09:30:00Z", "currency": "RUB", "orders": list(rows)}}


def fed(srid: str, **changes: Any) -> dict[str, Any]:
	return {**golden("feed_sold")["payload"], "srid": srid, **changes}


NOBODY = {"orders": None}


def known(id_: int, name: str = "fbs_assembly", **changes: Any) -> Order:
	return read_task(golden(name)["payload"]).record.model_copy(update={"external_id": str(id_), **changes})


def walked(shop: Any, method: str, since: Any, until: Any, limit: int = 1000) -> list[Any]:
	ask = getattr(shop.connector, method)
	return [
		item
		for page in walk(lambda token, size: ask(since, until, token, size), limit=limit)
		for item in page.items
	]


# --- walks -----------------------------------------------------------------------------------------


def test_a_walk_over_changes(shop):
	shop.answer(endpoints.FBS_LIST, {"next": 12, "orders": [fbs(11), fbs(12)]}, {"next": 0, "orders": []})
	shop.answer(endpoints.FBS_STATUS, statuses(11, 12))
	shop.answer(endpoints.DBS_LIST, {"next": 0, "orders": [dbs(21)]})
	shop.answer(endpoints.DBS_STATUS, dbs_statuses(21, word="receive"), dbs_statuses(22))
	shop.answer(
		endpoints.DBS_BUYERS,
		NOBODY,
		{"orders": [golden("express_new")["payload"]["buyer"] | {"orderID": 22}]},
	)
	shop.answer(endpoints.DBS_NEW, {"orders": [dbs(22)]})
	shop.answer(endpoints.ORDER_FEED, feed(fed("1.0.0"), fed("2.0.0", isMp=True)))
	since = NOW - HOUR
	found = walked(shop, "order_changes", since, NOW)
	assert [item.external_id for item in found] == ["11", "12", "21", "22", "1.0.0"]
	assert [item.error for item in found] == [None] * 5
	assert found[3].record.buyer.phone == "+79871234567"
	assert shop.addresses[0] == (
		f"GET /api/v3/orders?limit=1000&next=0&dateFrom={int(since.timestamp())}&dateTo={int(NOW.timestamp())}"
	)
	assert "next=12" in shop.addresses[2]
	assert shop.bodies[1] == {"orders": [11, 12]}
	# The feed is asked for the last hours anew, and for nothing that is yet to come.
	assert shop.bodies[-1] == {
		"selectedPeriod": {"start": "2026-09-28T03:30:00.000000Z", "end": "2026-09-28T09:30:00.000000Z"},
		"pagination": {"offset": 0, "limit": 10000},
	}


def test_what_is_kept_of_a_task_can_be_read_again(shop):
	shop.answer(endpoints.DBS_NEW, {"orders": [dbs(22, options={"isB2b": True})]})
	shop.answer(endpoints.FBS_NEW, {"orders": []})
	shop.answer(endpoints.DBS_STATUS, dbs_statuses(22))
	shop.answer(endpoints.DBS_BUYERS, {"orders": [{"orderID": 22, "replacementPhone": "79991112233"}]})
	company = {"inn": "6600000001", "kpp": "660001001", "orgName": "ООО «Ромб»"}
	shop.answer(endpoints.DBS_COMPANIES, {"results": [{"orderId": 22, "isError": False, "data": company}]})
	(item,) = [item for page in walk(shop.connector.open_orders) for item in page.items]
	assert item.raw["buyer"] == {"orderID": 22, "replacementPhone": "79991112233", **company}
	assert read_task(item.raw).record == item.record
	assert item.record.buyer.company_name == "ООО «Ромб»"


def test_long_periods_are_asked_for_in_pieces_and_no_further_back_than_there_is(shop):
	empty = {"next": 0, "orders": []}
	shop.answer(endpoints.FBS_LIST, empty, empty, empty)
	shop.answer(endpoints.DBS_LIST, empty, empty, empty)
	shop.answer(endpoints.DBS_NEW, {"orders": []})
	shop.answer(endpoints.ORDER_FEED, feed())
	assert walked(shop, "orders_created", NOW - timedelta(days=400), NOW) == []
	starts = [int(address.split("dateFrom=")[1].split("&")[0]) for address in shop.addresses[:3]]
	ends = [int(address.split("dateTo=")[1]) for address in shop.addresses[:3]]
	assert starts[0] == int((NOW - timedelta(days=89)).timestamp())
	assert starts[1:] == ends[:2] and ends[2] == int(NOW.timestamp())
	assert all(end - start <= 30 * 86400 for start, end in zip(starts, ends, strict=True))
	period = shop.bodies[-1]["selectedPeriod"]
	assert period == {"start": "2026-08-28T09:40:00.000000Z", "end": "2026-09-28T09:30:00.000000Z"}


def test_created_orders_are_those_placed_then(shop):
	"""New DBS tasks and the feed are not by the time of placing."""
	shop.answer(endpoints.FBS_LIST, {"next": 0, "orders": []})
	shop.answer(endpoints.DBS_LIST, {"next": 0, "orders": []})
	shop.answer(
		endpoints.DBS_NEW,
		{"orders": [dbs(1, createdAt="2026-09-28T08:45:00Z"), dbs(2), dbs(3, createdAt="вчера")]},
	)
	shop.answer(endpoints.DBS_STATUS, dbs_statuses(1, 2, 3))
	shop.answer(endpoints.DBS_BUYERS, NOBODY)
	shop.answer(endpoints.ORDER_FEED, feed(fed("1.0.0"), fed("2.0.0", createdAt="2026-09-28T12:00:00+03:00")))
	found = walked(shop, "orders_created", NOW - HOUR, NOW)
	assert [item.external_id for item in found] == ["1", "3", "2.0.0"]  # what nobody can read is kept


@pytest.mark.parametrize("method", ["order_changes", "orders_created"])
def test_an_empty_period_is_no_request(shop, method):
	page = getattr(shop.connector, method)(NOW, NOW)
	assert (page.items, page.token) == ((), None)
	assert shop.requests == []


def test_a_task_whose_status_is_not_told_is_kept_with_its_error(shop):
	shop.answer(endpoints.FBS_LIST, {"next": 0, "orders": [fbs(11), fbs(12), {"id": "x"}, 5]})
	shop.answer(endpoints.FBS_STATUS, statuses(12))
	page = shop.connector.order_changes(NOW - HOUR, NOW)
	assert [item.record is None for item in page.items] == [True, False, True, True]
	assert all(isinstance(item.error, ContractError) for item in page.items if item.record is None)
	assert [item.external_id for item in page.items][:2] == ["11", "12"]
	assert page.as_of == AS_OF


def test_the_feed_goes_on_within_its_snapshot(shop):
	shop.answer(endpoints.ORDER_FEED, feed(fed("1.0.0"), fed("2.0.0")), feed(fed("3.0.0")))
	ask = shop.connector.order_changes
	first = ask(NOW - HOUR, NOW, '{"phase":"feed"}', 2)
	second = ask(NOW - HOUR, NOW, first.token, 2)
	assert [item.external_id for item in (*first.items, *second.items)] == ["1.0.0", "2.0.0", "3.0.0"]
	assert second.token is None
	one, other = shop.bodies
	assert one["selectedPeriod"] == other["selectedPeriod"]
	assert other["pagination"] == {"offset": 2, "limit": 2, "snapshotTime": "2026-09-28T09:30:00Z"}


def test_without_analytics_the_feed_is_not_asked(shop_with):
	shop = shop_with(token=make_token(s=1 << 4))
	page = shop.connector.order_changes(NOW - HOUR, NOW, '{"phase":"feed"}')
	assert (page.items, page.token) == ((), None)
	assert shop.requests == []


@pytest.mark.parametrize("until", [NOW, NOW + timedelta(days=1)])
def test_each_walk_reads_the_feed_of_the_last_hours_anew(shop, until):
	"""Jobs let a walk end a day ahead, in case our clock is behind."""
	shop.answer(endpoints.ORDER_FEED, feed(fed("1.0.0")))
	page = shop.connector.order_changes(NOW - timedelta(minutes=10), until, '{"phase":"feed"}')
	assert [item.external_id for item in page.items] == ["1.0.0"]
	(body,) = shop.bodies
	assert body["selectedPeriod"] == {
		"start": "2026-09-28T03:30:00.000000Z",
		"end": "2026-09-28T09:30:00.000000Z",
	}


@pytest.mark.parametrize("until", [NOW, NOW + timedelta(days=1)])
def test_a_feed_that_is_used_up_is_done_without_where_it_comes_again(shop, until):
	refused = {"title": "too many requests", "detail": "limited by c122a060"}
	shop.answer(
		endpoints.ORDER_FEED,
		refused,
		refused,
		refused,
		refused,
		status=429,
		headers={"X-Ratelimit-Retry": "40"},
	)
	ask = shop.connector
	assert ask.order_changes(NOW - HOUR, until, '{"phase":"feed"}').token is None
	later = '{"phase":"feed","offset":10000,"from":"2026-09-28T03:30:00.000000Z","to":"2026-09-28T09:30:00.000000Z"}'
	month = NOW - timedelta(days=30)
	for walked_ in (
		lambda: ask.order_changes(month, until, '{"phase":"feed"}'),
		lambda: ask.order_changes(NOW - HOUR, until, later),
		lambda: ask.orders_created(NOW - HOUR, until, '{"phase":"feed"}'),
	):
		with pytest.raises(RateLimited) as caught:
			walked_()
		assert caught.value.retry_after == 40


@pytest.mark.parametrize(
	("status", "body", "error"),
	[
		(503, {"title": "out of order"}, TemporaryError),
		(400, {"title": "bad request", "detail": "snapshot is too old"}, RejectedError),
		(401, {"title": "unauthorized", "detail": "token problem"}, AuthenticationError),
		(200, {"data": None}, ContractError),
	],
)
@pytest.mark.parametrize("method", ["order_changes", "orders_created"])
def test_tasks_do_not_wait_for_a_feed_that_fails(shop, method, status, body, error):
	shop.answer(endpoints.ORDER_FEED, body, status=status)
	page = getattr(shop.connector, method)(NOW - HOUR, NOW, '{"phase":"feed"}')
	assert (page.items, page.token) == ((), None)
	assert isinstance(page.left_out, error)


def test_a_place_in_the_feed_that_leads_nowhere_ends_the_walk(shop):
	page = shop.connector.order_changes(NOW - HOUR, NOW, '{"phase":"feed","offset":"x"}')
	assert page.token is None and isinstance(page.left_out, ContractError)
	assert shop.requests == []


@pytest.mark.parametrize(
	"token",
	[
		"neither here nor there",
		'{"phase":"moon"}',
		'{"phase":"fbs","piece":7}',
		'{"phase":"fbs","piece":"x"}',
		'{"phase":"fbs","next":"x"}',
		'{"phase":"dbs_new","after":"x"}',
	],
)
def test_tokens_that_lead_nowhere(shop, token):
	with pytest.raises(ContractError):
		shop.connector.order_changes(NOW - HOUR, NOW, token)
	assert shop.requests == []


# --- open ones -------------------------------------------------------------------------------------


def test_new_tasks_are_cut_into_pages_by_their_ids(shop):
	everything = {"orders": [fbs(5), fbs(3), fbs(9), {"id": None}]}
	shop.answer(endpoints.FBS_NEW, everything, everything)
	shop.answer(endpoints.FBS_STATUS, statuses(3, 5), statuses(9))
	shop.answer(endpoints.DBS_NEW, {"orders": []})
	pages = list(walk(shop.connector.open_orders, limit=3))
	assert [[item.external_id for item in page.items] for page in pages][1:] == [["9"], []]
	assert [item.external_id for item in pages[0].items][1:] == ["3", "5"]
	assert pages[0].items[0].error is not None
	assert len(shop.addresses) == 5


# --- known ones ------------------------------------------------------------------------------------


def test_known_orders_are_asked_for_by_their_models(shop):
	shop.answer(endpoints.FBS_STATUS, statuses(1, 2, word="complete"))
	shop.answer(
		endpoints.DBS_STATUS,
		{"orders": [*dbs_statuses(4, word="receive")["orders"], {"orderId": 5, "errors": [{"code": 404}]}]},
	)
	page = shop.connector.refresh_orders(
		[
			known(1),
			known(2),
			known(3),
			known(4, "express_new"),
			known(5, "express_new", scheme=Scheme.DBS),
			known(6, scheme=Scheme.FBO),
		]
	)
	assert shop.bodies == [{"orders": [1, 2, 3]}, {"ordersIds": [4, 5]}]
	assert [(item.external_id, item.record.status) for item in page.items] == [
		("1", OrderStatus.SHIPPED),
		("2", OrderStatus.SHIPPED),
		("4", OrderStatus.DELIVERED),
	]
	assert page.as_of == AS_OF and page.token is None


def test_orders_from_the_marketplaces_warehouses_are_told_by_their_changes(shop):
	assert shop.connector.refresh_orders([known(6, scheme=Scheme.FBO)]).items == ()
	assert shop.requests == []


# --- a single one ----------------------------------------------------------------------------------


def test_a_new_one_is_found_at_once(shop):
	shop.answer(endpoints.FBS_STATUS, statuses(7), statuses(7))
	shop.answer(endpoints.FBS_NEW, {"orders": [fbs(6), fbs(7)]})
	assert shop.connector.order("7").record.external_id == "7"


def test_an_older_one_is_looked_for_in_the_lists_the_latest_first(shop):
	shop.answer(endpoints.FBS_STATUS, statuses(7, word="complete"), statuses(7, word="complete"))
	shop.answer(endpoints.FBS_NEW, {"orders": []})
	shop.answer(
		endpoints.FBS_LIST,
		{"next": 6, "orders": [fbs(6)]},
		{"next": 0, "orders": []},
		{"next": 0, "orders": [fbs(7)]},
	)
	assert shop.connector.order("7", Scheme.FBS).record.status is OrderStatus.SHIPPED
	assert "dateTo=" + str(int((NOW + HOUR).timestamp())) in shop.addresses[2]


@pytest.mark.parametrize(
	("scheme", "asked"), [(None, 2), (Scheme.FBS, 1), (Scheme.DBS, 1), (Scheme.EXPRESS, 1)]
)
def test_one_nobody_knows(shop, scheme, asked):
	if scheme in (None, Scheme.FBS):
		shop.answer(endpoints.FBS_STATUS, {"orders": []})
	if scheme is not Scheme.FBS:
		shop.answer(
			endpoints.DBS_STATUS,
			{"orders": [{"orderId": 7, "errors": [{"code": 404, "detail": "NotFound"}]}]},
		)
	with pytest.raises(RejectedError) as caught:
		shop.connector.order("7", scheme)
	assert caught.value.record_id == "7" and len(shop.requests) == asked


def test_one_of_the_feed(shop):
	shop.answer(endpoints.ORDER_FEED, feed(fed("1.0.0"), fed("2.0.0")), feed())
	assert shop.connector.order("2.0.0").record.scheme is Scheme.FBO
	with pytest.raises(RejectedError):
		shop.connector.order("3.0.0", Scheme.FBO)


def test_a_list_that_repeats_does_not_go_on_for_ever(shop):
	shop.answer(endpoints.FBS_STATUS, statuses(7, word="complete"))
	shop.answer(endpoints.FBS_NEW, {"orders": []})
	again = {"next": 6, "orders": [fbs(6)]}
	shop.answer(endpoints.FBS_LIST, *[again] * 6)
	with pytest.raises(RejectedError, match="while it is new and once it is over"):
		shop.connector.order("7", Scheme.FBS)
