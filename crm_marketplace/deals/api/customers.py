"""Calls of the customer's card."""

from __future__ import annotations

from typing import Any

import frappe

from crm_marketplace.deals import customers
from crm_marketplace.deals.api.guard import permitted


@frappe.whitelist()
def card_numbers(customer: str) -> dict[str, Any]:
	"""The numbers of a customer the caller may read, see `customers.numbers`."""
	permitted("Customer", customer)
	return customers.numbers(customer)
