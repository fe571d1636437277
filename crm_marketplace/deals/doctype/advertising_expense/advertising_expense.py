from __future__ import annotations

import hashlib

import frappe
from frappe import _
from frappe.model.document import Document

from crm_marketplace.deals.doctype.advertising_cost.advertising_cost import FIELDS

BOOKS = ("account", "cost_center", "project")


class AdvertisingExpense(Document):
	def before_validate(self) -> None:
		self.keep_one_subject()
		self.set_scope()

	def validate(self) -> None:
		self.validate_rights()
		self.validate_books()
		self.validate_scope()

	def keep_one_subject(self) -> None:
		"""What the money was not spent on is left empty, or it would be counted there, too."""
		for by, fieldname in FIELDS.items():
			if by != self.by:
				self.set(fieldname, None)

	def set_scope(self) -> None:
		"""One row per source and place in the books: unique in the database."""
		told = (self.by, self.get(FIELDS.get(self.by, "source")), self.pipeline, self.company)
		key = "|".join(str(value or "") for value in (*told, *(self.get(field) for field in BOOKS)))
		self.scope_key = hashlib.sha256(key.encode()).hexdigest()

	def validate_rights(self) -> None:
		"""The report tells sums of what is named here: only who may read the ledger says what that is."""
		if not self.flags.ignore_permissions and not frappe.has_permission("GL Entry", "read"):
			frappe.throw(
				_(
					"Only who may read the General Ledger can name expenses in the books. Ask an accountant to add this."
				),
				frappe.PermissionError,
			)

	def validate_books(self) -> None:
		if not any(self.get(field) for field in BOOKS):
			frappe.throw(_("Choose an account, a cost center or a project."))
		for field in BOOKS:
			name = self.get(field)
			if not name:
				continue
			doctype = self.meta.get_field(field).options
			company = frappe.db.get_value(doctype, name, "company")
			if company and company != self.company:
				frappe.throw(
					_("{0} belongs to another company.").format(frappe.bold(frappe.utils.escape_html(name)))
				)
		if self.account and frappe.db.get_value("Account", self.account, "root_type") != "Expense":
			frappe.throw(_("Choose an expense account."))

	def validate_scope(self) -> None:
		if frappe.db.exists("Advertising Expense", {"scope_key": self.scope_key, "name": ("!=", self.name)}):
			frappe.throw(_("This is named for the source already."), frappe.DuplicateEntryError)
