"""What makes a trigger whole: checks when it is saved, and what follows from its being on."""

from __future__ import annotations

import hashlib
import json
import secrets

import frappe
from croniter import croniter
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_url
from jinja2 import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crm_marketplace.rules.triggers_check import BadCondition
from crm_marketplace.rules.triggers_check import check as check_tree
from crm_marketplace.rules.triggers_conditions import leaves
from crm_marketplace.rules.triggers_events import EVENTS
from crm_marketplace.rules.triggers_expression import BadExpression, check_expression
from crm_marketplace.sync import told
from crm_marketplace.sync.messages import translated
from crm_marketplace.triggers.actions import registry
from crm_marketplace.triggers.actions.base import ActionFailed, BadSettings
from crm_marketplace.triggers.engine import index, timetable
from crm_marketplace.triggers.engine.missing import missing_fields

WEBHOOK_ROUTE = "trigger-webhook"
DURATION_EVENTS = ("No Change For", "Ship By Approaching")
MOST_STARS = 5
_grammar = ImmutableSandboxedEnvironment()


def complete(trigger: Document) -> None:
	"""Fill in what follows from the event, empty what does not belong to it."""
	kind = EVENTS.get(trigger.event)
	if kind is None:
		frappe.throw(_("Choose when the trigger fires."))
	if kind.document_type:
		trigger.document_type = kind.document_type
	for field in ("conditions", "repeat_until"):
		trigger.set(field, _tidy(trigger.get(field)))
	for row in trigger.actions:
		row.settings = _tidy(row.settings) or "{}"
	if trigger.enabled:
		trigger.paused_reason = None
		if not trigger.is_new() and trigger.has_value_changed("enabled"):
			trigger.failures = 0


def check(trigger: Document) -> None:
	"""Refuse what cannot work, with a sentence that says what to do."""
	kind = EVENTS[trigger.event]
	if kind.has_document and not trigger.document_type:
		frappe.throw(_("Choose which document it is about."))
	if trigger.document_type:
		_check_document(trigger)
	_check_event(trigger)
	_check_tree(trigger, trigger.conditions)
	_check_tree(trigger, trigger.repeat_until)
	missing = missing_fields(trigger)
	if missing:
		frappe.throw(_("{0} has no field {1}.").format(_(trigger.document_type), ", ".join(missing)))
	if trigger.enabled and not trigger.actions:
		frappe.throw(_("Add what shall be done, before you switch it on."))
	for row in trigger.actions:
		_check_action(trigger, row)
	_check_limits(trigger)


def begin_clock(trigger: Document) -> None:
	"""Switched on, or given another hour: it begins now, and does not make up for the past."""
	asked = (
		"enabled",
		"event",
		"cron",
		"every_minutes",
		"event_field",
		"duration",
		"direction",
		"document_type",
	)
	if trigger.enabled and (trigger.is_new() or any(trigger.has_value_changed(field) for field in asked)):
		trigger.update(timetable.state_of(trigger.as_dict()))


def make_secrets(trigger: Document) -> None:
	"""An address for webhooks that come in, a key for the signature of those that go out; made once each."""
	if trigger.event == "Webhook Received" and not trigger.webhook_digest:
		secret = secrets.token_urlsafe(32)
		trigger.webhook_secret = secret
		trigger.webhook_digest = digest(secret)
	if any(row.action_type == "Send Webhook" for row in trigger.actions) and not trigger.signing_secret:
		trigger.signing_secret = secrets.token_urlsafe(32)


def follow_up(trigger: Document) -> None:
	"""What a trigger of the clock needs: an index on its date, and the documents that are in the status already."""
	if not trigger.enabled:
		return
	if trigger.event == "Before or After a Date":
		frappe.enqueue(
			"crm_marketplace.triggers.definition.ensure_index",
			queue="long",
			job_id=f"triggers::index::{trigger.document_type}::{trigger.event_field}",
			deduplicate=True,
			enqueue_after_commit=True,
			doctype=trigger.document_type,
			fieldname=trigger.event_field,
		)
	changed = any(
		trigger.has_value_changed(name) for name in ("enabled", "event_field", "to_value", "duration")
	)
	if trigger.event == "No Change For" and changed:
		frappe.enqueue(
			"crm_marketplace.triggers.engine.standing.put_standing",
			queue="long",
			enqueue_after_commit=True,
			trigger=trigger.name,
		)


def ensure_index(doctype: str, fieldname: str) -> None:
	"""An index on a date field, so that the clock need not read the whole table."""
	if not frappe.db.get_column_index(f"tab{doctype}", fieldname):
		frappe.db.add_index(doctype, [fieldname], index_name=f"trigger_{fieldname}"[:60])


def forget_logs(trigger: str) -> None:
	log = frappe.qb.DocType("Trigger Log")
	row = frappe.qb.DocType("Trigger Log Action")
	mine = frappe.qb.from_(log).select(log.name).where(log.trigger_name == trigger)
	frappe.db.delete(row, row.parent.isin(mine))
	frappe.db.delete("Trigger Log", {"trigger_name": trigger})


def webhook_address(trigger: Document) -> str | None:
	secret = trigger.get_password("webhook_secret", raise_exception=False) if trigger.webhook_digest else None
	return get_url(f"/{WEBHOOK_ROUTE}/{secret}") if secret else None


def digest(secret: str) -> str:
	return hashlib.sha256(secret.encode()).hexdigest()


# --- inside ----------------------------------------------------------------------------------------


def _tidy(text: str | None) -> str | None:
	if not text or not str(text).strip():
		return None
	try:
		value = json.loads(text) if isinstance(text, str) else text
	except ValueError:
		frappe.throw(_("This is no JSON: {0}").format(frappe.utils.escape_html(str(text)[:100])))
	return json.dumps(value, ensure_ascii=False, indent=1) if value else None


def _check_document(trigger: Document) -> None:
	found = frappe.db.get_value("DocType", trigger.document_type, ["istable", "issingle"], as_dict=True)
	if not found:
		frappe.throw(_("There is no document type {0}.").format(trigger.document_type))
	if found.istable or found.issingle or trigger.document_type in index.FORBIDDEN:
		frappe.throw(_("Triggers on {0} are not possible.").format(_(trigger.document_type)))


def _check_event(trigger: Document) -> None:
	kind = EVENTS[trigger.event]
	if {"field", "date_field"} & set(kind.asks) and not trigger.event_field:
		frappe.throw(_("Choose the field it is about."))
	if trigger.event in DURATION_EVENTS and not trigger.duration:
		frappe.throw(_("Say how long."))
	if trigger.event == "No Change For" and not trigger.to_value:
		frappe.throw(_("Say in which status."))
	_check_heard(trigger)
	if "date_field" in kind.asks:
		_check_date_field(trigger)
		trigger.direction = trigger.direction or "After"
	if trigger.event == "Schedule":
		_check_schedule(trigger)
	if trigger.event == "Stock Below" and not trigger.threshold:
		frappe.throw(_("Say below how much."))
	if trigger.event == "Review Below" and not 1 <= (trigger.threshold or 0) <= MOST_STARS:
		frappe.throw(_("Say how many stars at most: from 1 to 5."))


def _check_heard(trigger: Document) -> None:
	"""A trigger that waits for what nobody tells would never fire."""
	asked = [*(trigger.watched_fields or "").split()]
	if "field" in EVENTS[trigger.event].asks:
		asked.append(trigger.event_field)
	silent = [field for field in asked if field and told.is_silent(trigger.document_type, field)]
	if trigger.enabled and silent:
		label = frappe.get_meta(trigger.document_type).get_label(silent[0])
		frappe.throw(
			_("Triggers do not hear of changes of {0}. Choose another field.").format(frappe.bold(_(label)))
		)


def _check_date_field(trigger: Document) -> None:
	meta = frappe.get_meta(trigger.document_type)
	df = meta.get_field(trigger.event_field)
	if trigger.event_field in ("creation", "modified"):
		return
	if df is None or df.fieldtype not in ("Date", "Datetime"):
		frappe.throw(_("{0} is no date.").format(trigger.event_field))


def _check_schedule(trigger: Document) -> None:
	if not trigger.cron and not trigger.every_minutes:
		frappe.throw(_("Say when: a schedule, or every so many minutes."))
	if trigger.cron and not croniter.is_valid(trigger.cron):
		frappe.throw(_("{0} is no schedule.").format(frappe.utils.escape_html(trigger.cron)))


def _check_tree(trigger: Document, text: str | None) -> None:
	tree = index.parsed(text)
	try:
		check_tree(tree)
		for test, _depth in leaves(tree):
			if "expression" in test:
				check_expression(test["expression"])
	except (BadCondition, BadExpression) as error:
		frappe.throw(
			_("The conditions are not complete: {0}").format(
				frappe.utils.escape_html(translated(error.args[0], error.args[1:]))
			)
		)


def _check_action(trigger: Document, row: Document) -> None:
	"""A trigger that is off may be half finished; one that is on may not."""
	try:
		action = registry.get(row.action_type)
		settings = json.loads(row.settings or "{}")
		if not trigger.enabled:
			return
		action.check(settings, trigger.document_type or "")
		for text in _texts(settings):
			_grammar.parse(text)
		if action.needs_document and not trigger.document_type:
			raise BadSettings("There is no document to do it with.")
	except (BadSettings, ActionFailed) as error:
		frappe.throw(
			"{0} {1}: {2}".format(
				_("Action"), row.idx, frappe.utils.escape_html(translated(error.args[0], error.args[1:]))
			)
		)
	except TemplateSyntaxError as error:
		frappe.throw(
			_("Action {0}: a text with placeholders cannot be read: {1}").format(
				row.idx, frappe.utils.escape_html(str(error))
			)
		)


def _texts(value: object) -> list[str]:
	if isinstance(value, str):
		return [value]
	if isinstance(value, dict):
		return [text for part in value.values() for text in _texts(part)]
	if isinstance(value, list):
		return [text for part in value for text in _texts(part)]
	return []


def _check_limits(trigger: Document) -> None:
	for field in ("quiet_from", "quiet_to"):
		_check_time(trigger.get(field))
	if not trigger.enabled:
		return
	if frappe.utils.cint(trigger.repeat_times) > 0 and frappe.utils.cint(trigger.repeat_minutes) < 1:
		frappe.throw(_("Say after how long it is repeated."))
	if bool(trigger.quiet_from) != bool(trigger.quiet_to):
		frappe.throw(_("Say from when and until when nothing is done, or leave both empty."))


def _check_time(text: str | None) -> None:
	if not text:
		return
	try:
		check_tree({"time": [text, text]})
	except BadCondition as error:
		frappe.throw(translated(error.args[0]))
