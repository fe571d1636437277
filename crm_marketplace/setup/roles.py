"""The roles this app brings, and who may see its desk."""

from __future__ import annotations

import frappe

MANAGER = "Marketplace Manager"
OPERATOR = "Marketplace Operator"
VIEWER = "Marketplace Viewer"
DEALS_MANAGER = "Deals Manager"
DEALS_USER = "Deals User"
DEALS_VIEWER = "Deals Viewer"
DEALS_ROLES = (DEALS_MANAGER, DEALS_USER, DEALS_VIEWER)
ROLES = (MANAGER, OPERATOR, VIEWER, *DEALS_ROLES)


def create_roles() -> None:
	"""Make the roles that are missing."""
	existing = set(frappe.get_all("Role", filters={"name": ("in", ROLES)}, pluck="name"))
	for role in ROLES:
		if role not in existing:
			frappe.get_doc({"doctype": "Role", "role_name": role, "desk_access": 1}).insert(
				ignore_permissions=True  # install runs as Administrator
			)


def may_see_desk() -> bool:
	"""Whether the session's user sees the app on the apps screen."""
	return bool({*ROLES, "System Manager"} & set(frappe.get_roles()))
