"""Who sees which firings: those about documents they may read. A firing tells what its document holds."""

from __future__ import annotations

import frappe
from frappe.model.db_query import DatabaseQuery
from frappe.model.document import Document
from frappe.permissions import get_role_permissions

LOG = "`tabTrigger Log`"


def log_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""The condition of the list of firings: SQL, or "" where nothing is hidden.

	Of each kind of document those the user's own list of that kind would show. What a webhook brought along is no
	document's: it is for those who make triggers.
	"""
	user = user or frappe.session.user
	if user == "Administrator":
		return ""
	no_document = f"ifnull({LOG}.document_type, '') = ''"
	if not _makes_triggers(user):
		no_document += f" and ifnull({LOG}.given, '') = ''"
	return " or ".join([f"(({no_document})", *(_of_kind(kind, user) for kind in _kinds(user))]) + ")"


def action_conditions(user: str | None = None, doctype: str | None = None) -> str:
	"""The same of the actions of firings: whom they wrote to."""
	seen = log_conditions(user)
	if not seen:
		return ""
	return f"exists (select 1 from {LOG} where {LOG}.name = `tabTrigger Log Action`.parent and {seen})"


def may_see_log(doc: Document, ptype: str | None = None, user: str | None = None) -> bool:
	"""The check of one firing. One about a document that is gone is seen by those from whom no document is hidden."""
	user = user or frappe.session.user
	if not doc.document_type or not doc.document_name:
		return not doc.given or _makes_triggers(user)
	if not frappe.db.exists("DocType", doc.document_type):
		return user == "Administrator"
	if frappe.db.exists(doc.document_type, doc.document_name):
		return bool(frappe.has_permission(doc.document_type, "read", doc.document_name, user=user))
	return user == "Administrator" or (
		_may(user, doc.document_type, "read") and not _hidden(doc.document_type, user)
	)


def _kinds(user: str) -> list[str]:
	"""The kinds of documents there are firings about, and the user may read any of."""
	log = frappe.qb.DocType("Trigger Log")
	found = frappe.qb.from_(log).select(log.document_type).distinct().run(pluck=True)
	there = frappe.get_all(
		"DocType", filters={"name": ("in", [kind for kind in found if kind])}, pluck="name"
	)
	return [kind for kind in sorted(there) if _may(user, kind, "read")]


def _of_kind(kind: str, user: str) -> str:
	condition = f"{LOG}.document_type = {frappe.db.escape(kind, percent=False)}"
	if shown := _hidden(kind, user):
		table = f"`tab{kind}`"
		condition += (
			f" and exists (select 1 from {table} where {table}.name = {LOG}.document_name and {shown})"
		)
	return f"({condition})"


def _hidden(kind: str, user: str) -> str:
	"""What Frappe adds to the user's lists of this kind; "" where nothing is hidden."""
	return DatabaseQuery(kind, user=user).build_match_conditions()


def _makes_triggers(user: str) -> bool:
	return user == "Administrator" or _may(user, "Trigger", "write")


def _may(user: str, doctype: str, ptype: str) -> bool:
	return bool(get_role_permissions(frappe.get_meta(doctype), user=user).get(ptype))
