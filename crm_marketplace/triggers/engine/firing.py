"""Run one firing: conditions, then its actions in order, each exactly once where the database can promise it.

What an action does in the database and the note that it was done are one transaction: a worker killed in
between leaves neither. What cannot be taken back (an SMS, a call) is noted as started before it begins; found
started after a worker's death it is not repeated, and the log says so. Webhooks carry an id by which the other
side knows a repetition, and are repeated.
"""

from __future__ import annotations

import json
from datetime import timedelta
from time import monotonic
from typing import Any

import frappe
import requests
from frappe.model.document import Document

from crm_marketplace.rules.triggers_conditions import evaluate, explain
from crm_marketplace.rules.triggers_events import WAITING_STATUSES, Match
from crm_marketplace.rules.triggers_schedule import Quiet, next_allowed, retry_after
from crm_marketplace.rules.triggers_values import same
from crm_marketplace.sync import clock
from crm_marketplace.sync.messages import pack
from crm_marketplace.triggers.actions import registry
from crm_marketplace.triggers.actions.base import Action, ActionFailed, Result, TryLater, Unsure, _
from crm_marketplace.triggers.engine import context as contexts
from crm_marketplace.triggers.engine import health, index, limits, others, outbox, record
from crm_marketplace.triggers.engine.acting import acting_as, in_chain
from crm_marketplace.triggers.engine.context import Context
from crm_marketplace.triggers.engine.failures import (
	DATABASE_TROUBLE,
	REFUSALS,
	NotFired,
	Stop,
	details,
	sentence_of,
)
from crm_marketplace.triggers.engine.missing import missing_fields

SAVEPOINT = "trigger_action"
DATABASE_PATIENCE = 6


def run(name: str) -> None:
	"""Run a firing that is due. The caller holds its lock; commits between actions."""
	log = frappe.get_doc(outbox.DOCTYPE, name)
	if log.status != "Waiting" or log.due_at > clock.site_now():
		return
	rule = _rule(log)
	if rule is None:
		record.close(log, "Stopped", outbox.OFF)
		return
	if not log.actions and (others.put_off(log) or limits.put_off(log, rule)):
		return
	try:
		with acting_as(rule.run_as), in_chain(log):
			_run(log, rule)
	except NotFired:
		frappe.db.delete(outbox.DOCTYPE, {"name": log.name})
	except Stop as reason:
		record.skip_rest(log, _("Not run: the firing was stopped."))
		record.close(log, "Stopped", *reason.args)
	except DATABASE_TROUBLE as error:
		_database_trouble(log, error)
	except REFUSALS as error:
		frappe.db.rollback()
		_fail(log, rule, error)
	except Exception as error:
		# A fault of ours: told on the log, then it goes on to the Error Log. The row is closed, others go on.
		frappe.db.rollback()
		_fail(log, rule, error)
		frappe.db.commit()  # the failure stays on the log: the job that dies of what is raised next rolls back
		raise
	finally:
		frappe.clear_messages()


def context_of(log: Document, rule: Document) -> Context:
	"""The document as it is now, and what the event brought along.

	Raises:
		Stop: the document is gone, or is one of those the acting user does not see. Neither is the trigger's fault.
		PermissionError: the acting user may read no document of this kind.
	"""
	doc = None
	if log.document_type and log.document_name:
		try:
			doc = frappe.get_doc(log.document_type, log.document_name)
		except frappe.DoesNotExistError as error:
			raise Stop(_("The document is no more.")) from error
		if not doc.has_permission("read"):
			frappe.has_permission(log.document_type, "read", throw=True)
			raise Stop(
				_("The user {0}, with whose rights it acts, may not read this document."), frappe.session.user
			)
	return Context(
		rule=rule,
		doc=doc,
		changes=contexts.load_json(log.changes),
		given=contexts.load_json(log.given),
		user=log.user,
		log=log.name,
	)


def quiet_of(rule: Document) -> Quiet:
	holiday = None
	if rule.holiday_list:

		def holiday(day) -> bool:
			return contexts.is_holiday(rule.holiday_list, day)

	return Quiet(rule.quiet_from or "", rule.quiet_to or "", holiday)


# --- inside ----------------------------------------------------------------------------------------


def _rule(log: Document) -> Document | None:
	if not index.is_on() or not frappe.db.exists("Trigger", {"name": log.trigger_name, "enabled": 1}):
		return None
	return frappe.get_doc("Trigger", log.trigger_name)


def _run(log: Document, rule: Document) -> None:
	started = monotonic()
	context = context_of(log, rule)
	if not log.started_at:
		_begin(log, rule, context)
	is_old = False
	for row in log.actions:
		if row.status in ("Done", "Skipped", "Failed", "Uncertain"):
			continue
		if is_old:
			context = context_of(log, rule)  # it sees what the action before did
		if not _do(log, rule, row, context):
			return
		if row.status == "Failed" and not row.go_on:
			record.skip_rest(log, _("Not run: the action before it failed."))
			break
		is_old = row.status in ("Done", "Skipped")
	log.duration_ms = (log.duration_ms or 0) + int((monotonic() - started) * 1000)
	_finish(log, rule)


def _begin(log: Document, rule: Document, context: Context) -> None:
	"""Settle the conditions, and note what is to be done: a change of the trigger does not change it any more."""
	if missing := missing_fields(rule):
		raise ActionFailed(_("The trigger asks about fields that are no more: {0}."), ", ".join(missing))
	_still_valid(log, rule, context)
	conditions = index.parsed(rule.conditions)
	log.condition_results = outbox.as_json(explain(conditions, context.facts))
	if not log.certain or log.turn > 1:
		if not evaluate(conditions, context.facts):
			if log.turn > 1:
				raise Stop(_("No more repetitions: the conditions do not hold."))
			raise NotFired
		log.certain = 1
	if rule.stop_others and log.turn == 1:
		others.stop(log)
	if log.turn > 1 and rule.repeat_until and evaluate(index.parsed(rule.repeat_until), context.facts):
		raise Stop(_("No more repetitions: what it waited for has come."))
	log.started_at = clock.site_now()
	for action in rule.actions:
		log.append(
			"actions",
			{
				"action_type": action.action_type,
				"settings": action.settings,
				"delay_minutes": action.delay_minutes,
				"recheck": action.recheck,
				"go_on": action.go_on,
				"status": "Waiting",
			},
		)
	record.save(log)


def _still_valid(log: Document, rule: Document, context: Context) -> None:
	"""What waits for time to pass is looked at again when it has passed."""
	if rule.event == "No Change For":
		newer = frappe.db.exists(
			outbox.DOCTYPE,
			{
				"trigger_name": rule.name,
				"document_type": log.document_type,
				"document_name": log.document_name,
				"creation": (">", log.creation),
				"turn": 1,
			},
		)
		if newer or not same(context.doc.get(rule.event_field), rule.to_value):
			raise NotFired
	if rule.event == "Ship By Approaching" and context.doc.status not in WAITING_STATUSES:
		raise NotFired


def _do(log: Document, rule: Document, row: Document, context: Context) -> bool:
	"""One action. Returns whether the next one's turn has come; False: the firing waits."""
	action = registry.ACTIONS.get(row.action_type)
	if action is None:
		record.ended(row, "Failed", _("There is no action {0}."), row.action_type)
		record.commit(log)
		return True
	if row.status == "Started" and not action.is_repeatable(json.loads(row.settings or "{}")):
		record.ended(
			row,
			"Uncertain",
			_("The worker died while it ran. It may have been done, and is not done a second time."),
		)
		record.commit(log)
		return True
	due = row.due_at or next_allowed(
		clock.site_now() + timedelta(minutes=row.delay_minutes or 0), quiet_of(rule)
	)
	if due > clock.site_now():
		row.due_at = log.due_at = due
		record.commit(log)
		return False
	if row.recheck and not evaluate(index.parsed(rule.conditions), context.facts):
		record.skip_rest(log, _("Not run: the conditions do not hold any more."))
		return True
	return _attempt(log, row, action, context)


def _attempt(log: Document, row: Document, action: Action, context: Context) -> bool:
	row.started_at = clock.site_now()
	row.attempts = (row.attempts or 0) + 1
	began = monotonic()
	if not action.undoable:
		row.status = "Started"
		record.commit(log)  # known before it begins: it cannot be taken back
	frappe.db.savepoint(SAVEPOINT)
	settings = {**json.loads(row.settings or "{}"), "_row": row.idx, "_attempt": row.attempts}
	try:
		if action.needs_document and context.doc is None:
			raise ActionFailed(_("There is no document to do it with."))
		result = action.run(settings, context)
	except DATABASE_TROUBLE:
		raise
	except (TryLater, Unsure, requests.ConnectionError, requests.Timeout) as error:
		frappe.db.rollback(save_point=SAVEPOINT)
		if _may_repeat(action, settings, error):
			return _later(log, row, error)
		row.error = details(error)
		record.ended(row, "Uncertain", *_unsure(error))
	except REFUSALS as error:
		frappe.db.rollback(save_point=SAVEPOINT)
		row.error = details(error)
		record.ended(row, "Failed", *sentence_of(error))
	else:
		_note(row, result)
	row.duration_ms = int((monotonic() - began) * 1000)
	record.commit(log)
	return True


def _may_repeat(action: Action, settings: dict[str, Any], error: Exception) -> bool:
	"""Whether it may be tried again: the action says so itself, or doing it twice is doing it once."""
	if isinstance(error, TryLater | Unsure):
		return isinstance(error, TryLater)
	return action.undoable or action.is_repeatable(settings)


def _unsure(error: Exception) -> tuple[object, ...]:
	if isinstance(error, Unsure):
		return error.args
	return (_("Nobody answered: {0}. It may have been done, and is not done a second time."), str(error))


def _note(row: Document, result: Result) -> None:
	row.reference_doctype, row.reference_name = result.doctype, result.name
	row.given_to = result.given_to
	row.error = None
	record.ended(row, "Skipped" if result.skipped else "Done", result.sentence, *result.values)


def _later(log: Document, row: Document, error: Exception) -> bool:
	"""Try again with growing pauses; after hours of it, give up. Returns whether the next one's turn has come."""
	pause = retry_after(row.attempts)
	sentence, *values = sentence_of(error)
	row.error = details(error)
	if pause is None:
		record.ended(row, "Failed", sentence, *values)
		record.commit(log)
		return True
	row.status = "Waiting"
	row.message, row.message_values = sentence, pack(values)
	row.due_at = log.due_at = clock.site_now() + pause
	record.commit(log)
	return False


def _finish(log: Document, rule: Document) -> None:
	states = {row.status for row in log.actions}
	status = "Failed" if "Failed" in states else "Uncertain" if "Uncertain" in states else "Done"
	bad = next((row for row in log.actions if row.status in ("Failed", "Uncertain")), None)
	log.reason, log.reason_values = (bad.message, bad.message_values) if bad else (None, None)
	log.status = status
	log.ended_at = clock.site_now()
	record.save(log)
	if status == "Failed":
		health.failed(rule, log)
	else:
		health.succeeded(rule)
		_repeat(log, rule)


def _repeat(log: Document, rule: Document) -> None:
	"""Again after a while, so often at most, until a condition holds or the document is out of reach."""
	# Without a pause (rules kept before it was asked for) nothing is repeated: it would go out every minute.
	if not rule.repeat_times or not rule.repeat_minutes or log.turn > rule.repeat_times:
		return
	try:
		context = context_of(log, rule)
	except (Stop, frappe.PermissionError):
		frappe.clear_messages()
		return
	if rule.repeat_until and evaluate(index.parsed(rule.repeat_until), context.facts):
		return
	match = Match(index.rule_of(rule.as_dict()), certain=True)
	outbox.put_many(
		[
			(
				log.document_type or "",
				log.document_name or "",
				match,
				log.event_id,
				contexts.load_json(log.changes),
				contexts.load_json(log.given),
			)
		],
		due_at=clock.site_now() + timedelta(minutes=rule.repeat_minutes),
		chain=[],
		turn=log.turn + 1,
	)


def _database_trouble(log: Document, error: Exception) -> None:
	"""The database rolled everything back: as if it had not begun. Tried again, not for ever."""
	frappe.db.rollback()
	attempts = (frappe.db.get_value(outbox.DOCTYPE, log.name, "attempts") or 0) + 1
	values = {"attempts": attempts, "due_at": clock.site_now() + timedelta(minutes=1)}
	if attempts > DATABASE_PATIENCE:
		values = {"status": "Failed", "ended_at": clock.site_now(), "error": repr(error)}
	frappe.db.set_value(outbox.DOCTYPE, log.name, values)


def _fail(log: Document, rule: Document, error: Exception) -> None:
	"""It could not even begin, or broke between actions."""
	if not frappe.db.exists(outbox.DOCTYPE, log.name):
		return  # taken back meanwhile: its status is counted anew
	log.reload()
	if log.status != "Waiting":
		return
	log.error = details(error)
	sentence, *values = sentence_of(error)
	record.skip_rest(log, _("Not run: the trigger failed."))
	record.close(log, "Failed", sentence, *values)
	health.failed(rule, log)
