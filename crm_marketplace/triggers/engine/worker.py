"""Take what is due out of the outbox, one firing after the other, as many workers as there are."""

from __future__ import annotations

from datetime import timedelta

import frappe

from crm_marketplace.sync import clock, locks
from crm_marketplace.triggers.engine import firing, outbox

LONGEST = timedelta(minutes=4)  # then the rest is queued again, so that other jobs get their turn
PORTION = 20


def drain() -> int:
	"""Run due firings until none is left or the time is up. Returns how many were run."""
	until = clock.utc_now() + LONGEST
	done = 0
	busy: set[str] = set()
	while names := due(busy):
		for name in names:
			with locks.held("trigger", name) as free:
				if free:
					# It is read anew: another worker may have gone on with it since it was listed.
					frappe.db.rollback()
					firing.run(name)
					done += 1
				frappe.db.commit()  # before the lock is given back, or another worker would see it half done
			# A firing that waits for a limit or another worker is not asked for again in this job.
			busy.add(name)
			if clock.utc_now() > until:
				_flush_letters()
				outbox.start()
				return done
	_flush_letters()
	return done


def due(busy: set[str]) -> list[str]:
	"""The next firings, the important first, then the oldest."""
	filters: dict = {"status": "Waiting", "due_at": ("<=", clock.site_now())}
	if busy:
		filters["name"] = ("not in", list(busy)[-2000:])
	return frappe.get_all(
		outbox.DOCTYPE,
		filters=filters,
		order_by="priority desc, due_at asc, creation asc",
		limit=PORTION,
		pluck="name",
	)


def _flush_letters() -> None:
	"""Letters need not wait for Frappe's own round."""
	if not getattr(frappe.local, "trigger_letters", False):
		return
	frappe.local.trigger_letters = False
	if not frappe.are_emails_muted():
		frappe.enqueue(
			"frappe.email.queue.flush", queue="short", job_id="triggers::letters", deduplicate=True
		)
