"""What a trigger would do, on one document or over the last days. Nothing is written, nothing is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any

import frappe
from frappe.model.document import Document

from crm_marketplace.rules.triggers_conditions import evaluate, explain
from crm_marketplace.rules.triggers_events import fires
from crm_marketplace.rules.triggers_schedule import firing_key, period
from crm_marketplace.rules.triggers_values import same
from crm_marketplace.sync import clock
from crm_marketplace.sync.messages import translated
from crm_marketplace.triggers import stories
from crm_marketplace.triggers.actions import registry
from crm_marketplace.triggers.actions.base import _
from crm_marketplace.triggers.engine import index, past
from crm_marketplace.triggers.engine.context import Context
from crm_marketplace.triggers.engine.failures import REFUSALS, Stop, sentence_of
from crm_marketplace.triggers.engine.past import Candidate

SHOWN = 50
TRIED = 100  # to find one document to show
EVER = 3650  # days: as far back as one document is looked at
SAVEPOINT = "trigger_dry_run"
NOT_HAPPENED = _("The event itself did not happen with it.")


def on_document(rule: Document, candidate: Candidate) -> dict[str, Any]:
	"""Conditions with their answers, and what each action would do.

	Returns:
		fires: whether it would, problem: why not, where it is not for the conditions; conditions: rows of text,
		result, found; actions: rows of label, sentence, to, subject, html, problem, delay.
	"""
	with _writing_nothing():
		context = _context(rule, candidate)
		tree = index.parsed(rule.conditions)
		results = explain(tree, context.facts)
		try:
			happened = candidate.happened and _event_fits(rule, context)
			holds = bool(evaluate(tree, context.facts))
		except REFUSALS as error:
			return {"fires": False, "problem": _told(error), "conditions": [], "actions": []}
		return {
			"fires": happened and holds,
			"problem": "" if happened else translated(NOT_HAPPENED),
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
	found: dict[str, dict[str, Any]] = {}
	scanned = 0
	with _writing_nothing():
		tree = index.parsed(rule.conditions)
		for candidate in past.candidates(rule, days):
			if scanned >= past.SCANNED:
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
			# Of several within its span of time the first one fires: it comes last here, and takes the place.
			span = _span(rule, candidate, scanned)
			found.pop(span, None)
			found[span] = {
				"doctype": candidate.doctype,
				"name": candidate.name,
				"title": context.title,
				"happened_at": candidate.happened_at,
				"changes": {key: list(pair) for key, pair in candidate.changes.items()},
			}
	rows = list(found.values())[:SHOWN]
	return {"rows": rows, "scanned": scanned, "fired": len(found), "more": scanned >= past.SCANNED}


def latest(rule: Document) -> Candidate | None:
	"""The latest event that would set it off, or else the latest event, or else the latest document: something to
	test with."""
	if found := _best(rule, past.candidates(rule, 30)):
		return found
	if not rule.document_type:
		return Candidate("", "")
	names = frappe.get_list(rule.document_type, order_by="modified desc", limit=1, pluck="name")
	return chosen(rule, names[0]) if names else None


def chosen(rule: Document, name: str) -> Candidate:
	"""The same of one document."""
	found = _best(rule, past.candidates(rule, EVER, name))
	return found or Candidate(rule.document_type or "", name, happened=rule.event in past.ANY_TIME)


# --- inside ----------------------------------------------------------------------------------------


def _best(rule: Document, candidates: Iterator[Candidate]) -> Candidate | None:
	"""The first that would set it off, or else the first of which only the conditions do not hold."""
	second: Candidate | None = None
	with _writing_nothing():
		for candidate in islice(candidates, TRIED):
			try:
				context = _context(rule, candidate)
				if not _event_fits(rule, context):
					continue
				if evaluate(index.parsed(rule.conditions), context.facts):
					return candidate
			except (Stop, *REFUSALS):
				continue
			second = second or candidate
	return second


def _span(rule: Document, candidate: Candidate, number: int) -> str:
	"""What two events have in common when the trigger fires for the first of them only."""
	part = period(rule.frequency or "Every Time", candidate.happened_at or clock.site_now(), str(number))
	return firing_key("", candidate.doctype, candidate.name, part)


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
	plain = past.plain_rule(rule)
	moment = "change" if context.changes else plain.kind.moments[0]
	if rule.event == "No Change For":
		return same(context.values.get(rule.event_field), rule.to_value)
	return fires(plain, moment, context.facts)


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
	context.blanks.clear()
	try:
		preview = action.preview(json.loads(row.settings or "{}"), context)
	except REFUSALS as error:
		return {**told, "sentence": _told(error), "problem": True}
	sentence = translated(preview.sentence, preview.values)
	if context.blanks:
		blanks = ", ".join(sorted(context.blanks))
		sentence += " " + translated(_("Unknown placeholders are left blank: {0}."), [blanks])
	return {
		**told,
		"sentence": sentence,
		"to": list(preview.to),
		"subject": preview.subject,
		"html": preview.html,
		"problem": preview.problem or bool(context.blanks),
	}


def _told(error: Exception) -> str:
	sentence, *values = sentence_of(error)
	return translated(str(sentence), values)
