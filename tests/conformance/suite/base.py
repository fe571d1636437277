"""Fixtures and helpers of the suite: sandboxes whose every exchange is judged, and connectors to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar

import pytest

from crm_marketplace.integrations import paging
from crm_marketplace.integrations.budget import Unlimited
from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.records import Fetched, Page
from crm_marketplace.sandbox import UNLIMITED, Clock, Sandbox
from tests.conformance.specification import Specification

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=timezone.utc)
FOREVER = (NOW - timedelta(days=300), NOW + timedelta(days=1))

# Lists by name: capability, and how to ask for a page of it.
Fetch = Callable[[Any, str | None, int | None], Page]
LISTS: Mapping[str, tuple[Capability, Fetch]] = {
	"warehouses": (Capability.WAREHOUSES, lambda connector, token, limit: connector.warehouses(token)),
	"listings": (Capability.LISTINGS, lambda connector, token, limit: connector.listings(token, limit)),
	"orders_created": (
		Capability.ORDERS,
		lambda connector, token, limit: connector.orders_created(*FOREVER, token, limit),
	),
	"order_changes": (
		Capability.ORDERS,
		lambda connector, token, limit: connector.order_changes(*FOREVER, token, limit),
	),
	"open_orders": (Capability.ORDERS, lambda connector, token, limit: connector.open_orders(token, limit)),
	"stock_levels": (
		Capability.STOCK,
		lambda connector, token, limit: connector.stock_levels(token, None, limit),
	),
	"prices": (Capability.PRICES, lambda connector, token, limit: connector.prices(token, None, limit)),
	"returns": (
		Capability.RETURNS,
		lambda connector, token, limit: connector.returns(*FOREVER, token, limit),
	),
	"reviews": (
		Capability.FEEDBACK,
		lambda connector, token, limit: connector.reviews(*FOREVER, token, limit),
	),
}


class Base:
	"""What a connector's test fills in. Beside the fixtures here there is `busy_shop` (conftest.py): a shop
	with several pages of everything, shared by the tests that only read.

	Attributes:
		connector: the class.
		specification: the vendor's document, where there is one.
		rows: capability → path of the method whose rows become the records of its list, and, where a
			list takes two methods, the one with the details.
		lists: capability → path of the method that is paged, where it is another one.
		key_lifetime: of the sandbox's own key.
		one_unit_orders: an order is one unit of one listing, never more.
		delivered: the vendor's status of an order the buyer has.
		shipped: the vendor's status of an order that is on its way.
		open_statuses: of orders the seller has yet to pack or hand over; the last one is of packed ones.
	"""

	connector: ClassVar[type]
	specification: ClassVar[Specification | None] = None
	rows: ClassVar[Mapping[Capability, str]] = {}
	lists: ClassVar[Mapping[Capability, str]] = {}
	key_lifetime: ClassVar[timedelta] = timedelta(days=90)
	one_unit_orders: ClassVar[bool] = False
	delivered: ClassVar[str] = "delivered"
	shipped: ClassVar[str] = "delivering"
	open_statuses: ClassVar[tuple[str, ...]] = ("awaiting_packaging", "awaiting_deliver")

	# --- sandboxes -----------------------------------------------------------------------------

	@pytest.fixture
	def sandbox(self) -> Iterator[Sandbox]:
		"""A small shop of one's own."""
		with self.open_sandbox() as sandbox:
			yield sandbox

	@classmethod
	@contextmanager
	def open_sandbox(cls, *, listings: int = 40, orders: int = 30, **settings: Any) -> Iterator[Sandbox]:
		"""A sandbox whose clock stands still, without rate limits. What goes over the wire is judged."""
		settings = {"clock": Clock(NOW), "limits": UNLIMITED, **settings}
		faults: list[str] = []
		with Sandbox(cls.connector.info.name, listings=listings, orders=orders, **settings) as sandbox:
			if cls.specification and cls.specification.is_present:
				sandbox.journal.listeners.append(cls._judge(faults))
			yield sandbox
		assert not faults, "does not fit the vendor's document:\n" + "\n".join(faults)

	@classmethod
	def furnish(cls, sandbox: Sandbox, name: str, number: int = 30) -> None:
		"""Give a shop so many rows of a list whose rows come on command: of "returns" and "reviews"."""
		capability, _fetch = LISTS[name]
		if capability not in cls.connector.info.capabilities:
			return
		if name == "returns":
			cls._furnish_returns(sandbox, number)
		elif name == "reviews":
			offers = sandbox.offer_ids(sellable=True)
			for place in range(len(sandbox.review_ids()), number):
				text = f"Отзыв № {place}" if place % 4 else ""
				at = NOW - timedelta(minutes=97 * (number - place))
				sandbox.create_review(offers[place % len(offers)], 1 + place % 5, text, at=at)

	@classmethod
	def _furnish_returns(cls, sandbox: Sandbox, number: int) -> None:
		known = sandbox.return_ids()
		busy = {sandbox.goods_return(return_id)["order_id"] for return_id in known}
		delivered = [order_id for order_id in sandbox.order_ids(cls.delivered) if order_id not in busy]
		for place in range(len(known), number):
			if not delivered:
				delivered = [sandbox.create_order()]
				sandbox.move_order(delivered[0], cls.delivered)
			at = NOW - timedelta(minutes=97 * (number - place))
			return_id = sandbox.create_return(delivered.pop(0), at=at)
			if place % 3 == 0:
				sandbox.move_return(return_id)

	@classmethod
	def packed_order(cls, sandbox: Sandbox) -> str:
		"""A new order that is packed and waits for hand-over. Returns its id."""
		order_id = sandbox.create_order()
		status, _slash, substatus = cls.open_statuses[-1].partition("/")
		sandbox.move_order(order_id, status, substatus or None)
		return order_id

	@classmethod
	def _judge(cls, faults: list[str]) -> Callable[..., None]:
		def judge(exchange: Any, request: bytes, answer: bytes) -> None:
			# Spoilt answers are spoilt on purpose.
			if exchange.fault is None:
				found = cls.specification.faults(
					exchange.method, exchange.path, request, exchange.status, answer, exchange.query
				)
				faults.extend(fault for fault in found if fault not in faults)

		return judge

	# --- connectors ----------------------------------------------------------------------------

	@pytest.fixture
	def naps(self) -> list[float]:
		"""The seconds connectors wanted to wait, in order. None of them does wait."""
		return []

	@pytest.fixture
	def connect(self, naps: list[float]) -> Callable[..., Any]:
		"""Make a connector to a sandbox."""

		def connect(sandbox: Sandbox, credentials: Mapping[str, str] | None = None, **settings: Any) -> Any:
			connector = self.connector.connect(
				credentials or sandbox.credentials,
				base_url=sandbox.url,
				clock=sandbox.clock.now,
				**{"budget": Unlimited(), **settings},
			)
			connector.transport.sleep = naps.append
			return connector

		return connect

	def units(self, wanted: int) -> int:
		"""So many units in one order, where orders can have them."""
		return 1 if self.one_unit_orders else wanted

	def need_larger_orders(self) -> None:
		if self.one_unit_orders:
			pytest.skip("an order is one unit there")

	def need(self, capability: Capability) -> None:
		if capability not in self.connector.info.capabilities:
			pytest.skip(f"{self.connector.info.name} does not offer {capability}")

	def need_rows(self, capability: Capability) -> str:
		self.need(capability)
		if capability not in self.rows:
			pytest.skip(
				f"the test of {self.connector.info.name} does not say where the rows of {capability} are"
			)
		return self.rows[capability]


def read(connector: Any, name: str, limit: int | None = 1000) -> list[Fetched]:
	"""Every item of a list, through the paging the core uses."""
	_capability, fetch = LISTS[name]
	pages = paging.walk(lambda token, size: fetch(connector, token, size), limit=limit)
	return [item for page in pages for item in page.items]


def ids(items: list[Fetched]) -> list[str]:
	return [item.external_id for item in items]


def records(items: list[Fetched]) -> list[Any]:
	"""The records; fails on an item that has none."""
	errors = [f"{item.external_id}: {item.error}" for item in items if item.record is None]
	assert not errors, "\n".join(errors)
	return [item.record for item in items]


def sold(order: Any, sandbox: Sandbox) -> dict[str, Any]:
	"""Offer id → units of an order's lines, by the listing a line names where it does."""
	offers = dict(zip(sandbox.listing_ids(), sandbox.offer_ids(), strict=True))
	found: Counter[str] = Counter()
	for line in order.lines:  # a sum that does not divide by its units takes two lines
		found[offers.get(line.listing_id, line.offer_id)] += line.quantity
	return dict(found)


def one(connector: Any, order_id: str) -> Any:
	"""The record of one order, fresh."""
	fetched = connector.order(order_id)
	assert fetched.error is None, str(fetched.error)
	return fetched.record
