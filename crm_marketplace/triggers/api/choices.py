"""What the builder lets one choose from: events, actions and what they ask for, documents and their fields."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import frappe
from frappe.desk.search import search_link

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.rules.triggers_events import EVENTS, FREQUENCIES
from crm_marketplace.sync import told
from crm_marketplace.triggers import rights, stories
from crm_marketplace.triggers.actions import marketplace, registry
from crm_marketplace.triggers.actions.base import Action, Ask
from crm_marketplace.triggers.actions.letters import messengers
from crm_marketplace.triggers.titles import titles_of

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
NAMES = 10
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
	"""Fields conditions and texts may ask about: own, of child tables ("rows"), and links to go on from.

	"silent" are those no trigger hears of when they change: conditions may ask them, events may not wait for them.
	"""
	frappe.has_permission(doctype, "read", throw=True)
	meta = frappe.get_meta(doctype)
	levels = set(meta.get_permlevel_access("read")) | {0}
	found = [*_fields(meta, levels), *_standard_fields()]
	return [{**one, "silent": told.is_silent(doctype, one["value"])} for one in found]


@frappe.whitelist()
def names(doctype: str, text: str = "", filters: dict | str | None = None) -> list[dict[str, str]]:
	"""Documents a link may lead to that the caller may read, as the desk's own search finds them.

	Returns:
		rows of value, label and description. Where a link shows a title, the description says it in words people
		know: the pipeline of a stage, not the name it has in the database.
	"""
	frappe.has_permission("Trigger", "read", throw=True)
	filters = frappe.parse_json(filters) or {}
	if not isinstance(filters, dict):
		frappe.throw(frappe._("These are no filters."))
	rows = search_link(doctype, str(text or ""), filters=filters, page_length=NAMES)
	meta = frappe.get_meta(doctype)
	if rows and meta.show_title_field_in_link and meta.title_field:
		_describe(rows, meta)
	if meta.translated_doctype:
		return [{**row, "label": stories.say(row["value"])} for row in rows]
	return [{**row, "label": row.get("label") or row["value"]} for row in rows]


# --- inside ----------------------------------------------------------------------------------------


def _describe(rows: list[dict[str, str]], meta) -> None:
	"""What is said below a title: the fields a search looks in, links by their titles."""
	asked = [
		df for name in meta.get_search_fields() if (df := meta.get_field(name)) and name != meta.title_field
	]
	found = {
		row.name: row
		for row in frappe.get_list(
			meta.name,
			filters={"name": ("in", [row["value"] for row in rows])},
			fields=["name", *(df.fieldname for df in asked)],
		)
	}
	links = [df for df in asked if df.fieldtype == "Link"]
	titles = titles_of(
		(df.options, row[df.fieldname]) for row in found.values() for df in links if row[df.fieldname]
	)
	for row in rows:
		values = found.get(row["value"], {})
		row["description"] = ", ".join(
			str(
				titles.get((df.options, value), value)
				if df.fieldtype == "Link"
				else stories.say(value)
				if df.fieldtype == "Select"
				else value
			)
			for df in asked
			if (value := values.get(df.fieldname))
		)


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
		"required": df.reqd,
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
