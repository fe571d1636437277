"""The story of an order: what happened and why, one row each, shown on its timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe

from crm_marketplace.sync import clock
from crm_marketplace.sync.messages import pack, translated


def _(text: str) -> str:
	"""Mark for translation: events are stored by code and told in the language of the reader."""
	return text


# Event → sentence. "reason" carries a whole sentence of the rules as its first value.
SENTENCES = {
	"received": _("Received from the marketplace: {0}."),
	"unreadable": _("Received from the marketplace, but it cannot be read."),
	"status": _("The marketplace changed the status: {0} → {1}."),
	"held": _("Waits for a person: {0}"),
	"released": _("Released: {0}"),
	"ignored": _("Ignored: {0}"),
	"taken_back": _("A person wants it processed after all."),
	"created_order": _("Sales Order {0} was made."),
	"created_draft": _("Draft Sales Order {0} was made."),
	"submitted_order": _("Sales Order {0} was submitted."),
	"rebuilt_draft": _("Draft Sales Order {0} was brought in line with the marketplace."),
	"replaced_order": _("Sales Order {0} was replaced by {1}: the marketplace changed the goods."),
	"moved_deadline": _("The deadline of Sales Order {0} was moved."),
	"deleted_draft": _("Draft Sales Order {0} was deleted: the order was cancelled at the marketplace."),
	"cancelled_order": _("Sales Order {0} was cancelled: the order was cancelled at the marketplace."),
	"delivery": _("Delivery Note {0} was made."),
	"delivery_draft": _("Draft Delivery Note {0} was made: it could not be submitted ({1})."),
	"invoice": _("Sales Invoice {0} was made."),
	"adopted_order": _("Sales Order {0} was found and linked."),
	"asked": _("A person has to settle it: {0}"),
	"settled": _("Settled: {0}"),
	"nothing": _("Nothing made: {0}"),
	"rounding": _("A difference of {0} was booked as a rounding row."),
	"buyer_removed": _("Buyer data was removed."),
}
BY_HAND = ("released", "ignored", "taken_back", "settled")  # what only a person does
EVENT_FIELDS = (
	"happened_at",
	"event",
	"message",
	"values",
	"reference_doctype",
	"reference_name",
	"sync_log",
	"user",
)
CHILD_FIELDS = ("name", "parent", "parenttype", "parentfield", "idx", "creation", "modified", "owner")


def add_events(rows: Sequence[dict[str, Any]]) -> None:
	"""Append to the timelines of orders: one insert.

	Each row: `order`, `event` (a key of `SENTENCES`), and optionally `values` (a sequence),
	`reference_doctype`, `reference_name`, `sync_log`.
	"""
	if not rows:
		return
	now = clock.exact_site_now()  # several things happen to an order within a second
	values = [
		(
			*child_values(row["order"], "events", index),
			now,
			row["event"],
			SENTENCES[row["event"]],
			pack(row.get("values", ())),
			row.get("reference_doctype"),
			row.get("reference_name"),
			row.get("sync_log"),
			frappe.session.user,
		)
		for index, row in enumerate(rows, start=1)
	]
	frappe.db.bulk_insert("Marketplace Order Event", [*CHILD_FIELDS, *EVENT_FIELDS], values)


def event_sentence(event: str, values: Sequence[str]) -> str:
	"""What happened, for the reader."""
	return translated(SENTENCES.get(event, event), values)


def child_values(parent: str, field: str, index: int) -> tuple:
	"""Standard columns of a row of a child table of Marketplace Order, in the order of CHILD_FIELDS."""
	now = clock.site_now()
	return (
		frappe.generate_hash(length=16),
		parent,
		"Marketplace Order",
		field,
		index,
		now,
		now,
		frappe.session.user,
	)
