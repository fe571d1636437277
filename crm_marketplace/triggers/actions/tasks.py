"""Work for people: tasks and assignments."""

from __future__ import annotations

import frappe
from frappe.desk.form.assign_to import add as assign_to

from crm_marketplace.rules.triggers_words import Say
from crm_marketplace.sync import clock
from crm_marketplace.triggers.actions.base import (
	Action,
	ActionFailed,
	Ask,
	Preview,
	Result,
	Settings,
	Who,
	_,
)
from crm_marketplace.triggers.engine import people
from crm_marketplace.triggers.engine.context import Context

PRIORITIES = (("High", _("High")), ("Medium", _("Medium")), ("Low", _("Low")))


class CreateTask(Action):
	type = "Create Task"
	label = _("Create a task")
	help = _("For one of the people: the one with the fewest open tasks.")
	icon = "tick"
	needs_document = False
	asks = (
		Ask("to", "people", _("For"), required=True),
		Ask("description", "html", _("What is to be done"), required=True),
		Ask("due_days", "int", _("Due in days"), default=0),
		Ask("priority", "select", _("Priority"), options=PRIORITIES, default="Medium"),
		Ask("unless_open", "check", _("Not if such a task is open already"), default=1),
	)

	def words(self, settings: Settings, say: Say) -> str:
		text = say(_("create a task for {0}"), Who(settings.get("to") or ()).words(say))
		return say(_("{0}, unless one is open"), text) if settings.get("unless_open") else text

	def preview(self, settings: Settings, context: Context) -> Preview:
		text = context.render(settings.get("description"), html=True)
		user = people.least_busy(people.users(settings.get("to") or (), context))
		if not user:
			return Preview(_("There is nobody to give the task to."), html=text, problem=True)
		if settings.get("unless_open") and self._open_task(context):
			return Preview(_("No task: one is open already."), html=text)
		return Preview(_("{0} would get a task."), (user,), (user,), html=text)

	def run(self, settings: Settings, context: Context) -> Result:
		if settings.get("unless_open") and (task := self._open_task(context)):
			return Result(_("No task: one is open already."), (), "ToDo", task, skipped=True)
		user = people.least_busy(people.users(settings.get("to") or (), context))
		if not user:
			raise ActionFailed(_("There is nobody to give the task to."))
		days = int(settings.get("due_days") or 0)
		todo = frappe.new_doc("ToDo")
		todo.update(
			{
				"description": context.render(settings.get("description"), html=True),
				"reference_type": context.doc.doctype if context.doc else None,
				"reference_name": context.doc.name if context.doc else None,
				"allocated_to": user,
				"assigned_by": frappe.session.user,
				"date": frappe.utils.add_days(clock.site_now().date(), days),
				"priority": settings.get("priority") or "Medium",
			}
		)
		todo.insert()
		return Result(_("{0} got a task."), (user,), "ToDo", todo.name, given_to=user)

	def _open_task(self, context: Context) -> str | None:
		"""An open task this trigger made for this document before."""
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


class Assign(Action):
	type = "Assign"
	label = _("Assign the document")
	help = _("To one of the people: the one with the fewest open tasks.")
	icon = "assign"
	asks = (
		Ask("to", "people", _("For"), required=True),
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
