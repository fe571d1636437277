from __future__ import annotations

from frappe.model.document import Document

from crm_marketplace.triggers import task_templates


class TaskTemplate(Document):
	def validate(self) -> None:
		task_templates.check(self)
