"""The Sales Order as an import makes it: ERPNext's own controller, with what its form's scripts add to it,
and asked once for what many orders share.

Orders of a shop mostly go to one customer, and ERPNext reads that customer with its addresses, contacts, tax
rules and credit limit anew for each. Here the answer is kept for the moment a batch takes. Everything else, and
what is done with the answer, is ERPNext's.
"""

from __future__ import annotations

import copy
import time
from functools import lru_cache
from typing import Any

import frappe
from erpnext.selling.doctype.customer.customer import get_credit_limit
from erpnext.selling.doctype.sales_order.sales_order import SalesOrder
from frappe.model.base_document import get_controller
from frappe.model.document import Document
from frappe.utils import flt

NEARLY_ALL = 99.999  # per cent
KEPT_FOR = 30.0  # seconds; a change of the customer is seen by the orders after that


def new_sales_order() -> Document:
	"""A new Sales Order of the site's own class, other apps' overrides included."""
	doc = _importing(get_controller("Sales Order"))({"doctype": "Sales Order"})
	doc.set("__islocal", True)
	doc.owner = frappe.session.user
	# A new form fills every link to Currency with the site's; this one nobody looks at, and nobody changes.
	doc.party_account_currency = frappe.db.get_default("currency")
	return doc


def get_sales_order(name: str) -> Document:
	"""A Sales Order that is there, to be brought in line with the marketplace."""
	return _importing(get_controller("Sales Order"))("Sales Order", name)


@lru_cache(maxsize=8)
def _importing(base: type[Document]) -> type[Document]:
	"""The controller class of the site, with the customer's details kept."""

	class ImportedSalesOrder(base):
		def set_status(self, *arguments: Any, **options: Any) -> None:
			"""ERPNext leaves the status of a new document alone; this one may be born submitted."""
			if self.is_new() and self.docstatus == 1:
				# Nothing of it is delivered or billed yet (erpnext/controllers/status_updater.py, status_map).
				self.status = "To Bill" if self.skip_delivery_note else "To Deliver and Bill"
				return
			super().set_status(*arguments, **options)

		def set_missing_item_details(self, for_validate: bool = False) -> None:
			"""Item and list price are known after this. A rate typed into the form then becomes a discount in
			per cent by its script (erpnext/public/js/controllers/transaction.js); the rate of an import too.
			Without it, goods given away would get the list price back."""
			super().set_missing_item_details(for_validate)
			for row in self.items:
				row.pricing_rules = row.pricing_rules or ""
				if row.price_list_rate and flt(row.rate) <= row.price_list_rate:
					row.discount_percentage = _discount(row)

		def check_credit_limit(self) -> None:
			"""Where there is no limit there is nothing to check: most customers of shops have none."""
			kept = _kept_details()
			key = ("credit limit", self.customer, self.company)
			if key not in kept:
				kept[key] = get_credit_limit(self.customer, self.company)
			if kept[key] or base.check_credit_limit is not SalesOrder.check_credit_limit:
				super().check_credit_limit()

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
				self._take(copy.deepcopy(kept[key]))
				return
			self._told = None
			super().set_missing_lead_customer_details(for_validate)
			if self._told is not None:
				kept[key] = self._told

		def update_if_missing(self, d: dict[str, Any]) -> None:
			"""ERPNext hands the customer's details over here."""
			self._told = copy.deepcopy(d)
			self._take(d)

		def _take(self, details: dict[str, Any]) -> None:
			super().update_if_missing(details)
			if details.get("sales_team") and not self.sales_team:
				self.set("sales_team", details["sales_team"])  # its form takes them, the controller does not

	return ImportedSalesOrder


def _discount(row: Document) -> float:
	"""The per cent by which a row's rate is below the list price."""
	percent = flt((1 - flt(row.rate) / row.price_list_rate) * 100, row.precision("discount_percentage"))
	# ERPNext takes 100 per cent for a rate of nothing.
	return percent if percent < 100 or not row.rate else NEARLY_ALL


def _kept_details() -> dict[tuple, Any]:
	"""Details by customer and addresses, credit limits by customer: for this job and a short time only."""
	now = time.monotonic()
	kept = frappe.flags.get("marketplace_customer_details")
	if not kept or now - kept["since"] > KEPT_FOR:
		kept = frappe.flags["marketplace_customer_details"] = {"since": now, "details": {}}
	return kept["details"]
