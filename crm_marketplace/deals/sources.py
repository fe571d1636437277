"""A deal out of what is there already: a lead, an opportunity, a customer, an order of a shop, a conversation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from crm_marketplace.deals.conversations import of_call, of_communication, party_among
from crm_marketplace.deals.parties import title_of


def values_from(doctype: str, name: str) -> dict[str, Any]:
	"""What a new deal takes from a document; the caller may read that.

	Raises:
		frappe.PermissionError, frappe.ValidationError: no deal can come of such a document.
	"""
	read = _READERS.get(doctype)
	if read is None:
		frappe.throw(_("A deal cannot be made of {0}.").format(_(doctype)))
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	values = read(doc)
	return {field: value for field, value in values.items() if value}


def _party(doc: Document) -> dict[str, Any]:
	return {
		"title": title_of(doc.doctype, doc.name),
		"party_type": doc.doctype,
		"party": doc.name,
		"source": doc.get("source") if doc.doctype == "Lead" else None,
		"campaign": doc.get("campaign_name"),
		"company": doc.get("company"),
	}


def _opportunity(doc: Document) -> dict[str, Any]:
	return {
		"title": doc.title or doc.customer_name,
		"party_type": doc.opportunity_from,
		"party": doc.party_name,
		"contact_person": doc.contact_person,
		"company": doc.company,
		"currency": doc.currency,
		"amount": doc.opportunity_amount,
		"source": doc.source,
		"campaign": doc.campaign,
		"expected_close": doc.expected_closing,
		"opportunity": doc.name,
		"responsible": doc.opportunity_owner,
		"items": [
			{
				"item_code": row.item_code,
				"item_name": row.item_name or row.item_code,
				"qty": row.qty,
				"uom": row.uom,
				"rate": row.rate,
			}
			for row in doc.items
			if row.item_code or row.item_name
		],
	}


def _marketplace_order(doc: Document) -> dict[str, Any]:
	return {
		"title": _("Order {0}, {1}").format(doc.order_number or doc.external_id, doc.shop),
		"party_type": "Customer" if doc.customer else None,
		"party": doc.customer,
		"company": doc.company,
		"currency": doc.currency,
		"marketplace_order": doc.name,
		"items": _order_lines(doc),
		"amount": doc.total,
	}


def _order_lines(doc: Document) -> list[dict[str, Any]]:
	"""Lines of the Sales Order made of it; where there is none yet, its own by their titles."""
	if doc.sales_order:
		return frappe.get_all(
			"Sales Order Item",
			filters={"parent": doc.sales_order},
			fields=["item_code", "item_name", "qty", "uom", "rate"],
			order_by="idx",
		)
	return [
		{"item_name": (row.title or row.offer_id or "")[:140], "qty": row.quantity, "rate": row.price}
		for row in doc.lines
	]


def _contact(doc: Document) -> dict[str, Any]:
	return {"title": doc.full_name, "contact_person": doc.name, **party_among(doc.links)}


_READERS: dict[str, Callable[[Document], dict[str, Any]]] = {
	"Call Log": of_call,
	"Communication": of_communication,
	"Contact": _contact,
	"Customer": _party,
	"Lead": _party,
	"Marketplace Order": _marketplace_order,
	"Opportunity": _opportunity,
	"Prospect": _party,
}
