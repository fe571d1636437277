"""Where deals come from, and which sources bring money. One query."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import flt

from crm_marketplace.deals.report import scope
from crm_marketplace.rules.deals import Kind


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, responsible, team, company, by ("Source", "Campaign", "UTM Source"), from_date, to_date
	(deals made in the period)."""
	filters = frappe._dict(filters or {})
	currency = scope.currency_of(scope.pipeline_of(filters))
	first, last = scope.period(filters)
	deal = frappe.qb.DocType("Deal")
	fields = {"Campaign": deal.campaign, "UTM Source": deal.utm_source}
	by = Coalesce(fields.get(filters.by, deal.source), "")
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
		.where(scope.deals(deal, filters) & (deal.creation >= first) & (deal.creation < last))
		.groupby(by)
	).run(as_dict=True)
	data = sorted((_row(row, currency) for row in found), key=lambda row: (-row["won_amount"], -row["deals"]))
	return _columns(), data, None, _chart(data, currency)


def _row(row: frappe._dict, currency: str | None) -> dict:
	return {
		"source": row.source or _("Not told"),
		"deals": row.deals,
		"won": int(row.won),
		"lost": int(row.lost),
		"conversion": round(100 * int(row.won) / row.deals, 1),
		"won_amount": flt(row.won_amount),
		"weighted": flt(row.weighted),
		"currency": currency,
	}


def _columns() -> list[dict]:
	money = {"fieldtype": "Currency", "options": "currency", "width": 160}
	return [
		{"fieldname": "source", "label": _("Source"), "fieldtype": "Data", "width": 220},
		{"fieldname": "deals", "label": _("Deals"), "fieldtype": "Int", "width": 100},
		{"fieldname": "won", "label": _("Won"), "fieldtype": "Int", "width": 100},
		{"fieldname": "lost", "label": _("Lost"), "fieldtype": "Int", "width": 100},
		{"fieldname": "conversion", "label": _("Won, %"), "fieldtype": "Percent", "width": 110},
		{"fieldname": "won_amount", "label": _("Won amount"), **money},
		{"fieldname": "weighted", "label": _("Weighted Amount"), **money},
	]


def _chart(data: list[dict], currency: str | None) -> dict | None:
	if not data:
		return None
	return {
		"data": {
			"labels": [row["source"] for row in data],
			"datasets": [{"name": _("Won amount"), "values": [row["won_amount"] for row in data]}],
		},
		"type": "bar",
		"axisOptions": {"shortenYAxisNumbers": 1},
		"fieldtype": "Currency",
		"currency": currency,
		"colors": ["#28A745"],
	}
