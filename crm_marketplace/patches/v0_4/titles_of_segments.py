"""Segments that were made in English on a site of another language are called in it; what people named stays."""

from __future__ import annotations

import frappe

from crm_marketplace.deals import segments
from crm_marketplace.deals.languages import language_of


def execute() -> None:
	with language_of():
		for row in frappe.get_all("Customer Segment", fields=["name", "kind", "segment_name", "meaning"]):
			_translate(row, row.name.removeprefix(f"{row.kind}-"))


def _translate(row: frappe._dict, code: str) -> None:
	try:
		now = segments.described(row.kind, code)
		language, frappe.local.lang = frappe.local.lang, "en"
		english = segments.described(row.kind, code)
		frappe.local.lang = language
	except KeyError:
		return  # a segment no code of ours makes
	values = {
		field: text
		for field, text, made in zip(("segment_name", "meaning"), now, english, strict=True)
		if row[field] == made and text != made
	}
	if values:
		frappe.db.set_value("Customer Segment", row.name, values, update_modified=False)
