"""Which order, listing and Item a return or a review is about. A constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import frappe
from pypika import Criterion

from crm_marketplace.integrations.records import ReturnLine, Review


@dataclass(frozen=True, slots=True)
class Cards:
	"""Listings of a shop that a page speaks of."""

	by_id: Mapping[str, frappe._dict] = field(default_factory=dict)
	by_offer: Mapping[str, frappe._dict] = field(default_factory=dict)

	def of(self, told: ReturnLine | Review) -> frappe._dict:
		"""Name and item of the listing; empty where it is not known yet."""
		return (
			self.by_id.get(told.listing_id or "") or self.by_offer.get(told.offer_id or "") or frappe._dict()
		)


def cards_of(shop: str, told: Iterable[ReturnLine | Review]) -> Cards:
	"""The listings these speak of. One query."""
	told = list(told)
	ids = sorted({one.listing_id for one in told if one.listing_id})
	offers = sorted({one.offer_id for one in told if one.offer_id})
	if not ids and not offers:
		return Cards()
	rows = frappe.get_all(
		"Marketplace Listing",
		filters={"shop": shop},
		or_filters=[["external_id", "in", ids or [""]], ["offer_id", "in", offers or [""]]],
		fields=["name", "external_id", "offer_id", "item", "title"],
	)
	return Cards({row.external_id: row for row in rows}, {row.offer_id: row for row in rows})


def link_orders(doctype: str, shop: str, fields: Mapping[str, str]) -> int:
	"""Link what names an order that we have by now, and what was made of the order since. One query, and an
	update for each hundred found.

	Args:
		fields: our field → field of Marketplace Order ("name" is its link).

	Returns:
		How many were linked.
	"""
	table, order = frappe.qb.DocType(doctype), frappe.qb.DocType("Marketplace Order")
	news = [table[ours].isnull() & order[theirs].isnotnull() for ours, theirs in fields.items()]
	rows = (
		frappe.qb.from_(table)
		.join(order)
		.on((order.shop == table.shop) & (order.external_id == table.order_external_id))
		.select(table.name, *(order[theirs].as_(f"order_{ours}") for ours, theirs in fields.items()))
		.where((table.shop == shop) & table.order_external_id.isnotnull() & Criterion.any(news))
	).run(as_dict=True)
	if rows:
		frappe.db.bulk_update(
			doctype,
			{row.name: {ours: row[f"order_{ours}"] for ours in fields} for row in rows},
			update_modified=False,
		)
	return len(rows)
