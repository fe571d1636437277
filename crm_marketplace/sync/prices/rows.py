"""Rows of Marketplace Listing Price, written many at a time: one per listing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe
from pypika import Case

from crm_marketplace.sync import bulk

DOCTYPE = "Marketplace Listing Price"
KEYS = ("listing", "shop", "offer_id", "listing_external_id")
CHANNEL_FIELDS = (
	*bulk.STANDARD,
	*KEYS,
	"currency",
	"confirmed",
	"confirmed_old",
	"confirmed_minimum",
	"channel_fees",
	"confirmed_at",
)
DESIRED_FIELDS = (
	*bulk.STANDARD,
	*KEYS,
	"currency",
	"desired",
	"desired_old",
	"desired_minimum",
	"cost",
	"fees",
	"margin",
	"hold_code",
	"hold_reason",
)
PUSH_FIELDS = (
	*bulk.STANDARD,
	*KEYS,
	"confirmed",
	"confirmed_old",
	"confirmed_minimum",
	"in_quarantine",
	"attempts",
	"last_error",
	"next_attempt_at",
	"sent_at",
)


def writer(fields: Sequence[str], total: int = 0) -> bulk.Writer:
	"""Upserts of prices; whether one is pending follows from its numbers, a held one never is.

	Args:
		fields: CHANNEL_FIELDS, DESIRED_FIELDS or PUSH_FIELDS.
		total: about how many rows may come.
	"""
	row = frappe.qb.DocType(DOCTYPE)
	updates: dict[str, Any] = {}
	if "desired" in fields:
		# A new price starts afresh: old failures of another price say nothing about it.
		updates |= {"attempts": 0, "next_attempt_at": None, "last_error": None, "in_quarantine": 0}
	updates["pending"] = pending_term(row)
	return bulk.Writer(DOCTYPE, fields, KEYS, updates, total)


def pending_term(row: Any) -> Case:
	"""1 when the price should be sent. A sum of 0 means: leave what the marketplace has."""
	same = (
		(row.desired == row.confirmed)
		& ((row.desired_old == 0) | (row.desired_old == row.confirmed_old))
		& ((row.desired_minimum == 0) | (row.desired_minimum == row.confirmed_minimum))
	)
	return Case().when((row.desired == 0) | row.hold_code.notnull() | same, 0).else_(1)
