"""Which documents belong to a shop: the shop itself, and whatever has a link to it."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

SHOP = "Marketplace Shop"


def documents_of_shops() -> list[str]:
	"""DocTypes whose documents belong to a shop, by name. Three queries."""
	link = {"fieldtype": "Link", "options": SHOP}
	found = {SHOP, *frappe.get_all("DocField", filters=link, pluck="parent")}
	found |= set(frappe.get_all("Custom Field", filters=link, pluck="dt"))
	return frappe.get_all(
		"DocType",
		filters={"name": ("in", sorted(found)), "istable": 0, "issingle": 0},
		pluck="name",
		order_by="name asc",
	)


def shop_of(doc: Document) -> str | None:
	"""The shop a document belongs to, or None."""
	if doc.doctype == SHOP:
		return doc.name
	fields = [field.fieldname for field in doc.meta.get_link_fields() if field.options == SHOP]
	return doc.get(fields[0]) if fields else None
