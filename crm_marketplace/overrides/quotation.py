"""ERPNext Quotation: the deal it belongs to follows it."""

from __future__ import annotations

from frappe.model.document import Document

from crm_marketplace.deals import documents


def on_change(doc: Document, method: str | None = None) -> None:
	"""Saved, submitted, cancelled, or given another status: ordered, lost. ERPNext expires quotations past their
	documents; `documents.follow_expired` looks for those.
	"""
	documents.follow_document(doc)


def on_trash(doc: Document, method: str | None = None) -> None:
	if doc.get("deal"):
		documents.follow(doc.deal, without=doc.name)
