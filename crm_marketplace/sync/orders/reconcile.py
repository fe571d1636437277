"""Nightly: does the marketplace know orders that we do not?"""

from __future__ import annotations

from datetime import timedelta

import frappe

from crm_marketplace.sync import clock
from crm_marketplace.sync.orders import process
from crm_marketplace.sync.orders.fetch import fetch_created
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream

LOOK_BACK = timedelta(days=30)


def work(shop: Shop, run: Run, state: Stream) -> bool:
	"""Read the ids of the last days, store what is missing or changed, and say how many were missing.

	The count is kept on the stream for the health panel ("the marketplace says 123, we have 122").
	"""
	until = clock.utc_now()
	since = until - LOOK_BACK
	before = _our_ids(shop, since)
	theirs = fetch_created(shop, shop.connect(observer=run.observe), run, since, until)
	missing = theirs - before
	run.summary = frappe._(
		"The marketplace has {0} orders of the last {1} days; {2} were missing here."
	).format(len(theirs), LOOK_BACK.days, len(missing))
	state.move_cursor(until)
	run.cursor_after = state.cursor
	frappe.db.commit()  # what was missing is stored before it is processed
	return process.process_pending(shop, run)


def _our_ids(shop: Shop, since) -> set[str]:
	"""Ours of the same days and a little before: a marketplace's day may begin earlier than ours."""
	return set(
		frappe.get_all(
			"Marketplace Order",
			filters={
				"shop": shop.name,
				"ordered_at": (">=", clock.to_site(since - timedelta(days=2))),
			},
			pluck="external_id",
		)
	)
