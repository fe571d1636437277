"""A deal bears the name of its party, so that board, list and search need not look for it. It follows the party."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.utils.global_search import update_global_search

from crm_marketplace.deals import tasks
from crm_marketplace.deals.parties import TITLES

CHUNK = 1000


def follow(doc: Document, method: str | None = None) -> None:
	"""A customer, lead or prospect was saved: its deals are called by its new name."""
	if not doc.is_new() and doc.has_value_changed(TITLES[doc.doctype]):
		refresh(doc.doctype, doc.name)


def follow_rename(doc: Document, method: str, old: str, new: str, merge: bool = False) -> None:
	"""A party has another name, or ERPNext itself merged it into another one."""
	refresh(doc.doctype, new)


def refresh(party_type: str, party: str) -> int:
	"""Write the party's name onto those of its deals that have another one, and tell open boards. Returns how many.

	`modified` stays: nobody changed the deal, and open forms stay savable.
	"""
	title = frappe.db.get_value(party_type, party, TITLES[party_type]) or party
	found = {field.fieldname for field in frappe.get_meta("Deal").get_global_search_fields()}
	rows = frappe.get_all(
		"Deal",
		filters={"party_type": party_type, "party": party},
		fields=["name", *sorted({"title", "party_name"} | found)],
	)
	rows = [row for row in rows if row.party_name != title]
	for start in range(0, len(rows), CHUNK):
		chunk = [row.name for row in rows[start : start + CHUNK]]
		frappe.db.set_value("Deal", {"name": ("in", chunk)}, "party_name", title, update_modified=False)
	for row in rows:
		update_global_search(frappe.get_doc({"doctype": "Deal", **row, "party_name": title}))
		tasks.tell_boards(row.name)
	return len(rows)
