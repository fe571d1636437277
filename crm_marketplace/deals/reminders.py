"""Jobs about tasks: remind before the hour, tell the supervisor after it, a digest in the morning."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.utils import cint, escape_html, format_datetime, get_datetime, get_fullname, now_datetime

from crm_marketplace.deals import parties, tasks
from crm_marketplace.deals.languages import language_of
from crm_marketplace.rules.deals import Kind
from crm_marketplace.rules.tasks import escalation_is_due, reminder_is_due
from crm_marketplace.setup.roles import DEALS_MANAGER
from crm_marketplace.sync import clock

AT_ONCE = 200  # tasks per minute; the rest comes with the next tick
LINES = 20  # of each part of a digest
REMINDED_FOR = timedelta(hours=12)


def tick() -> None:
	"""Scheduler, every minute: due reminders and escalations. Two queries when nothing is due."""
	settings = frappe.get_cached_doc("Deals Settings")
	now = now_datetime()
	remind(now, cint(settings.remind_minutes), bool(settings.notify_by_email))
	escalate(now, cint(settings.escalate_after_hours), bool(settings.notify_by_email))


def remind(now: datetime, minutes: int, by_email: bool) -> int:
	"""Remind of tasks that are due within `minutes`. Each once, unless it is moved. Returns how many."""
	rows = _open_tasks(
		[
			["reminded_at", "is", "not set"],
			["due_at", "between", [now - REMINDED_FOR, now + timedelta(minutes=minutes)]],
		]
	)
	due = [row for row in rows if reminder_is_due(get_datetime(row.due_at), minutes, now)]
	for row in due:
		_mark(row.name, "reminded_at", now)
		with language_of(row.allocated_to):
			notify(
				row.allocated_to,
				_("{0}: {1}").format(_hour(row, "HH:mm"), tasks.plain(row.description)),
				row,
				by_email,
			)
	return len(due)


def escalate(now: datetime, hours: int, by_email: bool) -> int:
	"""Tell supervisors of tasks that are overdue for `hours`. Each once, unless it is moved. Returns how many."""
	if not hours:
		return 0
	rows = _open_tasks([["escalated_at", "is", "not set"], ["due_at", "<=", now - timedelta(hours=hours)]])
	due = [row for row in rows if escalation_is_due(get_datetime(row.due_at), hours, now)]
	for row in due:
		_mark(row.name, "escalated_at", now)
		supervisor = parties.supervisor_of(row.allocated_to)
		if not supervisor:
			continue
		with language_of(supervisor):
			notify(
				supervisor,
				_("{0} has an overdue task: {1}").format(
					get_fullname(row.allocated_to), tasks.plain(row.description)
				),
				row,
				by_email,
			)
	return len(due)


def digest() -> int:
	"""Scheduler, daily: what each person should look at. Who has nothing gets nothing. Returns how many people."""
	settings = frappe.get_cached_doc("Deals Settings")
	if not cint(settings.daily_digest):
		return 0
	now = now_datetime()
	parts = digest_parts(now)
	for user, found in parts.items():
		with language_of(user):
			_send_digest(user, found, bool(settings.notify_by_email))
	return len(parts)


def digest_parts(now: datetime) -> dict[str, dict[str, list[frappe._dict]]]:
	"""User → overdue and today's tasks, deals without a next step, deals of people who are gone. The same few
	queries, whatever the number of people.
	"""
	parts: dict[str, dict[str, list]] = defaultdict(
		lambda: {"overdue": [], "today": [], "no_step": [], "left": []}
	)
	enabled = set(frappe.get_all("User", filters={"enabled": 1, "user_type": "System User"}, pluck="name"))
	# Nobody's day lasts longer; whether a task is in it, their own clock says.
	for row in _open_tasks([["due_at", "<", now + timedelta(days=1)]], limit=0):
		part = str(tasks.urgency_of(row.due_at, now, row.allocated_to))
		if part in ("overdue", "today"):
			parts[row.allocated_to][part].append(row)
	for row in deals_without_step():
		parts[row.responsible]["no_step"].append(row)
	for user, rows in _deals_left_behind(enabled).items():
		parts[user]["left"] = rows
	return {user: found for user, found in parts.items() if user in enabled}


def deals_without_step(users: list[str] | None = None) -> list[frappe._dict]:
	"""Open deals that nobody will come back to: no task is open. Permissions are the caller's matter."""
	filters = {
		"stage_kind": ("in", [str(Kind.OPEN), str(Kind.ON_HOLD)]),
		"next_step": ("is", "not set"),
		"responsible": ("in", users) if users is not None else ("is", "set"),
	}
	return frappe.get_all(
		"Deal",
		filters=filters,
		fields=["name", "title", "party_name", "responsible", "amount", "currency", "stage_since"],
		order_by="stage_since asc",
	)


def _deals_left_behind(enabled: set[str]) -> dict[str, list[frappe._dict]]:
	"""Who hands out the open deals of people whose login is disabled → those deals: the person's supervisor, or
	every manager of deals.
	"""
	deal, person = frappe.qb.DocType("Deal"), frappe.qb.DocType("User")
	rows = (
		frappe.qb.from_(deal)
		.join(person)
		.on(person.name == deal.responsible)
		.select(deal.name, deal.title, deal.responsible)
		.where((person.enabled == 0) & deal.stage_kind.isin([str(Kind.OPEN), str(Kind.ON_HOLD)]))
		.orderby(deal.stage_since)
	).run(as_dict=True)
	if not rows:
		return {}
	above = parties.supervisors_of(sorted({row.responsible for row in rows}))
	managers = set(
		frappe.get_all("Has Role", filters={"role": DEALS_MANAGER, "parenttype": "User"}, pluck="parent")
	)
	found: dict[str, list[frappe._dict]] = defaultdict(list)
	for row in rows:
		supervisor = above.get(row.responsible)
		for user in {supervisor} & enabled or managers & enabled:
			found[user].append(row)
	return found


def notify(user: str, subject: str, row: frappe._dict, by_email: bool) -> None:
	"""A notice on the desk and, where wanted, a letter. Both lead to the document of the task."""
	doctype, name = (row.reference_type, row.reference_name) if row.reference_name else ("ToDo", row.name)
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"subject": escape_html(subject),
			"for_user": user,
			"type": "Alert",
			"document_type": doctype,
			"document_name": name,
		}
	).insert(ignore_permissions=True)  # a notice of the system to its user
	if by_email:
		_mail(user, subject, frappe.utils.get_link_to_form(doctype, name, escape_html(subject)))


def _send_digest(user: str, found: dict[str, list[frappe._dict]], by_email: bool) -> None:
	titles = {
		"overdue": _("Overdue"),
		"today": _("Today"),
		"no_step": _("Deals without a next step"),
		"left": _("Deals of people who are not here any more"),
	}
	subject = ", ".join(f"{titles[part]}: {len(rows)}" for part, rows in found.items() if rows)
	frappe.get_doc(
		{
			"doctype": "Notification Log",
			"subject": subject,
			"for_user": user,
			"type": "Alert",
			"link": "/app/my-day",
		}
	).insert(ignore_permissions=True)  # as above
	if by_email:
		blocks = [
			f"<h4>{titles[part]}: {len(rows)}</h4><ul>{''.join(map(_line, rows[:LINES]))}</ul>"
			for part, rows in found.items()
			if rows
		]
		_mail(user, subject, "".join(blocks))


def _line(row: frappe._dict) -> str:
	if row.get("title"):
		return f"<li>{frappe.utils.get_link_to_form('Deal', row.name, escape_html(row.title))}</li>"
	return f"<li>{_hour(row, 'dd.MM HH:mm')} {escape_html(tasks.plain(row.description))}</li>"


def _hour(row: frappe._dict, form: str) -> str:
	"""When a task is due, by the clock of who does it."""
	return format_datetime(clock.for_user(get_datetime(row.due_at), row.allocated_to), form)


def _mail(user: str, subject: str, message: str) -> None:
	if not frappe.db.exists("Email Account", {"default_outgoing": 1, "enable_outgoing": 1}):
		return
	email = frappe.db.get_value("User", {"name": user, "enabled": 1}, "email")
	if email:
		frappe.sendmail(recipients=[email], subject=subject, message=message)


def _open_tasks(filters: list, limit: int = AT_ONCE) -> list[frappe._dict]:
	return frappe.get_all(
		"ToDo",
		filters=[
			["status", "=", "Open"],
			["task_kind", "is", "set"],
			["allocated_to", "is", "set"],
			["due_at", "is", "set"],
			*filters,
		],
		fields=[
			"name",
			"description",
			"due_at",
			"allocated_to",
			"reference_type",
			"reference_name",
			"task_kind",
		],
		order_by="due_at asc",
		limit=limit,
	)


def _mark(task: str, field: str, now: datetime) -> None:
	frappe.db.set_value("ToDo", task, field, now, update_modified=False)
