"""Documents that stood in a status before somebody began to look at how long."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
from frappe.query_builder.functions import Max

from crm_marketplace.rules.triggers_events import Match
from crm_marketplace.sync import clock
from crm_marketplace.triggers.engine import index, outbox, timetable


def put_standing(trigger: str) -> int:
	"""Begin to count for every document that is in the status now, from its last change on. Paged.

	What was counted before, by another duration or while the trigger was off, is forgotten; what fired already since
	a document's last change does not fire again. Returns how many wait.
	"""
	row = frappe.db.get_value("Trigger", {"name": trigger, "enabled": 1}, list(index.FIELDS), as_dict=True)
	if not row:
		return 0
	rule = index.rule_of(row)
	_forget(trigger)
	filters = [*timetable.narrowing(rule), [rule.field, "=", rule.to_value]]
	now = clock.site_now()
	count = 0
	for names in timetable.documents(rule.document_type, filters):
		rows = frappe.get_all(
			rule.document_type, filters={"name": ("in", names)}, fields=["name", "modified"]
		)
		fired = _fired(trigger, rule.document_type, names)
		rows = [entry for entry in rows if not (entry.name in fired and fired[entry.name] >= _since(entry))]
		match = Match(rule, certain=not rule.conditions)
		count += outbox.put_many(
			[
				(rule.document_type, entry.name, match, f"standing {entry.modified}", None, None)
				for entry in rows
			],
			due_at=[max(now, _since(entry) + timedelta(minutes=rule.duration)) for entry in rows],
		)
		frappe.db.commit()  # a page at a time: it may be many
	return count


def _forget(trigger: str) -> None:
	"""Firings that wait for their time, and those whose time came while the trigger was off."""
	log = frappe.qb.DocType(outbox.DOCTYPE)
	closed = (log.status == "Stopped") & (log.reason == outbox.OFF)
	mine = (log.trigger_name == trigger) & (log.event == "No Change For") & (log.turn == 1)
	frappe.db.delete(log, mine & log.started_at.isnull() & ((log.status == "Waiting") | closed))


def _fired(trigger: str, doctype: str, names: list[str]) -> dict[str, datetime]:
	"""When the trigger last fired for each of these documents."""
	log = frappe.qb.DocType(outbox.DOCTYPE)
	rows = (
		frappe.qb.from_(log)
		.select(log.document_name, Max(log.ended_at))
		.where((log.trigger_name == trigger) & (log.document_type == doctype) & log.document_name.isin(names))
		.where(log.started_at.isnotnull() & log.ended_at.isnotnull())
		.groupby(log.document_name)
	).run()
	return dict(rows)


def _since(entry: frappe._dict) -> datetime:
	return entry.modified.replace(microsecond=0)
