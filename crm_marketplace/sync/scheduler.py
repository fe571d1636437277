"""The minute tick: which streams are due, and a job for each."""

from __future__ import annotations

import frappe
from frappe.utils.background_jobs import is_job_enqueued

from crm_marketplace.sync import changes, streams


def tick() -> None:
	"""Queue a job for every due stream, and for shops whose goods moved. Two queries when nothing is due."""
	if not frappe.db.get_single_value("Marketplace Settings", "jobs_enabled", cache=False):
		return
	for row in streams.due():
		enqueue(row.shop, row.stream)
	changes.dispatch()
	changes.send_unsent()


def enqueue(
	shop: str, stream: str, *, started_by: str = "Schedule", log: str | None = None, turn: int = 0
) -> None:
	"""Queue one run. A second one of the same shop and stream is not queued while the first waits or runs.

	Args:
		log: the Marketplace Sync Log to go on with.
		turn: the how-many-th job of the run; the one before is still finishing under its own id.
	"""
	settings = frappe.get_cached_doc("Marketplace Settings")
	frappe.enqueue(
		"crm_marketplace.sync.jobs.run_stream",
		queue=settings.queue_name or "long",
		timeout=max(600, (settings.job_minutes or 3) * 60 * 4),
		job_id=_job_id(shop, stream, turn),
		deduplicate=True,
		enqueue_after_commit=True,
		shop=shop,
		stream=stream,
		started_by=started_by,
		log=log,
		turn=turn,
	)


def is_waiting(shop: str, stream: str) -> bool:
	"""Whether a job of this stream stands in the queue or runs."""
	return any(is_job_enqueued(_job_id(shop, stream, turn)) for turn in (0, 1))


def _job_id(shop: str, stream: str, turn: int) -> str:
	return f"marketplace::{shop}::{stream}::{turn % 2}"
