"""What a report may look at: the shops its reader is allowed to see, narrowed by the filters."""

from __future__ import annotations

import frappe


def shops(filters: dict) -> list[str]:
	"""Names of the shops, by the filters `shop` and `company`. One query.

	Reports then ask for orders and stock of these shops without further permission checks, so that their
	queries stay few: restrictions of users (by shop or company) hold through the shops.

	Raises:
		frappe.PermissionError: the reader may see no shops at all.
	"""
	conditions = {}
	if filters.get("shop"):
		conditions["name"] = filters["shop"]
	if filters.get("company"):
		conditions["company"] = filters["company"]
	return frappe.get_list("Marketplace Shop", filters=conditions, pluck="name", limit=0, order_by="name")
