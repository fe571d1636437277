from frappe.model.document import Document


class DealPipelineRole(Document):
	pass
