from frappe.model.document import Document


class MarketplaceStatusPolicy(Document):
	pass
