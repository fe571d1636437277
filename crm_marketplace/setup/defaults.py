"""Settings as installed."""

from __future__ import annotations

import frappe

SETTINGS = ("Marketplace Settings", "Deals Settings")


def save_settings() -> None:
	"""Write the defaults of our settings: Frappe keeps none for a single that was never saved."""
	for doctype in SETTINGS:
		_save(doctype)


def _save(doctype: str) -> None:
	settings = frappe.get_single(doctype)
	stored = frappe.db.get_singles_dict(settings.doctype)
	for field in settings.meta.fields:
		if field.default is not None and field.fieldname not in stored:
			settings.set(field.fieldname, field.default)
	settings.flags.ignore_permissions = True
	settings.save()
