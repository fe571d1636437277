"""Open deals somebody should look at: no next step, a step overdue, too long in the stage. Three queries."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import get_datetime, now_datetime

from crm_marketplace.deals import stages
from crm_marketplace.deals.report import scope
from crm_marketplace.rules import deals as rules
from crm_marketplace.rules.deals import Kind

MOST = 2000


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, responsible, team, source, company, trouble ("No next step", "Overdue", "Stuck")."""
	filters = frappe._dict(filters or {})
	pipeline = scope.pipeline_of(filters)
	if not pipeline:
		return _columns(), []
	now = now_datetime()
	by_name = {row.name: row for row in stages.rows_of(pipeline)}
	deal = frappe.qb.DocType("Deal")
	found = (
		frappe.qb.from_(deal)
		.select(
			deal.name,
			deal.title,
			deal.party_name,
			deal.stage,
			deal.responsible,
			deal.base_amount,
			deal.pipeline_currency,
			deal.next_step,
			deal.next_step_on,
			deal.stage_since,
		)
		.where(scope.deals(deal, filters) & deal.stage_kind.isin([str(Kind.OPEN), str(Kind.ON_HOLD)]))
		.orderby(deal.stage_since)
		.limit(MOST)
	).run(as_dict=True)
	people = scope.names_of_people(row.responsible for row in found)
	data = [row for row in (_row(one, by_name, people, now) for one in found) if row["codes"]]
	if filters.trouble:
		data = [row for row in data if filters.trouble in row["codes"]]
	return _columns(), data, None, _chart(data), _summary(data)


def _row(row: frappe._dict, by_name: dict[str, frappe._dict], people: dict[str, str], now) -> dict:
	stage = by_name[row.stage]
	since = get_datetime(row.stage_since) if row.stage_since else None
	over = rules.days_over(since, stage.days_allowed, now)
	codes = []
	if not row.next_step:
		codes.append("No next step")
	elif row.next_step_on and get_datetime(row.next_step_on) < now:
		codes.append("Overdue")
	if over:
		codes.append("Stuck")
	labels = {"No next step": _("No next step"), "Overdue": _("Overdue"), "Stuck": _("Stuck")}
	return {
		**row,
		"stage_name": stage.stage_name,
		"person": people.get(row.responsible) or row.responsible or "",
		"days": rules.days_in(since, now),
		"days_over": over or None,
		"codes": codes,
		"trouble": ", ".join(labels[code] for code in codes),
	}


def _columns() -> list[dict]:
	return [
		{"fieldname": "name", "label": _("Deal"), "fieldtype": "Link", "options": "Deal", "width": 150},
		{"fieldname": "title", "label": _("Title"), "fieldtype": "Data", "width": 200},
		{"fieldname": "trouble", "label": _("What is wrong"), "fieldtype": "Data", "width": 180},
		{"fieldname": "person", "label": _("Responsible"), "fieldtype": "Data", "width": 150},
		{"fieldname": "party_name", "label": _("Party Name"), "fieldtype": "Data", "width": 160},
		{"fieldname": "stage_name", "label": _("Stage"), "fieldtype": "Data", "width": 150},
		{
			"fieldname": "base_amount",
			"label": _("Amount"),
			"fieldtype": "Currency",
			"options": "pipeline_currency",
			"width": 130,
		},
		{"fieldname": "days", "label": _("Days in the stage"), "fieldtype": "Int", "width": 130},
		{"fieldname": "days_over", "label": _("Days too long"), "fieldtype": "Int", "width": 120},
		{"fieldname": "next_step", "label": _("Next Step"), "fieldtype": "Data", "width": 180},
		{"fieldname": "next_step_on", "label": _("Next Step On"), "fieldtype": "Datetime", "width": 150},
	]


def _counts(data: list[dict]) -> list[tuple[str, int]]:
	labels = (("No next step", _("No next step")), ("Overdue", _("Overdue")), ("Stuck", _("Stuck")))
	return [(label, sum(1 for row in data if code in row["codes"])) for code, label in labels]


def _chart(data: list[dict]) -> dict | None:
	if not data:
		return None
	counts = _counts(data)
	return {
		"data": {
			"labels": [label for label, _count in counts],
			"datasets": [{"name": _("Deals"), "values": [count for _label, count in counts]}],
		},
		"type": "bar",
		"fieldtype": "Int",
		"colors": ["#F0803C"],
	}


def _summary(data: list[dict]) -> list[dict]:
	return [
		{"label": label, "value": count, "datatype": "Int", "indicator": "red" if count else "green"}
		for label, count in _counts(data)
	]
