"""Rows of Marketplace Stock Level, written many at a time: one per listing and channel warehouse."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import frappe
from frappe.query_builder.functions import Max, Sum
from pypika import Case
from pypika.terms import Values

from crm_marketplace.sync import bulk

DOCTYPE = "Marketplace Stock Level"
KEYS = ("listing", "shop", "offer_id", "listing_external_id", "channel_warehouse_id")
DESIRED_FIELDS = (*bulk.STANDARD, *KEYS, "desired", "explanation", "pending")
PUSH_FIELDS = (
	*bulk.STANDARD,
	*KEYS,
	"sent",
	"confirmed",
	"doubts",
	"attempts",
	"last_error",
	"next_attempt_at",
	"sent_at",
	"confirmed_at",
	"refused_until",
)
REMOTE_FIELDS = (
	*bulk.STANDARD,
	*KEYS,
	"remote",
	"remote_at",
	"confirmed",
	"doubts",
	"believed",
	"drift_found_at",
)
UNKNOWN = -1  # how the table says "never"


def writer(fields: Sequence[str], total: int = 0) -> bulk.Writer:
	"""Upserts of levels; whether one is pending follows from its numbers.

	Args:
		fields: DESIRED_FIELDS, PUSH_FIELDS or REMOTE_FIELDS.
		total: about how many rows may come.
	"""
	level = frappe.qb.DocType(DOCTYPE)
	updates: dict[str, Any] = {}
	if "desired" in fields:
		# A new number starts afresh: old failures of another number say nothing about it.
		updates |= {"attempts": 0, "next_attempt_at": None}
	if "confirmed" in fields:
		# An order that came since the row was read changed what the marketplace shows: see `doubt`.
		doubted = level.doubts != Values(level.doubts)
		updates["confirmed"] = Case().when(doubted, UNKNOWN).else_(Values(level.confirmed))
		updates["doubts"] = level.doubts
	updates["pending"] = Case().when(_differs(level), 1).else_(0)
	return bulk.Writer(DOCTYPE, fields, KEYS, updates, total)


def summarise(shop: str) -> None:
	"""Carry the levels' sums to their listings, for lists and filters: one statement, changed rows only."""
	level = frappe.qb.DocType("Marketplace Stock Level")
	listing = frappe.qb.DocType("Marketplace Listing")
	error = Case().when((level.pending == 1) & (level.last_error != ""), 1).else_(0)
	sums = (
		frappe.qb.from_(level)
		.select(
			level.listing,
			Sum(_positive(level.desired)).as_("desired"),
			Sum(_positive(level.confirmed)).as_("confirmed"),
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


def is_sent(level: Any, listing: Any, channels: Iterable[str]) -> Any:
	"""Condition: the level's number is for the marketplace. That of a card that was unlinked is until the
	marketplace took the nothing it became (`take_back`), and never again.

	Args:
		channels: the channel warehouses that are published.
	"""
	# What was sent last is the nothing, and without a failed attempt it was taken.
	was_taken = (level.sent <= 0) & (level.attempts == 0)
	unlinked = (listing.match_status != "Matched") & (listing.publish_stock == 1)
	taken_back = unlinked & (level.desired == 0) & was_taken.negate()
	return _is_published(level, listing, channels) | taken_back


def on_sale(level: Any) -> Case:
	"""What the marketplace shows as far as we know: of a number in doubt the last one sent."""
	return Case().when(level.confirmed == UNKNOWN, level.sent).else_(level.confirmed)


def take_back(listing: str, channels: Iterable[str]) -> None:
	"""A card was unlinked: nothing of it may stay on sale. What it shows where we never sent anything, or
	send nothing any more, is not ours to change. One statement.

	Args:
		channels: the channel warehouses that are published.
	"""
	level = frappe.qb.DocType(DOCTYPE)
	(
		frappe.qb.update(level)
		.set(level.desired, 0)
		.set(level.explanation, json.dumps([["off", 0.0]]))
		.set(level.attempts, 0)
		.set(level.next_attempt_at, None)
		.set(level.pending, Case().when(level.confirmed != 0, 1).else_(0))
		.where(level.listing == listing)
		.where(level.sent > 0)
		.where(level.channel_warehouse_id.isin(list(channels) or [""]))
	).run()


def doubt(listings: Collection[str], channels: Iterable[str]) -> None:
	"""Orders or cancellations changed what the marketplace shows of these listings: nobody knows the numbers
	any more, and the next run sends them. One statement.

	Args:
		channels: published channel warehouses the orders are of.
	"""
	level, listing = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType("Marketplace Listing")
	# An update of two tables promises no order of its parts, so this does not look at `confirmed`.
	pending = Case().when((level.desired != 0) | level.refused_until.isnull(), 1).else_(0)
	(
		_as_unknown(level, listing)
		.set(level.pending, pending)
		.where(level.listing.isin(list(listings) or [""]))
		.where(_is_published(level, listing, channels))
	).run()


def send_again(shop: str, channels: Iterable[str]) -> None:
	"""Everything the shop publishes is sent with the next run, what was refused, too, whenever its turn would
	have been.

	Args:
		channels: the channel warehouses that are published.
	"""
	level, listing = frappe.qb.DocType(DOCTYPE), frappe.qb.DocType("Marketplace Listing")
	(
		_as_unknown(level, listing)
		.set(level.next_attempt_at, None)
		.set(level.refused_until, None)
		.set(level.pending, 1)
		.where(level.shop == shop)
		.where(_is_published(level, listing, channels))
	).run()


def follow_published(shop: str, channels: Iterable[str]) -> None:
	"""Levels wait for the marketplace only while their listing and channel warehouse are published: those
	taken out wait for nothing, those brought back wait again. One statement.

	Args:
		channels: the channel warehouses that are.
	"""
	level = frappe.qb.DocType("Marketplace Stock Level")
	listing = frappe.qb.DocType("Marketplace Listing")
	pending = Case().when(is_sent(level, listing, channels) & _differs(level), 1).else_(0)
	(
		frappe.qb.update(level)
		.join(listing)
		.on(listing.name == level.listing)
		.set(level.pending, pending)
		.where(level.shop == shop)
		.where(level.pending != pending)
	).run()


def _is_published(level: Any, listing: Any, channels: Iterable[str]) -> Any:
	return (
		(listing.match_status == "Matched")
		& (listing.publish_stock == 1)
		& (listing.state != "Archived")
		& level.channel_warehouse_id.isin(list(channels) or [""])
	)


def _as_unknown(level: Any, listing: Any) -> Any:
	"""Update of levels, joined to their listings, that forgets what is confirmed. Whoever is about to write
	what was sent or read sees it by the count.
	"""
	return (
		frappe.qb.update(level)
		.join(listing)
		.on(listing.name == level.listing)
		.set(level.confirmed, UNKNOWN)
		.set(level.doubts, level.doubts + 1)
	)


def _differs(level: Any) -> Any:
	"""Whether the marketplace must be told: not of a nothing where it takes nothing."""
	return (level.desired != level.confirmed) & ((level.desired != 0) | level.refused_until.isnull())


def _positive(field: Any) -> Case:
	"""`UNKNOWN` must not count."""
	return Case().when(field > 0, field).else_(0)
