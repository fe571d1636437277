"""What people, programs and machines do to triggers: none of it stops a save, a worker or another trigger."""

from __future__ import annotations

import json

import frappe
import pytest

from crm_marketplace.sync import clock
from crm_marketplace.triggers import api, webhook_page
from crm_marketplace.triggers.actions import letters, tasks
from crm_marketplace.triggers.engine import index, timetable
from tests.site import builders, triggers
from tests.site.triggers import action, comment, comments, logs, make, run, state, the_log, todo, user

pytestmark = pytest.mark.usefixtures("no_triggers")


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
	frappe.db.delete("Email Account", {"default_outgoing": 1})
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


def test_an_empty_field_leaves_a_gap_in_a_text(site):
	rule = make("Created", "ToDo", comment("<p>for {{ doc.sender }}.</p>"))
	doc = todo()
	run()
	assert the_log(rule).status == "Done" and comments(doc) == ["<p>for .</p>"]


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
