"""Work for people: tasks and assignments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe.desk.form.assign_to import add as assign_to
from frappe.model.document import Document
from frappe.utils import format_date

from crm_marketplace.rules.tasks import END_OF_DAY
from crm_marketplace.rules.triggers_words import Say
from crm_marketplace.sync import clock
from crm_marketplace.triggers import task_templates
from crm_marketplace.triggers.actions.base import (
	Action,
	ActionFailed,
	Ask,
	BadSettings,
	Preview,
	Result,
	Settings,
	Who,
	_,
)
from crm_marketplace.triggers.engine import people
from crm_marketplace.triggers.engine.context import Context

KINDS = (
	("Call", _("Call")),
	("Meeting", _("Meeting")),
	("Letter", _("Letter")),
	("Other", _("Other")),
)
PRIORITIES = (("High", _("High")), ("Medium", _("Medium")), ("Low", _("Low")))


@dataclass(frozen=True, slots=True)
class Task:
	"""A task as it would be made: what the template says, or the settings themselves.

	Args:
		to: people, as `engine.people` reads them.
		due_at: naive time of the site.
	"""

	to: Sequence[Mapping[str, Any]]
	html: str
	kind: str
	priority: str
	due_at: datetime
	unless_open: bool


class CreateTask(Action):
	type = "Create Task"
	label = _("Create a task")
	help = _("For one of the people: the one with the fewest open tasks.")
	icon = "tick"
	needs_document = False
	asks = (
		Ask(
			"template",
			"link",
			_("Task Template"),
			_("What is to be done, for whom and by when. Or say it here, without one."),
			options=task_templates.DOCTYPE,
			new_one=True,
		),
		Ask("to", "users", _("For whom"), _("With a template: somebody else than it says.")),
		Ask("description", "html", _("What is to be done"), required=True).only_if("template", ""),
		Ask("due_days", "int", _("Due in days"), default=0).only_if("template", ""),
		Ask("kind", "select", _("Kind"), options=KINDS, default="Other").only_if("template", ""),
		Ask("priority", "select", _("Priority"), options=PRIORITIES, default="Medium").only_if(
			"template", ""
		),
		Ask("unless_open", "check", _("Not if such a task is open already"), default=1).only_if(
			"template", ""
		),
	)

	def words(self, settings: Settings, say: Say) -> str:
		who = Who(settings.get("to") or ()).words(say)
		if not settings.get("template"):
			text = say(_("create a task for {0}"), who)
			return say(_("{0}, unless one is open"), text) if settings.get("unless_open") else text
		if settings.get("to"):
			return say(_("create the task “{0}” for {1}"), settings["template"], who)
		return say(_("create the task “{0}”"), settings["template"])

	def check(self, settings: Settings, document_type: str) -> None:
		super().check(settings, document_type)
		if settings.get("template"):
			_template(settings, BadSettings)
		elif not settings.get("to"):
			raise BadSettings(_("{0}: “{1}” is not filled in."), self.label, _("For whom"))

	def preview(self, settings: Settings, context: Context) -> Preview:
		task = _wanted(settings, context)
		user = people.least_busy(people.users(task.to, context))
		if not user:
			return Preview(_("There is nobody to give the task to."), html=task.html, problem=True)
		if task.unless_open and _open_task(settings, context):
			return Preview(_("No task: one is open already."), html=task.html)
		return Preview(
			_("{0} would get a task, due {1}."), (user, _moment(task.due_at)), (user,), html=task.html
		)

	def run(self, settings: Settings, context: Context) -> Result:
		task = _wanted(settings, context)
		if task.unless_open and (found := _open_task(settings, context)):
			return Result(_("No task: one is open already."), (), "ToDo", found, skipped=True)
		user = people.least_busy(people.users(task.to, context))
		if not user:
			raise ActionFailed(_("There is nobody to give the task to."))
		todo = frappe.new_doc("ToDo")
		todo.update(
			{
				"description": task.html,
				"reference_type": context.doc.doctype if context.doc else None,
				"reference_name": context.doc.name if context.doc else None,
				"allocated_to": user,
				"assigned_by": frappe.session.user,
				"due_at": task.due_at,
				"task_kind": task.kind,
				"priority": task.priority,
				"task_template": settings.get("template") or None,
			}
		)
		todo.insert()
		return Result(_("{0} got a task."), (user,), "ToDo", todo.name, given_to=user)


class Assign(Action):
	type = "Assign"
	label = _("Assign the document")
	help = _("To one of the people: the one with the fewest open tasks.")
	icon = "assign"
	asks = (
		Ask("to", "users", _("For whom"), required=True),
		Ask("description", "template", _("Note")),
		Ask("everybody", "check", _("All of them, not only one")),
	)

	def words(self, settings: Settings, say: Say) -> str:
		return say(_("assign it to {0}"), Who(settings.get("to") or ()).words(say))

	def preview(self, settings: Settings, context: Context) -> Preview:
		chosen = self._chosen(settings, context)
		if not chosen:
			return Preview(_("There is nobody to assign it to."), problem=True)
		return Preview(_("It would be assigned to {0}."), (", ".join(chosen),), tuple(chosen))

	def run(self, settings: Settings, context: Context) -> Result:
		chosen = self._chosen(settings, context)
		if not chosen:
			raise ActionFailed(_("There is nobody to assign it to."))
		already = set(people.assigned(context))
		fresh = [user for user in chosen if user not in already]
		if not fresh:
			return Result(_("It is assigned to {0} already."), (", ".join(chosen),), skipped=True)
		assign_to(
			{
				"doctype": context.doc.doctype,
				"name": context.doc.name,
				"assign_to": fresh,
				"description": context.render(settings.get("description"), html=True) or context.title,
			}
		)
		frappe.clear_messages()
		return Result(_("Assigned to {0}."), (", ".join(fresh),), given_to=fresh[0])

	def _chosen(self, settings: Settings, context: Context) -> list[str]:
		found = people.users(settings.get("to") or (), context)
		if settings.get("everybody"):
			return found
		one = people.least_busy(found)
		return [one] if one else []


# --- inside ----------------------------------------------------------------------------------------


def _template(settings: Settings, error: type[Exception] = ActionFailed) -> Document | None:
	"""The template that was chosen, if one was. Raises `error` when it is gone or disabled."""
	name = settings.get("template")
	if not name:
		return None
	template = task_templates.find(name)
	if template is None:
		raise error(_("There is no task template {0}, or it is disabled."), name)
	return template


def _wanted(settings: Settings, context: Context) -> Task:
	now = clock.site_now()
	if template := _template(settings):
		return Task(
			to=settings.get("to") or task_templates.people(template),
			html=task_templates.text(template, context.render),
			kind=template.kind,
			priority=template.priority or "Medium",
			due_at=task_templates.due_at(template, now),
			unless_open=bool(template.unless_open),
		)
	day = now.date() + timedelta(days=int(settings.get("due_days") or 0))
	return Task(
		to=settings.get("to") or (),
		html=context.render(settings.get("description"), html=True),
		kind=settings.get("kind") or "Other",
		priority=settings.get("priority") or "Medium",
		due_at=datetime.combine(day, END_OF_DAY),
		unless_open=bool(settings.get("unless_open")),
	)


def _moment(value: datetime) -> str:
	return f"{format_date(value)} {value:%H:%M}"


def _open_task(settings: Settings, context: Context) -> str | None:
	"""An open task of the same template on the document; without one, a task this trigger made for it before."""
	if settings.get("template"):
		doc = context.doc
		return task_templates.open_task(
			settings["template"], doc.doctype if doc else None, doc.name if doc else None
		)
	log, row, todo = (frappe.qb.DocType(name) for name in ("Trigger Log", "Trigger Log Action", "ToDo"))
	query = (
		frappe.qb.from_(log)
		.inner_join(row)
		.on((row.parent == log.name) & (row.reference_doctype == "ToDo"))
		.inner_join(todo)
		.on((todo.name == row.reference_name) & (todo.status == "Open"))
		.select(todo.name)
		.where(log.trigger_name == context.rule.name)
		.where(log.document_type == (context.doc.doctype if context.doc else ""))
		.where(log.document_name == (context.doc.name if context.doc else ""))
		.limit(1)
	)
	found = query.run()
	return found[0][0] if found else None
