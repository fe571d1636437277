from frappe.model.document import Document


class DealContact(Document):
	pass
