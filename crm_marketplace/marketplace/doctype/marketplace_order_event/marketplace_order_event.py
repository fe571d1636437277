from frappe.model.document import Document


class MarketplaceOrderEvent(Document):
	pass
