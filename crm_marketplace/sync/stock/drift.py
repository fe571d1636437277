"""Daily: what does the marketplace really show? Differences are reported and repaired by the next run."""

from __future__ import annotations

import frappe

from crm_marketplace.integrations.paging import walk_on
from crm_marketplace.integrations.records import Page, StockLevel
from crm_marketplace.sync import bulk, clock
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.stock import levels
from crm_marketplace.sync.streams import Stream

PAGE = 1000


def work(shop: Shop, run: Run, state: Stream) -> bool:
	"""Read the live quantities page by page and compare. Goes on in another job where it stopped."""
	connector = shop.connect(observer=run.observe)
	differing = state.position.get("differing", 0)

	def fetch(token: str | None, limit: int) -> Page[StockLevel]:
		return connector.stock_levels(token, limit=limit)

	for page in walk_on(fetch, state.position.get("token"), limit=PAGE, begun_anew=run.begin_list_anew):
		differing += compare(shop, [item.record for item in page.items if item.record])
		for item in page.items:
			if item.error is not None:
				run.add_error(item.error, item.external_id)
		run.count(fetched=len(page.items))
		run.progress()
		if page.token is not None:
			state.save_position({"token": page.token, "differing": differing})
			frappe.db.commit()  # the place in the list, with what was compared
			if run.is_out_of_time:
				return False
	levels.summarise(shop.name)
	state.move_cursor(clock.utc_now())
	run.count(updated_count=differing)
	run.summary = frappe._("{0} quantities differed from what the marketplace had confirmed.").format(
		differing
	)
	return True


def compare(shop: Shop, remote: list[StockLevel]) -> int:
	"""Take what the marketplace shows as confirmed; where it is not what should be, the next run sends it.

	What was believed before stays on the row until a check finds it right, so that people see what happened.
	A number in doubt waits to be sent, and what was read of it may be older than the order it is in doubt for.

	One read and one write per page. Returns how many differed from what we thought confirmed.
	"""
	if not remote:
		return 0
	known = _known(shop, remote)
	writer = levels.writer(levels.REMOTE_FIELDS, len(remote))
	count = 0
	now = clock.site_now()
	for level in remote:
		row = known.get((level.listing_id, level.warehouse_id))
		if row is None:
			continue
		same = row.confirmed == level.quantity
		if same and row.remote == level.quantity and row.drift_found_at is None:
			continue
		in_doubt = row.confirmed == levels.UNKNOWN and row.doubts and row.pending
		drifted = not same and row.confirmed != levels.UNKNOWN
		count += drifted
		writer.add(
			(
				*bulk.standard_values(),
				row.listing,
				shop.name,
				row.offer_id,
				level.listing_id,
				level.warehouse_id,
				level.quantity,
				now,
				levels.UNKNOWN if in_doubt else level.quantity,
				row.doubts,
				row.confirmed if drifted else levels.UNKNOWN,
				now if drifted else None,
			)
		)
	writer.flush()
	return count


def _known(shop: Shop, remote: list[StockLevel]) -> dict[tuple[str, str], frappe._dict]:
	rows = frappe.get_all(
		"Marketplace Stock Level",
		filters={
			"shop": shop.name,
			"listing_external_id": ("in", list({level.listing_id for level in remote})),
		},
		fields=[
			"name",
			"listing",
			"offer_id",
			"listing_external_id",
			"channel_warehouse_id",
			"confirmed",
			"doubts",
			"pending",
			"remote",
			"drift_found_at",
		],
	)
	return {(row.listing_external_id, row.channel_warehouse_id): row for row in rows}
