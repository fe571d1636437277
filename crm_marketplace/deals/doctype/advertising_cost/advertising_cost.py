from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

FIELDS = {"Source": "source", "Campaign": "campaign", "UTM Source": "utm_source"}


class AdvertisingCost(Document):
	def validate(self) -> None:
		self.validate_days()
		self.keep_one_subject()

	def validate_days(self) -> None:
		if getdate(self.from_date) > getdate(self.to_date):
			frappe.throw(_("The first day lies after the last one."))

	def keep_one_subject(self) -> None:
		"""What the money was not spent on is left empty, or it would be counted there, too."""
		for by, fieldname in FIELDS.items():
			if by != self.by:
				self.set(fieldname, None)
