"""The second half of a cycle: what each shop may promise of the goods all of them sell, sent and read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice

from crm_marketplace.demo.books import Books
from crm_marketplace.demo.steps import SAMPLES, Pair, Result, Seller, Steps
from crm_marketplace.integrations.records import ListingState, Page, StockLevel
from crm_marketplace.rules import division
from crm_marketplace.rules import stock as stock_rules
from crm_marketplace.rules.pools import Claim
from crm_marketplace.rules.stock import Component, Publishable, StockPolicy

POLICY = StockPolicy(buffer=2, maximum=50, stop_at=1)

Part = tuple[Seller, Result]


def published(seller: Seller, result: Result) -> dict[str, str]:
	"""Listing → Item, of those whose stock is kept."""
	links = seller.books.links
	return {
		listing.external_id: links[listing.offer_id]
		for listing in result.listings.values()
		if listing.state is not ListingState.ARCHIVED and listing.offer_id in links
	}


def shop_quantities(
	seller: Seller, result: Result, sold_by: Mapping[str, Sequence[str]]
) -> dict[Pair, Publishable]:
	"""What the shop may promise of each listing in each channel warehouse that keeps it.

	Args:
		sold_by: item → the shops that publish it; they divide what is free.
	"""
	stock, warehouses = seller.company.stock(), seller.books.warehouses
	own, quantities = Claim(seller.name), {}
	for listing, item in published(seller, result).items():
		pools = {
			place: [warehouse] for place, warehouse in warehouses.items() if (listing, place) in result.before
		}
		others = [Claim(shop) for shop in sold_by.get(item, ()) if shop != seller.name]
		alone = replace(POLICY, share=Decimal(100)) if others else POLICY
		possible = {
			place: stock_rules.publishable(
				[Component(item)],
				stock[warehouses[place]],
				alone,
				channel_maximum=seller.connector.info.maximum_stock,
			)
			for place in pools
		}
		if others:
			possible = {
				place: division.shared(number, own, others, POLICY.share)
				for place, number in possible.items()
			}
		for place, number in division.split(possible, pools).items():
			quantities[listing, place] = number
	return quantities


def sellers_of(parts: Sequence[Part]) -> dict[str, list[str]]:
	"""Item → the shops that publish it."""
	shops: dict[str, list[str]] = {}
	for seller, result in parts:
		for item in dict.fromkeys(published(seller, result).values()):
			shops.setdefault(item, []).append(seller.name)
	return shops


def oversold(company: Books, parts: Sequence[Part]) -> list[tuple[str, str]]:
	"""(item, warehouse) of which the shops together promise more than is free."""
	promised: dict[tuple[str, str], int] = {}
	for seller, result in parts:
		items = published(seller, result)
		for (listing, place), number in result.desired.items():
			key = items[listing], seller.books.warehouses[place]
			promised[key] = promised.get(key, 0) + number.quantity
	stock = company.stock()
	return [key for key, units in promised.items() if units > max(0, stock[key[1]][key[0]].free)]


@dataclass
class StockOut(Steps):
	"""Compute → push → read back.

	Args:
		sold_by: item → the shops that publish it.
		only: the listings that are looked at; None for all.
	"""

	sold_by: Mapping[str, Sequence[str]] = field(default_factory=dict)
	only: Sequence[str] | None = None

	def run(self) -> None:
		self.take(
			(
				("Compute publishable stock", self.compute),
				("Push what differs", self.push),
				("Read back and compare", self.compare),
			),
			first=6,
		)

	def compute(self) -> None:
		self.result.before = self.levels()
		reserved = self.seller.books.reserved()
		self.show.note(f"{sum(reserved.values()):g} units are reserved by Sales Orders that still hold goods")
		self.result.desired = self.quantities()
		most_told = sorted(self.result.desired.items(), key=lambda pair: -len(pair[1].terms))
		self.table(
			"Why these numbers",
			("offer id", "warehouse", "explanation"),
			[
				(self._offer(pair), self.seller.places[pair[1]].name, publishable.sentence)
				for pair, publishable in most_told[: SAMPLES + 3]
			],
		)
		self.check("there is something to publish", bool(self.result.desired))

	def quantities(self) -> dict[Pair, Publishable]:
		"""What the shop may promise; what it shows has to be read before."""
		return shop_quantities(self.seller, self.result, self.sold_by)

	def push(self) -> None:
		changed, batches = self.send()
		requests = f"{batches} batches of at most {self.seller.connector.info.stock_batch} rows"
		self.show.note(f"{changed} of {len(self.result.desired)} differ: {requests}")
		self.table(
			"Refused by the marketplace, each with its reason",
			("reason", "rows"),
			Counter(message for _units, message in self.seller.books.refused.values()).most_common(),
		)
		self.check("some stock is published", bool(self.seller.books.confirmed))

	def send(self) -> tuple[int, int]:
		"""Push what differs from what the marketplace confirmed. Returns how many rows in how many batches."""
		books, desired = self.seller.books, self.result.desired
		confirmed = {**self.result.before, **books.confirmed}
		quantities = {pair: publishable.quantity for pair, publishable in desired.items()}
		changed = [
			pair
			for pair in stock_rules.changed(quantities, confirmed)
			if books.refused.get(pair, (None,))[0] != quantities[pair]
		]
		batches = list(_batches(changed, self.seller.connector.info.stock_batch))
		for batch in self.show.progress("stock batches pushed", batches):
			levels = [
				StockLevel(
					listing_id=pair[0],
					offer_id=self._offer(pair),
					warehouse_id=pair[1],
					quantity=quantities[pair],
				)
				for pair in batch
			]
			for pair, level, fate in zip(
				batch, levels, self.seller.connector.push_stock(levels), strict=True
			):
				self.result.pushed += 1
				if fate.ok:
					books.confirmed[pair] = level.quantity
					books.refused.pop(pair, None)
					books.writes["stock levels published"] += 1
				else:
					books.refused[pair] = level.quantity, fate.message
		return len(changed), len(batches)

	def compare(self) -> None:
		self.result.after = self.levels()
		wanted = {
			pair: publishable.quantity
			for pair, publishable in self.result.desired.items()
			if pair not in self.seller.books.refused
		}
		wrong = [pair for pair, quantity in wanted.items() if self.result.after.get(pair) != quantity]
		self.show.table(
			"Differences",
			("offer id", "warehouse", "should be", "is"),
			[
				(
					self._offer(pair),
					self.seller.places[pair[1]].name,
					wanted[pair],
					self.result.after.get(pair),
				)
				for pair in wrong[:SAMPLES]
			],
		)
		self.check("the shop shows what it should", not wrong, f"{len(wanted)} compared, {len(wrong)} differ")

	def levels(self) -> dict[Pair, int]:
		"""What the shop shows now in the warehouses we keep."""
		connector = self.seller.connector

		def fetch(token: str | None, limit: int) -> Page[StockLevel]:
			return connector.stock_levels(token, listing_ids=self.only, limit=limit)

		levels = (item.record for item in self.pages("stock read", fetch, 1000))
		return {
			(level.listing_id, level.warehouse_id): level.quantity
			for level in levels
			if level and level.warehouse_id in self.seller.books.warehouses
		}

	# --- inside --------------------------------------------------------------------------------

	def _offer(self, pair: Pair) -> str:
		return self.result.listings[pair[0]].offer_id


def _batches(pairs: list[Pair], size: int) -> Iterator[list[Pair]]:
	remaining = iter(pairs)
	while batch := list(islice(remaining, size)):
		yield batch
