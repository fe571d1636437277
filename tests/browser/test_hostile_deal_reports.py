"""A script in a text of Deals never runs in a report, in its chart, or on a person's day."""

from __future__ import annotations

from collections.abc import Iterator

import frappe
import pytest
from frappe.utils import now_datetime
from playwright.sync_api import Page, expect

from crm_marketplace.deals import tasks
from tests.browser.deals_world import MANAGER
from tests.browser.hands import Hands
from tests.browser.hostile_deals import HOSTILE, infected_deals, nothing_runs
from tests.harness.committing import commit

ROLES = (*MANAGER, "System Manager")
# Report → a text of which it shows.
REPORTS = {
	"Deal Forecast": None,
	"Deal Funnel": "window.hostile",
	"Deal Loss Reasons": None,
	"Deal Staff Activity": "window.hostile",
	"Deal Time in Stage": "window.hostile",
	"Deals Needing Attention": "window.hostile",
	"Deals Plan and Fact": "window.hostile",
	"Deals by Source": None,
}


@pytest.fixture(scope="module")
def infected(site) -> Iterator[dict[str, str]]:
	with infected_deals() as names:
		yield names


@pytest.mark.role(ROLES)
@pytest.mark.parametrize("report", REPORTS)
def test_no_report_runs_it(page, infected, report, screenshot):
	with nothing_runs(page, report):
		Hands(page).open(f"query-report/{report}?pipeline={infected['pipeline']}")
		page.wait_for_function("name => frappe.query_report.report_name === name", arg=report)
		expect(page.locator(".dt-scrollable .dt-row").first).to_be_visible()
		if REPORTS[report]:
			expect(page.locator(".dt-scrollable")).to_contain_text(REPORTS[report])
		move_over_chart(page)
	screenshot(page, f"hostile-{report.lower().replace(' ', '-')}")


def move_over_chart(page: Page) -> None:
	"""Its tooltips show labels, too."""
	for chart in page.locator(".chart-wrapper:visible .frappe-chart").all():
		box = chart.bounding_box()
		for step in range(1, 10) if box else ():
			page.mouse.move(box["x"] + box["width"] * step / 10, box["y"] + box["height"] / 2)


@pytest.mark.role(ROLES)
def test_my_day(page, infected):
	hands = Hands(page)
	hands.open("my-day")
	user = page.evaluate("frappe.session.user")
	frappe.db.rollback()
	task = tasks.add("Deal", infected["Deal"], "Call", due_at=now_datetime(), kind="Call", user=user)
	frappe.db.set_value("ToDo", task, "description", HOSTILE)
	other = frappe.get_doc(
		doctype="Deal", title="Nobody comes back", pipeline=infected["pipeline"], responsible=user
	).insert()
	frappe.db.delete("ToDo", {"reference_type": "Deal", "reference_name": other.name})
	tasks.refresh_next_step(other.name)
	frappe.db.set_value("Deal", other.name, {"title": HOSTILE, "party_name": HOSTILE})
	commit()
	with nothing_runs(page, "my day"):
		hands.open("my-day")
		expect(page.locator(f".deals-task[data-task='{task}']")).to_contain_text("window.hostile")
		expect(page.locator(".deals-none", has_text="window.hostile").first).to_be_visible()
		page.locator(".deals-day input").first.fill(f"{HOSTILE} tomorrow 10:00")
		page.keyboard.press("Enter")
		expect(page.locator("[data-part=later]")).to_be_visible()
