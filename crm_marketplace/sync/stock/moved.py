"""What orders do to stock: the marketplace changes its number by itself, and less or more is free for all."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import frappe
from pypika import Case

from crm_marketplace.integrations.records import Order, OrderStatus
from crm_marketplace.rules.orders import SHIPPED_BY_SELLER
from crm_marketplace.sync import changes
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.stock import desired, levels
from crm_marketplace.sync.stock.waiting import OPEN

# With these the goods leave, or have left: the marketplace took them off its number with the order.
ON_THE_WAY = frozenset({OrderStatus.SHIPPED, OrderStatus.DELIVERED})


def follow_orders(
	shop: Shop, orders: Iterable[tuple[Order, str | None]], earlier_offers: Mapping[str, Collection[str]]
) -> None:
	"""Put the numbers of what was ordered or cancelled in doubt, and tell all shops that sell the goods.

	Call in the transaction that stores the orders. Two queries whatever the number of orders, none where
	nothing moved.

	Args:
		orders: each with the status it had before, None for a new one.
		earlier_offers: external id → offer ids an order had before; it may have lost some.
	"""
	moved = [(order, before) for order, before in orders if _moves_goods(order, before)]
	if not moved:
		return
	offers = {order.external_id: _offers(order, earlier_offers) for order, _before in moved}
	rows = _goods(shop.name, set().union(*offers.values()))
	changes.mark(item for _listing, _offer, item in rows)
	sold = [order for order, before in moved if before is None or order.status not in ON_THE_WAY]
	wanted = set().union(*(offers[order.external_id] for order in sold))
	listings = {listing for listing, offer, _item in rows if offer in wanted}
	if listings:
		levels.doubt(sorted(listings), _channels(shop, {order.warehouse_id for order in sold}))


def _moves_goods(order: Order, before: str | None) -> bool:
	"""Whether goods of ours may be promised to the order, or no longer: lines of an open one may change."""
	return order.scheme in SHIPPED_BY_SELLER and (before != order.status.value or order.status.value in OPEN)


def _offers(order: Order, earlier_offers: Mapping[str, Collection[str]]) -> set[str]:
	return {line.offer_id for line in order.lines}.union(earlier_offers.get(order.external_id, ()))


def _goods(shop: str, offers: Collection[str]) -> list[tuple[str, str, str]]:
	"""Listing, offer id and item of linked listings; a set has a row for each item. One query."""
	listing = frappe.qb.DocType("Marketplace Listing")
	part = frappe.qb.DocType("Marketplace Listing Component")
	item = Case().when(listing.is_kit == 1, part.item).else_(listing.item)
	return (
		frappe.qb.from_(listing)
		.left_join(part)
		.on(
			(part.parent == listing.name) & (part.parenttype == "Marketplace Listing") & (listing.is_kit == 1)
		)
		.select(listing.name, listing.offer_id, item)
		.where(listing.shop == shop)
		.where(listing.offer_id.isin(sorted(offers) or [""]))
		.where(listing.match_status == "Matched")
	).run()


def _channels(shop: Shop, sold_from: Collection[str | None]) -> list[str]:
	"""Published channel warehouses whose numbers orders from these ones change. A warehouse we do not know
	may be any of them."""
	rows = {row.channel_warehouse_id: row for row in shop.doc.warehouses}
	published = list(desired.channel_warehouses(shop))
	if any(channel not in rows for channel in sold_from):
		return published
	groups = {rows[channel].stock_group for channel in sold_from} - {None, ""}
	return [channel for channel in published if channel in sold_from or rows[channel].stock_group in groups]
