from __future__ import annotations

import frappe
from frappe.model.document import Document


class MarketplaceReturn(Document):
	pass


def on_doctype_update() -> None:
	frappe.db.add_unique("Marketplace Return", ["shop", "external_id"], constraint_name="unique_return")
	frappe.db.add_index("Marketplace Return", ["shop", "order_external_id"], index_name="shop_order")
