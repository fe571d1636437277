from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_fullname

from crm_marketplace.rules.assignment import parse_hour


class DealAssignmentRule(Document):
	def validate(self) -> None:
		self.validate_people()
		self.validate_hours()

	def validate_people(self) -> None:
		users = [row.user for row in self.people]
		if twice := next((user for user in users if users.count(user) > 1), None):
			frappe.throw(_("{0} is in the list twice.").format(get_fullname(twice)))

	def validate_hours(self) -> None:
		for fieldname in ("work_from", "work_to"):
			self.set(fieldname, self.hour_of(fieldname))
		if bool(self.work_from) != bool(self.work_to):
			frappe.throw(_("Working hours need both their beginning and their end."))

	def hour_of(self, fieldname: str) -> str | None:
		"""Hours are text: Frappe fills empty times of new documents with the present moment."""
		text = (self.get(fieldname) or "").strip()
		if not text:
			return None
		hour = parse_hour(text)
		if hour is None:
			frappe.throw(_("{0} is not an hour. Write it as 09:00.").format(frappe.utils.escape_html(text)))
		return hour.strftime("%H:%M")
