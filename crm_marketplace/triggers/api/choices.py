"""What the builder lets one choose from: events, actions and what they ask for, documents and their fields."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import frappe

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.rules.triggers_events import EVENTS, FREQUENCIES
from crm_marketplace.triggers import rights, stories
from crm_marketplace.triggers.actions import marketplace, registry
from crm_marketplace.triggers.actions.base import Action, Ask
from crm_marketplace.triggers.actions.letters import messengers

FAVOURITES = (
	"Marketplace Order",
	"Marketplace Shop",
	"Marketplace Listing",
	"Deal",
	"Sales Order",
	"Sales Invoice",
	"Delivery Note",
	"Quotation",
	"Lead",
	"Opportunity",
	"Customer",
	"Issue",
	"Purchase Order",
	"Item",
	"ToDo",
)
STANDARD_FIELDS = (
	("name", "Data", "ID"),
	("owner", "Link", "Created By"),
	("creation", "Datetime", "Created On"),
	("modified", "Datetime", "Last Modified On"),
)
_UNASKED = (
	*frappe.model.no_value_fields,
	"Table MultiSelect",
	"Password",
	"Code",
	"HTML Editor",
	"Signature",
	"JSON",
)


@frappe.whitelist()
def catalogue() -> dict[str, Any]:
	"""What can be chosen: events, actions, frequencies, documents."""
	frappe.has_permission("Trigger", "read", throw=True)
	capabilities = marketplace.capabilities()
	return {
		"events": [_event(name) for name in EVENTS],
		"actions": [_action(action, capabilities) for action in registry.offered()],
		"frequencies": [{"value": key, "label": stories.say(text)} for key, text in FREQUENCIES.items()],
		"documents": _favourites(),
		"may_write": bool(frappe.has_permission("Trigger", "create")),
		"is_admin": rights.ADMIN in frappe.get_roles(),
	}


@frappe.whitelist()
def fields(doctype: str) -> list[dict[str, Any]]:
	"""Fields conditions and texts may ask about: own, of child tables ("rows"), and links to go on from."""
	frappe.has_permission(doctype, "read", throw=True)
	meta = frappe.get_meta(doctype)
	levels = set(meta.get_permlevel_access("read")) | {0}
	return [*_fields(meta, levels), *_standard_fields()]


# --- inside ----------------------------------------------------------------------------------------


def _event(name: str) -> dict[str, Any]:
	kind = EVENTS[name]
	return {
		"name": name,
		"label": stories.say(kind.label),
		"group": stories.say(kind.group),
		"help": stories.say(kind.help),
		"asks": list(kind.asks),
		"document_type": kind.document_type,
		"status_field": kind.status[0] if kind.status else None,
		"has_document": kind.has_document,
	}


def _action(action: Action, capabilities: Collection[Capability]) -> dict[str, Any]:
	return {
		"type": action.type,
		"label": stories.say(action.label),
		"help": stories.say(action.help) if action.help else "",
		"icon": action.icon,
		"needs_document": action.needs_document,
		"documents": action.documents(),
		"may_use": rights.may_use(action.type),
		"asks": [
			_ask(ask) for ask in action.asked() if ask.capability is None or ask.capability in capabilities
		],
	}


def _ask(ask: Ask) -> dict[str, Any]:
	options: Any = ask.options
	if options == "messengers":
		options = [[name, name] for name in messengers()]
	elif options == "marketplace_actions":
		options = [
			[action.key, stories.say(action.label, *action.values), action.documents]
			for action in marketplace.offered_now()
		]
	elif not isinstance(options, str):
		options = [[value, stories.say(label)] for value, label in options]
	return {
		"name": ask.name,
		"kind": ask.kind,
		"label": stories.say(ask.label),
		"help": stories.say(ask.help) if ask.help else "",
		"options": options,
		"required": ask.required,
		"default": ask.default,
		"advanced": ask.advanced,
		"documents": ask.documents,
		"new_one": ask.new_one,
		"shown_if": ask.shown_if,
	}


def _favourites() -> list[dict[str, str]]:
	known = set(frappe.get_all("DocType", filters={"name": ("in", FAVOURITES)}, pluck="name"))
	return [
		{"value": name, "label": stories.say(name)}
		for name in FAVOURITES
		if name in known and frappe.has_permission(name, "read")
	]


def _fields(meta, levels: set[int], with_tables: bool = True) -> list[dict[str, Any]]:
	found: list[dict[str, Any]] = []
	for df in meta.fields:
		if df.fieldtype == "Table" and with_tables:
			rows = _fields(frappe.get_meta(df.options), {0}, with_tables=False)
			found.append({**_field(df), "rows": rows})
		elif df.fieldtype not in _UNASKED and df.permlevel in levels:
			found.append(_field(df))
	return found


def _field(df) -> dict[str, Any]:
	options: Any = df.options or ""
	if df.fieldtype == "Select":
		options = [
			{"value": value, "label": stories.say(value)} for value in str(options).split("\n") if value
		]
	return {
		"value": df.fieldname,
		"label": stories.say(df.label or df.fieldname),
		"type": df.fieldtype,
		"options": options,
		"read_only": df.read_only,
	}


def _standard_fields() -> list[dict[str, Any]]:
	return [
		{
			"value": name,
			"label": stories.say(label),
			"type": kind,
			"options": "User" if name == "owner" else "",
			"read_only": 1,
		}
		for name, kind, label in STANDARD_FIELDS
	]
