from frappe.model.document import Document


class DealsSettings(Document):
	pass
