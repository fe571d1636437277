"""Every page of Deals opens for its roles, speaks Russian, and fits a phone."""

from __future__ import annotations

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.deals_world import MANAGER, sales
from tests.browser.hands import Hands
from tests.browser.test_russian_and_phone import english_in

PAGES = {
	"workspace": "deals-and-tasks",
	"board": "deals",
	"board-forecast": "deals?view=forecast",
	"leaders": "deal-leaders",
	"day": "my-day",
	"deals": "deal",
	"pipelines": "deal-pipeline",
	"plans": "sales-plan",
	"rules": "deal-assignment-rule",
	"absences": "deal-absence",
	"segments": "customer-segment",
	"costs": "advertising-cost",
	"expenses": "advertising-expense",
	"reasons": "deal-loss-reason",
	"settings": "deals-settings",
	"duplicates": "party-duplicate",
	"merges": "party-merge",
	"funnel": "query-report/Deal Funnel",
	"time": "query-report/Deal Time in Stage",
	"attention": "query-report/Deals Needing Attention",
	"losses": "query-report/Deal Loss Reasons",
	"forecast": "query-report/Deal Forecast",
	"sources": "query-report/Deals by Source",
	"staff": "query-report/Deal Staff Activity",
	"plan-and-fact": "query-report/Deals Plan and Fact",
}
FOR_MANAGERS = ("merges", "rules", "costs", "expenses")
NOT_FOR_VIEWERS = ("day", "duplicates", "absences")


@pytest.fixture(scope="module")
def world(site):
	frappe.local.lang = "ru"
	with sales() as found:
		for number in range(3):
			found.add(f"Сделка {number}", amount=1000, party=found.customer, expected_close="2026-12-31")
		lost = frappe.get_doc("Deal", found.deals[0])
		lost.update({"stage": found.stages[-1], "loss_reason": frappe.db.get_value("Deal Loss Reason", {})})
		lost.save()
		frappe.db.commit()
		yield found


@pytest.mark.parametrize("name", PAGES)
def test_our_pages_speak_russian(log_in, world, name, screenshot):
	page = log_in(MANAGER, language="ru")
	Hands(page).open(
		PAGES[name] + (f"?pipeline={world.pipeline}" if "report" in PAGES[name] or name == "board" else "")
	)
	text = page.locator(".page-body:visible, .layout-main:visible").first.inner_text()
	# Records other tests made, in their language, are data.
	assert [line for line in english_in(text) if line not in data_of_others()] == []
	screenshot(page, f"ru-deals-{name}")


def data_of_others() -> set[str]:
	frappe.db.rollback()
	return {
		*frappe.get_all("Deal Loss Reason", pluck="name"),
		*frappe.get_all("Deal Pipeline", pluck="pipeline_name"),
		*frappe.get_all("Deal", pluck="title"),
		*frappe.get_all("Deal", pluck="next_step"),
		*frappe.get_all("Deal Stage", pluck="stage_name"),
		*frappe.get_all("ToDo", pluck="description"),
	}


@pytest.mark.parametrize("doctype", ["Deal", "Deal Pipeline", "Deal Stage"])
def test_our_forms_speak_russian(log_in, world, doctype, screenshot):
	page = log_in(MANAGER, language="ru")
	hands = Hands(page)
	name = {"Deal": world.deals[1], "Deal Pipeline": world.pipeline, "Deal Stage": world.stages[1]}[doctype]
	hands.open_form(doctype, name)
	for tab in page.locator(".form-tabs .nav-link:visible").all():
		tab.click()
		panel = page.locator(tab.get_attribute("href"))
		expect(panel).to_be_visible()
		assert [line for line in english_in(panel.inner_text()) if line not in data_of_others()] == []
	screenshot(page, f"ru-{doctype.lower().replace(' ', '-')}")


@pytest.mark.parametrize("name", PAGES)
def test_no_page_is_wider_than_a_phone(log_in, world, name, screenshot):
	page = log_in(MANAGER, language="ru", phone=True)
	Hands(page).open(PAGES[name])
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	screenshot(page, f"phone-deals-{name}")


@pytest.mark.parametrize("role", ["Deals Manager", "Deals User", "Deals Viewer"])
@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_for_every_role(log_in, world, role, name):
	if (name in FOR_MANAGERS and role != "Deals Manager") or (
		name in NOT_FOR_VIEWERS and role == "Deals Viewer"
	):
		pytest.skip("not this role's page")
	page = log_in(role)
	Hands(page).open(PAGES[name])
	page.wait_for_function("!document.querySelector('.modal.show')")
	expect(page.locator(".page-title:visible, .title-text:visible").first).not_to_be_empty()
	expect(page.locator("#page-not-found, .page-not-found")).to_have_count(0)
