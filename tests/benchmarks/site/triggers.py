"""What triggers cost a save: 200 of them on the DocType, none matching."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from time import perf_counter

import frappe

from tests.site.triggers import comment, forget_all, make, queries_of, todo

RULES = 200
ROUNDS = 60


def measure(figure: Callable[..., None]) -> None:
	forget_all()
	doc = todo("benchmark")
	frappe.db.commit()

	def save() -> None:
		doc.description = frappe.generate_hash()
		doc.save()

	_rounds(save)
	without, queries = _rounds(save), queries_of(save)
	names = _make_rules()
	save()  # the index is read once per process
	extra_queries = queries_of(save) - queries
	with_rules = _rounds(save)
	figure(
		"trigger_save_extra_ms",
		with_rules - without,
		budget=2,
		detail=f"{RULES} rules, none matching; a save takes {without:.1f} ms without them",
	)
	figure("trigger_save_extra_queries", extra_queries, budget=0, detail=f"{len(names)} rules, none matching")
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


def _rounds(save: Callable[[], None]) -> float:
	"""Milliseconds of a save, the median of many."""
	times = []
	for _ in range(ROUNDS):
		start = perf_counter()
		save()
		times.append((perf_counter() - start) * 1000)
	return median(times)
