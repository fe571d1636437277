"""Which order, listing and Item a return or a review is about. A constant number of queries."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import frappe
from pypika import Criterion

from crm_marketplace.integrations.records import ReturnLine, Review

FIELDS = ("name", "external_id", "offer_id", "item", "title", "marketplace_ids", "barcodes")


@dataclass(frozen=True, slots=True)
class Cards:
	"""Listings of a shop that a page speaks of."""

	by_id: Mapping[str, frappe._dict] = field(default_factory=dict)
	by_offer: Mapping[str, frappe._dict] = field(default_factory=dict)
	by_pair: Mapping[tuple[str, str], Sequence[frappe._dict]] = field(default_factory=dict)

	def of(self, told: ReturnLine | Review) -> frappe._dict:
		"""Name and item of the listing; empty where it is not known yet."""
		exact = self.by_id.get(told.listing_id or "") or self.by_offer.get(told.offer_id or "")
		if exact:
			return exact
		found = [row for pair in told.marketplace_ids.items() for row in self.by_pair.get(pair, ())]
		return max(found, key=lambda row: _likeness(row, told), default=frappe._dict())


def cards_of(shop: str, told: Iterable[ReturnLine | Review]) -> Cards:
	"""The listings these speak of, by whichever ids they give. One query, two where only the marketplace's own
	ids are given (of a card with several sizes, or of goods without an offer id).
	"""
	told = list(told)
	ids = sorted({one.listing_id for one in told if one.listing_id})
	offers = sorted({one.offer_id for one in told if one.offer_id})
	rows = (
		frappe.get_all(
			"Marketplace Listing",
			filters={"shop": shop},
			or_filters=[["external_id", "in", ids or [""]], ["offer_id", "in", offers or [""]]],
			fields=list(FIELDS),
		)
		if ids or offers
		else []
	)
	cards = Cards({row.external_id: row for row in rows}, {row.offer_id: row for row in rows})
	pairs = {pair for one in told if not cards.of(one) for pair in one.marketplace_ids.items()}
	return replace(cards, by_pair=_by_pair(shop, pairs)) if pairs else cards


def _by_pair(shop: str, pairs: set[tuple[str, str]]) -> dict[tuple[str, str], list[frappe._dict]]:
	"""Listings by (name of the id, id). Reads the shop's listings once: their ids are kept as one text."""
	listing = frappe.qb.DocType("Marketplace Listing")
	texts = sorted(re.escape(json.dumps({name: id_}, ensure_ascii=False)[1:-1]) for name, id_ in pairs)
	rows = (
		frappe.qb.from_(listing)
		.select(*(listing[name] for name in FIELDS))
		.where((listing.shop == shop) & listing.marketplace_ids.regexp("|".join(texts)))
		.orderby(listing.external_id)
	).run(as_dict=True)
	found: dict[tuple[str, str], list[frappe._dict]] = {}
	for row in rows:
		for pair in json.loads(row.marketplace_ids or "{}").items():
			if pair in pairs:
				found.setdefault(pair, []).append(row)
	return found


def _likeness(row: frappe._dict, told: ReturnLine | Review) -> tuple[int, int]:
	"""Which of several sizes of a card is meant: the one whose barcode, or whose name, is told."""
	barcodes = set((row.barcodes or "").split())
	return len(barcodes & set(told.marketplace_ids.values())), int(
		bool(told.title) and told.title == row.title
	)


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
