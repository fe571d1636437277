"""What open deals may bring, by the month they are expected to close in. One query."""

from __future__ import annotations

from datetime import date

import frappe
from frappe import _
from frappe.query_builder import CustomFunction
from frappe.query_builder.functions import Count, Sum
from frappe.utils import flt, format_date, getdate, nowdate
from pypika.terms import Criterion

from crm_marketplace.deals.report import scope
from crm_marketplace.rules.deals import Kind

Month = CustomFunction("DATE_FORMAT", ["day", "format"])


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, responsible, team, source, company. Months that have passed are told apart as late."""
	filters = frappe._dict(filters or {})
	currency = scope.currency_of(scope.pipeline_of(filters))
	deal = frappe.qb.DocType("Deal")
	month = _month_of(deal)
	found = (
		frappe.qb.from_(deal)
		.select(
			month.as_("month"),
			Count("*").as_("deals"),
			Sum(deal.base_amount).as_("amount"),
			Sum(deal.weighted_amount).as_("weighted"),
		)
		.where(_open(deal, filters))
		.groupby(month)
		.orderby(month)
	).run(as_dict=True)
	this_month = getdate(nowdate()).replace(day=1)
	data = [
		{
			"month": _label(row.month, this_month),
			"key": row.month or "",
			"deals": row.deals,
			"amount": flt(row.amount),
			"weighted": flt(row.weighted),
			"currency": currency,
		}
		for row in sorted(found, key=lambda row: str(row.month or "9999"))
	]
	return _columns(), data, None, _chart(data, currency), _summary(data, currency)


def _month_of(deal):
	return Month(deal.expected_close, "%Y-%m-01")


def _open(deal, filters: frappe._dict) -> Criterion:
	return scope.deals(deal, filters) & deal.stage_kind.isin([str(Kind.OPEN), str(Kind.ON_HOLD)])


def behind(filters: frappe._dict, key: str, column: str) -> scope.Behind:
	"""Open deals expected in a month (its first day), or without a date ("")."""
	deal = frappe.qb.DocType("Deal")
	of_month = _month_of(deal) == key if key else deal.expected_close.isnull()
	return scope.Behind("Deal", _open(deal, filters) & of_month)


def _label(month: str | None, this_month: date) -> str:
	if not month:
		return _("No date")
	day = getdate(month)
	text = format_date(day, "MM.yyyy")
	return _("{0}, late").format(text) if day < this_month else text


def _columns() -> list[dict]:
	money = {"fieldtype": "Currency", "options": "currency", "width": 170}
	return [
		{"fieldname": "month", "label": _("Month"), "fieldtype": "Data", "width": 160},
		{"fieldname": "deals", "label": _("Deals"), "fieldtype": "Int", "width": 100, "behind": 1},
		{"fieldname": "amount", "label": _("Amount"), **money},
		{"fieldname": "weighted", "label": _("Weighted Amount"), **money},
	]


def _chart(data: list[dict], currency: str | None) -> dict | None:
	if not data:
		return None
	return {
		"data": {
			"labels": [row["month"] for row in data],
			"datasets": [
				{"name": _("Amount"), "values": [row["amount"] for row in data]},
				{"name": _("Weighted Amount"), "values": [row["weighted"] for row in data]},
			],
		},
		"type": "bar",
		"axisOptions": {"shortenYAxisNumbers": 1},
		"fieldtype": "Currency",
		"currency": currency,
		"colors": ["#D1D8DD", "#8B5CF6"],
	}


def _summary(data: list[dict], currency: str | None) -> list[dict]:
	money = {"datatype": "Currency", "currency": currency}
	return [
		{"label": _("Amount"), "value": sum(row["amount"] for row in data), "indicator": "blue", **money},
		{
			"label": _("Weighted Amount"),
			"value": sum(row["weighted"] for row in data),
			"indicator": "purple",
			**money,
		},
	]
