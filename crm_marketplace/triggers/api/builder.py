"""Calls of the trigger builder."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from crm_marketplace.rules.triggers_events import EVENTS
from crm_marketplace.sync import clock
from crm_marketplace.triggers import definition, stories
from crm_marketplace.triggers.actions import registry
from crm_marketplace.triggers.api.guard import as_values, filled, permitted
from crm_marketplace.triggers.engine import dry_run, outbox

LOGS = 20


@frappe.whitelist()
def trigger(name: str) -> dict[str, Any]:
	"""A trigger with its sentence and what it did last."""
	doc = permitted(name)
	return {**as_values(doc), **_around(doc)}


@frappe.whitelist()
def describe(values: dict | str) -> dict[str, str]:
	"""An unsaved trigger in plain words."""
	frappe.has_permission("Trigger", "read", throw=True)
	return _sentence(filled(values))


@frappe.whitelist(methods=["POST"])
def save(values: dict | str) -> dict[str, Any]:
	"""Save what the builder shows; Frappe's own rights and the rights of actions are asked."""
	doc = filled(values)
	doc.run_as = doc.run_as or frappe.session.user
	doc.save()
	return trigger(doc.name)


@frappe.whitelist(methods=["POST"])
def switch(name: str, on: int | bool | str) -> dict[str, Any]:
	"""Switch a trigger on or off."""
	doc = permitted(name, "write")
	doc.enabled = frappe.utils.cint(on)
	doc.save()
	return trigger(name)


@frappe.whitelist(methods=["POST"])
def remove(name: str) -> None:
	frappe.delete_doc("Trigger", name)


@frappe.whitelist()
def try_document(
	values: dict | str, name: str | None = None, changes: dict | str | None = None
) -> dict[str, Any] | None:
	"""Dry run on one document: the given one, or the latest that fits. None when there is no document yet.

	Args:
		changes: field → [old, new], of the event that is tried; default: the document's latest event.
	"""
	doc = _tried(values)
	given = frappe.parse_json(changes)
	if name and given:
		candidate = dry_run.Candidate(doc.document_type or "", name, changes=given)
	else:
		candidate = dry_run.chosen(doc, name) if name else dry_run.latest(doc)
	return dry_run.on_document(doc, candidate) if candidate else None


@frappe.whitelist()
def try_days(values: dict | str, days: int | str = 1) -> dict[str, Any]:
	"""Dry run over the last days, a month at most."""
	return dry_run.over_days(_tried(values), min(max(frappe.utils.cint(days), 1), 31))


@frappe.whitelist()
def firings(name: str) -> list[dict[str, Any]]:
	"""What a trigger did last, in words."""
	permitted(name)
	frappe.has_permission("Trigger Log", "read", throw=True)
	return _firings(name)


@frappe.whitelist()
def story(log: str) -> dict[str, Any]:
	"""One firing in words: why, conditions with their answers, actions with their results."""
	doc = frappe.get_doc("Trigger Log", log)
	doc.check_permission("read")
	results = frappe.parse_json(doc.condition_results or "[]")
	return {
		"reason": stories.reason_sentence(doc),
		"conditions": stories.conditions_told(results, doc.document_type),
		"actions": [_action_story(row) for row in doc.actions],
	}


@frappe.whitelist(methods=["POST"])
def run_again(log: str) -> None:
	"""Let a failed or stopped firing have another go: what was done is not done again."""
	doc = frappe.get_doc("Trigger Log", log)
	permitted(doc.trigger_name, "write")
	if doc.status not in ("Failed", "Stopped"):
		frappe.throw(_("Only a firing that failed or was stopped can be run again."))
	for row in doc.actions:
		if row.status in ("Failed", "Skipped") and not row.reference_name:
			row.update({"status": "Waiting", "due_at": None, "attempts": 0, "message": None, "error": None})
	doc.update({"status": "Waiting", "due_at": clock.site_now(), "reason": None, "error": None})
	doc.save(ignore_permissions=True)  # nobody may write logs by hand; the right on the trigger was asked
	outbox.kick()


@frappe.whitelist()
def addresses(name: str) -> dict[str, str | None]:
	"""The address a trigger is called at, and the key of its signature: for those who may write it."""
	doc = permitted(name, "write")
	return {
		"webhook": definition.webhook_address(doc),
		"signing_secret": doc.get_password("signing_secret", raise_exception=False),
	}


# --- inside ----------------------------------------------------------------------------------------


def _tried(values: dict | str) -> Document:
	frappe.has_permission("Trigger", "create", throw=True)
	doc = filled(values)
	doc.enabled = 0  # unfinished actions are no reason not to look
	definition.complete(doc)
	definition.check(doc)
	return doc


def _sentence(doc: Document) -> dict[str, str]:
	if doc.event not in EVENTS:
		return {"when": "", "if": "", "then": "", "limits": ""}
	definition.complete(doc)
	return stories.sentence_of(doc)


def _around(doc: Document) -> dict[str, Any]:
	seen = frappe.has_permission("Trigger Log", "read")
	return {"sentence": _sentence(doc), "firings": _firings(doc.name) if seen else None}


def _firings(name: str) -> list[dict[str, Any]]:
	"""Firings about documents the caller may read."""
	logs = frappe.get_list(
		"Trigger Log",
		filters={"trigger_name": name},
		fields=[
			"name",
			"status",
			"document_type",
			"document_name",
			"creation",
			"due_at",
			"reason",
			"reason_values",
		],
		order_by="creation desc",
		limit=LOGS,
	)
	rows = frappe.get_all(
		"Trigger Log Action",
		filters={"parent": ("in", [log.name for log in logs] or [""]), "parenttype": "Trigger Log"},
		fields=[
			"parent",
			"action_type",
			"status",
			"message",
			"message_values",
			"reference_doctype",
			"reference_name",
			"due_at",
		],
		order_by="idx asc",
	)
	told: dict[str, list[dict[str, Any]]] = {}
	for row in rows:
		told.setdefault(row.parent, []).append(_action_story(row))
	titles = _titles(logs)
	return [
		{
			"name": log.name,
			"status": log.status,
			"document_type": log.document_type,
			"document_name": log.document_name,
			"document_title": titles.get((log.document_type, log.document_name)) or log.document_name,
			"creation": log.creation,
			"due_at": log.due_at,
			"reason": stories.reason_sentence(log),
			"actions": told.get(log.name, []),
		}
		for log in logs
	]


def _titles(logs: list[frappe._dict]) -> dict[tuple[str, str], str]:
	"""What people call the documents: one query for each kind."""
	names: dict[str, set[str]] = {}
	for log in logs:
		if log.document_type and log.document_name and frappe.db.exists("DocType", log.document_type):
			names.setdefault(log.document_type, set()).add(log.document_name)
	found: dict[tuple[str, str], str] = {}
	for doctype, some in names.items():
		field = frappe.get_meta(doctype).get_title_field()
		if field != "name":
			rows = frappe.get_list(
				doctype, filters={"name": ("in", sorted(some))}, fields=["name", field], limit=LOGS
			)
			found |= {(doctype, row.name): row.get(field) for row in rows}
	return found


def _action_story(row: Any) -> dict[str, Any]:
	action = registry.ACTIONS.get(row.action_type)
	return {
		"label": stories.say(action.label) if action else row.action_type,
		"status": row.status,
		"text": stories.action_sentence(row),
		"due_at": row.due_at,
		"doctype": row.reference_doctype,
		"docname": row.reference_name,
	}
