"""Events of trade: quotations, orders, deliveries, invoices, returns and payments, from ERPNext and from shops.

Of a customer: all of theirs. Of a deal: those made from it, found through its Sales Orders.
"""

from __future__ import annotations

from collections.abc import Iterator

import frappe
from frappe.query_builder.functions import Coalesce
from pypika.terms import Criterion, Term

from crm_marketplace.deals.story.source import Query, Source, moment, restricted
from crm_marketplace.deals.story.subjects import Subject
from crm_marketplace.rules.story import Event

# The field of a document's lines that names their Sales Order.
ORDER_OF_LINE = {"Delivery Note": "against_sales_order", "Sales Invoice": "sales_order"}


def quotations(subject: Subject) -> Iterator[Source]:
	table = frappe.qb.DocType("Quotation")
	for criterion in _of_parties(table, subject, "party_name", "quotation_to"):
		yield from _documents(Event.QUOTATION, "Quotation", table, table.transaction_date, criterion)


def orders(subject: Subject) -> Iterator[Source]:
	table = frappe.qb.DocType("Sales Order")
	shops_tell = frappe.has_permission("Marketplace Order", "read")
	for criterion in _of_orders(table, subject):
		if shops_tell:
			# An order of a shop tells of itself below, with the marketplace's own status.
			criterion &= Coalesce(table.marketplace_order, "") == ""
		yield from _documents(Event.ORDER, "Sales Order", table, table.transaction_date, criterion)
	if not shops_tell:
		return
	order = frappe.qb.DocType("Marketplace Order")
	of_subject = None
	if subject.customers:
		of_subject = order.customer.isin(subject.customers)
	elif subject.is_deal:
		of_subject = order.name.isin(_shop_orders_of(subject))
	if of_subject is not None:
		yield restricted(
			Source(Event.ORDER, order, order.ordered_at)
			.tell(
				document_type="Marketplace Order",
				document_name=order.name,
				title=order.order_number,
				status=order.status,
				amount=order.total,
				currency=order.currency,
				text=order.shop,
			)
			.where(of_subject),
			"Marketplace Order",
		)


def deliveries(subject: Subject) -> Iterator[Source]:
	table = frappe.qb.DocType("Delivery Note")
	for criterion in _of_goods(table, "Delivery Note", subject):
		yield from _documents(
			Event.DELIVERY, "Delivery Note", table, table.posting_date, criterion & (table.is_return == 0)
		)


def invoices(subject: Subject) -> Iterator[Source]:
	table = frappe.qb.DocType("Sales Invoice")
	for criterion in _of_goods(table, "Sales Invoice", subject):
		yield from _documents(
			Event.INVOICE, "Sales Invoice", table, table.posting_date, criterion & (table.is_return == 0)
		)


def returns(subject: Subject) -> Iterator[Source]:
	for doctype in ("Sales Invoice", "Delivery Note"):
		table = frappe.qb.DocType(doctype)
		for criterion in _of_goods(table, doctype, subject):
			yield from _documents(
				Event.RETURN, doctype, table, table.posting_date, criterion & (table.is_return == 1)
			)
	if not (subject.customers or subject.is_deal) or not frappe.has_permission("Marketplace Return", "read"):
		return
	back = frappe.qb.DocType("Marketplace Return")
	yield restricted(
		Source(Event.RETURN, back, Coalesce(back.opened_at, back.creation))
		.tell(
			document_type="Marketplace Return",
			document_name=back.name,
			title=back.external_id,
			status=back.state,
			amount=back.refund,
			currency=back.currency,
			text=back.goods,
		)
		.where(
			back.marketplace_order.isin(_shop_orders_of(subject))
			if subject.is_deal
			else back.customer.isin(subject.customers)
		),
		"Marketplace Return",
	)


def payments(subject: Subject) -> Iterator[Source]:
	if not (subject.customers or subject.orders) or not frappe.has_permission("Payment Entry", "read"):
		return
	table = frappe.qb.DocType("Payment Entry")
	if subject.customers:
		criterion = (table.party_type == "Customer") & table.party.isin(subject.customers)
	else:
		criterion = table.name.isin(_payments_for(subject.orders))
	yield restricted(
		Source(Event.PAYMENT, table, moment(table.posting_date, table.creation))
		.tell(
			document_type="Payment Entry",
			document_name=table.name,
			title=table.name,
			status=table.status,
			amount=table.paid_amount,
			currency=table.paid_from_account_currency,
			user=table.owner,
			text=table.payment_type,
		)
		.where(criterion & (table.docstatus < 2)),
		"Payment Entry",
	)


def _documents(kind: Event, doctype: str, table, day: Term, criterion: Criterion) -> Iterator[Source]:
	if not frappe.has_permission(doctype, "read"):
		return
	yield restricted(
		Source(kind, table, moment(day, table.creation))
		.tell(
			document_type=doctype,
			document_name=table.name,
			title=table.name,
			status=table.status,
			amount=table.grand_total,
			currency=table.currency,
			user=table.owner,
		)
		.where(criterion & (table.docstatus < 2)),
		doctype,
	)


def _of_parties(table, subject: Subject, party: str, party_type: str) -> Iterator[Criterion]:
	"""Of the deal; or of each party the story is about."""
	if subject.is_deal:
		yield table.deal == subject.name
	if subject.customers:
		yield (table[party_type] == "Customer") & table[party].isin(subject.customers)
	if subject.leads:
		yield (table[party_type] == "Lead") & table[party].isin(subject.leads)
	if subject.doctype == "Prospect":
		yield (table[party_type] == "Prospect") & (table[party] == subject.name)


def _of_orders(table, subject: Subject) -> Iterator[Criterion]:
	if subject.orders:
		yield table.name.isin(subject.orders)
	if subject.customers:
		yield table.customer.isin(subject.customers)


def _of_goods(table, doctype: str, subject: Subject) -> Iterator[Criterion]:
	"""Deliveries or invoices: of the deal's orders, by their lines; or of the customers."""
	if subject.orders:
		yield table.name.isin(_with_lines_of(doctype, subject.orders))
	if subject.customers:
		yield table.customer.isin(subject.customers)


def _with_lines_of(doctype: str, orders: list[str]) -> Query:
	line = frappe.qb.DocType(f"{doctype} Item")
	return (
		frappe.qb.from_(line)
		.select(line.parent)
		.where((line.parenttype == doctype) & line[ORDER_OF_LINE[doctype]].isin(orders))
	)


def _payments_for(orders: list[str]) -> Query:
	"""Payments of the orders themselves and of their invoices."""
	row = frappe.qb.DocType("Payment Entry Reference")
	of_order = (row.reference_doctype == "Sales Order") & row.reference_name.isin(orders)
	of_invoice = (row.reference_doctype == "Sales Invoice") & row.reference_name.isin(
		_with_lines_of("Sales Invoice", orders)
	)
	return (
		frappe.qb.from_(row)
		.select(row.parent)
		.where((row.parenttype == "Payment Entry") & (of_order | of_invoice))
	)


def _shop_orders_of(subject: Subject) -> Query:
	"""Shops' orders the deal came from, or that became its Sales Orders."""
	deal, order = frappe.qb.DocType("Deal"), frappe.qb.DocType("Sales Order")
	own = frappe.qb.from_(deal).select(deal.marketplace_order).where(deal.name == subject.name)
	made = (
		frappe.qb.from_(order)
		.select(order.marketplace_order)
		.where(order.name.isin(subject.orders or [""]))
		.where(order.marketplace_order.isnotnull())
	)
	return frappe.qb.from_((own * made).as_("shop_orders")).select("*")
