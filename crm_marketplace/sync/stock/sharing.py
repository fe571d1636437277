"""Which shops sell the same goods from the same warehouses: they divide what is free."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

import frappe
from pypika import CustomFunction
from pypika.functions import Concat, Count
from pypika.terms import ValueWrapper

from crm_marketplace.rules.pools import Claim, to_reckon_with
from crm_marketplace.sync.shops import Shop

OFFER_ALL = "Offer all in each shop"
JsonList = CustomFunction("JSON_ARRAYAGG", ["value"])
Number = tuple[str, str]  # marketplace, stock group


@dataclass(frozen=True, slots=True)
class Rivals:
	"""Shops that take goods from our warehouses.

	Args:
		own: our claim on what we share.
		claims: shop → its claim.
		numbers: shop → what it holds stock numbers by together with other shops of its account; a shop with
			a number of its own is missing.
		divides: whether goods are divided at all, between shops and between cards of ours.
	"""

	own: Claim
	claims: Mapping[str, Claim] = field(default_factory=dict)
	numbers: Mapping[str, frozenset[Number]] = field(default_factory=dict)
	divides: bool = True

	@classmethod
	def of(cls, shop: Shop, channels: Mapping[str, Iterable[str]]) -> Rivals:
		"""Enabled shops with stock switched on and a warehouse in common with `channels`. Two queries.

		A shop that shows the very numbers we show is no rival: what it promises is what we promise.
		"""
		own = _claim(shop.name, shop.doc)
		if frappe.db.get_single_value("Marketplace Settings", "shared_stock") == OFFER_ALL:
			return cls(own, divides=False)
		ours = {warehouse for group in channels.values() for warehouse in group}
		own_places = [
			(row.warehouse, _number(shop.doc.marketplace, row.stock_group))
			for row in shop.doc.warehouses
			if row.warehouse in ours and row.channel_warehouse_id in channels
		]
		claims: dict[str, Claim] = {}
		places: dict[str, list[tuple[str, Number | None]]] = {}
		for row in _shops(shop.name, ours):
			claims[row.name] = _claim(row.name, row)
			places.setdefault(row.name, []).append((row.warehouse, _number(row.marketplace, row.stock_group)))
		numbers = {name: found for name, rows in places.items() if (found := _numbers(rows))}
		for name, shown in numbers.items():
			common = {warehouse for warehouse, _shown in places[name]}
			if shown == _numbers([place for place in own_places if place[0] in common]):
				del claims[name]
		return cls(own, claims, numbers)

	def sellers(self) -> Any:
		"""Subquery: item → JSON list of the rivals that publish it, alone or in a kit, each after the units one
		sale takes. None without rivals.
		"""
		if not self.claims:
			return None
		return _offers_by_item(list(self.claims), "shop").as_("sellers")

	def cards(self) -> Any:
		"""Subquery: item → JSON list of our cards that publish it, where it is more than one, each after the
		units one sale takes. None where nothing is divided.
		"""
		if not self.divides:
			return None
		return _offers_by_item([self.own.key], "name").having(Count("*") > 1).as_("cards")

	def of_listing(self, lists: Iterable[str | None]) -> list[Claim]:
		"""Claims of those rivals that publish something of a listing, the priority of their cards counted in.

		Args:
			lists: the `offers` column of `sellers` for each of its items.
		"""
		priorities: dict[str, int] = {}
		for offer in (offer for text in lists for offer in _offers(text)):
			priority = offer.priority or self.claims[offer.seller].priority
			priorities[offer.seller] = max(priority, priorities.get(offer.seller, priority))
		claims = (replace(self.claims[name], priority=priorities[name]) for name in sorted(priorities))
		return to_reckon_with(claims, self.numbers)

	def own_of(self, priority: int, lists: Iterable[str | None]) -> Claim:
		"""Our claim on a listing's goods, as the rivals see it: by the strongest of our cards of an item. Of a
		set's items the weakest counts, so that we never take for ours what a rival takes for his.

		Args:
			priority: the listing's own; 0 for the shop's.
			lists: the `offers` column of `cards` for each of its items; None where it is the only card.
		"""
		own = priority or self.own.priority
		strongest = [
			max(offer.priority or self.own.priority for offer in _offers(text)) if text else own
			for text in lists
		]
		return replace(self.own, priority=min(strongest, default=own))


def other_cards(listing: str, lists: Iterable[str | None]) -> list[Claim]:
	"""Claims of our other cards of the same goods, all alike but for their priority.

	Args:
		lists: the `offers` column of `cards` for each of the listing's items.
	"""
	found = {offer.seller: offer.priority for text in lists for offer in _offers(text)}
	return [Claim(name, priority=priority) for name, priority in sorted(found.items()) if name != listing]


def quantities(text: str | None) -> set[Decimal]:
	"""How many units of an item one sale takes in the rivals' shops, or in our cards.

	Args:
		text: the `offers` column of `sellers` or `cards` for the item.
	"""
	return {offer.quantity for offer in _offers(text)}


# --- inside ----------------------------------------------------------------------------------------


def _offers_by_item(shops: list[str], seller: str) -> Any:
	"""Query: item → `offers`, a JSON list of who publishes it in these shops, alone or in a kit.

	Args:
		seller: the field of Marketplace Listing that says who: "shop" or "name".
	"""
	listing = frappe.qb.DocType("Marketplace Listing")
	part = frappe.qb.DocType("Marketplace Listing Component")
	published = (
		listing.shop.isin(shops)
		& (listing.match_status == "Matched")
		& (listing.publish_stock == 1)
		& (listing.state != "Archived")
	)
	alone = (
		frappe.qb.from_(listing)
		.select(
			listing.item.as_("item"),
			listing[seller].as_("seller"),
			ValueWrapper(1).as_("qty"),
			listing.stock_priority.as_("priority"),
		)
		.where(published)
		.where(listing.is_kit == 0)
	)
	kits = (
		frappe.qb.from_(listing)
		.inner_join(part)
		.on((part.parent == listing.name) & (part.parenttype == "Marketplace Listing"))
		.select(part.item, listing[seller], part.qty, listing.stock_priority)
		.where(published)
		.where(listing.is_kit == 1)
	)
	pairs = alone.union(kits).as_("pairs")
	offer = Concat(pairs.qty, " ", pairs.priority, " ", pairs.seller)
	return frappe.qb.from_(pairs).select(pairs.item, JsonList(offer).as_("offers")).groupby(pairs.item)


class _Offer(NamedTuple):
	"""Who sells an item, how many units at a time, and how strongly; priority 0 is the shop's."""

	quantity: Decimal
	priority: int
	seller: str


def _offers(text: str | None) -> Iterator[_Offer]:
	for offer in json.loads(text) if text else ():
		quantity, priority, seller = offer.split(" ", 2)
		yield _Offer(Decimal(quantity), int(priority), seller)


def _claim(name: str, row: Any) -> Claim:
	share = row.get("stock_share")
	return Claim(
		name, Decimal(100) if share is None else Decimal(str(share)), int(row.get("stock_priority") or 0)
	)


def _number(marketplace: str, stock_group: str | None) -> Number | None:
	return (marketplace, stock_group) if stock_group else None


def _numbers(places: Iterable[tuple[str, Number | None]]) -> frozenset[Number] | None:
	"""What some channel warehouses hold their stock numbers by; None if one of them has its own."""
	found = {number for _warehouse, number in places}
	return None if None in found else frozenset(number for number in found if number)


def _shops(shop: str, warehouses: set[str]) -> list[frappe._dict]:
	"""A row for each place of another shop that takes goods from the warehouses."""
	place = frappe.qb.DocType("Marketplace Shop Warehouse")
	other = frappe.qb.DocType("Marketplace Shop")
	stream = frappe.qb.DocType("Marketplace Stream")
	return (
		frappe.qb.from_(place)
		.inner_join(other)
		.on(other.name == place.parent)
		.inner_join(stream)
		.on((stream.shop == other.name) & (stream.stream == "stock") & (stream.enabled == 1))
		.select(
			other.name,
			other.marketplace,
			other.stock_share,
			other.stock_priority,
			place.warehouse,
			place.stock_group,
		)
		.where(place.parenttype == "Marketplace Shop")
		.where(place.warehouse.isin(sorted(warehouses)))
		.where(place.publish_stock == 1)
		.where(place.is_active == 1)
		.where(place.scheme != "FBO")
		.where(other.name != shop)
		.where(other.enabled == 1)
	).run(as_dict=True)
