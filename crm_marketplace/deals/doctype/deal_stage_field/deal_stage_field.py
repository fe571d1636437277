from frappe.model.document import Document


class DealStageField(Document):
	pass
