from frappe.model.document import Document


class MarketplaceListingComponent(Document):
	pass
