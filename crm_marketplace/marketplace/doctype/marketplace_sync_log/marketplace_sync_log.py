from frappe.model.document import Document


class MarketplaceSyncLog(Document):
	pass
