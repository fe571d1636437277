"""The more important trigger stops the others of the same event, and they are not begun before it is settled."""

from __future__ import annotations

import frappe
from frappe.model.document import Document
from pypika.terms import Criterion

from crm_marketplace.sync import clock
from crm_marketplace.sync.messages import pack
from crm_marketplace.triggers.actions.base import _
from crm_marketplace.triggers.engine import index, outbox


def stop(log: Document) -> None:
	"""The less important triggers of the same event are not run."""
	table = frappe.qb.DocType(outbox.DOCTYPE)
	(
		frappe.qb.update(table)
		.set(table.status, "Stopped")
		.set(table.reason, _("Stopped by a more important trigger: {0}"))
		.set(table.reason_values, pack([log.trigger_title]))
		.set(table.ended_at, clock.site_now())
		.where(_not_begun(table, log))
		.where(
			(table.priority < log.priority)
			| ((table.priority == log.priority) & (table.trigger_name > log.trigger_name))
		)
	).run()


def put_off(log: Document) -> bool:
	"""Whether a firing has to wait: a more important one, which may stop it, is not settled yet.

	The worker that settles that one takes this one next; where it waits for its hour, this one waits as long.
	"""
	if log.started_at or log.turn > 1:
		return False
	stopping = {
		rule.name for rules in index.current().rules.values() for rule in rules if rule.stop_others
	} - {log.trigger_name}
	if not stopping:
		return False
	now = clock.site_now()
	table = frappe.qb.DocType(outbox.DOCTYPE)
	due = (
		frappe.qb.from_(table)
		.select(table.due_at)
		.where(_not_begun(table, log))
		.where(table.trigger_name.isin(sorted(stopping)))
		.where(
			(table.priority > log.priority)
			| ((table.priority == log.priority) & (table.trigger_name < log.trigger_name))
		)
		# One that waits to see whether nothing changes has nothing to say before.
		.where((table.event != "No Change For") | (table.due_at <= now))
	).run(pluck=True)
	if not due:
		return False
	if max(due) > now:
		(
			frappe.qb.update(table)
			.set(table.due_at, max(due))
			.where((table.name == log.name) & (table.status == "Waiting"))
		).run()
	return True


def _not_begun(table, log: Document) -> Criterion:
	"""Firings of the same event that wait to be begun for the first time."""
	return (
		(table.document_type == log.document_type)
		& (table.document_name == log.document_name)
		& (table.event_id == log.event_id)
		& (table.turn == 1)
		& (table.status == "Waiting")
		& table.started_at.isnull()
		& (table.name != log.name)
	)
