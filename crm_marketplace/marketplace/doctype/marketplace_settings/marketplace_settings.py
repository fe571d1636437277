from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

LOG = "Marketplace Sync Log"


class MarketplaceSettings(Document):
	def validate(self) -> None:
		self.validate_numbers()

	def on_update(self) -> None:
		self.follow_log_retention()

	def validate_numbers(self) -> None:
		"""Zero would stop everything silently."""
		for field in (
			"job_minutes",
			"orders_per_job",
			"silent_after",
			"breaker_threshold",
			"breaker_minutes",
		):
			if (self.get(field) or 0) < 1:
				frappe.throw(_("{0} must be at least 1.").format(_(self.meta.get_label(field))))

	def follow_log_retention(self) -> None:
		"""Frappe's Log Settings clear the sync logs; the number of days is the same in both places."""
		log_settings = frappe.get_doc("Log Settings")
		current = next((row.days for row in log_settings.logs_to_clear if row.ref_doctype == LOG), None)
		if self.log_days and current != self.log_days:
			log_settings.register_doctype(LOG, self.log_days)
			log_settings.save(ignore_permissions=True)  # a manager of the marketplace may set their own logs
