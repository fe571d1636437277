"""Streams of a shop: what runs how often, when it is due, and how far it got."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import frappe

from crm_marketplace.sync import clock

# Stream → minutes between runs as installed. One list for the shop form, the scheduler and the jobs.
DEFAULT_INTERVALS = {
	"orders": 1,
	"listings": 360,
	"stock": 5,
	"prices": 60,
	"reconciliation": 1440,
	"drift": 1440,
	"returns": 60,
	"reviews": 60,
}
# Nobody's prices change without being asked; reviews often need a subscription the seller has not got.
OFF_AS_INSTALLED = frozenset({"prices", "reviews"})
# Runs are meant for the tick nearest to their time. Without it a run that begins a second after its tick would
# be a second early for the next one, and a stream of every minute run every other.
HALF_A_TICK = timedelta(seconds=30)
SET_BACK = timedelta(minutes=5)  # further ahead than the clocks of two machines differ
NIGHTLY = {"reconciliation": 2, "drift": 3}  # first run at this hour of the site


@dataclass
class Stream:
	"""The state row of one stream, Marketplace Stream."""

	name: str
	shop: str
	stream: str
	interval_minutes: int
	cursor: str | None
	position: dict  # of an unfinished window: token, since, until, as_of
	next_run_at: datetime | None = None
	is_partial: bool = False  # the run that began looks at a part of what a regular one does

	@classmethod
	def load(cls, shop: str, stream: str) -> Stream:
		row = frappe.db.get_value(
			"Marketplace Stream",
			{"shop": shop, "stream": stream},
			["name", "interval_minutes", "cursor", "page_token", "next_run_at"],
			as_dict=True,
		)
		if not row:
			row = _create(shop, stream)
		return cls(
			name=row.name,
			shop=shop,
			stream=stream,
			interval_minutes=row.interval_minutes or DEFAULT_INTERVALS.get(stream, 60),
			cursor=row.cursor,
			position=json.loads(row.page_token) if row.page_token else {},
			next_run_at=row.next_run_at,
		)

	def save_position(self, position: dict) -> None:
		"""How far an unfinished window got. Call in the transaction that stored the page."""
		self.position = position
		self._set(page_token=json.dumps(position), window_until=position.get("until"))

	def move_cursor(self, cursor: datetime) -> None:
		"""The window is complete. The cursor never moves back."""
		text = clock.to_text(cursor)
		if not self.cursor or clock.from_text(self.cursor) < cursor:
			self.cursor = text
		self.position = {}
		self._set(cursor=self.cursor, page_token=None, window_until=None)

	def begin(self, *, partial: bool = False) -> None:
		"""A run starts, and with a regular one the interval to the next.

		Args:
			partial: it looks at a part only, and must not put the regular run off. Where that is due, the
				whole is done instead: partial runs may come so thick that it never gets its turn.
		"""
		now = clock.site_now()
		self.is_partial = partial and self.next_run_at is not None and self.next_run_at > now
		values = {"last_started_at": now}
		if not self.is_partial:
			values["next_run_at"] = now + timedelta(minutes=self.interval_minutes) - HALF_A_TICK
		self._set(**values)

	def succeed(self, log: str) -> None:
		self._set(
			last_success_at=clock.site_now(), last_log=log, failures=0, last_error=None, silent_since=None
		)

	def fail(self, log: str, sentence: str, retry_in: timedelta | None = None) -> None:
		failures = (frappe.db.get_value("Marketplace Stream", self.name, "failures") or 0) + 1
		values = {"last_log": log, "failures": failures, "last_error": sentence}
		if retry_in is not None:
			values["next_run_at"] = clock.site_now() + retry_in
		self._set(**values)

	def _set(self, **values) -> None:
		frappe.db.set_value("Marketplace Stream", self.name, values, update_modified=False)


def follow_shop(shop) -> None:
	"""Make the state rows say what the shop's table of streams says. Called when a shop is saved."""
	existing = {
		row.stream: row
		for row in frappe.get_all(
			"Marketplace Stream",
			filters={"shop": shop.name},
			fields=["name", "stream", "enabled", "interval_minutes"],
		)
	}
	for row in shop.streams:
		state = existing.pop(row.stream, None) or _create(shop.name, row.stream)
		enabled = int(bool(shop.enabled and row.enabled))
		if (state.enabled, state.interval_minutes) == (enabled, row.interval_minutes):
			continue
		values = {"enabled": enabled, "interval_minutes": row.interval_minutes}
		if enabled and not state.enabled:
			values |= {"next_run_at": _first_run(row.stream), "silent_since": None}
		frappe.db.set_value("Marketplace Stream", state.name, values, update_modified=False)
	for state in existing.values():
		frappe.db.set_value("Marketplace Stream", state.name, {"enabled": 0}, update_modified=False)


def forget_places(shop: str) -> None:
	"""Lists that were left half-way are read from their beginning: their places are of another account, or of
	another server. Cursors are times, and stay."""
	frappe.db.set_value(
		"Marketplace Stream",
		{"shop": shop, "page_token": ("is", "set")},
		{"page_token": None, "window_until": None},
		update_modified=False,
	)


def due(limit: int = 200) -> list[frappe._dict]:
	"""Enabled streams whose time has come: one query.

	A stream that started in the future is due, too: the clock was set back, as in the night summer time ends,
	and its next run would be an hour late.
	"""
	now = clock.site_now()
	return frappe.get_all(
		"Marketplace Stream",
		filters={"enabled": 1},
		or_filters=[["next_run_at", "<=", now], ["last_started_at", ">", now + SET_BACK]],
		fields=["name", "shop", "stream"],
		order_by="next_run_at asc",
		limit=limit,
	)


def _create(shop: str, stream: str) -> frappe._dict:
	"""Insert the state row; when somebody was quicker, take theirs (unique by shop and stream)."""
	doc = frappe.new_doc("Marketplace Stream")
	doc.update(
		{"shop": shop, "stream": stream, "enabled": 0, "interval_minutes": DEFAULT_INTERVALS.get(stream, 60)}
	)
	doc.flags.ignore_permissions = True
	savepoint = "create_stream"
	frappe.db.savepoint(savepoint)
	try:
		doc.insert()
	except frappe.UniqueValidationError:
		frappe.db.rollback(save_point=savepoint)
	return frappe.db.get_value(
		"Marketplace Stream",
		{"shop": shop, "stream": stream},
		["name", "stream", "enabled", "interval_minutes", "cursor", "page_token", "next_run_at"],
		as_dict=True,
		for_update=True,
	)


def _first_run(stream: str) -> datetime:
	now = clock.site_now()
	if stream not in NIGHTLY:
		return now
	night = now.replace(hour=NIGHTLY[stream], minute=0, second=0)
	return night if night > now else night + timedelta(days=1)
