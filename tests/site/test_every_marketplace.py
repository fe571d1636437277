"""The main job with each marketplace there is: the same jobs, rules and documents, whoever the connector is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import frappe
import pytest

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.records import Order, OrderStatus, Scheme
from crm_marketplace.marketplace import api
from crm_marketplace.sandbox import Sandbox
from crm_marketplace.sandbox.limits import UNLIMITED
from tests.harness.committing import commit
from tests.site import builders

MAKE_NOTHING = {OrderStatus.PENDING.value, OrderStatus.CANCELLED.value, OrderStatus.RETURNED.value}


@pytest.fixture(params=sorted(registry.connectors()))
def set_up(request, open_shop, books):
	"""A sandbox with orders of all kinds, and a shop as somebody sets it up: tested, mapped, matched, stocked."""
	with Sandbox(request.param, listings=10, orders=24, limits=UNLIMITED) as sandbox:
		shop = open_shop(sandbox, charges_account=books.charges_account)
		report = api.test_connection(shop)
		assert report["status"] == "Working", report
		log = builders.run(shop, "listings")
		assert log.status == "Success", builders.error_sentences(log)
		builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), 50), books.warehouse)
		yield sandbox, shop


def test_orders_become_sales_orders_of_the_same_sums(set_up):
	_sandbox, shop = set_up

	log = builders.run(shop, "orders")

	holds = [
		(row.external_id, row.status, row.hold_reason) for row in builders.order_rows(shop, state="On Hold")
	]
	assert (log.status, holds, log.failed) == ("Success", [], 0), builders.error_sentences(log)
	rows = {row.name: row for row in builders.order_rows(shop)}
	assert {row.state for row in rows.values()} == {"Done"}
	made = {order.marketplace_order: order for order in builders.sales_orders(shop)}
	expected = {
		name
		for name, row in rows.items()
		if row.scheme != Scheme.FBO.value and row.status not in MAKE_NOTHING
	}
	assert set(made) == expected and made
	for name, order in made.items():
		record = Order.model_validate_json(rows[name].record)
		assert order.docstatus == 1
		assert Decimal(str(order.grand_total)) == record.total.amount
		assert order.po_no == record.external_id or record.external_id.startswith(order.po_no)


def test_stock_goes_back_and_is_read_back(set_up):
	sandbox, shop = set_up
	builders.run(shop, "orders")

	stock = builders.run(shop, "stock")

	assert (stock.status, stock.failed) == ("Success", 0), builders.error_sentences(stock)
	levels = builders.levels(shop)
	assert levels and sum(row.desired for row in levels) > 0
	for row in levels:
		free = sandbox.stock(row.offer_id, row.channel_warehouse_id)["free"]
		assert (free, row.confirmed, row.pending) == (row.desired, row.desired, 0), row.offer_id
	drift = builders.run(shop, "drift")
	assert (drift.status, drift.updated_count) == ("Success", 0), builders.error_sentences(drift)


def test_a_second_run_of_everything_writes_nothing(set_up):
	_sandbox, shop = set_up
	for stream in ("orders", "stock"):
		builders.run(shop, stream)
	before = builders.snapshot(shop)

	for stream in ("listings", "orders", "stock", "reconciliation"):
		log = builders.run(shop, stream)
		assert log.status == "Success", (stream, builders.error_sentences(log))
		counted = (log.stored, log.created_count, log.updated_count, log.held, log.failed, log.sent)
		assert counted == (0, 0, 0, 0, 0, 0), stream

	assert builders.snapshot(shop) == before


def test_a_cancellation_takes_the_sales_order_back(set_up):
	sandbox, shop = set_up
	number = sandbox.create_order()
	builders.run(shop, "orders")
	(row,) = builders.order_rows(shop, external_id=number)
	assert row.sales_order

	sandbox.cancel_order(number)
	log = builders.run(shop, "orders")

	assert log.status == "Success", builders.error_sentences(log)
	(order,) = builders.sales_orders(shop, name=row.sales_order)
	assert order.docstatus == 2


def test_a_preview_names_what_the_run_makes(set_up):
	_sandbox, shop = set_up
	preview = api.preview_orders(shop)
	assert preview["orders"] and preview["summary"]["hold"] == 0
	assert not builders.order_rows(shop)


def test_a_key_that_expires_in_the_middle_of_the_work_loses_nothing(set_up):
	sandbox, shop = set_up
	sandbox.fault("expired_key", skip=1, times=50)

	log = builders.run(shop, "orders")

	assert log.status == "Failed"
	(sentence,) = builders.error_sentences(log)
	assert "key" in sentence.lower() or "token" in sentence.lower()

	sandbox.faults.clear()
	builders.change_key(shop, sandbox.credentials)
	log = builders.run(shop, "orders")
	assert log.status == "Success", builders.error_sentences(log)
	assert {row.state for row in builders.order_rows(shop)} == {"Done"}
	assert len({order.po_no for order in builders.sales_orders(shop)}) == len(builders.sales_orders(shop))


def test_prices_are_sent_once_and_then_stay(set_up):
	"""With an old and a minimum price, which not every marketplace keeps as they were sent."""
	sandbox, shop = set_up

	def switch_on(doc) -> None:
		doc.update({"maximum_price_change": 0, "margin_guard": 0, "old_price_markup": 25})
		for row in doc.streams:
			row.enabled |= row.stream == "prices"

	builders.change_shop(shop, switch_on)
	offer = sandbox.offer_ids(sellable=True)[0]
	item = frappe.db.get_value("Marketplace Listing", {"shop": shop, "offer_id": offer}, "item")
	price = frappe.get_doc(
		doctype="Item Price", item_code=item, price_list="Standard Selling", price_list_rate=1234.5
	)
	price.insert()
	commit()

	first = builders.run(shop, "prices")
	assert first.failed == 0, builders.error_sentences(first)
	if not first.sent:  # taken, and decided later
		sandbox.advance(timedelta(minutes=10))
		frappe.db.set_value("Marketplace Listing Price", {"shop": shop}, "next_attempt_at", None)
		commit()
		builders.run(shop, "prices")
	last = builders.run(shop, "prices")

	assert round(float(sandbox.price(offer)["price"])) in (1234, 1235)
	assert (last.sent, last.failed, last.updated_count) == (0, 0, 0), builders.error_sentences(last)
	assert not frappe.db.count("Marketplace Listing Price", {"shop": shop, "pending": 1})
