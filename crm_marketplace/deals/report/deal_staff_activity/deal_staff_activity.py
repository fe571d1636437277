"""What each person did: deals made and won, calls, tasks done and overdue. Four queries whatever the number."""

from __future__ import annotations

from collections import defaultdict

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Sum
from frappe.utils import flt, now_datetime

from crm_marketplace.deals.report import scope
from crm_marketplace.permissions.deals import scope as seen_by
from crm_marketplace.rules.deals import Kind
from crm_marketplace.rules.tasks import TaskKind

NUMBERS = ("made", "won", "won_amount", "lost", "tasks_done", "calls_done", "meetings_done", "tasks_overdue")


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, responsible, team, source, company, from_date, to_date.

	Deals are of the pipeline and those the reader may see; tasks are of the same people, whatever they are about.
	"""
	filters = frappe._dict(filters or {})
	currency = scope.currency_of(scope.pipeline_of(filters))
	people: dict[str, dict] = defaultdict(lambda: dict.fromkeys(NUMBERS, 0))
	_count_deals(people, filters)
	_count_tasks(people, filters)
	names = dict(
		frappe.get_all(
			"User", filters={"name": ("in", list(people) or [""])}, fields=["name", "full_name"], as_list=True
		)
	)
	data = [
		{"person": names.get(user) or user, "currency": currency, **numbers}
		for user, numbers in people.items()
	]
	data.sort(key=lambda row: (-row["won_amount"], -row["tasks_done"], row["person"]))
	return _columns(), data, None, _chart(data)


def _count_deals(people: dict[str, dict], filters: frappe._dict) -> None:
	first, last = scope.period(filters)
	deal = frappe.qb.DocType("Deal")
	made = (deal.creation >= first) & (deal.creation < last)
	closed = (deal.closed_at >= first) & (deal.closed_at < last)
	won, lost = closed & (deal.stage_kind == str(Kind.WON)), closed & (deal.stage_kind == str(Kind.LOST))
	for row in (
		frappe.qb.from_(deal)
		.select(
			deal.responsible,
			Sum(Case().when(made, 1).else_(0)).as_("made"),
			Sum(Case().when(won, 1).else_(0)).as_("won"),
			Sum(Case().when(won, deal.base_amount).else_(0)).as_("won_amount"),
			Sum(Case().when(lost, 1).else_(0)).as_("lost"),
		)
		.where(
			scope.deals(deal, filters)
			& (made | closed)
			& deal.responsible.isnotnull()
			& (deal.responsible != "")
		)
		.groupby(deal.responsible)
	).run(as_dict=True):
		people[row.responsible].update({key: flt(row[key]) for key in ("made", "won", "won_amount", "lost")})


def _count_tasks(people: dict[str, dict], filters: frappe._dict) -> None:
	first, last = scope.period(filters)
	task = frappe.qb.DocType("ToDo")
	done = (task.status == "Closed") & (task.modified >= first) & (task.modified < last)
	overdue = (task.status == "Open") & (task.due_at < now_datetime())

	def of_kind(kind: TaskKind):
		return Sum(Case().when(done & (task.task_kind == str(kind)), 1).else_(0))

	query = (
		frappe.qb.from_(task)
		.select(
			task.allocated_to,
			Sum(Case().when(done, 1).else_(0)).as_("tasks_done"),
			of_kind(TaskKind.CALL).as_("calls_done"),
			of_kind(TaskKind.MEETING).as_("meetings_done"),
			Sum(Case().when(overdue, 1).else_(0)).as_("tasks_overdue"),
			Count("*").as_("tasks"),
		)
		.where((done | overdue) & task.allocated_to.isnotnull() & task.task_kind.isnotnull())
		.groupby(task.allocated_to)
	)
	seen = seen_by()
	if filters.responsible:
		query = query.where(task.allocated_to == filters.responsible)
	elif filters.team or filters.source or filters.company:
		query = query.where(task.allocated_to.isin(list(people) or [""]))
	elif not seen.everything:
		query = query.where(task.allocated_to.isin(sorted({*people, *seen.users})))
	for row in query.run(as_dict=True):
		people[row.allocated_to].update(
			{key: int(row[key]) for key in ("tasks_done", "calls_done", "meetings_done", "tasks_overdue")}
		)


def _columns() -> list[dict]:
	number = {"fieldtype": "Int", "width": 120}
	return [
		{"fieldname": "person", "label": _("Person"), "fieldtype": "Data", "width": 200},
		{"fieldname": "made", "label": _("New deals"), **number},
		{"fieldname": "won", "label": _("Won"), **number},
		{
			"fieldname": "won_amount",
			"label": _("Won amount"),
			"fieldtype": "Currency",
			"options": "currency",
			"width": 160,
		},
		{"fieldname": "lost", "label": _("Lost"), **number},
		{"fieldname": "tasks_done", "label": _("Tasks done"), **number},
		{"fieldname": "calls_done", "label": _("Calls"), **number},
		{"fieldname": "meetings_done", "label": _("Meetings"), **number},
		{"fieldname": "tasks_overdue", "label": _("Tasks overdue"), **number},
	]


def _chart(data: list[dict]) -> dict | None:
	if not data:
		return None
	return {
		"data": {
			"labels": scope.labels(row["person"] for row in data),
			"datasets": [
				{"name": _("New deals"), "values": [row["made"] for row in data]},
				{"name": _("Won"), "values": [row["won"] for row in data]},
				{"name": _("Tasks done"), "values": [row["tasks_done"] for row in data]},
			],
		},
		"type": "bar",
		"fieldtype": "Int",
		"colors": ["#449CF0", "#28A745", "#8B5CF6"],
	}
