from frappe.model.document import Document


class MarketplaceStream(Document):
	pass
