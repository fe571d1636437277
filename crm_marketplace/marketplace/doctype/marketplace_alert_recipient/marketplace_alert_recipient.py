from frappe.model.document import Document


class MarketplaceAlertRecipient(Document):
	pass
