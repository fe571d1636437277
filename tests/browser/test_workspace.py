"""The workspace: numbers that are true and lead somewhere, charts, and the first steps of a new user."""

from __future__ import annotations

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.hands import Hands

TO_SHIP = ("Pending", "Awaiting Packing", "Awaiting Shipment")
CARDS = {
	"Orders on Hold": ("Marketplace Order", {"state": "On Hold"}),
	"Unmatched Listings": ("Marketplace Listing", {"match_status": ("in", ("Suggested", "Unmatched"))}),
	"To Ship Today": (
		"Marketplace Order",
		{"status": ("in", TO_SHIP), "state": ("!=", "Ignored"), "ship_by": ("Timespan", "today")},
	),
}


def card(page, label):
	return page.locator(".number-widget-box", has_text=label)


def open_workspace(page):
	"""Until its charts stand: Frappe draws them when they come into view, and complains of pages left before."""
	page.set_viewport_size({"width": 1440, "height": 1300})
	Hands(page).open("marketplace")
	for title in ("Orders by Day", "Revenue by Day"):
		chart = page.locator(".dashboard-widget-box", has_text=title).locator("svg.frappe-chart")
		expect(chart).to_be_visible()
	page.wait_for_function(
		"() => [...document.querySelectorAll('.frappe-chart rect.bar')].some((bar) => bar.getBBox().height > 5)"
	)


def test_numbers_are_those_of_the_lists(page, showroom, screenshot):
	open_workspace(page)
	frappe.db.rollback()
	for label, (doctype, filters) in CARDS.items():
		there = len(frappe.get_all(doctype, filters=filters, pluck="name"))
		expect(card(page, label).locator(".number")).to_have_text(str(there))
	screenshot(page, "workspace", documented=True)


def test_a_number_leads_to_its_list(page, showroom):
	open_workspace(page)
	card(page, "Orders on Hold").locator(".number").click()
	page.wait_for_url("**/app/marketplace-order**")
	frappe.db.rollback()
	on_hold = frappe.db.count("Marketplace Order", {"state": "On Hold"})
	rows = page.locator(".list-row-container .list-row")
	expect(rows).to_have_count(min(on_hold, 20))
	expect(rows.filter(has_text="On Hold")).to_have_count(min(on_hold, 20))
	expect(page.locator("[data-key=on_hold]")).to_have_attribute("aria-pressed", "true")


def test_first_steps_lead_into_the_form_of_a_shop(page, showroom):
	open_workspace(page)
	steps = page.locator(".onboarding-widget-box")
	expect(steps).to_contain_text("Match listings with items")
	steps.get_by_role("button", name="Connect a shop").click()
	page.wait_for_url("**/app/marketplace-shop/new**")
	tour = page.locator("#driver-popover-item, .driver-popover")
	expect(tour.first).to_contain_text("How your people call this shop.")


@pytest.mark.parametrize("path", ["marketplace-order", "marketplace-listing", "marketplace-sync-log"])
def test_a_ready_filter_keeps_the_shop(page, showroom, path):
	Hands(page).open(f"{path}?shop={showroom.shop}")
	page.locator(".marketplace-quick-filters button").nth(1).click()
	expect(page.locator(".marketplace-quick-filters button").nth(1)).to_have_attribute("aria-pressed", "true")
	assert page.evaluate("cur_list.filter_area.get().some(([, field]) => field === 'shop')")
	page.locator(".marketplace-quick-filters [data-key=all]").click()
	expect(page.locator(".marketplace-quick-filters [data-key=all]")).to_have_attribute(
		"aria-pressed", "true"
	)
	assert page.evaluate("cur_list.filter_area.get().map(([, field]) => field)") == ["shop"]
