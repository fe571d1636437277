"""What every report of Deals shares: which deals its reader may see, narrowed by the filters, and the period."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NoReturn

import frappe
from frappe import _
from frappe.utils import add_days, getdate, nowdate
from pypika.terms import Criterion

from crm_marketplace.permissions.deals import deal_criterion

DEFAULT_DAYS = 90
FILTERS = ("responsible", "team", "source", "company")


def deals(table, filters: frappe._dict) -> Criterion:
	"""Deals the reader may see, by the filters pipeline, responsible, team, source and company.

	One pipeline at a time: stages of several mean nothing together, and each has its own currency.

	Args:
		table: `frappe.qb.DocType("Deal")` of the query.

	Raises:
		frappe.PermissionError: the reader may see no deals at all.
	"""
	frappe.has_permission("Deal", "report", throw=True)
	filters = frappe._dict(filters, pipeline=pipeline_of(filters))
	criterion = table.pipeline == (filters.pipeline or "")
	permitted = deal_criterion(table)
	if permitted is not None:
		criterion &= permitted
	for field in FILTERS:
		if value := filters.get(field):
			criterion &= table[field] == value
	return criterion


def period(filters: frappe._dict) -> tuple[datetime, datetime]:
	"""From the first moment of `from_date` to the first after `to_date`, days of the site's zone."""
	last = getdate(filters.to_date or nowdate())
	first = getdate(filters.from_date or add_days(last, 1 - DEFAULT_DAYS))
	if first > last:
		frappe.throw(_("The first day lies after the last one."))
	return _start(first), _start(last + timedelta(days=1))


def pipeline_of(filters: frappe._dict) -> str | None:
	"""The pipeline asked for, or the reader's first one."""
	if filters.get("pipeline"):
		return filters.pipeline
	rows = frappe.get_list(
		"Deal Pipeline", filters={"archived": 0}, pluck="name", order_by="position asc", limit=1
	)
	return rows[0] if rows else None


def currency_of(pipeline: str | None) -> str | None:
	return frappe.get_cached_value("Deal Pipeline", pipeline, "currency") if pipeline else None


def labels(texts: Iterable[str]) -> list[str]:
	"""Labels of a chart. Frappe's charts take them for HTML, so a "<" is written as an entity."""
	return [str(text).replace("<", "&lt;") for text in texts]


def names_of_people(users: Iterable[str | None]) -> dict[str, str]:
	"""User → full name. One query."""
	wanted = sorted({user for user in users if user})
	rows = frappe.get_all("User", filters={"name": ("in", wanted or [""])}, fields=["name", "full_name"])
	return {row.name: row.full_name for row in rows}


@dataclass(frozen=True, slots=True)
class Behind:
	"""The records a figure of a report is the number, or the sum, of."""

	doctype: str
	criterion: Criterion  # over `frappe.qb.DocType(doctype)`


def nothing_behind() -> NoReturn:
	"""
	Raises:
		frappe.ValidationError: always.
	"""
	frappe.throw(_("The request is not understood. Reload the page."))


def _start(day: date) -> datetime:
	return datetime.combine(day, datetime.min.time())
