"""Calls of the Item form: this item in every shop."""

from __future__ import annotations

from typing import Any

import frappe
from frappe.query_builder.functions import Count, Sum

from crm_marketplace.integrations import registry
from crm_marketplace.marketplace.api.guard import permitted
from crm_marketplace.sync.shops import connector_hooks
from crm_marketplace.sync.stock.waiting import OPEN

MOST_LISTINGS = 200
STATES = (
	"To Process",
	"On Hold",
	"Done",
)  # all but ignored ones; by name, because the index begins with them


@frappe.whitelist()
def item_in_shops(item: str) -> list[dict[str, Any]]:
	"""Every listing that sells an item, alone or in a set: stock, price and open orders.

	Only what the caller may see. The number of queries does not grow with shops or listings.

	Returns:
		Rows of listing, title, offer_id, url, image, state, shop, marketplace, qty (units of the item in one
		sale), publish_stock, desired, published (None when not known), stock_state, price: {desired,
		published, currency, hold, quarantine} or None, orders, units (None without a right on orders).
	"""
	permitted("Item", item)
	sets = _sets(item)
	listings = frappe.get_list(
		"Marketplace Listing",
		filters={"state": ("!=", "Archived"), "match_status": "Matched"},
		or_filters=[["item", "=", item], ["name", "in", list(sets) or [""]]],
		fields=[
			"name",
			"title",
			"offer_id",
			"url",
			"image",
			"state",
			"shop",
			"marketplace",
			"publish_stock",
			"desired_quantity",
			"confirmed_quantity",
			"stock_state",
			"price",
			"currency",
		],
		order_by="shop, offer_id",
		limit=MOST_LISTINGS,
	)
	if not listings:
		return []
	names = [row.name for row in listings]
	titles = {name: cls.info.title for name, cls in registry.connectors(connector_hooks()).items()}
	prices = _prices(names)
	orders = _open_orders(names) if frappe.has_permission("Marketplace Order", "read") else None
	return [
		{
			"listing": row.name,
			"title": row.title,
			"offer_id": row.offer_id,
			"url": row.url,
			"image": row.image,
			"state": row.state,
			"shop": row.shop,
			"marketplace": titles.get(row.marketplace, row.marketplace),
			"qty": sets.get(row.name, 1.0),
			"publish_stock": row.publish_stock,
			"desired": row.desired_quantity if row.stock_state else None,
			"published": row.confirmed_quantity if row.stock_state else None,
			"stock_state": row.stock_state,
			"price": prices.get(row.name) or _card_price(row),
			"orders": None if orders is None else orders.get(row.name, (0, 0.0))[0],
			"units": None if orders is None else orders.get(row.name, (0, 0.0))[1],
		}
		for row in listings
	]


# --- inside ----------------------------------------------------------------------------------------


def _sets(item: str) -> dict[str, float]:
	"""Listings of sets the item is in → units of it in one set."""
	rows = frappe.get_all(
		"Marketplace Listing Component",
		filters={"item": item, "parenttype": "Marketplace Listing"},
		fields=["parent", "qty"],
	)
	return {row.parent: row.qty for row in rows}


def _prices(listings: list[str]) -> dict[str, dict[str, Any]]:
	rows = frappe.get_all(
		"Marketplace Listing Price",
		filters={"listing": ("in", listings)},
		fields=["listing", "desired", "confirmed", "currency", "hold_code", "in_quarantine"],
	)
	return {
		row.listing: {
			"desired": row.desired or None,
			"published": row.confirmed or None,
			"currency": row.currency,
			"hold": bool(row.hold_code),
			"quarantine": bool(row.in_quarantine),
		}
		for row in rows
	}


def _card_price(listing: frappe._dict) -> dict[str, Any] | None:
	"""What the card said when it was pulled: the price where the shop's prices are not ours to keep."""
	if not listing.price:
		return None
	return {
		"desired": None,
		"published": listing.price,
		"currency": listing.currency,
		"hold": False,
		"quarantine": False,
	}


def _open_orders(listings: list[str]) -> dict[str, tuple[int, float]]:
	"""Listing → orders that wait for packing or hand-over, and the pieces in them. One query."""
	order = frappe.qb.DocType("Marketplace Order")
	line = frappe.qb.DocType("Marketplace Order Line")
	listing = frappe.qb.DocType("Marketplace Listing")
	rows = (
		frappe.qb.from_(order)
		.inner_join(line)
		.on((line.parent == order.name) & (line.parenttype == "Marketplace Order"))
		.inner_join(listing)
		.on((listing.shop == order.shop) & (listing.offer_id == line.offer_id))
		.select(listing.name, Count(order.name).distinct(), Sum(line.quantity))
		.where(order.state.isin(STATES))
		.where(order.status.isin(OPEN))
		.where(listing.name.isin(listings))
		.groupby(listing.name)
	).run()
	return {name: (count, float(units or 0)) for name, count, units in rows}
