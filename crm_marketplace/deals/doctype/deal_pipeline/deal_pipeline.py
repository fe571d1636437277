from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from crm_marketplace.deals.money import site_currency
from crm_marketplace.permissions.deals import forget_scopes


class DealPipeline(Document):
	def before_validate(self) -> None:
		self.set_defaults()

	def validate(self) -> None:
		self.keep_currency()

	def on_update(self) -> None:
		forget_scopes()

	def on_trash(self) -> None:
		self.keep_pipeline_with_deals()
		self.delete_stages()
		forget_scopes()

	def set_defaults(self) -> None:
		self.pipeline_name = (self.pipeline_name or "").strip()
		self.currency = self.currency or site_currency(self.company)
		if self.is_new() and not self.position:
			last = frappe.get_all("Deal Pipeline", fields=["max(position) as position"])[0].position
			self.position = (last or 0) + 1

	def keep_currency(self) -> None:
		"""Totals of deals are kept in the pipeline's currency: it cannot change under them."""
		if not self.is_new() and self.has_value_changed("currency") and self.has_deals():
			frappe.throw(
				_(
					"The pipeline has deals, so its currency stays. Make another pipeline for the other currency."
				)
			)

	def keep_pipeline_with_deals(self) -> None:
		if self.has_deals():
			frappe.throw(_("The pipeline has deals. Archive it instead: its deals and reports stay."))

	def delete_stages(self) -> None:
		for name in frappe.get_all("Deal Stage", filters={"pipeline": self.name}, pluck="name"):
			frappe.delete_doc("Deal Stage", name)

	def has_deals(self) -> bool:
		return bool(frappe.db.exists("Deal", {"pipeline": self.name}))
