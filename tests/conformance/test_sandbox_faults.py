"""The sandbox as a server: what goes over the wire, what goes wrong on request, and the vendor's limits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from crm_marketplace.sandbox import UNLIMITED, Clock, Limits, Sandbox
from tests.conformance.sandbox_client import CARDS, FEW_CARDS, ROLES, STOCKS, Ask, asker, headers_of
from tests.conformance.suite.base import NOW


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
	with Sandbox("Ozon", listings=30, orders=10, clock=Clock(NOW), limits=UNLIMITED) as sandbox:
		yield sandbox


@pytest.fixture
def ask(session: requests.Session, sandbox: Sandbox) -> Ask:
	return asker(session, sandbox)


# --- the wire --------------------------------------------------------------------------------------


def test_connections_are_kept(ask, sandbox):
	first, second = ask(stream=False), ask()
	assert first.headers.get("Connection") != "close"
	assert first.raw.version == 11
	assert first.headers["Content-Type"] == second.headers["Content-Type"] == "application/json"


def test_big_answers_are_compressed_where_wanted(ask):
	body = {"filter": {}, "limit": 30}
	packed = ask(CARDS, body)
	assert packed.headers["Content-Encoding"] == "gzip"
	assert int(packed.headers["Content-Length"]) < len(packed.content)


def test_every_answer_has_its_id_and_date(ask):
	first, second = ask(), ask()
	assert first.headers["x-o3-trace-id"] != second.headers["x-o3-trace-id"]
	assert parsedate_to_datetime(first.headers["Date"]) == NOW


def test_what_is_not_there_is_not_found(ask):
	answer = ask("/v9/nothing")
	assert (answer.status_code, answer.text) == (404, "404 page not found")


def test_what_is_no_json_is_refused(session, sandbox):
	headers = headers_of(sandbox.credentials)
	for body in (b"{", b"[]", b"\xff"):
		answer = session.post(sandbox.url + ROLES, data=body, headers=headers)
		assert (answer.status_code, answer.json()["code"]) == (400, 3)


# --- faults ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, status", [("500", 500), ("502", 502), ("503", 503), ("504", 504)])
def test_statuses(ask, sandbox, kind, status):
	sandbox.fault(kind)
	assert [ask().status_code, ask().status_code] == [status, 200]


@pytest.mark.parametrize("kind", ["drop_connection", "cut_answer", "lost_answer"])
def test_connections_that_break(ask, sandbox, kind):
	sandbox.fault(kind)
	with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
		ask()
	assert ask().status_code == 200


def test_a_silent_server(ask, sandbox):
	sandbox.fault("timeout")
	with pytest.raises(requests.Timeout):
		ask(timeout=0.05)
	assert ask().status_code == 200


def test_a_silent_server_lets_go_when_it_closes(session):
	with Sandbox("Ozon", listings=5, orders=0) as sandbox:
		sandbox.fault("timeout")
		with pytest.raises(requests.Timeout):
			asker(session, sandbox)(timeout=0.05)


def test_a_slow_answer_is_an_answer(ask, sandbox):
	sandbox.fault("slow", seconds=0.01)
	assert ask().status_code == 200


def test_nonsense(ask, sandbox):
	sandbox.fault("broken_json")
	with pytest.raises(requests.JSONDecodeError):
		ask().json()
	sandbox.fault("html", status=403)
	answer = ask()
	assert answer.status_code == 403 and answer.text.startswith("<!DOCTYPE html>")


def test_an_answer_lost_on_its_way_was_carried_out(ask, sandbox):
	offer_id, warehouse_id = sandbox.offer_ids(sellable=True)[0], sandbox.warehouse_ids()[0]
	sandbox.fault("lost_answer", path=STOCKS)
	with pytest.raises(requests.ConnectionError):
		ask(STOCKS, {"stocks": [{"offer_id": offer_id, "warehouse_id": warehouse_id, "stock": 77}]})
	assert sandbox.stock(offer_id, warehouse_id)["free"] == 77


def test_a_huge_page_is_huge_from_so_many_rows_on(ask, sandbox):
	sandbox.fault("huge_page", above=3, bytes=100_000)
	assert len(ask(CARDS, {"filter": {}, "limit": 2}).content) < 10_000
	huge = ask(CARDS, FEW_CARDS)
	assert len(huge.content) == 100_000 and len(huge.json()["result"]["items"]) == 5
	assert len(ask(CARDS, FEW_CARDS).content) < 10_000


def test_spoilt_pages(ask, sandbox):
	def page() -> list[dict[str, Any]]:
		return ask(CARDS, FEW_CARDS).json()["result"]["items"]

	good = page()
	for kind, expected in (
		("duplicate_items", [*good, good[0]]),
		("out_of_order", good[::-1]),
		("empty_page", []),
	):
		sandbox.fault(kind, path=CARDS)
		assert page() == expected
	sandbox.fault("bad_record", path=CARDS)
	bad = page()
	assert bad[1:] == good[1:] and bad[0] != good[0] and bad[0]["offer_id"] == good[0]["offer_id"]
	assert page() == good


def test_a_page_that_repeats(ask, sandbox):
	sandbox.fault("repeat_page", path=CARDS)
	first = ask(CARDS, FEW_CARDS).json()
	body = {**FEW_CARDS, "last_id": first["result"]["last_id"]}
	assert ask(CARDS, body).json() == first
	assert ask(CARDS, body).json() != first


def test_clocks_that_differ(ask, sandbox):
	sandbox.fault("clock_skew", seconds=-90)
	assert parsedate_to_datetime(ask().headers["Date"]) == NOW - timedelta(seconds=90)
	assert parsedate_to_datetime(ask().headers["Date"]) == NOW


def test_a_fault_of_one_shop(session):
	with Sandbox("Ozon", listings=5, orders=0, shops=2, limits=UNLIMITED) as sandbox:
		sandbox.fault("500", shop=sandbox.shop_named(2).name, times=9)
		first, second = asker(session, sandbox, 1), asker(session, sandbox, 2)
		assert (first().status_code, second().status_code) == (200, 500)


# --- limits ----------------------------------------------------------------------------------------


def test_the_limit_of_all_methods(session):
	with Sandbox("Ozon", listings=5, orders=0, shops=2, clock=Clock(NOW)) as sandbox:
		ask, other = asker(session, sandbox), asker(session, sandbox, 2)
		answers = [ask() for _ in range(51)]
		assert [answer.status_code for answer in answers] == [200] * 50 + [429]
		assert [answer.headers["Ratelimit-Remaining"] for answer in answers[48:]] == ["1", "0", "0"]
		assert answers[-1].headers["Retry-After"] == "1"
		assert answers[-1].json() == {
			"code": 8,
			"message": "You have reached request rate limit per second",
			"details": [],
		}
		assert other().status_code == 200
		sandbox.advance(1)
		assert ask().status_code == 200


def test_the_limit_of_stock_pushes(session):
	with Sandbox("Ozon", listings=5, orders=0, clock=Clock(NOW), limits=Limits(scale=0.5)) as sandbox:
		ask = asker(session, sandbox)
		body = {"stocks": [{"offer_id": "none", "warehouse_id": 1, "stock": 1}]}
		statuses = []
		for _ in range(81):
			statuses.append(ask(STOCKS, body).status_code)
			sandbox.advance(0.1)
		assert statuses == [200] * 80 + [429]
		assert ask(STOCKS, body).headers["Retry-After"] == "22"
		assert ask().status_code == 200


def test_a_pair_may_be_pushed_once_in_thirty_seconds(session):
	with Sandbox("Ozon", listings=5, orders=0, clock=Clock(NOW)) as sandbox:
		ask = asker(session, sandbox)
		offer_id, warehouse_id = sandbox.offer_ids(sellable=True)[0], sandbox.warehouse_ids()[0]

		def push() -> dict[str, Any]:
			row = {"offer_id": offer_id, "warehouse_id": warehouse_id, "stock": 5}
			return ask(STOCKS, {"stocks": [row]}).json()["result"][0]

		assert push()["updated"]
		sandbox.advance(29.9)
		refused = push()
		assert (refused["updated"], refused["errors"][0]["code"]) == (False, "TOO_MANY_REQUESTS")
		sandbox.advance(0.1)
		assert push()["updated"]


def test_a_price_may_change_ten_times_an_hour(session):
	with Sandbox("Ozon", listings=5, orders=0, clock=Clock(NOW)) as sandbox:
		ask = asker(session, sandbox)
		offer_id = sandbox.offer_ids(sellable=True)[0]

		def push(price: int) -> bool:
			row = {"offer_id": offer_id, "price": str(price), "old_price": "0"}
			return ask("/v1/product/import/prices", {"prices": [row]}).json()["result"][0]["updated"]

		assert [push(500 + place) for place in range(11)] == [True] * 10 + [False]
		sandbox.advance(3600)
		assert push(700)
