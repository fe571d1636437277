"""Where deals come from, which sources bring money, and whether it pays. A constant number of queries."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import flt
from pypika.terms import Criterion

from crm_marketplace.deals.advertising import Costs, costs_of
from crm_marketplace.deals.report import scope
from crm_marketplace.rules.advertising import return_on
from crm_marketplace.rules.deals import Kind


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, responsible, team, company, by ("Source", "Campaign", "UTM Source"), from_date, to_date
	(deals made in the period)."""
	filters = frappe._dict(filters or {})
	pipeline = scope.pipeline_of(filters)
	currency = scope.currency_of(pipeline)
	first, last = scope.period(filters)
	deal = frappe.qb.DocType("Deal")
	by = _by(deal, filters)
	won, lost = deal.stage_kind == str(Kind.WON), deal.stage_kind == str(Kind.LOST)
	found = (
		frappe.qb.from_(deal)
		.select(
			by.as_("source"),
			Count("*").as_("deals"),
			Sum(Case().when(won, 1).else_(0)).as_("won"),
			Sum(Case().when(lost, 1).else_(0)).as_("lost"),
			Sum(Case().when(won, deal.base_amount).else_(0)).as_("won_amount"),
			Sum(deal.weighted_amount).as_("weighted"),
		)
		.where(_made(deal, filters))
		.groupby(by)
	).run(as_dict=True)
	costs = costs_of(pipeline, filters.by or "Source", first, last, currency, filters.company)
	found += [_without_deals(name) for name in sorted(costs.sources - {row.source for row in found})]
	data = sorted(
		({**_row(row, currency, costs), "pipeline": pipeline} for row in found),
		key=lambda row: (-row["won_amount"], -row["deals"], -row["cost"]),
	)
	return _columns(), data, _message(costs, currency), _chart(data, currency)


def _by(deal, filters: frappe._dict):
	fields = {"Campaign": deal.campaign, "UTM Source": deal.utm_source}
	return Coalesce(fields.get(filters.by, deal.source), "")


def _made(deal, filters: frappe._dict) -> Criterion:
	first, last = scope.period(filters)
	return scope.deals(deal, filters) & (deal.creation >= first) & (deal.creation < last)


def behind(filters: frappe._dict, key: str, column: str) -> scope.Behind:
	"""Deals of a source ("": of none); for the columns "won" and "lost" those that are."""
	deal = frappe.qb.DocType("Deal")
	criterion = _made(deal, filters) & (_by(deal, filters) == key)
	if kind := {"won": Kind.WON, "lost": Kind.LOST}.get(column):
		criterion &= deal.stage_kind == str(kind)
	return scope.Behind("Deal", criterion)


def _message(costs: Costs, currency: str | None) -> str | None:
	if not costs.unconverted:
		return None
	return _(
		"Expenses in {0} are left out: there is no exchange rate to {1}. Add a Currency Exchange and open the report again."
	).format(", ".join(costs.unconverted), currency)


def _without_deals(source: str) -> frappe._dict:
	"""Money was spent, and nobody came: this, too, must be seen."""
	return frappe._dict(source=source, deals=0, won=0, lost=0, won_amount=0, weighted=0)


def _row(row: frappe._dict, currency: str | None, costs: Costs) -> dict:
	"""A line; `subject` and `ledger`, and the pipeline, are for the way to what is behind its costs."""
	won_amount, cost = flt(row.won_amount), costs.of(row.source)
	return {
		"source": row.source or _("Not told"),
		"key": row.source,
		"deals": row.deals,
		"won": int(row.won),
		"lost": int(row.lost),
		"conversion": round(100 * int(row.won) / row.deals, 1) if row.deals else None,
		"won_amount": won_amount,
		"cost_entered": costs.entered.get(row.source, 0.0),
		"cost_booked": costs.booked.get(row.source, 0.0),
		"cost": cost,
		"cost_per_deal": round(cost / row.deals, 2) if row.deals else None,
		"roi": return_on(won_amount, cost),
		"weighted": flt(row.weighted),
		"currency": currency,
		"subject": row.source,
		"ledger": costs.ledger.get(row.source, []),
	}


def _columns() -> list[dict]:
	money = {"fieldtype": "Currency", "options": "currency", "width": 160}
	return [
		{"fieldname": "source", "label": _("Source"), "fieldtype": "Data", "width": 220},
		{"fieldname": "deals", "label": _("Deals"), "fieldtype": "Int", "width": 100, "behind": 1},
		{"fieldname": "won", "label": _("Won"), "fieldtype": "Int", "width": 100, "behind": 1},
		{"fieldname": "lost", "label": _("Lost"), "fieldtype": "Int", "width": 100, "behind": 1},
		{"fieldname": "conversion", "label": _("Won, %"), "fieldtype": "Percent", "width": 110},
		{"fieldname": "won_amount", "label": _("Won amount"), **money},
		{"fieldname": "cost_entered", "label": _("Spent, entered"), **money},
		{"fieldname": "cost_booked", "label": _("Spent, in the books"), **money},
		{"fieldname": "cost", "label": _("Spent"), **money},
		{"fieldname": "cost_per_deal", "label": _("Spent per deal"), **money},
		{"fieldname": "roi", "label": _("ROI, %"), "fieldtype": "Percent", "width": 110},
		{"fieldname": "weighted", "label": _("Weighted Amount"), **money},
	]


def _chart(data: list[dict], currency: str | None) -> dict | None:
	if not data:
		return None
	return {
		"data": {
			"labels": scope.labels(row["source"] for row in data),
			"datasets": [
				{"name": _("Won amount"), "values": [row["won_amount"] for row in data]},
				{"name": _("Spent"), "values": [row["cost"] for row in data]},
			],
		},
		"type": "bar",
		"axisOptions": {"shortenYAxisNumbers": 1},
		"fieldtype": "Currency",
		"currency": currency,
		"colors": ["#28A745", "#E24C4C"],
	}
