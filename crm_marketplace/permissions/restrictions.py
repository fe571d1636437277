"""Frappe's User Permissions for queries that are built here and not by Frappe's lists.

The rule is that of `frappe.model.db_query.DatabaseQuery.add_user_permissions`: a link field may hold one of the
permitted documents, or nothing, unless the site applies them strictly.
"""

from __future__ import annotations

import frappe
from frappe.core.doctype.user_permission.user_permission import get_user_permissions
from frappe.utils import cint
from pypika.terms import Criterion


def user_permission_criterion(table, doctype: str, user: str | None = None) -> Criterion | None:
	"""Rows the user may see by User Permissions; None where they hide nothing. No query once they are cached.

	Args:
		table: `frappe.qb.DocType(doctype)` of the query.
	"""
	permissions = get_user_permissions(user or frappe.session.user)
	if not permissions:
		return None
	strict = cint(frappe.get_system_settings("apply_strict_user_permissions"))
	found = None
	links = [(df.fieldname, df.options) for df in frappe.get_meta(doctype).get_link_fields() if _counts(df)]
	for fieldname, options in [*links, ("name", doctype)]:
		docs = [
			row.doc
			for row in permissions.get(options, ())
			if not row.applicable_for or (row.applicable_for == doctype and fieldname != "name")
		]
		if not docs:
			continue
		field = table[fieldname]
		criterion = field.isin(docs) if strict else field.isin(["", *docs]) | field.isnull()
		found = criterion if found is None else found & criterion
	return found


def _counts(df) -> bool:
	return not df.get("ignore_user_permissions")
