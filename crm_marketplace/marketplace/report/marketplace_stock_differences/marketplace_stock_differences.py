"""Stock that is not published as it should be, and what the daily check found. Two queries whatever the number."""

from __future__ import annotations

from collections import Counter

import frappe
from frappe import _
from frappe.query_builder.functions import Coalesce

from crm_marketplace.marketplace.report import scope
from crm_marketplace.marketplace.report.stock_words import explained, quantity
from crm_marketplace.sync.messages import translated
from crm_marketplace.sync.stock.levels import UNKNOWN

MOST_ROWS = 5000
KINDS = ("Waiting", "Error", "Drift", "Repaired")


def execute(filters: dict | None = None) -> tuple:
	"""Columns, rows, message, chart and summary, as Frappe's script reports return them.

	Filters: company, shop, offer_id, kind ("Waiting": not sent or confirmed yet, "Error": the marketplace
	refused, "Drift": the marketplace showed another number than it had confirmed, and it is not set right yet;
	"Repaired": it was set right since).
	"""
	filters = frappe._dict(filters or {})
	levels = _levels(filters)
	rows = [_row(level) for level in levels[:MOST_ROWS]]
	return _columns(), rows, _message(levels), _chart(rows), _summary(rows)


def _levels(filters: frappe._dict) -> list[frappe._dict]:
	level = frappe.qb.DocType("Marketplace Stock Level")
	listing = frappe.qb.DocType("Marketplace Listing")
	pending = level.pending == 1
	failed = pending & (Coalesce(level.last_error, "") != "")
	drifted = level.drift_found_at.isnotnull()
	kinds = {
		"Waiting": pending & failed.negate() & drifted.negate(),
		"Error": failed,
		"Drift": pending & failed.negate() & drifted,
		"Repaired": drifted & pending.negate(),
	}
	query = (
		frappe.qb.from_(level)
		.left_join(listing)
		.on(listing.name == level.listing)
		.select(
			level.name.as_("level"),
			level.shop,
			level.listing,
			listing.title,
			listing.item,
			level.offer_id,
			level.channel_warehouse_id,
			level.desired,
			level.confirmed,
			level.remote,
			level.believed,
			level.drift_found_at,
			level.pending,
			level.explanation,
			level.last_error,
			level.attempts,
			level.next_attempt_at,
		)
		.where(level.shop.isin(scope.shops(filters) or [""]))
		.where(kinds.get(filters.kind) or pending | drifted)
		.orderby(level.shop)
		.orderby(level.offer_id)
		.limit(MOST_ROWS + 1)
	)
	if filters.offer_id:
		query = query.where(level.offer_id == filters.offer_id)
	return query.run(as_dict=True)


def _row(level: frappe._dict) -> dict:
	known = level.desired != UNKNOWN and level.confirmed != UNKNOWN
	return {
		**level,
		**{name: quantity(level[name]) for name in ("desired", "confirmed", "remote", "believed")},
		"difference": level.desired - level.confirmed if known else None,
		"kind": _kind(level),
		"explanation": explained(level.explanation, level.desired),
		"last_error": translated(level.last_error) if level.last_error else None,
	}


def _kind(level: frappe._dict) -> str:
	if level.pending and level.last_error:
		return "Error"
	if level.drift_found_at:
		return "Drift" if level.pending else "Repaired"
	return "Waiting"


def _columns() -> list[dict]:
	return [
		{
			"fieldname": "shop",
			"label": _("Shop"),
			"fieldtype": "Link",
			"options": "Marketplace Shop",
			"width": 150,
		},
		{
			"fieldname": "listing",
			"label": _("Listing"),
			"fieldtype": "Link",
			"options": "Marketplace Listing",
			"width": 220,
		},
		{"fieldname": "offer_id", "label": _("Offer ID"), "fieldtype": "Data", "width": 130},
		{
			"fieldname": "item",
			"label": _("Item", context="Marketplace Listing"),
			"fieldtype": "Data",
			"width": 130,
		},
		{
			"fieldname": "channel_warehouse_id",
			"label": _("Channel Warehouse ID"),
			"fieldtype": "Data",
			"width": 140,
		},
		{"fieldname": "kind", "label": _("Kind"), "fieldtype": "Data", "width": 110},
		{"fieldname": "desired", "label": _("Should Be"), "fieldtype": "Int", "width": 100},
		{"fieldname": "confirmed", "label": _("Published"), "fieldtype": "Int", "width": 110},
		{"fieldname": "difference", "label": _("Difference"), "fieldtype": "Int", "width": 100},
		{"fieldname": "remote", "label": _("Seen at the Marketplace"), "fieldtype": "Int", "width": 130},
		{"fieldname": "believed", "label": _("Believed Before"), "fieldtype": "Int", "width": 120},
		{"fieldname": "drift_found_at", "label": _("Drift Found At"), "fieldtype": "Datetime", "width": 160},
		{"fieldname": "explanation", "label": _("Explanation"), "fieldtype": "Data", "width": 300},
		{"fieldname": "last_error", "label": _("Last Error"), "fieldtype": "Data", "width": 260},
		{"fieldname": "next_attempt_at", "label": _("Next Attempt"), "fieldtype": "Datetime", "width": 160},
	]


def _message(levels: list) -> str | None:
	if len(levels) <= MOST_ROWS:
		return None
	return _("Only the first {0} rows are shown. Narrow the filters to see the others.").format(MOST_ROWS)


def _chart(rows: list[dict]) -> dict | None:
	"""Differences by shop, stacked by kind."""
	if not rows:
		return None
	counted = Counter((row["shop"], row["kind"]) for row in rows)
	shops = sorted({shop for shop, _kind_name in counted})
	names = _kind_names()
	return {
		"data": {
			"labels": shops,
			"datasets": [
				{"name": names[kind], "values": [counted[shop, kind] for shop in shops]} for kind in KINDS
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["blue", "red", "orange", "green"],
	}


def _summary(rows: list[dict]) -> list[dict]:
	counted = Counter(row["kind"] for row in rows)
	colors = {"Waiting": "blue", "Error": "red", "Drift": "orange", "Repaired": "green"}
	return [
		{"label": label, "value": counted[kind], "datatype": "Int", "indicator": colors[kind]}
		for kind, label in _kind_names().items()
	]


def _kind_names() -> dict[str, str]:
	return {
		"Waiting": _("Waiting"),
		"Error": _("Error"),
		"Drift": _("Drift"),
		"Repaired": _("Repaired"),
	}
