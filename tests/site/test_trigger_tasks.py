"""Tasks triggers make: of a template, and for whom."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
import pytest

from crm_marketplace.rules.tasks import END_OF_DAY
from crm_marketplace.sync import clock
from crm_marketplace.triggers import api, stories
from tests.harness.committing import commit
from tests.site import builders, triggers
from tests.site.triggers import action, done, failed, make, run, the_log, user

pytestmark = pytest.mark.usefixtures("no_triggers")


@pytest.fixture
def template(site):
	"""A function that makes templates; they are taken away after the test."""
	made: list[str] = []

	def make_one(**fields):
		values = {"subject": "Ask about {{ doc.title }}", "assign_to": "User", "user": "Administrator"}
		doc = frappe.get_doc(
			doctype="Task Template", template_name=builders.unique("Ask again"), **{**values, **fields}
		).insert()
		made.append(doc.name)
		return doc

	yield make_one
	frappe.db.rollback()
	for name in made:
		frappe.delete_doc("Task Template", name, ignore_missing=True)
	commit()


def note(**fields):
	return frappe.get_doc(doctype="Note", title=builders.unique("note"), public=1, **fields).insert()


def tasks_on(doc) -> list:
	names = frappe.get_all(
		"ToDo", filters={"reference_name": doc.name}, order_by="creation asc", pluck="name"
	)
	return [frappe.get_doc("ToDo", name) for name in names]


def test_a_task_is_what_its_template_says(template):
	wanted = template(
		kind="Call",
		priority="High",
		after_hours=3,
		description="<p>Since {{ doc.creation }}: <b>{{ doc.title }}</b></p>",
		checklist=[{"item": "Greet {{ doc.title }}"}, {"item": "3 < 5"}],
	)
	rule = make("Created", "Note", action("Create Task", template=wanted.name))
	before = clock.site_now()
	doc = note()
	run()
	task = frappe.get_doc("ToDo", done(rule).reference_name)
	assert (task.task_kind, task.priority, task.allocated_to) == ("Call", "High", "Administrator")
	assert (task.reference_name, task.task_template) == (doc.name, wanted.name)
	assert timedelta(hours=2, minutes=59) < task.due_at - before < timedelta(hours=3, minutes=5)
	assert f"Ask about {doc.title}" in task.description and f"<b>{doc.title}</b>" in task.description
	assert f'<li data-list="unchecked">Greet {doc.title}</li>' in task.description
	assert "3 &lt; 5" in task.description


def test_without_hours_it_is_due_by_the_end_of_the_day(template):
	rule = make("Created", "Note", action("Create Task", template=template(after_hours=0).name))
	note()
	run()
	task = frappe.get_doc("ToDo", done(rule).reference_name)
	assert task.due_at == datetime.combine(clock.site_now().date(), END_OF_DAY)


def test_no_second_one_while_one_is_open_whichever_trigger_made_it(template):
	wanted = template()
	first = make("Created", "Note", action("Create Task", template=wanted.name))
	second = make("Changed", "Note", action("Create Task", template=wanted.name))
	doc = note()
	run()
	doc.content = "changed"
	doc.save()
	run()
	done(first)
	assert the_log(second).actions[0].status == "Skipped"
	[task] = tasks_on(doc)
	task.status = "Closed"
	task.save()
	doc.content = "changed again"
	doc.save()
	run()
	assert len(tasks_on(doc)) == 2


def test_always_a_new_one_where_the_template_says_so(template):
	wanted = template(unless_open=0)
	make("Created", "Note", *[action("Create Task", template=wanted.name)] * 2)
	doc = note()
	run()
	assert len(tasks_on(doc)) == 2


def test_goes_to_the_least_busy_of_a_role(template, user_with_role):
	busy, free = user_with_role("Marketplace Operator"), user_with_role("Marketplace Operator")
	others = frappe.get_all("Has Role", filters={"role": "Marketplace Operator"}, pluck="parent")
	for _ in range(3):
		triggers.todo("old", allocated_to=busy)
	rule = make(
		"Created",
		"Note",
		action("Create Task", template=template(assign_to="Role", role="Marketplace Operator").name),
	)
	note()
	run()
	given = frappe.db.get_value("ToDo", done(rule).reference_name, "allocated_to")
	assert given in others and given != busy and free in others


def test_goes_to_whoever_is_responsible_and_to_their_supervisor(template, user_with_role, monkeypatch):
	seller, boss = user_with_role("Sales User"), user_with_role("Sales Manager")
	monkeypatch.setattr("crm_marketplace.deals.parties.supervisor_of", {seller: boss}.get)
	rule = make(
		"Created",
		"Customer",
		action("Create Task", template=template(assign_to="Responsible Person", subject="Greet").name),
		action("Create Task", template=template(assign_to="Supervisor", subject="Look after it").name),
	)
	customer = frappe.get_doc(
		doctype="Customer", customer_name=builders.unique("customer"), account_manager=seller
	).insert()
	run()
	assert the_log(rule).status == "Done"
	assert [task.allocated_to for task in tasks_on(customer)] == [seller, boss]


def test_responsible_is_whom_it_is_assigned_to_else_who_made_it(template, user_with_role, as_user):
	seller, helper = user_with_role("Sales User", "System Manager"), user_with_role("Sales User")
	wanted = template(assign_to="Responsible Person", unless_open=0)
	rule = make("Created", "Note", action("Create Task", template=wanted.name))
	again = make("Changed", "Note", action("Create Task", template=wanted.name))
	with as_user(seller):
		doc = note()
	run()
	assert frappe.db.get_value("ToDo", done(rule).reference_name, "allocated_to") == seller
	frappe.db.delete("ToDo", {"reference_name": doc.name})
	triggers.todo("help", reference_type="Note", reference_name=doc.name, allocated_to=helper)
	doc.reload()
	doc.content = "changed"
	doc.save()
	run()
	assert frappe.db.get_value("ToDo", done(again).reference_name, "allocated_to") == helper


def test_an_order_nobody_made_belongs_to_those_who_look_after_the_shops(shop, template, monkeypatch):
	monkeypatch.setattr("crm_marketplace.sync.alerts.recipients", lambda: (["Administrator"], []))
	rule = make(
		"New Order",
		None,
		action("Create Task", template=template(assign_to="Responsible Person", subject="Pack").name),
	)
	triggers.take_in_order(shop)
	run()
	assert frappe.db.get_value("ToDo", done(rule).reference_name, "allocated_to") == "Administrator"


def test_the_action_may_name_somebody_else(template, user_with_role):
	other = user_with_role("Sales User")
	rule = make("Created", "Note", action("Create Task", template=template().name, to=user(other)))
	note()
	run()
	assert frappe.db.get_value("ToDo", done(rule).reference_name, "allocated_to") == other


# --- what is missing or wrong ----------------------------------------------------------------------


@pytest.mark.parametrize("gone", ["deleted", "disabled"])
def test_a_template_that_is_gone(template, gone):
	wanted = template()
	rule = make("Created", "Note", action("Create Task", template=wanted.name))
	wanted.delete() if gone == "deleted" else wanted.db_set("disabled", 1)
	note()
	run()
	row = failed(rule)
	assert "no task template" in row.message and wanted.name in row.message_values
	with pytest.raises(frappe.ValidationError, match="no task template"):
		make("Created", "Note", action("Create Task", template=wanted.name))


@pytest.mark.parametrize(
	("fields", "words"),
	[
		({"subject": "{{ doc.title"}, "placeholders"),
		({"checklist": [{"item": "{% if %}"}]}, "placeholders"),
		({"assign_to": "Role"}, "role"),
		({"user": None}, "user"),
	],
)
def test_a_template_that_could_never_work_is_refused(template, fields, words):
	with pytest.raises(frappe.ValidationError, match=words):
		template(**fields)


def test_without_a_template_it_says_for_whom_and_what(site):
	with pytest.raises(frappe.ValidationError, match="What is to be done"):
		make("Created", "Note", action("Create Task", to=user("Administrator")))
	with pytest.raises(frappe.ValidationError, match="For"):
		make("Created", "Note", action("Create Task", description="x"))


def test_a_task_of_a_trigger_is_reminded_of_like_any_other(site):
	rule = make(
		"Created", "Note", action("Create Task", to=user("Administrator"), description="x", due_days=1)
	)
	note()
	run()
	task = frappe.get_doc("ToDo", done(rule).reference_name)
	tomorrow = clock.site_now().date() + timedelta(days=1)
	assert (task.task_kind, task.due_at) == ("Other", datetime.combine(tomorrow, END_OF_DAY))


def test_the_dry_run_shows_the_task_and_makes_none(template):
	doc = note()
	wanted = template(checklist=[{"item": "Greet"}])
	rule = make("Created", "Note", action("Create Task", template=wanted.name), enabled=0)
	found = api.try_document(api.trigger(rule.name), doc.name)
	[told] = found["actions"]
	assert "Administrator would get a task, due " in told["sentence"] and not told["problem"]
	assert "Greet" in told["html"] and tasks_on(doc) == []
	assert stories.sentence_of(rule)["then"] == f"create the task “{wanted.name}”"
