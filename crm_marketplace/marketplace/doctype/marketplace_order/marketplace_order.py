from frappe.model.document import Document


class MarketplaceOrder(Document):
	pass
