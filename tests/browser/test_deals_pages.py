"""Every page of Deals opens for its roles, speaks Russian, and fits a phone."""

from __future__ import annotations

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.deals_world import MANAGER, sales
from tests.browser.hands import Hands
from tests.browser.test_russian_and_phone import english_in
from tests.harness.committing import commit

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
		commit()
		yield found


def visit(hands: Hands, path: str) -> None:
	"""Frappe's own chart complains in the console when the next report takes its place while it moves: a new page."""
	hands.open(path) if "report" in path else hands.go(path)


def test_our_pages_speak_russian(log_in, world, screenshot):
	page = log_in(MANAGER, language="ru")
	hands = Hands(page)
	hands.open("deals-and-tasks")
	english = {}
	for name, path in PAGES.items():
		visit(hands, path + (f"?pipeline={world.pipeline}" if "report" in path or name == "board" else ""))
		text = page.locator(".page-body:visible, .layout-main:visible").first.inner_text()
		screenshot(page, f"ru-deals-{name}")
		# Records other tests made, in their language, are data.
		english[name] = [line for line in english_in(text) if line not in data_of_others()]
	assert {name: lines for name, lines in english.items() if lines} == {}


def data_of_others() -> set[str]:
	frappe.db.rollback()
	return {
		*frappe.get_all("Deal Loss Reason", pluck="name"),
		*frappe.get_all("Deal Pipeline", pluck="pipeline_name"),
		*frappe.get_all("Deal", pluck="title"),
		*frappe.get_all("Deal", pluck="next_step"),
		*frappe.get_all("Deal", pluck="party_name"),
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


def test_no_page_is_wider_than_a_phone(log_in, world, screenshot):
	page = log_in(MANAGER, language="ru", phone=True)
	hands = Hands(page)
	hands.open("deals-and-tasks")
	wide = []
	for name, path in PAGES.items():
		visit(hands, path)
		screenshot(page, f"phone-deals-{name}")
		if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
			wide.append(name)
	assert wide == []


@pytest.mark.parametrize("role", ["Deals Manager", "Deals User", "Deals Viewer"])
def test_every_page_opens_for_every_role(log_in, world, role):
	closed = (*FOR_MANAGERS, *NOT_FOR_VIEWERS) if role == "Deals Viewer" else FOR_MANAGERS
	page = log_in(role)
	hands = Hands(page)
	hands.open("deals-and-tasks")
	for name, path in PAGES.items():
		if name in closed and role != "Deals Manager":
			continue
		visit(hands, path)
		expect(page.locator(".modal.show"), name).to_have_count(0)
		title = page.locator(".page-title:visible, .title-text:visible").first
		expect(title, name).not_to_be_empty()
		expect(page.locator("#page-not-found:visible, .page-not-found:visible"), name).to_have_count(0)


@pytest.mark.parametrize("name", ["workspace", "board", "day", "leaders", "funnel"])
def test_a_page_opens_by_its_address(log_in, world, name):
	page = log_in("Deals Manager")
	Hands(page).open(PAGES[name])
	expect(page.locator(".page-title:visible, .title-text:visible").first).not_to_be_empty()
	expect(page.locator(".modal.show")).to_have_count(0)
