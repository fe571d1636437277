"""One execution of one stream of one shop: its counters, errors and log row."""

from __future__ import annotations

import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

import frappe
from frappe.query_builder.functions import Count

from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.integrations.masking import mask_text
from crm_marketplace.integrations.transport import RequestRecord
from crm_marketplace.sync import clock
from crm_marketplace.sync.messages import error_next_step, error_sentence

COUNTERS = (
	"fetched",
	"stored",
	"created_count",
	"updated_count",
	"unchanged",
	"held",
	"failed",
	"sent",
)
# What an event on an order's timeline counts as. One order, one counter: the rest of what a step does follows it.
COUNTER_OF_EVENT = {
	"received": "stored",
	"unreadable": "stored",
	"created_order": "created_count",
	"created_draft": "created_count",
	"held": "held",
	"replaced_order": "updated_count",
	"rebuilt_draft": "updated_count",
	"deleted_draft": "updated_count",
	"cancelled_order": "updated_count",
}
RECORDS_PER_ERROR = 20
ERROR_GROUPS = 30  # rows of a log; more kinds of one sentence are counted together


@dataclass
class ErrorGroup:
	"""Equal errors of a run, counted."""

	error: IntegrationError
	count: int = 0
	records: list[str] = field(default_factory=list)
	trace: str = ""


@dataclass
class Run:
	"""A run and its Marketplace Sync Log. The row is written when it starts and when it ends."""

	shop: str
	stream: str
	started_by: str = "Schedule"
	log: str | None = None
	secrets: tuple[str, ...] = ()
	minutes: float = 3.0

	def __post_init__(self) -> None:
		self.counts: Counter[str] = Counter()
		self.requests: Counter[str] = Counter()
		self.waited = 0.0
		self.errors: dict[tuple, ErrorGroup] = {}
		self.cursor_before: str | None = None
		self.cursor_after: str | None = None
		self.total: int | None = None
		self.summary = ""
		self.stopped_by: IntegrationError | None = None
		self._begun = time.monotonic()
		self._last_progress = 0.0

	# --- life ----------------------------------------------------------------------------------

	def start(self) -> None:
		"""Write the log row, or take up the one of a run that goes on in another job."""
		if self.log and frappe.db.exists("Marketplace Sync Log", self.log):
			self._take_up()
			return
		doc = frappe.new_doc("Marketplace Sync Log")
		doc.update(
			{
				"shop": self.shop,
				"stream": self.stream,
				"started_by": self.started_by,
				"user": frappe.session.user,
				"status": "Running",
				"started_at": clock.site_now(),
				"jobs": 1,
			}
		)
		doc.insert(ignore_permissions=True)  # the log is the app's own record of what it did
		self.log = doc.name
		# The row must survive whatever happens to the run.
		frappe.db.commit()

	def finish(self, status: str | None = None) -> None:
		"""Write counters and errors, and say on the desk that the run is over."""
		doc = frappe.get_doc("Marketplace Sync Log", self.log, for_update=True)
		status = status or self._status(doc)
		self._write(doc)
		doc.status = status
		doc.ended_at = clock.site_now()
		doc.seconds = (doc.ended_at - doc.started_at).total_seconds()
		doc.save(ignore_permissions=True)
		self.progress(self.summary, finished=True, status=doc.status)

	def give_up(self, why: str) -> None:
		"""The run did not begin, or does not go on: another one does its work, or the shop is paused."""
		self.summary = why
		self.finish("Interrupted")

	def pause(self) -> None:
		"""Write what is counted so far: the run goes on in another job."""
		doc = frappe.get_doc("Marketplace Sync Log", self.log, for_update=True)
		self._write(doc)
		doc.jobs = (doc.jobs or 0) + 1
		doc.save(ignore_permissions=True)

	@property
	def is_out_of_time(self) -> bool:
		"""Whether this job should hand over to the next."""
		return time.monotonic() - self._begun > self.minutes * 60

	def stop(self, error: IntegrationError) -> None:
		"""The run as a whole failed, not only some of its records."""
		self.stopped_by = error
		self.add_error(error)

	# --- telling -------------------------------------------------------------------------------

	def count(self, **increments: int) -> None:
		self.counts.update(increments)

	def add_error(self, error: IntegrationError, record: str | None = None) -> None:
		"""Keep an error: equal ones are one row with a count."""
		record = record or error.record_id
		key = (error.kind, error.sentence, error.values)
		if key not in self.errors and len(self.errors) >= ERROR_GROUPS:
			key = (error.kind, error.sentence)
		group = self.errors.setdefault(key, ErrorGroup(error))
		group.count += 1
		if record and record not in group.records and len(group.records) < RECORDS_PER_ERROR:
			group.records.append(record)
		if not group.trace and error.__traceback__:
			group.trace = "".join(traceback.format_exception(error))[-6000:]

	def begin_list_anew(self, error: IntegrationError) -> None:
		"""The place a list was left at is of no use any more. Nothing is lost by it, so the run is none the
		worse."""
		frappe.logger("marketplace").warning(
			"%s of %s: the list is read from its beginning: %s", self.stream, self.shop, error.kind
		)

	def observe(self, record: RequestRecord) -> None:
		"""Observer of the transport."""
		self.requests["requests"] += 1
		self.requests["retries"] += 1 if record.attempt > 1 else 0
		self.requests["bytes"] += record.received_bytes
		self.waited += record.waited

	def progress(
		self, message: str = "", done: int | None = None, *, finished: bool = False, status: str = "Running"
	) -> None:
		"""Tell whoever looks at the shop; at most once a second until the end."""
		now = time.monotonic()
		if not finished and now - self._last_progress < 1:
			return
		self._last_progress = now
		frappe.publish_realtime(
			"marketplace_sync_progress",
			{
				"shop": self.shop,
				"stream": self.stream,
				"log": self.log,
				"done": done if done is not None else self.counts["fetched"],
				"total": self.total,
				"message": message,
				"finished": finished,
				"status": status,
			},
			doctype="Marketplace Shop",
			docname=self.shop,
		)

	# --- inside --------------------------------------------------------------------------------

	def _take_up(self) -> None:
		frappe.db.set_value("Marketplace Sync Log", self.log, {"status": "Running"})
		self.cursor_before = frappe.db.get_value("Marketplace Sync Log", self.log, "cursor_before")

	def _write(self, doc) -> None:
		for name in COUNTERS:
			doc.set(name, (doc.get(name) or 0) + self.counts[name])
		doc.requests = (doc.requests or 0) + self.requests["requests"]
		doc.retries = (doc.retries or 0) + self.requests["retries"]
		doc.received_kb = (doc.received_kb or 0) + self.requests["bytes"] // 1024
		doc.wait_seconds = (doc.wait_seconds or 0) + round(self.waited, 1)
		doc.cursor_before = doc.cursor_before or self.cursor_before
		doc.cursor_after = self.cursor_after or doc.cursor_after
		doc.summary = self.summary
		for group in self.errors.values():
			self._write_error(doc, group)
		self.counts.clear()
		self.requests.clear()
		self.waited = 0.0

	def _write_error(self, doc, group: ErrorGroup) -> None:
		error = group.error
		doc.append(
			"errors",
			{
				"kind": error.kind,
				"sentence": error_sentence(error),
				"next_step": error_next_step(error),
				"count": group.count,
				"record_ids": "\n".join(group.records),
				"request_id": error.request_id,
				"detail": mask_text(error.detail, self.secrets),
				"traceback": mask_text(group.trace, self.secrets),
			},
		)

	def _status(self, doc) -> str:
		"""`doc` holds the errors of the jobs before this one."""
		if self.stopped_by:
			return "Failed"
		return "Partial" if self.errors or doc.errors or self.counts["failed"] else "Success"


def last_errors(log: str) -> list[str]:
	"""Sentences of a run's errors, the most frequent first."""
	return frappe.get_all(
		"Marketplace Sync Log Error",
		filters={"parent": log, "parenttype": "Marketplace Sync Log"},
		order_by="count desc",
		pluck="sentence",
	)


def interrupted_runs(quiet_for: timedelta = timedelta(minutes=15)) -> None:
	"""Mark runs whose worker died: still "Running" without a sign of life, and nobody holds their lock.

	What such a run did is counted from what it left on the timelines of the orders.
	"""
	from crm_marketplace.sync import locks

	rows = frappe.get_all(
		"Marketplace Sync Log",
		filters={"status": "Running", "modified": ("<", frappe.utils.now_datetime() - quiet_for)},
		fields=["name", "shop", "stream", *COUNTERS],
		limit=100,
	)
	for row in rows:
		if locks.is_free(row.shop, row.stream):
			frappe.db.set_value(
				"Marketplace Sync Log",
				row.name,
				{
					"status": "Interrupted",
					"ended_at": clock.site_now(),
					"summary": frappe._("The worker stopped in the middle; the next run went on from there."),
					**_left_on_timelines(row),
				},
			)


def _left_on_timelines(log: frappe._dict) -> dict[str, int]:
	"""Counters of a run whose own were lost with its last job: its marks were committed with what it did."""
	event = frappe.qb.DocType("Marketplace Order Event")
	rows = (
		frappe.qb.from_(event)
		.select(event.event, Count(event.parent).distinct())
		.where(event.sync_log == log.name)
		.groupby(event.event)
	).run()
	counted: Counter[str] = Counter()
	for name, number in rows:
		if counter := COUNTER_OF_EVENT.get(name):
			counted[counter] += number
	return {name: max(number, log[name] or 0) for name, number in counted.items()}
