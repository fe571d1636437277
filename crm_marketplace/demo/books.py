"""A stand-in for ERPNext: Items, stock and Sales Orders in memory, as far as the demo needs them.

It obeys the decisions of `rules` the way `sync` does on a site: one Sales Order per order, found by the
order's id, advanced and never made twice. One company keeps the books of all its shops.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from itertools import count

from crm_marketplace.demo.catalogue import SampleCatalogue
from crm_marketplace.integrations.records import Listing, Money, Order, OrderLine, OrderStatus
from crm_marketplace.rules.customers import customer_name
from crm_marketplace.rules.orders import Decision, DocState, Known, MappedItem, SalesLine, Step
from crm_marketplace.rules.stock import ItemStock

KOPECK = Decimal("0.01")
# Goods of these are still in the warehouse; what was shipped has left it.
HOLDS_GOODS = frozenset({OrderStatus.PENDING, OrderStatus.AWAITING_PACKING, OrderStatus.AWAITING_SHIPMENT})


@dataclass(frozen=True, slots=True)
class Tax:
	"""VAT inside the prices of some lines."""

	rate: Decimal  # per cent
	amount: Decimal


@dataclass(frozen=True, slots=True)
class SalesOrder:
	"""What ERPNext would keep. Rates and total include tax, in `currency`, major units."""

	name: str
	marketplace_order: str
	customer: str
	warehouse: str
	currency: str
	lines: tuple[SalesLine, ...]
	charges: Decimal
	taxes: tuple[Tax, ...]
	state: DocState
	fingerprint: str
	order: Order

	@property
	def total(self) -> Decimal:
		return sum((line.qty * line.rate for line in self.lines), self.charges)


@dataclass
class ShopBooks:
	"""What the company knows of one shop.

	Args:
		shop: its name.
		customer: who buys where the marketplace does not tell.
		numbers: of the company's Sales Orders.
		warehouses: channel warehouse id → the company's warehouse.
	"""

	shop: str
	customer: str
	numbers: Iterator[int] = field(default_factory=lambda: count(1))
	warehouses: dict[str, str] = field(default_factory=dict)
	links: dict[str, str] = field(default_factory=dict)  # offer id → item code
	offers: dict[str, str] = field(default_factory=dict)  # listing → its offer id
	tax_rates: dict[str, Decimal] = field(default_factory=dict)  # item code → per cent
	sales_orders: dict[str, SalesOrder] = field(default_factory=dict)  # marketplace's order id → document
	digests: dict[str, str] = field(default_factory=dict)  # order id → digest last processed
	unbooked: dict[str, Order] = field(default_factory=dict)  # orders without a Sales Order
	confirmed: dict[tuple[str, str], int] = field(default_factory=dict)  # listing, channel warehouse → units
	refused: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)  # → units sent, why not
	writes: Counter = field(default_factory=Counter)  # what was written, by kind, since the last `begin`

	def begin(self) -> None:
		"""Start counting anew."""
		self.writes = Counter()

	def link(self, listing: Listing, item_code: str) -> None:
		"""Remember which Item a listing is."""
		self.offers[listing.external_id] = listing.offer_id
		if self.links.get(listing.offer_id) != item_code:
			self.links[listing.offer_id] = item_code
			self.writes["listing links"] += 1
		if listing.tax_rate is not None:
			self.tax_rates[item_code] = listing.tax_rate

	def mapping(self, order: Order) -> dict[str, tuple[MappedItem, ...]]:
		"""Offer id → Items, for the lines of an order."""
		return {
			line.offer_id: (MappedItem(self.links[offer_id]),)
			for line in order.lines
			if (offer_id := self.offer_of(line)) in self.links
		}

	def offer_of(self, line: OrderLine) -> str:
		"""The offer id of the listing a line is of: sizes may share the article the line tells."""
		return self.offers.get(line.listing_id or "", line.offer_id)

	def known(self, order: Order) -> Known:
		"""What is true here for an order."""
		document = self.sales_orders.get(order.external_id)
		if document is None:
			return Known()
		return Known(
			sales_order=document.state,
			fingerprint=document.fingerprint,
			ship_by=document.order.ship_by,
			is_started=document.order.status not in HOLDS_GOODS,
		)

	def apply(self, order: Order, decision: Decision) -> None:
		"""Make a decision true. Nothing is written for one that is true already."""
		if not decision.hold:
			for step in decision.steps:
				self._take(step, order, decision)
			if document := self.sales_orders.get(order.external_id):
				self.sales_orders[order.external_id] = replace(document, order=order)
		document = self.sales_orders.get(order.external_id)
		if document is None or document.state is DocState.DRAFT:
			self.unbooked[order.external_id] = order
		else:
			self.unbooked.pop(order.external_id, None)

	def _take(self, step: Step, order: Order, decision: Decision) -> None:
		key = order.external_id
		if step is Step.CREATE_ORDER:
			self.sales_orders[key] = self._new(f"SAL-ORD-{next(self.numbers):05d}", order, decision)
			self.writes["Sales Orders made"] += 1
		elif step in (Step.REBUILD_DRAFT, Step.REPLACE_ORDER):
			old = self.sales_orders[key]
			self.sales_orders[key] = replace(self._new(old.name, order, decision), state=old.state)
			self.writes["Sales Orders changed"] += 1
		elif step is Step.SUBMIT_ORDER:
			self.sales_orders[key] = replace(self.sales_orders[key], state=DocState.SUBMITTED)
		elif step in (Step.CANCEL_ORDER, Step.DELETE_DRAFT):
			self.sales_orders[key] = replace(self.sales_orders[key], state=DocState.CANCELLED)
			self.writes["Sales Orders cancelled"] += 1
		elif step is Step.MOVE_DEADLINE:
			self.writes["deadlines moved"] += 1
		elif step is Step.ASK_PERSON:
			self.writes["questions to a person"] += 1
		else:
			raise ValueError(f"the demo's policy does not ask for {step}")

	def _new(self, name: str, order: Order, decision: Decision) -> SalesOrder:
		buyer = order.buyer or order.recipient
		return SalesOrder(
			name=name,
			marketplace_order=order.external_id,
			customer=(customer_name(buyer) if buyer else None) or self.customer,
			warehouse=decision.warehouse or "",
			currency=order.currency,
			lines=decision.lines,
			charges=decision.charges,
			taxes=self._taxes(decision.lines),
			state=DocState.DRAFT,
			fingerprint=decision.fingerprint,
			order=order,
		)

	def _taxes(self, lines: Iterable[SalesLine]) -> tuple[Tax, ...]:
		"""VAT contained in the prices, one row per rate."""
		bases: dict[Decimal, Decimal] = {}
		for line in lines:
			rate = self.tax_rates.get(line.item_code, Decimal(0))
			bases[rate] = bases.get(rate, Decimal(0)) + line.qty * line.rate
		return tuple(
			Tax(rate, (base * rate / (100 + rate)).quantize(KOPECK, ROUND_HALF_UP))
			for rate, base in sorted(bases.items())
			if rate
		)

	# --- stock ---------------------------------------------------------------------------------

	def reserved(self) -> dict[tuple[str, str], Decimal]:
		"""(item, warehouse) → units in submitted Sales Orders whose goods are still here."""
		totals: dict[tuple[str, str], Decimal] = {}
		for document in self.sales_orders.values():
			if document.state is DocState.SUBMITTED and document.order.status in HOLDS_GOODS:
				for line in document.lines:
					key = line.item_code, document.warehouse
					totals[key] = totals.get(key, Decimal(0)) + line.qty
		return totals

	def waiting(self) -> dict[tuple[str, str], Decimal]:
		"""(item, warehouse) → units in orders without a Sales Order, as far as their lines are linked: promised
		all the same.
		"""
		totals: dict[tuple[str, str], Decimal] = {}
		for order in self.unbooked.values():
			warehouse = self.warehouses.get(order.warehouse_id or "")
			for line in order.lines:
				offer_id = self.offer_of(line)
				if warehouse and offer_id in self.links and order.status in HOLDS_GOODS:
					key = self.links[offer_id], warehouse
					totals[key] = totals.get(key, Decimal(0)) + line.quantity
		return totals


@dataclass
class Books:
	"""The company's side.

	Args:
		catalogue: what it sells.
		seed: of the quantities on hand.
	"""

	catalogue: SampleCatalogue
	seed: int = 1
	shops: dict[str, ShopBooks] = field(default_factory=dict)
	_numbers: Iterator[int] = field(default_factory=lambda: count(1))

	def open_shop(self, name: str) -> ShopBooks:
		"""The books of a shop the company has just connected."""
		self.shops[name] = ShopBooks(name, f"{name} buyers", self._numbers)
		return self.shops[name]

	@property
	def warehouses(self) -> list[str]:
		"""The company's warehouses its shops sell from."""
		return sorted({warehouse for shop in self.shops.values() for warehouse in shop.warehouses.values()})

	def on_hand(self, item_code: str, warehouse: str) -> int:
		"""Units there: the same for the same seed, item and warehouse."""
		return random.Random(f"{self.seed} {item_code} {warehouse}").choice((0, 3, 7, 12, 25, 40, 90))

	def stock(self) -> dict[str, dict[str, ItemStock]]:
		"""Warehouse → item code → its stock, after what all shops have sold."""
		reserved = _summed(shop.reserved() for shop in self.shops.values())
		waiting = _summed(shop.waiting() for shop in self.shops.values())
		return {
			warehouse: {
				code: ItemStock(
					on_hand=Decimal(self.on_hand(code, warehouse)),
					ordered=reserved.get((code, warehouse), Decimal(0)),
					waiting=waiting.get((code, warehouse), Decimal(0)),
				)
				for code in self.catalogue.items
			}
			for warehouse in self.warehouses
		}


def check_total(document: SalesOrder) -> bool:
	"""Whether the Sales Order comes to what the marketplace says, to the kopeck."""
	return Money(amount=document.total, currency=document.currency) == document.order.total


def _summed(parts: Iterable[dict[tuple[str, str], Decimal]]) -> Counter[tuple[str, str]]:
	total: Counter[tuple[str, str]] = Counter()
	for part in parts:
		total.update(part)
	return total
