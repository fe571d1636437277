"""Shared checks of the builder's calls."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

# What the builder may set. Counters, secrets and cursors are the engine's.
FIELDS = (
	"title",
	"description",
	"enabled",
	"event",
	"document_type",
	"event_field",
	"from_value",
	"to_value",
	"watched_fields",
	"duration",
	"direction",
	"cron",
	"every_minutes",
	"threshold",
	"threshold_unit",
	"frequency",
	"repeat_times",
	"repeat_minutes",
	"max_per_hour",
	"quiet_from",
	"quiet_to",
	"holiday_list",
	"priority",
	"stop_others",
	"pause_after",
	"run_as",
	"library_key",
)
JSON_FIELDS = ("conditions", "repeat_until")
ACTION_FIELDS = ("action_type", "delay_minutes", "recheck", "go_on")


def permitted(name: str, permission: str = "read") -> Document:
	"""The trigger, if the caller has the permission on it."""
	doc = frappe.get_doc("Trigger", name)
	doc.check_permission(permission)
	return doc


def filled(values: dict | str) -> Document:
	"""A trigger as the builder shows it: the stored one with the given values, or a new one. Not saved."""
	given = frappe.parse_json(values)
	if not isinstance(given, dict):
		frappe.throw(_("This is no trigger."))
	doc = permitted(str(given["name"])) if given.get("name") else frappe.new_doc("Trigger")
	for field in FIELDS:
		if field in given:
			doc.set(field, given[field])
	for field in JSON_FIELDS:
		if field in given:
			doc.set(field, frappe.as_json(given[field]) if given[field] else None)
	if "actions" in given:
		doc.set("actions", [_action(row) for row in given["actions"] or ()])
	return doc


def as_values(doc: Document) -> dict[str, Any]:
	"""A trigger as the builder takes it."""
	return {
		"name": None if doc.is_new() else doc.name,
		**{field: doc.get(field) for field in FIELDS},
		**{field: frappe.parse_json(doc.get(field) or "{}") for field in JSON_FIELDS},
		"actions": [
			{
				**{field: row.get(field) for field in ACTION_FIELDS},
				"settings": frappe.parse_json(row.settings or "{}"),
			}
			for row in doc.actions
		],
		"paused_reason": doc.paused_reason,
		"fired_at": doc.fired_at,
		"modified": doc.modified,
	}


def _action(row: Any) -> dict[str, Any]:
	if not isinstance(row, dict):
		frappe.throw(_("This is no action."))
	return {
		**{field: row.get(field) for field in ACTION_FIELDS},
		"settings": frappe.as_json(row.get("settings") or {}),
	}
