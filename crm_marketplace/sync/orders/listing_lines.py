"""Order lines that name their listing: the listing says under which offer id its goods are known.

Some marketplaces put an article into orders that several listings share (sizes of a card), and the id of the
listing beside it. Everything after this goes by offer id alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import frappe
from pypika import Case

from crm_marketplace.integrations.records import Order


def offers_of(shop: str, orders: Iterable[Order]) -> dict[str, str]:
	"""Listing id → offer id, for listings these orders name and we know. One query, none without such lines."""
	ids = sorted({line.listing_id for order in orders for line in order.lines if line.listing_id})
	if not ids:
		return {}
	return dict(
		frappe.get_all(
			"Marketplace Listing",
			filters={"shop": shop, "external_id": ("in", ids)},
			fields=["external_id", "offer_id"],
			as_list=True,
		)
	)


def with_offers(order: Order, offers: Mapping[str, str]) -> Order:
	"""The order with its lines under their listings' offer ids; the same object where nothing differs."""
	lines = tuple(
		line.model_copy(update={"offer_id": offers[line.listing_id]})
		if line.listing_id and offers.get(line.listing_id, line.offer_id) != line.offer_id
		else line
		for line in order.lines
	)
	return order if lines == order.lines else order.model_copy(update={"lines": lines})


def correct_rows(orders: Mapping[str, Order]) -> None:
	"""Bring the stored lines of orders in line: their listings were pulled after them. One update per order.

	Args:
		orders: Marketplace Order name → the order with the offer ids of its listings.
	"""
	line = frappe.qb.DocType("Marketplace Order Line")
	for name, order in orders.items():
		case = Case()
		for row in order.lines:
			case = case.when(line.line_id == row.line_id, row.offer_id)
		(
			frappe.qb.update(line)
			.set(line.offer_id, case.else_(line.offer_id))
			.where(line.parent == name)
			.where(line.parenttype == "Marketplace Order")
		).run()
