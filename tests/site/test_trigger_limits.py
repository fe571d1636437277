"""How often triggers act, and when: loops end, crowds wait, and a save costs nothing where none matches."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
import pytest
from redis.exceptions import ConnectionError as NoRedis

from crm_marketplace.sync import announce, clock
from crm_marketplace.triggers.engine import firing, outbox, timetable, worker
from tests.harness.committing import commit
from tests.site import builders, triggers
from tests.site.triggers import action, comment, comments, logs, make, run, the_log, todo

pytestmark = pytest.mark.usefixtures("no_triggers")


def set_priority(value: str) -> dict:
	return action("Set Fields", values=[{"field": "priority", "value": value}])


def tag(text: str) -> dict:
	return action("Add Tag", tag=text)


# --- rules that lead to themselves -----------------------------------------------------------------


def test_a_rule_that_changes_its_own_document_fires_once(site):
	rule = make(
		"Changed",
		"ToDo",
		set_priority("High"),
		action("Set Fields", values=[{"field": "color", "value": "#000001"}]),
	)
	doc = todo(priority="Low")
	doc.description = "changed"
	doc.save()
	for _ in range(5):
		run()
	assert the_log(rule).status == "Done"
	doc.reload()
	assert (doc.priority, doc.color) == ("High", "#000001")


def test_two_rules_that_undo_each_other_stop_and_say_so(site):
	up = make("Status Changed", "ToDo", set_priority("High"), event_field="priority", to_value="Low")
	down = make("Status Changed", "ToDo", set_priority("Low"), event_field="priority", to_value="High")
	doc = todo(priority="Medium")
	doc.priority = "Low"
	doc.save()
	for _ in range(10):
		run()
	assert [log.status for log in logs(up)] == ["Done", "Stopped"]
	assert [log.status for log in logs(down)] == ["Done"]
	stopped = logs(up)[1]
	assert "loop guard" in stopped.reason
	assert json.loads(stopped.reason_values) == [" → ".join([up.name, down.name, up.name])]


def test_a_chain_of_many_rules_ends(site):
	mark = builders.unique("child")
	for number in range(8):
		make(
			"Created",
			"ToDo",
			action(
				"Create Document",
				doctype="ToDo",
				take_over=0,
				values=[{"field": "description", "value": f"{mark} {number + 1}"}],
			),
			conditions={"field": "description", "op": "=", "value": f"{mark} {number}"},
		)
	todo(f"{mark} 0")
	for _ in range(20):
		run()
	made = frappe.db.count("ToDo", {"description": ("like", f"{mark} %")})
	assert made == 6  # the first one, and one for each of five steps
	assert [log.status for log in logs(status="Stopped")] == ["Stopped"]


# --- limits ----------------------------------------------------------------------------------------


def test_delay_and_recheck(site):
	rule = make(
		"Created",
		"ToDo",
		comment("at once"),
		action("Add Comment", delay=30, recheck=1, text="later"),
		conditions={"field": "status", "op": "=", "value": "Open"},
	)
	stays, closed = todo(), todo()
	run()
	closed.status = "Closed"
	closed.save()
	assert all(log.status == "Waiting" and log.due_at > clock.site_now() for log in logs(rule))
	triggers.make_due()
	run()
	assert comments(stays) == ["at once", "later"] and comments(closed) == ["at once"]


def test_quiet_hours_hold_an_action_back(site):
	now = clock.site_now()
	begin, end = (now - timedelta(minutes=5)), (now + timedelta(minutes=50))
	rule = make("Created", "ToDo", comment(), quiet_from=f"{begin:%H:%M}", quiet_to=f"{end:%H:%M}")
	doc = todo()
	run()
	log = the_log(rule)
	assert log.status == "Waiting" and log.due_at.strftime("%H:%M") == f"{end:%H:%M}"
	assert comments(doc) == []


@pytest.mark.parametrize(
	("frequency", "expected"), [("Every Time", 3), ("Once per Document", 1), ("Once per Day", 1)]
)
def test_frequency(site, frequency, expected):
	rule = make("Changed", "ToDo", comment(), watched_fields="priority", frequency=frequency)
	doc = todo(priority="Low")
	for value in ("High", "Medium", "Low"):
		doc.priority = value
		doc.save()
	run()
	assert len(logs(rule)) == expected


def test_more_than_allowed_an_hour_waits_and_is_not_lost(site):
	rule = make("Created", "ToDo", comment(), max_per_hour=3)
	for _ in range(5):
		todo()
	run()
	found = logs(rule)
	assert sorted(log.status for log in found) == ["Done"] * 3 + ["Waiting"] * 2
	waiting = [log for log in found if log.status == "Waiting"]
	assert all(log.due_at > clock.site_now() and "an hour at most" in log.reason for log in waiting)
	frappe.db.sql("update `tabTrigger Log` set started_at = started_at - interval 2 hour")
	triggers.make_due()
	run()
	assert {log.status for log in logs(rule)} == {"Done"}


def test_repeat_until_a_condition_holds_and_so_often_at_most(site):
	rule = make(
		"Created",
		"ToDo",
		comment("again"),
		repeat_times=2,
		repeat_minutes=60,
		repeat_until={"field": "status", "op": "=", "value": "Closed"},
	)
	open_one, closed_one = todo(), todo()
	run()
	closed_one.status = "Closed"
	closed_one.save()
	for _ in range(5):
		triggers.make_due()
		run()
	assert comments(open_one) == ["again"] * 3
	assert comments(closed_one) == ["again"]
	assert [log.turn for log in logs(rule, document_name=open_one.name)] == [1, 2, 3]


def test_priority_and_stop_others(site):
	make("Created", "ToDo", comment("second"), priority=1)
	make("Created", "ToDo", comment("first"), priority=9)
	doc = todo()
	run()
	assert sorted(comments(doc)) == ["first", "second"]
	make("Created", "ToDo", comment("only"), priority=99, stop_others=1)
	other = todo()
	run()
	assert comments(other) == ["only"]


def test_stop_others_counts_when_the_conditions_are_settled_later(site):
	linked = {"field": "allocated_to.user_type", "op": "=", "value": "System User"}
	make("Created", "ToDo", comment("only"), priority=9, stop_others=1, conditions=linked)
	rest = make("Created", "ToDo", comment("rest"))
	doc = todo(allocated_to="Administrator")
	run()
	assert comments(doc) == ["only"] and the_log(rest).status == "Stopped"
	other = todo()
	run()
	assert comments(other) == ["rest"]


def a_comment_is_written(doc):
	doc.add_comment("Comment", "hello")


def it_is_given_to_somebody(doc):
	todo(reference_type=doc.doctype, reference_name=doc.name, allocated_to="Administrator")


def the_hour_strikes(doc):
	earlier = clock.site_now().replace(microsecond=0) - timedelta(minutes=1)
	frappe.db.set_value("Trigger", {"event": "Schedule"}, "next_run_at", earlier)
	commit()
	timetable.tick()


@pytest.mark.parametrize(
	("event", "happens", "fields"),
	[
		("Comment Added", a_comment_is_written, {}),
		("Assigned", it_is_given_to_somebody, {}),
		("Schedule", the_hour_strikes, {"every_minutes": 60}),
	],
	ids=lambda value: value if isinstance(value, str) else "",
)
def test_others_are_stopped_whatever_the_event(site, event, happens, fields):
	note = frappe.get_doc(doctype="Note", title=builders.unique("note"), public=1).insert()
	older = make(event, "Note", tag("older"), priority=9, **fields)
	only = make(event, "Note", tag("only"), priority=9, stop_others=1, **fields)
	rest = make(event, "Note", tag("rest"), **fields)
	happens(note)
	run()
	assert [logs(rule, document_name=note.name)[0].status for rule in (older, only, rest)] == [
		"Done",
		"Done",
		"Stopped",
	]
	assert only.title in logs(rest, document_name=note.name)[0].reason_values


@pytest.mark.parametrize(("text", "expected"), [("stop", "Stopped"), ("go on", "Done")])
def test_the_less_important_one_is_not_begun_before_the_other_is_settled(site, text, expected):
	note = frappe.get_doc(doctype="Note", title=builders.unique(text), public=1).insert()
	condition = {"field": "title", "op": "starts with", "value": "stop"}
	first = make("Comment Added", "Note", tag("first"), priority=9, stop_others=1, conditions=condition)
	rest = make("Comment Added", "Note", tag("rest"))
	a_comment_is_written(note)
	commit()
	mine, other = the_log(rest).name, the_log(first).name
	firing.run(mine)  # another worker is faster
	assert the_log(rest).status == "Waiting" and not the_log(rest).started_at
	firing.run(other)
	firing.run(mine)
	assert the_log(rest).status == expected


def test_the_less_important_one_waits_for_the_hourly_limit_of_the_other(site):
	note = frappe.get_doc(doctype="Note", title=builders.unique("note"), public=1).insert()
	first = make("Comment Added", "Note", tag("first"), priority=9, stop_others=1, max_per_hour=1)
	rest = make("Comment Added", "Note", tag("rest"))
	for _number in range(2):
		a_comment_is_written(note)
		run()
	waiting = [*logs(first, status="Waiting"), *logs(rest, status="Waiting")]
	assert len(waiting) == 2 and waiting[0].due_at == waiting[1].due_at > clock.site_now()
	frappe.db.sql("update `tabTrigger Log` set started_at = started_at - interval 2 hour")
	triggers.make_due()
	run()
	assert {log.status for log in logs(first)} == {"Done"}
	assert {log.status for log in logs(rest)} == {"Stopped"}


def test_an_import_costs_one_job(site, monkeypatch):
	started = []
	monkeypatch.setattr(outbox, "start", lambda: started.append(1))
	make("Created", "ToDo", comment())
	for number in range(50):
		todo(f"import {number}")
	assert started == []
	commit()
	assert started == [1]


def test_ten_thousand_documents_in_one_import_make_no_storm(site):
	rule = make("Created", "ToDo", comment(), max_per_hour=10)
	count = 10_000
	names = [frappe.generate_hash(length=10) for _ in range(count)]
	now = clock.site_now()
	frappe.db.bulk_insert(
		"ToDo",
		["name", "creation", "modified", "status", "description"],
		[(name, now, now, "Open", "import") for name in names],
	)

	try:
		written = triggers.queries_of(lambda: announce.created("ToDo", names))
		commit()
		assert written < 20  # one insert in parts, not one for each

		worker.drain()
		assert frappe.db.count("Trigger Log", {"trigger_name": rule.name, "status": "Done"}) == 10
		assert frappe.db.count("Trigger Log", {"trigger_name": rule.name, "status": "Waiting"}) == count - 10
	finally:
		frappe.db.rollback()
		frappe.db.delete("ToDo", {"name": ("in", names)})
		commit()


def test_a_save_that_is_rolled_back_leaves_nothing(site):
	rule = make("Created", "ToDo", comment())
	commit()
	todo()
	frappe.db.rollback()
	assert not logs(rule) and run() == 0


def test_redis_that_is_away_does_not_stop_a_save(site, monkeypatch):
	def away(*args, **options):
		raise NoRedis

	monkeypatch.setattr("crm_marketplace.triggers.engine.outbox.get_job", away)
	rule = make("Created", "ToDo", comment())
	todo()
	commit()
	assert the_log(rule).status == "Waiting"
	worker.drain()
	assert the_log(rule).status == "Done"


# --- the hot path ----------------------------------------------------------------------------------


def test_saving_costs_no_query_when_nothing_matches(site):
	doc = todo("hot")

	def save():
		doc.description = frappe.generate_hash()
		doc.save()

	save()
	before = triggers.queries_of(save)
	for number in range(20):
		make(
			"Changed",
			"ToDo",
			comment(),
			conditions={"field": "priority", "op": "=", "value": f"none {number}"},
		)
		make("Created", "ToDo", comment(), conditions={"expression": "doc.priority == 'none'"})
	commit()
	save()
	assert triggers.queries_of(save) == before


def test_a_condition_that_needs_a_query_is_left_to_the_background(site):
	make(
		"Created",
		"ToDo",
		comment("vip"),
		conditions={"field": "allocated_to.full_name", "op": "=", "value": "Administrator"},
	)
	yes, no = todo(allocated_to="Administrator"), todo(allocated_to="Guest")
	run()
	assert comments(yes) == ["vip"] and comments(no) == []
	assert not frappe.db.exists("Trigger Log", {"document_name": no.name})
