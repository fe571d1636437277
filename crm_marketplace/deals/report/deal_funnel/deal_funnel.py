"""How many deals come into each stage, and how many of them go on; of each source, if one asks. Three queries
whatever the number of deals.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import frappe
from frappe import _

from crm_marketplace.deals import stages
from crm_marketplace.deals.report import scope
from crm_marketplace.rules.deals import Kind
from crm_marketplace.rules.funnel import Step, funnel, furthest_of

MOST_SOURCES = 8  # columns of their own, those with the most deals; the rest are in the column of all


@dataclass(frozen=True, slots=True)
class _Deals:
	"""Deals made in the period: the stages each was in, the source of each ("": none)."""

	stages: dict[str, set[str]]
	sources: dict[str, str]

	def of_source(self, source: str) -> dict[str, set[str]]:
		return {deal: passed for deal, passed in self.stages.items() if self.sources[deal] == source}

	def most_frequent_sources(self) -> list[str]:
		counted = Counter(self.sources.values())
		return sorted(counted, key=lambda source: (-counted[source], source))[:MOST_SOURCES]


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, responsible, team, source, company, from_date, to_date (deals made in the period),
	by_source (a column per source)."""
	filters = frappe._dict(filters or {})
	pipeline = scope.pipeline_of(filters)
	if not pipeline:
		return _columns([]), []
	rows = stages.rows_of(pipeline)
	deals = _made(filters)
	steps = _steps(rows, deals.stages)
	titles = {row.name: row.stage_name for row in rows}
	data = [_row(step, titles[step.stage]) for step in steps]
	sources = deals.most_frequent_sources() if filters.by_source else []
	for number, source in enumerate(sources):
		for row, step in zip(data, _steps(rows, deals.of_source(source)), strict=True):
			row |= {f"deals_{number}": step.reached, f"share_{number}": step.of_first}
	return _columns(sources), data, None, _chart(data, sources), _summary(steps)


def behind(filters: frappe._dict, key: str, column: str) -> scope.Behind:
	"""Deals that came to a stage or further; for the column "left" those that came no further; for "deals_0", …
	those of that source."""
	rows = stages.rows_of(scope.pipeline_of(filters) or "")
	deals = _made(filters)
	chosen = deals.stages
	if column.startswith("deals_"):
		sources = dict(enumerate(deals.most_frequent_sources()))
		number = column.removeprefix("deals_")
		if not number.isdecimal() or int(number) not in sources:
			scope.nothing_behind()
		chosen = deals.of_source(sources[int(number)])
	opened, won = _stages(rows)
	steps = [*opened, *won[:1]]
	if key not in steps:
		scope.nothing_behind()
	place = steps.index(key)
	names = [
		deal
		for deal, furthest in furthest_of(opened, won, chosen).items()
		if (furthest == place if column == "left" else furthest >= place)
	]
	deal = frappe.qb.DocType("Deal")
	return scope.Behind("Deal", deal.name.isin(names or [""]))


def _stages(rows: Sequence[frappe._dict]) -> tuple[list[str], list[str]]:
	"""Stages a deal goes through, and those it is won in."""
	there = [row for row in rows if not row.archived]
	return (
		[row.name for row in there if row.kind in (Kind.OPEN, Kind.ON_HOLD)],
		[row.name for row in there if row.kind == Kind.WON],
	)


def _steps(rows: Sequence[frappe._dict], deals: dict[str, set[str]]) -> list[Step]:
	return funnel(*_stages(rows), deals)


def _made(filters: frappe._dict) -> _Deals:
	first, last = scope.period(filters)
	deal, change = frappe.qb.DocType("Deal"), frappe.qb.DocType("Deal Stage Change")
	found = _Deals({}, {})
	for name, source, stage in (
		frappe.qb.from_(change)
		.join(deal)
		.on((change.parent == deal.name) & (change.parenttype == "Deal"))
		.select(deal.name, deal.source, change.stage)
		.where(scope.deals(deal, filters) & (deal.creation >= first) & (deal.creation < last))
		.groupby(deal.name, change.stage)
	).run():
		found.stages.setdefault(name, set()).add(stage)
		found.sources[name] = source or ""
	return found


def _row(step: Step, title: str) -> dict:
	return {
		"stage": title,
		"key": step.stage,
		"deals": step.reached,
		"from_first": step.of_first,
		"from_previous": step.of_previous,
		"left": step.stopped,
	}


def _columns(sources: Sequence[str]) -> list[dict]:
	columns = [
		{"fieldname": "stage", "label": _("Stage"), "fieldtype": "Data", "width": 240},
		{
			"fieldname": "deals",
			"label": _("Deals that came here"),
			"fieldtype": "Int",
			"width": 170,
			"behind": 1,
		},
		{"fieldname": "from_first", "label": _("Of all, %"), "fieldtype": "Percent", "width": 110},
		{
			"fieldname": "from_previous",
			"label": _("Of the stage before, %"),
			"fieldtype": "Percent",
			"width": 180,
		},
		{"fieldname": "left", "label": _("Stopped here"), "fieldtype": "Int", "width": 130, "behind": 1},
	]
	for number, source in enumerate(sources):
		title = source or _("Not told")
		columns += [
			{
				"fieldname": f"deals_{number}",
				"label": title,
				"fieldtype": "Int",
				"width": 140,
				"behind": 1,
			},
			{
				"fieldname": f"share_{number}",
				"label": _("{0}, %").format(title),
				"fieldtype": "Percent",
				"width": 110,
			},
		]
	return columns


def _chart(data: list[dict], sources: Sequence[str]) -> dict | None:
	if not data:
		return None
	sets = [{"name": _("Deals"), "values": [row["deals"] for row in data]}]
	if sources:
		titles = scope.labels(source or _("Not told") for source in sources)
		sets = [
			{"name": title, "values": [row[f"deals_{number}"] for row in data]}
			for number, title in enumerate(titles)
		]
	return {
		"data": {"labels": scope.labels(row["stage"] for row in data), "datasets": sets},
		"type": "bar",
		"fieldtype": "Int",
		**({} if sources else {"colors": ["#449CF0"]}),
	}


def _summary(steps: list[Step]) -> list[dict]:
	if not steps:
		return []
	return [
		{"label": _("Deals"), "value": steps[0].reached, "datatype": "Int", "indicator": "blue"},
		{"label": _("Won, %"), "value": steps[-1].of_first, "datatype": "Percent", "indicator": "green"},
	]
