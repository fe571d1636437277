from frappe.model.document import Document


class MarketplaceStockLevel(Document):
	pass
