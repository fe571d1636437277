"""Tasks of deals and of other documents: Frappe's ToDo with an hour, a kind and a reminder.

A deal's next step is its nearest open task; it is kept on the deal, so that the board need not look for it.
"""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from typing import Any

import frappe
from frappe.utils import get_datetime, now_datetime, strip_html
from jinja2 import TemplateError

from crm_marketplace.deals.stages import tasks_of
from crm_marketplace.rules import deals as rules
from crm_marketplace.rules.tasks import TaskKind, Urgency, urgency
from crm_marketplace.sync import clock
from crm_marketplace.triggers import task_templates
from crm_marketplace.triggers.engine.context import Context

MOST_TEXT = 140
_BOXES = re.compile(r"<ol>\s*<li data-list=.*?</ol>", re.DOTALL)


def add(
	doctype: str | None,
	name: str | None,
	subject: str,
	*,
	due_at: datetime,
	kind: str = TaskKind.OTHER,
	user: str | None = None,
	priority: str = "Medium",
	stage: str | None = None,
	repeat_every: str | None = None,
	by_system: bool = False,
	html: str | None = None,
) -> str:
	"""A new task. Returns its name.

	Args:
		doctype, name: the document it belongs to, if any.
		subject: plain text.
		due_at: of the site's zone.
		user: who does it; the session's user if not given.
		stage: the stage that asked for it.
		by_system: made by a rule, whatever the session's user may do.
		html: what stands in the task instead of the subject alone.
	"""
	task = frappe.get_doc(
		doctype="ToDo",
		description=html or frappe.utils.escape_html(subject),
		reference_type=doctype,
		reference_name=name,
		allocated_to=user or frappe.session.user,
		assigned_by=frappe.session.user,
		priority=priority,
		task_kind=str(kind),
		due_at=due_at,
		deal_stage=stage,
		repeat_every=repeat_every,
	)
	task.insert(ignore_permissions=by_system)
	return task.name


def make_for_stage(deal) -> list[str]:
	"""What the deal's stage wants done, for the responsible person."""
	templates = tasks_of(deal.stage)
	if not templates:
		return []
	now = now_datetime().replace(microsecond=0)
	return [
		add(
			"Deal",
			deal.name,
			template.subject,
			due_at=now + template.after,
			kind=template.kind,
			user=deal.responsible,
			priority=template.priority,
			stage=deal.stage,
			by_system=True,
			html=_details(template, deal),
		)
		for template in rules.tasks_on_entry(templates, open_kinds("Deal", deal.name))
	]


def _details(template: rules.TaskTemplate, deal) -> str | None:
	"""Subject, description and checklist of a stage's task, as HTML; None where the subject is all. A template that
	is gone, or cannot be read, keeps no deal from its stage.
	"""
	found = task_templates.find(template.details) if template.details else None
	if found is None:
		return None
	context = Context(rule=frappe._dict(title=found.name), doc=deal, user=frappe.session.user)
	try:
		return task_templates.text(found, context.render, template.subject)
	except TemplateError:
		frappe.log_error(title=f"Task Template {found.name} cannot be read")
		return None


def drop_stage_tasks(deal: str) -> None:
	"""Cancel what stages asked for and nobody did: the deal is closed."""
	_set_status({"reference_type": "Deal", "reference_name": deal, "deal_stage": ("is", "set")}, "Cancelled")


def hand_over(deal: str, from_user: str | None, to_user: str) -> None:
	"""Open tasks of a deal's former person, or of nobody, go to the one who is responsible now. Tasks given to others
	stay theirs. The new person is reminded of what is still to come.

	Args:
		from_user: None: the deal was nobody's. What its stages asked for is then whoever's the deal came in by.
	"""
	now = now_datetime()
	theirs = ["deal_stage", "is", "set"] if not from_user else ["allocated_to", "=", from_user]
	for name in frappe.get_all(
		"ToDo",
		filters={
			"reference_type": "Deal",
			"reference_name": deal,
			"status": "Open",
		},
		or_filters=[["allocated_to", "is", "not set"], theirs],
		pluck="name",
	):
		task = frappe.get_doc("ToDo", name)
		task.allocated_to = to_user
		if task.due_at and get_datetime(task.due_at) > now:
			task.reminded_at = None
		task.save(ignore_permissions=True)  # the deal's change moves it, whoever it belonged to


def delete_of(doctype: str, name: str) -> None:
	"""Tasks of a document that is deleted mean nothing any more."""
	for task in frappe.get_all(
		"ToDo", filters={"reference_type": doctype, "reference_name": name}, pluck="name"
	):
		frappe.delete_doc("ToDo", task, ignore_permissions=True)


def open_kinds(doctype: str, name: str) -> set[str]:
	return set(
		frappe.get_all(
			"ToDo",
			filters={"reference_type": doctype, "reference_name": name, "status": "Open"},
			pluck="task_kind",
		)
	)


def refresh_next_step(deal: str) -> None:
	"""Write the nearest open task onto the deal, and tell open boards. Two queries."""
	values = {"next_step": None, "next_step_on": None}
	if found := nearest(deal):
		values = {"next_step": plain(found.description), "next_step_on": found.due_at}
	frappe.db.set_value("Deal", deal, values, update_modified=False)
	tell_boards(deal)


def nearest(deal: str) -> frappe._dict | None:
	"""The open task of a deal that is due first: name, description, due_at. One without an hour is no next step, for
	nobody is reminded of it.
	"""
	todo = frappe.qb.DocType("ToDo")
	found = (
		frappe.qb.from_(todo)
		.select(todo.name, todo.description, todo.due_at)
		.where(
			(todo.reference_type == "Deal")
			& (todo.reference_name == deal)
			& (todo.status == "Open")
			& todo.due_at.isnotnull()
		)
		.orderby(todo.due_at)
		.orderby(todo.creation)
		.limit(1)
	).run(as_dict=True)
	return found[0] if found else None


def urgency_of(due_at: datetime | str | None, now: datetime, user: str | None = None) -> Urgency:
	"""How pressing a task is by the clock of a user: "today" ends at their midnight.

	Args:
		due_at, now: of the site's zone.
		user: the session's if none is given.
	"""
	due = get_datetime(due_at) if due_at else None
	return urgency(clock.for_user(due, user), clock.for_user(now, user))


def tell_boards(deal: str) -> None:
	"""What Frappe itself sends when a document is saved: boards and lists that are open look again."""
	frappe.publish_realtime(
		"list_update",
		{"doctype": "Deal", "name": deal, "user": frappe.session.user},
		doctype="Deal",
		after_commit=True,
	)


def plain(description: str | None) -> str:
	"""A task's text on one line, short enough for a card; without its checklist."""
	text = unescape(strip_html(_BOXES.sub("", description or "")))
	return " ".join(text.split())[:MOST_TEXT]


def _set_status(filters: dict[str, Any], status: str) -> None:
	for name in frappe.get_all("ToDo", filters={**filters, "status": "Open"}, pluck="name"):
		task = frappe.get_doc("ToDo", name)
		task.status = status
		task.save(ignore_permissions=True)  # the rule closes it, whoever it belongs to
