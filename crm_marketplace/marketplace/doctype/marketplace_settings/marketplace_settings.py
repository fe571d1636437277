from frappe.model.document import Document


class MarketplaceSettings(Document):
	pass
