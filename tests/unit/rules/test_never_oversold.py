"""Nothing is oversold: shops, warehouses and buyers played through at random.

Two worlds. In `Selling` each listing has goods of its own and nobody takes goods behind the marketplace's back:
there every promise can always be shipped, with no buffer at all. In `Lagging` listings sell the same goods,
people sell in ERPNext too, and buyers go on buying between the reading of orders and the sending of stock:
there a buffer as large as the lag is enough, as long as nobody sells at the desk what a cancellation has just put
on sale again and the app has not set right yet.

In both the marketplace moves its number by itself, down with an order and up with a cancellation, and the app
sends only what is not what it takes for confirmed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, combinations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crm_marketplace.rules.division import split
from crm_marketplace.rules.stock import Component, ItemStock, StockPolicy, changed, pooled, publishable

WAREHOUSES = ("W1", "W2", "W3")
UNITS = st.integers(1, 6)
STOCK = st.lists(st.integers(0, 9), min_size=3, max_size=3)  # of an item, by warehouse


@dataclass
class Order:
	"""Bought at a channel warehouse. `left` counts units not shipped yet, by item."""

	listing: str
	channel: str
	units: int
	left: Counter
	is_read: bool = False  # stored by the app
	is_booked: bool = False  # a submitted Sales Order, on the first warehouse of the pool


@dataclass
class World:
	"""ERPNext, a marketplace and the app between them, with one shop.

	Args:
		pools: channel warehouse → its ERPNext warehouses.
		listings: listing → units of each item one sale takes.
	"""

	pools: dict[str, list[str]]
	listings: dict[str, dict[str, int]]
	policy: StockPolicy
	on_hand: Counter = field(default_factory=Counter)  # (item, warehouse) → units
	ordered_by_hand: Counter = field(default_factory=Counter)  # the same, in Sales Orders people made
	orders: list[Order] = field(default_factory=list)
	over: list[Order] = field(default_factory=list)  # cancelled or shipped, and the app has not read that yet
	published: Counter = field(default_factory=Counter)  # (listing, channel warehouse) → units for sale
	confirmed: dict[tuple[str, str], int] = field(default_factory=dict)  # what the app takes that for

	# --- the world -----------------------------------------------------------------------------

	def buy(self, listing: str, channel: str, units: int) -> Counter:
		"""A buyer takes what the marketplace shows; it takes that off by itself. Returns units by item."""
		taken = Counter({item: qty * units for item, qty in self.listings[listing].items()})
		self.published[listing, channel] -= units
		assert self.published[listing, channel] >= 0
		self.orders.append(Order(listing, channel, units, taken))
		return +taken

	def cancel(self, order: Order) -> Counter:
		"""Of what was not shipped the marketplace puts all on sale again by itself. Returns units by item."""
		self.end(order, is_news=True)
		if sum(order.left.values()) != order.units * sum(self.listings[order.listing].values()):
			return Counter()
		self.published[order.listing, order.channel] += order.units
		return order.left

	def end(self, order: Order, *, is_news: bool) -> None:
		self.orders.remove(order)
		if is_news:
			self.over.append(order)

	@property
	def on_sale(self) -> list[tuple[str, str]]:
		"""Listings and channel warehouses with something to buy."""
		return sorted(place for place, units in self.published.items() if units)

	def can_be_shipped(self, *, on_sale_too: bool) -> bool:
		"""Whether the goods suffice for all open orders, each from its own pool.

		By Hall's theorem: any channel warehouses taken together need no more than their warehouses hold.

		Args:
			on_sale_too: and if everything on sale were bought this moment.
		"""
		needs = [(order.channel, order.left) for order in self.orders]
		if on_sale_too:
			needs += [
				(channel, Counter({item: qty * units for item, qty in self.listings[listing].items()}))
				for (listing, channel), units in self.published.items()
			]
		for some in subsets(self.pools):
			warehouses = {warehouse for channel in some for warehouse in self.pools[channel]}
			needed: Counter = Counter()
			for channel, left in needs:
				needed.update(left if channel in some else ())
			for item, units in needed.items():
				if units > sum(self.on_hand[item, warehouse] for warehouse in warehouses):
					return False
		return True

	def ship_a_unit(self, order: Order, item: str, *, on_sale_too: bool) -> bool:
		"""From the first warehouse of the pool that leaves enough for everybody else."""
		order.left[item] -= 1
		for warehouse in self.pools[order.channel]:
			if self.on_hand[item, warehouse]:
				self.on_hand[item, warehouse] -= 1
				if self.can_be_shipped(on_sale_too=on_sale_too):
					return True
				self.on_hand[item, warehouse] += 1
		return False

	# --- the app -------------------------------------------------------------------------------

	def read_orders(self, book: bool) -> None:
		"""Orders become Sales Orders, or are stored and wait (held, or by policy without one). What is news
		moved the number of the marketplace, and nobody knows it any more."""
		for order in [*self.over, *(order for order in self.orders if not order.is_read)]:
			self.confirmed.pop((order.listing, order.channel), None)
		self.over.clear()
		for order in self.orders:
			order.is_booked = order.is_booked or (book and not order.is_read)
			order.is_read = True

	def send(self, desired: dict[tuple[str, str], int]) -> None:
		"""Only what differs; the marketplace then shows that, whatever was bought meanwhile."""
		for place in changed(desired, self.confirmed):
			self.published[place] = self.confirmed[place] = desired[place]

	def stock(self, item: str) -> dict[str, ItemStock]:
		"""What Bin and the stored orders say, by ERPNext warehouse."""
		booked, waiting = Counter(), Counter()
		for order in [*self.orders, *self.over]:
			if order.is_read:
				(booked if order.is_booked else waiting)[self.pools[order.channel][0]] += order.left[item]
		return {
			warehouse: ItemStock(
				on_hand=Decimal(self.on_hand[item, warehouse]),
				ordered=Decimal(booked[warehouse] + self.ordered_by_hand[item, warehouse]),
				waiting=Decimal(waiting[warehouse]),
			)
			for warehouse in WAREHOUSES
		}

	def desired(self) -> dict[tuple[str, str], int]:
		"""As a stock run computes it."""
		found = {}
		for listing, needed in self.listings.items():
			by_item = {item: pooled(self.stock(item), self.pools) for item in needed}
			components = [Component(item, Decimal(qty)) for item, qty in needed.items()]
			alone = {
				channel: publishable(
					components,
					{item: by_channel[channel] for item, by_channel in by_item.items()},
					self.policy,
				)
				for channel in self.pools
			}
			for channel, result in split(alone, self.pools).items():
				found[listing, channel] = result.quantity
		return found


def subsets(keys: Iterable[str]) -> Iterable[tuple[str, ...]]:
	keys = list(keys)
	return chain.from_iterable(combinations(keys, size) for size in range(1, len(keys) + 1))


POOLS = st.dictionaries(
	st.sampled_from(["one", "two", "three"]),
	st.lists(st.sampled_from(WAREHOUSES), min_size=1, max_size=3, unique=True),
	min_size=1,
) | st.sampled_from(
	[
		{"one": ["W1", "W2"], "two": ["W2"]},
		{"one": ["W1", "W2"], "two": ["W1", "W2"]},
		{"one": ["W1"], "two": ["W1"], "three": ["W1", "W2"]},
		{"one": ["W1", "W2"], "two": ["W2", "W3"], "three": ["W3"]},
	]
)


class Machine(RuleBasedStateMachine):
	"""What happens in both worlds. `promises_hold`: what is on sale can be shipped at any moment."""

	world: World
	promises_hold: bool

	def open_with(self, world: World, stock: dict[str, list[int]]) -> None:
		self.world = world
		for item, amounts in stock.items():
			for warehouse, units in zip(WAREHOUSES, amounts, strict=True):
				world.on_hand[item, warehouse] = units

	@rule(item=st.sampled_from("ABCD"), warehouse=st.sampled_from(WAREHOUSES), units=UNITS)
	def receive(self, item, warehouse, units):
		self.world.on_hand[item, warehouse] += units

	@precondition(lambda self: self.world.orders)
	@rule(data=st.data())
	def cancel(self, data):
		self.note_put_back(self.world.cancel(data.draw(st.sampled_from(self.world.orders))))

	def note_put_back(self, units: Counter) -> None:
		"""A cancellation put these units on sale again."""

	@precondition(lambda self: self.world.orders)
	@rule(data=st.data())
	def ship(self, data):
		order = data.draw(st.sampled_from(self.world.orders))
		item = data.draw(st.sampled_from(sorted(order.left)))
		shipped = self.world.ship_a_unit(order, item, on_sale_too=self.promises_hold)
		assert shipped, f"{item} was sold and cannot be shipped"
		order.left += Counter()  # forgets what is shipped
		if not order.left:
			self.world.end(order, is_news=not order.is_read)

	@invariant()
	def nothing_is_oversold(self):
		assert self.world.can_be_shipped(on_sale_too=self.promises_hold)


class Selling(Machine):
	"""Each listing has goods of its own; a stock run is one moment; no buffer is asked for."""

	promises_hold = True

	@initialize(
		pools=POOLS,
		policy=st.just(StockPolicy())
		| st.builds(
			StockPolicy,
			buffer=st.integers(0, 2),
			share=st.sampled_from([100, 100, 50]).map(Decimal),
			maximum=st.none() | st.integers(0, 4),
			stop_at=st.integers(0, 2),
		),
		stock=st.fixed_dictionaries({item: STOCK for item in "ABCD"}),
	)
	def open_shop(self, pools, policy, stock):
		listings = {"single": {"A": 1}, "pack": {"B": 3}, "kit": {"C": 2, "D": 1}}
		self.open_with(World(pools, listings, policy), stock)
		self.run_stock(book=True)

	@precondition(lambda self: self.world.on_sale)
	@rule(data=st.data(), units=UNITS)
	def buy(self, data, units):
		listing, channel = data.draw(st.sampled_from(self.world.on_sale))
		self.world.buy(listing, channel, min(units, self.world.published[listing, channel]))

	@rule(book=st.booleans())
	def run_stock(self, book):
		"""Orders first, then send what differs."""
		self.world.read_orders(book)
		desired = self.world.desired()
		self.world.send(desired)
		assert {place: self.world.published[place] for place in desired} == desired, (
			"no number is left behind"
		)
		self.promises_are_free()

	def promises_are_free(self):
		"""In ERPNext's terms: what any channel warehouses promise together lies free in their warehouses."""
		world = self.world
		for listing, needed in world.listings.items():
			for item, qty in needed.items():
				free = {warehouse: stock.free for warehouse, stock in world.stock(item).items()}
				for some in subsets(world.pools):
					places = {warehouse for channel in some for warehouse in world.pools[channel]}
					promised = qty * sum(world.published[listing, channel] for channel in some)
					assert promised <= sum(max(Decimal(0), free[place]) for place in places)
				for channel, pool in world.pools.items():
					assert qty * world.published[listing, channel] <= max(
						0, sum(free[place] for place in pool)
					)


class Lagging(Machine):
	"""One warehouse; listings share items; buyers and people in ERPNext never rest."""

	promises_hold = False  # two listings promise the same unit; the buffer keeps them from both selling it

	@initialize(
		channels=st.integers(1, 3),
		lag=st.integers(1, 6),
		more=st.fixed_dictionaries({item: st.integers(0, 9) for item in "AB"}),
	)
	def open_shop(self, channels, lag, more):
		listings = {"first": {"A": 1}, "second": {"A": 1}, "pack": {"A": 2}, "kit": {"A": 1, "B": 2}}
		pools = {channel: ["W1"] for channel in ("one", "two", "three")[:channels]}
		stock = {item: [lag + units, 0, 0] for item, units in more.items()}
		self.open_with(World(pools, listings, StockPolicy(buffer=lag)), stock)
		self.lag = lag
		self.gone: Counter = Counter()  # units since the reading the promises in force rest on
		self.gone_since_read: Counter = Counter()  # and since the reading the next ones will rest on
		self.put_back: Counter = Counter()  # units cancelled since the last reading
		self.put_back_and_read: Counter = Counter()  # before it, and the numbers are not set right yet
		self.read: dict[tuple[str, str], int] | None = None
		self.read_orders(book=True)
		self.send_stock()

	def may_go(self, item: str) -> int:
		"""Units that may go until the promises in force are replaced: the lag."""
		return self.lag - max(self.gone[item], self.gone_since_read[item])

	def note(self, taken: Counter) -> None:
		self.gone += taken
		self.gone_since_read += taken

	def note_put_back(self, units: Counter) -> None:
		self.put_back += units

	def may_be_bought(self) -> dict[tuple[str, str], int]:
		"""What is on sale → how many of it may go."""
		found = {}
		for listing, channel in self.world.on_sale:
			most = min(self.may_go(item) // qty for item, qty in self.world.listings[listing].items())
			if most > 0:
				found[listing, channel] = min(most, self.world.published[listing, channel])
		return found

	@precondition(lambda self: self.may_be_bought())
	@rule(data=st.data(), units=UNITS)
	def buy(self, data, units):
		most = self.may_be_bought()
		place = data.draw(st.sampled_from(sorted(most)))
		self.note(self.world.buy(*place, min(units, most[place])))

	@rule(item=st.sampled_from("AB"), units=UNITS)
	def sell_over_the_counter(self, item, units):
		"""Free goods leave at once. The marketplace hears of it with the next run."""
		unpromised = self.world.on_hand[item, "W1"] - sum(order.left[item] for order in self.world.orders)
		unpromised -= self.put_back[item] + self.put_back_and_read[item]
		units = min(units, self.may_go(item), unpromised)
		if units > 0:
			self.world.on_hand[item, "W1"] -= units
			self.note(Counter({item: units}))

	@rule(book=st.booleans())
	def read_orders(self, book):
		self.world.read_orders(book)
		self.read = self.world.desired()
		self.gone_since_read = Counter()
		self.put_back_and_read += self.put_back
		self.put_back = Counter()

	@precondition(lambda self: self.read is not None)
	@rule()
	def send_stock(self):
		"""What is sent replaces what the marketplace shows, orders since the reading or not."""
		self.world.send(self.read)
		self.gone = Counter(self.gone_since_read)
		self.put_back_and_read = Counter()
		self.read = None


TestWithGoodsOfTheirOwn = Selling.TestCase
TestWithABufferForTheLag = Lagging.TestCase
TestWithGoodsOfTheirOwn.settings = TestWithABufferForTheLag.settings = settings(
	max_examples=200, stateful_step_count=40, deadline=None
)
