"""What people call the documents a trigger names: a stage is "Won", not the name the database gave it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import frappe

Titles = Mapping[tuple[str, str], str]


def titles_of(documents: Iterable[tuple[str, str]]) -> Titles:
	"""(DocType, name) → title, of documents the reader may read and whose links show a title.

	One query for each DocType, however many documents.
	"""
	asked: dict[str, set[str]] = {}
	for doctype, name in documents:
		asked.setdefault(doctype, set()).add(name)
	found: dict[tuple[str, str], str] = {}
	for doctype, names in asked.items():
		title = _title_field(doctype)
		if title and frappe.has_permission(doctype, "read"):
			rows = frappe.get_list(
				doctype, filters={"name": ("in", sorted(names))}, fields=["name", title], limit_page_length=0
			)
			found |= {(doctype, row.name): row[title] for row in rows if row[title]}
	return found


def _title_field(doctype: str) -> str | None:
	if not frappe.db.exists("DocType", doctype, cache=True):
		return None
	meta = frappe.get_meta(doctype)
	return meta.title_field if meta.show_title_field_in_link else None
