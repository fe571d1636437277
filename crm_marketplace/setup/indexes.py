"""Indexes on ERPNext's tables that our searches need and ERPNext lacks: data only."""

from __future__ import annotations

import frappe

# DocType → name of the index → columns.
INDEXES: dict[str, dict[str, list[str]]] = {
	"Payment Entry": {"crm_party": ["party_type", "party"]},
}


def add_indexes() -> None:
	for doctype, indexes in INDEXES.items():
		for name, columns in indexes.items():
			frappe.db.add_index(doctype, columns, index_name=name)


def drop_indexes() -> None:
	for doctype, indexes in INDEXES.items():
		for name in indexes:
			if frappe.db.has_index(f"tab{doctype}", name):
				# Names come from our own list above, never from outside.
				frappe.db.sql_ddl(f"alter table `tab{doctype}` drop index `{name}`")
