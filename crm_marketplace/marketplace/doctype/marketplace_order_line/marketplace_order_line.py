from __future__ import annotations

import frappe
from frappe.model.document import Document


class MarketplaceOrderLine(Document):
	pass


def on_doctype_update() -> None:
	frappe.db.add_index("Marketplace Order Line", ["offer_id"], index_name="offer")
