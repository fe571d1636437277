from frappe.model.document import Document


class DealLossReason(Document):
	pass
