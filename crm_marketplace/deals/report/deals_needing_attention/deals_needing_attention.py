"""Open deals somebody should look at: no next step, a step overdue, too long in the stage. Four queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Sum
from frappe.utils import cint, get_datetime, now_datetime
from pypika.terms import Criterion

from crm_marketplace.deals import stages
from crm_marketplace.deals.board import attention_criterion
from crm_marketplace.deals.report import scope
from crm_marketplace.rules import deals as rules
from crm_marketplace.rules.deals import Kind

MOST = 2000
# What may be wrong, as the filter and the rows name it → as the board does.
TROUBLES = {"No next step": "no_step", "Overdue": "overdue", "Stuck": "stuck"}


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, responsible, team, source, company, trouble ("No next step", "Overdue", "Stuck")."""
	filters = frappe._dict(filters or {})
	pipeline = scope.pipeline_of(filters)
	if not pipeline:
		return _columns(), []
	now = now_datetime()
	rows = stages.rows_of(pipeline)
	by_name = {row.name: row for row in rows}
	deal = frappe.qb.DocType("Deal")
	troubles = [TROUBLES[filters.trouble]] if filters.trouble in TROUBLES else list(TROUBLES.values())
	open_deals = scope.deals(deal, filters) & deal.stage_kind.isin([str(Kind.OPEN), str(Kind.ON_HOLD)])
	needing = open_deals & _any_of(deal, rows, troubles, now)
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
		.where(needing)
		.orderby(deal.stage_since)
		.limit(MOST)
	).run(as_dict=True)
	people = scope.names_of_people(row.responsible for row in found)
	data = [_row(one, by_name, people, now) for one in found]
	counts = _count(deal, rows, needing, now)
	return _columns(), data, _message(len(data), counts["all"]), _chart(counts), _summary(counts)


def _any_of(deal, rows: Sequence[frappe._dict], troubles: Sequence[str], now: datetime) -> Criterion:
	"""Deals with one of the troubles; how long a deal may stay differs from stage to stage."""
	return reduce(
		lambda one, other: one | other,
		[
			(deal.stage == row.name) & attention_criterion(deal, row, trouble, now)
			for row in rows
			for trouble in troubles
		],
		deal.name == "",
	)


def _count(deal, rows: Sequence[frappe._dict], needing: Criterion, now: datetime) -> dict[str, int]:
	"""How many deals there are with each trouble, and in all; also of those that are not listed. One query."""
	sums = [
		Sum(Case().when(_any_of(deal, rows, [trouble], now), 1).else_(0)).as_(trouble)
		for trouble in TROUBLES.values()
	]
	(found,) = (
		frappe.qb.from_(deal).select(Count("*").as_("all_deals"), *sums).where(needing).run(as_dict=True)
	)
	return {"all": found.all_deals, **{trouble: cint(found[trouble]) for trouble in TROUBLES.values()}}


def _message(listed: int, found: int) -> str | None:
	if listed >= found:
		return None
	return _("{0} deals need attention; the {1} that stand longest are listed. Narrow the filters.").format(
		found, listed
	)


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


def _labels() -> dict[str, str]:
	return {"no_step": _("No next step"), "overdue": _("Overdue"), "stuck": _("Stuck")}


def _chart(counts: Mapping[str, int]) -> dict | None:
	if not counts["all"]:
		return None
	return {
		"data": {
			"labels": list(_labels().values()),
			"datasets": [{"name": _("Deals"), "values": [counts[trouble] for trouble in _labels()]}],
		},
		"type": "bar",
		"fieldtype": "Int",
		"colors": ["#F0803C"],
	}


def _summary(counts: Mapping[str, int]) -> list[dict]:
	return [
		{
			"label": label,
			"value": counts[trouble],
			"datatype": "Int",
			"indicator": "red" if counts[trouble] else "green",
		}
		for trouble, label in _labels().items()
	]
