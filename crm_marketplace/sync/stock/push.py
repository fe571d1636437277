"""Send what differs: the largest batches the marketplace takes, each row's fate kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby, islice
from operator import itemgetter

import frappe

from crm_marketplace.integrations.connector import NOT_FOR_WAREHOUSE, Connector, ConnectorInfo
from crm_marketplace.integrations.errors import IntegrationError, RejectedError
from crm_marketplace.integrations.records import PushResult, StockLevel
from crm_marketplace.sync import bulk, clock, reader
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.stock import desired, levels

LONGEST_WAIT = timedelta(hours=24)
REFUSED_FOR = timedelta(days=7)  # a warehouse that does not take a product seldom changes its mind
FIELDS = (
	"listing",
	"offer_id",
	"listing_external_id",
	"channel_warehouse_id",
	"desired",
	"confirmed",
	"attempts",
	"doubts",
)


def push(shop: Shop, connector: Connector, run: Run, *, only_less: bool) -> bool:
	"""Send every level whose desired quantity is not the confirmed one.

	Args:
		only_less: new orders could not be read, so nothing may be promised anew: send decreases only.

	Returns:
		Whether everything that could be sent was; False when the job's time is up.
	"""
	total = _count(shop)
	writer = levels.writer(levels.PUSH_FIELDS, total)
	run.total = total
	frappe.db.commit()  # the reader sees what is committed only
	try:
		with reader.reading() as connection:
			rows = reader.stream(connection, _query(shop, only_less))
			for batch in _batches(rows, shop.info):
				_send(shop, connector, run, writer, batch)
				if run.is_out_of_time:
					return False
	finally:
		# Also when the marketplace stopped us half-way: what it took is not sent again.
		writer.flush()
	return True


def is_unfinished(shop: Shop, *, only_less: bool) -> bool:
	"""Whether levels wait that may be sent soon: some were sent a moment ago and not again yet, others became
	pending while the run was under way. Those refused wait for their own time. One query."""
	level = frappe.qb.DocType("Marketplace Stock Level")
	return bool(_pending(shop, only_less).select(level.name).limit(1).run())


def _send(shop: Shop, connector: Connector, run: Run, writer: bulk.Writer, batch: Sequence[tuple]) -> None:
	groups = {row.channel_warehouse_id: row.stock_group or None for row in shop.doc.warehouses}
	wanted = [
		StockLevel(
			listing_id=row[2],
			offer_id=row[1],
			warehouse_id=row[3],
			quantity=row[4],
			stock_group=groups.get(row[3]),
		)
		for row in batch
	]
	results = connector.push_stock(wanted)
	for row, result in zip(batch, results, strict=True):
		writer.add(_outcome(shop, row, result))
		if not result.ok and result.code != NOT_FOR_WAREHOUSE:
			run.count(failed=1)
			run.add_error(_refusal(result), row[1])
	run.count(sent=sum(result.ok for result in results), fetched=len(batch))
	run.progress(done=run.counts["fetched"])


def _refusal(result: PushResult) -> IntegrationError:
	return RejectedError(values=(result.message or result.code or "",), detail=result.code or "")


def _outcome(shop: Shop, row: tuple, result: PushResult) -> tuple:
	"""Row for the writer: what was sent, what was confirmed, when to try again."""
	listing, offer_id, external_id, channel, quantity, confirmed, attempts, doubts = row
	now = clock.site_now()
	attempts = 0 if result.ok else (attempts or 0) + 1
	return (
		*bulk.standard_values(),
		listing,
		shop.name,
		offer_id,
		external_id,
		channel,
		quantity,
		quantity if result.ok else confirmed,
		doubts,
		attempts,
		None if result.ok else (result.message or result.code or "")[:500],
		None if result.ok else now + wait_after(result, attempts),
		now,
		now if result.ok else None,
		now + REFUSED_FOR if result.code == NOT_FOR_WAREHOUSE else None,
	)


def wait_after(result: PushResult, attempts: int) -> timedelta:
	"""The marketplace's own wish, else longer with each attempt: a refusal seldom heals by itself."""
	if result.retry_after is not None:
		return timedelta(seconds=result.retry_after)
	return min(timedelta(minutes=10) * 2 ** min(attempts, 10), LONGEST_WAIT)


def _query(shop: Shop, only_less: bool):
	level = frappe.qb.DocType("Marketplace Stock Level")
	return (
		_pending(shop, only_less)
		.select(*(level[field] for field in FIELDS))
		.where(level.sent_at.isnull() | (level.sent_at <= clock.site_now() - shop.info.stock_repeat_after))
		.orderby(level.channel_warehouse_id)
	)


def _pending(shop: Shop, only_less: bool):
	level = frappe.qb.DocType("Marketplace Stock Level")
	listing = frappe.qb.DocType("Marketplace Listing")
	query = (
		frappe.qb.from_(level)
		.inner_join(listing)
		.on(listing.name == level.listing)
		.where(level.shop == shop.name)
		.where(levels.is_sent(level, listing, desired.channel_warehouses(shop)))
		.where(level.pending == 1)
		.where(level.next_attempt_at.isnull() | (level.next_attempt_at <= clock.site_now()))
	)
	if only_less:
		# Of a number in doubt the last one sent is the best there is.
		query = query.where(level.desired < levels.on_sale(level))
	return query


def _count(shop: Shop) -> int:
	return frappe.db.count("Marketplace Stock Level", {"shop": shop.name, "pending": 1})


def _batches(rows: Iterator[tuple], info: ConnectorInfo) -> Iterator[list[tuple]]:
	"""The largest batches the marketplace takes; of one warehouse each where it wants that."""
	groups = groupby(rows, key=itemgetter(3)) if info.stock_batch_per_warehouse else [(None, rows)]
	for _warehouse, group in groups:
		while batch := list(islice(group, info.stock_batch)):
			yield batch
