"""The triggers that are on, kept in memory of every process: what a save costs when none matches.

A number in the database grows with every change of a trigger, in the same transaction; it is read together with the
triggers, so that an index knows how old it is, however old the snapshot it was read in. Redis holds the number that
was committed last; a process whose index is older reads the triggers again. So a request costs one look into Redis,
a save after it nothing, and no query either way.
"""

from __future__ import annotations

import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import frappe
from frappe.model.naming import getseries
from redis.client import Pipeline
from redis.exceptions import RedisError

from crm_marketplace.rules.triggers_conditions import CHANGE_OPS, fields_of, leaves
from crm_marketplace.rules.triggers_events import EVENTS, Rule, by_priority

VERSION = "trigger_index_number"  # in Redis
COUNTER = "crm_marketplace-trigger-index"  # in the table of series
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
	version: int = 0

	def get(self, doctype: str, moment: str) -> tuple[Rule, ...]:
		return self.rules.get((doctype, moment), ())


_kept: dict[str, Index] = {}  # by site: of this process


def current() -> Index:
	"""The index as it is now. A query only when a trigger changed since this process looked last."""
	own = _own()
	if own is not None:
		if "index" not in own:
			own["index"] = build()
		return own["index"]
	version = frappe.cache.get_value(VERSION)
	kept = _kept.get(frappe.local.site)
	if kept and version and kept.version >= version:
		return kept
	index = _kept[frappe.local.site] = build()
	if not version:
		_tell(index.version)
	return index


def changed() -> None:
	"""To be called when a trigger, or what triggers are checked against, is changed. Counts from the commit on.

	This transaction sees its own change at once, and keeps it to itself: it may be rolled back.
	"""
	frappe.local.own_trigger_index = {}
	version = int(getseries(COUNTER, 1)) + 1
	frappe.db.after_commit.add(partial(_committed, version))
	frappe.db.after_rollback.add(_forget_own)


def build() -> Index:
	"""Read all triggers that are on: three queries, whose answers are of one moment."""
	series = frappe.qb.DocType("Series")
	number = frappe.qb.from_(series).select(series.current).where(series.name == COUNTER).run(pluck=True)
	version = (number[0] if number else 0) + 1
	if not frappe.db.get_single_value("Trigger Settings", "enabled", cache=False):
		return Index({}, {}, version)
	rows = frappe.get_all("Trigger", filters={"enabled": 1}, fields=list(FIELDS))
	by_key: dict[tuple[str, str], list[Rule]] = {}
	for rule in map(rule_of, rows):
		for moment in rule.kind.moments:
			by_key.setdefault((rule.document_type, moment), []).append(rule)
	rules = {key: tuple(by_priority(found)) for key, found in by_key.items()}
	compared = {key[0]: _compared(found) for key, found in rules.items() if key[1] == "change"}
	return Index(rules, compared, version)


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


def _own() -> dict[str, Index] | None:
	"""Where a transaction that changed triggers keeps its index; None: it changed none."""
	return getattr(frappe.local, "own_trigger_index", None)


def _forget_own() -> None:
	frappe.local.own_trigger_index = None


def _committed(version: int) -> None:
	_forget_own()
	_tell(version)


def _tell(version: int) -> None:
	"""Raise the number in Redis, and never lower it: who comes late must not bring an old one back."""
	key = frappe.cache.make_key(VERSION)

	def write(pipe: Pipeline) -> None:
		known = pipe.get(key)
		highest = max(version, pickle.loads(known) if known else 0)
		pipe.multi()
		pipe.set(key, pickle.dumps(highest))  # as Frappe's cache writes and reads it
		frappe.local.cache[key] = highest

	try:
		frappe.cache.transaction(write, key)
	except RedisError:
		frappe.local.cache[key] = version  # for this request; the next one finds none, and tells it again
