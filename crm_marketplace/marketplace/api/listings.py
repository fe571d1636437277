"""Calls of the Marketplace Listing form and list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import frappe
from frappe import _

from crm_marketplace.marketplace.api.guard import names, permitted, permitted_shop
from crm_marketplace.rules.stock import LABELS, NOT_ADDED
from crm_marketplace.sync import announce, clock, matching, reader
from crm_marketplace.sync.messages import translated
from crm_marketplace.sync.shops import Shop, get_shop
from crm_marketplace.sync.stock import desired

IN_REQUEST = 500  # listings matched while the user waits; more is a job


@frappe.whitelist()
def listing_stock(listing: str) -> list[dict[str, Any]]:
	"""A listing in each channel warehouse: what should be, what is, and how the number came about, now."""
	doc = permitted("Marketplace Listing", listing)
	shop = get_shop(doc.shop)
	levels = _levels(listing)
	names_of = {
		row.channel_warehouse_id: row.channel_warehouse_name or row.channel_warehouse_id
		for row in shop.doc.warehouses
	}
	rows = []
	for channel, terms, quantity in _explained(shop, listing):
		level = levels.get(channel, frappe._dict())
		rows.append(
			{
				"warehouse_id": channel,
				"warehouse_name": names_of.get(channel, channel),
				"desired": quantity,
				"sent": _number(level.sent),
				"confirmed": _number(level.confirmed),
				"remote": _number(level.remote),
				"pending": level.get("confirmed") != quantity
				and not (quantity == 0 and _is_future(level.refused_until)),
				"explanation": sentence(terms, quantity),
				"terms": [
					{"label": translated(LABELS[code]), "value": value, "code": code} for code, value in terms
				],
				"last_error": translated(level.last_error) if level.last_error else None,
				"attempts": level.attempts,
				"next_attempt_at": level.next_attempt_at,
				"refused_until": level.refused_until if _is_future(level.refused_until) else None,
				"confirmed_at": level.confirmed_at,
			}
		)
	return rows


@frappe.whitelist(methods=["POST"])
def match_listings(shop: str | None = None, listings: list | str | None = None) -> dict[str, Any]:
	"""Match unmatched listings of a shop, or the chosen ones. Large shops in the background."""
	frappe.has_permission("Marketplace Listing", "write", throw=True)
	chosen = names(listings) if listings else None
	if chosen:
		rows = frappe.get_list(
			"Marketplace Listing", filters={"name": ("in", chosen)}, fields=["name", "shop"]
		)
		by_shop: dict[str, list[str]] = {}
		for row in rows:
			by_shop.setdefault(row.shop, []).append(row.name)
		totals = {"matched": 0, "suggested": 0, "unmatched": 0}
		for name, group in by_shop.items():
			for key, value in matching.match_shop(name, group).items():
				totals[key] += value
		return totals
	if not shop:
		frappe.throw(_("Choose a shop."))
	permitted_shop(shop)
	if frappe.db.count("Marketplace Listing", {"shop": shop, "match_status": "Unmatched"}) > IN_REQUEST:
		frappe.enqueue(
			"crm_marketplace.sync.matching.match_shop",
			queue="long",
			job_id=f"marketplace::{shop}::matching",
			deduplicate=True,
			shop=shop,
		)
		return {"queued": True}
	return matching.match_shop(shop)


@frappe.whitelist(methods=["POST"])
def link_listing(
	listing: str, item: str | None = None, components: list | str | None = None
) -> dict[str, int]:
	"""Link a listing to an item, or to the components of a kit. Orders that waited for it go on."""
	permitted("Marketplace Listing", listing, "write")
	parts = frappe.parse_json(components) if components else None
	rows = [{"item": str(part["item"]), "qty": float(part.get("qty") or 1)} for part in parts or ()]
	if not item and not rows:
		frappe.throw(_("Choose an item."))
	return {"released_orders": matching.link(listing, item, rows)}


@frappe.whitelist(methods=["POST"])
def confirm_suggestions(listings: list | str) -> dict[str, int]:
	"""Accept the suggested items of listings."""
	matched, released = matching.confirm_suggestions(_writable(listings))
	return {"matched": matched, "released_orders": released}


@frappe.whitelist(methods=["POST"])
def create_item(
	listing: str,
	item_code: str | None = None,
	item_group: str | None = None,
	stock_uom: str | None = None,
) -> dict[str, Any]:
	"""Make an Item of a listing and link it."""
	frappe.has_permission("Item", "create", throw=True)
	permitted("Marketplace Listing", listing, "write")
	item, released = matching.create_item(listing, item_code, item_group, stock_uom)
	return {"item": item, "released_orders": released}


@frappe.whitelist(methods=["POST"])
def ignore_listings(listings: list | str) -> dict[str, int]:
	"""Listings nobody wants to link: they leave the inbox. Linking one later brings it back."""
	chosen = _writable(listings)
	waiting = {"name": ("in", chosen or [""]), "match_status": ("in", ("Unmatched", "Suggested"))}
	rows = frappe.get_all("Marketplace Listing", filters=waiting, fields=["name", "match_status"])
	frappe.db.set_value(
		"Marketplace Listing",
		waiting,
		{"match_status": "Ignored", "suggested_item": None, "suggestion_score": 0},
	)
	announce.changed(
		"Marketplace Listing", {row.name: {"match_status": (row.match_status, "Ignored")} for row in rows}
	)
	return {"ignored": len(chosen)}


def sentence(terms: list[tuple[str, float]], quantity: int) -> str:
	"""An explanation in the reader's language: "12 on hand − 3 in sales orders = 9"."""
	parts: list[str] = []
	for code, value in terms:
		label = translated(LABELS[code])
		number = f"{abs(value):g}"
		if code in NOT_ADDED:
			parts.append(f"{'; ' if parts else ''}{number} {label}")
		elif parts:
			parts.append(f" {'−' if value < 0 else '+'} {number} {label}")
		else:
			parts.append(f"{'−' if value < 0 else ''}{number} {label}")
	return f"{''.join(parts)} = {quantity}"


# --- inside ----------------------------------------------------------------------------------------


def _explained(shop: Shop, listing: str) -> list[tuple[str, list[tuple[str, float]], int]]:
	"""Channel warehouse, terms and quantity, computed now."""
	channels = desired.channel_warehouses(shop)
	if not channels:
		return []
	with reader.reading() as connection:
		return [
			(
				row.channel_warehouse_id,
				[(term.code, float(term.value)) for term in row.result.terms],
				row.result.quantity,
			)
			for row, _before in desired.compute(shop, channels, connection, [listing])
		]


def _levels(listing: str) -> dict[str, frappe._dict]:
	rows = frappe.get_all(
		"Marketplace Stock Level",
		filters={"listing": listing},
		fields=[
			"channel_warehouse_id",
			"sent",
			"confirmed",
			"remote",
			"last_error",
			"attempts",
			"next_attempt_at",
			"refused_until",
			"confirmed_at",
		],
	)
	return {row.channel_warehouse_id: row for row in rows}


def _is_future(moment: datetime | None) -> bool:
	return bool(moment and moment > clock.site_now())


def _number(value: int | None) -> int | None:
	"""-1 is how the table says "never"."""
	return None if value is None or value < 0 else value


def _writable(listings: list | str) -> list[str]:
	frappe.has_permission("Marketplace Listing", "write", throw=True)
	chosen = names(listings)
	return frappe.get_list(
		"Marketplace Listing", filters={"name": ("in", chosen)}, pluck="name", limit=len(chosen)
	)
