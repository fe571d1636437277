"""Calls of the builder's first page: one's own triggers, ready ones, taking them from site to site."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe import _

from crm_marketplace.triggers import library, stories
from crm_marketplace.triggers.api.guard import as_values, filled, permitted

FORMAT = "crm-marketplace-triggers"
VERSION = 1


@frappe.whitelist()
def triggers() -> list[dict[str, Any]]:
	"""All triggers the caller may see, each with its sentence and what it did last."""
	names = frappe.get_list("Trigger", order_by="enabled desc, modified desc", pluck="name", limit=500)
	found = []
	for name in names:
		doc = frappe.get_cached_doc("Trigger", name)
		last = frappe.get_all(
			"Trigger Log",
			filters={"trigger_name": name},
			fields=["status", "creation"],
			order_by="creation desc",
			limit=1,
		)
		found.append(
			{
				"name": name,
				"title": doc.title,
				"enabled": doc.enabled,
				"paused_reason": doc.paused_reason,
				"sentence": stories.sentence_of(doc),
				"last": last[0] if last else None,
			}
		)
	return found


@frappe.whitelist()
def ready() -> list[dict[str, Any]]:
	"""Ready triggers that fit this site, in the reader's language."""
	frappe.has_permission("Trigger", "read", throw=True)
	taken = set(frappe.get_all("Trigger", filters={"library_key": ("is", "set")}, pluck="library_key"))
	return [{**entry, "taken": entry["key"] in taken} for entry in library.shown(frappe.local.lang)]


@frappe.whitelist(methods=["POST"])
def take(key: str) -> dict[str, Any]:
	"""Make a ready trigger one's own: switched off, to be looked at first. Returns it as the builder takes it."""
	values = library.trigger(key, frappe.local.lang)
	doc = filled(values)
	doc.run_as = frappe.session.user
	doc.insert()
	return as_values(doc)


@frappe.whitelist()
def export_triggers(names: list | str) -> str:
	"""Triggers as JSON, without secrets, owners and counters."""
	names = frappe.parse_json(names)
	rows = []
	for name in names:
		values = as_values(permitted(str(name)))
		for field in ("name", "enabled", "run_as", "paused_reason", "fired_at", "modified"):
			values.pop(field, None)
		rows.append(values)
	return json.dumps(
		{"format": FORMAT, "version": VERSION, "triggers": rows}, ensure_ascii=False, indent=1, default=str
	)


@frappe.whitelist(methods=["POST"])
def import_triggers(text: str) -> list[str]:
	"""Make triggers of what `export_triggers` gave, all switched off. All or none. Returns their names."""
	try:
		given = json.loads(text)
	except ValueError:
		frappe.throw(_("This file holds no triggers."))
	if not isinstance(given, dict) or given.get("format") != FORMAT or given.get("version") != VERSION:
		frappe.throw(_("This file holds no triggers."))
	names = []
	for values in given.get("triggers") or ():
		if not isinstance(values, dict):
			frappe.throw(_("This file holds no triggers."))
		values.pop("name", None)
		doc = filled(values)
		doc.enabled = 0
		doc.run_as = frappe.session.user
		names.append(doc.insert().name)
	return names
