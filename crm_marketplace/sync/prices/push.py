"""Send prices that differ and are not held: the largest batches the marketplace takes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import islice

import frappe

from crm_marketplace.integrations.connector import PENDING, QUARANTINE, Connector
from crm_marketplace.integrations.errors import RejectedError
from crm_marketplace.integrations.records import Money, Price, PushResult
from crm_marketplace.sync import bulk, clock, reader
from crm_marketplace.sync.prices import rows
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.stock.push import wait_after

FIELDS = (
	"listing",
	"offer_id",
	"listing_external_id",
	"currency",
	"desired",
	"desired_old",
	"desired_minimum",
	"confirmed",
	"confirmed_old",
	"confirmed_minimum",
	"fees",
	"attempts",
)  # and after them the listing's marketplace_ids


def push(shop: Shop, connector: Connector, run: Run) -> bool:
	"""Send what differs. Returns whether everything that could be sent was."""
	total = frappe.db.count(rows.DOCTYPE, {"shop": shop.name, "pending": 1})
	writer = rows.writer(rows.PUSH_FIELDS, total)
	frappe.db.commit()  # the reader sees what is committed only
	try:
		with reader.reading() as connection:
			stream = reader.stream(connection, _query(shop))
			while batch := list(islice(stream, shop.info.price_batch)):
				_send(shop, connector, run, writer, batch)
				if run.is_out_of_time:
					return False
	finally:
		# Also when the marketplace stopped us half-way: what it took is not sent again.
		writer.flush()
	return True


def _send(shop: Shop, connector: Connector, run: Run, writer: bulk.Writer, batch: Sequence[tuple]) -> None:
	results = connector.push_prices([_price(row) for row in batch])
	for row, result in zip(batch, results, strict=True):
		writer.add(_outcome(shop, row, result))
		if not result.ok and result.code != PENDING:
			run.count(failed=1)
			run.add_error(
				RejectedError(values=(result.message or result.code or "",), detail=result.code or ""), row[1]
			)
	run.count(sent=sum(result.ok for result in results))
	run.progress()


def _price(row: tuple) -> Price:
	_listing, offer_id, external_id, currency, price, old, minimum, *_confirmed, fees, _attempts, ids = row

	def money(amount: float | None) -> Money | None:
		return Money(amount=Decimal(str(amount)), currency=currency) if amount else None

	return Price(
		listing_id=external_id,
		offer_id=offer_id,
		marketplace_ids=json.loads(ids) if ids else {},
		price=money(price),
		old_price=money(old),
		minimum_price=money(minimum),
		expected_fees=money(fees),
	)


def _outcome(shop: Shop, row: tuple, result: PushResult) -> tuple:
	listing, offer_id, external_id, _currency, price, old, minimum, *confirmed, _fees, attempts, _ids = row
	now = clock.site_now()
	failed = not result.ok and result.code != PENDING  # one that is being looked at is no failure
	attempts = (attempts or 0) + 1 if failed else 0
	shown = (price, old or confirmed[1], minimum or confirmed[2]) if result.ok else tuple(confirmed)
	return (
		*bulk.standard_values(),
		listing,
		shop.name,
		offer_id,
		external_id,
		*shown,
		int(result.code == QUARANTINE),
		attempts,
		(result.message or result.code or "")[:500] if failed else None,
		None if result.ok else now + wait_after(result, attempts),
		now,
	)


def _query(shop: Shop):
	row = frappe.qb.DocType(rows.DOCTYPE)
	listing = frappe.qb.DocType("Marketplace Listing")
	now = clock.site_now()
	return (
		frappe.qb.from_(row)
		.inner_join(listing)
		.on(listing.name == row.listing)
		.select(*(row[field] for field in FIELDS), listing.marketplace_ids)
		.where(row.shop == shop.name)
		.where(row.pending == 1)
		.where(row.next_attempt_at.isnull() | (row.next_attempt_at <= now))
		# A listing that was unlinked, ignored or archived keeps the price it has.
		.where(listing.match_status == "Matched")
		.where(listing.state != "Archived")
	)
