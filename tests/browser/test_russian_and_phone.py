"""The desk in Russian and on a phone: nothing of ours is left in English, nothing is wider than the window."""

from __future__ import annotations

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.hands import Hands
from tests.unit.messages import messages

PAGES = {
	"workspace": "marketplace",
	"orders": "marketplace-order",
	"listings": "marketplace-listing",
	"levels": "marketplace-stock-level",
	"streams": "marketplace-stream",
	"runs": "marketplace-sync-log",
	"shops": "marketplace-shop",
	"settings": "marketplace-settings",
	"inbox": "marketplace-matching",
	"to-ship": "query-report/Marketplace Orders to Ship",
	"differences": "query-report/Marketplace Stock Differences",
	"sales": "query-report/Marketplace Sales by Day",
}
# Our texts as they stand in the sources; Frappe's own and the data of the shop are not ours to judge.
ENGLISH = {message.text for message in messages() if "{" not in message.text} - {
	"Express",
	"FBS",
	"FBO",
	"DBS",
}


def english_in(text: str) -> list[str]:
	return [line for line in text.splitlines() if line.strip() in ENGLISH]


@pytest.mark.parametrize("name", PAGES)
def test_our_pages_speak_russian(log_in, showroom, name, screenshot):
	page = log_in(language="ru")
	Hands(page).open(PAGES[name])
	assert english_in(page.locator("body").inner_text()) == []
	screenshot(page, f"ru-{name}")


@pytest.mark.parametrize("doctype", ["Marketplace Shop", "Marketplace Order", "Marketplace Listing"])
def test_our_forms_speak_russian(log_in, showroom, doctype, screenshot):
	page = log_in(language="ru")
	hands = Hands(page)
	filters = {"name": showroom.shop} if doctype == "Marketplace Shop" else {"shop": showroom.shop}
	name = frappe.get_all(doctype, filters=filters, pluck="name", limit=1)[0]
	hands.open_form(doctype, name)
	for tab in page.locator(".form-tabs .nav-link:visible").all():
		tab.click()
		panel = page.locator(tab.get_attribute("href"))
		expect(panel).to_be_visible()
		assert english_in(panel.inner_text()) == []
	screenshot(page, f"ru-{doctype.lower().replace(' ', '-')}")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_phone(log_in, showroom, name, screenshot):
	page = log_in(language="ru", phone=True)
	Hands(page).open(PAGES[name])
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	screenshot(page, f"phone-{name}")


def test_a_shop_and_a_held_order_on_a_phone(log_in, showroom, screenshot):
	page = log_in(language="ru", phone=True)
	hands = Hands(page)
	hands.open_form("Marketplace Shop", showroom.shop)
	expect(page.locator(".marketplace-tiles")).to_be_visible()
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	screenshot(page, "phone-shop")
	held = frappe.get_all(
		"Marketplace Order", filters={"shop": showroom.shop, "state": "On Hold"}, pluck="name", limit=1
	)
	hands.open_form("Marketplace Order", held[0])
	expect(page.locator(".marketplace-banner-red .btn-primary")).to_be_visible()
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	screenshot(page, "phone-hold")
