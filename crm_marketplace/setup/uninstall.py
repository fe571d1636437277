"""Uninstall removes what install added, and leaves the customer's documents alone."""

from __future__ import annotations

import frappe

from crm_marketplace.setup import lookups
from crm_marketplace.setup.custom_fields import custom_fields
from crm_marketplace.setup.indexes import drop_indexes
from crm_marketplace.setup.roles import ROLES
from crm_marketplace.triggers.engine import index

APP = "crm_marketplace"
# Frappe's tables that hold rows about documents → the field that names their DocType.
ABOUT_DOCUMENTS = {
	"__Auth": "doctype",
	"Comment": "reference_doctype",
	"DocShare": "share_doctype",
	"Document Follow": "ref_doctype",
	"Logs To Clear": "ref_doctype",
	"Notification Log": "document_type",
	"Singles": "doctype",
	"Tag Link": "document_type",
	"ToDo": "reference_type",
	"User Permission": "allow",
	"Version": "ref_doctype",
}


def before_uninstall() -> None:
	"""Frappe itself drops our DocTypes, reports, charts and the workspace afterwards; what we have in its own
	tables beside them is ours to remove."""
	remove_custom_fields()
	drop_indexes()
	lookups.revoke()
	remove_roles()
	remove_jobs()
	remove_onboarding_steps()
	frappe.db.delete("Series", {"name": index.COUNTER})
	remove_rows_about(our_doctypes())


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


def remove_jobs() -> None:
	"""Without its code a job would fail every minute, until somebody migrates the site."""
	jobs = frappe.get_all("Scheduled Job Type", filters={"method": ("like", f"{APP}.%")}, pluck="name")
	frappe.db.delete("Scheduled Job Log", {"scheduled_job_type": ("in", jobs or [""])})
	frappe.db.delete("Scheduled Job Type", {"name": ("in", jobs or [""])})


def remove_onboarding_steps() -> None:
	"""Frappe removes the onboarding of a module, and leaves its steps."""
	onboardings = frappe.get_all("Module Onboarding", filters={"module": ("in", our_modules())}, pluck="name")
	steps = frappe.get_all(
		"Onboarding Step Map",
		filters={"parent": ("in", onboardings or [""]), "parenttype": "Module Onboarding"},
		pluck="step",
	)
	frappe.db.delete("Onboarding Step", {"name": ("in", steps or [""])})


def remove_rows_about(doctypes: list[str]) -> None:
	"""Settings, keys, tasks, notices and comments of documents that are about to go."""
	for table, field in ABOUT_DOCUMENTS.items():
		frappe.db.delete(table, {field: ("in", doctypes or [""])})


def our_modules() -> list[str]:
	return frappe.get_all("Module Def", filters={"app_name": APP}, pluck="name") or [""]


def our_doctypes() -> list[str]:
	return frappe.get_all("DocType", filters={"module": ("in", our_modules())}, pluck="name")


def _drop_columns(doctype: str, fieldnames: list[str]) -> None:
	columns = set(frappe.db.get_table_columns(doctype))
	drops = [f"drop column `{name}`" for name in fieldnames if name in columns]
	if drops:
		# Names come from our own list above, never from outside.
		frappe.db.sql_ddl(f"alter table `tab{doctype}` {', '.join(drops)}")
