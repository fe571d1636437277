"""Reviews are answered, returns are found, labels are printed: as the people of a shop do it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import frappe
import pytest
from playwright.sync_api import expect

from crm_marketplace.sync import jobs
from tests.browser.hands import RUN_TIMEOUT, Hands
from tests.browser.world import World, forget, make_shop, world
from tests.harness.committing import commit

OPERATOR = ["Marketplace Operator"]
LONG = "Протекает у носика, и крышка не закрывается. <img src=x onerror=alert(1)> " * 6
MOVES = 12


@dataclass(frozen=True)
class AfterSale:
	around: World
	shop: str
	bad_review: str
	packed: str
	returned: str


@pytest.fixture(scope="module")
def here(site):
	with world() as around:
		shop = make_shop(around, "После продажи")
		sandbox = around.sandbox
		offers = sandbox.offer_ids(sellable=True)
		bad = sandbox.create_review(offers[0], 2, LONG)
		sandbox.create_review(offers[1], 5, "Отличный чайник")
		sandbox.create_review(offers[2], 4)
		packed = _moved_until(sandbox, shop, "Awaiting Shipment")
		delivered = _moved_until(sandbox, shop, "Delivered")
		returned = sandbox.create_return(delivered)
		while sandbox.goods_return(returned)["state"] != "Ready For Pickup":
			sandbox.move_return(returned)
		sandbox.advance(timedelta(minutes=2))  # labels are made within a minute of packing
		for stream in ("returns", "reviews"):
			jobs.run_stream(shop, stream, started_by="Button")
		commit()
		yield AfterSale(around, shop, bad, packed, returned)
		forget(shop)


def _moved_until(sandbox, shop: str, status: str) -> str:
	number = sandbox.create_order()
	for _move in range(MOVES):
		jobs.run_stream(shop, "orders", started_by="Button")
		found = {"shop": shop, "external_id": number}
		if frappe.db.get_value("Marketplace Order", found, "status") == status:
			return number
		sandbox.move_order(number)
	raise AssertionError(f"no order became {status}")


def _name(doctype: str, shop: str, external_id: str) -> str:
	frappe.db.rollback()  # a new look: the desk writes through connections of its own
	return frappe.db.get_value(doctype, {"shop": shop, "external_id": external_id})


def test_a_bad_review_is_found_and_answered(log_in, here, screenshot):
	page = log_in(OPERATOR)
	hands = Hands(page)
	hands.open(f"marketplace-review?shop={here.shop}")
	page.locator(".marketplace-quick-filters [data-key=bad]").click()
	row = page.locator(".list-row")
	expect(row).to_have_count(1)
	expect(row).to_contain_text("Протекает")
	expect(row.locator(".marketplace-stars").first).to_contain_text("★★☆☆☆")
	screenshot(page, "reviews")
	name = _name("Marketplace Review", here.shop, here.bad_review)
	hands.open_form("Marketplace Review", name)
	words = page.locator(".marketplace-review")
	expect(words).to_contain_text("Протекает у носика")
	assert words.locator("img[src=x]").count() == 0
	screenshot(page, "review")
	hands.button("Answer").click()
	hands.dialog.locator("[data-fieldname=text] textarea").fill("Извините! Пришлём другой чайник.")
	screenshot(page, "review-answer")
	hands.dialog.get_by_role("button", name="Publish").click()
	hands.wait_for_alert("The answer was sent.")
	expect(page.locator("[data-fieldname=answer]").first).to_contain_text("Пришлём другой чайник")
	assert list(here.around.sandbox.review(here.bad_review)["answers"]) == [
		"Извините! Пришлём другой чайник."
	]


def test_a_return_that_waits_is_found(log_in, here, screenshot):
	page = log_in(OPERATOR)
	hands = Hands(page)
	hands.open(f"marketplace-return?shop={here.shop}")
	page.locator(".marketplace-quick-filters [data-key=ready]").click()
	expect(page.locator(".list-row")).to_have_count(1)
	screenshot(page, "returns")
	hands.open_form("Marketplace Return", _name("Marketplace Return", here.shop, here.returned))
	expect(page.locator("[data-fieldname=lines] .grid-row[data-idx='1']")).to_be_visible()
	screenshot(page, "return")


def test_a_label_is_printed(log_in, here, screenshot):
	page = log_in(OPERATOR)
	hands = Hands(page)
	hands.open_form("Marketplace Order", _name("Marketplace Order", here.shop, here.packed))
	hands.button("Print Label").click()
	alert = page.locator(".desk-alert", has_text="Labels are ready")
	expect(alert).to_be_visible(timeout=RUN_TIMEOUT)
	expect(alert).to_contain_text(".pdf")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_in_russian(log_in, here, screenshot, phone):
	page = log_in(OPERATOR, language="ru", phone=phone)
	hands = Hands(page)
	size = "phone" if phone else "ru"
	for path, name in (("marketplace-review", "reviews"), ("marketplace-return", "returns")):
		hands.open(f"{path}?shop={here.shop}")
		expect(page.locator(".list-row").first).to_be_visible()
		assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
		screenshot(page, f"{size}-{name}")
	hands.open_form("Marketplace Review", _name("Marketplace Review", here.shop, here.bad_review))
	expect(page.locator(".marketplace-review")).to_contain_text("Протекает")
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	screenshot(page, f"{size}-review")
	hands.open_form("Marketplace Return", _name("Marketplace Return", here.shop, here.returned))
	expect(page.locator(".indicator-pill", has_text="Ждёт в пункте").first).to_be_visible()
	screenshot(page, f"{size}-return")
