from frappe.model.document import Document


class MarketplaceShop(Document):
	pass
