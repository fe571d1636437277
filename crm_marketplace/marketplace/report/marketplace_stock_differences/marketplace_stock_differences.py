"""Listings whose published stock is not what it should be, and why. Two queries whatever the number."""

from __future__ import annotations

from collections import Counter

import frappe
from frappe import _

from crm_marketplace.marketplace.report import scope

MOST_ROWS = 5000
UNKNOWN = -1  # how the database says that a quantity was never sent, confirmed or seen


def execute(filters: dict | None = None) -> tuple:
	"""Columns, rows, message, chart and summary, as Frappe's script reports return them.

	Filters: company, shop, offer_id, kind ("Waiting": not sent or confirmed yet, "Error": the marketplace
	refused, "Drift": the marketplace showed another number than it had confirmed).
	"""
	filters = frappe._dict(filters or {})
	levels = _levels(filters)
	rows = [_row(level) for level in levels[:MOST_ROWS]]
	return _columns(), rows, _message(levels), _chart(rows), _summary(rows)


def _levels(filters: frappe._dict) -> list[frappe._dict]:
	level = frappe.qb.DocType("Marketplace Stock Level")
	listing = frappe.qb.DocType("Marketplace Listing")
	drifted = (level.remote != UNKNOWN) & (level.confirmed != UNKNOWN) & (level.remote != level.confirmed)
	failed = level.last_error.isnotnull() & (level.last_error != "")
	kinds = {"Waiting": (level.pending == 1) & ~failed, "Error": failed, "Drift": drifted}
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
			level.explanation,
			level.last_error,
			level.attempts,
			level.next_attempt_at,
		)
		.where(level.shop.isin(scope.shops(filters) or [""]))
		.where(kinds.get(filters.kind) or (level.pending == 1) | failed | drifted)
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
		**{name: _quantity(level[name]) for name in ("desired", "confirmed", "remote")},
		"difference": level.desired - level.confirmed if known else None,
		"kind": _kind(level),
	}


def _quantity(value: int) -> int | None:
	return None if value == UNKNOWN else value


def _kind(level: frappe._dict) -> str:
	if level.last_error:
		return "Error"
	if UNKNOWN not in (level.remote, level.confirmed) and level.remote != level.confirmed:
		return "Drift"
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
		{"fieldname": "remote", "label": _("Seen at the Marketplace"), "fieldtype": "Int", "width": 130},
		{"fieldname": "difference", "label": _("Difference"), "fieldtype": "Int", "width": 100},
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
	names = {"Waiting": _("Waiting"), "Error": _("Error"), "Drift": _("Drift")}
	return {
		"data": {
			"labels": shops,
			"datasets": [
				{"name": label, "values": [counted[shop, kind] for shop in shops]}
				for kind, label in names.items()
			],
		},
		"type": "bar",
		"barOptions": {"stacked": 1},
		"colors": ["blue", "red", "orange"],
	}


def _summary(rows: list[dict]) -> list[dict]:
	counted = Counter(row["kind"] for row in rows)
	return [
		{"label": _("Waiting"), "value": counted["Waiting"], "datatype": "Int", "indicator": "blue"},
		{"label": _("Error"), "value": counted["Error"], "datatype": "Int", "indicator": "red"},
		{"label": _("Drift"), "value": counted["Drift"], "datatype": "Int", "indicator": "orange"},
	]
