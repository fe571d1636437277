from __future__ import annotations

from frappe.model.document import Document

from crm_marketplace.triggers.engine import index


class TriggerSettings(Document):
	def on_update(self) -> None:
		index.changed()
