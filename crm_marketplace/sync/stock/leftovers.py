"""Goods still on sale where we published them and send no stock any more.

Who switches off a shop, a channel warehouse or a listing leaves its last number with the marketplace. Until that
is read to be gone, it is promised there, and nobody else may promise it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

import frappe
from frappe.query_builder.functions import Coalesce, Sum
from pypika import Case

from crm_marketplace.sync.stock import levels

Place = tuple[str, str]  # shop, channel warehouse


def left_on_sale(shop: str, warehouses: Sequence[str]) -> dict[tuple[str, str], Decimal]:
	"""(item code, ERPNext warehouse) → units. Three queries at most.

	Args:
		shop: computes its numbers, and so sends them.
		warehouses: the ERPNext warehouses concerned.
	"""
	rows = _rows(warehouses)
	kept = _kept(shop, rows)
	first: dict[Place, str] = {}
	for row in rows:
		# Orders take their goods from the first warehouse of the mapping, so only that one counts.
		first.setdefault((row.shop, row.channel), row.warehouse)
	listing = frappe.qb.DocType("Marketplace Listing")
	found = [*_on_sale(first.keys() - kept), *_on_sale(kept, listing.publish_stock == 0)]
	totals: dict[tuple[str, str], Decimal] = {}
	for item, owner, channel, quantity in found:
		if item:
			key = (item, first[owner, channel])
			totals[key] = totals.get(key, Decimal(0)) + Decimal(str(quantity))
	return totals


# --- inside ----------------------------------------------------------------------------------------


def _rows(warehouses: Sequence[str]) -> list[frappe._dict]:
	"""Mappings of all shops to these warehouses, in their order. One query."""
	place = frappe.qb.DocType("Marketplace Shop Warehouse")
	shop = frappe.qb.DocType("Marketplace Shop")
	stream = frappe.qb.DocType("Marketplace Stream")
	return (
		frappe.qb.from_(place)
		.inner_join(shop)
		.on(shop.name == place.parent)
		.left_join(stream)
		.on((stream.shop == shop.name) & (stream.stream == "stock"))
		.select(
			shop.name.as_("shop"),
			shop.marketplace,
			place.channel_warehouse_id.as_("channel"),
			place.stock_group,
			place.warehouse,
			(shop.enabled * Coalesce(stream.enabled, 0)).as_("sends"),
			(place.publish_stock * place.is_active).as_("published"),
		)
		.where(place.parenttype == "Marketplace Shop")
		.where(place.warehouse.isin(list(warehouses) or [""]))
		.where(Coalesce(place.scheme, "") != "FBO")
		.orderby(place.parent)
		.orderby(place.idx)
	).run(as_dict=True)


def _kept(shop: str, rows: Iterable[frappe._dict]) -> set[Place]:
	"""Channel warehouses whose numbers are sent, by themselves or by another one that shows the same number."""
	sent = [row for row in rows if row.published and (row.sends or row.shop == shop)]
	places = {(row.shop, row.channel) for row in sent}
	numbers = {(row.marketplace, row.stock_group) for row in sent if row.stock_group}
	return places | {(row.shop, row.channel) for row in rows if (row.marketplace, row.stock_group) in numbers}


def _on_sale(places: Collection[Place], condition: Any = None) -> list[tuple]:
	"""Item, shop, channel warehouse and units that levels of these channel warehouses say are on sale. One
	query, none without places.

	A card nobody links to an item any more was told nothing is there, and an archived one is not on sale.
	"""
	if not places:
		return []
	level = frappe.qb.DocType(levels.DOCTYPE)
	listing = frappe.qb.DocType("Marketplace Listing")
	part = frappe.qb.DocType("Marketplace Listing Component")
	item = Case().when(listing.is_kit == 1, part.item).else_(listing.item)
	units = levels.on_sale(level)
	query = (
		frappe.qb.from_(level)
		.inner_join(listing)
		.on(listing.name == level.listing)
		.left_join(part)
		.on(
			(part.parent == listing.name) & (part.parenttype == "Marketplace Listing") & (listing.is_kit == 1)
		)
		.select(item, level.shop, level.channel_warehouse_id, Sum(units * Coalesce(part.qty, 1)))
		.where(units > 0)
		.where(listing.match_status == "Matched")
		.where(listing.state != "Archived")
		.where(_is_of(level, listing, places))
		.groupby(item, level.shop, level.channel_warehouse_id)
	)
	return (query.where(condition) if condition is not None else query).run()


def _is_of(level: Any, listing: Any, places: Collection[Place]) -> Any:
	channels: dict[str, list[str]] = {}
	for shop, channel in sorted(places):
		channels.setdefault(shop, []).append(channel)
	return _any(
		# Of both tables, so that the database may begin with the one that has fewer.
		(level.shop == shop) & (listing.shop == shop) & level.channel_warehouse_id.isin(found)
		for shop, found in channels.items()
	)


def _any(conditions: Iterable[Any]) -> Any:
	return reduce(or_, conditions)
