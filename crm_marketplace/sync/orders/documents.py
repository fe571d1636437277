"""The ERPNext documents of an order, made by ERPNext's own controllers.

A Sales Order is inserted in one step, already submitted where the policy says so: ERPNext runs the same
validations and ledger updates as for insert and submit, without writing the draft in between.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import frappe
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note, make_sales_invoice
from frappe.model import child_table_fields, default_fields
from frappe.model.document import Document
from frappe.utils import flt

from crm_marketplace.integrations.records import Order
from crm_marketplace.rules.holds import Hold, _
from crm_marketplace.rules.orders import Decision
from crm_marketplace.sync import clock
from crm_marketplace.sync.exchange import selling_rate
from crm_marketplace.sync.orders.customers import customer_for, shipping_address
from crm_marketplace.sync.orders.sales_order import get_sales_order, new_sales_order
from crm_marketplace.sync.shops import Shop

KOPECK = Decimal("0.01")
SAVEPOINT = "marketplace_document"


class HoldOrder(Exception):
	"""The order turned out not to fit while its document was made: nothing of it stays."""

	def __init__(self, hold: Hold) -> None:
		self.hold = hold
		super().__init__(hold.text)


@dataclass(frozen=True, slots=True)
class Made:
	"""A document that was made, and the difference that was booked as rounding."""

	doc: Document
	rounding: Decimal = Decimal(0)


def make_sales_order(
	shop: Shop,
	row: frappe._dict,
	order: Order,
	decision: Decision,
	*,
	submit: bool,
	amended_from: str | None = None,
	generation: int = 0,
) -> Made:
	"""Insert the Sales Order of an order. Call inside a savepoint.

	Args:
		row: of Marketplace Order.
		generation: how many Sales Orders this order had before, part of the unique key.

	Raises:
		HoldOrder: its total is not the marketplace's.
	"""
	# Its own savepoint: what a step did before (the order this one replaces was cancelled) stays done.
	frappe.db.savepoint(SAVEPOINT)
	doc = build_sales_order(shop, row.name, order, decision)
	doc.marketplace_order_key = f"{row.name}:{generation}"
	doc.amended_from = amended_from
	_insert(doc, submit)
	difference = _difference(doc, order)
	if not difference:
		return Made(doc)
	if not _may_round(shop, order, row, difference):
		raise HoldOrder(_totals_differ(doc, order, difference))
	# Made again with the rounding row: an inserted document is not patched behind ERPNext's back.
	frappe.db.rollback(save_point=SAVEPOINT)
	doc = build_sales_order(shop, row.name, order, decision, rounding=difference)
	doc.marketplace_order_key = f"{row.name}:{generation}"
	doc.amended_from = amended_from
	_insert(doc, submit)
	if rest := _difference(doc, order):
		raise HoldOrder(_totals_differ(doc, order, rest))
	return Made(doc, difference)


def build_sales_order(
	shop: Shop, name: str, order: Order, decision: Decision, *, rounding: Decimal = Decimal(0)
) -> Document:
	"""The Sales Order of an order, not inserted.

	Args:
		name: of the Marketplace Order.
		rounding: difference to book as a row of its own.

	Raises:
		HoldOrder: a currency has no rate on the day of the order.
	"""
	ordered_on = clock.to_site_date(order.created_at)
	ship_by = max(clock.to_site_date(order.ship_by) or ordered_on, ordered_on)
	customer = customer_for(shop, order)
	doc = new_sales_order()
	doc.update(
		{
			"customer": customer,
			"company": shop.company,
			"transaction_date": ordered_on,
			"delivery_date": ship_by,
			"po_date": ordered_on,
			"currency": order.currency,
			"selling_price_list": shop.doc.selling_price_list,
			"ignore_pricing_rule": 1,
			"taxes_and_charges": shop.doc.taxes_and_charges,
			"set_warehouse": decision.warehouse,
			"shipping_address_name": shipping_address(
				customer, order.address, order.recipient or order.buyer
			),
			"marketplace_shop": shop.name,
			"marketplace_order": name,
			"cost_center": shop.doc.cost_center,
		}
	)
	_set_exchange_rates(shop, doc)
	for line in decision.lines:
		doc.append(
			"items",
			{
				"item_code": line.item_code,
				"qty": float(line.qty),
				"rate": float(line.rate),
				"warehouse": decision.warehouse,
				"delivery_date": ship_by,
				"cost_center": shop.doc.cost_center,
			},
		)
	for tax in _template_taxes(shop.doc.taxes_and_charges):
		doc.append("taxes", tax)
	_add_actual_rows(shop, doc, decision.charges, rounding)
	# Set by overrides.sales_order after ERPNext's own check, which would read all orders of the customer;
	# our unique key guards against a second order of one number.
	doc.flags.marketplace_number = order.external_id
	doc.flags.marketplace_sync = True
	return doc


def rebuild_draft(shop: Shop, row: frappe._dict, order: Order, decision: Decision) -> Made:
	"""Bring a draft in line with the marketplace, keeping its name."""
	doc = get_sales_order(row.sales_order)
	_refill(doc, build_sales_order(shop, row.name, order, decision))
	difference = _difference(doc, order)
	if not difference:
		return Made(doc)
	if not _may_round(shop, order, row, difference):
		raise HoldOrder(_totals_differ(doc, order, difference))
	_refill(doc, build_sales_order(shop, row.name, order, decision, rounding=difference))
	if rest := _difference(doc, order):
		raise HoldOrder(_totals_differ(doc, order, rest))
	return Made(doc, difference)


def submit(doctype: str, name: str) -> Document:
	doc = frappe.get_doc(doctype, name)
	doc.flags.ignore_permissions = True
	doc.flags.marketplace_sync = True
	doc.submit()
	return doc


def cancel_sales_order(name: str) -> Document:
	"""Cancel a Sales Order the way its own button does."""
	doc = frappe.get_doc("Sales Order", name)
	doc.flags.ignore_permissions = True
	doc.flags.marketplace_sync = True
	# The Marketplace Order points to it and is no document of ERPNext's chain.
	doc.ignore_linked_doctypes = ("Marketplace Order",)
	doc.cancel()
	return doc


def move_deadline(name: str, order: Order) -> None:
	"""Set the delivery date of a Sales Order to the marketplace's new deadline."""
	doc = frappe.get_doc("Sales Order", name)
	day = max(clock.to_site_date(order.ship_by), doc.transaction_date)
	doc.delivery_date = day
	for item in doc.items:
		item.delivery_date = day
	doc.flags.ignore_permissions = True
	doc.flags.marketplace_sync = True
	doc.save()


def make_delivery(sales_order: str) -> Document:
	"""A draft Delivery Note for all that is left of a Sales Order."""
	with _as_system():
		doc = make_delivery_note(sales_order)
	doc.flags.ignore_permissions = True
	doc.insert()
	return doc


def make_invoice(sales_order: str) -> Document:
	"""A draft Sales Invoice for all that is left of a Sales Order."""
	doc = make_sales_invoice(sales_order, ignore_permissions=True)
	doc.flags.ignore_permissions = True
	doc.insert()
	return doc


@contextmanager
def _as_system() -> Iterator[None]:
	"""ERPNext's mapper asks for the rights of the session's user. Here the shop's policy decided, whoever
	pressed the button that lets an order go on."""
	user, frappe.session.user = frappe.session.user, "Administrator"
	try:
		yield
	finally:
		frappe.session.user = user


# --- inside ----------------------------------------------------------------------------------------


def _insert(doc: Document, submit_at_once: bool) -> None:
	if submit_at_once:
		doc.docstatus = 1
	doc.insert(ignore_permissions=True)  # the shop's manager set the policy that makes it


def _set_exchange_rates(shop: Shop, doc: Document) -> None:
	"""Where the order or the price list is in another currency than the company, the rate of that day."""
	own = frappe.get_cached_value("Company", shop.company, "default_currency")
	price_list_currency = frappe.get_cached_value("Price List", doc.selling_price_list, "currency")
	for currency, field in ((doc.currency, "conversion_rate"), (price_list_currency, "plc_conversion_rate")):
		if currency != own:
			doc.set(field, _exchange_rate(currency, own, doc.transaction_date))


def _exchange_rate(currency: str, own: str, day: date) -> float:
	rate = selling_rate(currency, own, day)
	if rate is None:
		raise HoldOrder(Hold("currency_missing", (currency,), {"currency": currency, "date": str(day)}))
	return rate


def _refill(doc: Document, fresh: Document) -> None:
	"""Save a draft with the content of another document."""
	for table in ("items", "taxes"):
		# The rows themselves: as dicts they would hold zeros where ERPNext looks for what is missing.
		doc.set(table, [])
		doc.extend(table, fresh.get(table))
	for field in ("delivery_date", "set_warehouse", "currency", "taxes_and_charges", "shipping_address_name"):
		doc.set(field, fresh.get(field))
	doc.flags.update(fresh.flags)
	doc.flags.ignore_permissions = True
	doc.save()


def _template_taxes(template: str | None) -> list[dict]:
	"""Rows of a taxes template, as choosing it in ERPNext's form fills them in
	(accounts_controller.get_taxes_and_charges, from the document cache)."""
	if not template:
		return []
	rows = [
		row.as_dict() for row in frappe.get_cached_doc("Sales Taxes and Charges Template", template).taxes
	]
	dropped = (*default_fields, *child_table_fields)
	return [{key: value for key, value in row.items() if key not in dropped} for row in rows]


def _add_actual_rows(shop: Shop, doc: Document, charges: Decimal, rounding: Decimal) -> None:
	"""Charges beside the goods, and rounding, as rows of the kind "Actual" after the template's taxes."""
	for amount, account, text in (
		(charges, shop.doc.charges_account, frappe._("Delivery and other charges")),
		(rounding, shop.doc.rounding_account, frappe._("Rounding")),
	):
		if amount:
			doc.append(
				"taxes",
				{
					"charge_type": "Actual",
					"account_head": account,
					"description": text,
					"tax_amount": float(amount),
					"cost_center": shop.doc.cost_center,
				},
			)


def _difference(doc: Document, order: Order) -> Decimal:
	"""The marketplace's total less the document's, in minor units of the currency."""
	mine = Decimal(str(flt(doc.grand_total, doc.precision("grand_total")))).quantize(KOPECK)
	return order.total.amount.quantize(KOPECK) - mine


def _may_round(shop: Shop, order: Order, row: frappe._dict, difference: Decimal) -> bool:
	"""One minor unit per line may become a rounding row; more only where a person accepted that very sum."""
	if not shop.doc.rounding_account:
		return False
	accepted = Decimal(str(row.get("accepted_difference") or 0)).quantize(KOPECK)
	return abs(difference) <= KOPECK * len(order.lines) or difference == accepted


def _totals_differ(doc: Document, order: Order, difference: Decimal) -> Hold:
	mine = f"{flt(doc.grand_total, 2):.2f} {doc.currency}"
	return Hold("totals_differ", (mine, str(order.total)), {"difference": str(difference)})
