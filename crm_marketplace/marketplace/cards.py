"""Counts for the desk: numbers on the ready-made filters of our lists."""

from __future__ import annotations

import frappe
from frappe import _

COUNTED_DOCTYPES = (
	"Marketplace Listing",
	"Marketplace Listing Price",
	"Marketplace Order",
	"Marketplace Return",
	"Marketplace Review",
	"Marketplace Sync Log",
)
MOST_FILTER_SETS = 10


@frappe.whitelist()
def counts(doctype: str, filters: dict | str) -> dict[str, int]:
	"""How many documents the session's user may see under each set of filters.

	Args:
		doctype: one of `COUNTED_DOCTYPES`.
		filters: key → list of `[fieldname, operator, value]`.
	"""
	filters = frappe.parse_json(filters)
	if doctype not in COUNTED_DOCTYPES or not isinstance(filters, dict) or len(filters) > MOST_FILTER_SETS:
		frappe.throw(_("These documents are not counted."), frappe.ValidationError)
	frappe.has_permission(doctype, "read", throw=True)
	return {key: _count(doctype, conditions) for key, conditions in filters.items()}


def _count(doctype: str, conditions: list) -> int:
	# get_list, not db.count: it applies the user's own restrictions.
	rows = frappe.get_list(doctype, filters=conditions, fields=["count(name) as total"], order_by="")
	return rows[0].total if rows else 0
