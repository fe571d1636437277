from __future__ import annotations

import frappe
from frappe.model.document import Document


class MarketplaceReview(Document):
	pass


def on_doctype_update() -> None:
	frappe.db.add_unique("Marketplace Review", ["shop", "external_id"], constraint_name="unique_review")
	frappe.db.add_index(
		"Marketplace Review", ["shop", "is_answered", "written_at"], index_name="shop_answered"
	)
