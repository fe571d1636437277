"""The outbox: one row of Trigger Log per trigger, document and event, written with the event itself.

Its unique key makes it happen once, whoever notices the event how often; a worker takes it from there.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import frappe
from frappe.utils.background_jobs import get_job
from redis.exceptions import RedisError
from rq.job import JobStatus

from crm_marketplace.rules.triggers_events import Match, Rule
from crm_marketplace.rules.triggers_guards import Step, may_fire
from crm_marketplace.rules.triggers_schedule import firing_key, period
from crm_marketplace.rules.triggers_values import plain
from crm_marketplace.sync import clock
from crm_marketplace.sync.messages import pack

DOCTYPE = "Trigger Log"
FIELDS = (
	"name",
	"creation",
	"modified",
	"owner",
	"modified_by",
	"trigger_name",
	"trigger_title",
	"event",
	"document_type",
	"document_name",
	"user",
	"status",
	"reason",
	"reason_values",
	"due_at",
	"ended_at",
	"turn",
	"certain",
	"changes",
	"given",
	"chain",
	"event_id",
	"event_key",
	"priority",
)
JOB = "crm_marketplace.triggers.engine.worker.drain"
WORKERS = 3  # at the same time, from the events of documents
JOB_TIMEOUT = 600  # seconds


def _(text: str) -> str:
	"""Mark for translation: reasons are stored in English and told in the reader's language."""
	return text


LOOP = _("Stopped by the loop guard: {0}")
OFF = _("The trigger is off, or is no more.")


def put(
	doctype: str,
	name: str,
	found: Sequence[Match],
	event_id: str,
	*,
	changes: Mapping[str, Sequence[Any]] | None = None,
	given: Mapping[str, Any] | None = None,
	due_at: datetime | None = None,
) -> int:
	"""Write the firings of one event. Returns how many."""
	return put_many([(doctype, name, match, event_id, changes, given) for match in found], due_at=due_at)


def put_many(
	events: Sequence[
		tuple[str, str, Match, str, Mapping[str, Sequence[Any]] | None, Mapping[str, Any] | None]
	],
	*,
	due_at: datetime | Sequence[datetime] | None = None,
	chain: Sequence[Step] | None = None,
	turn: int = 1,
) -> int:
	"""Write firings: one insert, and one job for all of a transaction. What was written before stays as it is.

	Args:
		events: DocType, name, match, id of the event, what it changed, what it brought along.
		due_at: when they are due, one time for all or one for each; default: now, or as long after it as the
			rule waits.
		chain: the firings that led here; default: those of the action that runs right now.
	"""
	chain = (frappe.flags.trigger_chain or []) if chain is None else list(chain)
	now = clock.site_now()
	titles = _titles({match.rule.name for _d, _n, match, _e, _c, _g in events})
	times = due_at if isinstance(due_at, Sequence) else [due_at] * len(events)
	rows = [
		row
		for (doctype, name, match, event_id, changes, given), due in zip(events, times, strict=True)
		if (
			row := _row(
				match,
				doctype,
				name,
				event_id,
				changes,
				given,
				due or _due(match.rule, now),
				chain,
				now,
				turn,
			)
		)
	]
	if not rows:
		return 0
	for row in rows:
		row["trigger_title"] = titles.get(row["trigger_name"])
	frappe.db.bulk_insert(
		DOCTYPE,
		list(FIELDS),
		[tuple(row.get(field) for field in FIELDS) for row in rows],
		ignore_duplicates=True,
	)
	if due_at is None:
		_count_anew(
			rows, {match.rule.name for _d, _n, match, _e, _c, _g in events if _is_counted(match.rule)}
		)
	if any(row["status"] == "Waiting" and row["due_at"] <= now for row in rows):
		kick()
	return len(rows)


def kick() -> None:
	"""Start a worker when the transaction is committed; the minute tick does it, should this get lost."""
	if getattr(frappe.local, "trigger_kick", False):
		return
	frappe.local.trigger_kick = True
	frappe.db.after_commit.add(_start)
	frappe.db.after_rollback.add(_forget_kick)


def start() -> bool:
	"""Queue a worker, unless one waits already. Returns whether one waits now, or all places are taken.

	A worker that was killed leaves its place taken for a while; the minute tick goes past that (`start_anyway`).
	"""
	try:
		for place in range(WORKERS):
			job = get_job(f"triggers::drain::{place}")
			status = job.get_status() if job else None
			if status == JobStatus.QUEUED:
				return True
			if status != JobStatus.STARTED:
				_enqueue(f"triggers::drain::{place}")
				return True
	except RedisError:
		# The document is saved and must stay so; the minute tick finds the row.
		frappe.logger("triggers").warning("cannot queue the worker", exc_info=True)
	return False


def start_anyway() -> None:
	"""Queue a worker in a place of its own: the others do not get on."""
	_enqueue(f"triggers::drain::{clock.site_now():%H:%M}")


def digest(value: Any) -> str:
	text = json.dumps(value, ensure_ascii=False, default=plain, sort_keys=True)
	return hashlib.sha256(text.encode()).hexdigest()[:16]


def as_json(value: Any) -> str | None:
	return json.dumps(value, ensure_ascii=False, default=plain) if value else None


# --- inside ----------------------------------------------------------------------------------------


def _enqueue(job_id: str) -> None:
	frappe.enqueue(
		JOB,
		queue=frappe.db.get_single_value("Trigger Settings", "queue_name") or "default",
		timeout=JOB_TIMEOUT,
		job_id=job_id,
		deduplicate=True,
	)


def _start() -> None:
	_forget_kick()
	start()


def _forget_kick() -> None:
	frappe.local.trigger_kick = False


def _due(rule: Rule, now: datetime) -> datetime:
	return now + timedelta(minutes=rule.duration) if rule.event == "No Change For" else now


def _is_counted(rule: Rule) -> bool:
	"""Whether its firing waits, under a key that another event of the document may have, too."""
	return rule.event == "No Change For" and rule.frequency != "Every Time"


def _count_anew(rows: Sequence[Mapping[str, Any]], triggers: set[str]) -> None:
	"""A status that was left and entered again before its time was up: the time counts from now on."""
	keys: dict[datetime, list[str]] = {}
	for row in rows:
		if row["trigger_name"] in triggers:
			keys.setdefault(row["due_at"], []).append(row["event_key"])
	table = frappe.qb.DocType(DOCTYPE)
	for due, some in keys.items():
		(
			frappe.qb.update(table)
			.set(table.due_at, due)
			.where(table.event_key.isin(some) & (table.status == "Waiting") & (table.due_at < due))
			.where(table.started_at.isnull())
		).run()


def _titles(names: set[str]) -> dict[str, str]:
	rows = frappe.get_all("Trigger", filters={"name": ("in", list(names))}, fields=["name", "title"])
	return {row.name: row.title for row in rows}


def _row(
	match: Match,
	doctype: str,
	name: str,
	event_id: str,
	changes: Mapping[str, Sequence[Any]] | None,
	given: Mapping[str, Any] | None,
	due_at: datetime,
	chain: list[Step],
	now: datetime,
	turn: int,
) -> dict[str, Any] | None:
	rule = match.rule
	verdict = may_fire(rule.name, doctype, name, chain)
	if verdict.silent:
		return None
	stopped = not verdict.allowed
	exact = clock.exact_site_now()  # several in a second stay in the order in which they happened
	plain_changes = {field: [plain(old), plain(new)] for field, (old, new) in (changes or {}).items()}
	return {
		"name": frappe.generate_hash(length=16),
		"creation": exact,
		"modified": exact,
		"owner": frappe.session.user,
		"modified_by": frappe.session.user,
		"trigger_name": rule.name,
		"event": rule.event,
		"document_type": doctype,
		"document_name": name,
		"user": frappe.session.user,
		"status": "Stopped" if stopped else "Waiting",
		"reason": LOOP if stopped else None,
		"reason_values": pack([" → ".join(verdict.path)]) if stopped else None,
		"due_at": due_at,
		"ended_at": now if stopped else None,
		"turn": turn,
		"certain": int(match.certain),
		"changes": as_json(plain_changes),
		"given": as_json(given),
		"chain": as_json([*chain, (rule.name, doctype, name)]),
		"event_id": event_id[:140],
		"event_key": firing_key(rule.name, doctype, name, period(rule.frequency, now, event_id), turn),
		"priority": rule.priority,
	}
