"""Goods in orders that no submitted Sales Order reserves: held, unprocessed, ignored, by policy without one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Coalesce, Sum
from pypika import Case

from crm_marketplace.integrations.records import OrderStatus
from crm_marketplace.rules.orders import SHIPPED_BY_SELLER

OPEN = [
	status.value
	for status in (OrderStatus.PENDING, OrderStatus.AWAITING_PACKING, OrderStatus.AWAITING_SHIPMENT)
]

# Their goods left the house, but ERPNext does not know yet.
GONE = [OrderStatus.SHIPPED.value, OrderStatus.DELIVERED.value]
UNFINISHED = ["To Process", "On Hold"]
# An order a person left out is still the buyer's: the marketplace waits for its goods.
STATES = [*UNFINISHED, "Done", "Ignored"]


def waiting_by_warehouse(warehouses: Sequence[str]) -> dict[tuple[str, str], Decimal]:
	"""(item code, ERPNext warehouse) → units promised to buyers and reserved by nobody. One query.

	Orders of all shops count that take their goods from these warehouses. Lines without an item reserve
	nothing: there is nothing to reserve.
	"""
	order = frappe.qb.DocType("Marketplace Order")
	line = frappe.qb.DocType("Marketplace Order Line")
	listing = frappe.qb.DocType("Marketplace Listing")
	part = frappe.qb.DocType("Marketplace Listing Component")
	place = frappe.qb.DocType("Marketplace Shop Warehouse")
	reserving = frappe.qb.DocType("Sales Order")
	item = Case().when(listing.is_kit == 1, part.item).else_(listing.item)
	rows = (
		frappe.qb.from_(order)
		.inner_join(line)
		.on((line.parent == order.name) & (line.parenttype == "Marketplace Order"))
		.inner_join(listing)
		.on(
			(listing.shop == order.shop)
			& (listing.offer_id == line.offer_id)
			& (listing.match_status == "Matched")
		)
		.left_join(part)
		.on(
			(part.parent == listing.name) & (part.parenttype == "Marketplace Listing") & (listing.is_kit == 1)
		)
		.inner_join(place)
		.on(
			(place.parent == order.shop)
			& (place.parenttype == "Marketplace Shop")
			& (
				(place.channel_warehouse_id == order.channel_warehouse_id)
				| (Coalesce(order.channel_warehouse_id, "") == "")
			)
		)
		# A draft or cancelled Sales Order reserves nothing in ERPNext.
		.left_join(reserving)
		.on((reserving.name == order.sales_order) & (reserving.docstatus == 1))
		.select(item, place.warehouse, place.idx, order.name, Sum(line.quantity * Coalesce(part.qty, 1)))
		# By state and status, because that is what the index is made of.
		.where(
			(order.state.isin(STATES) & order.status.isin(OPEN))
			| (order.state.isin(UNFINISHED) & order.status.isin(GONE))
		)
		.where(order.scheme.isin([scheme.value for scheme in SHIPPED_BY_SELLER]))
		.where(reserving.name.isnull())
		.where(place.warehouse.isin(list(warehouses)))
		.groupby(item, place.warehouse, place.idx, order.name)
		.orderby(place.idx)
	).run()
	totals: dict[tuple[str, str], Decimal] = {}
	taken: set[tuple[str, str]] = set()
	for code, warehouse, _index, name, quantity in rows:
		# Orders take their goods from the first warehouse of the mapping, so only that one counts.
		if code and (name, code) not in taken:
			taken.add((name, code))
			totals[(code, warehouse)] = totals.get((code, warehouse), Decimal(0)) + Decimal(str(quantity))
	return totals
