from frappe.model.document import Document


class DealAssignmentPerson(Document):
	pass
