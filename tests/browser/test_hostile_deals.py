"""A script in a text of Deals is shown as text and never runs: on the board, its forecast and dialogs, quick add,
views, stages, the merge screen, leaders, and forms and lists of segments and costs.
"""

from __future__ import annotations

from collections.abc import Iterator

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.deals_world import MANAGER
from tests.browser.hands import Hands
from tests.browser.hostile_deals import HOSTILE, infected_deals, nothing_runs, plain

ROLES = (*MANAGER, "System Manager")


@pytest.fixture(scope="module")
def infected(site) -> Iterator[dict[str, str]]:
	with infected_deals() as names:
		yield names


FORMS = ("Advertising Cost", "Advertising Expense", "Customer Segment")


@pytest.mark.role(ROLES)
def test_no_form_runs_it(page, infected):
	hands = Hands(page)
	for doctype in FORMS:
		with nothing_runs(page, doctype):
			hands.open_form(doctype, infected[doctype])
			for tab in page.locator(".form-tabs .nav-link:visible").all():
				tab.click()
		assert "window.hostile" in page.evaluate("JSON.stringify(cur_frm.doc)"), doctype


@pytest.mark.role(ROLES)
def test_no_list_runs_it(page, infected):
	hands = Hands(page)
	with plain(infected, "Deal Pipeline", "Deal Stage", "Customer", "User"):
		for doctype in FORMS:
			with nothing_runs(page, doctype):
				hands.open(f"{doctype.lower().replace(' ', '-')}/view/list")
				expect(page.locator(".frappe-list .result:visible").first).to_be_visible()


@pytest.mark.role(ROLES)
def test_the_board_its_bar_and_its_forecast(page, infected):
	hands = Hands(page)
	with nothing_runs(page, "board"):
		hands.open(f"deals?pipeline={infected['pipeline']}")
		expect(page.locator(".deals-title").first).to_contain_text("window.hostile")
		expect(page.locator(".deals-head h3").first).to_contain_text("window.hostile")
		expect(page.locator(".deals-tag").first).to_contain_text("window.hostile")
		page.locator(".deals-card").first.focus()
		page.keyboard.press("m")
		expect(hands.dialog.locator("option").first).to_contain_text("window.hostile")
		hands.close_dialog()
		view = page.locator(".deals-views option", has_text="window.hostile")
		page.locator(".deals-views").select_option(view.first.get_attribute("value"))
	with nothing_runs(page, "forecast"):
		page.locator("[data-view=forecast]").click()
		expect(page.locator(".deals-month .deals-title").first).to_contain_text("window.hostile")


@pytest.mark.role(ROLES)
def test_a_script_typed_into_quick_add_and_a_view(page, infected):
	hands = Hands(page)
	with nothing_runs(page, "quick add"):
		hands.open(f"deals?pipeline={infected['pipeline']}")
		page.locator(".deals-add").first.click()
		form = page.locator(".deals-quick-add")
		form.locator("[name=title]").fill(HOSTILE)
		form.locator("[name=task]").fill(HOSTILE)
		form.locator("[type=submit]").click()
		expect(form.locator("[name=title]")).to_have_value("")
	with nothing_runs(page, "a view"):
		page.locator(".deals-views").select_option("__save")
		hands.dialog.locator("[data-fieldname=title] input").fill(HOSTILE)
		hands.dialog.locator(".btn-primary:visible").click()
		hands.wait_for_alert("saved")
		expect(page.locator(".deals-views option", has_text="window.hostile").first).to_be_attached()
	with nothing_runs(page, "search"):
		page.locator(".deals-search").fill(HOSTILE)
		expect(page.locator(".deals-search")).to_have_value(HOSTILE)
	with nothing_runs(page, "a task"):
		page.locator(".deals-search").fill("")
		page.locator(".deals-card [data-action=task]").first.click()
		hands.dialog.locator("[data-fieldname=line] input").fill(f"{HOSTILE} tomorrow")
		expect(hands.dialog.locator(".deals-read")).to_contain_text("window.hostile")
		hands.dialog.locator(".btn-primary:visible").click()
		expect(page.locator(".modal.show")).to_have_count(0)


@pytest.mark.role(ROLES)
def test_the_merge_screen(page, infected):
	hands = Hands(page)
	frappe.db.rollback()
	with nothing_runs(page, "merge"):
		hands.open_form("Party Duplicate", infected["Party Duplicate"])
		page.evaluate(
			"""([one, other]) => crm_marketplace.deals.compare("Customer", one, other)""",
			[
				frappe.db.get_value("Party Duplicate", infected["Party Duplicate"], "one"),
				frappe.db.get_value("Party Duplicate", infected["Party Duplicate"], "other"),
			],
		)
		expect(hands.dialog.locator(".marketplace-table")).to_contain_text("window.hostile")


@pytest.mark.role(ROLES)
def test_the_warning_about_duplicates_while_typing(page, infected):
	frappe.db.rollback()
	hands = Hands(page)
	with nothing_runs(page, "warning"):
		hands.open("customer/new")
		page.wait_for_function("window.cur_frm && cur_frm.is_new()")
		page.locator("[data-fieldname=customer_name] input:visible").first.fill(HOSTILE)


@pytest.mark.role(ROLES)
def test_leaders(page, infected):
	hands = Hands(page)
	with nothing_runs(page, "leaders"):
		hands.open(f"deal-leaders?pipeline={infected['pipeline']}")
		expect(page.locator(".deals-leader-name").first).to_contain_text("window.hostile")
		expect(page.locator(".deals-pipeline option", has_text="window.hostile").first).to_be_attached()


@pytest.mark.role(ROLES)
def test_stages_of_a_pipeline_and_what_a_stage_asks(page, infected):
	hands = Hands(page)
	with nothing_runs(page, "stages"):
		hands.open_form("Deal Pipeline", infected["pipeline"])
		row = page.locator(".deals-stage-row").first
		expect(row).to_contain_text("window.hostile")
		for action in ("rename", "split", "archive"):
			row.locator(f"[data-action={action}]").click()
			expect(hands.dialog).to_contain_text("window.hostile" if action != "rename" else "Rename")
			hands.close_dialog()
	with nothing_runs(page, "what a stage asks"):
		page.evaluate("title => { crm_marketplace.deals.ask(title, []); }", HOSTILE)
		expect(hands.dialog.locator(".modal-title")).to_contain_text("window.hostile")
