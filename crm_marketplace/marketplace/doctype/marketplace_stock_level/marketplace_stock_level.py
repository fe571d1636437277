from __future__ import annotations

import frappe
from frappe.model.document import Document


class MarketplaceStockLevel(Document):
	pass


def on_doctype_update() -> None:
	frappe.db.add_unique(
		"Marketplace Stock Level", ["listing", "channel_warehouse_id"], constraint_name="unique_level"
	)
	frappe.db.add_index("Marketplace Stock Level", ["shop", "pending"], index_name="shop_pending")
	frappe.db.add_index(
		"Marketplace Stock Level", ["shop", "channel_warehouse_id"], index_name="shop_channel"
	)
	frappe.db.add_index(
		"Marketplace Stock Level", ["shop", "listing_external_id"], index_name="shop_listing_id"
	)
