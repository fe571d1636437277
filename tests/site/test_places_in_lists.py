"""Lists that are read in several runs: a place that is of no use any more, and parts that can wait."""

from __future__ import annotations

import json

import frappe
import pytest

from crm_marketplace.sandbox import Sandbox
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.stock import drift
from tests.harness.committing import commit
from tests.site import builders

FBO_LIST = "/v3/posting/fbo/list"


@pytest.fixture
def shop(open_sandbox, open_shop) -> tuple[Sandbox, str]:
	sandbox = open_sandbox(listings=8)
	name = open_shop(sandbox)
	builders.run(name, "listings")
	builders.link_all(name)
	return sandbox, name


@pytest.fixture
def short_jobs(monkeypatch, small_pages) -> None:
	"""Every job's time is up after its first page."""
	monkeypatch.setattr(Run, "is_out_of_time", True)
	monkeypatch.setattr(drift, "PAGE", 3)


def leave_at(shop: str, stream: str, **position) -> None:
	"""An earlier run left the stream's list at this place."""
	frappe.db.set_value(
		"Marketplace Stream", {"shop": shop, "stream": stream}, "page_token", json.dumps(position)
	)
	commit()


def place_of(shop: str, stream: str) -> dict | None:
	text = builders.stream_row(shop, stream).page_token
	return json.loads(text) if text else None


# --- places of no use ------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["of another version", '{"phase":"fbs","piece":7}'])
def test_orders_begin_their_window_anew_where_the_place_is_gone(shop, token):
	sandbox, name = shop
	number = sandbox.create_order()
	since, until = builders.clock_text(days=-3), builders.clock_text(days=-1)
	leave_at(name, "orders", token=token, since=since, until=builders.clock_text(days=1), as_of=until)

	log = builders.run(name, "orders")

	assert (log.status, builders.error_sentences(log)) == ("Success", [])
	assert number in {row.external_id for row in builders.order_rows(name)}
	assert builders.stream_row(name, "orders").cursor == until, "the window is the one that was left"
	assert place_of(name, "orders") is None


@pytest.mark.parametrize("stream", ["listings", "drift", "prices"])
def test_other_lists_begin_anew_where_the_place_is_gone(shop, stream):
	_sandbox, name = shop
	builders.switch_streams(name, **{stream: 1})
	leave_at(name, stream, token="of another version", started=builders.clock_text(days=-1))

	log = builders.run(name, stream)

	assert (log.status, builders.error_sentences(log)) == ("Success", [])
	assert log.fetched >= 8
	assert place_of(name, stream) is None


def test_another_key_or_server_forgets_the_places(shop):
	sandbox, name = shop
	streams = ("orders", "listings")

	def places() -> list:
		return [place_of(name, stream) for stream in streams]

	def leave() -> None:
		for stream in streams:
			leave_at(name, stream, token="somewhere")

	leave()
	builders.change_shop(name, stock_buffer=1)
	assert places() == [{"token": "somewhere"}] * 2
	builders.change_key(name, sandbox.make_key())
	assert places() == [None, None]
	leave()
	builders.change_shop(name, server_address=f"{sandbox.url}/")
	assert places() == [None, None]


# --- parts that can wait ---------------------------------------------------------------------------


def test_orders_of_ours_do_not_wait_for_those_the_marketplace_ships(shop):
	sandbox, name = shop
	sandbox.fault("503", path=FBO_LIST, times=1000)
	for _run in range(2):
		number = sandbox.create_order()
		frappe.cache.delete_value(f"marketplace_fbo_read:{name}")

		log = builders.run(name, "orders")

		assert log.status == "Partial"
		assert len(log.errors) == 1 and log.errors[0].kind == "temporary"
		assert builders.order_row(name, number).sales_order
		assert place_of(name, "orders") is None and builders.stream_row(name, "orders").cursor
	assert frappe.db.get_value("Marketplace Shop", name, "breaker_failures") == 0


def test_a_run_that_was_left_at_such_a_part_goes_on_without_it(shop):
	sandbox, name = shop
	until = builders.clock_text(days=1)
	leave_at(
		name,
		"orders",
		token='{"phase":"fbo","piece":0}',
		since=builders.clock_text(days=-1),
		until=until,
		as_of=builders.clock_text(hours=-1),
		with_fbo=True,
	)
	sandbox.fault("503", path=FBO_LIST, times=1000)

	builders.run(name, "orders")
	number = sandbox.create_order()
	builders.run(name, "orders")

	assert builders.order_row(name, number).sales_order


def test_the_nightly_comparison_does_without_it(shop):
	sandbox, name = shop
	sandbox.fault("503", path=FBO_LIST, times=1000)
	number = sandbox.create_order()

	log = builders.run(name, "reconciliation")

	assert (log.status, log.stored) == ("Partial", 1)
	assert builders.order_row(name, number)
