"""Workers killed at any moment: every order becomes one Sales Order, whatever was under way."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest

from crm_marketplace.sync import clock, locks
from crm_marketplace.sync.runs import interrupted_runs
from tests.site import builders
from tests.site.test_interruptions import run_workers

ORDERS = 200
KILLS = 50
WORKERS = 2
SEED = 20261121


@pytest.mark.slow
def test_two_workers_killed_fifty_times_make_two_hundred_orders_once(site, open_sandbox, open_shop):
	sandbox = open_sandbox(listings=10)
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	builders.link_all(shop)
	for offer in sandbox.offer_ids(sellable=True):
		sandbox.set_stock(offer, 10 * ORDERS)
	began = clock.utc_now().replace(microsecond=0)
	numbers = sorted(sandbox.create_order() for _ in range(ORDERS))

	run_workers(site, shop, "orders", "killed", WORKERS, KILLS, SEED)
	while builders.run(shop, "orders").created_count:
		pass
	interrupted_runs(quiet_for=timedelta(seconds=-1))

	rows = builders.order_rows(shop)
	assert sorted(row.external_id for row in rows) == numbers
	assert {row.state for row in rows} == {"Done"}
	made = builders.sales_orders(shop)
	assert sorted(order.po_no for order in made) == numbers
	assert {order.docstatus for order in made} == {1}
	assert {row.name: row.sales_order for row in rows} == {
		order.marketplace_order: order.name for order in made
	}
	assert all(builders.events_of(row.name) == ["received", "created_order"] for row in rows)

	logs = builders.logs(shop, stream="orders")
	assert any(log.status == "Interrupted" for log in logs), "workers died in the middle of runs"
	assert {log.status for log in logs} == {"Interrupted", "Success"}
	assert sum(log.created_count for log in logs) == ORDERS
	assert sum(log.stored for log in logs) == ORDERS
	state = builders.stream_row(shop, "orders")
	assert began <= clock.from_text(state.cursor) <= clock.utc_now()
	assert (state.page_token, state.failures) == (None, 0)
	assert locks.is_free(shop, "orders")
	# The books agree: what ERPNext reserved is what the orders hold.
	ordered = ordered_units(shop)
	assert {place: reserved_units(*place) for place in ordered} == ordered


def ordered_units(shop: str) -> dict[tuple[str, str], float]:
	"""(item, warehouse) → units. An item of the same code may be ordered from other warehouses by others."""
	orders = [order.name for order in builders.sales_orders(shop)]
	units: dict[tuple[str, str], float] = {}
	for row in frappe.get_all(
		"Sales Order Item", filters={"parent": ("in", orders)}, fields=["item_code", "warehouse", "qty"]
	):
		place = (row.item_code, row.warehouse)
		units[place] = units.get(place, 0) + row.qty
	return units


def reserved_units(item: str, warehouse: str) -> float:
	return frappe.db.get_value("Bin", {"item_code": item, "warehouse": warehouse}, "reserved_qty")
