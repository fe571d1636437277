"""How long deals stay in each stage: on average, at most, and how many stay longer than allowed. Two queries."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Avg, Count, Max, Sum
from pypika.terms import Criterion

from crm_marketplace.deals import stages
from crm_marketplace.deals.report import scope

DAY = 86400


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, responsible, team, source, company, from_date, to_date (stages left in the period)."""
	filters = frappe._dict(filters or {})
	pipeline = scope.pipeline_of(filters)
	if not pipeline:
		return _columns(), []
	deal, change = frappe.qb.DocType("Deal"), frappe.qb.DocType("Deal Stage Change")
	stage = frappe.qb.DocType("Deal Stage")
	found = (
		frappe.qb.from_(change)
		.join(deal)
		.on((change.parent == deal.name) & (change.parenttype == "Deal"))
		.join(stage)
		.on(stage.name == change.stage)
		.select(
			change.stage,
			Count("*").as_("passed"),
			Avg(change.seconds).as_("average"),
			Max(change.seconds).as_("longest"),
			Sum(Case().when(_late(change, stage), 1).else_(0)).as_("late"),
		)
		.where(scope.deals(deal, filters) & _left(change, filters))
		.groupby(change.stage)
	).run(as_dict=True)
	by_stage = {row.stage: row for row in found}
	data = [
		{
			"stage": row.stage_name,
			"key": row.name,
			"passed": by_stage[row.name].passed,
			"average": _days(by_stage[row.name].average),
			"longest": _days(by_stage[row.name].longest),
			"allowed": row.days_allowed or None,
			"late": by_stage[row.name].late,
		}
		for row in stages.rows_of(pipeline)
		if row.name in by_stage
	]
	return _columns(), data, None, _chart(data)


def _left(change, filters: frappe._dict) -> Criterion:
	first, last = scope.period(filters)
	return (change.left_at >= first) & (change.left_at < last)


def _late(change, stage) -> Criterion:
	return (stage.days_allowed > 0) & (change.seconds > stage.days_allowed * DAY)


def behind(filters: frappe._dict, key: str, column: str) -> scope.Behind:
	"""Deals that left a stage in the period; for the column "late": that had stayed longer than allowed."""
	deal, change = frappe.qb.DocType("Deal"), frappe.qb.DocType("Deal Stage Change")
	stage = frappe.qb.DocType("Deal Stage")
	passed = (
		frappe.qb.from_(change)
		.join(stage)
		.on(stage.name == change.stage)
		.select(change.parent)
		.where((change.parenttype == "Deal") & (change.stage == key) & _left(change, filters))
	)
	if column == "late":
		passed = passed.where(_late(change, stage))
	return scope.Behind("Deal", scope.deals(deal, filters) & deal.name.isin(passed))


def _days(seconds: float | None) -> float:
	return round(float(seconds or 0) / DAY, 1)


def _columns() -> list[dict]:
	return [
		{"fieldname": "stage", "label": _("Stage"), "fieldtype": "Data", "width": 240},
		{
			"fieldname": "passed",
			"label": _("Deals that left it"),
			"fieldtype": "Int",
			"width": 150,
			"behind": 1,
		},
		{
			"fieldname": "average",
			"label": _("Days on average"),
			"fieldtype": "Float",
			"precision": 1,
			"width": 150,
		},
		{
			"fieldname": "longest",
			"label": _("Days at most"),
			"fieldtype": "Float",
			"precision": 1,
			"width": 130,
		},
		{"fieldname": "allowed", "label": _("Days Allowed"), "fieldtype": "Int", "width": 130},
		{
			"fieldname": "late",
			"label": _("Longer than allowed"),
			"fieldtype": "Int",
			"width": 170,
			"behind": 1,
		},
	]


def _chart(data: list[dict]) -> dict | None:
	if not data:
		return None
	return {
		"data": {
			"labels": scope.labels(row["stage"] for row in data),
			"datasets": [{"name": _("Days on average"), "values": [row["average"] for row in data]}],
		},
		"type": "bar",
		"fieldtype": "Float",
		"colors": ["#8B5CF6"],
	}
