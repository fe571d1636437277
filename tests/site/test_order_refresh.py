"""Known orders that are asked for one by one, because nobody tells which of them changed."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.marketplaces.wildberries.tasks import refreshed
from crm_marketplace.integrations.records import OrderStatus, Scheme
from crm_marketplace.marketplace import api
from crm_marketplace.sandbox import Sandbox
from crm_marketplace.sandbox.limits import UNLIMITED
from crm_marketplace.sync.orders.store import UNREADABLE
from tests.site import builders

MARKETPLACE = "Wildberries"


@pytest.fixture
def shop(open_shop, books):
	with Sandbox(MARKETPLACE, listings=6, orders=24, limits=UNLIMITED) as sandbox:
		shop = open_shop(sandbox, charges_account=books.charges_account)
		builders.run(shop, "listings")
		builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), 50), books.warehouse)
		builders.run(shop, "orders")
		yield shop


@pytest.fixture
def shipped(shop):
	"""An order with a Sales Order that no list tells of any more: the oldest of those under way."""
	rows = builders.order_rows(shop, status=OrderStatus.SHIPPED.value, scheme=Scheme.FBS.value)
	return min((row for row in rows if row.sales_order), key=lambda row: row.ordered_at)


def run_later(shop: str):
	"""A run after the quarter of an hour in which orders under way are asked for once."""
	frappe.cache.delete_value(f"marketplace_refreshed:{shop}")
	return builders.run(shop, "orders")


def telling(monkeypatch, external_id: str, status: dict) -> None:
	"""Let the marketplace tell this status of an order it is asked for."""
	cls = registry.connectors()[MARKETPLACE]
	ask = cls.refresh_orders

	def refresh_orders(self, known):
		page = ask(self, known)
		by_id = {order.external_id: order for order in known}
		items = [
			refreshed(by_id[item.external_id], status) if item.external_id == external_id else item
			for item in page.items
		]
		return type(page)(tuple(items), page.token, page.as_of)

	monkeypatch.setattr(cls, "refresh_orders", refresh_orders)


def test_a_status_nobody_knows_is_told_and_what_was_known_stays(shop, shipped, monkeypatch):
	with monkeypatch.context() as patch:
		telling(patch, shipped.external_id, {"supplierStatus": "teleported", "wbStatus": "waiting"})

		log = run_later(shop)

		assert (log.status, log.held) == ("Partial", 1)
		assert log.errors[0].record_ids == shipped.external_id
		row = builders.order_row(shop, shipped.external_id)
		assert (row.state, row.hold_code) == ("On Hold", UNREADABLE)
		assert (row.status, row.record, row.sales_order) == (
			shipped.status,
			shipped.record,
			shipped.sales_order,
		)
		assert "teleported" in row.payload
		assert api.order_hold(row.name)["actions"]

		again = run_later(shop)

		assert (again.status, again.stored) == ("Partial", 0), "told in each run, written once"
		assert builders.order_row(shop, shipped.external_id).modified == row.modified

	log = run_later(shop)

	assert log.status == "Success", builders.error_sentences(log)
	row = builders.order_row(shop, shipped.external_id)
	assert (row.state, row.hold_code, row.sales_order) == ("Done", None, shipped.sales_order)


def test_a_status_that_did_not_change_writes_nothing(shop, shipped):
	log = run_later(shop)

	assert (log.status, log.stored, log.held) == ("Success", 0, 0)
	assert log.unchanged >= 1
	assert builders.order_row(shop, shipped.external_id).modified == shipped.modified
