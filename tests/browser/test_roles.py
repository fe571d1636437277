"""Who sees what: readers look without buttons and without the buyer; operators have no keys."""

from __future__ import annotations

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.hands import Hands
from tests.harness.committing import commit

MANAGER, OPERATOR, VIEWER = "Marketplace Manager", "Marketplace Operator", "Marketplace Viewer"
SHOP_BUTTONS = ("Test Connection", "Fetch Warehouses", "Preview", "Sync Now")
BUYER = "Смирнова Анна Петровна"


@pytest.fixture
def order(showroom):
	"""An order on hold whose buyer is known."""
	name = frappe.get_all("Marketplace Order", filters={"shop": showroom.shop}, pluck="name", limit=1)[0]
	before = frappe.db.get_value(
		"Marketplace Order", name, ["state", "hold_code", "hold_reason", "buyer_name"], as_dict=True
	)
	frappe.db.set_value(
		"Marketplace Order",
		name,
		{"state": "On Hold", "hold_code": "price_list_missing", "hold_reason": None, "buyer_name": BUYER},
	)
	commit()
	yield name
	frappe.db.rollback()
	frappe.db.set_value("Marketplace Order", name, before)
	commit()


@pytest.mark.parametrize(
	("role", "buttons"), [(MANAGER, SHOP_BUTTONS), (OPERATOR, ("Sync Now",)), (VIEWER, ())]
)
def test_buttons_of_a_shop(log_in, showroom, role, buttons):
	page = log_in(role)
	hands = Hands(page)
	hands.open_form("Marketplace Shop", showroom.shop)
	expect(page.locator(".marketplace-tiles")).to_be_visible()
	expect(page.locator(".marketplace-checklist li").first).to_be_visible()
	for label in SHOP_BUTTONS:
		expect(hands.button(label)).to_have_count(1 if label in buttons else 0)
	expect(page.locator("[data-fix]")).to_have_count(
		0 if role != MANAGER else page.locator("[data-fix]").count()
	)
	assert page.evaluate("cur_frm.perm[0].write ? 1 : 0") == (1 if role == MANAGER else 0)


def test_a_reader_sees_neither_buyer_nor_buttons(log_in, order):
	page = log_in(VIEWER)
	hands = Hands(page)
	hands.open_form("Marketplace Order", order)
	expect(page.locator(".marketplace-banner-red")).to_contain_text("The shop has no price list.")
	expect(page.locator(".marketplace-banner-red button")).to_have_count(0)
	hands.tab("Delivery")
	expect(page.locator("[data-fieldname=buyer_html] dd").first).to_have_text("•••")
	assert BUYER not in page.content()
	assert page.evaluate("JSON.stringify(cur_frm.doc)").find(BUYER) == -1


def test_an_operator_sees_the_buyer_and_the_way_out(log_in, order):
	page = log_in(OPERATOR)
	hands = Hands(page)
	hands.open_form("Marketplace Order", order)
	expect(page.locator(".marketplace-banner-red button").first).to_have_text("Open the shop")
	hands.tab("Delivery")
	expect(hands.field("buyer_name")).to_contain_text(BUYER)


def test_an_operator_takes_an_ignored_order_back(log_in, order):
	frappe.db.set_value("Marketplace Order", order, {"state": "Ignored", "hold_code": None})
	commit()
	page = log_in(OPERATOR)
	hands = Hands(page)
	hands.open_form("Marketplace Order", order)

	hands.button("Process After All").click()

	hands.wait_for_alert("Queued orders: 1")
	page.wait_for_function("cur_frm.doc.state !== 'Ignored'")
	expect(hands.button("Process After All")).to_have_count(0)


@pytest.mark.parametrize("role", [OPERATOR, VIEWER])
def test_nobody_else_sees_a_key(log_in, showroom, role):
	page = log_in(role)
	Hands(page).open_form("Marketplace Shop", showroom.shop)
	key = showroom.around.credentials["api_key"]
	assert key not in page.evaluate("JSON.stringify(cur_frm.doc)")
	assert key not in page.content()


@pytest.mark.parametrize("role", [MANAGER, OPERATOR, VIEWER])
@pytest.mark.parametrize(
	"path",
	[
		"marketplace",
		"marketplace-order",
		"marketplace-listing",
		"marketplace-stock-level",
		"marketplace-stream",
		"marketplace-sync-log",
		"marketplace-shop",
		"marketplace-settings",
		"marketplace-matching",
		"query-report/Marketplace Orders to Ship",
		"query-report/Marketplace Stock Differences",
		"query-report/Marketplace Sales by Day",
	],
)
def test_every_page_opens_for_every_role(log_in, showroom, role, path):
	page = log_in(role)
	Hands(page).open(path)
	page.wait_for_function("!document.querySelector('.modal.show')")
	expect(page.locator(".page-title:visible, .title-text:visible").first).not_to_be_empty()
	expect(page.locator("#page-not-found, .page-not-found")).to_have_count(0)
