"""The triggers that are on, kept in memory of every process: what a save costs when none matches.

Redis holds one number that changes with every change of a trigger; a process whose number is older reads the
triggers again. So a request costs one look into Redis, a save after it nothing, and no query either way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import frappe

from crm_marketplace.rules.triggers_conditions import CHANGE_OPS, fields_of, leaves
from crm_marketplace.rules.triggers_events import EVENTS, Rule, by_priority

VERSION = "trigger_index_version"
FIELDS = (
	"name",
	"event",
	"document_type",
	"event_field",
	"from_value",
	"to_value",
	"watched_fields",
	"duration",
	"threshold",
	"conditions",
	"frequency",
	"priority",
	"stop_others",
)
# What the engine and Frappe write about documents: a trigger on these would only ever talk about itself.
FORBIDDEN = frozenset(
	{
		"Trigger",
		"Trigger Log",
		"Trigger Settings",
		"Version",
		"Activity Log",
		"Error Log",
		"Access Log",
		"View Log",
		"Route History",
		"Scheduled Job Log",
		"Scheduled Job Type",
		"Email Queue",
		"Notification Log",
		"Marketplace Sync Log",
	}
)


@dataclass(frozen=True, slots=True)
class Index:
	"""Rules by DocType and moment, and which fields' changes they ask about (None: any)."""

	rules: Mapping[tuple[str, str], tuple[Rule, ...]]
	compared: Mapping[str, frozenset[str] | None]

	def get(self, doctype: str, moment: str) -> tuple[Rule, ...]:
		return self.rules.get((doctype, moment), ())


_kept: dict[str, tuple[str, Index]] = {}  # site → version, index: of this process


def current() -> Index:
	"""The index as it is now. A query only when a trigger changed since this process looked last."""
	version = frappe.cache.get_value(VERSION)
	kept = _kept.get(frappe.local.site)
	if kept and kept[0] == version:
		return kept[1]
	if not version:
		version = _new_version()
	index = build()
	_kept[frappe.local.site] = (version, index)
	return index


def changed() -> None:
	"""To be called when a trigger, or what triggers are checked against, changed. Counts from the commit on."""
	_kept.pop(frappe.local.site, None)  # this transaction sees its own change at once
	frappe.db.after_commit.add(_new_version)


def build() -> Index:
	"""Read all triggers that are on: one query, two with the settings."""
	if not is_on():
		return Index({}, {})
	rows = frappe.get_all("Trigger", filters={"enabled": 1}, fields=list(FIELDS))
	by_key: dict[tuple[str, str], list[Rule]] = {}
	for rule in map(rule_of, rows):
		for moment in rule.kind.moments:
			by_key.setdefault((rule.document_type, moment), []).append(rule)
	rules = {key: tuple(by_priority(found)) for key, found in by_key.items()}
	return Index(rules, {key[0]: _compared(found) for key, found in rules.items() if key[1] == "change"})


def is_on() -> bool:
	"""Whether triggers run at all (Trigger Settings)."""
	return bool(frappe.db.get_single_value("Trigger Settings", "enabled"))


def rule_of(row: Mapping[str, Any]) -> Rule:
	"""What the dispatcher needs of a Trigger."""
	kind = EVENTS[row["event"]]
	return Rule(
		name=row["name"],
		event=row["event"],
		document_type=kind.document_type or row["document_type"] or "",
		field=row["event_field"] or "",
		from_value=row["from_value"] or "",
		to_value=row["to_value"] or "",
		watched=tuple((row["watched_fields"] or "").split()),
		duration=row["duration"] or 0,
		threshold=row["threshold"] or 0,
		conditions=parsed(row["conditions"]),
		frequency=row["frequency"] or "Every Time",
		priority=row["priority"] or 0,
		stop_others=bool(row["stop_others"]),
	)


def parsed(text: str | None) -> dict[str, Any]:
	"""A JSON field of a trigger; {} for an empty one."""
	return json.loads(text) if text else {}


def _compared(rules: tuple[Rule, ...]) -> frozenset[str] | None:
	fields: set[str] = set()
	for rule in rules:
		if rule.event == "Changed" and not rule.watched:
			return None
		if any("expression" in test for test, _depth in leaves(rule.conditions)):
			return None
		fields |= {*rule.watched, rule.status_field}
		if any(test.get("op") in CHANGE_OPS or test.get("of") for test, _depth in leaves(rule.conditions)):
			fields |= fields_of(rule.conditions)
	return frozenset(fields - {""})


def _new_version() -> str:
	version = frappe.generate_hash(length=12)
	frappe.cache.set_value(VERSION, version)
	return version
