"""How a shop is: one word for the list, one sentence and the numbers for the form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Sum
from pypika import Case

from crm_marketplace.rules.holds import HOLD_KINDS
from crm_marketplace.sync import alerts, announce, clock, keys
from crm_marketplace.sync.messages import translated
from crm_marketplace.sync.shops import Shop, get_shop

KEY_WARNING_DAYS = 14


def refresh(shop: str) -> None:
	"""Write the word shown in the list of shops. Called at the end of each run."""
	row = frappe.db.get_value(
		"Marketplace Shop",
		shop,
		["breaker_state", "connection_status", "health", "credential_expires_on"],
		as_dict=True,
	)
	word = _word(shop, row)
	if word != row.health:
		frappe.db.set_value("Marketplace Shop", shop, "health", word, update_modified=False)
		announce.changed("Marketplace Shop", {shop: {"health": (row.health, word)}})


def describe(shop_name: str) -> dict[str, Any]:
	"""Everything the health panel shows. A constant number of queries."""
	shop = get_shop(shop_name)
	streams = _streams(shop)
	holds = _holds(shop_name)
	totals = _totals(shop_name)
	return {
		"health": _word(shop_name, shop.doc),
		"sentence": _sentence(shop, streams, holds),
		"streams": streams,
		"backlog": frappe.db.count("Marketplace Order", {"shop": shop_name, "state": "To Process"}),
		"holds": sum(row["count"] for row in holds),
		"holds_by_reason": holds,
		"unmatched": frappe.db.count(
			"Marketplace Listing",
			{
				"shop": shop_name,
				"match_status": ("in", ("Unmatched", "Suggested")),
				"state": ("!=", "Archived"),
			},
		),
		"stock_waiting": frappe.db.count("Marketplace Stock Level", {"shop": shop_name, "pending": 1}),
		"stock_errors": frappe.db.count(
			"Marketplace Stock Level", {"shop": shop_name, "pending": 1, "last_error": ("is", "set")}
		),
		"prices_held": frappe.db.count(
			"Marketplace Listing Price", {"shop": shop_name, "hold_code": ("is", "set")}
		),
		"prices_in_quarantine": frappe.db.count(
			"Marketplace Listing Price", {"shop": shop_name, "in_quarantine": 1}
		),
		**totals,
		"budget": [
			{"group": group, "limit": limit.requests, "per_seconds": limit.per.total_seconds()}
			for group, limits in shop.info.rate_limits.items()
			for limit in limits
		],
		"credential": _credential(shop.doc),
		"breaker": {
			"state": shop.doc.breaker_state,
			"until": shop.doc.breaker_until,
			"reason": shop.doc.breaker_reason,
		},
	}


# --- inside ----------------------------------------------------------------------------------------


def _word(shop: str, row: Mapping) -> str:
	if row.get("breaker_state") in ("Open", "Probing"):
		return "Paused"
	if row.get("connection_status") == "Refused":
		return "Bad"
	intervals = frappe.db.get_single_value("Marketplace Settings", "silent_after") or 5
	if any(stream.shop == shop for stream in alerts.silent_streams(intervals)):
		return "Bad"
	if frappe.db.exists("Marketplace Order", {"shop": shop, "state": "On Hold"}):
		return "Warning"
	if frappe.db.exists(
		"Marketplace Stream", {"shop": shop, "enabled": 1, "failures": (">", 0)}
	) or _days_left(row.get("credential_expires_on"), KEY_WARNING_DAYS):
		return "Warning"
	if not frappe.db.exists("Marketplace Stream", {"shop": shop, "last_success_at": ("is", "set")}):
		return "Unknown"
	return "Good"


def _streams(shop: Shop) -> list[dict[str, Any]]:
	intervals = frappe.db.get_single_value("Marketplace Settings", "silent_after") or 5
	silent = {row.name for row in alerts.silent_streams(intervals)}
	now = clock.site_now()
	rows = frappe.get_all(
		"Marketplace Stream",
		filters={"shop": shop.name},
		fields=[
			"name",
			"stream",
			"enabled",
			"interval_minutes",
			"last_success_at",
			"next_run_at",
			"failures",
			"last_error",
			"last_log",
		],
		order_by="stream asc",
	)
	return [
		{
			"stream": row.stream,
			"label": alerts.stream_label(row.stream),
			"enabled": bool(row.enabled),
			"interval_minutes": row.interval_minutes,
			"last_success_at": row.last_success_at,
			"next_run_at": row.next_run_at,
			"state": _stream_state(shop, row, silent, now),
			"sentence": row.last_error or "",
			"log": row.last_log,
		}
		for row in rows
	]


def _stream_state(shop: Shop, row: frappe._dict, silent: set[str], now) -> str:
	if not row.enabled:
		return "off"
	if shop.doc.breaker_state == "Open":
		return "paused"
	if row.name in silent:
		return "silent"
	late = row.next_run_at and now - row.next_run_at > timedelta(minutes=row.interval_minutes or 5)
	return "late" if late or row.failures else "ok"


def _holds(shop: str) -> list[dict[str, Any]]:
	order = frappe.qb.DocType("Marketplace Order")
	rows = (
		frappe.qb.from_(order)
		.select(order.hold_code, Count("*").as_("count"))
		.where(order.shop == shop)
		.where(order.state == "On Hold")
		.groupby(order.hold_code)
		.orderby(Count("*"), order=frappe.qb.desc)
	).run()
	return [{"hold_code": code, "label": hold_label(code), "count": count} for code, count in rows]


def hold_label(code: str | None) -> str:
	"""A hold in a few words, for lists."""
	labels = {
		"unknown_product": _("Unknown product"),
		"item_disabled": _("Item disabled"),
		"item_is_template": _("Item is a template"),
		"warehouse_missing": _("Warehouse not mapped"),
		"price_list_missing": _("No price list"),
		"price_list_disabled": _("Price list disabled"),
		"taxes_missing": _("Taxes template missing"),
		"charges_account_missing": _("No account for charges"),
		"currency_missing": _("Currency without rate"),
		"bad_quantity": _("Wrong quantity"),
		"no_lines": _("No goods"),
		"stated_total_differs": _("The marketplace's sums differ"),
		"totals_differ": _("Totals differ"),
		"unreadable": _("Unreadable"),
		"refused_by_erpnext": _("Refused by ERPNext"),
	}
	return labels.get(code or "", code or "")


def _totals(shop: str) -> dict[str, Any]:
	"""Runs of the last 24 hours: one query."""
	log = frappe.qb.DocType("Marketplace Sync Log")
	since = clock.site_now() - timedelta(hours=24)
	row = (
		frappe.qb.from_(log)
		.select(
			Count("*"),
			Sum(log.requests),
			Sum(log.wait_seconds),
			Sum(Case().when(log.status == "Failed", 1).else_(0)),
		)
		.where(log.shop == shop)
		.where(log.started_at >= since)
	).run()[0]
	runs, requests, waited, failed = (float(value or 0) for value in row)
	reconciled = frappe.db.get_value(
		"Marketplace Sync Log",
		{"shop": shop, "stream": "reconciliation", "status": ("in", ("Success", "Partial"))},
		["fetched", "stored"],
		order_by="started_at desc",
		as_dict=True,
	)
	return {
		"error_rate": round(failed / runs, 3) if runs else 0.0,
		"requests_today": int(requests),
		"wait_seconds_today": round(waited, 1),
		"channel_orders": reconciled.fetched if reconciled else None,
		"our_orders": reconciled.fetched - reconciled.stored if reconciled else None,
	}


def _credential(doc) -> dict[str, Any]:
	expires = doc.credential_expires_on
	if not expires:
		return {"expires_at": None, "days_left": None}
	return {"expires_at": expires, "days_left": keys.days_left(expires)}


def _days_left(expires, within: int) -> bool:
	"""Whether the key ends within so many days."""
	return bool(expires and frappe.utils.get_datetime(expires) - clock.site_now() < timedelta(days=within))


def _sentence(shop: Shop, streams: list[dict], holds: list[dict]) -> str:
	"""Why the shop is as it is, the worst first."""
	doc = shop.doc
	if doc.breaker_state == "Open":
		return _("Paused until {0}: {1}").format(
			frappe.utils.format_datetime(doc.breaker_until), doc.breaker_reason or ""
		)
	if doc.connection_status == "Refused":
		return _("The marketplace refuses the key of this shop.")
	for stream in streams:
		if stream["state"] == "silent":
			return _("Nothing from “{0}” for too long. {1}").format(stream["label"], stream["sentence"])
	if holds:
		worst = holds[0]
		kind = HOLD_KINDS.get(worst["hold_code"])
		return _("{0} orders wait: {1}. {2}").format(
			worst["count"], worst["label"], translated(kind.next_step) if kind else ""
		)
	if not doc.enabled:
		return _("The shop is switched off: nothing runs by itself.")
	return _("Everything runs.")
