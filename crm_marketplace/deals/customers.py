"""The numbers on a customer's card, from ERPNext's documents. The same few queries for any customer.

Amounts are in the currency of the company that keeps the books; several companies may mean several currencies,
which are never added.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import frappe
from frappe.query_builder.functions import Count, Max, Min, Sum
from frappe.utils import flt, getdate, nowdate

from crm_marketplace.deals.story.source import restricted_to
from crm_marketplace.permissions.deals import deal_criterion
from crm_marketplace.rules import customer_numbers as rules
from crm_marketplace.rules.customer_numbers import Orders
from crm_marketplace.rules.deals import Kind
from crm_marketplace.setup.roles import DEALS_MANAGER


def numbers(customer: str) -> dict[str, Any]:
	"""What the reader may know: parts of documents they may not read are left out.

	Returns:
		`currencies`: rows of currency, turnover, balance, orders, order_amount, average, last_order, rhythm,
		late, margin; `deals`: rows of currency, deals, amount, weighted.
	"""
	rows: dict[str, dict[str, Any]] = defaultdict(dict)
	for part in (_turnover, _orders, _balance, _margin):
		for currency, values in part(customer).items():
			rows[currency].update(values)
	return {
		"currencies": [{"currency": currency, **values} for currency, values in sorted(rows.items())],
		"deals": _deals(customer),
	}


def _turnover(customer: str) -> dict[str, dict[str, Any]]:
	"""Invoiced, less what came back."""
	if not frappe.has_permission("Sales Invoice", "read"):
		return {}
	invoice, company = frappe.qb.DocType("Sales Invoice"), frappe.qb.DocType("Company")
	query = (
		frappe.qb.from_(invoice)
		.join(company)
		.on(company.name == invoice.company)
		.select(company.default_currency, Sum(invoice.base_grand_total))
		.where((invoice.customer == customer) & (invoice.docstatus == 1))
		.groupby(company.default_currency)
	)
	return {
		currency: {"turnover": flt(amount)}
		for currency, amount in restricted_to(query, "Sales Invoice").run()
	}


def _orders(customer: str) -> dict[str, dict[str, Any]]:
	if not frappe.has_permission("Sales Order", "read"):
		return {}
	order, company = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Company")
	query = (
		frappe.qb.from_(order)
		.join(company)
		.on(company.name == order.company)
		.select(
			company.default_currency,
			Count("*"),
			Sum(order.base_grand_total),
			Min(order.transaction_date),
			Max(order.transaction_date),
		)
		.where((order.customer == customer) & (order.docstatus == 1))
		.groupby(company.default_currency)
	)
	found = {}
	for currency, number, amount, first, last in restricted_to(query, "Sales Order").run():
		orders = Orders(number, flt(amount), first, last)
		found[currency] = {
			"orders": number,
			"order_amount": flt(amount),
			"average": rules.average(orders),
			"last_order": last,
			"rhythm": rules.rhythm(orders),
			"late": rules.is_late(orders, getdate(nowdate())),
		}
	return found


def _balance(customer: str) -> dict[str, dict[str, Any]]:
	"""What the customer owes (more than zero) or has paid ahead."""
	if not frappe.has_permission("GL Entry", "read"):
		return {}
	entry, company = frappe.qb.DocType("GL Entry"), frappe.qb.DocType("Company")
	query = (
		frappe.qb.from_(entry)
		.join(company)
		.on(company.name == entry.company)
		.select(company.default_currency, Sum(entry.debit - entry.credit))
		.where((entry.party_type == "Customer") & (entry.party == customer) & (entry.is_cancelled == 0))
		.groupby(company.default_currency)
	)
	return {
		currency: {"balance": flt(amount, 2)} for currency, amount in restricted_to(query, "GL Entry").run()
	}


def _margin(customer: str) -> dict[str, dict[str, Any]]:
	"""Gross profit of the orders, as ERPNext reckons it; for managers only."""
	if not {DEALS_MANAGER, "System Manager"} & set(frappe.get_roles()) or not frappe.has_permission(
		"Sales Order", "read"
	):
		return {}
	line, order = frappe.qb.DocType("Sales Order Item"), frappe.qb.DocType("Sales Order")
	company = frappe.qb.DocType("Company")
	query = (
		frappe.qb.from_(order)
		.join(line)
		.on(line.parent == order.name)
		.join(company)
		.on(company.name == order.company)
		.select(company.default_currency, Sum(line.gross_profit), Sum(line.base_net_amount))
		.where((order.customer == customer) & (order.docstatus == 1))
		.groupby(company.default_currency)
	)
	return {
		currency: {"margin": rules.margin_percent(flt(profit), flt(amount))}
		for currency, profit, amount in restricted_to(query, "Sales Order").run()
	}


def _deals(customer: str) -> list[dict[str, Any]]:
	"""Open deals the reader may see, in the currencies of their pipelines."""
	if not frappe.has_permission("Deal", "read"):
		return []
	deal = frappe.qb.DocType("Deal")
	query = (
		frappe.qb.from_(deal)
		.select(
			deal.pipeline_currency.as_("currency"),
			Count("*").as_("deals"),
			Sum(deal.base_amount).as_("amount"),
			Sum(deal.weighted_amount).as_("weighted"),
		)
		.where((deal.party_type == "Customer") & (deal.party == customer))
		.where(deal.stage_kind.isin([str(Kind.OPEN), str(Kind.ON_HOLD)]))
		.groupby(deal.pipeline_currency)
	)
	permitted = deal_criterion(deal)
	return (query.where(permitted) if permitted is not None else query).run(as_dict=True)
