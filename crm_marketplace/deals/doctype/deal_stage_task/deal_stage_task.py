from frappe.model.document import Document


class DealStageTask(Document):
	pass
