"""What a trigger would do, on one document or over the last days. Nothing is written, nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import frappe
from frappe.model.document import Document

from crm_marketplace.rules.triggers_conditions import evaluate, explain
from crm_marketplace.rules.triggers_events import WAITING_STATUSES, fires
from crm_marketplace.rules.triggers_values import same
from crm_marketplace.sync import clock
from crm_marketplace.sync.messages import translated
from crm_marketplace.triggers import stories
from crm_marketplace.triggers.actions import registry
from crm_marketplace.triggers.actions.base import _
from crm_marketplace.triggers.engine import index, stock, timetable
from crm_marketplace.triggers.engine.context import Context
from crm_marketplace.triggers.engine.failures import REFUSALS, Stop, sentence_of

SCANNED = 500
SHOWN = 50
TRIED = 100  # to find one document to show
SAVEPOINT = "trigger_dry_run"


@dataclass(frozen=True, slots=True)
class Candidate:
	"""An event of the past, as far as the site remembers it."""

	doctype: str
	name: str
	happened_at: datetime | None = None
	changes: Mapping[str, Sequence[Any]] = field(default_factory=dict)
	given: Mapping[str, Any] = field(default_factory=dict)


def on_document(rule: Document, candidate: Candidate) -> dict[str, Any]:
	"""Conditions with their answers, and what each action would do.

	Returns:
		fires: whether it would, conditions: rows of text, result, found; actions: rows of label, sentence, to,
		subject, html, problem, delay.
	"""
	with _writing_nothing():
		context = _context(rule, candidate)
		tree = index.parsed(rule.conditions)
		results = explain(tree, context.facts)
		try:
			holds = bool(evaluate(tree, context.facts))
		except REFUSALS as error:
			return {"fires": False, "problem": _told(error), "conditions": [], "actions": []}
		return {
			"fires": holds,
			"title": context.title if context.doc else "",
			"doctype": candidate.doctype,
			"name": candidate.name,
			"conditions": stories.conditions_told(results, rule.document_type),
			"actions": [_preview(row, context) for row in rule.actions],
		}


def over_days(rule: Document, days: int) -> dict[str, Any]:
	"""Which events of the last days would have set it off.

	Returns:
		rows: those that would, the latest first (name, title, happened_at, changes), at most 50;
		scanned and fired: counts; more: whether older events were left out.
	"""
	rows: list[dict[str, Any]] = []
	scanned = fired = 0
	with _writing_nothing():
		tree = index.parsed(rule.conditions)
		for candidate in candidates(rule, days):
			if scanned >= SCANNED:
				break
			scanned += 1
			try:
				context = _context(rule, candidate)
				if not _event_fits(rule, context) or not evaluate(tree, context.facts):
					continue
			except Stop:
				continue
			except REFUSALS as error:
				return {"problem": _told(error), "rows": [], "scanned": scanned, "fired": 0, "more": False}
			fired += 1
			if len(rows) < SHOWN:
				rows.append(
					{
						"doctype": candidate.doctype,
						"name": candidate.name,
						"title": context.title,
						"happened_at": candidate.happened_at,
						"changes": {key: list(pair) for key, pair in candidate.changes.items()},
					}
				)
	return {"rows": rows, "scanned": scanned, "fired": fired, "more": scanned >= SCANNED}


def candidates(rule: Document, days: int) -> Iterator[Candidate]:
	"""Events of the last days that could have set it off, the latest first. Only documents the caller may read."""
	since = clock.site_now() - timedelta(days=days)
	event, doctype = rule.event, rule.document_type
	if event in ("New Order", "Created", "Return Received", "Review Below"):
		yield from _listed(doctype, [["creation", ">=", since]], "creation")
	elif event == "Submitted":
		yield from _listed(doctype, [["docstatus", "=", 1], ["modified", ">=", since]], "modified")
	elif event == "Cancelled":
		yield from _listed(doctype, [["docstatus", "=", 2], ["modified", ">=", since]], "modified")
	elif event in (
		"Changed",
		"Status Changed",
		"Order Status Changed",
		"Order Cancelled",
		"Order On Hold",
		"Return Status Changed",
	):
		yield from _changes(doctype, since)
	elif event in ("Comment Added", "Message Received", "Assigned"):
		yield from _said(event, doctype, since)
	elif event in ("Before or After a Date", "Ship By Approaching"):
		yield from _dated(rule, since)
	elif event == "No Change For":
		before = clock.site_now() - timedelta(minutes=rule.duration or 0)
		yield from _listed(
			doctype, [[rule.event_field, "=", rule.to_value], ["modified", "<=", before]], "modified"
		)
	elif event == "Schedule" and doctype:
		yield from _listed(doctype, timetable.narrowing(_plain_rule(rule)), "modified")
	elif event == "Stock Below":
		yield from _short(rule, since)
	elif event == "Price Held":
		held = frappe.get_all(
			"Marketplace Listing Price", filters={"hold_code": ("is", "set")}, pluck="listing", limit=SCANNED
		)
		yield from _listed(doctype, [["name", "in", held or [""]]], "modified")
	elif event == "Stream Silent":
		for row in frappe.get_list(
			"Marketplace Stream",
			filters={"silent_since": (">=", since)},
			fields=["shop", "stream", "silent_since"],
		):
			yield Candidate(doctype, row.shop, row.silent_since, given={"stream": row.stream})


def latest(rule: Document) -> Candidate | None:
	"""The latest event that would set it off, or else the latest document: something to test with."""
	with _writing_nothing():
		for candidate in islice(candidates(rule, 30), TRIED):
			try:
				context = _context(rule, candidate)
				if _event_fits(rule, context) and evaluate(index.parsed(rule.conditions), context.facts):
					return candidate
			except (Stop, *REFUSALS):
				continue
	if not rule.document_type:
		return Candidate("", "")
	names = frappe.get_list(rule.document_type, order_by="modified desc", limit=1, pluck="name")
	return Candidate(rule.document_type, names[0]) if names else None


# --- inside ----------------------------------------------------------------------------------------


@contextmanager
def _writing_nothing() -> Iterator[None]:
	"""Whatever a preview runs (a report, a mapper), its traces go."""
	frappe.db.savepoint(SAVEPOINT)
	messages = list(frappe.local.message_log or [])
	try:
		yield
	finally:
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.local.message_log = messages


def _context(rule: Document, candidate: Candidate) -> Context:
	doc = None
	if candidate.doctype and candidate.name:
		try:
			doc = frappe.get_doc(candidate.doctype, candidate.name)
		except frappe.DoesNotExistError as error:
			raise Stop(_("The document is no more.")) from error
		doc.check_permission("read")
	return Context(
		rule=rule,
		doc=doc,
		changes=candidate.changes,
		given=candidate.given,
		user=frappe.session.user,
		dry=True,
	)


def _event_fits(rule: Document, context: Context) -> bool:
	plain = _plain_rule(rule)
	moment = "change" if context.changes else plain.kind.moments[0]
	if rule.event == "No Change For":
		return same(context.values.get(rule.event_field), rule.to_value)
	return fires(plain, moment, context.facts)


def _plain_rule(rule: Document):
	return index.rule_of(rule.as_dict())


def _preview(row: Document, context: Context) -> dict[str, Any]:
	action = registry.ACTIONS.get(row.action_type)
	if action is None:
		return {
			"label": row.action_type,
			"sentence": translated(_("There is no action {0}."), [row.action_type]),
			"problem": True,
		}
	told = {
		"label": translated(action.label),
		"icon": action.icon,
		"delay": row.delay_minutes or 0,
		"recheck": row.recheck,
	}
	if action.needs_document and context.doc is None:
		return {**told, "sentence": translated(_("There is no document to do it with.")), "problem": True}
	try:
		preview = action.preview(json.loads(row.settings or "{}"), context)
	except REFUSALS as error:
		return {**told, "sentence": _told(error), "problem": True}
	return {
		**told,
		"sentence": translated(preview.sentence, preview.values),
		"to": list(preview.to),
		"subject": preview.subject,
		"html": preview.html,
		"problem": preview.problem,
	}


def _told(error: Exception) -> str:
	sentence, *values = sentence_of(error)
	return translated(str(sentence), values)


def _listed(doctype: str, filters: list[list[Any]], stamp: str) -> Iterator[Candidate]:
	rows = frappe.get_list(
		doctype, filters=filters, fields=["name", stamp], order_by=f"{stamp} desc", limit=SCANNED
	)
	for row in rows:
		yield Candidate(doctype, row.name, row[stamp])


def _changes(doctype: str, since: datetime) -> Iterator[Candidate]:
	"""What changed: from the versions Frappe keeps, or from the events of orders, which are written in bulk."""
	found: list[Candidate] = []
	if doctype == "Marketplace Order":
		found += _order_events(since)
	rows = frappe.get_all(
		"Version",
		filters={"ref_doctype": doctype, "creation": (">=", since)},
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


def _order_events(since: datetime) -> Iterator[Candidate]:
	rows = frappe.get_all(
		"Marketplace Order Event",
		filters={
			"parenttype": "Marketplace Order",
			"event": ("in", ("status", "held")),
			"happened_at": (">=", since),
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


def _said(event: str, doctype: str, since: datetime) -> Iterator[Candidate]:
	source, about, name, more = _SAID[event]
	rows = frappe.get_all(
		source,
		filters={about: doctype, "creation": (">=", since), **more},
		fields=[f"{name} as document", "creation"],
		order_by="creation desc",
		limit=SCANNED,
	)
	for row in rows:
		if row.document and frappe.has_permission(doctype, "read", row.document):
			yield Candidate(doctype, row.document, row.creation)


def _dated(rule: Document, since: datetime) -> Iterator[Candidate]:
	plain = _plain_rule(rule)
	fieldname = plain.kind.date_field or plain.field
	before = rule.event == "Ship By Approaching" or rule.direction == "Before"
	shift = timedelta(minutes=-(rule.duration or 0) if before else (rule.duration or 0))
	filters = [[fieldname, "between", [since - shift, clock.site_now() - shift]]]
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


def _short(rule: Document, since: datetime) -> Iterator[Candidate]:
	items = frappe.get_all(
		"Stock Ledger Entry",
		filters={"creation": (">=", since)},
		pluck="item_code",
		distinct=True,
		order_by=None,
		limit=SCANNED,
	)
	low = stock.below(items, rule.threshold or 0, rule.threshold_unit or "Units") if items else {}
	for item, given in low.items():
		if frappe.has_permission("Item", "read", item):
			yield Candidate("Item", item, None, given=given)
