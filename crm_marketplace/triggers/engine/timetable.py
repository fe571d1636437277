"""The minute tick: triggers of the clock, stock that runs out, and firings that are due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import frappe
from croniter import croniter

from crm_marketplace.rules.triggers_conditions import necessary
from crm_marketplace.rules.triggers_events import WAITING_STATUSES, Match, Rule
from crm_marketplace.rules.triggers_schedule import due_window
from crm_marketplace.rules.triggers_values import plain
from crm_marketplace.sync import clock, locks
from crm_marketplace.triggers.engine import health, index, outbox
from crm_marketplace.triggers.engine.failures import DATABASE_TROUBLE

PAGE = 500
STUCK_AFTER = timedelta(minutes=3)  # what is due so long is not being worked on, or one worker is too few
CATCH_UP = timedelta(days=2)  # how far a clock that stood still is made up for
STATE = ("cron", "every_minutes", "direction", "cursor", "next_run_at", "conditions", "document_type")


def tick() -> None:
	"""Scheduler, each minute. A few queries when nothing is due."""
	if not index.is_on():
		return
	with locks.held("triggers", "tick") as free:
		if free:
			_clock_rules()
	now = clock.site_now()
	if frappe.db.exists(outbox.DOCTYPE, {"status": "Waiting", "due_at": ("<=", now - STUCK_AFTER)}):
		outbox.start_anyway()
	elif frappe.db.exists(outbox.DOCTYPE, {"status": "Waiting", "due_at": ("<=", now)}):
		outbox.start()


def next_run(cron: str, every_minutes: int, after: datetime) -> datetime:
	"""When a schedule comes next. Naive times of the site."""
	if cron:
		return croniter(cron, after).get_next(datetime)
	return after + timedelta(minutes=max(1, every_minutes))


def due_documents(
	doctype: str, field: str, low: datetime, high: datetime, filters: list[list[Any]]
) -> Iterator[list[frappe._dict]]:
	"""Pages of documents whose `field` lies in (low, high], by the index of the field."""
	table = frappe.qb.DocType(doctype)
	column = table[field]
	last: tuple[Any, str] | None = None
	while True:
		query = frappe.qb.from_(table).select(table.name, column.as_("due")).where(column <= high)
		if last is None:
			query = query.where(column > low)
		else:
			query = query.where(column >= last[0]).where((column > last[0]) | (table.name > last[1]))
		for name, operator, value in filters:
			query = query.where(_criterion(table[name], operator, value))
		rows = query.orderby(column).orderby(table.name).limit(PAGE).run(as_dict=True)
		if rows:
			yield rows
		if len(rows) < PAGE:
			return
		last = (rows[-1].due, rows[-1].name)


def documents(doctype: str, filters: list[list[Any]]) -> Iterator[list[str]]:
	"""Pages of names of all documents that fit, by primary key."""
	last = ""
	while True:
		names = frappe.get_all(
			doctype,
			filters=[*filters, ["name", ">", last]],
			order_by="name asc",
			limit=PAGE,
			pluck="name",
		)
		if names:
			yield names
		if len(names) < PAGE:
			return
		last = names[-1]


def narrowing(rule: Rule) -> list[list[Any]]:
	"""What the database can already leave out: necessary conditions on own columns of the document."""
	columns = set(frappe.get_meta(rule.document_type).get_valid_columns())
	found = [[field, op, value] for field, op, value in necessary(rule.conditions) if field in columns]
	if rule.event == "Ship By Approaching":
		found.append(["status", "in", list(WAITING_STATUSES)])
	if frappe.get_meta(rule.document_type).is_submittable:
		found.append(["docstatus", "<", 2])
	return found


# --- inside ----------------------------------------------------------------------------------------


def _clock_rules() -> None:
	found = {
		rule.name: rule
		for (_doctype, moment), rules in index.current().rules.items()
		if moment == "tick"
		for rule in rules
	}
	if not found:
		return
	rows = frappe.get_all("Trigger", filters={"name": ("in", list(found))}, fields=["name", *STATE])
	for row in rows:
		try:
			_look(found[row.name], row)
		except DATABASE_TROUBLE:
			# As if this one had not been looked at: the next minute does it, and the others are not kept waiting.
			frappe.db.rollback()
			frappe.logger("triggers").warning("the clock of %s", row.name, exc_info=True)
			continue
		frappe.db.commit()  # firings and cursor of one trigger stand or fall together


def _look(rule: Rule, row: frappe._dict) -> None:
	if why := _obstacle(rule):
		health.pause(frappe.get_doc("Trigger", rule.name), why)
	elif rule.event == "Schedule":
		_scheduled(rule, row)
	else:
		_by_date(rule, row)


def _obstacle(rule: Rule) -> str:
	"""Why there is nothing to look at any more: the kind of document, or the date in it, was taken away."""
	if not rule.document_type:
		return ""
	try:
		columns = frappe.get_meta(rule.document_type).get_valid_columns()
	except frappe.DoesNotExistError:
		frappe.clear_messages()
		return frappe._("There is no document type {0}.").format(rule.document_type)
	if rule.event != "Schedule" and _date_field(rule) not in columns:
		return frappe._("{0} has no field {1}.").format(frappe._(rule.document_type), _date_field(rule))
	return ""


def _date_field(rule: Rule) -> str:
	return rule.kind.date_field or rule.field


def _scheduled(rule: Rule, row: frappe._dict) -> None:
	now = clock.site_now()
	following = next_run(row.cron, row.every_minutes, now)
	if not row.next_run_at or row.next_run_at > following:
		# Later than what comes next: the clock was ahead when it was written, and has been set back.
		_move(rule.name, next_run_at=following)
		return
	if row.next_run_at > now:
		return
	event_id = f"schedule {row.next_run_at}"
	if rule.document_type:
		for names in documents(rule.document_type, narrowing(rule)):
			outbox.put_many([(rule.document_type, name, _open(rule), event_id, None, None) for name in names])
	else:
		outbox.put("", "", [Match(rule, certain=not rule.conditions)], event_id)
	# One run makes up for all that were missed.
	_move(rule.name, next_run_at=following)


def _by_date(rule: Rule, row: frappe._dict) -> None:
	until = clock.utc_now()
	if not row.cursor:
		_move(rule.name, cursor=clock.to_text(until))
		return
	since = max(clock.from_text(row.cursor), until - CATCH_UP)
	field = _date_field(rule)
	before = rule.event == "Ship By Approaching" or row.direction == "Before"
	minutes = -rule.duration if before else rule.duration
	low, high = due_window(since, until, minutes, clock.to_site)
	filters = narrowing(rule)
	for rows in due_documents(rule.document_type, field, low, high, filters):
		_put_dated(rule, rows)
	# Dates that were set or moved since: their hour may be behind the window already.
	earliest = clock.site_now() if before else high - timedelta(days=1)
	touched = [*filters, ["modified", ">=", clock.to_site(since) - timedelta(seconds=90)]]
	if earliest < high:
		for rows in due_documents(rule.document_type, field, earliest, high, touched):
			_put_dated(rule, rows)
	_move(rule.name, cursor=clock.to_text(until))


def _put_dated(rule: Rule, rows: list[frappe._dict]) -> None:
	outbox.put_many(
		[(rule.document_type, row.name, _open(rule), f"date {plain(row.due)}", None, None) for row in rows]
	)


def _open(rule: Rule) -> Match:
	"""Conditions of documents nobody has read yet are looked at in the background."""
	return Match(rule, certain=not rule.conditions)


def _move(name: str, **values: Any) -> None:
	frappe.db.set_value("Trigger", name, values, update_modified=False)


def _criterion(column: Any, operator: str, value: Any) -> Any:
	return {
		"=": lambda: column == value,
		"in": lambda: column.isin(value),
		"<": lambda: column < value,
		">=": lambda: column >= value,
	}[operator]()


def state_of(row: Mapping[str, Any]) -> dict[str, Any]:
	"""Where a clock trigger begins when it is switched on: now, never in the past."""
	now = clock.utc_now()
	values: dict[str, Any] = {"cursor": clock.to_text(now), "next_run_at": None}
	if row.get("event") == "Schedule" and (row.get("cron") or row.get("every_minutes")):
		values["next_run_at"] = next_run(
			row.get("cron") or "", row.get("every_minutes") or 0, clock.site_now()
		)
	return values
