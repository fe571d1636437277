"""Settings as installed."""

from __future__ import annotations

import frappe

SETTINGS = ("Marketplace Settings", "Deals Settings", "Trigger Settings")

# Action of a trigger → who may use it. What is not here may be used by all who make triggers.
TRIGGER_RIGHTS: dict[str, tuple[str, ...]] = {
	"Run Server Script": ("System Manager",),
	"Send Webhook": ("System Manager", "Marketplace Manager"),
	"Marketplace Action": ("System Manager", "Marketplace Manager"),
	"Submit Document": ("System Manager", "Marketplace Manager", "Sales Manager", "Deals Manager"),
	"Cancel Document": ("System Manager", "Marketplace Manager", "Sales Manager", "Deals Manager"),
}


def save_settings() -> None:
	"""Write the defaults of our settings: Frappe keeps none for a single that was never saved."""
	for doctype in SETTINGS:
		_save(doctype)


def grant_actions() -> None:
	"""Say who may use which action in triggers. At install only: what an administrator changes stays so."""
	settings = frappe.get_single("Trigger Settings")
	if settings.rights:
		return
	for action_type, roles in TRIGGER_RIGHTS.items():
		for role in roles:
			settings.append("rights", {"action_type": action_type, "role": role})
	settings.flags.ignore_permissions = True
	settings.save()


def _save(doctype: str) -> None:
	settings = frappe.get_single(doctype)
	stored = frappe.db.get_singles_dict(settings.doctype)
	for field in settings.meta.fields:
		if field.default is not None and field.fieldname not in stored:
			settings.set(field.fieldname, field.default)
	settings.flags.ignore_permissions = True
	settings.save()
