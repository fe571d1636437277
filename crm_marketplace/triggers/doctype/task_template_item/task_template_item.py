from frappe.model.document import Document


class TaskTemplateItem(Document):
	pass
