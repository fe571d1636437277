from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import flt, getdate

from crm_marketplace.rules.plans import METRICS, first_of_month


class SalesPlan(Document):
	def before_validate(self) -> None:
		self.set_scope()

	def validate(self) -> None:
		self.validate_scope()
		self.validate_numbers()

	def set_scope(self) -> None:
		"""One plan per month, pipeline and person or team: unique in the database."""
		if not self.month:
			return
		self.month = first_of_month(getdate(self.month))
		self.scope_key = "|".join(
			(self.month.isoformat(), self.pipeline or "", self.user or "", self.team or "")
		)

	def validate_scope(self) -> None:
		if self.user and self.team:
			frappe.throw(_("A plan is for a person or for a team, not for both."))
		same = {"scope_key": self.scope_key, "name": ("!=", self.name)}
		if frappe.db.exists("Sales Plan", same):
			frappe.throw(
				_("There is a plan for this month already. Change that one."), frappe.DuplicateEntryError
			)

	def validate_numbers(self) -> None:
		if not any(flt(self.get(metric)) for metric in METRICS):
			frappe.throw(_("A plan needs a number: an amount, deals, calls or meetings."))
