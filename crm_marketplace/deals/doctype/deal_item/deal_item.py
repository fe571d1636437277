from frappe.model.document import Document


class DealItem(Document):
	pass
