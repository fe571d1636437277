"""The Sales Order as an import makes it: ERPNext's own controller, asked once for what many orders share.

Orders of a shop mostly go to one customer, and ERPNext reads that customer with its addresses, contacts and
tax rules anew for each. Here the answer is kept for the moment a batch takes. Everything else, and what is
done with the answer, is ERPNext's.
"""

from __future__ import annotations

import copy
import time
from functools import lru_cache
from typing import Any

import frappe
from frappe.model.base_document import get_controller
from frappe.model.document import Document

KEPT_FOR = 30.0  # seconds; a change of the customer is seen by the orders after that


def new_sales_order() -> Document:
	"""A new Sales Order of the site's own class, other apps' overrides included."""
	doc = _importing(get_controller("Sales Order"))({"doctype": "Sales Order"})
	doc.set("__islocal", True)
	doc.owner = frappe.session.user
	return doc


@lru_cache(maxsize=8)
def _importing(base: type[Document]) -> type[Document]:
	"""The controller class of the site, with the customer's details kept."""

	class ImportedSalesOrder(base):
		def set_missing_lead_customer_details(self, for_validate: bool = False) -> None:
			kept = _kept_details()
			key = (
				self.customer,
				self.company,
				self.customer_address,
				self.shipping_address_name,
				self.get("company_address"),
				self.flags.ignore_permissions,
			)
			if key in kept:
				self.update_if_missing(copy.deepcopy(kept[key]))
				return
			self._told = None
			super().set_missing_lead_customer_details(for_validate)
			if self._told is not None:
				kept[key] = self._told

		def update_if_missing(self, d: dict[str, Any]) -> None:
			"""ERPNext hands the customer's details over here."""
			self._told = copy.deepcopy(d)
			super().update_if_missing(d)

	return ImportedSalesOrder


def _kept_details() -> dict[tuple, dict[str, Any]]:
	"""Details by customer and addresses, for this job and a short time only."""
	now = time.monotonic()
	kept = frappe.flags.get("marketplace_customer_details")
	if not kept or now - kept["since"] > KEPT_FOR:
		kept = frappe.flags["marketplace_customer_details"] = {"since": now, "details": {}}
	return kept["details"]
