"""Calls of the builder's first page: one's own triggers, ready ones, taking them from site to site."""

from __future__ import annotations

import json
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Max

from crm_marketplace.triggers import library, stories
from crm_marketplace.triggers.api.guard import as_values, filled, permitted

FORMAT = "crm-marketplace-triggers"
VERSION = 1


@frappe.whitelist()
def triggers() -> list[dict[str, Any]]:
	"""All triggers the caller may see, each with its sentence and what it did last."""
	names = frappe.get_list("Trigger", order_by="enabled desc, modified desc", pluck="name", limit=500)
	last = _last_firings(names)
	docs = [frappe.get_cached_doc("Trigger", name) for name in names]
	return [
		{
			"name": doc.name,
			"title": doc.title,
			"enabled": doc.enabled,
			"paused_reason": doc.paused_reason,
			"sentence": sentence,
			"last": last.get(doc.name),
		}
		for doc, sentence in zip(docs, stories.sentences_of(docs), strict=True)
	]


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


# --- inside ----------------------------------------------------------------------------------------


def _last_firings(triggers: list[str]) -> dict[str, dict[str, Any]]:
	"""Trigger → status and time of its latest firing, in one query however many there are."""
	if not triggers:
		return {}
	log, later = frappe.qb.DocType("Trigger Log"), frappe.qb.DocType("Trigger Log").as_("later")
	newest = (
		frappe.qb.from_(later)
		.select(later.trigger_name, Max(later.creation).as_("creation"))
		.where(later.trigger_name.isin(triggers))
		.groupby(later.trigger_name)
	)
	rows = (
		frappe.qb.from_(log)
		.inner_join(newest)
		.on((log.trigger_name == newest.trigger_name) & (log.creation == newest.creation))
		.select(log.trigger_name, log.status, log.creation)
	).run(as_dict=True)
	return {row.trigger_name: {"status": row.status, "creation": row.creation} for row in rows}
