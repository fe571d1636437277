"""Keys that end: people are told in time, once per threshold; and which streams a key has no right for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

import frappe
from frappe import _

from crm_marketplace.integrations.records import Right
from crm_marketplace.sync import alerts, clock
from crm_marketplace.sync.shops import CAPABILITY_OF_STREAM

THRESHOLDS = (30, 14, 3)  # days before the end, the longest first


def daily() -> None:
	"""Scheduler: warn of keys that end soon, and of those that ended."""
	for shop in frappe.get_all(
		"Marketplace Shop",
		filters={"enabled": 1, "credential_expires_on": ("is", "set")},
		fields=["name", "credential_expires_on", "credential_warned"],
	):
		threshold = due_warning(days_left(shop.credential_expires_on), shop.credential_warned or None)
		if threshold is None:
			continue
		_warn(shop)
		frappe.db.set_value(
			"Marketplace Shop", shop.name, {"credential_warned": threshold}, update_modified=False
		)


def days_left(expires_on: datetime | str) -> int:
	"""Whole days until a key ends; negative when it has ended."""
	return (frappe.utils.get_datetime(expires_on) - clock.site_now()).days


def due_warning(left: int, warned: int | None) -> int | None:
	"""The threshold to warn of now: the tightest one that is reached, unless it, or a tighter one, was told.

	Args:
		left: days until the key ends.
		warned: the threshold of the last warning, None when there was none.
	"""
	reached = min((threshold for threshold in THRESHOLDS if left <= threshold), default=None)
	return None if reached is None or (warned is not None and warned <= reached) else reached


def pack_missing(rights: Iterable[Right]) -> str | None:
	"""Missing rights as they are kept on the shop."""
	missing = {right.capability: list(right.missing) for right in rights if not right.granted}
	return json.dumps(missing) if missing else None


def blocked_streams(shop) -> dict[str, list[str]]:
	"""Stream → the rights at the marketplace it lacks, as the last test of the connection found.

	Args:
		shop: the document.
	"""
	missing = json.loads(shop.missing_rights) if shop.missing_rights else {}
	return {
		stream: missing[capability.value]
		for stream, capability in CAPABILITY_OF_STREAM.items()
		if capability.value in missing
	}


# --- inside ----------------------------------------------------------------------------------------


def _warn(shop: frappe._dict) -> None:
	left = days_left(shop.credential_expires_on)
	day = frappe.utils.format_date(shop.credential_expires_on)
	subject = (
		_("{0}: the key ends on {1}, in {2} days").format(shop.name, day, left)
		if left >= 0
		else _("{0}: the key ended on {1}").format(shop.name, day)
	)
	alerts.notify(
		shop.name,
		subject,
		_(
			"Make a new key in the marketplace's cabinet, paste it into the shop and test the connection. Until then"
			" nothing is interrupted; after that day the shop stands still."
		),
	)
