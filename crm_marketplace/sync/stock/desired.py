"""What each listing should promise in each channel warehouse: computed for a whole shop in one pass.

One query streams listings with their items and bins; what changed is written in a few large statements.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import groupby
from operator import itemgetter

import frappe
from frappe.query_builder.functions import Coalesce
from pypika import Case
from pypika.terms import ValueWrapper

from crm_marketplace.rules.division import shared, sold_otherwise, split
from crm_marketplace.rules.pools import Claim, channel_pools
from crm_marketplace.rules.stock import Component, ItemStock, Publishable, pooled, publishable
from crm_marketplace.sync import bulk, clock, reader
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.stock import levels
from crm_marketplace.sync.stock.leftovers import left_on_sale
from crm_marketplace.sync.stock.sharing import Rivals, other_cards, quantities
from crm_marketplace.sync.stock.waiting import waiting_by_warehouse

POLICY_FIELDS = (
	"own_stock_policy",
	"stock_buffer",
	"stock_share",
	"stock_maximum",
	"stock_stop_at",
	"automatic_buffer",
	"auto_buffer",
	"stock_priority",
)
# Columns of `_query`, in its order.
LISTING, POLICY, COMPONENT, BIN, LEVEL = slice(3), slice(3, 11), slice(11, 13), slice(13, 20), slice(20, 23)
SELLERS, CARDS = 23, 24


@dataclass(frozen=True, slots=True)
class Desired:
	"""The number for one listing in one channel warehouse."""

	listing: str
	external_id: str
	offer_id: str
	channel_warehouse_id: str
	result: Publishable


@dataclass(frozen=True, slots=True)
class Places:
	"""Where the goods of a shop lie.

	Args:
		channels: channel warehouse id → ERPNext warehouses that count for it, in the order of the mapping.
		others: warehouses of further channel warehouses, of any shop, that have goods in common with ours.
		warehouses: all of them.
		waiting: (item, warehouse) → units in orders no Sales Order reserves yet.
		left: (item, warehouse) → units still on sale where no stock is sent any more.
		rivals: shops that promise goods of these warehouses, too.
	"""

	channels: dict[str, list[str]]
	others: list[list[str]]
	warehouses: list[str]
	waiting: dict[tuple[str, str], Decimal]
	left: dict[tuple[str, str], Decimal]
	rivals: Rivals

	@classmethod
	def of(cls, shop: Shop, channels: dict[str, list[str]]) -> Places:
		others = other_pools(shop, channels)
		warehouses = sorted({warehouse for pool in [*channels.values(), *others] for warehouse in pool})
		rivals = Rivals.of(shop, channels)
		# Where all is offered everywhere, nobody loses what another one promises.
		left = left_on_sale(shop.name, warehouses) if rivals.divides else {}
		return cls(channels, others, warehouses, waiting_by_warehouse(warehouses), left, rivals)


def channel_warehouses(shop: Shop) -> dict[str, list[str]]:
	"""Channel warehouse id → ERPNext warehouses that count for it. Inactive ones are left out; of those that
	hold one number between them the first is told the number.
	"""
	return channel_pools(
		(row.channel_warehouse_id, row.stock_group, row.warehouse)
		for row in shop.doc.warehouses
		if row.publish_stock and row.warehouse and row.is_active and row.scheme != "FBO"
	)


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
				writer.skip()
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
	places = Places.of(shop, channels)
	rows = reader.stream(connection, _query(shop, places, listings))
	for _name, group in groupby(rows, key=itemgetter(0)):
		yield from _listing(shop, places, list(group))


def other_pools(shop: Shop, channels: dict[str, list[str]]) -> list[list[str]]:
	"""ERPNext warehouses of further channel warehouses, of any shop, that have goods in common with ours,
	directly or through others. One query."""
	pools: dict[tuple[str, str], list[str]] = {}
	for row in frappe.get_all(
		"Marketplace Shop Warehouse",
		filters={"parenttype": "Marketplace Shop", "warehouse": ("is", "set"), "scheme": ("!=", "FBO")},
		fields=["parent", "channel_warehouse_id", "warehouse"],
		order_by="parent, idx",
	):
		if row.parent != shop.name or row.channel_warehouse_id not in channels:
			pools.setdefault((row.parent, row.channel_warehouse_id), []).append(row.warehouse)
	ours = {warehouse for pool in channels.values() for warehouse in pool}
	found: list[list[str]] = []
	while near := [key for key, pool in pools.items() if not ours.isdisjoint(pool)]:
		found += [pools.pop(key) for key in near]
		ours.update(*found)
	return found


def explain(result: Publishable) -> str:
	"""The explanation as it is stored: pairs of term and value."""
	return json.dumps([[term.code, float(term.value)] for term in result.terms])


# --- inside ----------------------------------------------------------------------------------------


def _query(shop: Shop, places: Places, listings: Sequence[str] | None):
	listing = frappe.qb.DocType("Marketplace Listing")
	part = frappe.qb.DocType("Marketplace Listing Component")
	bin_ = frappe.qb.DocType("Bin")
	level = frappe.qb.DocType("Marketplace Stock Level")
	item = Case().when(listing.is_kit == 1, part.item).else_(listing.item)
	sellers, cards = places.rivals.sellers(), places.rivals.cards()
	query = (
		frappe.qb.from_(listing)
		.left_join(part)
		.on(
			(part.parent == listing.name) & (part.parenttype == "Marketplace Listing") & (listing.is_kit == 1)
		)
		.left_join(bin_)
		.on((bin_.item_code == item) & bin_.warehouse.isin(places.warehouses))
		.left_join(level)
		.on((level.listing == listing.name) & level.channel_warehouse_id.isin(list(places.channels)))
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
			level.refused_until,
			sellers.offers if sellers else ValueWrapper(None),
			cards.offers if cards else ValueWrapper(None),
		)
		.where(listing.shop == shop.name)
		.where(listing.match_status == "Matched")
		.where(listing.publish_stock == 1)
		.where(listing.state != "Archived")
		.orderby(listing.name)
	)
	for offers in filter(None, (sellers, cards)):
		query = query.left_join(offers).on(offers.item == item)
	return query.where(listing.name.isin(list(listings))) if listings is not None else query


def _listing(shop: Shop, places: Places, rows: list[tuple]) -> Iterator[tuple[Desired, int | None]]:
	name, external_id, offer_id = rows[0][LISTING]
	policy = shop.stock_policy(dict(zip(POLICY_FIELDS, rows[0][POLICY], strict=True)))
	components = [
		Component(code, Decimal(str(qty)))
		for code, qty in dict.fromkeys(row[COMPONENT] for row in rows)
		if code
	]
	sellers = {row[COMPONENT][0]: row[SELLERS] for row in rows}
	others = places.rivals.of_listing(sellers.values())
	alone = replace(policy, share=Decimal(100)) if others else policy  # shares are what the shops divide by
	bins = {(row[COMPONENT][0], row[BIN][0]): row[BIN] for row in rows if row[BIN][0]}
	current = {row[LEVEL][0]: row[LEVEL][1] for row in rows if row[LEVEL][0]}
	refused = {
		channel
		for channel, _desired, until in (row[LEVEL] for row in rows)
		if until and until > clock.site_now()
	}
	stock = {part.item_code: _stock_of(part.item_code, places, bins) for part in components}
	results = {
		channel: publishable(
			components,
			{code: by_channel[channel] for code, by_channel in stock.items()},
			alone,
			channel_maximum=shop.info.maximum_stock,
		)
		for channel in places.channels
	}
	cards = {row[COMPONENT][0]: row[CARDS] for row in rows}
	priority = rows[0][POLICY][POLICY_FIELDS.index("stock_priority")] or 0
	# Whoever divides an item must agree whether that is done in pieces: all its sellers count.
	units = {code: quantities(sellers[code]) | quantities(cards[code]) for code in sellers}
	mixed = sold_otherwise(components, units)
	if others:
		own = places.rivals.own_of(priority, cards.values())
		results = {key: shared(result, own, others, policy.share, mixed) for key, result in results.items()}
	if rivals := other_cards(name, cards.values()):
		card = Claim(name, priority=priority)
		results = {
			key: shared(result, card, rivals, Decimal(100), mixed, "cards") for key, result in results.items()
		}
	for channel, result in split(results, places.channels, refused).items():
		yield Desired(name, external_id, offer_id, channel, result), current.get(channel)


def _stock_of(item: str, places: Places, bins: dict[tuple[str, str], tuple]) -> dict[str, ItemStock]:
	"""Channel warehouse → an item's stock there."""
	stock = {
		warehouse: _stock(
			bins.get((item, warehouse)),
			places.waiting.get((item, warehouse), Decimal(0)),
			places.left.get((item, warehouse), Decimal(0)),
		)
		for warehouse in places.warehouses
	}
	return pooled(stock, places.channels, places.others)


def _stock(row: tuple | None, waiting: Decimal, left: Decimal) -> ItemStock:
	"""An item in one warehouse.

	Args:
		row: columns of its Bin, None when it has none.
	"""
	if row is None:
		return ItemStock(waiting=waiting, left=left)
	_warehouse, actual, ordered, reserved, *production = (_decimal(value) for value in row)
	return ItemStock(actual, ordered, reserved, sum(production, Decimal(0)), waiting, left=left)


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
