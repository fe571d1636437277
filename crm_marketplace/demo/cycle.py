"""One full cycle between a shop and the books: the steps of `sync`, in its order, against books in memory."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any

from crm_marketplace.demo.books import Books, check_total
from crm_marketplace.demo.show import Rows, Show
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import (
	ChannelWarehouse,
	Fetched,
	Listing,
	ListingState,
	Order,
	OrderStatus,
	Page,
	Scheme,
	StockLevel,
)
from crm_marketplace.rules import orders as order_rules
from crm_marketplace.rules import stock as stock_rules
from crm_marketplace.rules.holds import Hold
from crm_marketplace.rules.matching import Catalogue, Match
from crm_marketplace.rules.stock import Component, Publishable, StockPolicy

POLICY = StockPolicy(buffer=2, maximum=50, stop_at=1)
SELLERS_OWN = frozenset({Scheme.FBS, Scheme.DBS, Scheme.EXPRESS})
SAMPLES = 5  # rows shown of a long list
Pair = tuple[str, str]  # listing id, channel warehouse id


@dataclass
class Result:
	"""What a cycle saw and did."""

	number: int
	listings: dict[str, Listing] = field(default_factory=dict)
	matches: Counter = field(default_factory=Counter)
	orders: dict[str, Order] = field(default_factory=dict)
	pages: int = 0
	unreadable: int = 0
	reasons: Counter = field(default_factory=Counter)  # what became of the orders → how many
	holds: Counter = field(default_factory=Counter)  # sentence → how many
	before: dict[Pair, int] = field(default_factory=dict)
	desired: dict[Pair, Publishable] = field(default_factory=dict)
	pushed: int = 0
	after: dict[Pair, int] = field(default_factory=dict)
	writes: Counter = field(default_factory=Counter)
	seconds: dict[str, float] = field(default_factory=dict)
	checks: list[tuple[str, bool, str]] = field(default_factory=list)

	@property
	def by_status(self) -> Counter:
		return Counter(order.status.value for order in self.orders.values())

	@property
	def good(self) -> bool:
		return bool(self.checks) and all(ok for _name, ok, _detail in self.checks)


@dataclass
class Cycle:
	"""Runs the steps.

	Args:
		connector: for one shop; any that offers the capabilities the steps need.
		now: until when orders are asked for (aware UTC).
	"""

	connector: Any
	books: Books
	show: Show
	now: datetime
	result: Result
	warehouses: dict[str, str] = field(default_factory=dict)  # channel warehouse id → ours

	def run(self) -> Result:
		self.books.begin()
		steps = (
			("Connect", self.connect),
			("Pull listings", self.pull_listings),
			("Match them to Items", self.match),
			("Pull orders", self.pull_orders),
			("Decide what ERPNext should have", self.decide),
			("Compute publishable stock", self.compute),
			("Push what differs", self.push),
			("Read back and compare", self.compare),
		)
		for number, (title, step) in enumerate(steps, start=1):
			self.show.step(f"{self.result.number}.{number}", title)
			with self._timed(title):
				step()
		self.result.writes = Counter(self.books.writes)
		return self.result

	# --- steps ---------------------------------------------------------------------------------

	def connect(self) -> None:
		report = self.connector.check_credentials()
		rights = [(right.capability, "yes" if right.granted else "no") for right in report.rights]
		self.show.note(f"{report.account_name or report.account_id}: the key is accepted")
		self._table("Rights of the key", ("for", "granted"), rights)
		active: list[ChannelWarehouse] = []
		for page in walk(lambda token, _limit: self.connector.warehouses(token)):
			active += [item.record for item in page.items if item.record and item.record.is_active]
		own = [warehouse for warehouse in active if warehouse.scheme in SELLERS_OWN]
		self.warehouses = {place.external_id: f"Stores {place.name}" for place in own}
		self._table(
			"Warehouse mapping",
			("channel warehouse", "scheme", "ERPNext warehouse"),
			[(place.name, place.scheme.value, self.warehouses[place.external_id]) for place in own],
		)
		self._check("the key has every right the cycle needs", all(right.granted for right in report.rights))

	def pull_listings(self) -> None:
		for item in self._pages("listings", self.connector.listings, 100):
			if item.record:
				self.result.listings[item.record.external_id] = item.record
		states = Counter(listing.state.value for listing in self.result.listings.values())
		self.show.note(f"{len(self.result.listings)} listings: {_counted(states)}")
		self._check("every listing can be read", not self.result.unreadable)

	def match(self) -> None:
		items = self.books.catalogue.items
		catalogue = Catalogue(items.values(), dict(self.books.links))
		suggestions: list[tuple[Listing, Match]] = []
		for listing in self.show.progress("listings matched", list(self.result.listings.values())):
			found = catalogue.match(listing)
			self.result.matches[found.method.value if found else "No match"] += 1
			if found and found.is_certain:
				self.books.link(listing, found.item_code)
			elif found:
				suggestions.append((listing, found))
		self.show.note(_counted(self.result.matches))
		rows = []
		for listing, found in suggestions:
			is_right = self.books.catalogue.is_right(found.item_code, listing.offer_id, listing.title)
			if is_right:
				self.books.link(listing, found.item_code)
			name, answer = items[found.item_code].name, "yes" if is_right else "no"
			rows.append((listing.offer_id, listing.title, name, f"{found.score:.0f} %", answer))
		self._table(
			"Suggestions wait for a person; here the demo answers for one",
			("offer id", "listing", "suggested item", "likeness", "confirmed"),
			rows[:SAMPLES],
		)
		unmatched = sum(listing.offer_id not in self.books.links for listing in self.result.listings.values())
		self.show.note(f"{unmatched} listings stay without an Item")
		self._check("most listings are matched", unmatched * 5 < len(self.result.listings))

	def pull_orders(self) -> None:
		since = self.now - self.connector.info.first_orders_window
		pages_before = self.result.pages
		size = self.connector.info.order_page_size

		def fetch(token: str | None, limit: int) -> Page[Order]:
			return self.connector.order_changes(since, self.now, token, limit)

		for item in self._pages("orders", fetch, size):
			if item.record:
				self.result.orders[item.record.external_id] = item.record
		pages = self.result.pages - pages_before
		self.show.note(
			f"{len(self.result.orders)} orders in {pages} pages: {_counted(self.result.by_status)}"
		)
		self._check("orders came in several pages", pages > 1, f"{pages} pages")

	def decide(self) -> None:
		rules = order_rules.ShopRules(company_currency="RUB", warehouses=self.warehouses)
		held: list[tuple[Order, Hold]] = []
		for order in self.show.progress("orders decided", list(self.result.orders.values())):
			if self.books.digests.get(order.external_id) == order.digest:
				self.result.reasons["Nothing changed since the last cycle."] += 1
				continue
			decision = order_rules.decide(order, self.books.known(order), rules, self.books.mapping(order))
			self.books.apply(order, decision)
			if decision.hold:
				held.append((order, decision.hold))
				self.result.holds[decision.hold.text] += 1
				self.result.reasons["Waits for a person."] += 1
				continue
			self.books.digests[order.external_id] = order.digest
			self.result.reasons[decision.reason.format(*decision.values)] += 1
		self.show.table("What became of the orders", ("reason", "orders"), self.result.reasons.most_common())
		self._show_sales_orders()
		self._table(
			"Orders on hold",
			("order", "why", "what releases it"),
			[(order.external_id, hold.text, hold.kind.next_step) for order, hold in held[:SAMPLES]],
		)
		documents = list(self.books.sales_orders.values())
		self._check("there are Sales Orders", bool(documents), f"{len(documents)}")
		self._check("each comes to the marketplace's total, to the kopeck", all(map(check_total, documents)))

	def _show_sales_orders(self) -> None:
		documents = [
			document
			for document in self.books.sales_orders.values()
			if document.order.status is OrderStatus.AWAITING_PACKING
		]
		rows = []
		for document in documents[:SAMPLES]:
			goods = "; ".join(f"{line.item_code} × {line.qty} à {line.rate}" for line in document.lines)
			taxes = ", ".join(f"VAT {tax.rate} %: {tax.amount}" for tax in document.taxes) or "none"
			total = f"{document.total} {document.currency}"
			rows.append((document.name, document.marketplace_order, document.customer, goods, taxes, total))
		self._table(
			"Sales Orders ERPNext would have (those that wait for packing, the first of them)",
			("Sales Order", "order", "customer", "lines", "taxes included", "total"),
			rows,
		)

	def compute(self) -> None:
		self.result.before = self._levels("stock read")
		stock = self.books.stock(self.warehouses)
		reserved = self.books.reserved()
		self.show.note(f"{sum(reserved.values()):g} units are reserved by Sales Orders that still hold goods")
		for listing in self.result.listings.values():
			item_code = self.books.links.get(listing.offer_id)
			if not item_code or listing.state is ListingState.ARCHIVED:
				continue
			for place, warehouse in self.warehouses.items():
				if (listing.external_id, place) in self.result.before:
					self.result.desired[listing.external_id, place] = stock_rules.publishable(
						[Component(item_code)],
						stock[warehouse],
						POLICY,
						channel_maximum=self.connector.info.maximum_stock,
					)
		most_told = sorted(self.result.desired.items(), key=lambda pair: -len(pair[1].terms))
		self._table(
			"Why these numbers",
			("offer id", "warehouse", "explanation"),
			[
				(self._offer(pair), self.warehouses[pair[1]], publishable.sentence)
				for pair, publishable in most_told[: SAMPLES + 3]
			],
		)
		over = [
			pair
			for pair, publishable in self.result.desired.items()
			if publishable.quantity > max(0, self._free(pair, stock))
		]
		self._check("nothing is promised that is not free", bool(self.result.desired) and not over)

	def push(self) -> None:
		confirmed = {**self.result.before, **self.books.confirmed}
		changed = [
			pair
			for pair in stock_rules.changed(self._quantities(), confirmed)
			if self.books.refused.get(pair, (None,))[0] != self.result.desired[pair].quantity
		]
		batches = list(_batches(changed, self.connector.info.stock_batch))
		for batch in self.show.progress("stock batches pushed", batches):
			levels = [
				StockLevel(
					listing_id=pair[0],
					offer_id=self._offer(pair),
					warehouse_id=pair[1],
					quantity=self.result.desired[pair].quantity,
				)
				for pair in batch
			]
			for pair, level, fate in zip(batch, levels, self.connector.push_stock(levels), strict=True):
				self.result.pushed += 1
				if fate.ok:
					self.books.confirmed[pair] = level.quantity
					self.books.refused.pop(pair, None)
					self.books.writes["stock levels published"] += 1
				else:
					self.books.refused[pair] = level.quantity, fate.message
		requests = f"{len(batches)} requests of at most {self.connector.info.stock_batch} rows"
		self.show.note(f"{len(changed)} of {len(self.result.desired)} differ: {requests}")
		self._table(
			"Refused by the marketplace, each with its reason",
			("reason", "rows"),
			Counter(message for _units, message in self.books.refused.values()).most_common(),
		)
		self._check("some stock is published", bool(self.books.confirmed))

	def compare(self) -> None:
		self.result.after = self._levels("stock read")
		wanted = {
			pair: publishable.quantity
			for pair, publishable in self.result.desired.items()
			if pair not in self.books.refused
		}
		wrong = [pair for pair, quantity in wanted.items() if self.result.after.get(pair) != quantity]
		self.show.table(
			"Differences",
			("offer id", "warehouse", "should be", "is"),
			[
				(self._offer(pair), self.warehouses[pair[1]], wanted[pair], self.result.after.get(pair))
				for pair in wrong[:SAMPLES]
			],
		)
		self._check(
			"the shop shows what it should", not wrong, f"{len(wanted)} compared, {len(wrong)} differ"
		)

	# --- inside --------------------------------------------------------------------------------

	def _pages(self, label: str, fetch: Any, size: int) -> Iterator[Fetched]:
		"""Every object of a list, with the number of pages and unreadable objects counted."""
		with self.show.counting(label) as advance:
			for page in walk(fetch, limit=size):
				self.result.pages += 1
				self.result.unreadable += sum(item.error is not None for item in page.items)
				advance(len(page.items))
				yield from page.items

	def _levels(self, label: str) -> dict[Pair, int]:
		def fetch(token: str | None, limit: int) -> Page[StockLevel]:
			return self.connector.stock_levels(token, limit=limit)

		levels = (item.record for item in self._pages(label, fetch, 1000))
		return {
			(level.listing_id, level.warehouse_id): level.quantity
			for level in levels
			if level and level.warehouse_id in self.warehouses
		}

	def _quantities(self) -> dict[Pair, int]:
		return {pair: publishable.quantity for pair, publishable in self.result.desired.items()}

	def _free(self, pair: Pair, stock: dict) -> Any:
		item_code = self.books.links[self._offer(pair)]
		return stock[self.warehouses[pair[1]]][item_code].free

	def _offer(self, pair: Pair) -> str:
		return self.result.listings[pair[0]].offer_id

	def _table(self, title: str, columns: Sequence[str], rows: Rows) -> None:
		"""What only the first cycle need show: the second one shows the same."""
		if self.result.number == 1:
			self.show.table(title, columns, rows)

	def _check(self, name: str, ok: bool, detail: str = "") -> None:
		self.result.checks.append((name, ok, detail))
		self.show.check(name, ok, detail)

	@contextmanager
	def _timed(self, title: str) -> Iterator[None]:
		started = time.monotonic()
		yield
		self.result.seconds[title] = time.monotonic() - started


def _batches(pairs: list[Pair], size: int) -> Iterator[list[Pair]]:
	remaining = iter(pairs)
	while batch := list(islice(remaining, size)):
		yield batch


def _counted(counter: Counter) -> str:
	return ", ".join(f"{number} {name}" for name, number in counter.most_common())
