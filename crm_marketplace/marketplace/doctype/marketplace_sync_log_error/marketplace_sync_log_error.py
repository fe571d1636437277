from frappe.model.document import Document


class MarketplaceSyncLogError(Document):
	pass
