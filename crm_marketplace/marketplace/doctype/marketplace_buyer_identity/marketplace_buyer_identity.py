from frappe.model.document import Document


class MarketplaceBuyerIdentity(Document):
	pass
