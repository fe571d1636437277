from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from crm_marketplace.setup.roles import DEALS_MANAGER


class DealAbsence(Document):
	def validate(self) -> None:
		self.validate_days()
		self.validate_person()

	def validate_days(self) -> None:
		if getdate(self.from_date) > getdate(self.to_date):
			frappe.throw(_("The first day lies after the last one."))

	def validate_person(self) -> None:
		"""Managers say it of anybody, others of themselves."""
		if self.user != frappe.session.user and not {DEALS_MANAGER, "System Manager"} & set(
			frappe.get_roles()
		):
			frappe.throw(_("You can only say when you are away yourself."), frappe.PermissionError)
