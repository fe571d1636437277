"""The call from a figure of a report to the records behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint

from crm_marketplace.deals import stages
from crm_marketplace.deals.api.guard import mapping
from crm_marketplace.deals.report import scope
from crm_marketplace.deals.report.deal_forecast import deal_forecast
from crm_marketplace.deals.report.deal_funnel import deal_funnel
from crm_marketplace.deals.report.deal_loss_reasons import deal_loss_reasons
from crm_marketplace.deals.report.deal_staff_activity import deal_staff_activity
from crm_marketplace.deals.report.deal_time_in_stage import deal_time_in_stage
from crm_marketplace.deals.report.deals_by_source import deals_by_source
from crm_marketplace.deals.report.deals_plan_and_fact import deals_plan_and_fact
from crm_marketplace.deals.tasks import plain

REPORTS: dict[str, Callable[[frappe._dict, str, str], scope.Behind]] = {
	"Deal Forecast": deal_forecast.behind,
	"Deal Funnel": deal_funnel.behind,
	"Deal Loss Reasons": deal_loss_reasons.behind,
	"Deal Staff Activity": deal_staff_activity.behind,
	"Deal Time in Stage": deal_time_in_stage.behind,
	"Deals Plan and Fact": deals_plan_and_fact.behind,
	"Deals by Source": deals_by_source.behind,
}
PAGE = 50
MOST = 1000  # records looked at; beyond them the answer says that there are more


@frappe.whitelist()
def behind(
	report: str, key: str, column: str, filters: dict | str | None = None, start: int = 0
) -> dict[str, Any]:
	"""The records a figure is made of, as far as the reader may open them, the last changed first.

	Args:
		key: of the row, as the report gave it.
		column: its fieldname.
		filters: of the report.
		start: how many the caller has.

	Returns:
		`doctype`, `total`, `more` (there are more than were looked at), and `rows` of name, title, about, person,
		amount, currency, on; those a kind of record does not have are None.
	"""
	if report not in REPORTS:
		scope.nothing_behind()
	if not frappe.get_doc("Report", report).is_permitted():
		raise frappe.PermissionError(_("This report is not for you."))
	found = REPORTS[report](frappe._dict(mapping(filters)), key, column)
	table = frappe.qb.DocType(found.doctype)
	names = (
		frappe.qb.from_(table)
		.select(table.name)
		.where(found.criterion)
		.orderby(table.modified, order=frappe.qb.desc)
		.limit(MOST + 1)
	).run(pluck=True)
	# Frappe's own list says which of them the reader may open.
	seen = (
		frappe.get_list(
			found.doctype,
			filters={"name": ("in", names[:MOST] or [""])},
			pluck="name",
			order_by="modified desc",
			limit=0,
		)
		if frappe.has_permission(found.doctype, "read")
		else []
	)
	start = max(0, cint(start))
	return {
		"doctype": found.doctype,
		"total": len(seen),
		"more": len(names) > MOST,
		"rows": ROWS[found.doctype](seen[start : start + PAGE]),
	}


def _deals(names: Sequence[str]) -> list[dict[str, Any]]:
	rows = _fetch(
		"Deal",
		names,
		(
			"title",
			"party_name",
			"stage",
			"pipeline_currency",
			"base_amount",
			"responsible",
			"creation",
			"closed_at",
		),
	)
	people = scope.names_of_people(row.responsible for row in rows)
	titles = stages.titles_of({row.stage for row in rows})
	return [
		_row(
			row.name,
			title=row.title,
			about=row.party_name,
			state=titles.get(row.stage),
			person=people.get(row.responsible) or row.responsible,
			amount=row.base_amount,
			currency=row.pipeline_currency,
			on=row.closed_at or row.creation,
		)
		for row in rows
	]


def _tasks(names: Sequence[str]) -> list[dict[str, Any]]:
	rows = _fetch(
		"ToDo", names, ("description", "reference_name", "status", "allocated_to", "due_at", "modified")
	)
	people = scope.names_of_people(row.allocated_to for row in rows)
	return [
		_row(
			row.name,
			title=plain(row.description),
			about=row.reference_name,
			state=_(row.status),
			person=people.get(row.allocated_to) or row.allocated_to,
			on=row.due_at or row.modified,
		)
		for row in rows
	]


def _sales_orders(names: Sequence[str]) -> list[dict[str, Any]]:
	rows = _fetch(
		"Sales Order", names, ("customer_name", "status", "owner", "base_grand_total", "company", "creation")
	)
	people = scope.names_of_people(row.owner for row in rows)
	return [
		_row(
			row.name,
			title=row.name,
			about=row.customer_name,
			state=_(row.status),
			person=people.get(row.owner) or row.owner,
			amount=row.base_grand_total,
			currency=frappe.get_cached_value("Company", row.company, "default_currency"),
			on=row.creation,
		)
		for row in rows
	]


def _shop_orders(names: Sequence[str]) -> list[dict[str, Any]]:
	rows = _fetch(
		"Marketplace Order", names, ("external_id", "shop", "status", "total", "currency", "ordered_at")
	)
	return [
		_row(
			row.name,
			title=row.external_id,
			about=row.shop,
			state=_(row.status, context="Marketplace Order"),
			amount=row.total,
			currency=row.currency,
			on=row.ordered_at,
		)
		for row in rows
	]


ROWS: dict[str, Callable[[Sequence[str]], list[dict[str, Any]]]] = {
	"Deal": _deals,
	"ToDo": _tasks,
	"Sales Order": _sales_orders,
	"Marketplace Order": _shop_orders,
}


def _fetch(doctype: str, names: Sequence[str], fields: Sequence[str]) -> list[frappe._dict]:
	"""In the order of the names."""
	rows = frappe.get_all(doctype, filters={"name": ("in", list(names) or [""])}, fields=["name", *fields])
	found = {row.name: row for row in rows}
	return [found[name] for name in names if name in found]


def _row(name: str, **values: Any) -> dict[str, Any]:
	empty = dict.fromkeys(("title", "about", "state", "person", "amount", "currency", "on"))
	return {**empty, "name": name, **values}
