"""Templates of tasks: what is to be done, by when, and for whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document
from jinja2 import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crm_marketplace.rules.tasks import END_OF_DAY

DOCTYPE = "Task Template"
Render = Callable[..., str]  # `Context.render`
_grammar = ImmutableSandboxedEnvironment()


def check(template: Document) -> None:
	"""Refuse what could never become a task, with a sentence that says what to do."""
	if template.assign_to == "Role" and not template.role:
		frappe.throw(_("Choose the role the task goes to."))
	if template.assign_to == "User" and not template.user:
		frappe.throw(_("Choose the user the task goes to."))
	for text in (template.subject, template.description, *(row.item for row in template.checklist)):
		try:
			_grammar.parse(text or "")
		except TemplateSyntaxError as error:
			frappe.throw(
				_("A text with placeholders cannot be read: {0}").format(frappe.utils.escape_html(str(error)))
			)


def find(name: str) -> Document | None:
	"""The template, unless it is gone or disabled."""
	found = frappe.db.exists(DOCTYPE, {"name": name, "disabled": 0})
	return frappe.get_cached_doc(DOCTYPE, name) if found else None


def people(template: Document) -> list[dict[str, str]]:
	"""For whom it is, as `engine.people` reads it."""
	return {
		"Supervisor": [{"kind": "supervisor"}],
		"Role": [{"kind": "role", "value": template.role}],
		"User": [{"kind": "user", "value": template.user}],
	}.get(template.assign_to, [{"kind": "responsible"}])


def text(template: Document, render: Render, subject: str | None = None) -> str:
	"""What stands in the task, as HTML: subject, description, and the checklist as boxes to tick.

	Args:
		subject: another one than the template's.
	"""
	escape = frappe.utils.escape_html
	parts = [f"<p>{escape(render(subject or template.subject))}</p>", render(template.description, html=True)]
	boxes = [escape(render(row.item)) for row in template.checklist]
	if boxes:
		# As Frappe's text editor writes a list of boxes.
		items = "\n".join(f'<li data-list="unchecked">{box}</li>' for box in boxes)
		parts.append(f"<ol>{items}</ol>")
	return "\n".join(part for part in parts if part)


def due_at(template: Document, now: datetime) -> datetime:
	"""When it is due. Naive time of the site."""
	if not template.after_hours:
		return datetime.combine(now.date(), END_OF_DAY)
	return now.replace(microsecond=0) + timedelta(hours=template.after_hours)


def open_task(template: str, doctype: str | None, name: str | None) -> str | None:
	"""The open task of this template on a document, or on none."""
	about: Any = {"reference_type": doctype, "reference_name": name}
	if not name:
		about = {"reference_name": ("is", "not set")}
	return frappe.db.exists("ToDo", {"task_template": template, "status": "Open", **about})
