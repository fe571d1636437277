from __future__ import annotations

import frappe
from frappe.model.document import Document


class MarketplaceListingPrice(Document):
	pass


def on_doctype_update() -> None:
	frappe.db.add_unique("Marketplace Listing Price", ["listing"], constraint_name="unique_price")
	frappe.db.add_index("Marketplace Listing Price", ["shop", "pending"], index_name="shop_pending")
