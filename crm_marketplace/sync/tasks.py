"""Tasks for people: Frappe's ToDo, given to those the settings name."""

from __future__ import annotations

import frappe

from crm_marketplace.sync.alerts import recipients


def ask(doctype: str, name: str, text: str) -> None:
	"""An open ToDo on a document, unless one is open already.

	Args:
		text: plain text; it is escaped, for it may quote a product's title.
	"""
	open_task = frappe.db.exists(
		"ToDo", {"reference_type": doctype, "reference_name": name, "status": "Open"}
	)
	if open_task:
		return
	users, _emails = recipients()
	todo = frappe.new_doc("ToDo")
	todo.update(
		{
			"description": frappe.utils.escape_html(text),
			"reference_type": doctype,
			"reference_name": name,
			"allocated_to": users[0] if users else None,
			"assigned_by": "Administrator",
			"priority": "High",
		}
	)
	todo.insert(ignore_permissions=True)  # the system asks, not the session's user


def close(doctype: str, name: str) -> None:
	"""Close the open tasks of a document: their cause is gone."""
	for task in frappe.get_all(
		"ToDo",
		filters={"reference_type": doctype, "reference_name": name, "status": "Open"},
		pluck="name",
	):
		doc = frappe.get_doc("ToDo", task)
		doc.status = "Closed"
		doc.save(ignore_permissions=True)  # as above
