"""The unmatched inbox: suggestions confirmed by keyboard and in bulk, listings linked by hand."""

from __future__ import annotations

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.hands import Hands
from tests.harness.committing import commit


def status_of(listing: str) -> str:
	frappe.db.rollback()
	return frappe.db.get_value("Marketplace Listing", listing, "match_status")


@pytest.fixture
def suggested(showroom):
	"""Three listings of the shop whose suggestion waits to be confirmed."""
	items = frappe.get_all("Item", filters={"is_stock_item": 1, "disabled": 0}, pluck="name", limit=3)
	names = frappe.get_all(
		"Marketplace Listing", filters={"shop": showroom.shop}, pluck="name", limit=3, order_by="offer_id"
	)
	for score, (name, item) in enumerate(zip(names, items, strict=True)):
		values = {
			"match_status": "Suggested",
			"item": None,
			"suggested_item": item,
			"suggestion_score": 99 - score,
		}
		frappe.db.set_value("Marketplace Listing", name, values)
	others = {"shop": showroom.shop, "match_status": "Suggested", "name": ("not in", names)}
	frappe.db.set_value("Marketplace Listing", others, "match_status", "Unmatched")
	commit()
	return names


def test_a_person_works_through_it_by_keyboard(page, showroom, suggested, screenshot):
	hands = Hands(page)
	first, second, third = suggested
	hands.open(f"marketplace-matching?shop={showroom.shop}")
	rows = page.locator(".marketplace-inbox-row")
	expect(rows.first).to_be_visible()
	screenshot(page, "inbox", documented=True)

	page.locator(f"[data-name='{first}']").focus()
	page.keyboard.press("Enter")
	expect(page.locator(f"[data-name='{first}']")).to_be_hidden()
	expect(page.locator(f"[data-name='{second}']")).to_be_focused()
	page.keyboard.press("Space")
	page.keyboard.press("ArrowDown")
	expect(page.locator(f"[data-name='{third}']")).to_be_focused()
	page.keyboard.press("Space")
	hands.button("Confirm (2)").click()
	expect(page.locator(f"[data-name='{third}']")).to_be_hidden()

	assert [status_of(name) for name in suggested] == ["Matched"] * 3


def test_a_listing_is_linked_by_hand(page, showroom):
	hands = Hands(page)
	unmatched = frappe.get_all(
		"Marketplace Listing",
		filters={"shop": showroom.shop, "match_status": "Unmatched"},
		pluck="name",
		limit=1,
	)[0]
	item = frappe.get_all("Item", filters={"is_stock_item": 1, "disabled": 0}, pluck="name", limit=1)[0]
	hands.open_form("Marketplace Listing", unmatched)
	hands.button("Link to Item").click()
	hands.choose_link(hands.dialog.locator("[data-fieldname=item]"), item)
	hands.dialog.get_by_role("button", name="Link", exact=True).click()
	hands.wait_for_alert("The listing is linked.")
	page.wait_for_function("cur_frm.doc.match_status === 'Matched'")
	assert frappe.db.get_value("Marketplace Listing", unmatched, "item") in (None, item)
	assert status_of(unmatched) == "Matched"


def test_an_empty_inbox_says_so(page, showroom):
	hands = Hands(page)
	hands.open(f"marketplace-matching?shop={showroom.shop}")
	page.locator(".page-form [data-fieldname=search] input").fill("нет такого товара")
	page.keyboard.press("Enter")
	expect(page.locator(".marketplace-empty")).to_have_text("No listing fits these filters.")
