"""Documents that stood in a status before somebody began to look at how long."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe

from crm_marketplace.rules.triggers_events import Match
from crm_marketplace.sync import clock
from crm_marketplace.triggers.engine import index, outbox, timetable


def put_standing(trigger: str) -> int:
	"""Begin to count for every document that is in the status now, from its last change on. Paged.

	Returns how many.
	"""
	row = frappe.db.get_value("Trigger", {"name": trigger, "enabled": 1}, list(index.FIELDS), as_dict=True)
	if not row:
		return 0
	rule = index.rule_of(row)
	filters = [*timetable.narrowing(rule), [rule.field, "=", rule.to_value]]
	now = clock.site_now()
	count = 0
	for names in timetable.documents(rule.document_type, filters):
		rows = frappe.get_all(
			rule.document_type, filters={"name": ("in", names)}, fields=["name", "modified"]
		)
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


def _since(entry: frappe._dict) -> datetime:
	return entry.modified.replace(microsecond=0)
