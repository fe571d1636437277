"""Reports a trigger mails: of which days, and of what."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import frappe
import pytest
from frappe.utils.xlsxutils import read_xlsx_file_from_attached_file

from crm_marketplace.triggers import library
from crm_marketplace.triggers.actions import registry
from crm_marketplace.triggers.engine.context import Context
from tests.site import builders

MONDAY = datetime(2026, 3, 9, 9, 0)


@pytest.fixture
def sent(monkeypatch):
	"""Letters instead of the outgoing mail."""
	letters = []
	monkeypatch.setattr(frappe, "sendmail", lambda **letter: letters.append(letter))
	return letters


def report(settings: dict, now: datetime = MONDAY) -> None:
	rule = frappe.get_doc(doctype="Trigger", title="report", run_as="Administrator")
	registry.get("Send Report").run(
		{**settings, "to": [{"kind": "address", "value": "owner@example.com"}]}, Context(rule, None, now=now)
	)


def order_of(shop: str, day: date) -> float:
	order = builders.take_in(shop, builders.make_order(builders.line("red-cup", price=70)))
	frappe.db.set_value(
		"Marketplace Order", order.name, "ordered_at", datetime(day.year, day.month, day.day, 12)
	)
	return frappe.db.get_value("Marketplace Order", order.name, "total")


def test_the_weekly_report_is_of_the_week_before_and_of_money(shop, sent):
	monday, sunday = MONDAY.date() - timedelta(days=7), MONDAY.date() - timedelta(days=1)
	total = order_of(shop, monday)
	for day in (monday - timedelta(days=1), MONDAY.date()):
		order_of(shop, day)
	report(library.trigger("weekly_report", "en")["actions"][0]["settings"])

	[letter] = sent
	head, *rows = read_xlsx_file_from_attached_file(fcontent=letter["attachments"][0]["fcontent"])
	days = [frappe.utils.getdate(row[0]) for row in rows]
	assert days == [monday + timedelta(days=number) for number in range(7)] and days[-1] == sunday
	column = next(number for number, label in enumerate(head) if str(label).startswith(shop))
	assert [float(row[column] or 0) for row in rows] == [float(total), *[0.0] * 6] and total == 70


@pytest.mark.parametrize(
	("value", "expected"),
	[
		("today", "2026-03-09"),
		("today-7d", "2026-03-02"),
		("today+1w", "2026-03-16"),
		("now-2h", "2026-03-09 07:00:00"),
		(["between", ["today-1d", "today"]], ["between", ["2026-03-08", "2026-03-09"]]),
		("Todaybreak", "Todaybreak"),
		(5, 5),
	],
)
def test_days_of_filters_may_be_relative(site, sent, monkeypatch, value, expected):
	asked = []
	monkeypatch.setattr(
		"frappe.core.doctype.report.report.Report.get_data",
		lambda self, filters, **options: asked.append(filters) or ([], []),
	)
	report({"report": "Marketplace Sales by Day", "filters": {"from_date": value}, "even_if_empty": 1})
	assert asked == [{"from_date": expected}]
