"""Nightly: orders the marketplace knows and we do not are found, stored and made."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.marketplace import api
from tests.harness.committing import commit
from tests.site import builders


@pytest.fixture
def shop(sandbox, open_shop) -> str:
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	builders.link_all(shop)
	return shop


def miss(sandbox, shop: str) -> str:
	"""An order under way that no run has seen, though the cursor is past it."""
	number = sandbox.create_order()
	for _ in range(3):
		sandbox.move_order(number)
	builders.run(shop, "orders")
	row = builders.order_row(shop, number)
	builders.only_sales_order(shop).cancel()
	frappe.delete_doc("Sales Order", row.sales_order, force=True)
	for child in ("Line", "Event"):
		frappe.db.delete(f"Marketplace Order {child}", {"parent": row.name})
	frappe.db.delete("Marketplace Order", {"name": row.name})
	state = builders.stream_row(shop, "orders")
	ahead = builders.clock_text(hours=1)
	frappe.db.set_value("Marketplace Stream", state.name, "cursor", ahead)
	commit()
	return number


def test_an_order_that_was_missed_is_found_and_made(sandbox, shop):
	number = miss(sandbox, shop)
	assert builders.run(shop, "orders").created_count == 0
	assert builders.order_rows(shop) == []

	log = builders.run(shop, "reconciliation")

	assert (log.status, log.created_count) == ("Success", 1)
	assert log.summary == "The marketplace has 1 orders of the last 30 days; 1 were missing here."
	assert builders.only_sales_order(shop).po_no == number


def test_nothing_is_missing_where_nothing_is(sandbox, shop):
	for _ in range(3):
		sandbox.create_order()
	builders.run(shop, "orders")
	before = builders.snapshot(shop)

	log = builders.run(shop, "reconciliation")

	assert log.summary == "The marketplace has 3 orders of the last 30 days; 0 were missing here."
	assert builders.snapshot(shop) == before


def test_a_change_nobody_told_us_of_is_found(sandbox, shop):
	number = sandbox.create_order()
	builders.run(shop, "orders")
	frappe.db.set_value(
		"Marketplace Stream", {"shop": shop, "stream": "orders"}, "cursor", builders.clock_text(hours=1)
	)
	for _ in range(3):
		sandbox.move_order(number)

	builders.run(shop, "reconciliation")

	assert builders.order_row(shop, number).status == "Shipped"


def test_the_health_panel_compares_the_counts(sandbox, shop):
	miss(sandbox, shop)

	builders.run(shop, "reconciliation")

	health = api.shop_health(shop)
	assert (health["channel_orders"], health["our_orders"]) == (1, 0)


def test_orders_of_the_marketplaces_own_warehouse_are_compared_too(sandbox, shop):
	sandbox.create_order(scheme="FBO")

	log = builders.run(shop, "reconciliation")

	assert log.summary.startswith("The marketplace has 1 orders")
	assert builders.order_rows(shop)[0].scheme == "FBO"
