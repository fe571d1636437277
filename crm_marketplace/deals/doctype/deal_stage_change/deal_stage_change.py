from frappe.model.document import Document


class DealStageChange(Document):
	pass
