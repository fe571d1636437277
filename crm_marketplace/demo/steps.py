"""What the steps of a cycle have in common: the shop, what was seen of it, and how to tell of it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from crm_marketplace.demo.books import Books, ShopBooks
from crm_marketplace.demo.show import Rows, Show
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import ChannelWarehouse, Fetched, Listing, Order
from crm_marketplace.rules.stock import Publishable
from crm_marketplace.sandbox.sandbox import Sandbox

SAMPLES = 5  # rows shown of a long list
Pair = tuple[str, str]  # listing id, channel warehouse id


class Check(NamedTuple):
	"""Something that has to be true."""

	name: str
	ok: bool
	detail: str = ""
	shop: str = ""


@dataclass
class Seller:
	"""One shop of the company: where it sells, and what the books know of it.

	Args:
		connector: for the shop; any that offers the capabilities the steps need.
		places: the seller's active warehouses by their id, once they are known.
	"""

	name: str
	connector: Any
	books: ShopBooks
	company: Books
	sandbox: Sandbox
	places: dict[str, ChannelWarehouse] = field(default_factory=dict)


@dataclass
class Result:
	"""What a cycle saw of a shop and did."""

	shop: str
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
	seconds: float = 0.0
	checks: list[Check] = field(default_factory=list)

	@property
	def by_status(self) -> Counter:
		return Counter(order.status.value for order in self.orders.values())


@dataclass
class Steps:
	"""Some steps of a cycle for one shop.

	Args:
		now: until when orders are asked for (aware UTC).
	"""

	seller: Seller
	show: Show
	now: datetime
	result: Result

	def take(self, steps: Sequence[tuple[str, Callable[[], None]]], first: int = 1) -> None:
		"""Take steps one after the other, and add up what they write."""
		self.seller.books.begin()
		started = time.monotonic()
		for number, (title, step) in enumerate(steps, start=first):
			self.show.step(f"{self.result.number}.{number}", f"{self.seller.name}: {title}")
			step()
		self.result.seconds += time.monotonic() - started
		self.result.writes.update(self.seller.books.writes)

	def pages(self, label: str, fetch: Any, size: int) -> Iterator[Fetched]:
		"""Every object of a list, with the number of pages and unreadable objects counted."""
		with self.show.counting(label) as advance:
			for page in walk(fetch, limit=size):
				self.result.pages += 1
				self.result.unreadable += sum(item.error is not None for item in page.items)
				advance(len(page.items))
				yield from page.items

	def table(self, title: str, columns: Sequence[str], rows: Rows) -> None:
		"""What only the first cycle need show: the second one shows the same."""
		if self.result.number == 1:
			self.show.table(title, columns, rows)

	def check(self, name: str, ok: bool, detail: str = "") -> None:
		self.result.checks.append(Check(name, ok, detail, self.seller.name))
		self.show.check(name, ok, detail)


def counted(counter: Counter) -> str:
	return ", ".join(f"{number} {name}" for name, number in counter.most_common()) or "nothing"
