"""Calls about tasks: one line, done, moved."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime

from crm_marketplace.deals import day, tasks
from crm_marketplace.deals.api.guard import permitted
from crm_marketplace.rules.deals import Kind
from crm_marketplace.rules.tasks import Draft, TaskKind, read_line
from crm_marketplace.sync import clock

MOST_LINE = 500


def draft_of(line: str) -> Draft:
	"""A line as a task: read by the clock of who types it, due by the site's."""
	draft = read_line(line[:MOST_LINE], clock.for_user(now_datetime().replace(microsecond=0)))
	return replace(draft, due=clock.of_user(draft.due))


@frappe.whitelist()
def read_task(line: str) -> dict[str, Any]:
	"""What a line will make, to be shown while it is typed. Writes nothing."""
	draft = draft_of(line)
	return {"subject": draft.subject, "kind": str(draft.kind), "due_at": draft.due}


@frappe.whitelist(methods=["POST"])
def add_task(
	doctype: str,
	name: str,
	line: str,
	user: str | None = None,
	kind: str | None = None,
	due_at: str | None = None,
	repeat_every: str | None = None,
	unless_open: bool | int = False,
) -> dict[str, Any]:
	"""A task on any document the caller may read, from one line.

	Args:
		kind, due_at: instead of what the line says.
		unless_open: do nothing while the document has an open task of the same kind.

	Returns:
		The task as `tasks_of` gives it; `{}` when one is open.
	"""
	permitted(doctype, name)
	if not line.strip():
		frappe.throw(_("Say what to do."))
	draft = draft_of(line)
	chosen = TaskKind(kind) if kind in set(TaskKind) else draft.kind
	if frappe.utils.cint(unless_open) and chosen in tasks.open_kinds(doctype, name):
		return {}
	if user and not frappe.db.get_value("User", user, "enabled"):
		frappe.throw(_("{0} is disabled.").format(user))
	task = tasks.add(
		doctype,
		name,
		draft.subject,
		due_at=get_datetime(due_at) if due_at else draft.due,
		kind=chosen,
		user=user or responsible_of(doctype, name),
		repeat_every=repeat_every or None,
	)
	return as_row(frappe.get_doc("ToDo", task))


@frappe.whitelist()
def tasks_of(doctype: str, name: str) -> list[dict[str, Any]]:
	"""Open tasks of a document, the nearest first."""
	permitted(doctype, name)
	rows = frappe.get_all(
		"ToDo",
		filters={"reference_type": doctype, "reference_name": name, "status": "Open"},
		fields=["name", "description", "task_kind", "due_at", "allocated_to", "priority"],
		order_by="due_at asc, creation asc",
		limit=50,
	)
	return [as_row(row) for row in rows]


@frappe.whitelist()
def my_day() -> dict[str, Any]:
	"""The session user's day, see `day.my_day`."""
	return day.my_day(frappe.session.user)


@frappe.whitelist(methods=["POST"])
def add_own_task(line: str) -> dict[str, Any]:
	"""A task of the session's user that belongs to no document."""
	if not line.strip():
		frappe.throw(_("Say what to do."))
	draft = draft_of(line)
	task = tasks.add(None, None, draft.subject, due_at=draft.due, kind=draft.kind)
	return as_row(frappe.get_doc("ToDo", task))


@frappe.whitelist(methods=["POST"])
def finish_task(task: str, result: str | None = None) -> dict[str, Any]:
	"""Done. What came of it, if said, is a comment on the document.

	Returns:
		`{"deal_without_step": name}` when an open deal has nothing to be done next, else `{}`.
	"""
	doc = _own_task(task)
	doc.status = "Closed"
	doc.save(ignore_permissions=True)  # checked by _own_task
	if result and result.strip() and doc.reference_type and doc.reference_name:
		frappe.get_doc(doc.reference_type, doc.reference_name).add_comment(
			"Comment", frappe.utils.escape_html(result.strip()[:2000])
		)
	return _without_step(doc)


@frappe.whitelist(methods=["POST"])
def move_task(task: str, due_at: str) -> dict[str, Any]:
	"""Another hour for a task: a moment of the site's zone, or a line such as "tomorrow 15:00"."""
	doc = _own_task(task)
	try:
		moment = get_datetime(due_at)
	except (ValueError, TypeError):
		moment = None
	doc.due_at = moment or draft_of(due_at).due
	doc.save(ignore_permissions=True)  # checked by _own_task
	return as_row(doc)


@frappe.whitelist(methods=["POST"])
def move_next_step(deal: str, due_at: str) -> dict[str, Any]:
	"""The same for the nearest open task of a deal, as the calendar shows it."""
	permitted("Deal", deal)
	found = tasks.nearest(deal)
	if found is None:
		frappe.throw(_("This deal has no next step."))
	return move_task(found.name, due_at)


def responsible_of(doctype: str, name: str) -> str:
	"""Who does a task nobody is named for: the deal's responsible person, else who makes it."""
	responsible = frappe.db.get_value("Deal", name, "responsible") if doctype == "Deal" else None
	return responsible or frappe.session.user


def as_row(task) -> dict[str, Any]:
	return {
		"name": task.name,
		"subject": tasks.plain(task.description),
		"kind": task.task_kind or str(TaskKind.OTHER),
		"due_at": task.due_at,
		"urgency": str(tasks.urgency_of(task.due_at, now_datetime())),
		"user": task.allocated_to,
		"priority": task.priority,
	}


def _without_step(task) -> dict[str, Any]:
	if task.reference_type != "Deal":
		return {}
	deal = frappe.db.get_value("Deal", task.reference_name, ["stage_kind", "next_step"], as_dict=True)
	waits = deal and not deal.next_step and not Kind(deal.stage_kind).is_closed
	return {"deal_without_step": task.reference_name} if waits else {}


def _own_task(name: str):
	"""A task the caller may change: by Frappe's rules, or because its deal is theirs to change."""
	doc = frappe.get_doc("ToDo", name, for_update=True)
	if not doc.has_permission("write"):
		if not (
			doc.reference_type and frappe.has_permission(doc.reference_type, "write", doc.reference_name)
		):
			frappe.throw(_("This is a task of somebody else."), frappe.PermissionError)
	return doc
