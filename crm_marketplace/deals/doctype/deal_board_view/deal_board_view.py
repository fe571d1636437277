from frappe.model.document import Document


class DealBoardView(Document):
	pass
