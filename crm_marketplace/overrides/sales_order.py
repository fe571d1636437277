"""ERPNext Sales Order: keep the binding to the Marketplace Order true when people touch the document."""

from __future__ import annotations

import frappe
from frappe.model.document import Document

from crm_marketplace.deals import documents
from crm_marketplace.sync import changes

STOPPED = frozenset({"Closed", "On Hold"})  # in these ERPNext reserves nothing for an order


def before_insert(doc: Document, method: str | None = None) -> None:
	"""An order amended by hand is bound again, but does not claim the key of the one it came from."""
	if doc.get("amended_from") and not doc.flags.marketplace_sync:
		doc.marketplace_order_key = None


def validate(doc: Document, method: str | None = None) -> None:
	"""Runs after ERPNext's own validation.

	The posting number becomes the customer's reference only now: ERPNext's check of that field reads all
	orders of the customer, and our unique key has already made sure there is one.
	"""
	if number := doc.flags.marketplace_number:
		doc.po_no = number


def on_cancel(doc: Document, method: str | None = None) -> None:
	"""Somebody cancelled an order of a shop by hand: its Marketplace Order must not point to it silently."""
	if doc.get("marketplace_order") and not doc.flags.marketplace_sync:
		_mark_for_resolution(doc)
	if doc.get("deal"):
		documents.ask_about_cancelled(doc.deal, doc.name)


def on_change(doc: Document, method: str | None = None) -> None:
	"""Saved, submitted, cancelled, or given another status by what was made of it."""
	if doc.docstatus == 1 and _was_stopped_or_goes_on(doc):
		changes.mark_document(doc)
	documents.follow_document(doc)


def on_trash(doc: Document, method: str | None = None) -> None:
	if doc.get("marketplace_order"):
		frappe.db.set_value(
			"Marketplace Order",
			{"name": doc.marketplace_order, "sales_order": doc.name},
			{"sales_order": None, "processed_digest": None, "state": "To Process"},
		)


def _was_stopped_or_goes_on(doc: Document) -> bool:
	"""Closing, holding and re-opening call no other hook of the document."""
	before = doc.get_doc_before_save()
	return bool(before) and before.status != doc.status and bool({before.status, doc.status} & STOPPED)


def _mark_for_resolution(doc: Document) -> None:
	frappe.db.set_value(
		"Marketplace Order",
		doc.marketplace_order,
		{
			"needs_resolution": 1,
			"resolution_reason": frappe._("Sales Order {0} was cancelled by hand.").format(doc.name),
		},
	)
