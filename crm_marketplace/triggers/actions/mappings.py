"""One document made of another with its goods, as the desk's own buttons make it; not saved."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import frappe
from frappe.model.document import Document
from frappe.utils import getdate, today

from crm_marketplace.deals import sources, stages
from crm_marketplace.triggers.actions.base import ActionFailed, _

ORDER = "Marketplace Order"
SELLING, BUYING = "erpnext.selling.doctype", "erpnext.buying.doctype"

# Functions that take a name: (from, to) → where it is.
_BY_NAME = {
	("Sales Order", "Delivery Note"): f"{SELLING}.sales_order.sales_order.make_delivery_note",
	("Sales Order", "Sales Invoice"): f"{SELLING}.sales_order.sales_order.make_sales_invoice",
	("Sales Order", "Pick List"): f"{SELLING}.sales_order.sales_order.create_pick_list",
	("Sales Order", "Material Request"): f"{SELLING}.sales_order.sales_order.make_material_request",
	(
		"Delivery Note",
		"Sales Invoice",
	): "erpnext.stock.doctype.delivery_note.delivery_note.make_sales_invoice",
	("Quotation", "Sales Order"): f"{SELLING}.quotation.quotation.make_sales_order",
	("Lead", "Opportunity"): "erpnext.crm.doctype.lead.lead.make_opportunity",
	("Opportunity", "Quotation"): "erpnext.crm.doctype.opportunity.opportunity.make_quotation",
	(
		"Material Request",
		"Purchase Order",
	): "erpnext.stock.doctype.material_request.material_request.make_purchase_order",
	("Deal", "Quotation"): "crm_marketplace.deals.documents.make_quotation",
	("Deal", "Sales Order"): "crm_marketplace.deals.documents.make_sales_order",
	("Deal", "Project"): "crm_marketplace.deals.documents.make_project",
	("Deal", "Customer"): "crm_marketplace.deals.documents.make_customer",
}


def mapped(source: Document, doctype: str) -> Document | None:
	"""A new document of `doctype` made of another one; None where nobody knows how.

	Raises:
		ActionFailed: there is nothing to take over.
		frappe.PermissionError, frappe.ValidationError: as the makers do.
	"""
	pair = (source.doctype, doctype)
	if make := _OWN.get(pair):
		return make(source)
	return frappe.get_attr(_BY_NAME[pair])(source.name) if pair in _BY_NAME else None


# --- inside ----------------------------------------------------------------------------------------


def _deal(source: Document) -> Document:
	"""In the first pipeline the acting user sees, unless the action says another one."""
	deal = frappe.new_doc("Deal")
	deal.update(sources.values_from(source.doctype, source.name))
	_all, pipeline = stages.choose_pipeline(None)
	deal.pipeline = pipeline.name if pipeline else None
	return deal


def _issue(order: Document) -> Document:
	issue = frappe.new_doc("Issue")
	issue.update(
		{
			"subject": frappe._("Order {0}, {1}").format(order.order_number or order.external_id, order.shop),
			"customer": order.customer,
			"company": order.company,
			"description": "<br>".join(
				frappe.utils.escape_html(f"{line.title or line.offer_id} × {line.quantity:g}")
				for line in order.lines
			),
		}
	)
	return issue


def _request(order: Document) -> Document:
	"""The goods of an order to be bought: by its Sales Order where there is one, else by the Items of its lines."""
	day = getdate(today())
	if order.ship_by:
		day = max(day, getdate(order.ship_by))
	if order.sales_order:
		request = frappe.get_attr(_BY_NAME["Sales Order", "Material Request"])(order.sales_order)
		request.schedule_date = day
		for row in request.items:
			row.schedule_date = day  # the deadline of the order may be over, and ERPNext refuses it then
		return request
	lines = [line for line in order.lines if line.item]
	if not lines:
		raise ActionFailed(_("The goods of the order are not linked to Items yet."))
	request = frappe.new_doc("Material Request")
	request.update({"material_request_type": "Purchase", "company": order.company, "schedule_date": day})
	for line in lines:
		request.append(
			"items",
			{
				"item_code": line.item,
				"qty": line.quantity,
				"schedule_date": day,
				"warehouse": order.warehouse,
			},
		)
	return request


def _purchase_order(order: Document) -> Document:
	"""Of all goods of a Sales Order; the action says the supplier."""
	from erpnext.selling.doctype.sales_order.sales_order import make_purchase_order

	return make_purchase_order(order.name, [{"item_code": row.item_code} for row in order.items])


_OWN: dict[tuple[str, str], Callable[[Document], Any]] = {
	**{
		(doctype, "Deal"): _deal
		for doctype in (ORDER, "Lead", "Opportunity", "Customer", "Prospect", "Contact", "Communication")
	},
	(ORDER, "Issue"): _issue,
	(ORDER, "Material Request"): _request,
	("Sales Order", "Purchase Order"): _purchase_order,
}
# Came after rules with the box ticked could stand already (patch `take_over_that_did_nothing`).
ADDED = (*_OWN, *(pair for pair in _BY_NAME if pair[0] == "Deal"))
