"""What runs when: the minute tick, the queue, and jobs that go on in other jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import frappe
import pytest
from frappe.utils.background_jobs import get_queue

from crm_marketplace.marketplace import api
from crm_marketplace.sync import changes, clock, jobs, scheduler, streams
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.stock import drift
from tests.harness.committing import commit
from tests.site import builders

# --- the tick --------------------------------------------------------------------------------------


@pytest.fixture
def enabled(open_shop) -> str:
	"""A shop that is switched on, on a site where nothing else is due."""
	shop = open_shop(enabled=1)
	far = clock.site_now() + timedelta(days=1)
	others = frappe.get_all("Marketplace Stream", filters={"enabled": 1}, pluck="name")
	frappe.db.set_value("Marketplace Stream", {"name": ("in", others)}, {"next_run_at": far})
	return shop


def set_stream(shop: str, stream: str, **values) -> None:
	frappe.db.set_value("Marketplace Stream", {"shop": shop, "stream": stream}, values)


def count_queries(act) -> int:
	def asked() -> int:
		return int(frappe.db.sql("show session status like 'Questions'")[0][1])

	before = asked()
	act()
	return asked() - before - 1  # the last question is ours


def test_the_tick_costs_two_queries_when_nothing_is_due(enabled, queued):
	changes.take_set(changes.CHANGED)
	scheduler.tick()  # what Frappe reads once and keeps in its caches is read

	assert count_queries(scheduler.tick) == 2
	assert queued == []


def test_the_tick_queues_what_is_due_and_nothing_else(enabled, queued):
	set_stream(enabled, "orders", next_run_at=clock.site_now() - timedelta(seconds=1))

	scheduler.tick()

	assert queued == [{"shop": enabled, "stream": "orders"}]


def test_a_shop_that_is_switched_off_is_never_due(enabled, queued):
	builders.change_shop(enabled, enabled=0)
	set_stream(enabled, "orders", next_run_at=clock.site_now() - timedelta(days=1))

	scheduler.tick()

	assert queued == []


def test_a_stream_that_is_switched_off_is_never_due(enabled, queued):
	builders.switch_streams(enabled, orders=0)
	set_stream(enabled, "orders", next_run_at=clock.site_now() - timedelta(days=1))

	scheduler.tick()

	assert "orders" not in [call["stream"] for call in queued]


def test_nothing_is_queued_where_the_settings_say_so(enabled, queued):
	set_stream(enabled, "orders", next_run_at=clock.site_now() - timedelta(days=1))
	frappe.db.set_single_value("Marketplace Settings", "jobs_enabled", 0)

	scheduler.tick()

	assert queued == []


def test_a_shop_that_is_switched_on_starts_at_once_and_its_nightly_streams_at_night(open_shop, queued):
	shop = open_shop()
	builders.change_shop(shop, enabled=1)

	scheduler.tick()

	started = {call["stream"] for call in queued if call["shop"] == shop}
	assert {"orders", "listings", "stock"} <= started
	assert started.isdisjoint(streams.NIGHTLY)
	for stream, hour in streams.NIGHTLY.items():
		assert builders.stream_row(shop, stream).next_run_at.hour == hour


def test_a_run_moves_its_stream_on_by_the_interval(sandbox, open_shop):
	shop = open_shop(sandbox)
	before = clock.site_now()

	builders.run(shop, "orders")

	row = builders.stream_row(shop, "orders")
	assert before <= row.last_started_at <= clock.site_now()
	interval = timedelta(minutes=streams.DEFAULT_INTERVALS["orders"])
	assert row.next_run_at - row.last_started_at == interval - streams.HALF_A_TICK, "the tick nearest to it"


def test_a_scheduled_job_of_a_shop_that_was_switched_off_meanwhile_does_nothing(sandbox, open_shop):
	assert builders.run(open_shop(sandbox), "orders", "Schedule") is None
	assert sandbox.journal.count("/v4/posting/*") == 0


def test_streams_go_on_in_the_hour_the_clock_is_set_back(enabled, queued, monkeypatch):
	"""Berlin, 25 October 2026: at three o'clock summer time it is two o'clock once more."""
	monkeypatch.setattr(clock, "get_system_timezone", lambda: "Europe/Berlin")
	before, after = (datetime(2026, 10, 25, 0, minute, tzinfo=timezone.utc) for minute in (58, 59))
	monkeypatch.setattr(clock, "utc_now", lambda: before)
	streams.Stream.load(enabled, "orders").begin()
	monkeypatch.setattr(clock, "utc_now", lambda: after + timedelta(minutes=7))
	assert clock.site_now() < builders.stream_row(enabled, "orders").last_started_at

	scheduler.tick()

	assert {"shop": enabled, "stream": "orders"} in queued


# --- the queue -------------------------------------------------------------------------------------


@pytest.fixture
def queue(real_queue):
	"""The long queue of a bench without workers, empty."""
	queue = get_queue("long")
	queue.empty()
	yield queue
	queue.empty()


def test_a_run_is_queued_once_while_the_first_one_waits(shop, queue):
	for _ in range(3):
		scheduler.enqueue(shop, "orders")
		commit()

	assert [job.kwargs["kwargs"]["stream"] for job in queue.jobs] == ["orders"]
	assert scheduler.is_waiting(shop, "orders")
	assert not scheduler.is_waiting(shop, "stock")


def test_streams_and_shops_do_not_stand_in_each_others_way(open_shop, queue):
	one, other = open_shop(), open_shop()
	for shop, stream in ((one, "orders"), (one, "stock"), (other, "orders")):
		scheduler.enqueue(shop, stream)
	commit()

	assert len(queue.jobs) == 3


def test_what_goes_on_in_another_job_is_queued_beside_the_one_that_ends(shop, queue):
	scheduler.enqueue(shop, "orders", turn=0)
	scheduler.enqueue(shop, "orders", log="the log", turn=1)
	commit()

	first, second = (job.kwargs["kwargs"] for job in queue.jobs)
	assert (first["turn"], second["turn"], second["log"]) == (0, 1, "the log")


def test_nothing_is_queued_by_what_is_rolled_back(shop, queue):
	scheduler.enqueue(shop, "orders")
	frappe.db.rollback()

	assert queue.jobs == []


def test_the_button_does_not_announce_a_run_that_would_not_be_queued(shop, queue):
	scheduler.enqueue(shop, "orders")
	commit()

	with pytest.raises(frappe.ValidationError, match="running already"):
		api.sync_now(shop, "orders")

	assert builders.logs(shop) == []


def test_the_button_for_everything_starts_what_is_free(shop, queue):
	scheduler.enqueue(shop, "orders")
	commit()

	started = {row["stream"] for row in api.sync_now(shop)["logs"]}

	assert started == {"listings", "stock"}


def test_the_button_links_to_the_run_it_starts(sandbox, open_shop, queued):
	shop = open_shop(sandbox)

	((started,),) = api.sync_now(shop, "listings").values()

	(call,) = queued
	assert (call["log"], call["started_by"]) == (started["name"], "Button")
	assert jobs.run_stream(**call) == started["name"]
	assert frappe.db.get_value("Marketplace Sync Log", started["name"], "status") == "Success"


def test_a_run_that_was_announced_and_did_not_begin_says_why(shop, queued):
	((started,),) = api.sync_now(shop, "orders").values()
	with builders.lock_of_another_worker(shop, "orders"):
		assert jobs.run_stream(**queued[0]) is None

	log = frappe.get_doc("Marketplace Sync Log", started["name"])
	assert (log.status, log.summary) == ("Interrupted", "Another worker was running this stream already.")
	assert log.ended_at


def test_only_streams_the_marketplace_has_can_be_started(shop):
	with pytest.raises(frappe.ValidationError, match="no stream called settlements"):
		api.sync_now(shop, "settlements")


# --- runs that take several jobs -------------------------------------------------------------------


@pytest.fixture
def short_jobs(monkeypatch):
	"""Every job's time is up after its first page or batch."""
	monkeypatch.setattr(Run, "is_out_of_time", True)


def run_to_the_end(queued: list[dict], shop: str, stream: str):
	"""Run a stream, and every job it queues to go on. Returns the log and how many jobs it took."""
	names = [jobs.run_stream(shop, stream, "Button")]
	while queued:
		assert len(queued) == 1
		names.append(jobs.run_stream(**queued.pop()))
	assert len(set(names)) == 1, "one run has one log"
	return frappe.get_doc("Marketplace Sync Log", names[0]), len(names)


def import_no_orders(shop: str) -> None:
	"""A stock run reads the orders first, and without the time for that sends decreases only."""
	builders.switch_streams(shop, orders=0)


@pytest.fixture
def stocked(sandbox, open_shop, books, small_pages) -> str:
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), 9), books.warehouse)
	return shop


def test_orders_go_on_from_page_to_page(sandbox, stocked, short_jobs, queued):
	numbers = [sandbox.create_order() for _ in range(7)]

	log, count = run_to_the_end(queued, stocked, "orders")

	assert count >= 3
	assert (log.status, log.jobs, log.created_count, log.stored) == ("Success", count, 7, 7)
	assert sorted(order.po_no for order in builders.sales_orders(stocked)) == sorted(numbers)
	state = builders.stream_row(stocked, "orders")
	assert state.cursor and not state.page_token


def test_the_place_in_a_window_survives_between_jobs(sandbox, stocked, short_jobs, queued):
	for _ in range(7):
		sandbox.create_order()

	jobs.run_stream(stocked, "orders", "Button")

	state = builders.stream_row(stocked, "orders")
	assert (state.cursor, bool(state.page_token)) == (None, True)
	assert queued[0]["turn"] == 1
	assert frappe.db.get_value("Marketplace Sync Log", queued[0]["log"], "status") == "Running"


def test_many_orders_that_wait_are_processed_in_several_jobs(stocked, short_jobs, queued, monkeypatch):
	monkeypatch.setattr(builders.process, "BATCH", 2)
	builders.change_shop(stocked, lambda doc: doc.set("warehouses", doc.warehouses[:1]))
	item = builders.make_item()
	builders.store(stocked, *(builders.make_order(builders.line(item), warehouse_id=None) for _ in range(5)))

	log, count = run_to_the_end(queued, stocked, "orders")

	assert count >= 3
	assert (log.created_count, len(builders.sales_orders(stocked))) == (5, 5)


def test_listings_go_on_from_page_to_page_and_archive_nothing(sandbox, stocked, short_jobs, queued):
	log, count = run_to_the_end(queued, stocked, "listings")

	assert count >= 2
	assert (log.status, log.fetched, log.unchanged) == ("Success", 6, 6)
	assert frappe.db.count("Marketplace Listing", {"shop": stocked, "state": "Archived"}) == 0


def test_stock_goes_on_from_batch_to_batch(sandbox, stocked, short_jobs, queued, monkeypatch):
	cls = builders.connector_class()
	monkeypatch.setattr(cls, "info", replace(cls.info, stock_batch=2))
	import_no_orders(stocked)

	log, count = run_to_the_end(queued, stocked, "stock")

	levels = builders.levels(stocked)
	assert count >= len(levels) / 2
	assert (log.status, log.sent) == ("Success", len(levels))
	for row in levels:
		assert sandbox.stock(row.offer_id, row.channel_warehouse_id)["free"] == row.desired


def test_the_stock_check_goes_on_from_page_to_page(sandbox, stocked, short_jobs, queued, monkeypatch):
	import_no_orders(stocked)
	run_to_the_end(queued, stocked, "stock")
	monkeypatch.setattr(drift, "PAGE", 2)
	wrong = builders.levels(stocked)[:3]
	for row in wrong:
		sandbox.set_stock(row.offer_id, 77, row.channel_warehouse_id)

	log, count = run_to_the_end(queued, stocked, "drift")

	assert count >= 2
	assert (log.status, log.updated_count) == ("Success", len(wrong))


def test_reconciliation_goes_on_where_many_orders_were_missing(
	sandbox, stocked, short_jobs, queued, monkeypatch
):
	monkeypatch.setattr(builders.process, "BATCH", 2)
	for _ in range(5):
		sandbox.create_order()

	log, count = run_to_the_end(queued, stocked, "reconciliation")

	assert count >= 2
	assert (log.status, log.created_count) == ("Success", 5)
