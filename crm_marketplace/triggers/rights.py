"""Who may make which trigger, and with whose rights it acts."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

ADMIN = "System Manager"


def check(trigger: Document) -> None:
	"""Before a trigger is saved: whoever saves it answers for what it does."""
	if frappe.flags.in_install or frappe.flags.in_migrate:
		return
	_sign(trigger)
	if trigger.document_type:
		frappe.has_permission(trigger.document_type, "read", throw=True)
	refused = [row.action_type for row in trigger.actions if not may_use(row.action_type)]
	if refused:
		frappe.throw(
			_("Your roles may not use these actions in triggers: {0}.").format(
				", ".join(_(name) for name in dict.fromkeys(refused))
			),
			frappe.PermissionError,
		)


def may_use(action_type: str, user: str | None = None) -> bool:
	"""Whether somebody may write this action into a trigger."""
	roles = {row.role for row in settings().rights if row.action_type == action_type}
	return not roles or bool(roles & set(frappe.get_roles(user)))


def settings() -> Document:
	return frappe.get_cached_doc("Trigger Settings")


def _sign(trigger: Document) -> None:
	"""A trigger acts with the rights of who saved it last; only an administrator lends it those of others."""
	user = frappe.session.user
	if not trigger.run_as:
		trigger.run_as = user
	if trigger.run_as == user or ADMIN in frappe.get_roles():
		return
	trigger.run_as = user
	frappe.msgprint(_("From now on the trigger acts with your rights."), alert=True)
