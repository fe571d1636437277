import frappe
from frappe.model.document import Document


class MarketplaceOrderEvent(Document):
	pass


def on_doctype_update() -> None:
	# Who settled orders in a period: a few rows among those of every run.
	frappe.db.add_index("Marketplace Order Event", ["event", "happened_at"], index_name="event_when")
