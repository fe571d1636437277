"""The main job: an Ozon shop's orders become Sales Orders, and its stock becomes right, without anybody."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

import frappe
import pytest

from crm_marketplace.marketplace import api
from crm_marketplace.sync import clock
from tests.site import builders

# Statuses of the marketplace that as installed make a Sales Order.
MAKE_SALES_ORDERS = (
	"awaiting_packaging",
	"awaiting_deliver",
	"acceptance_in_progress",
	"delivering",
	"driver_pickup",
	"delivered",
)


@pytest.fixture
def set_up(open_sandbox, open_shop, books):
	"""A sandbox with orders of all kinds, and a shop as somebody sets it up: tested, mapped, matched, stocked."""
	sandbox = open_sandbox(listings=8, orders=24)
	shop = open_shop(sandbox)
	assert api.test_connection(shop)["status"] == "Working"
	assert builders.run(shop, "listings").status == "Success"
	items = builders.link_all(shop)
	builders.make_stock(books.company, dict.fromkeys(items, 50), books.warehouse)
	return sandbox, shop


def orders_to_make(sandbox) -> dict[str, dict]:
	"""The sandbox's orders that are to become Sales Orders, by number."""
	orders = {number: sandbox.order(number) for number in sandbox.order_ids()}
	return {
		number: order
		for number, order in orders.items()
		if order["scheme"] != "FBO" and order["status"] in MAKE_SALES_ORDERS
	}


def test_orders_become_sales_orders_and_stock_goes_back(set_up, books):
	sandbox, shop = set_up

	log = builders.run(shop, "orders")

	assert (log.status, log.held, log.failed) == ("Success", 0, 0), builders.error_sentences(log)
	rows = {row.external_id: row for row in builders.order_rows(shop)}
	assert set(rows) == set(sandbox.order_ids())
	assert {row.state for row in rows.values()} == {"Done"}
	expected = orders_to_make(sandbox)
	made = {order.po_no: order for order in builders.sales_orders(shop)}
	assert set(made) == set(expected)
	assert log.created_count == len(made)
	for number, order in made.items():
		row = rows[number]
		assert order.docstatus == 1
		assert Decimal(str(order.grand_total)) == Decimal(expected[number]["total"])
		assert order.set_warehouse == books.warehouse
		assert order.delivery_date == max(row.ship_by.date(), row.ordered_at.date())
		assert (order.marketplace_order, row.sales_order) == (row.name, order.name)

	stock = builders.run(shop, "stock")

	assert (stock.status, stock.failed) == ("Success", 0), builders.error_sentences(stock)
	levels = builders.levels(shop)
	assert levels and stock.sent == len(levels)
	for row in levels:
		free = sandbox.stock(row.offer_id, row.channel_warehouse_id)["free"]
		assert (free, row.sent, row.confirmed, row.pending) == (row.desired, row.desired, row.desired, 0)
	assert sum(row.desired for row in levels) > 0


def test_what_was_sent_is_read_back(set_up):
	_sandbox, shop = set_up
	builders.run(shop, "stock")

	drift = builders.run(shop, "drift")

	assert (drift.status, drift.updated_count) == ("Success", 0)
	for row in builders.levels(shop):
		assert row.remote == row.confirmed == row.desired


def test_a_second_run_of_everything_writes_nothing(set_up):
	sandbox, shop = set_up
	for stream in ("orders", "stock"):
		builders.run(shop, stream)
	before = builders.snapshot(shop)
	pushed = sandbox.journal.count("/v2/products/stocks")

	for stream in ("listings", "orders", "stock", "reconciliation"):
		log = builders.run(shop, stream)
		assert log.status == "Success", builders.error_sentences(log)
		assert (log.stored, log.created_count, log.updated_count, log.held, log.failed) == (0, 0, 0, 0, 0)

	assert builders.snapshot(shop) == before
	assert sandbox.journal.count("/v2/products/stocks") == pushed


def test_an_order_placed_between_two_runs_comes_with_the_second(set_up):
	sandbox, shop = set_up
	builders.run(shop, "orders")
	before = {order.po_no for order in builders.sales_orders(shop)}
	number = sandbox.create_order()

	log = builders.run(shop, "orders")

	assert log.created_count == 1
	assert {order.po_no for order in builders.sales_orders(shop)} - before == {number}


def test_a_new_order_lowers_what_the_shop_promises(set_up):
	sandbox, shop = set_up
	builders.run(shop, "stock")
	level = next(row for row in builders.levels(shop) if row.desired > 1)
	number = sandbox.create_order({level.offer_id: 1}, warehouse_id=level.channel_warehouse_id)
	builders.let_time_pass(shop)

	builders.run(shop, "stock")

	after = builders.levels(shop, name=level.name)[0]
	assert builders.order_row(shop, number).sales_order
	assert after.desired == after.confirmed == level.desired - 1
	assert sandbox.stock(level.offer_id, level.channel_warehouse_id)["free"] == level.desired - 1


def test_the_cursor_follows_the_marketplaces_clock(set_up):
	_sandbox, shop = set_up
	before = clock.utc_now().replace(microsecond=0)

	log = builders.run(shop, "orders")

	cursor = clock.from_text(builders.stream_row(shop, "orders").cursor)
	assert before <= cursor <= clock.utc_now()
	assert (log.cursor_before, log.cursor_after) == (None, clock.to_text(cursor))


def test_the_log_says_what_was_asked_of_the_marketplace(set_up):
	sandbox, shop = set_up
	sandbox.journal.clear()

	log = builders.run(shop, "orders")

	assert log.requests == sandbox.journal.count()
	assert log.fetched >= len(sandbox.order_ids())
	assert (log.retries, log.jobs) == (0, 1)
	assert log.ended_at >= log.started_at


def test_a_shop_shows_itself_healthy_after_its_runs(set_up):
	_sandbox, shop = set_up
	for stream in ("orders", "stock"):
		builders.run(shop, stream)

	health = api.shop_health(shop)

	assert (health["health"], health["holds"], health["backlog"], health["stock_waiting"]) == (
		"Good",
		0,
		0,
		0,
	)
	assert frappe.db.get_value("Marketplace Shop", shop, "health") == "Good"
	# Whether a scheduler runs and the shop is switched on is not what this test made.
	checks = [row for row in api.shop_checklist(shop) if row["key"] not in ("enabled", "scheduler")]
	assert [row for row in checks if row["ok"] is not True] == []


def test_schemes_are_told_apart(set_up):
	sandbox, shop = set_up
	numbers = {scheme: sandbox.create_order(scheme=scheme) for scheme in ("FBO", "DBS", "Express")}

	builders.run(shop, "orders")

	rows = {scheme: builders.order_row(shop, number) for scheme, number in numbers.items()}
	assert [row.scheme for row in rows.values()] == ["FBO", "DBS", "Express"]
	assert rows["Express"].is_express
	assert not rows["FBO"].sales_order, "the marketplace ships it from its own warehouse"
	assert rows["DBS"].sales_order and rows["Express"].sales_order


def test_an_order_in_several_boxes_is_stored_as_such(set_up):
	sandbox, shop = set_up
	number = sandbox.create_order(boxes=3)

	builders.run(shop, "orders")

	row = builders.order_row(shop, number)
	assert (row.is_multibox, row.box_count) == (1, 3)
	assert row.sales_order


def test_the_buyer_is_known_where_the_seller_delivers_himself(set_up):
	sandbox, shop = set_up
	own, ozons = sandbox.create_order(scheme="DBS"), sandbox.create_order(scheme="FBS")

	builders.run(shop, "orders")

	row = builders.order_row(shop, own)
	assert row.buyer_name and row.buyer_phone and row.buyer_address
	row = builders.order_row(shop, ozons)
	assert not (row.buyer_name or row.buyer_phone or row.buyer_address)


def test_a_sales_order_is_dated_in_the_sites_time_zone(set_up):
	sandbox, shop = set_up
	yesterday = datetime.now(timezone.utc) - timedelta(days=1)
	number = sandbox.create_order(at=yesterday.replace(hour=21, minute=30))

	builders.run(shop, "orders")

	order = frappe.get_doc("Sales Order", builders.order_row(shop, number).sales_order)
	assert order.transaction_date == yesterday.date() + timedelta(days=1), "half past midnight in Moscow"
	assert order.po_date == order.transaction_date
