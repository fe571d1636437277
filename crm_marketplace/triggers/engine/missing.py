"""Fields that were taken away: the triggers that ask about them are paused, and their owners told.

A rule about a field that is no more would otherwise simply never hold, and nobody would hear of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe.model.document import Document

from crm_marketplace.rules.triggers_conditions import paths_of
from crm_marketplace.triggers.engine import health, index

ASKING = (
	"name",
	"document_type",
	"event_field",
	"watched_fields",
	"conditions",
	"repeat_until",
)


def missing_fields(rule: Mapping[str, Any] | Document) -> list[str]:
	"""What the trigger asks about and its document, a linked one or its rows do not have (any more)."""
	doctype = rule.get("document_type")
	if not doctype:
		return []
	asked = paths_of(index.parsed(rule.get("conditions"))) | paths_of(index.parsed(rule.get("repeat_until")))
	asked |= {rule.get("event_field") or "", *(rule.get("watched_fields") or "").split()} - {""}
	return sorted(path for path in asked if not _is_there(doctype, path))


def check_all() -> None:
	"""Daily, and after a migration: pause every trigger that asks about what is no more."""
	for row in frappe.get_all("Trigger", filters={"enabled": 1}, fields=list(ASKING)):
		if why := _obstacle(row):
			health.pause(frappe.get_doc("Trigger", row.name), why)


def on_fields_changed(doc: Document, method: str | None = None) -> None:
	"""A Custom Field was deleted, or a DocType saved. Installers and migrations are looked at when they are through."""
	flags = frappe.flags
	if flags.in_install or flags.in_migrate or flags.in_patch or flags.in_uninstall:
		return
	if doc.doctype == "Custom Field":
		frappe.clear_cache(doctype=doc.dt)  # what was read since Frappe cleared it has the field still
	check_all()


# --- inside ----------------------------------------------------------------------------------------


def _obstacle(rule: Mapping[str, Any]) -> str:
	if not rule["document_type"]:
		return ""
	if not _meta(rule["document_type"]):
		return frappe._("There is no document type {0}.").format(rule["document_type"])
	missing = missing_fields(rule)
	if not missing:
		return ""
	return frappe._("{0} has no field {1}.").format(frappe._(rule["document_type"]), ", ".join(missing))


def _is_there(doctype: str, path: str) -> bool:
	meta = _meta(doctype)
	if meta is None:
		return False
	for separator in (":", "."):
		first, found, rest = path.partition(separator)
		if found:
			df = meta.get_field(first)
			if df is None or df.fieldtype == "Dynamic Link":
				return df is not None  # what it leads to differs from document to document
			return _is_there(df.options, rest)
	return path in meta.get_valid_columns() or meta.has_field(path)


def _meta(doctype: str | None):
	try:
		return frappe.get_meta(doctype) if doctype else None
	except frappe.DoesNotExistError:
		frappe.clear_messages()
		return None
