"""Triggers of the clock: dates, statuses nothing changes in, schedules."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
import pytest
from frappe.custom.doctype.custom_field.custom_field import create_custom_field

from crm_marketplace.sync import clock
from crm_marketplace.triggers.engine import standing, timetable
from tests.benchmarks.books import analyze, clone
from tests.site import builders, triggers
from tests.site.triggers import comment, comments, logs, make, run, the_log, todo

pytestmark = pytest.mark.usefixtures("no_triggers")

ORDERS = 4000


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


@pytest.fixture
def time(monkeypatch):
	"""A function that sets the clock."""

	def set_clock(moment: datetime) -> None:
		monkeypatch.setattr(clock, "utc_now", lambda: moment)

	return set_clock


@pytest.fixture
def many_orders(shop):
	"""Orders of a year, one for every two hours: those of the last days wait to be packed. Returns the latest date."""
	name = triggers.take_in_order(shop)
	latest = clock.site_now().replace(minute=0, second=0) + timedelta(days=10)
	frappe.db.set_value("Marketplace Order", name, {"modified": "2020-01-01"}, update_modified=False)
	clone(
		"Marketplace Order",
		name,
		ORDERS,
		external_id="concat(source.external_id, '-', seq)",
		ship_by=f"timestamp({frappe.db.escape(str(latest))}) - interval 2 * seq hour",
		status="if(seq < 240, source.status, 'Delivered')",
	)
	analyze("Marketplace Order")
	return latest


def test_dates_are_read_by_their_index(many_orders, monkeypatch):
	rule = make("Ship By Approaching", None, comment(), duration=120)
	due = many_orders - timedelta(days=3)  # the ship-by time of one order; it is told of two hours before
	now = clock.to_utc(due - timedelta(hours=2))
	monkeypatch.setattr(clock, "utc_now", lambda: now)
	before = clock.to_text(clock.utc_now() - timedelta(minutes=1))
	frappe.db.set_value("Trigger", rule.name, "cursor", before)
	plans = []
	sql = frappe.db.sql

	def explaining(query, values=(), *args, **options):
		if str(query).lower().startswith("select") and "`tabMarketplace Order`" in str(query):
			plans.extend(sql(f"explain {query}", values, as_dict=True))
		return sql(query, values, *args, **options)

	monkeypatch.setattr(frappe.db, "sql", explaining)
	read = triggers.rows_read(timetable.tick)
	assert len(plans) == 2
	for plan in plans:
		assert plan.key.startswith("ship_by") and plan.type.startswith("range"), plan
		assert int(str(plan.rows).split()[0]) < ORDERS / 10, plan
	assert read < ORDERS / 10
	expected = frappe.get_all("Marketplace Order", filters={"ship_by": due}, pluck="name")
	assert expected and [log.document_name for log in logs(rule)] == expected


def test_pages_are_bounded(many_orders, monkeypatch):
	monkeypatch.setattr(timetable, "PAGE", 100)
	low = many_orders - timedelta(days=30)
	pages = list(timetable.due_documents("Marketplace Order", "ship_by", low, many_orders, []))
	assert [len(page) for page in pages] == [100, 100, 100, 59]
	names = [row.name for page in pages for row in page]
	assert len(set(names)) == 359
	waiting = [["status", "in", ["Awaiting Packing"]]]
	pages = list(timetable.due_documents("Marketplace Order", "ship_by", low, many_orders, waiting))
	assert sum(map(len, pages)) == 239


def test_documents_of_one_moment_are_not_lost_between_pages(site, monkeypatch):
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


def waiting_for(status: str, **fields) -> tuple[str, dict]:
	"""A text, and the fields of a trigger that waits for documents of this text alone: the site may have many."""
	text = builders.unique("stands")
	only = {"field": "description", "op": "=", "value": text}
	return text, {"event_field": "status", "to_value": status, "conditions": only, **fields}


@pytest.mark.parametrize("frequency", ["Every Time", "Once per Document"])
@pytest.mark.parametrize("is_counted", [True, False], ids=["entered before our eyes", "stood before"])
def test_another_duration_counts_for_what_stands_already(site, frequency, is_counted):
	text, fields = waiting_for("Open", frequency=frequency)
	doc = None if is_counted else todo(text)
	rule = make("No Change For", "ToDo", comment("stuck"), duration=24 * 60, **fields)
	standing.put_standing(rule.name)
	doc = doc or todo(text)
	rule.reload()
	rule.duration = 2 * 60
	rule.save()
	standing.put_standing(rule.name)
	[log] = logs(rule, document_name=doc.name)
	entered = frappe.db.get_value("ToDo", doc.name, "modified")
	assert log.status == "Waiting"
	assert log.due_at == entered.replace(microsecond=0) + timedelta(minutes=120)


def test_what_came_due_while_the_trigger_was_off_fires_when_it_is_on_again(site):
	text, fields = waiting_for("Open", frequency="Once per Document")
	rule = make("No Change For", "ToDo", comment("stuck"), duration=60, **fields)
	doc, told = todo(text), todo(text)
	frappe.db.set_value("Trigger Log", {"document_name": told.name}, "due_at", clock.site_now())
	run()
	switch(rule, 0)
	triggers.make_due()
	run()
	assert logs(rule, document_name=doc.name)[0].status == "Stopped"
	switch(rule, 1)
	frappe.db.sql("update tabToDo set modified = '2020-01-01' where name = %s", doc.name)
	standing.put_standing(rule.name)
	run()
	assert comments(doc) == ["stuck"]
	assert comments(told) == ["stuck"]  # it stands there still, and was told of


def test_off_and_on_does_not_tell_twice_of_the_same(site):
	text, fields = waiting_for("Open")
	rule = make("No Change For", "ToDo", comment("stuck"), duration=60, **fields)
	doc = todo(text)
	triggers.make_due()
	run()
	switch(rule, 0)
	switch(rule, 1)
	standing.put_standing(rule.name)
	triggers.make_due()
	run()
	assert comments(doc) == ["stuck"]


def test_a_status_entered_again_counts_from_then_on(site):
	text, fields = waiting_for("Open", frequency="Once per Document")
	rule = make("No Change For", "ToDo", comment("stuck"), duration=60, **fields)
	doc = todo(text)
	earlier = clock.site_now() - timedelta(minutes=5)
	frappe.db.set_value("Trigger Log", {"trigger_name": rule.name}, "due_at", earlier)
	for status in ("Closed", "Open"):
		doc.status = status
		doc.save()
	assert run() == 0
	assert the_log(rule).due_at > clock.site_now()
	triggers.make_due()
	run()
	assert comments(doc) == ["stuck"]


def switch(rule, on: int) -> None:
	rule.reload()
	rule.enabled = on
	rule.save()


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


# --- a clock that is changed, and what was taken away ----------------------------------------------


def test_a_clock_that_is_set_back_and_forth_sets_off_each_date_once(site, time):
	noon = clock.utc_now().replace(hour=12, minute=0, second=0, microsecond=0)
	time(noon)
	rule = make("Before or After a Date", "Event", comment(), event_field="starts_on", duration=0)
	events = [
		frappe.get_doc(
			doctype="Event",
			subject=f"in {minutes}",
			event_type="Private",
			starts_on=clock.to_site(noon) + timedelta(minutes=minutes),
		)
		.insert()
		.name
		for minutes in (10, 70)
	]
	for minutes in (20, -60, -30, 5, 15, 90, 30, 100):  # the server's clock, as it is set
		time(noon + timedelta(minutes=minutes))
		timetable.tick()
	assert sorted(log.document_name for log in logs(rule) if log.document_name in events) == sorted(events)


def test_a_schedule_goes_on_when_the_clock_was_ahead(site, time):
	noon = clock.utc_now().replace(hour=12, minute=0, second=0, microsecond=0)
	time(noon)
	notice = triggers.action("Notify on the Desk", to=triggers.user("Administrator"), subject="x")
	rule = make("Schedule", None, notice, every_minutes=10)
	time(noon + timedelta(days=3))  # somebody set the clock wrong
	timetable.tick()
	assert len(logs(rule)) == 1
	for minutes in (1, 11, 12, 21):  # and right again
		time(noon + timedelta(minutes=minutes))
		timetable.tick()
	assert len(logs(rule)) == 3


def test_a_date_that_was_taken_away_pauses_its_trigger_and_no_other(site):
	create_custom_field("ToDo", {"fieldname": "party_on", "label": "Party", "fieldtype": "Date"})
	first = make("Before or After a Date", "ToDo", comment(), event_field="party_on", duration=0)
	other = make("Schedule", "ToDo", comment(), every_minutes=5)
	frappe.delete_doc("Custom Field", "ToDo-party_on")
	frappe.clear_cache(doctype="ToDo")
	frappe.db.set_value("Trigger", other.name, "next_run_at", clock.site_now() - timedelta(minutes=1))
	doc = todo()
	timetable.tick()
	enabled, why = frappe.db.get_value("Trigger", first.name, ["enabled", "paused_reason"])
	assert not enabled and "party_on" in why
	assert frappe.db.exists("Notification Log", {"document_name": first.name})
	assert doc.name in [log.document_name for log in logs(other)]


def test_a_database_that_is_too_slow_for_one_trigger_serves_the_others(site, monkeypatch):
	slow = make("Before or After a Date", "ToDo", comment(), event_field="date", duration=0)
	other = make("Schedule", "ToDo", comment(), every_minutes=5)
	frappe.db.set_value("Trigger", other.name, "next_run_at", clock.site_now() - timedelta(minutes=1))
	frappe.db.commit()  # what the slow one wrote is rolled back, and nothing else

	def too_slow(*arguments):
		raise frappe.QueryTimeoutError

	monkeypatch.setattr(timetable, "due_documents", too_slow)
	doc = todo()
	frappe.db.commit()  # as above
	timetable.tick()
	assert frappe.db.get_value("Trigger", slow.name, "enabled")
	assert doc.name in [log.document_name for log in logs(other)]
