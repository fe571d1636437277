"""Why did this happen? Firings of triggers on the timeline of every document."""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import escape_html, get_link_to_form

from crm_marketplace.triggers.actions import registry
from crm_marketplace.triggers.engine import outbox
from crm_marketplace.triggers.stories import action_sentence, reason_sentence, say

SHOWN = 50
ICONS = {"Done": "tick", "Failed": "solid-warning", "Uncertain": "solid-warning", "Waiting": "today"}


def firings(doctype: str, docname: str) -> list[dict]:
	"""Hook `additional_timeline_content`: entries as Frappe wants them, everything from outside escaped."""
	logs = frappe.get_all(
		outbox.DOCTYPE,
		filters={"document_type": doctype, "document_name": docname},
		fields=[
			"name",
			"trigger_name",
			"trigger_title",
			"status",
			"reason",
			"reason_values",
			"creation",
			"due_at",
		],
		order_by="creation desc",
		limit=SHOWN,
	)
	if not logs:
		return []
	rows = frappe.get_all(
		"Trigger Log Action",
		filters={"parent": ("in", [log.name for log in logs]), "parenttype": outbox.DOCTYPE},
		fields=[
			"parent",
			"action_type",
			"status",
			"message",
			"message_values",
			"reference_doctype",
			"reference_name",
		],
		order_by="idx asc",
	)
	by_log: dict[str, list] = {}
	for row in rows:
		by_log.setdefault(row.parent, []).append(row)
	return [_entry(log, by_log.get(log.name, [])) for log in logs]


def _entry(log: frappe._dict, rows: list[frappe._dict]) -> dict:
	return {
		"icon": ICONS.get(log.status, "branch"),
		"creation": log.creation.strftime("%Y-%m-%d %H:%M:%S.%f"),
		"is_card": False,
		"content": _content(log, rows),
	}


def _content(log: frappe._dict, rows: list[frappe._dict]) -> str:
	title = escape_html(log.trigger_title or log.trigger_name)
	head = _("Trigger {0}").format(f"“{title}”")
	parts = [_link("Trigger Log", log.name, head) if _may_see_more() else head]
	told = [escape_html(_told(row)) for row in rows if row.message]
	if log.status == "Waiting" and not rows:
		told.append(_("waits until {0}").format(frappe.utils.format_datetime(log.due_at)))
	elif log.reason and not told and _may_see_more():
		told.append(escape_html(reason_sentence(log)))
	return ": ".join([parts[0], "; ".join(told)]) if told else parts[0]


def _told(row: frappe._dict) -> str:
	"""What an action did. Whom it wrote to is for those who may see firings: it may be the buyer."""
	if _may_see_more():
		return action_sentence(row)
	action = registry.ACTIONS.get(row.action_type)
	return f"{say(action.label) if action else row.action_type} ({say(row.status)})"


def _may_see_more() -> bool:
	return bool(frappe.has_permission(outbox.DOCTYPE, "read"))


def _link(doctype: str, name: str, label: str) -> str:
	return get_link_to_form(doctype, name, label)
