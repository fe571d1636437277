from frappe.model.document import Document


class PartyMerge(Document):
	pass
