"""Triggers that fail: counted, paused after too many failures in a row, and their owner told."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.model.document import Document

from crm_marketplace.rules.triggers_guards import must_pause
from crm_marketplace.sync import clock
from crm_marketplace.sync.messages import translated, unpack
from crm_marketplace.triggers.engine import index


def succeeded(rule: Document) -> None:
	values = {"fired_at": clock.site_now()}
	if rule.failures:
		values["failures"] = 0
	frappe.db.set_value("Trigger", rule.name, values, update_modified=False)


def failed(rule: Document, log: Document) -> None:
	"""Count a failure in a row; enough of them pause the trigger."""
	failures = (frappe.db.get_value("Trigger", rule.name, "failures", for_update=True) or 0) + 1
	frappe.db.set_value(
		"Trigger", rule.name, {"failures": failures, "fired_at": clock.site_now()}, update_modified=False
	)
	if must_pause(failures, rule.pause_after or 0):
		pause(rule, translated(log.reason or "", unpack(log.reason_values)))


def pause(rule: Document, why: str) -> None:
	"""Switch a trigger off and tell its owner."""
	index.changed()
	frappe.db.set_value("Trigger", rule.name, {"enabled": 0, "paused_reason": why})
	for user in {rule.owner, rule.run_as}:
		frappe.get_doc(
			{
				"doctype": "Notification Log",
				"subject": _("The trigger “{0}” was paused: {1}").format(
					frappe.utils.escape_html(rule.title), frappe.utils.escape_html(why)
				),
				"for_user": user,
				"type": "Alert",
				"document_type": "Trigger",
				"document_name": rule.name,
			}
		).insert(ignore_permissions=True)  # a notice of the system to its user
