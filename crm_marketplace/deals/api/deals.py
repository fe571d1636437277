"""Calls of the Deal form and of the forms deals come from."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.utils import get_datetime, now_datetime

from crm_marketplace.deals import conversations, documents, sources, stages
from crm_marketplace.deals.api.guard import permitted
from crm_marketplace.rules import deals as rules


@frappe.whitelist()
def stage_bar(deal: str) -> list[dict[str, Any]]:
	"""The stages of a deal's pipeline as its form shows them: passed, present, ahead, with the time spent."""
	doc = permitted("Deal", deal)
	spent: dict[str, int] = {}
	now = now_datetime()
	for row in doc.history:
		left = get_datetime(row.left_at) if row.left_at else now
		seconds = max(0, int((left - get_datetime(row.entered_at)).total_seconds()))
		spent[row.stage] = spent.get(row.stage, 0) + seconds
	rows = [row for row in stages.rows_of(doc.pipeline) if not row.archived or row.name == doc.stage]
	order = [row.name for row in rows]
	present = order.index(doc.stage) if doc.stage in order else -1
	return [
		{
			"name": row.name,
			"title": row.stage_name,
			"kind": row.kind,
			"color": row.color or "",
			"state": "present" if index == present else "passed" if index < present else "ahead",
			"seconds": spent.get(row.name, 0),
			"days_over": rules.days_over(get_datetime(doc.stage_since), row.days_allowed, now)
			if index == present and doc.stage_since
			else 0,
		}
		for index, row in enumerate(rows)
	]


@frappe.whitelist()
def calendar_events(start: str, end: str, filters: str | list | None = None) -> list[dict[str, Any]]:
	"""Deals by the hour of their next step, for the calendar; only those the reader may see."""
	conditions = frappe.parse_json(filters) if filters else []
	rows = frappe.get_list(
		"Deal",
		filters=[*conditions, ["Deal", "next_step_on", "between", [start, end]]],
		fields=["name", "title", "next_step", "next_step_on", "stage_kind"],
		limit=1000,
	)
	return [
		{
			"name": row.name,
			"title": f"{row.title}: {row.next_step}",
			"next_step_on": row.next_step_on,
			"allDay": 0,
		}
		for row in rows
	]


@frappe.whitelist()
def deal_values(doctype: str, name: str) -> dict[str, Any]:
	"""What a new deal takes from another document.

	Returns:
		Fields of the deal; `{"made": {"name", "title"}}` when a conversation was made into a deal already, both None
		where that deal is not the caller's to see.
	"""
	frappe.has_permission("Deal", "create", throw=True)
	values = sources.values_from(doctype, name)
	made = conversations.deal_made_of(doctype, name)
	return {"made": made} if made else values


@frappe.whitelist()
def make_quotation(source_name: str, target_doc: str | None = None):
	"""For `frappe.model.open_mapped_doc`; the mapper checks the permissions."""
	return documents.make_quotation(source_name, target_doc)


@frappe.whitelist()
def make_sales_order(source_name: str, target_doc: str | None = None):
	"""As above."""
	return documents.make_sales_order(source_name, target_doc)


@frappe.whitelist()
def make_project(source_name: str, target_doc: str | None = None):
	"""As above."""
	return documents.make_project(source_name, target_doc)


@frappe.whitelist()
def make_customer(source_name: str, target_doc: str | None = None):
	"""As above, by ERPNext's own mapping."""
	return documents.make_customer(source_name, target_doc)
