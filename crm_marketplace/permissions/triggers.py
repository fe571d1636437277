"""Who sees which firings: those of documents one may read. A firing tells what its document holds."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.permissions import get_doctypes_with_read


def log_conditions(user: str | None = None) -> str:
	"""The condition of the list of firings: about documents of a kind the user may read, or about none.

	The document itself is asked for where a firing is opened (`may_see_log`).
	"""
	if (user or frappe.session.user) == "Administrator":
		return ""
	kinds = ", ".join(frappe.db.escape(name) for name in ("", *sorted(get_doctypes_with_read())))
	return f"ifnull(`tabTrigger Log`.document_type, '') in ({kinds})"


def may_see_log(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""Whether the user may see this firing: its document must be open to them. What is gone hides nothing."""
	if not doc.document_type or not doc.document_name:
		return True
	if not frappe.db.exists(doc.document_type, doc.document_name):
		return bool(frappe.has_permission(doc.document_type, "read", user=user))
	return bool(frappe.has_permission(doc.document_type, "read", doc.document_name, user=user))
