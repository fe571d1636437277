"""A figure of a report is clicked: the deals it is made of are shown, and open as a list."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
import pytest
from playwright.sync_api import Page, expect

from crm_marketplace.deals import stages
from crm_marketplace.rules.deals import Kind
from tests.browser.deals_world import MANAGER, Sales, sales
from tests.browser.hands import Hands
from tests.harness.committing import commit

LONG = "Поставка чая на весь следующий год " * 4


@pytest.fixture(scope="module")
def world(site) -> Iterator[Sales]:
	with sales() as found:
		source = frappe.get_doc(doctype="Lead Source", source_name=f"Выставка {found.pipeline}").insert().name
		for number in range(60):
			found.add(f"Сделка {number}", amount=1000 + number, source=source if number % 2 else None)
		won = frappe.get_doc(
			"Deal", found.add(LONG, amount=77000, party=found.customer, responsible="Administrator")
		)
		won.update({"stage": stages.closing_of(found.pipeline, Kind.WON)}).save()
		commit()
		yield found


def open_report(page: Page, world: Sales, report: str) -> Hands:
	hands = Hands(page)
	hands.open(f"query-report/{report}?pipeline={world.pipeline}")
	expect(page.locator(".dt-scrollable .dt-row").first).to_be_visible()
	return hands


def test_deals_of_a_stage(log_in, world, screenshot):
	page = log_in(MANAGER)
	hands = open_report(page, world, "Deal Funnel")
	page.locator("[data-behind=deals]", has_text="61").first.click()
	expect(hands.dialog.locator("tbody tr")).to_have_count(50)
	expect(hands.dialog).to_contain_text("61 in all")
	screenshot(page, "deals-behind-a-figure")
	hands.dialog.get_by_role("button", name="Show more").click()
	expect(hands.dialog.locator("tbody tr")).to_have_count(61)
	hands.dialog.get_by_role("button", name="Open as a list").click()
	page.wait_for_function("window.cur_list && cur_list.doctype === 'Deal'")
	expect(page.locator(".list-count:visible")).to_contain_text("of 61")


def test_the_deal_behind_a_figure_opens(log_in, world):
	page = log_in(MANAGER)
	hands = open_report(page, world, "Deals by Source")
	page.locator("[data-behind=won]").first.click()
	expect(hands.dialog.locator("tbody tr")).to_have_count(1)
	expect(hands.dialog).to_contain_text("77")
	hands.dialog.locator("tbody a").first.click()
	page.wait_for_function(
		"window.cur_frm && cur_frm.doctype === 'Deal' && cur_frm.doc.title.startsWith('Поставка')"
	)
	expect(page.locator(".modal.show")).to_have_count(0)


# Frappe's chart, drawn anew while it still moves, looks for a picture that is gone.
@pytest.mark.console_errors_expected
def test_the_funnel_by_source(log_in, world, screenshot):
	page = log_in(MANAGER, language="ru")
	hands = open_report(page, world, "Deal Funnel")
	page.locator("[data-fieldname=by_source] input:enabled").first.check()
	expect(page.locator("[data-behind=deals_0]").first).to_be_visible()
	hands.settle()
	screenshot(page, "deals-funnel-by-source")
	page.locator("[data-behind=deals_0]").first.click()
	expect(hands.dialog).to_contain_text("Всего: ")


def test_by_keyboard(log_in, world):
	page = log_in(MANAGER)
	hands = open_report(page, world, "Deal Forecast")
	page.locator("[data-behind=deals]").first.focus()
	page.keyboard.press("Enter")
	expect(hands.dialog.locator("tbody tr").first).to_be_visible()


def test_on_a_phone(log_in, world, screenshot):
	page = log_in(MANAGER, language="ru", phone=True)
	hands = open_report(page, world, "Deal Forecast")
	page.locator("[data-behind=deals]").first.tap()
	expect(hands.dialog.locator("tbody tr").first).to_be_visible()
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	screenshot(page, "phone-deals-behind-a-figure")
