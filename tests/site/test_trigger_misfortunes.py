"""What people, programs and machines do to triggers: none of it stops a save, a worker or another trigger."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
import pytest
from frappe.custom.doctype.custom_field.custom_field import create_custom_field
from redis.exceptions import ConnectionError as NoRedis

from crm_marketplace.sync import announce, clock
from crm_marketplace.triggers import api, webhook_page
from crm_marketplace.triggers.actions import letters, tasks
from crm_marketplace.triggers.engine import firing, index, outbox, timetable, worker
from tests.site import builders, triggers
from tests.site.triggers import action, comment, comments, logs, make, run, the_log, todo, user


@pytest.fixture(autouse=True)
def no_triggers(site):
	triggers.forget_all()
	yield
	triggers.forget_all()


def set_priority(value: str) -> dict:
	return action("Set Fields", values=[{"field": "priority", "value": value}])


def state(rule) -> tuple[int, str | None]:
	frappe.db.rollback()
	row = frappe.db.get_value("Trigger", rule.name, ["enabled", "paused_reason"])
	return row[0], row[1]


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


# --- what is missing or wrong ----------------------------------------------------------------------


def test_a_deleted_template_fails_and_pauses_the_trigger(site):
	template = frappe.get_doc(
		doctype="Email Template", name=builders.unique("t"), subject="x", response="y"
	).insert()
	rule = make(
		"Created",
		"ToDo",
		action(
			"Send E-mail", to=[{"kind": "address", "value": "a@example.com"}], email_template=template.name
		),
		pause_after=3,
	)
	template.delete()
	frappe.db.delete("Notification Log", {"document_name": rule.name})
	for _ in range(4):
		todo()
		run()
	assert [log.status for log in logs(rule)] == ["Failed"] * 3
	enabled, why = state(rule)
	assert not enabled and template.name in why
	assert frappe.db.count("Notification Log", {"document_type": "Trigger", "document_name": rule.name}) == 1


def test_a_success_in_between_starts_the_count_anew(site):
	rule = make(
		"Created",
		"ToDo",
		action("Notify on the Desk", to=[{"kind": "field", "value": "allocated_to"}], subject="x"),
		pause_after=2,
	)
	for allocated_to in (None, "Administrator", None):
		todo(allocated_to=allocated_to)
		run()
	assert state(rule)[0]
	assert frappe.db.get_value("Trigger", rule.name, "failures") == 1


def test_a_recipient_without_address(site):
	rule = make(
		"Created",
		"ToDo",
		action("Send E-mail", to=[{"kind": "field", "value": "sender"}], subject="x", message="y"),
	)
	todo()
	run()
	log = the_log(rule)
	assert log.status == "Failed" and log.reason == letters.NOBODY


def test_no_outgoing_mail(site, monkeypatch):
	assert not frappe.db.exists("Email Account", {"default_outgoing": 1})
	monkeypatch.setattr(frappe, "are_emails_muted", lambda: False)
	frappe.local.outgoing_email_account = {}
	rule = make(
		"Created",
		"ToDo",
		action("Send E-mail", to=[{"kind": "address", "value": "a@example.com"}], subject="x", message="y"),
	)
	todo()
	run()
	assert the_log(rule).status == "Failed"


def test_a_webhook_that_answers_500_for_an_hour(site):
	frappe.db.set_single_value("Trigger Settings", "allow_private_webhooks", 1)
	with triggers.receiver() as (url, received):
		received.answers = [500] * 6  # after 1, 2, 4, 8, 15 and 30 minutes: an hour is over
		rule = make("Created", "ToDo", action("Send Webhook", url=url), comment("after it"))
		doc = todo()
		for attempt in range(7):
			run()
			log = the_log(rule)
			if attempt < 6:
				assert log.status == "Waiting" and log.due_at > clock.site_now()
				assert comments(doc) == []
			triggers.make_due()
	frappe.db.set_single_value("Trigger Settings", "allow_private_webhooks", 0)
	assert the_log(rule).status == "Done" and comments(doc) == ["after it"]
	assert state(rule)[0]


def test_a_webhook_nobody_answers_is_given_up_some_day(site):
	frappe.db.set_single_value("Trigger Settings", "allow_private_webhooks", 1)
	rule = make("Created", "ToDo", action("Send Webhook", url="http://127.0.0.1:9/nobody"))
	todo()
	for _ in range(12):
		run()
		triggers.make_due()
	frappe.db.set_single_value("Trigger Settings", "allow_private_webhooks", 0)
	log = the_log(rule)
	assert log.status == "Failed" and log.actions[0].attempts == 9


@pytest.mark.parametrize(
	"expression", ["__import__('os').system('id')", "open('/etc/passwd').read()", "doc.__class__", "9**9**9"]
)
def test_an_expression_that_reaches_out_is_refused(site, expression):
	with pytest.raises(frappe.ValidationError, match="may not use"):
		make("Created", "ToDo", comment(), conditions={"expression": expression})


def test_an_expression_smuggled_past_the_check_does_nothing(site):
	rule = make("Created", "ToDo", comment(), conditions={"expression": "doc.priority == 'High'"})
	bad = json.dumps({"expression": "open('/etc/passwd').read()"})
	frappe.db.set_value("Trigger", rule.name, "conditions", bad)
	index.changed()
	doc = todo()  # the save is not stopped
	run()
	assert comments(doc) == [] and the_log(rule).status == "Failed"


@pytest.mark.parametrize(
	"text",
	[
		"{{ doc.__class__.__mro__ }}",
		"{{ frappe.db.sql('select 1') }}",
		"{{ doc.items.__globals__ }}",
		"{% include '/etc/passwd' %}",
		"{{ ''.__class__.mro()[1].__subclasses__() }}",
		"{{ doc.delete() }}",
		"{{ 1 / 0 }}",
	],
)
def test_a_template_that_reaches_out_fails_or_says_nothing(site, text):
	rule = make("Created", "ToDo", comment("[" + text + "]"))
	doc = todo()
	run()
	log = the_log(rule)
	assert log.status == "Failed" or comments(doc) == ["[]"], comments(doc)


def test_markup_from_outside_is_text_in_letters(site):
	rule = make("Webhook Received", "ToDo", comment("<p>{{ given.note }}</p>"))
	doc = todo()
	body = {"name": doc.name, "note": "<img src=x onerror=alert(1)>"}
	webhook_page.receive(rule.get_password("webhook_secret"), json.dumps(body).encode(), {})
	run()
	assert comments(doc) == ["<p>&lt;img src=x onerror=alert(1)&gt;</p>"]


def test_a_field_that_was_removed(site):
	create_custom_field("ToDo", {"fieldname": "mood", "label": "Mood", "fieldtype": "Data"})
	rule = make(
		"Changed", "ToDo", comment(), conditions={"field": "mood", "op": "!=", "value": "bad"}, pause_after=2
	)
	frappe.delete_doc("Custom Field", "ToDo-mood")
	frappe.clear_cache(doctype="ToDo")
	for _ in range(3):
		doc = todo(priority="Low")
		doc.priority = "High"
		doc.save()
		run()
	assert {log.status for log in logs(rule)} == {"Failed"}
	assert "mood" in logs(rule)[0].reason_values
	enabled, why = state(rule)
	assert not enabled and "mood" in why


def test_a_document_that_is_gone(site):
	rule = make("Created", "ToDo", comment())
	doc = todo()
	doc.delete()
	run()
	log = the_log(rule)
	assert (log.status, log.reason) == ("Stopped", "The document is no more.")


def test_a_trigger_that_was_deleted_or_switched_off_meanwhile(site):
	gone, off = make("Created", "ToDo", comment()), make("Created", "ToDo", comment())
	doc = todo()
	off.enabled = 0
	off.save()
	gone.delete()
	run()
	assert comments(doc) == [] and not logs(gone)
	assert the_log(off).status == "Stopped"


def test_triggers_are_off_altogether(site):
	rule = make("Created", "ToDo", comment())
	settings = frappe.get_doc("Trigger Settings")
	settings.enabled = 0
	settings.save()
	todo()
	timetable.tick()
	assert not logs(rule)


@pytest.mark.parametrize(
	"fields",
	[
		{"event": "Created", "document_type": None},
		{"event": "Created", "document_type": "Trigger Log"},
		{"event": "Created", "document_type": "System Settings"},
		{"event": "Created", "document_type": "No Such Thing"},
		{"event": "Status Changed", "document_type": "ToDo"},
		{"event": "Status Changed", "document_type": "ToDo", "event_field": "nonsense"},
		{"event": "No Change For", "document_type": "ToDo", "event_field": "status", "to_value": "Open"},
		{"event": "Before or After a Date", "document_type": "ToDo", "event_field": "status"},
		{"event": "Schedule", "document_type": None},
		{"event": "Schedule", "document_type": None, "cron": "every day"},
		{"event": "Stock Below", "document_type": None},
		{"event": "Created", "document_type": "ToDo", "quiet_from": "9 o'clock"},
		{"event": "Created", "document_type": "ToDo", "conditions": [1]},
		{"event": "Created", "document_type": "ToDo", "conditions": {"field": "nonsense", "op": "set"}},
	],
	ids=str,
)
def test_what_cannot_work_is_refused(site, fields):
	event, doctype = fields.pop("event"), fields.pop("document_type")
	with pytest.raises((frappe.ValidationError, frappe.DoesNotExistError)):
		make(event, doctype, comment(), **fields)


@pytest.mark.parametrize(
	"row",
	[
		action("Send E-mail", to=[], subject="x", message="y"),
		action("Send E-mail", to=user("Administrator")),
		action("Send E-mail", to=user("Administrator"), email_template="none"),
		action("Set Fields", values=[{"field": "owner", "value": "x"}]),
		action("Set Fields", values=[{"field": "nonsense", "value": "x"}]),
		action("Create Document", doctype="No Such Thing"),
		action("Submit Document"),
		action("Send Webhook", url="ftp://example.com"),
		action("Send Report", to=user("Administrator"), report="none"),
		action("Marketplace Action", action="fly"),
		action("Run Another Trigger", trigger="none"),
		action("Add Comment", text="{{ doc.name"),
	],
	ids=lambda row: row["action_type"],
)
def test_actions_that_cannot_work_are_refused_when_switched_on(site, row):
	with pytest.raises(frappe.ValidationError):
		make("Created", "ToDo", dict(row))
	assert make("Created", "ToDo", dict(row), enabled=0).name  # half finished is no fault while it is off


# --- failures of actions ---------------------------------------------------------------------------


def test_an_action_that_fails_stops_the_next_ones_unless_told_otherwise(site):
	nobody = {"to": [{"kind": "field", "value": "sender"}], "subject": "x"}
	stops = make("Created", "ToDo", action("Notify on the Desk", **nobody), comment("one"))
	goes_on = make("Created", "ToDo", action("Notify on the Desk", go_on=1, **nobody), comment("two"))
	doc = todo()
	run()
	assert comments(doc) == ["two"]
	assert [row.status for row in the_log(stops).actions] == ["Failed", "Skipped"]
	assert [row.status for row in the_log(goes_on).actions] == ["Failed", "Done"]


def test_what_an_action_wrote_before_it_failed_is_taken_back(site, monkeypatch):
	def half(self, settings, context):
		context.doc.add_comment("Comment", "half done")
		raise ValueError("broken in the middle")

	monkeypatch.setattr(tasks.CreateTask, "run", half)
	rule = make("Created", "ToDo", action("Create Task", to=user("Administrator"), description="x"))
	doc = todo()
	run()
	assert comments(doc) == [] and "broken in the middle" in the_log(rule).reason_values


def test_a_deadlock_is_tried_again(site, monkeypatch):
	calls = []
	real = tasks.CreateTask.run

	def first_time_deadlocked(self, settings, context):
		calls.append(1)
		if len(calls) == 1:
			raise frappe.QueryDeadlockError("Deadlock found")
		return real(self, settings, context)

	monkeypatch.setattr(tasks.CreateTask, "run", first_time_deadlocked)
	rule = make(
		"Created",
		"ToDo",
		action("Create Task", to=user("Administrator"), description="x", unless_open=0),
		conditions={"field": "description", "op": "=", "value": "parent"},
	)
	todo("parent")
	run()
	assert the_log(rule).status == "Waiting"
	triggers.make_due()
	run()
	assert the_log(rule).status == "Done"


def test_a_fault_of_ours_closes_the_row_and_the_others_go_on(site, monkeypatch):
	class Unheard(Exception):
		pass

	def fault(self, settings, context):
		raise Unheard

	monkeypatch.setattr(tasks.CreateTask, "run", fault)
	rule = make(
		"Created", "ToDo", action("Create Task", to=user("Administrator"), description="x"), priority=5
	)
	other = make("Created", "ToDo", comment("fine"))
	doc = todo()
	with pytest.raises(Unheard):
		run()
	run()
	assert the_log(rule).status == "Failed" and the_log(other).status == "Done"
	assert comments(doc) == ["fine"]


def test_what_cannot_be_taken_back_is_not_done_twice_when_a_worker_dies(site, monkeypatch):
	sent = []

	def die(self, settings, context):
		sent.append(1)
		raise SystemExit("killed")

	monkeypatch.setattr(letters.SendSms, "run", die)
	monkeypatch.setattr(letters, "_sms_gateway", lambda: "https://sms.example.com")
	rule = make(
		"Created",
		"ToDo",
		action("Send SMS", to=[{"kind": "address", "value": "+7900"}], text="x"),
		comment("after"),
	)
	doc = todo()
	with pytest.raises(SystemExit):
		run()
	frappe.db.rollback()
	run()
	log = the_log(rule)
	assert sent == [1]
	assert (log.status, log.actions[0].status) == ("Uncertain", "Uncertain")
	assert "may have been done" in log.actions[0].message
	assert comments(doc) == ["after"]


def test_a_failed_firing_is_run_again_without_repeating_what_was_done(site):
	rule = make(
		"Created",
		"ToDo",
		comment("first"),
		action("Notify on the Desk", to=[{"kind": "field", "value": "allocated_to"}], subject="x"),
	)
	doc = todo()
	run()
	log = the_log(rule)
	assert log.status == "Failed"
	frappe.db.set_value("ToDo", doc.name, "allocated_to", "Administrator")
	api.run_again(log.name)
	run()
	assert the_log(rule).status == "Done" and comments(doc) == ["first"]


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


def test_an_import_costs_one_job(site, monkeypatch):
	started = []
	monkeypatch.setattr(outbox, "start", lambda: started.append(1))
	make("Created", "ToDo", comment())
	for number in range(50):
		todo(f"import {number}")
	assert started == []
	frappe.db.commit()
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
		frappe.db.commit()
		assert written < 20  # one insert in parts, not one for each

		worker.drain()
		assert frappe.db.count("Trigger Log", {"trigger_name": rule.name, "status": "Done"}) == 10
		assert frappe.db.count("Trigger Log", {"trigger_name": rule.name, "status": "Waiting"}) == count - 10
	finally:
		frappe.db.rollback()
		frappe.db.delete("ToDo", {"name": ("in", names)})
		frappe.db.commit()


def test_a_save_that_is_rolled_back_leaves_nothing(site):
	rule = make("Created", "ToDo", comment())
	frappe.db.commit()
	todo()
	frappe.db.rollback()
	assert not logs(rule) and run() == 0


def test_redis_that_is_away_does_not_stop_a_save(site, monkeypatch):
	def away(*args, **options):
		raise NoRedis

	monkeypatch.setattr("crm_marketplace.triggers.engine.outbox.get_job", away)
	rule = make("Created", "ToDo", comment())
	todo()
	frappe.db.commit()
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
	frappe.db.commit()
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


def test_missing_fields_are_named(site):
	rule = make("Created", "ToDo", comment())
	rule.conditions = json.dumps({"field": "nonsense", "op": "set"})
	assert firing.missing_fields(rule) == ["nonsense"]
