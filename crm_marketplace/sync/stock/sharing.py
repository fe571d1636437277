"""Which shops sell the same goods from the same warehouses: they divide what is free."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import frappe
from pypika import CustomFunction

from crm_marketplace.rules.pools import Claim
from crm_marketplace.sync.shops import Shop

OFFER_ALL = "Offer all in each shop"
JsonList = CustomFunction("JSON_ARRAYAGG", ["value"])


@dataclass(frozen=True, slots=True)
class Rivals:
	"""Shops that take goods from our warehouses.

	Args:
		own: our claim on what we share.
		claims: shop → its claim.
	"""

	own: Claim
	claims: Mapping[str, Claim] = field(default_factory=dict)

	@classmethod
	def of(cls, shop: Shop, channels: Mapping[str, Iterable[str]]) -> Rivals:
		"""Enabled shops with stock switched on and a warehouse in common with `channels`. Two queries."""
		own = _claim(shop.name, shop.doc)
		if frappe.db.get_single_value("Marketplace Settings", "shared_stock") == OFFER_ALL:
			return cls(own)
		ours = {warehouse for group in channels.values() for warehouse in group}
		return cls(own, {row.name: _claim(row.name, row) for row in _shops(shop.name, ours)})

	def sellers(self) -> Any:
		"""Subquery: item → JSON list of the rivals that publish it, alone or in a kit. None without rivals."""
		if not self.claims:
			return None
		listing = frappe.qb.DocType("Marketplace Listing")
		part = frappe.qb.DocType("Marketplace Listing Component")
		published = (
			listing.shop.isin(list(self.claims))
			& (listing.match_status == "Matched")
			& (listing.publish_stock == 1)
			& (listing.state != "Archived")
		)
		alone = (
			frappe.qb.from_(listing)
			.select(listing.item.as_("item"), listing.shop.as_("shop"))
			.where(published)
			.where(listing.is_kit == 0)
		)
		kits = (
			frappe.qb.from_(listing)
			.inner_join(part)
			.on((part.parent == listing.name) & (part.parenttype == "Marketplace Listing"))
			.select(part.item, listing.shop)
			.where(published)
			.where(listing.is_kit == 1)
		)
		pairs = alone.union(kits).as_("pairs")
		return (
			frappe.qb.from_(pairs).select(pairs.item, JsonList(pairs.shop).as_("shops")).groupby(pairs.item)
		).as_("sellers")

	def of_listing(self, lists: Iterable[str | None]) -> list[Claim]:
		"""Claims of those rivals that publish something of a listing.

		Args:
			lists: the `shops` column of `sellers` for each of its items.
		"""
		names = {name for text in lists if text for name in json.loads(text)}
		return [self.claims[name] for name in sorted(names)]


# --- inside ----------------------------------------------------------------------------------------


def _claim(name: str, row: Any) -> Claim:
	share = row.get("stock_share")
	return Claim(
		name, Decimal(100) if share is None else Decimal(str(share)), int(row.get("stock_priority") or 0)
	)


def _shops(shop: str, warehouses: set[str]) -> list[frappe._dict]:
	place = frappe.qb.DocType("Marketplace Shop Warehouse")
	other = frappe.qb.DocType("Marketplace Shop")
	stream = frappe.qb.DocType("Marketplace Stream")
	return (
		frappe.qb.from_(place)
		.inner_join(other)
		.on(other.name == place.parent)
		.inner_join(stream)
		.on((stream.shop == other.name) & (stream.stream == "stock") & (stream.enabled == 1))
		.select(other.name, other.stock_share, other.stock_priority)
		.distinct()
		.where(place.parenttype == "Marketplace Shop")
		.where(place.warehouse.isin(sorted(warehouses)))
		.where(place.publish_stock == 1)
		.where(place.is_active == 1)
		.where(place.scheme != "FBO")
		.where(other.name != shop)
		.where(other.enabled == 1)
	).run(as_dict=True)
