"""A person's day: overdue, today, next tasks, and deals that wait for a step. The same few queries always."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import frappe
from frappe.utils import now_datetime

from crm_marketplace.deals import tasks
from crm_marketplace.deals.reminders import deals_without_step
from crm_marketplace.rules.tasks import TaskKind, Urgency
from crm_marketplace.sync import clock

DAYS_AHEAD = 7
MOST_TASKS = 300
MOST_DEALS = 50


def my_day(user: str) -> dict[str, Any]:
	"""Tasks of a user by urgency, calls counted, and their deals without a next step."""
	now = now_datetime()
	ahead = clock.midnight_of_user(now, user) + timedelta(days=DAYS_AHEAD)
	rows = frappe.get_all(
		"ToDo",
		filters={"allocated_to": user, "status": "Open"},
		or_filters=[["due_at", "<", ahead], ["due_at", "is", "not set"]],
		fields=["name", "description", "task_kind", "due_at", "priority", "reference_type", "reference_name"],
		order_by="due_at asc, creation asc",
		limit=MOST_TASKS,
	)
	titles = _titles(rows)
	parts: dict[str, list[dict]] = {"overdue": [], "today": [], "later": [], "none": []}
	for row in rows:
		state = tasks.urgency_of(row.due_at, now, user)
		parts[str(state)].append(_row(row, state, titles))
	pressing = parts["overdue"] + parts["today"]
	return {
		**parts,
		"calls": sum(1 for row in pressing if row["kind"] == TaskKind.CALL),
		"deals": deals_without_step([user])[:MOST_DEALS],
		"days_ahead": DAYS_AHEAD,
	}


def _row(row: frappe._dict, state: Urgency, titles: dict[tuple[str, str], str]) -> dict[str, Any]:
	key = (row.reference_type, row.reference_name)
	return {
		"name": row.name,
		"subject": tasks.plain(row.description),
		"kind": row.task_kind or str(TaskKind.OTHER),
		"due_at": row.due_at,
		"urgency": str(state),
		"priority": row.priority,
		"doctype": row.reference_type,
		"docname": row.reference_name,
		"title": titles.get(key, row.reference_name),
	}


def _titles(rows: list[frappe._dict]) -> dict[tuple[str, str], str]:
	"""What the documents of the tasks are called. One query per DocType, and there are few of those."""
	names: dict[str, set[str]] = defaultdict(set)
	for row in rows:
		if row.reference_type and row.reference_name:
			names[row.reference_type].add(row.reference_name)
	found = {}
	for doctype, wanted in names.items():
		field = frappe.get_meta(doctype).get_title_field()
		if field == "name":
			continue
		for row in frappe.get_all(
			doctype, filters={"name": ("in", list(wanted))}, fields=["name", f"{field} as title"]
		):
			found[(doctype, row.name)] = row.title or row.name
	return found
