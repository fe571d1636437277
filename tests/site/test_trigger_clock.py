"""Triggers of the clock: dates, statuses nothing changes in, schedules."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
import pytest

from crm_marketplace.sync import clock
from crm_marketplace.triggers.engine import standing, timetable
from tests.site import triggers
from tests.site.triggers import comment, comments, logs, make, run, the_log, todo

pytestmark = pytest.mark.usefixtures("no_triggers")


def test_before_and_after_a_date(site):
	before = make(
		"Before or After a Date", "ToDo", comment(), event_field="date", duration=1440, direction="Before"
	)
	after = make(
		"Before or After a Date", "ToDo", comment(), event_field="date", duration=1440, direction="After"
	)
	today = clock.site_now().date()
	soon, past, now = (todo(date=today + timedelta(days=days)) for days in (1, -1, 0))
	frappe.db.sql("update tabToDo set modified = '2020-01-01'")
	yesterday = clock.utc_now() - timedelta(hours=25)
	frappe.db.set_value(
		"Trigger", {"name": ("in", [before.name, after.name])}, "cursor", clock.to_text(yesterday)
	)
	timetable.tick()
	run()
	assert soon.name in [log.document_name for log in logs(before)]
	assert past.name in [log.document_name for log in logs(after)]
	assert now.name not in [log.document_name for log in logs(after)]
	count = len(logs())
	timetable.tick()
	assert len(logs()) == count


def test_switched_on_it_does_not_make_up_for_the_past(site):
	past = todo(date=clock.site_now().date() - timedelta(days=3))
	frappe.db.sql("update tabToDo set modified = '2020-01-01' where name = %s", past.name)
	rule = make(
		"Before or After a Date", "ToDo", comment(), event_field="date", duration=0, direction="After"
	)
	timetable.tick()
	assert not logs(rule, document_name=past.name)


def test_dates_are_read_by_their_index_and_in_pages(site, monkeypatch):
	monkeypatch.setattr(timetable, "PAGE", 3)
	due = datetime(2031, 5, 5, 12)
	names = {
		frappe.get_doc(doctype="Event", subject=f"e{number}", starts_on=due, event_type="Private")
		.insert()
		.name
		for number in range(8)
	}
	pages = list(
		timetable.due_documents(
			"Event", "starts_on", due - timedelta(hours=1), due, [["status", "=", "Open"]]
		)
	)
	assert [len(page) for page in pages] == [3, 3, 2]
	assert {row.name for page in pages for row in page} == names
	plan = frappe.db.sql(
		"explain select name from `tabMarketplace Order` where ship_by <= %s and ship_by > %s "
		"order by ship_by, name limit 500",
		("2031-05-05", "2031-05-04"),
		as_dict=True,
	)
	assert plan[0].key == "ship_by"


def test_no_change_for(site):
	rule = make("No Change For", "ToDo", comment("stuck"), event_field="status", to_value="Open", duration=60)
	stuck, moved = todo("stuck"), todo("moved")
	assert run() == 0
	moved.status = "Closed"
	moved.save()
	triggers.make_due()
	run()
	assert comments(stuck) == ["stuck"]
	assert comments(moved) == []
	assert [log.document_name for log in logs(rule)] == [stuck.name]


def test_no_change_for_counts_from_the_last_time_it_was_entered(site):
	rule = make("No Change For", "ToDo", comment("stuck"), event_field="status", to_value="Open", duration=60)
	doc = todo()
	frappe.db.sql("update `tabTrigger Log` set creation = creation - interval 30 second")
	for status in ("Closed", "Open"):
		doc.status = status
		doc.save()
	triggers.make_due()
	run()
	assert comments(doc) == ["stuck"]
	assert the_log(rule)


def test_what_stood_in_the_status_before_is_counted_too(site):
	doc = todo("stands")
	frappe.db.sql("update tabToDo set modified = '2020-01-01' where name = %s", doc.name)
	rule = make(
		"No Change For",
		"ToDo",
		comment("stuck"),
		event_field="status",
		to_value="Open",
		duration=60,
		conditions={"field": "description", "op": "contains", "value": "stands"},
	)
	standing.put_standing(rule.name)
	run()
	assert comments(doc) == ["stuck"]


def test_schedule_for_each_document_that_fits(site):
	wanted, other = todo("weekly report"), todo("something else")
	rule = make(
		"Schedule",
		"ToDo",
		comment("reminded"),
		cron="0 9 * * 1",
		conditions={"field": "description", "op": "contains", "value": "weekly report"},
	)
	timetable.tick()
	assert not logs(rule)
	frappe.db.set_value("Trigger", rule.name, "next_run_at", clock.site_now() - timedelta(minutes=1))
	timetable.tick()
	timetable.tick()
	run()
	assert comments(wanted) == ["reminded"] and comments(other) == []
	following = frappe.db.get_value("Trigger", rule.name, "next_run_at")
	assert following > clock.site_now() and following.hour == 9 and following.weekday() == 0


def test_schedule_without_a_document(site):
	rule = make(
		"Schedule",
		None,
		triggers.action("Notify on the Desk", to=triggers.user("Administrator"), subject="Monday"),
		every_minutes=60,
	)
	frappe.db.set_value("Trigger", rule.name, "next_run_at", clock.site_now() - timedelta(hours=5))
	timetable.tick()
	run()
	assert the_log(rule).status == "Done"
