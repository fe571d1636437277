from __future__ import annotations

import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval
from frappe.query_builder.functions import Now


class MarketplaceSyncLog(Document):
	@staticmethod
	def clear_old_logs(days: int = 30) -> None:
		"""Called by Frappe's Log Settings: runs and their errors older than `days`."""
		log = frappe.qb.DocType("Marketplace Sync Log")
		error = frappe.qb.DocType("Marketplace Sync Log Error")
		old = log.creation < (Now() - Interval(days=days))
		frappe.db.delete(
			error,
			error.parent.isin(frappe.qb.from_(log).select(log.name).where(old)),
		)
		frappe.db.delete(log, old)


def on_doctype_update() -> None:
	frappe.db.add_index("Marketplace Sync Log", ["shop", "stream", "started_at"], index_name="shop_stream")
	frappe.db.add_index("Marketplace Sync Log", ["status", "modified"], index_name="status_modified")
