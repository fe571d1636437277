"""One stock for all shops: an order in one of them lowers what the others promise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal

from crm_marketplace.demo.orders import OrdersIn
from crm_marketplace.demo.show import Show
from crm_marketplace.demo.steps import Check, Pair, Result, Seller
from crm_marketplace.demo.stock import Part, StockOut, oversold, published, sellers_of
from crm_marketplace.integrations.records import Listing

UNITS = 6  # bought at once: enough to be felt by every shop that shares the goods


@dataclass(frozen=True, slots=True)
class Level:
	"""What a shop showed of the goods in one channel warehouse before an order, and shows after it."""

	shop: str
	place: str
	before: int
	after: int
	why: str


@dataclass
class Sale:
	"""An order in one shop, and what it did to all of them."""

	shop: str
	item: str
	title: str
	units: int = UNITS
	levels: list[Level] = field(default_factory=list)

	def shown(self, shop: str) -> tuple[int, int]:
		"""Units a shop showed before and shows now, over its channel warehouses."""
		own = [level for level in self.levels if level.shop == shop]
		return sum(level.before for level in own), sum(level.after for level in own)


@dataclass
class SharedStock:
	"""What the shops of one company do to each other.

	Args:
		parts: the shops with what their last cycle saw; brought up to date by each sale.
		since: when their orders were last read (aware UTC).
	"""

	parts: Sequence[Part]
	show: Show
	since: datetime
	checks: list[Check] = field(default_factory=list)

	def sell_in(self, part: Part) -> Sale | None:
		"""Let a buyer order in one shop, then do what the next run of each shop would do."""
		seller, result = part
		goods = self._goods(part)
		self._check(f"{seller.name} sells goods that all the other shops sell", goods is not None)
		if goods is None:
			return None
		item, (listing_id, place) = goods
		listing, warehouse = result.listings[listing_id], seller.books.warehouses[place]
		before = [self._shown(one, item, warehouse) for one in self.parts]
		free = self._free(item, warehouse)
		seller.sandbox.create_order(
			{listing.offer_id: UNITS}, scheme=seller.places[place].scheme.value, warehouse_id=place
		)
		self._read_orders(seller)
		left = self._free(item, warehouse)
		self._check("the order is read, and its goods are reserved", left == free - UNITS, f"{free} → {left}")
		sale = Sale(seller.name, item, listing.title)
		sold_by = sellers_of(self.parts)
		for one, shown in zip(self.parts, before, strict=True):
			sale.levels += self._lower(one, item, shown, sold_by)
		self._tell(sale)
		return sale

	# --- inside --------------------------------------------------------------------------------

	def _goods(self, part: Part) -> tuple[str, Pair] | None:
		"""An Item every shop sells from one warehouse, and where to buy it: the one they show most of."""
		seller, result = part
		shown = [_by_item(one) for one in self.parts]
		items, candidates = published(seller, result), []
		for (listing, place), quantity in result.after.items():
			key = items.get(listing, ""), seller.books.warehouses[place]
			least = min(units.get(key, 0) for units in shown)
			if quantity >= UNITS and least > 0:
				candidates.append((least, key[0], (listing, place)))
		return max(candidates)[1:] if candidates else None

	def _free(self, item: str, warehouse: str) -> Decimal:
		return self.parts[0][0].company.stock()[warehouse][item].free

	def _shown(self, part: Part, item: str, warehouse: str) -> dict[Pair, int]:
		"""What the shop shows of an Item from one warehouse, asked for now."""
		seller, _result = part
		levels = self._steps(part, item).levels()
		return {
			pair: units for pair, units in levels.items() if seller.books.warehouses[pair[1]] == warehouse
		}

	def _read_orders(self, seller: Seller) -> None:
		now = datetime.now(timezone.utc)
		since = self.since - seller.connector.info.cursor_overlap
		steps = OrdersIn(seller, self.show, now, Result(seller.name, 0), since)
		steps.fetch_orders()
		steps.apply_orders()

	def _lower(
		self, part: Part, item: str, shown: Mapping[Pair, int], sold_by: Mapping[str, Sequence[str]]
	) -> list[Level]:
		"""Compute, push and read back what an order of `item` changed in one shop: that Item and no other."""
		seller, result = part
		steps = self._steps(part, item, sold_by)
		now = steps.result
		now.before = steps.levels()
		now.desired = steps.quantities()
		steps.send()
		now.after = steps.levels()
		result.desired.update(now.desired)
		result.after.update(now.after)
		return [
			Level(
				seller.name, seller.places[pair[1]].name, units, now.after[pair], now.desired[pair].sentence
			)
			for pair, units in shown.items()
		]

	def _steps(self, part: Part, item: str, sold_by: Mapping[str, Sequence[str]] | None = None) -> StockOut:
		seller, result = part
		listings: dict[str, Listing] = {
			listing: result.listings[listing]
			for listing, code in published(seller, result).items()
			if code == item
		}
		narrow = Result(seller.name, 0, listings=listings)
		return StockOut(seller, self.show, self.since, narrow, sold_by or {}, list(listings))

	def _tell(self, sale: Sale) -> None:
		self.show.note(sale.title)
		self.show.table(
			f"{sale.units} × {sale.item} ordered in {sale.shop}: read back from each shop",
			("shop", "channel warehouse", "before", "after", "why"),
			[(level.shop, level.place, level.before, level.after, level.why) for level in sale.levels],
		)
		for seller, _result in self.parts:
			before, after = sale.shown(seller.name)
			name = f"an order in {sale.shop} lowers {seller.name}"
			self._check(name, after < before, f"{before} → {after}")
		self._check("nothing is promised twice", not oversold(self.parts[0][0].company, self.parts))

	def _check(self, name: str, ok: bool, detail: str = "") -> None:
		self.checks.append(Check(name, ok, detail))
		self.show.check(name, ok, detail)


def _by_item(part: Part) -> dict[tuple[str, str], int]:
	"""(item, warehouse) → units a shop shows, over its listings and channel warehouses."""
	seller, result = part
	items, units = published(seller, result), {}
	for (listing, place), quantity in result.after.items():
		if listing in items:
			key = items[listing], seller.books.warehouses[place]
			units[key] = units.get(key, 0) + quantity
	return units
