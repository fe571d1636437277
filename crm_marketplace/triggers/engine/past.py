"""Events of the past that could have set off a trigger, as far as the site remembers them: for the dry run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe.model.document import Document

from crm_marketplace.rules.triggers_events import WAITING_STATUSES, Rule
from crm_marketplace.sync import clock
from crm_marketplace.triggers.engine import index, stock, timetable

SCANNED = 500
# What can be at any moment, and with any document: the clock strikes, somebody calls.
ANY_TIME = ("Schedule", "Webhook Received")


@dataclass(frozen=True, slots=True)
class Candidate:
	"""An event of the past, as far as the site remembers it.

	Args:
		happened: the event is remembered; False: a document to look at, with which it did not happen.
	"""

	doctype: str
	name: str
	happened_at: datetime | None = None
	changes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
	given: Mapping[str, Any] = field(default_factory=dict)
	happened: bool = True


def candidates(rule: Document, days: int, name: str | None = None) -> Iterator[Candidate]:
	"""Events of the last days that could have set it off, the latest first. Only documents the caller may read.

	Args:
		name: of this document only.
	"""
	since = clock.site_now() - timedelta(days=days)
	event, doctype = rule.event, rule.document_type
	only = [["name", "=", name]] if name else []
	if event in ("New Order", "Created", "Return Received", "Review Below"):
		yield from _listed(doctype, [["creation", ">=", since], *only], "creation")
	elif event == "Submitted":
		yield from _listed(doctype, [["docstatus", "=", 1], ["modified", ">=", since], *only], "modified")
	elif event == "Cancelled":
		yield from _listed(doctype, [["docstatus", "=", 2], ["modified", ">=", since], *only], "modified")
	elif event in (
		"Changed",
		"Status Changed",
		"Order Status Changed",
		"Order Cancelled",
		"Order On Hold",
		"Return Status Changed",
	):
		yield from _changes(doctype, since, name)
	elif event in ("Comment Added", "Message Received", "Assigned"):
		yield from _said(event, doctype, since, name)
	elif event in ("Before or After a Date", "Ship By Approaching"):
		yield from _dated(rule, since, only)
	elif event == "No Change For":
		before = clock.site_now() - timedelta(minutes=rule.duration or 0)
		standing = [[rule.event_field, "=", rule.to_value], ["modified", "<=", before], *only]
		yield from _listed(doctype, standing, "modified")
	elif event == "Schedule" and doctype:
		yield from _listed(doctype, [*timetable.narrowing(plain_rule(rule)), *only], "modified")
	elif event == "Stock Below":
		yield from _short(rule, since, name)
	elif event == "Price Held":
		held = frappe.get_all(
			"Marketplace Listing Price", filters={"hold_code": ("is", "set")}, pluck="listing", limit=SCANNED
		)
		yield from _listed(doctype, [["name", "in", held or [""]], *only], "modified")
	elif event == "Stream Silent":
		for row in frappe.get_list(
			"Marketplace Stream",
			filters={"silent_since": (">=", since), **({"shop": name} if name else {})},
			fields=["shop", "stream", "silent_since"],
		):
			yield Candidate(doctype, row.shop, row.silent_since, given={"stream": row.stream})


def plain_rule(rule: Document) -> Rule:
	"""A Trigger, saved or not, as the dispatcher knows it."""
	return index.rule_of(rule.as_dict())


# --- inside ----------------------------------------------------------------------------------------


def _listed(doctype: str, filters: list[list[Any]], stamp: str) -> Iterator[Candidate]:
	rows = frappe.get_list(
		doctype, filters=filters, fields=["name", stamp], order_by=f"{stamp} desc", limit=SCANNED
	)
	for row in rows:
		yield Candidate(doctype, row.name, row[stamp])


def _changes(doctype: str, since: datetime, name: str | None) -> Iterator[Candidate]:
	"""What changed: from the versions Frappe keeps, or from the events of orders, which are written in bulk."""
	found: list[Candidate] = []
	if doctype == "Marketplace Order":
		found += _order_events(since, name)
	rows = frappe.get_all(
		"Version",
		filters={
			"ref_doctype": doctype,
			"creation": (">=", since),
			**({"docname": name} if name else {}),
		},
		fields=["docname", "data", "creation"],
		order_by="creation desc",
		limit=SCANNED,
	)
	for row in rows:
		changed = json.loads(row.data or "{}").get("changed") or ()
		if changed:
			found.append(
				Candidate(
					doctype, row.docname, row.creation, {name: (old, new) for name, old, new in changed}
				)
			)
	found.sort(key=lambda one: one.happened_at, reverse=True)
	readable = set(
		frappe.get_list(
			doctype,
			filters={"name": ("in", [one.name for one in found] or [""])},
			pluck="name",
			limit=SCANNED,
		)
	)
	yield from (one for one in found if one.name in readable)


def _order_events(since: datetime, name: str | None) -> Iterator[Candidate]:
	rows = frappe.get_all(
		"Marketplace Order Event",
		filters={
			"parenttype": "Marketplace Order",
			"event": ("in", ("status", "held")),
			"happened_at": (">=", since),
			**({"parent": name} if name else {}),
		},
		fields=["parent", "event", "values", "happened_at"],
		order_by="happened_at desc",
		limit=SCANNED,
	)
	for row in rows:
		if row.event == "status":
			change = {"status": tuple(json.loads(row["values"] or "[]")[:2])}
		else:
			change = {"state": ("To Process", "On Hold")}
		yield Candidate("Marketplace Order", row.parent, row.happened_at, change)


_SAID = {
	"Comment Added": ("Comment", "reference_doctype", "reference_name", {"comment_type": "Comment"}),
	"Message Received": (
		"Communication",
		"reference_doctype",
		"reference_name",
		{"sent_or_received": "Received"},
	),
	"Assigned": ("ToDo", "reference_type", "reference_name", {}),
}


def _said(event: str, doctype: str, since: datetime, name: str | None) -> Iterator[Candidate]:
	source, about, about_name, more = _SAID[event]
	rows = frappe.get_all(
		source,
		filters={
			about: doctype,
			"creation": (">=", since),
			**more,
			**({about_name: name} if name else {}),
		},
		fields=[f"{about_name} as document", "creation"],
		order_by="creation desc",
		limit=SCANNED,
	)
	for row in rows:
		if row.document and frappe.has_permission(doctype, "read", row.document):
			yield Candidate(doctype, row.document, row.creation)


def _dated(rule: Document, since: datetime, only: list[list[Any]]) -> Iterator[Candidate]:
	plain = plain_rule(rule)
	fieldname = plain.kind.date_field or plain.field
	before = rule.event == "Ship By Approaching" or rule.direction == "Before"
	shift = timedelta(minutes=-(rule.duration or 0) if before else (rule.duration or 0))
	filters = [[fieldname, "between", [since - shift, clock.site_now() - shift]], *only]
	if rule.event == "Ship By Approaching":
		filters.append(["status", "in", list(WAITING_STATUSES)])
	for row in frappe.get_list(
		rule.document_type,
		filters=filters,
		fields=["name", fieldname],
		order_by=f"{fieldname} desc",
		limit=SCANNED,
	):
		moment = row[fieldname]
		if not isinstance(moment, datetime):
			moment = datetime(moment.year, moment.month, moment.day)
		yield Candidate(rule.document_type, row.name, moment + shift)


def _short(rule: Document, since: datetime, name: str | None) -> Iterator[Candidate]:
	items = (
		[name]
		if name
		else frappe.get_all(
			"Stock Ledger Entry",
			filters={"creation": (">=", since)},
			pluck="item_code",
			distinct=True,
			order_by=None,
			limit=SCANNED,
		)
	)
	low = stock.below(items, rule.threshold or 0, rule.threshold_unit or "Units") if items else {}
	for item, given in low.items():
		if frappe.has_permission("Item", "read", item):
			yield Candidate("Item", item, None, given=given)
