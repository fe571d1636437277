"""The first hour of a new user: from an empty form to orders in ERPNext and stock in the shop."""

from __future__ import annotations

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.hands import RUN_TIMEOUT, Hands
from tests.browser.world import MARKETPLACE, forget, new_name, order_unknown_goods, world


@pytest.fixture(scope="module")
def here(site):
	with world() as made:
		yield made


@pytest.fixture
def shop_name(here):
	name = new_name("Северный ветер")
	yield name
	forget(name)


def test_from_an_empty_form_to_orders_and_stock(page, here, shop_name, screenshot):
	hands = Hands(page)

	_make_the_shop(hands, here, shop_name)
	_test_the_connection(hands, screenshot)
	_fetch_and_map_warehouses(hands, here, shop_name)
	_sync(hands, "listings")
	order_unknown_goods(here, shop_name)
	_preview(hands, shop_name, screenshot)
	_sync(hands, "orders", screenshot)
	_see_orders(hands, shop_name, screenshot)
	_release_a_hold(hands, shop_name, screenshot)
	hands.open_form("Marketplace Shop", shop_name)
	_sync(hands, "stock")
	_see_stock_explained(hands, shop_name, screenshot)
	_see_the_overview(hands, shop_name, screenshot)


def _make_the_shop(hands, here, shop_name):
	hands.open("marketplace-shop/new")
	hands.type("shop_name", shop_name)
	hands.choose("marketplace", MARKETPLACE)
	expect(hands.field("public_credential_1")).to_contain_text("Client ID")
	hands.type("public_credential_1", here.credentials["client_id"])
	hands.type("secret_credential_1", here.credentials["api_key"])
	hands.type("server_address", here.sandbox.url)
	hands.save()
	expect(hands.page.locator(".marketplace-checklist")).to_contain_text("Not tested yet.")


def _test_the_connection(hands, screenshot):
	hands.page.locator(".marketplace-checklist [data-fix=connection]").click()
	expect(hands.dialog).to_contain_text("The connection works.")
	screenshot(hands.page, "connection", documented=True)
	hands.close_dialog()
	expect(hands.page.locator(".marketplace-checklist")).to_contain_text("The key works and has all rights.")


def _fetch_and_map_warehouses(hands, here, shop_name):
	hands.button("Fetch Warehouses").click()
	hands.wait_for_alert("warehouses added")
	hands.page.wait_for_function("cur_frm.doc.warehouses.length > 0 && !cur_frm.is_dirty()")
	rows = hands.page.evaluate("cur_frm.doc.warehouses.length")
	for row in range(1, rows + 1):
		cell = hands.grid_cell("warehouses", row, "warehouse")
		cell.scroll_into_view_if_needed()
		cell.click()
		hands.choose_link(cell, here.warehouse)
	hands.save()
	frappe.db.rollback()  # a new look: the desk writes through connections of its own
	mapped = frappe.get_all("Marketplace Shop Warehouse", filters={"parent": shop_name}, pluck="warehouse")
	assert set(mapped) == {here.warehouse}


def _sync(hands, stream, screenshot=None):
	hands.button("Sync Now").click()
	hands.dialog.locator("[data-fieldname=stream] select").select_option(stream)
	hands.dialog.get_by_role("button", name="Start").click()
	run = hands.page.locator(".modal.show .marketplace-run")
	expect(run.get_by_role("link", name="Open the run")).to_be_visible()
	run.locator(".progress-bar.bg-success, .progress-bar.bg-warning").wait_for(timeout=RUN_TIMEOUT)
	if screenshot:
		screenshot(hands.page, "sync", documented=True)
	hands.dialog.get_by_role("button", name="Close", exact=True).last.click()
	expect(run).to_be_hidden()


def _preview(hands, shop_name, screenshot):
	hands.button("Preview").click()
	preview = hands.page.locator(".modal.show .marketplace-card").first
	preview.wait_for(timeout=RUN_TIMEOUT)
	expect(hands.dialog).to_contain_text("Nothing was written.")
	expect(hands.dialog).to_contain_text("Grand Total")
	screenshot(hands.page, "preview", documented=True)
	hands.close_dialog()
	frappe.db.rollback()
	assert frappe.db.count("Marketplace Order", {"shop": shop_name}) == 0


def _see_orders(hands, shop_name, screenshot):
	frappe.db.rollback()
	made = frappe.db.count("Marketplace Order", {"shop": shop_name, "state": "Done"})
	assert made
	hands.open(f"marketplace-order?shop={shop_name}")
	rows = hands.page.locator(".list-row-container .list-row")
	expect(rows.first).to_be_visible()
	screenshot(hands.page, "orders", documented=True)
	hands.page.locator(".marketplace-quick-filters [data-key=on_hold]").click()
	expect(rows.first).to_contain_text("Unknown product")
	expect(hands.page.locator("[data-key=on_hold]")).to_have_attribute("aria-pressed", "true")


def _release_a_hold(hands, shop_name, screenshot):
	held = frappe.get_all("Marketplace Order", filters={"shop": shop_name, "state": "On Hold"}, pluck="name")
	item = frappe.get_all("Item", filters={"is_stock_item": 1, "disabled": 0}, pluck="name", limit=1)[0]
	hands.open_form("Marketplace Order", held[0])
	banner = hands.page.locator(".marketplace-banner-red")
	expect(banner).to_contain_text("No item is linked to")
	screenshot(hands.page, "hold", documented=True)
	while frappe.db.get_value("Marketplace Order", held[0], "state") == "On Hold":
		banner.get_by_role("button", name="Link to an item").click()
		hands.choose_link(hands.dialog.locator("[data-fieldname=item]"), item)
		with hands.page.expect_response(lambda answer: "release_order" in answer.url) as answer:
			hands.dialog.locator(".modal-footer .btn-primary").click()
		assert answer.value.ok
		frappe.db.rollback()
	hands.page.wait_for_function("cur_frm.doc.state === 'Done'")
	expect(banner).to_be_hidden()
	expect(hands.page.locator(".timeline-item", has_text="Sales Order").first).to_be_visible()


def _see_stock_explained(hands, shop_name, screenshot):
	frappe.db.rollback()
	level = frappe.get_all(
		"Marketplace Stock Level",
		filters={"shop": shop_name, "pending": 0, "confirmed": (">", 0)},
		fields=["listing", "confirmed"],
		limit=1,
	)[0]
	hands.open_form("Marketplace Listing", level.listing)
	explanation = hands.page.locator(".marketplace-explanation", has_text=" = ").first
	explanation.locator("summary").click()
	expect(explanation.locator("table")).to_be_visible()
	explanation.scroll_into_view_if_needed()
	screenshot(hands.page, "stock", documented=True)


def _see_the_overview(hands, shop_name, screenshot):
	hands.open_form("Marketplace Shop", shop_name)
	tiles = hands.page.locator(".marketplace-tiles")
	expect(tiles).to_contain_text("Waiting to be processed")
	expect(hands.page.locator("[data-fieldname=health_html] table")).to_contain_text("Orders")
	screenshot(hands.page, "shop", documented=True)
