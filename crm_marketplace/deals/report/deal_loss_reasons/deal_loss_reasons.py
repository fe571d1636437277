"""Why deals are lost, and to whom; beside them what was won in the same time. Two queries."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce, Count, Sum
from frappe.utils import flt
from pypika.terms import Criterion

from crm_marketplace.deals.report import scope
from crm_marketplace.rules.deals import Kind


def execute(filters: dict | None = None) -> tuple:
	"""Filters: pipeline, responsible, team, source, company, from_date, to_date (deals closed in the period)."""
	filters = frappe._dict(filters or {})
	currency = scope.currency_of(scope.pipeline_of(filters))
	lost = _closed(filters, Kind.LOST)
	total = sum(row.deals for row in lost)
	data = [
		{
			"reason": row.reason or _("No reason given"),
			"key": row.reason,
			"deals": row.deals,
			"share": round(100 * row.deals / total, 1),
			"amount": flt(row.amount),
			"currency": currency,
		}
		for row in lost
	]
	return _columns(), data, None, _chart(data), _summary(filters, data, currency)


def _closed(filters: frappe._dict, kind: Kind) -> list[frappe._dict]:
	deal = frappe.qb.DocType("Deal")
	reason = Coalesce(deal.loss_reason, "")
	return (
		frappe.qb.from_(deal)
		.select(reason.as_("reason"), Count("*").as_("deals"), Sum(deal.base_amount).as_("amount"))
		.where(_of_kind(deal, filters, kind))
		.groupby(reason)
		.orderby(Count("*"), order=frappe.qb.desc)
	).run(as_dict=True)


def _of_kind(deal, filters: frappe._dict, kind: Kind) -> Criterion:
	first, last = scope.period(filters)
	return (
		scope.deals(deal, filters)
		& (deal.stage_kind == str(kind))
		& (deal.closed_at >= first)
		& (deal.closed_at < last)
	)


def behind(filters: frappe._dict, key: str, column: str) -> scope.Behind:
	"""Deals lost for a reason; "": for none."""
	deal = frappe.qb.DocType("Deal")
	return scope.Behind("Deal", _of_kind(deal, filters, Kind.LOST) & (Coalesce(deal.loss_reason, "") == key))


def _columns() -> list[dict]:
	return [
		{"fieldname": "reason", "label": _("Reason"), "fieldtype": "Data", "width": 260},
		{"fieldname": "deals", "label": _("Lost deals"), "fieldtype": "Int", "width": 140, "behind": 1},
		{"fieldname": "share", "label": _("Share, %"), "fieldtype": "Percent", "width": 110},
		{
			"fieldname": "amount",
			"label": _("Amount"),
			"fieldtype": "Currency",
			"options": "currency",
			"width": 160,
		},
	]


def _chart(data: list[dict]) -> dict | None:
	if not data:
		return None
	return {
		"data": {
			"labels": scope.labels(row["reason"] for row in data),
			"datasets": [{"name": _("Lost deals"), "values": [row["deals"] for row in data]}],
		},
		"type": "bar",
		"fieldtype": "Int",
		"colors": ["#E24C4C"],
	}


def _summary(filters: frappe._dict, data: list[dict], currency: str | None) -> list[dict]:
	won = _closed(filters, Kind.WON)
	number, amount = sum(row.deals for row in won), sum(flt(row.amount) for row in won)
	lost = sum(row["deals"] for row in data)
	share = round(100 * number / (number + lost), 1) if number + lost else 0
	return [
		{"label": _("Won"), "value": number, "datatype": "Int", "indicator": "green"},
		{
			"label": _("Won amount"),
			"value": amount,
			"datatype": "Currency",
			"currency": currency,
			"indicator": "green",
		},
		{"label": _("Lost"), "value": lost, "datatype": "Int", "indicator": "red"},
		{"label": _("Won, %"), "value": share, "datatype": "Percent", "indicator": "blue"},
	]
