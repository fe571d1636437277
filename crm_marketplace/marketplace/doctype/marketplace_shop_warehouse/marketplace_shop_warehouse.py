from frappe.model.document import Document


class MarketplaceShopWarehouse(Document):
	pass
