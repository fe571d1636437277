"""Runs for goods that moved: only what changed, beside the regular runs and never instead of them."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest

from crm_marketplace.sync import changes, clock, scheduler
from tests.harness.committing import commit
from tests.site import builders


@pytest.fixture(autouse=True)
def nothing_waits(site):
	"""What other tests moved is not ours."""
	for key in (changes.CHANGED, changes.UNSENT):
		changes.take_set(key)
	yield
	for key in (changes.CHANGED, changes.UNSENT):
		changes.take_set(key)


def stock_runs(queued: list[dict]) -> list[str]:
	"""Shops whose stock run was queued, taken off."""
	found = [call["shop"] for call in queued if call["stream"] == "stock"]
	queued.clear()
	return sorted(found)


def test_a_run_for_a_change_computes_and_sends_only_what_changed(open_sandbox, open_shop, books):
	sandbox = open_sandbox(listings=8)
	shop = open_shop(sandbox, enabled=1)
	builders.run(shop, "listings")
	items = builders.link_all(shop)
	builders.make_stock(books.company, dict.fromkeys(items, 10), books.warehouse)
	builders.run(shop, "stock")
	changes.take_set(changes.CHANGED)
	changes.take_for(shop)
	before = {row.name: row.desired for row in builders.levels(shop)}
	builders.let_time_pass(shop)

	builders.make_stock(books.company, {items[0]: 5}, books.warehouse)
	changes.dispatch()
	pushed = sandbox.journal.count("/v2/products/stocks")
	log = builders.run(shop, "stock", started_by=changes.STARTED_BY)

	touched = [row for row in builders.levels(shop) if row.desired != before[row.name]]
	sold = frappe.get_all("Marketplace Listing", {"shop": shop, "item": items[0]}, pluck="name")
	assert log.updated_count == len(touched) > 0
	assert {row.listing for row in touched} <= set(sold)
	assert sandbox.journal.count("/v2/products/stocks") == pushed + 1
	for row in touched:
		assert row.desired == row.confirmed == 15


def test_what_moves_during_a_run_is_seen_to_before_it_ends(
	open_sandbox, open_shop, books, monkeypatch, queued
):
	sandbox = open_sandbox()
	shop = open_shop(sandbox, enabled=1)
	builders.run(shop, "listings")
	items = builders.link_all(shop)
	builders.make_stock(books.company, dict.fromkeys(items, 10), books.warehouse)
	builders.run(shop, "stock")
	changes.take_set(changes.CHANGED)
	changes.take_for(shop)
	frappe.cache.sadd(f"{changes.OF_SHOP}:{shop}", items[0])
	listings_of = changes.listings_of

	def another_moves(*args):
		monkeypatch.setattr(changes, "listings_of", listings_of)
		frappe.cache.sadd(f"{changes.OF_SHOP}:{shop}", items[1])
		return listings_of(*args)

	monkeypatch.setattr(changes, "listings_of", another_moves)
	queued.clear()

	builders.run(shop, "stock", started_by=changes.STARTED_BY)

	assert stock_runs(queued) == [shop], "the run goes on in another job"
	builders.run(shop, "stock", started_by=changes.STARTED_BY)
	assert stock_runs(queued) == []


# --- beside the regular runs -----------------------------------------------------------------------


@pytest.fixture
def selling(sandbox, open_shop, books) -> str:
	"""A shop that is on, whose regular stock run was just now."""
	shop = open_shop(sandbox, enabled=1)
	builders.run(shop, "listings")
	builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), 10), books.warehouse)
	builders.run(shop, "stock")
	changes.take_set(changes.CHANGED)
	changes.take_for(shop)
	return shop


@pytest.fixture
def later(monkeypatch):
	"""A function: so many minutes after the beginning of the test."""
	begun = clock.utc_now()
	return lambda minutes: monkeypatch.setattr(clock, "utc_now", lambda: begun + timedelta(minutes=minutes))


def run_for_a_change(shop: str, item: str):
	frappe.cache.sadd(f"{changes.OF_SHOP}:{shop}", item)
	return builders.run(shop, "stock", started_by=changes.STARTED_BY)


def listing_and_item(shop: str, index: int) -> tuple[str, str]:
	listing = builders.levels(shop)[index].listing
	return listing, frappe.db.get_value("Marketplace Listing", listing, "item")


def test_changes_every_minute_do_not_put_the_regular_run_off(selling, later, queued):
	_listing, item = listing_and_item(selling, 0)
	planned = builders.stream_row(selling, "stock").next_run_at

	for minute in range(1, 5):
		later(minute)
		assert run_for_a_change(selling, item).status == "Success"
		assert builders.stream_row(selling, "stock").next_run_at == planned
	later(5)
	queued.clear()
	scheduler.tick()

	assert {"shop": selling, "stream": "stock"} in queued


def test_a_run_for_a_change_is_the_regular_one_where_that_is_due(selling, later):
	"""Else changes without a pause would keep the regular run from ever getting its turn."""
	changed, _item = listing_and_item(selling, 0)
	_other, item = listing_and_item(selling, 1)
	frappe.db.set_value("Marketplace Listing", changed, {"own_stock_policy": 1, "stock_buffer": 4})
	commit()

	later(4)
	run_for_a_change(selling, item)
	assert builders.levels(selling, listing=changed)[0].desired == 10, "rules mark nothing"
	later(5)
	run_for_a_change(selling, item)

	assert builders.levels(selling, listing=changed)[0].desired == 6
	assert builders.stream_row(selling, "stock").next_run_at > clock.site_now()


def test_what_could_not_be_sent_again_so_soon_is_sent_with_the_next_minute(
	sandbox, selling, books, later, queued
):
	_listing, item = listing_and_item(selling, 0)
	builders.make_stock(books.company, {item: 5}, books.warehouse)

	assert run_for_a_change(selling, item).sent == 0, "a pair may be sent every 30 seconds"
	later(1)
	queued.clear()
	scheduler.tick()

	assert selling in stock_runs(queued)
	log = builders.run(selling, "stock", started_by=changes.STARTED_BY)
	assert (log.sent, builders.levels(selling, pending=1)) == (1, [])
	assert changes.send_unsent() == [], "nothing waits any more"


def test_nobody_is_woken_for_what_the_marketplace_refused(sandbox, selling, books, later):
	_listing, item = listing_and_item(selling, 0)
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	run_for_a_change(selling, item)
	changes.take_set(changes.UNSENT)
	frappe.db.set_value(
		"Marketplace Stock Level",
		{"shop": selling},
		{"next_attempt_at": clock.site_now() + timedelta(hours=1)},
	)
	later(1)
	builders.run(selling, "stock", started_by=changes.STARTED_BY)

	assert changes.send_unsent() == []


def test_a_shop_that_was_switched_off_meanwhile_is_not_woken(selling, queued):
	changes.send_later(selling)
	builders.change_shop(selling, enabled=0)

	assert changes.send_unsent() == []
