from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.query_builder.functions import Now


class TriggerLog(Document):
	@staticmethod
	def clear_old_logs(days: int = 90) -> None:
		"""Called by Frappe's Log Settings: firings that ended more than `days` ago, and their actions.

		Those that wait stay, and so do keys of "once per document", which must not fire a second time.
		"""
		log = frappe.qb.DocType("Trigger Log")
		row = frappe.qb.DocType("Trigger Log Action")
		rule = frappe.qb.DocType("Trigger")
		once = frappe.qb.from_(rule).select(rule.name).where(rule.frequency == "Once per Document")
		old = (
			(log.creation < (Now() - Interval(days=days)))
			& (log.status != "Waiting")
			& log.trigger_name.notin(once)
		)
		frappe.db.delete(row, row.parent.isin(frappe.qb.from_(log).select(log.name).where(old)))
		frappe.db.delete(log, old)


def on_doctype_update() -> None:
	frappe.db.add_index("Trigger Log", ["status", "due_at", "priority"], index_name="status_due")
	frappe.db.add_index("Trigger Log", ["document_type", "document_name", "creation"], index_name="document")
	frappe.db.add_index("Trigger Log", ["trigger_name", "started_at"], index_name="trigger_started")
