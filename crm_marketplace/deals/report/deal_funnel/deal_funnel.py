"""How many deals come into each stage, and how many of them go on. Three queries whatever the number of deals."""

from __future__ import annotations

import frappe
from frappe import _

from crm_marketplace.deals import stages
from crm_marketplace.deals.report import scope
from crm_marketplace.rules.deals import Kind
from crm_marketplace.rules.funnel import Step, funnel


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, responsible, team, source, company, from_date, to_date (deals made in the period)."""
	filters = frappe._dict(filters or {})
	pipeline = scope.pipeline_of(filters)
	if not pipeline:
		return _columns(), []
	rows = [row for row in stages.rows_of(pipeline) if not row.archived]
	steps = funnel(
		[row.name for row in rows if row.kind in (Kind.OPEN, Kind.ON_HOLD)],
		[row.name for row in rows if row.kind == Kind.WON],
		_reached(filters),
	)
	titles = {row.name: row.stage_name for row in rows}
	data = [_row(step, titles[step.stage]) for step in steps]
	return _columns(), data, None, _chart(data), _summary(steps)


def _reached(filters: frappe._dict) -> dict[str, set[str]]:
	"""Deal → stages it was in."""
	first, last = scope.period(filters)
	deal, change = frappe.qb.DocType("Deal"), frappe.qb.DocType("Deal Stage Change")
	found: dict[str, set[str]] = {}
	for name, stage in (
		frappe.qb.from_(change)
		.join(deal)
		.on((change.parent == deal.name) & (change.parenttype == "Deal"))
		.select(deal.name, change.stage)
		.where(scope.deals(deal, filters) & (deal.creation >= first) & (deal.creation < last))
		.groupby(deal.name, change.stage)
	).run():
		found.setdefault(name, set()).add(stage)
	return found


def _row(step: Step, title: str) -> dict:
	return {
		"stage": title,
		"deals": step.reached,
		"from_first": step.of_first,
		"from_previous": step.of_previous,
		"left": step.stopped,
	}


def _columns() -> list[dict]:
	return [
		{"fieldname": "stage", "label": _("Stage"), "fieldtype": "Data", "width": 240},
		{"fieldname": "deals", "label": _("Deals that came here"), "fieldtype": "Int", "width": 170},
		{"fieldname": "from_first", "label": _("Of all, %"), "fieldtype": "Percent", "width": 110},
		{
			"fieldname": "from_previous",
			"label": _("Of the stage before, %"),
			"fieldtype": "Percent",
			"width": 180,
		},
		{"fieldname": "left", "label": _("Stopped here"), "fieldtype": "Int", "width": 130},
	]


def _chart(data: list[dict]) -> dict | None:
	if not data:
		return None
	return {
		"data": {
			"labels": scope.labels(row["stage"] for row in data),
			"datasets": [{"name": _("Deals"), "values": [row["deals"] for row in data]}],
		},
		"type": "bar",
		"fieldtype": "Int",
		"colors": ["#449CF0"],
	}


def _summary(steps: list[Step]) -> list[dict]:
	if not steps:
		return []
	return [
		{"label": _("Deals"), "value": steps[0].reached, "datatype": "Int", "indicator": "blue"},
		{"label": _("Won, %"), "value": steps[-1].of_first, "datatype": "Percent", "indicator": "green"},
	]
