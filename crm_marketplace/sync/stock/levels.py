"""Rows of Marketplace Stock Level, written many at a time: one per listing and channel warehouse."""

from __future__ import annotations

from collections.abc import Sequence

import frappe
from pypika.terms import Case, Values

STANDARD = ("name", "creation", "modified", "owner", "modified_by")
KEYS = ("listing", "shop", "offer_id", "listing_external_id", "channel_warehouse_id")
DESIRED_FIELDS = (*STANDARD, *KEYS, "desired", "explanation", "pending")
PUSH_FIELDS = (
	*STANDARD,
	*KEYS,
	"sent",
	"confirmed",
	"attempts",
	"last_error",
	"next_attempt_at",
	"sent_at",
	"confirmed_at",
)
REMOTE_FIELDS = (*STANDARD, *KEYS, "remote", "remote_at", "confirmed")
PORTIONS = 8  # statements per run at most, however many rows: queries do not grow with the catalogue
SMALLEST_PORTION = 2000


class Writer:
	"""Collects rows and writes them in a few large upserts.

	Args:
		fields: of every row; an existing row (same listing and channel warehouse) gets all but the keys.
		total: about how many rows may come.
	"""

	def __init__(self, fields: Sequence[str], total: int = 0) -> None:
		self._fields = list(fields)
		self._portion = max(SMALLEST_PORTION, -(-total // PORTIONS))
		self._rows: list[tuple] = []

	def add(self, row: tuple) -> None:
		self._rows.append(row)
		if len(self._rows) >= self._portion:
			self.flush()

	def flush(self) -> None:
		"""Write what is collected and commit it: numbers sent must not be forgotten when a worker dies."""
		if not self._rows:
			return
		_upsert(self._fields, self._rows)
		self._rows = []
		frappe.db.commit()  # see above


def summarise(shop: str) -> None:
	"""Carry the levels' sums to their listings, for lists and filters: one statement, changed rows only."""
	level = frappe.qb.DocType("Marketplace Stock Level")
	listing = frappe.qb.DocType("Marketplace Listing")
	from frappe.query_builder.functions import Max, Sum

	error = Case().when((level.pending == 1) & (level.last_error != ""), 1).else_(0)
	positive = lambda field: Case().when(field > 0, field).else_(0)  # noqa: E731
	sums = (
		frappe.qb.from_(level)
		.select(
			level.listing,
			Sum(positive(level.desired)).as_("desired"),
			Sum(positive(level.confirmed)).as_("confirmed"),
			Max(level.pending).as_("pending"),
			Max(error).as_("error"),
		)
		.where(level.shop == shop)
		.groupby(level.listing)
	).as_("sums")
	state = Case().when(sums.error == 1, "Error").when(sums.pending == 1, "Waiting").else_("In Sync")
	(
		frappe.qb.update(listing)
		.join(sums)
		.on(sums.listing == listing.name)
		.set(listing.desired_quantity, sums.desired)
		.set(listing.confirmed_quantity, sums.confirmed)
		.set(listing.stock_state, state)
		.where(
			(listing.desired_quantity != sums.desired)
			| (listing.confirmed_quantity != sums.confirmed)
			| listing.stock_state.isnull()
			| (listing.stock_state != state)
		)
	).run()


def forget_unmanaged(shop: str) -> None:
	"""Levels of listings we no longer publish wait for nothing: one statement."""
	level = frappe.qb.DocType("Marketplace Stock Level")
	listing = frappe.qb.DocType("Marketplace Listing")
	managed = (
		(listing.match_status == "Matched") & (listing.publish_stock == 1) & (listing.state != "Archived")
	)
	(
		frappe.qb.update(level)
		.join(listing)
		.on(listing.name == level.listing)
		.set(level.pending, 0)
		.where(level.shop == shop)
		.where(level.pending == 1)
		.where(managed.negate())
	).run()


def _upsert(fields: list[str], rows: list[tuple]) -> None:
	table = frappe.qb.DocType("Marketplace Stock Level")
	query = frappe.qb.into(table).columns(fields).insert(*rows)
	for field in fields:
		if field not in KEYS and field not in ("name", "creation", "owner"):
			query = query.on_duplicate_key_update(table[field], Values(table[field]))
	if "desired" in fields:
		# A new number starts afresh: old failures of another number say nothing about it.
		for field, value in (("attempts", 0), ("next_attempt_at", None)):
			query = query.on_duplicate_key_update(table[field], value)
	query = query.on_duplicate_key_update(
		table.pending, Case().when(table.desired == table.confirmed, 0).else_(1)
	)
	query.run()
