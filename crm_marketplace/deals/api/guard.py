"""Shared checks of the calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document


def permitted(doctype: str, name: str, permission: str = "read", *, for_update: bool = False) -> Document:
	"""The document, if the caller has the permission on it."""
	doc = frappe.get_doc(doctype, name, for_update=for_update)
	doc.check_permission(permission)
	return doc


def mapping(value: Any) -> dict[str, Any]:
	"""An object from a request: {} when nothing was sent."""
	value = frappe.parse_json(value) if isinstance(value, str) else value
	if not value:
		return {}
	if not isinstance(value, Mapping):
		frappe.throw(_("The request is not understood. Reload the page."))
	return dict(value)


def texts(value: Any, most: int) -> list[str]:
	"""A list of names from a request: text only, none twice, not endless."""
	value = frappe.parse_json(value) if isinstance(value, str) else value
	if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
		frappe.throw(_("The request is not understood. Reload the page."))
	if len(value) > most:
		frappe.throw(_("Choose {0} rows at most.").format(most))
	return list(dict.fromkeys(value))
