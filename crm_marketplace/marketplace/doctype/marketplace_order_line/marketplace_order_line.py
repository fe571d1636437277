from frappe.model.document import Document


class MarketplaceOrderLine(Document):
	pass
