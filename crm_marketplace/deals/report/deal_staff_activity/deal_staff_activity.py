"""What each person did: deals made and won, orders made and settled, calls, tasks done and overdue. A constant
number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Sum
from frappe.utils import flt, now_datetime
from pypika.terms import Criterion

from crm_marketplace.deals.report import scope
from crm_marketplace.permissions.deals import scope as seen_by
from crm_marketplace.rules.deals import Kind
from crm_marketplace.rules.tasks import TaskKind
from crm_marketplace.sync.orders.events import BY_HAND

NUMBERS = (
	"made",
	"won",
	"won_amount",
	"lost",
	"orders_made",
	"shop_orders",
	"tasks_done",
	"calls_done",
	"meetings_done",
	"tasks_overdue",
)


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, responsible, team, source, company, from_date, to_date.

	Deals are of the pipeline and those the reader may see; tasks and orders are of the same people, whatever they
	are about: Sales Orders they made and submitted themselves, and orders of shops they released, settled or
	decided to ignore.
	"""
	filters = frappe._dict(filters or {})
	currency = scope.currency_of(scope.pipeline_of(filters))
	people: dict[str, dict] = defaultdict(lambda: dict.fromkeys(NUMBERS, 0))
	_count_deals(people, filters)
	whose = _whose(people, filters)
	_count_tasks(people, filters, whose)
	_count_orders(people, filters, whose)
	names = scope.names_of_people(people)
	data = [
		{"person": names.get(user) or user, "key": user, "currency": currency, **numbers}
		for user, numbers in people.items()
	]
	data.sort(key=lambda row: (-row["won_amount"], -row["tasks_done"], -row["orders_made"], row["person"]))
	return _columns(), data, None, _chart(data)


def _whose(people: Iterable[str], filters: frappe._dict) -> set[str] | None:
	"""People whose tasks and orders count, beside their deals; None: everybody."""
	if filters.responsible:
		return {filters.responsible}
	if filters.team or filters.source or filters.company:
		return set(people)
	seen = seen_by()
	return None if seen.everything else {*people, *seen.users}


def _count_deals(people: dict[str, dict], filters: frappe._dict) -> None:
	deal = frappe.qb.DocType("Deal")
	made, won, lost = _parts_of_deals(deal, filters).values()
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
			& (made | won | lost)
			& deal.responsible.isnotnull()
			& (deal.responsible != "")
		)
		.groupby(deal.responsible)
	).run(as_dict=True):
		people[row.responsible].update({key: flt(row[key]) for key in ("made", "won", "won_amount", "lost")})


def _parts_of_deals(deal, filters: frappe._dict) -> dict[str, Criterion]:
	"""Column → deals it counts."""
	first, last = scope.period(filters)
	closed = (deal.closed_at >= first) & (deal.closed_at < last)
	return {
		"made": (deal.creation >= first) & (deal.creation < last),
		"won": closed & (deal.stage_kind == str(Kind.WON)),
		"lost": closed & (deal.stage_kind == str(Kind.LOST)),
	}


def _count_tasks(people: dict[str, dict], filters: frappe._dict, whose: set[str] | None) -> None:
	task = frappe.qb.DocType("ToDo")
	parts = _parts_of_tasks(task, filters)
	query = (
		frappe.qb.from_(task)
		.select(
			task.allocated_to,
			*(Sum(Case().when(part, 1).else_(0)).as_(column) for column, part in parts.items()),
		)
		.where((parts["tasks_done"] | parts["tasks_overdue"]) & task.allocated_to.isnotnull())
		.groupby(task.allocated_to)
	)
	if whose is not None:
		query = query.where(task.allocated_to.isin(sorted(whose) or [""]))
	for row in query.run(as_dict=True):
		people[row.allocated_to].update({column: int(row[column]) for column in parts})


def _parts_of_tasks(task, filters: frappe._dict) -> dict[str, Criterion]:
	"""Column → tasks it counts."""
	first, last = scope.period(filters)
	ours = task.task_kind.isnotnull()
	done = ours & (task.status == "Closed") & (task.modified >= first) & (task.modified < last)
	return {
		"tasks_done": done,
		"calls_done": done & (task.task_kind == str(TaskKind.CALL)),
		"meetings_done": done & (task.task_kind == str(TaskKind.MEETING)),
		"tasks_overdue": ours & (task.status == "Open") & (task.due_at < now_datetime()),
	}


def _count_orders(people: dict[str, dict], filters: frappe._dict, whose: set[str] | None) -> None:
	"""As far as the reader may read orders: Frappe's own list counts them."""
	first, last = scope.period(filters)
	event = "Marketplace Order Event"
	counts = {
		"orders_made": (
			"Sales Order",
			[
				["docstatus", "=", 1],
				["marketplace_order", "is", "not set"],
				["creation", ">=", first],
				["creation", "<", last],
			],
			"`tabSales Order`.`owner`",
		),
		"shop_orders": (
			"Marketplace Order",
			[
				[event, "event", "in", BY_HAND],
				[event, "happened_at", ">=", first],
				[event, "happened_at", "<", last],
			],
			f"`tab{event}`.`user`",
		),
	}
	for column, (doctype, where, person) in counts.items():
		if not frappe.has_permission(doctype, "read"):
			continue
		for row in frappe.get_list(
			doctype,
			filters=where,
			fields=[f"{person} as person", f"count(distinct `tab{doctype}`.`name`) as orders"],
			group_by=person,
			order_by=person,
			limit=0,
		):
			if row.person and (whose is None or row.person in whose):
				people[row.person][column] = row.orders


def behind(filters: frappe._dict, key: str, column: str) -> scope.Behind:
	"""What a person did: deals, tasks or orders."""
	deal, task = frappe.qb.DocType("Deal"), frappe.qb.DocType("ToDo")
	if part := _parts_of_deals(deal, filters).get(column):
		return scope.Behind("Deal", scope.deals(deal, filters) & (deal.responsible == key) & part)
	if part := _parts_of_tasks(task, filters).get(column):
		return scope.Behind("ToDo", (task.allocated_to == key) & part)
	first, last = scope.period(filters)
	if column == "orders_made":
		order = frappe.qb.DocType("Sales Order")
		return scope.Behind(
			"Sales Order",
			(order.owner == key)
			& (order.docstatus == 1)
			& (Coalesce(order.marketplace_order, "") == "")
			& (order.creation >= first)
			& (order.creation < last),
		)
	if column == "shop_orders":
		order, event = frappe.qb.DocType("Marketplace Order"), frappe.qb.DocType("Marketplace Order Event")
		touched = (
			frappe.qb.from_(event)
			.select(event.parent)
			.where(event.event.isin(BY_HAND) & (event.happened_at >= first) & (event.happened_at < last))
			.where(event.user == key)
		)
		return scope.Behind("Marketplace Order", order.name.isin(touched))
	return scope.nothing_behind()


def _columns() -> list[dict]:
	counted = {"fieldtype": "Int", "width": 120, "behind": 1}
	return [
		{"fieldname": "person", "label": _("Person"), "fieldtype": "Data", "width": 200},
		{"fieldname": "made", "label": _("New deals"), **counted},
		{"fieldname": "won", "label": _("Won"), **counted},
		{
			"fieldname": "won_amount",
			"label": _("Won amount"),
			"fieldtype": "Currency",
			"options": "currency",
			"width": 160,
		},
		{"fieldname": "lost", "label": _("Lost"), **counted},
		{"fieldname": "orders_made", "label": _("Orders made"), **counted, "width": 160},
		{"fieldname": "shop_orders", "label": _("Shop orders settled"), **counted, "width": 190},
		{"fieldname": "tasks_done", "label": _("Tasks done"), **counted},
		{"fieldname": "calls_done", "label": _("Calls"), **counted},
		{"fieldname": "meetings_done", "label": _("Meetings"), **counted},
		{"fieldname": "tasks_overdue", "label": _("Tasks overdue"), **counted},
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
