from frappe.model.document import Document


class MarketplaceListing(Document):
	pass
