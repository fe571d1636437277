"""What ERPNext's own Sales Order form saves for what a person types into it, and how another one differs.

The form's scripts are played here call by call (erpnext/public/js/controllers/transaction.js and
utils/party.js, version 15); tests/browser holds this play against the form itself. Runs on a site.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import frappe
from erpnext.accounts.party import get_party_details
from erpnext.controllers.accounts_controller import get_taxes_and_charges
from erpnext.stock.get_item_details import get_item_details, get_item_tax_template
from frappe.desk.form.save import savedocs
from frappe.model.document import Document
from frappe.utils import flt

# What a person types, in the order in which it is typed.
TYPED = (
	"company",
	"customer",
	"transaction_date",
	"delivery_date",
	"po_no",
	"po_date",
	"currency",
	"selling_price_list",
	"ignore_pricing_rule",
	"cost_center",
	"set_warehouse",
	"shipping_address_name",
	"taxes_and_charges",
)
TYPED_IN_ROWS = ("item_code", "qty", "rate", "warehouse", "delivery_date", "cost_center")
# Whose document it is and when it was saved, not what it says.
OWN = frozenset({"name", "owner", "creation", "modified", "modified_by", "parent", "_user_tags"})


def typed(doc: Document) -> dict[str, Any]:
	"""What a person would have typed to get this Sales Order. Rows of taxes that the template did not bring
	are typed too."""
	values: dict[str, Any] = {field: doc.get(field) for field in TYPED if doc.get(field) is not None}
	values["items"] = [{field: row.get(field) for field in TYPED_IN_ROWS} for row in doc.items]
	brought = len(get_taxes_and_charges(_TAXES, doc.taxes_and_charges) or ())
	values["more_taxes"] = [
		{
			field: row.get(field)
			for field in ("charge_type", "account_head", "description", "tax_amount", "cost_center")
		}
		for row in doc.taxes[brought:]
	]
	return values


def save_by_form(values: dict[str, Any], *, submit: bool = True) -> Document:
	"""The Sales Order the form saves, and submits, for `values` (see `typed`)."""
	doc = frappe.new_doc("Sales Order", as_dict=True)
	doc.name = "new-sales-order-1"
	doc.party_account_currency = frappe.db.get_default("currency")  # as a new form fills links to Currency
	doc.update({"company": values["company"], "customer": values["customer"]})
	doc.update(_party_details(doc))
	for field in TYPED:
		if field in values:
			doc[field] = values[field]
	doc["items"] = [_row(doc, row) for row in values["items"]]
	doc["taxes"] = [
		*(get_taxes_and_charges(_TAXES, doc.taxes_and_charges) or ()),
		*values.get("more_taxes", ()),
	]
	saved = _press("Save", doc)
	return _press("Submit", saved.as_dict()) if submit else saved


def differences_from_form(name: str) -> list[str]:
	"""Fields of a submitted Sales Order, rows included, that the form would have saved otherwise; our own
	fields apart. Leaves everything as it was."""
	ours = frappe.get_doc("Sales Order", name).as_dict()
	frappe.db.savepoint("before_form")
	try:
		# The form must find the stock, and the customer's reference, as the import found them.
		frappe.get_doc("Sales Order", name).cancel()
		theirs = save_by_form(typed(frappe.get_doc("Sales Order", name)))
		return differences(ours, theirs.as_dict())
	finally:
		frappe.db.rollback(save_point="before_form")


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
	"""Fields of two saved Sales Orders that do not say the same; our own fields apart."""
	return list(_differences("", ours, theirs))


# --- inside ----------------------------------------------------------------------------------------

_TAXES = "Sales Taxes and Charges Template"


def _party_details(doc: frappe._dict) -> dict[str, Any]:
	return get_party_details(
		party=doc.customer,
		party_type="Customer",
		price_list=doc.selling_price_list,
		posting_date=doc.transaction_date,
		fetch_payment_terms_template=1,
		currency=doc.currency,
		company=doc.company,
		doctype="Sales Order",
	)


def _row(doc: frappe._dict, given: dict[str, Any]) -> frappe._dict:
	"""A row of items: what the item brings, and then what is typed over it."""
	row = frappe.new_doc("Sales Order Item", as_dict=True)
	row.update({"item_code": given["item_code"], "conversion_factor": 0, "pricing_rules": ""})
	row.update(
		get_item_details(
			{
				"item_code": row.item_code,
				"set_warehouse": doc.set_warehouse,
				"warehouse": row.warehouse,
				"customer": doc.customer,
				"currency": doc.currency,
				"conversion_rate": doc.conversion_rate or 1,
				"price_list": doc.selling_price_list,
				"price_list_currency": doc.price_list_currency or doc.currency,
				"plc_conversion_rate": doc.plc_conversion_rate or 1,
				"company": doc.company,
				"order_type": doc.order_type,
				"ignore_pricing_rule": doc.ignore_pricing_rule,
				"doctype": "Sales Order",
				"name": doc.name,
				"qty": row.qty or 1,
				"net_rate": row.rate,
				"conversion_factor": row.conversion_factor,
				"cost_center": row.cost_center,
				"tax_category": doc.tax_category,
				"child_doctype": "Sales Order Item",
				"child_docname": row.name,
			},
			json.loads(frappe.as_json(doc)),
		)
	)
	row.update({field: value for field, value in given.items() if value is not None})
	_rate_typed(doc, row)
	return row


def _rate_typed(doc: frappe._dict, row: frappe._dict) -> None:
	"""The form's script on a change of the rate (the first one in transaction.js)."""
	row.update(
		{"discount_percentage": 0, "margin_type": "", "margin_rate_or_amount": 0, "rate_with_margin": 0}
	)
	if row.price_list_rate and row.rate > row.price_list_rate:
		row.margin_type = "Amount"
		row.margin_rate_or_amount = flt(row.rate - row.price_list_rate, 2)
		row.rate_with_margin = row.rate
	elif row.price_list_rate:
		row.discount_percentage = flt((1 - row.rate / row.price_list_rate) * 100, 3)
		row.discount_amount = row.price_list_rate - row.rate
	row.base_rate_with_margin = row.rate_with_margin * flt(doc.conversion_rate or 1)
	if row.rate:
		row.item_tax_template = get_item_tax_template(
			{
				"item_code": row.item_code,
				"company": doc.company,
				"base_net_rate": row.base_net_rate,
				"tax_category": doc.tax_category,
				"item_tax_template": row.item_tax_template,
				"transaction_date": doc.transaction_date,
			}
		)


def _press(button: str, doc: dict[str, Any]) -> Document:
	savedocs(frappe.as_json(doc), button)
	return frappe.get_doc("Sales Order", frappe.response["docs"][-1]["name"])


def _differences(place: str, ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
	for field in sorted({*ours, *theirs} - OWN):
		if field.startswith("marketplace_"):
			continue
		mine, other = ours.get(field), theirs.get(field)
		if isinstance(mine, list) and isinstance(other, list):
			if len(mine) != len(other):
				yield f"{place}{field}: {len(mine)} rows, the form saves {len(other)}"
			for number, (row, other_row) in enumerate(zip(mine, other, strict=False), start=1):
				yield from _differences(f"{place}{field} {number} ", row, other_row)
		elif mine != other:
			yield f"{place}{field}: {mine!r}, the form saves {other!r}"
