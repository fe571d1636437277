"""Settings as installed."""

from __future__ import annotations

import frappe


def save_settings() -> None:
	"""Write the defaults of Marketplace Settings: Frappe keeps none for a single that was never saved."""
	settings = frappe.get_single("Marketplace Settings")
	stored = frappe.db.get_singles_dict(settings.doctype)
	for field in settings.meta.fields:
		if field.default is not None and field.fieldname not in stored:
			settings.set(field.fieldname, field.default)
	settings.flags.ignore_permissions = True
	settings.save()
