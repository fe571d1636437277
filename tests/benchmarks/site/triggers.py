"""What triggers cost a save: 200 of them on the DocType, none matching."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import frappe

from crm_marketplace.triggers.engine import index
from tests.site.triggers import comment, forget_all, make, queries_of, todo

RULES = 200
BLOCKS, SAVES = 8, 25  # blocks of saves with the rules, and as many without


def measure(figure: Callable[..., None]) -> None:
	forget_all()
	doc = todo("benchmark")
	frappe.db.commit()  # the roll-back at the end must not take it

	def save() -> None:
		doc.description = frappe.generate_hash()
		doc.save()

	names = _make_rules()
	times: dict[int, list[float]] = {0: [], 1: []}
	queries: dict[int, int] = {}
	for turn in range(2 * BLOCKS):
		on = turn % 2  # by turns, so that what else the machine does weighs on both alike
		_switch(names, on)
		save()  # the triggers are read once per process
		queries[on] = queries_of(save)
		times[on] += _times(save)
	without, with_rules = median(times[0]), median(times[1])
	figure(
		"trigger_save_extra_ms",
		with_rules - without,
		budget=2,
		detail=f"{RULES} rules, none matching; a save takes {without:.1f} ms without them",
	)
	figure(
		"trigger_save_extra_queries",
		queries[1] - queries[0],
		budget=0,
		detail=f"{RULES} rules, none matching; a save takes {queries[0]} without them",
	)
	frappe.db.rollback()
	forget_all()


def _make_rules() -> list[str]:
	kinds = (
		{"event": "Changed", "conditions": {"field": "priority", "op": "=", "value": "none"}},
		{"event": "Status Changed", "event_field": "status", "to_value": "Closed"},
		{"event": "Changed", "watched_fields": "date"},
		{
			"event": "Changed",
			"conditions": {
				"all": [
					{"field": "color", "op": "set"},
					{"field": "description", "op": "contains", "value": "§"},
				]
			},
		},
	)
	chosen = (dict(kinds[number % len(kinds)]) for number in range(RULES))
	return [make(fields.pop("event"), "ToDo", comment(), **fields).name for fields in chosen]


def _switch(names: list[str], on: int) -> None:
	frappe.db.set_value("Trigger", {"name": ("in", names)}, "enabled", on)
	index.changed()
	frappe.db.commit()  # the switch counts from the commit on


def _times(save: Callable[[], None]) -> list[float]:
	"""Milliseconds of each of some saves."""
	times = []
	for _ in range(SAVES):
		start = perf_counter()
		save()
		times.append((perf_counter() - start) * 1000)
	return times
