"""Cancelled and returned orders: undone where nothing happened yet, a task for a person where it did."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.integrations.records import OrderStatus
from crm_marketplace.marketplace import api
from tests.harness.committing import commit
from tests.site import builders
from tests.site.builders import cancelled, changed, line, make_order, take_in


@pytest.fixture
def item(shop) -> str:
	return builders.make_goods(shop)


@pytest.fixture
def order(item):
	return make_order(line(item, 2, "100.00"))


def docstatus(row) -> int:
	return frappe.db.get_value("Sales Order", row.sales_order, "docstatus")


def test_cancelled_before_shipping_cancels_the_sales_order(shop, order, item, books):
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	take_in(shop, order)
	reserved = {"item_code": item, "warehouse": books.warehouse}
	assert frappe.db.get_value("Bin", reserved, "reserved_qty") == 2

	row = take_in(shop, cancelled(order))

	assert (row.status, row.state, docstatus(row), row.needs_resolution) == ("Cancelled", "Done", 2, 0)
	assert frappe.db.get_value("Bin", reserved, "reserved_qty") == 0
	assert row.cancel_reason == "The buyer changed his mind"
	assert builders.events_of(row.name)[-1] == "cancelled_order"
	assert builders.open_tasks("Marketplace Order", row.name) == []


def test_cancelled_twice_changes_nothing_more(shop, order):
	take_in(shop, order)
	take_in(shop, cancelled(order))
	before = builders.snapshot(shop)

	take_in(shop, cancelled(order))

	assert builders.snapshot(shop) == before


def test_cancelled_after_shipping_asks_a_person_once(shop, order):
	take_in(shop, changed(order, status=OrderStatus.SHIPPED))
	late = cancelled(order, after_shipping=True)

	take_in(shop, late)
	row = take_in(shop, changed(late, vendor_substatus="posting_returned"))

	assert (docstatus(row), row.needs_resolution) == (1, 1)
	assert len(builders.open_tasks("Marketplace Order", row.name)) == 1
	assert builders.events_of(row.name).count("asked") == 1


def test_an_order_seen_on_its_way_is_not_undone_even_where_the_marketplace_forgot(shop, order):
	take_in(shop, order)
	take_in(shop, changed(order, status=OrderStatus.SHIPPED))

	row = take_in(shop, cancelled(order, after_shipping=False))

	assert (docstatus(row), row.needs_resolution) == (1, 1)


def test_cancelled_after_the_delivery_note_asks_a_person(shop, order, item, books):
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	builders.set_policy(shop, {OrderStatus.AWAITING_PACKING: ("Submitted", "Submitted", "Nothing")})
	take_in(shop, order)

	row = take_in(shop, cancelled(order))

	assert (docstatus(row), row.needs_resolution) == (1, 1)
	assert frappe.db.get_value("Delivery Note", row.delivery_note, "docstatus") == 1
	assert len(builders.open_tasks("Marketplace Order", row.name)) == 1


def test_cancelled_while_a_delivery_is_a_draft_asks_a_person(shop, order):
	builders.set_policy(shop, {OrderStatus.AWAITING_PACKING: ("Submitted", "Draft", "Nothing")})
	take_in(shop, order)

	row = take_in(shop, cancelled(order))

	assert row.state == "Done", row.hold_reason
	assert frappe.db.get_value("Delivery Note", row.delivery_note, "docstatus") == 0
	assert (docstatus(row), row.needs_resolution) == (1, 1)


def test_a_returned_order_asks_a_person(shop, order):
	take_in(shop, order)

	row = take_in(shop, changed(order, status=OrderStatus.RETURNED))

	assert (docstatus(row), row.needs_resolution) == (1, 1)


def test_a_cancelled_order_never_seen_before_is_stored_only(shop, order):
	row = take_in(shop, cancelled(order))

	assert (row.state, row.status, row.sales_order) == ("Done", "Cancelled", None)
	assert builders.sales_orders(shop) == []
	assert builders.events_of(row.name) == ["received", "nothing"]


def test_a_held_order_that_is_cancelled_waits_no_longer(shop):
	order = make_order(line("nobody-linked-this"))
	assert take_in(shop, order).state == "On Hold"

	row = take_in(shop, cancelled(order))

	assert (row.state, row.hold_code, row.sales_order) == ("Done", None, None)


def test_settling_closes_the_task_and_keeps_the_note(shop, order):
	take_in(shop, changed(order, status=OrderStatus.SHIPPED))
	row = take_in(shop, cancelled(order, after_shipping=True))

	api.resolve_order(row.name, "The goods came back and lie on the shelf again")

	row = builders.order_row(shop, order.external_id)
	assert (row.needs_resolution, row.resolution_reason) == (0, None)
	assert builders.open_tasks("Marketplace Order", row.name) == []
	assert builders.events_of(row.name)[-1] == "settled"


def test_settling_without_a_word_why_is_refused(shop, order):
	take_in(shop, changed(order, status=OrderStatus.SHIPPED))
	row = take_in(shop, cancelled(order, after_shipping=True))

	with pytest.raises(frappe.ValidationError, match="why"):
		api.resolve_order(row.name, " ")


def test_a_sales_order_cancelled_by_hand_marks_its_order_for_a_person(shop, order):
	row = take_in(shop, order)

	frappe.get_doc("Sales Order", row.sales_order).cancel()

	row = builders.order_row(shop, order.external_id)
	assert row.needs_resolution
	assert row.sales_order in row.resolution_reason


def test_what_a_person_cancelled_may_be_cancelled_at_the_marketplace_too(shop, order):
	row = take_in(shop, order)
	frappe.get_doc("Sales Order", row.sales_order).cancel()
	commit()

	row = take_in(shop, cancelled(order))

	assert (row.state, docstatus(row)) == ("Done", 2)
