from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document


class MarketplaceOrder(Document):
	def on_trash(self) -> None:
		self.keep_orders_with_documents()

	def keep_orders_with_documents(self) -> None:
		"""The binding is what keeps an order from being imported twice."""
		if self.sales_order and frappe.db.exists("Sales Order", self.sales_order):
			frappe.throw(
				_("Sales Order {0} was made from this order. Delete it first.").format(self.sales_order)
			)


def on_doctype_update() -> None:
	frappe.db.add_unique("Marketplace Order", ["shop", "external_id"], constraint_name="unique_order")
	frappe.db.add_index("Marketplace Order", ["shop", "state", "ordered_at"], index_name="shop_state")
	frappe.db.add_index("Marketplace Order", ["state", "status", "ship_by"], index_name="state_status")
	frappe.db.add_index("Marketplace Order", ["shop", "ordered_at"], index_name="shop_ordered")
