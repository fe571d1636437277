"""Rows of Marketplace Listing Price, written many at a time: one per listing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import frappe
from pypika import Case
from pypika.terms import Values

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
	"old_price_fixed",
	"minimum_price_fixed",
	"channel_fees",
	"channel_fee_rate",
	"confirmed_at",
	"in_quarantine",
	"last_error",
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
ALLOW_FIELDS = (*DESIRED_FIELDS, "allowed_price", "allowed_by")
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
		fields: CHANNEL_FIELDS, DESIRED_FIELDS, ALLOW_FIELDS or PUSH_FIELDS.
		total: about how many rows may come.
	"""
	row = frappe.qb.DocType(DOCTYPE)
	updates: dict[str, Any] = {}
	if "desired" in fields:
		# A new price starts afresh: old failures of another price say nothing about it. What is in quarantine
		# stays there until the marketplace answers to the new one.
		in_quarantine = Case().when(row.in_quarantine == 1, row.last_error)
		updates |= {"attempts": 0, "next_attempt_at": None, "last_error": in_quarantine.else_(None)}
		if "allowed_price" not in fields:
			updates |= _forget_other_price(row)
	if "channel_fees" in fields:
		updates |= _quarantine_seen(row)
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


# --- inside ----------------------------------------------------------------------------------------


def _forget_other_price(row: Any) -> dict[str, Any]:
	"""What a person allowed was that very price; another one is a new question, also when it comes back."""
	same = row.desired == row.allowed_price
	return {
		"allowed_by": Case().when(same, row.allowed_by).else_(None),
		"allowed_price": Case().when(same, row.allowed_price).else_(0),
	}


def _quarantine_seen(row: Any) -> dict[str, Any]:
	"""Reading the prices may tell of a quarantine; that one is over, where nothing is told, only a published
	price proves.
	"""
	told = Values(row.in_quarantine) == 1
	over = row.desired == row.confirmed
	return {
		"last_error": Case().when(told, Values(row.last_error)).when(over, None).else_(row.last_error),
		"in_quarantine": Case().when(told, 1).when(over, 0).else_(row.in_quarantine),
	}
