from __future__ import annotations

import frappe
from frappe.model.document import Document


class PartyKey(Document):
	pass


def on_doctype_update() -> None:
	frappe.db.add_unique("Party Key", ["kind", "value", "party_type", "party"], constraint_name="unique_key")
	frappe.db.add_index("Party Key", ["party_type", "party"], index_name="party_keys")
