"""What each listing should promise in each channel warehouse: computed for a whole shop in one pass.

One query streams listings with their items and bins; what changed is written in a few large statements.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

import frappe
from frappe.query_builder.functions import Coalesce
from pypika import Case

from crm_marketplace.rules.stock import Component, ItemStock, Publishable, publishable, split
from crm_marketplace.sync import bulk, reader
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.stock import levels
from crm_marketplace.sync.stock.waiting import waiting_by_warehouse

POLICY_FIELDS = ("own_stock_policy", "stock_buffer", "stock_share", "stock_maximum", "stock_stop_at")
LISTING, COMPONENT, BIN, LEVEL = slice(0, 8), slice(8, 10), slice(10, 17), slice(17, 20)


@dataclass(frozen=True, slots=True)
class Desired:
	"""The number for one listing in one channel warehouse."""

	listing: str
	external_id: str
	offer_id: str
	channel_warehouse_id: str
	result: Publishable


def channel_warehouses(shop: Shop) -> dict[str, list[str]]:
	"""Channel warehouse id → ERPNext warehouses that count for it. Inactive ones are left out."""
	found: dict[str, list[str]] = {}
	for row in shop.doc.warehouses:
		if row.publish_stock and row.warehouse and row.is_active and row.scheme != "FBO":
			found.setdefault(row.channel_warehouse_id, []).append(row.warehouse)
	return found


def refresh(shop: Shop, listings: Sequence[str] | None = None) -> int:
	"""Bring the desired quantities of a shop up to date. Returns how many changed.

	Args:
		listings: only these; all of the shop if None.
	"""
	channels = channel_warehouses(shop)
	if not channels:
		return 0
	writer = levels.writer(levels.DESIRED_FIELDS, total=_estimate(shop, listings) * len(channels))
	count = 0
	frappe.db.commit()  # the reader sees what is committed only
	with reader.reading() as connection:
		for desired, current in compute(shop, channels, connection, listings):
			if current == desired.result.quantity:
				continue
			count += 1
			writer.add(_row(shop, desired))
	writer.flush()
	return count


def compute(
	shop: Shop, channels: dict[str, list[str]], connection, listings: Sequence[str] | None = None
) -> Iterator[tuple[Desired, int | None]]:
	"""Every listing × channel warehouse of a shop with what it should be and what was desired before.

	Memory does not grow with the number of listings.
	"""
	warehouses = sorted({warehouse for group in channels.values() for warehouse in group})
	waiting = waiting_by_warehouse(warehouses)
	rows = reader.stream(connection, _query(shop, warehouses, channels, listings))
	for _name, group in groupby(rows, key=itemgetter(0)):
		yield from _listing(shop, channels, list(group), waiting)


def explain(result: Publishable) -> str:
	"""The explanation as it is stored: pairs of term and value."""
	return json.dumps([[term.code, float(term.value)] for term in result.terms])


# --- inside ----------------------------------------------------------------------------------------


def _query(shop: Shop, warehouses: list[str], channels: dict, listings: Sequence[str] | None):
	listing = frappe.qb.DocType("Marketplace Listing")
	part = frappe.qb.DocType("Marketplace Listing Component")
	bin_ = frappe.qb.DocType("Bin")
	level = frappe.qb.DocType("Marketplace Stock Level")
	item = Case().when(listing.is_kit == 1, part.item).else_(listing.item)
	query = (
		frappe.qb.from_(listing)
		.left_join(part)
		.on(
			(part.parent == listing.name) & (part.parenttype == "Marketplace Listing") & (listing.is_kit == 1)
		)
		.left_join(bin_)
		.on((bin_.item_code == item) & bin_.warehouse.isin(warehouses))
		.left_join(level)
		.on((level.listing == listing.name) & level.channel_warehouse_id.isin(list(channels)))
		.select(
			listing.name,
			listing.external_id,
			listing.offer_id,
			*(listing[field] for field in POLICY_FIELDS),
			item,
			Coalesce(part.qty, 1),
			bin_.warehouse,
			bin_.actual_qty,
			bin_.reserved_qty,
			bin_.reserved_stock,
			bin_.reserved_qty_for_production,
			bin_.reserved_qty_for_sub_contract,
			bin_.reserved_qty_for_production_plan,
			level.channel_warehouse_id,
			level.desired,
			level.name,
		)
		.where(listing.shop == shop.name)
		.where(listing.match_status == "Matched")
		.where(listing.publish_stock == 1)
		.where(listing.state != "Archived")
		.orderby(listing.name)
	)
	return query.where(listing.name.isin(list(listings))) if listings is not None else query


def _listing(
	shop: Shop, channels: dict[str, list[str]], rows: list[tuple], waiting: dict[tuple[str, str], Decimal]
) -> Iterator[tuple[Desired, int | None]]:
	name, external_id, offer_id = rows[0][:3]
	policy = shop.stock_policy(dict(zip(POLICY_FIELDS, rows[0][3:8], strict=True)))
	components = [
		Component(code, Decimal(str(qty)))
		for code, qty in dict.fromkeys(row[COMPONENT] for row in rows)
		if code
	]
	bins = {(row[8], row[10]): row[BIN] for row in rows if row[10]}
	current = {row[17]: row[18] for row in rows if row[17]}
	results: dict[str, Publishable] = {}
	for channel, warehouses in channels.items():
		stock = {part.item_code: _stock(part.item_code, warehouses, bins, waiting) for part in components}
		results[channel] = publishable(components, stock, policy, channel_maximum=shop.info.maximum_stock)
	if len(channels) > 1:
		results = split(results, {channel: frozenset(names) for channel, names in channels.items()})
	for channel, result in results.items():
		yield Desired(name, external_id, offer_id, channel, result), current.get(channel)


def _stock(
	item: str,
	warehouses: Iterable[str],
	bins: dict[tuple[str, str], tuple],
	waiting: dict[tuple[str, str], Decimal],
) -> ItemStock:
	"""Sum over the warehouses of a channel warehouse."""
	totals = [Decimal(0)] * 5
	for warehouse in warehouses:
		row = bins.get((item, warehouse))
		if row:
			_warehouse, actual, ordered, reserved, *production = (_decimal(value) for value in row)
			totals[0] += actual
			totals[1] += ordered
			totals[2] += reserved
			totals[3] += sum(production, Decimal(0))
		totals[4] += waiting.get((item, warehouse), Decimal(0))
	return ItemStock(*totals)


def _decimal(value) -> Decimal:
	return Decimal(str(value)) if isinstance(value, int | float) else Decimal(0)


def _row(shop: Shop, desired: Desired) -> tuple:
	return (
		*bulk.standard_values(),
		desired.listing,
		shop.name,
		desired.offer_id,
		desired.external_id,
		desired.channel_warehouse_id,
		desired.result.quantity,
		explain(desired.result),
		1,
	)


def _estimate(shop: Shop, listings: Sequence[str] | None) -> int:
	if listings is not None:
		return len(listings)
	return frappe.db.count("Marketplace Listing", {"shop": shop.name})
