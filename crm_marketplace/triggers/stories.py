"""Firings and triggers told in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import frappe
from frappe.model.document import Document

from crm_marketplace.rules.triggers_conditions import values_of
from crm_marketplace.rules.triggers_events import EVENTS
from crm_marketplace.rules.triggers_words import condition_words, sentence, test_words
from crm_marketplace.sync.messages import translated, unpack
from crm_marketplace.triggers.actions import registry
from crm_marketplace.triggers.engine import index
from crm_marketplace.triggers.titles import Titles, titles_of

STANDARD_LABELS = {
	"name": "ID",
	"owner": "Created By",
	"creation": "Created On",
	"modified": "Last Modified On",
	"docstatus": "Document Status",
}


def say(text: str, *values: object) -> str:
	"""A sentence of ours, translated, with its values put in as they are."""
	words = frappe._(text)  # nosemgrep: frappe-semgrep-rules.rules.translate
	return words.format(*values) if values else words


def action_sentence(row: Mapping[str, Any]) -> str:
	return translated(row.get("message") or "", unpack(row.get("message_values")))


def reason_sentence(log: Mapping[str, Any]) -> str:
	return translated(log.get("reason") or "", unpack(log.get("reason_values")))


class Labels:
	"""What people call the fields of a DocType ("status", "customer.territory", "items:qty") and what is in them."""

	def __init__(self, doctype: str | None, titles: Titles | None = None) -> None:
		self._meta = frappe.get_meta(doctype) if doctype else None
		self._titles = titles or {}

	def __call__(self, path: str) -> str:
		if self._meta is None:
			return path
		link, dot, there = path.partition(".")
		meta, fieldname = self._find(path)
		if dot:
			found = _label(meta, fieldname) if meta else there
			return f"{_label(self._meta, link)} → {found}"
		return _label(meta, fieldname) if meta else fieldname

	def is_check(self, path: str) -> bool:
		meta, fieldname = self._find(path)
		df = meta.get_field(fieldname) if meta else None
		return bool(df and df.fieldtype == "Check")

	def shown(self, path: str, value: Any) -> Any:
		if isinstance(value, list | tuple):
			return [self.shown(path, part) for part in value]
		doctype = self._linked(path)
		return self._titles.get((doctype, value), value) if doctype and isinstance(value, str) else value

	def links(self, path: str, value: Any) -> Iterator[tuple[str, str]]:
		"""The documents a value of a field names: what `titles_of` is to find."""
		doctype = self._linked(path) if value else None
		for name in value if isinstance(value, list | tuple) else (value,):
			if doctype and name and isinstance(name, str):
				yield doctype, name

	def _linked(self, path: str) -> str | None:
		meta, fieldname = self._find(path)
		df = meta.get_field(fieldname) if meta else None
		return df.options if df and df.fieldtype == "Link" else None

	def _find(self, path: str):
		"""The meta a path ends in, and the field there."""
		for separator in (":", "."):
			first, found, rest = path.partition(separator)
			if found:
				df = self._meta.get_field(first) if self._meta else None
				return (frappe.get_meta(df.options) if df and df.options else None), rest
		return self._meta, path


def sentence_of(trigger: Document | Mapping[str, Any]) -> dict[str, str]:
	"""A trigger in plain words; see `rules.triggers_words.sentence`."""
	return sentences_of([trigger])[0]


def sentences_of(triggers: Sequence[Document | Mapping[str, Any]]) -> list[dict[str, str]]:
	"""Triggers in plain words; the documents all of them name are looked up at once."""
	titles = titles_of(pair for trigger in triggers for pair in _links(trigger))
	return [_sentence(trigger, titles) for trigger in triggers]


def action_words(
	row: Mapping[str, Any], document_type: str | None = None, titles: Titles | None = None
) -> str:
	action = registry.ACTIONS.get(row.get("action_type"))
	if action is None:
		return str(row.get("action_type"))
	settings = _settings(row)
	if values := settings.get("values"):
		label = Labels(action.fills(settings, document_type), titles)
		values = [{**one, "value": label.shown(one.get("field") or "", one.get("value"))} for one in values]
		settings = {**settings, "values": values}
	return action.words(settings, say)


def conditions_told(results: list[dict[str, Any]], doctype: str | None) -> list[dict[str, Any]]:
	"""Tests of a tree with their answers, in words."""
	label = Labels(doctype)
	asked = [pair for row in results for pair in (*values_of(row["node"]), (_field(row), row["found"]))]
	label = Labels(doctype, titles_of(pair for path, value in asked for pair in label.links(path, value)))
	return [
		{
			"text": test_words(row["node"], say, label),
			"result": row["result"],
			"found": label.shown(_field(row), row["found"]),
		}
		for row in results
	]


# --- inside ----------------------------------------------------------------------------------------


def _sentence(trigger: Document | Mapping[str, Any], titles: Titles) -> dict[str, str]:
	document_type = _document_type(trigger)
	rule = {
		**{key: trigger.get(key) for key in _PLAIN},
		"document_type": document_type,
		"watched": (trigger.get("watched_fields") or "").split(),
		"conditions": index.parsed(trigger.get("conditions")),
		"repeat_until": index.parsed(trigger.get("repeat_until")),
	}
	actions = [action_words(row, document_type, titles) for row in trigger.get("actions") or ()]
	label = Labels(document_type, titles)
	return sentence(rule, actions, say, label, say(document_type) if document_type else "")


def _document_type(trigger: Document | Mapping[str, Any]) -> str | None:
	return EVENTS[trigger.get("event")].document_type or trigger.get("document_type")


def _links(trigger: Document | Mapping[str, Any]) -> Iterator[tuple[str, str]]:
	"""The documents a trigger names in its conditions, its event and what its actions fill in."""
	document_type = _document_type(trigger)
	label = Labels(document_type)
	for tree in ("conditions", "repeat_until"):
		for path, value in values_of(index.parsed(trigger.get(tree))):
			yield from label.links(path, value)
	for end in ("from_value", "to_value"):
		yield from label.links(trigger.get("event_field") or "", trigger.get(end))
	for row in trigger.get("actions") or ():
		action, settings = registry.ACTIONS.get(row.get("action_type")), _settings(row)
		for one in (settings.get("values") or ()) if action else ():
			filled = Labels(action.fills(settings, document_type))
			yield from filled.links(one.get("field") or "", one.get("value"))


def _field(row: Mapping[str, Any]) -> str:
	"""The field a told answer is about."""
	return "" if row["node"].get("table") else str(row["node"].get("field") or "")


def _settings(row: Mapping[str, Any]) -> dict[str, Any]:
	settings = row.get("settings")
	return json.loads(settings) if isinstance(settings, str) and settings else dict(settings or {})


def _label(meta, fieldname: str) -> str:
	df = meta.get_field(fieldname)
	if df is None:
		return say(STANDARD_LABELS.get(fieldname, fieldname))
	return say(df.label or fieldname)


_PLAIN = (
	"event",
	"event_field",
	"from_value",
	"to_value",
	"duration",
	"direction",
	"cron",
	"every_minutes",
	"threshold",
	"threshold_unit",
	"frequency",
	"repeat_times",
	"repeat_minutes",
	"quiet_from",
	"quiet_to",
	"holiday_list",
	"max_per_hour",
	"stop_others",
)
