"""A shop owner makes a rule for bad reviews: the builder asks for stars and says what the rule means."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.hands import Hands


def test_stars_are_chosen_and_said(page, screenshot):
	Hands(page).open("trigger-builder/new")
	page.locator("[data-part=when] select").first.select_option("Review Below")
	stars = page.get_by_label("Stars", exact=True)
	expect(stars).to_have_value("3")
	stars.select_option("2")
	expect(page.locator(".trigger-sentence")).to_contain_text("a review has 2 stars or fewer")
	screenshot(page, "trigger-stars")
