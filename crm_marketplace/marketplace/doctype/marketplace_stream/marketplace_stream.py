from __future__ import annotations

import frappe
from frappe.model.document import Document


class MarketplaceStream(Document):
	pass


def on_doctype_update() -> None:
	frappe.db.add_unique("Marketplace Stream", ["shop", "stream"], constraint_name="unique_stream")
	frappe.db.add_index("Marketplace Stream", ["enabled", "next_run_at"], index_name="due")
