from __future__ import annotations

from frappe.model.document import Document


class TriggerAction(Document):
	pass
