"""Firings and triggers told in the reader's language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import frappe
from frappe.model.document import Document

from crm_marketplace.rules.triggers_events import EVENTS
from crm_marketplace.rules.triggers_words import condition_words, sentence, test_words
from crm_marketplace.sync.messages import translated, unpack
from crm_marketplace.triggers.actions import registry
from crm_marketplace.triggers.engine import index

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
	"""What people call the fields of a DocType: "status", "customer.territory", "items:qty"."""

	def __init__(self, doctype: str | None) -> None:
		self._meta = frappe.get_meta(doctype) if doctype else None

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
	kind = EVENTS[trigger.get("event")]
	document_type = kind.document_type or trigger.get("document_type")
	rule = {
		**{key: trigger.get(key) for key in _PLAIN},
		"document_type": document_type,
		"watched": (trigger.get("watched_fields") or "").split(),
		"conditions": index.parsed(trigger.get("conditions")),
		"repeat_until": index.parsed(trigger.get("repeat_until")),
	}
	actions = [action_words(row) for row in trigger.get("actions") or ()]
	return sentence(rule, actions, say, Labels(document_type), say(document_type) if document_type else "")


def action_words(row: Mapping[str, Any]) -> str:
	action = registry.ACTIONS.get(row.get("action_type"))
	return action.words(_settings(row), say) if action else str(row.get("action_type"))


def conditions_told(results: list[dict[str, Any]], doctype: str | None) -> list[dict[str, Any]]:
	"""Tests of a tree with their answers, in words."""
	label = Labels(doctype)
	return [
		{"text": test_words(row["node"], say, label), "result": row["result"], "found": row["found"]}
		for row in results
	]


def tree_told(tree: Mapping[str, Any], doctype: str | None) -> str:
	return condition_words(tree, say, Labels(doctype))


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
