from frappe.model.document import Document


class MarketplaceShopStream(Document):
	pass
