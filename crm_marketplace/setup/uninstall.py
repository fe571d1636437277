"""Uninstall removes what install added, and leaves the customer's documents alone."""

from __future__ import annotations

import frappe

from crm_marketplace.setup import lookups
from crm_marketplace.setup.custom_fields import custom_fields
from crm_marketplace.setup.indexes import drop_indexes
from crm_marketplace.setup.roles import ROLES


def before_uninstall() -> None:
	"""Frappe itself drops our DocTypes afterwards; fields and roles in its own tables are ours to remove."""
	remove_custom_fields()
	drop_indexes()
	lookups.revoke()
	remove_roles()


def remove_custom_fields() -> None:
	"""Delete the fields, their columns and the property setters people made on them."""
	for doctype, fields in custom_fields().items():
		names = [field["fieldname"] for field in fields]
		frappe.db.delete("Custom Field", {"dt": doctype, "fieldname": ("in", names)})
		frappe.db.delete("Property Setter", {"doc_type": doctype, "field_name": ("in", names)})
		_drop_columns(doctype, names)
		frappe.clear_cache(doctype=doctype)


def remove_roles() -> None:
	for role in ROLES:
		frappe.db.delete("Has Role", {"role": role})
		frappe.db.delete("Custom DocPerm", {"role": role})
		frappe.db.delete("Role", {"name": role})


def _drop_columns(doctype: str, fieldnames: list[str]) -> None:
	columns = set(frappe.db.get_table_columns(doctype))
	drops = [f"drop column `{name}`" for name in fieldnames if name in columns]
	if drops:
		# Names come from our own list above, never from outside.
		frappe.db.sql_ddl(f"alter table `tab{doctype}` {', '.join(drops)}")
