from __future__ import annotations

import frappe
from frappe.model.document import Document


class PartyDuplicate(Document):
	pass


def on_doctype_update() -> None:
	frappe.db.add_unique("Party Duplicate", ["party_type", "one", "other"], constraint_name="unique_pair")
