"""So many firings an hour: the rest waits, and none is lost."""

from __future__ import annotations

from datetime import datetime, timedelta

import frappe
from frappe.model.document import Document

from crm_marketplace.rules.triggers_guards import wait_for_limit
from crm_marketplace.sync import clock
from crm_marketplace.sync.messages import pack
from crm_marketplace.triggers.actions.base import _
from crm_marketplace.triggers.engine import outbox


def put_off(log: Document, rule: Document) -> bool:
	"""Put off all waiting firings of a trigger that has fired often enough this hour: none is lost."""
	if not rule.max_per_hour or log.started_at:
		return False
	now = clock.site_now()
	started = frappe.get_all(
		outbox.DOCTYPE,
		filters={"trigger_name": rule.name, "started_at": (">", now - timedelta(hours=1))},
		order_by="started_at desc",
		limit=rule.max_per_hour,
		pluck="started_at",
	)
	until = wait_for_limit(sorted(started), rule.max_per_hour, now)
	if until is None:
		return False
	_move(rule.name, until, rule.max_per_hour)
	return True


def _move(trigger: str, until: datetime, limit: int) -> None:
	table = frappe.qb.DocType(outbox.DOCTYPE)
	(
		frappe.qb.update(table)
		.set(table.due_at, until)
		.set(table.reason, _("Waits: it fires {0} times an hour at most."))
		.set(table.reason_values, pack([limit]))
		.where(table.trigger_name == trigger)
		.where(table.status == "Waiting")
		.where(table.started_at.isnull())
		.where(table.due_at < until)
	).run()
