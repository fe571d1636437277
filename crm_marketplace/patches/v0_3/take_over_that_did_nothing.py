"""Rules that stood before more documents could be made of one another: where the ticked box did nothing it is off, so
that they go on as they were. Whoever wants the goods taken over ticks it.
"""

from __future__ import annotations

import json

import frappe

from crm_marketplace.triggers.actions.mappings import ADDED


def execute() -> None:
	rows = frappe.get_all(
		"Trigger Action",
		filters={"parenttype": "Trigger", "action_type": "Create Document"},
		fields=["name", "parent", "settings"],
	)
	about = dict(
		frappe.get_all(
			"Trigger",
			filters={"name": ("in", list({row.parent for row in rows}) or [""])},
			fields=["name", "document_type"],
			as_list=True,
		)
	)
	for row in rows:
		settings = json.loads(row.settings or "{}")
		pair = (about.get(row.parent), settings.get("doctype"))
		if settings.get("take_over") and pair in ADDED:
			settings["take_over"] = 0
			text = json.dumps(settings, ensure_ascii=False, indent=1)
			frappe.db.set_value("Trigger Action", row.name, "settings", text, update_modified=False)
