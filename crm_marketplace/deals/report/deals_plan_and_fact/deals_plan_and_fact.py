"""Plans of a month and what became of them; who is first stands first."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe import _
from frappe.utils import getdate, nowdate

from crm_marketplace.deals import plans
from crm_marketplace.deals.report import scope
from crm_marketplace.rules import plans as rules
from crm_marketplace.rules.plans import METRICS


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, month (any day of it). Plans the reader may see."""
	filters = frappe._dict(filters or {})
	frappe.has_permission("Sales Plan", "report", throw=True)
	pipeline = scope.pipeline_of(filters)
	today = getdate(nowdate())
	month = rules.first_of_month(getdate(filters.month or today))
	rows = plans.with_facts(plans.visible(pipeline, month), pipeline, month) if pipeline else []
	# People, then teams, then the whole; among people the first is who sold most.
	rows.sort(key=lambda row: (not row["user"], not row["team"], -row["fact"]["amount"], -row["fact"]["won"]))
	gone = rules.month_gone(today, month)
	data = [_row(place, row, gone) for place, row in enumerate(rows, 1)]
	return _columns(), data, None, _chart(data)


def _row(place: int, row: dict, gone: float) -> dict:
	who = row["title"] or _("Whole pipeline")
	found = {
		"key": row["name"],
		"place": place if row["user"] else None,
		"who": who,
		"currency": row["currency"],
		"gone": gone,
	}
	for metric in METRICS:
		found[f"{metric}_plan"] = row["plan"][metric]
		found[f"{metric}_fact"] = row["fact"][metric]
		found[f"{metric}_percent"] = row["percent"][metric]
	return found


def behind(filters: frappe._dict, key: str, column: str) -> scope.Behind:
	"""Of a plan: deals won, calls or meetings of its people in its month; single ones only as far as the reader may
	see them, though the sum is everybody's."""
	plans_seen = frappe.get_list("Sales Plan", filters={"name": key}, fields=plans.FIELDS, limit=1)
	if not plans_seen:
		scope.nothing_behind()
	(plan,) = plans_seen
	users = frozenset([plan.user]) if plan.user else plans.members_of(plan.team) if plan.team else None
	month = rules.first_of_month(getdate(plan.month))
	first, last = (
		datetime.combine(day, datetime.min.time()) for day in (month, rules.first_of_next_month(month))
	)
	deal = frappe.qb.DocType("Deal")
	if column in ("won_fact", "amount_fact"):
		criterion = plans.won_between(deal, plan.pipeline, first, last)
		if users is not None:
			criterion &= deal.responsible.isin(sorted(users) or [""])
		return scope.Behind("Deal", criterion)
	kinds = {f"{metric}_fact": kind for kind, metric in plans.KINDS.items()}
	if column not in kinds:
		scope.nothing_behind()
	task = frappe.qb.DocType("ToDo")
	deals = frappe.qb.from_(deal).select(deal.name).where(deal.pipeline == plan.pipeline)
	criterion = (
		plans.talks_between(task, first, last)
		& (task.task_kind == kinds[column])
		& (task.reference_type == "Deal")
		& task.reference_name.isin(deals)
	)
	if users is not None:
		criterion &= task.allocated_to.isin(sorted(users) or [""])
	return scope.Behind("ToDo", criterion)


def _columns() -> list[dict]:
	columns = [
		{"fieldname": "place", "label": _("Place"), "fieldtype": "Int", "width": 70},
		{"fieldname": "who", "label": _("Person or team"), "fieldtype": "Data", "width": 200},
	]
	labels = {
		"amount": (_("Amount: plan"), _("Amount: fact"), _("Amount, %")),
		"won": (_("Won: plan"), _("Won: fact"), _("Won, %")),
		"calls": (_("Calls: plan"), _("Calls: fact"), _("Calls, %")),
		"meetings": (_("Meetings: plan"), _("Meetings: fact"), _("Meetings, %")),
	}
	for metric, (plan, fact, percent) in labels.items():
		kind = {"fieldtype": "Int", "width": 110}
		if metric == "amount":
			kind = {"fieldtype": "Currency", "options": "currency", "width": 150}
		columns += [
			{"fieldname": f"{metric}_plan", "label": plan, **kind},
			{"fieldname": f"{metric}_fact", "label": fact, **kind, "behind": 1},
			{"fieldname": f"{metric}_percent", "label": percent, "fieldtype": "Percent", "width": 110},
		]
	return columns


def _chart(data: list[dict]) -> dict | None:
	if not data:
		return None
	return {
		"data": {
			"labels": scope.labels(row["who"] for row in data),
			"datasets": [
				{"name": _("Amount: plan"), "values": [row["amount_plan"] for row in data]},
				{"name": _("Amount: fact"), "values": [row["amount_fact"] for row in data]},
			],
		},
		"type": "bar",
		"axisOptions": {"shortenYAxisNumbers": 1},
		"fieldtype": "Currency",
		"currency": data[0]["currency"],
		"colors": ["#B8C2CC", "#28A745"],
	}
