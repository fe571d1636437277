"""What our roles may choose from ERPNext's own records: a warehouse to map, an item to link, a price list.

Without it a Marketplace Manager who has no other role could not fill in a shop. Choosing ("select") is all
that is given, and reading where a picture or a name must be seen; nothing may be changed by it.
"""

from __future__ import annotations

from collections.abc import Collection

import frappe
from frappe.permissions import reset_perms, setup_custom_perms

from crm_marketplace.setup.roles import (
	DEALS_MANAGER,
	DEALS_USER,
	DEALS_VIEWER,
	MANAGER,
	OPERATOR,
	ROLES,
	VIEWER,
)

# DocType → role → right.
RIGHTS: dict[str, dict[str, str]] = {
	"Account": {MANAGER: "select"},
	"Campaign": {DEALS_MANAGER: "select", DEALS_USER: "select"},
	"Company": {
		MANAGER: "select",
		OPERATOR: "select",
		VIEWER: "select",
		DEALS_MANAGER: "select",
		DEALS_USER: "select",
		DEALS_VIEWER: "select",
	},
	"Competitor": {DEALS_MANAGER: "read", DEALS_USER: "read", DEALS_VIEWER: "read"},
	"Contact": {DEALS_MANAGER: "read", DEALS_USER: "read", DEALS_VIEWER: "read"},
	"Cost Center": {MANAGER: "select"},
	"Currency": {MANAGER: "select", DEALS_MANAGER: "select", DEALS_USER: "select", DEALS_VIEWER: "select"},
	"Customer": {MANAGER: "select", DEALS_MANAGER: "read", DEALS_USER: "read", DEALS_VIEWER: "read"},
	"Customer Group": {MANAGER: "select"},
	"Holiday List": {DEALS_MANAGER: "select"},
	"Item": {
		MANAGER: "read",
		OPERATOR: "read",
		VIEWER: "read",
		DEALS_MANAGER: "read",
		DEALS_USER: "read",
		DEALS_VIEWER: "read",
	},
	"Item Group": {MANAGER: "select", OPERATOR: "select"},
	"Lead": {DEALS_MANAGER: "read", DEALS_USER: "read", DEALS_VIEWER: "read"},
	"Lead Source": {DEALS_MANAGER: "select", DEALS_USER: "select", DEALS_VIEWER: "select"},
	"Price List": {MANAGER: "select"},
	"Prospect": {DEALS_MANAGER: "read", DEALS_USER: "read", DEALS_VIEWER: "read"},
	"Sales Person": {DEALS_MANAGER: "select", DEALS_USER: "select", DEALS_VIEWER: "select"},
	"Sales Taxes and Charges Template": {MANAGER: "select"},
	"Supplier": {DEALS_MANAGER: "select", DEALS_USER: "select", DEALS_VIEWER: "select"},
	"Territory": {MANAGER: "select", DEALS_MANAGER: "select"},
	"UOM": {MANAGER: "select", OPERATOR: "select", DEALS_MANAGER: "select", DEALS_USER: "select"},
	"Warehouse": {MANAGER: "select", OPERATOR: "select", VIEWER: "select"},
}


def grant(only: Collection[str] = ROLES) -> None:
	"""Give the rights that no rule speaks of yet. Once per role: what an administrator takes back stays so.

	Args:
		only: the roles that are new on this site.
	"""
	for doctype, roles in RIGHTS.items():
		for role, right in roles.items():
			if role in only and not _is_ruled(doctype, role):
				setup_custom_perms(doctype)
				_add(doctype, role, right)
		frappe.clear_cache(doctype=doctype)


def revoke() -> None:
	"""Take our rules away. Where Frappe had copied the standard rules only for them, those count again."""
	for doctype in RIGHTS:
		frappe.db.delete("Custom DocPerm", {"parent": doctype, "role": ("in", ROLES)})
		if _rules("Custom DocPerm", doctype) == _rules("DocPerm", doctype):
			reset_perms(doctype)
		frappe.clear_cache(doctype=doctype)


def _is_ruled(doctype: str, role: str) -> bool:
	return bool(frappe.db.exists("Custom DocPerm", {"parent": doctype, "role": role, "permlevel": 0}))


def _add(doctype: str, role: str, right: str) -> None:
	frappe.get_doc(
		{
			"doctype": "Custom DocPerm",
			"parent": doctype,
			"parenttype": "DocType",
			"parentfield": "permissions",
			"role": role,
			"permlevel": 0,
			"select": 1,
			"read": int(right == "read"),
		}
	).insert(ignore_permissions=True)  # install runs as Administrator


def _rules(kind: str, doctype: str) -> list[tuple]:
	"""The permission rules of a DocType, comparable: without names and times of the rows."""
	columns = sorted(
		field.fieldname
		for field in frappe.get_meta("DocPerm").fields
		if field.fieldname and not _is_layout(field)
	)
	rows = frappe.get_all(kind, filters={"parent": doctype}, fields=columns)
	return sorted(tuple(str(row[column] or "") for column in columns) for row in rows)


def _is_layout(field) -> bool:
	return field.fieldtype in frappe.model.no_value_fields
