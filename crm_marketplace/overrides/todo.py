"""Frappe ToDo: day and hour agree, the deal's next step follows, a repeated task brings the next one."""

from __future__ import annotations

from datetime import datetime

import frappe
from frappe.model.document import Document
from frappe.utils import get_datetime, getdate, now_datetime

from crm_marketplace.deals import tasks
from crm_marketplace.rules.tasks import END_OF_DAY, next_due


def validate(doc: Document, method: str | None = None) -> None:
	set_due(doc)
	remind_again(doc)


def on_update(doc: Document, method: str | None = None) -> None:
	follow_deal(doc)
	repeat(doc)


def after_delete(doc: Document, method: str | None = None) -> None:
	follow_deal(doc)


def set_due(doc: Document) -> None:
	"""Frappe's own screens know a day only; ours an hour. Whichever was changed counts."""
	if doc.due_at and (doc.is_new() or doc.has_value_changed("due_at") or not doc.date):
		doc.date = getdate(doc.due_at)
	elif doc.date and (not doc.due_at or doc.has_value_changed("date")):
		doc.due_at = datetime.combine(getdate(doc.date), END_OF_DAY)
	elif not doc.date:
		doc.due_at = None


def remind_again(doc: Document) -> None:
	"""A task that was moved is reminded of, and escalated, by its new hour."""
	if not doc.is_new() and doc.has_value_changed("due_at"):
		doc.reminded_at = doc.escalated_at = None


def follow_deal(doc: Document) -> None:
	if doc.reference_type == "Deal" and doc.reference_name:
		tasks.refresh_next_step(doc.reference_name)


def repeat(doc: Document) -> None:
	"""Done once: the next of the series, at the same hour."""
	before = doc.get_doc_before_save()
	if not (
		doc.repeat_every and doc.due_at and doc.status == "Closed" and before and before.status == "Open"
	):
		return
	tasks.add(
		doc.reference_type,
		doc.reference_name,
		tasks.plain(doc.description),
		due_at=next_due(get_datetime(doc.due_at), doc.repeat_every, now_datetime()),
		kind=doc.task_kind,
		user=doc.allocated_to,
		priority=doc.priority,
		repeat_every=doc.repeat_every,
		by_system=True,
	)
