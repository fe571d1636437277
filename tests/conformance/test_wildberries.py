"""The Wildberries connector, held to the words of `connector.py`."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.marketplaces.wildberries.connector import WildberriesConnector
from crm_marketplace.integrations.records import Price
from crm_marketplace.sandbox import Sandbox
from tests.conformance.suite import Base, ConnectorConformance
from tests.conformance.wildberries_specification import WILDBERRIES


class WildberriesBase(Base):
	connector = WildberriesConnector
	specification = WILDBERRIES
	rows = {  # noqa: RUF012
		Capability.WAREHOUSES: "/api/v3/warehouses",
		Capability.LISTINGS: "/content/v2/get/cards/list",
		Capability.ORDERS: "/api/v3/orders",
		Capability.STOCK: "/api/v3/stocks/*",
		Capability.PRICES: "/api/v2/list/goods/filter",
	}
	key_lifetime = timedelta(days=180)
	one_unit_orders = True
	delivered = "sold"
	open_statuses = ("new", "confirm")

	@classmethod
	def open_sandbox(
		cls, *, listings: int = 90, orders: int = 60, **settings: Any
	) -> AbstractContextManager[Sandbox]:
		"""More than elsewhere: what is paged are cards and not their sizes, and orders by their model."""
		return super().open_sandbox(listings=listings, orders=orders, **settings)


class TestWildberries(WildberriesBase, ConnectorConformance):
	names_companies = False  # FBS tells no more than that it is one
	tells_reservations = False
	listing_states = 2  # in the catalogue, and in the bin

	def ask_often(self, connector: Any) -> None:
		connector.warehouses()  # who the seller is may be asked once a minute

	# --- prices: whole units, discounts in whole per cents, and cards that share them ---------------

	def price_of(self, connector: Any, row: Price) -> tuple[Decimal, Decimal]:
		there = self.price_there(connector, row)
		return there.price.amount, there.old_price.amount

	def test_pushed_prices_are_read_back(self, sandbox, connect):
		"""The price is what was asked for; the old one as near as whole per cents allow."""
		connector = connect(sandbox)
		cards = self.cards_with_one_price(sandbox)
		rows = [
			self.price_row(sandbox, cards[0], "1499", "1999"),
			self.price_row(sandbox, cards[1], "2750", "0"),
			self.price_row(sandbox, cards[2], "350000", "500000"),
		]
		assert [result.ok for result in connector.push_prices(rows)] == [True] * 3
		assert [self.price_of(connector, row) for row in rows] == [(1499, 1999), (2750, 0), (350000, 500000)]
		before = sandbox.journal.count("/api/v2/upload/task")
		assert [result.ok for result in connector.push_prices(rows)] == [True] * 3
		assert sandbox.journal.count("/api/v2/upload/task") == before, "what is so already is not uploaded"

	def test_what_is_not_given_stays(self, sandbox, connect):
		connector = connect(sandbox)
		place = self.cards_with_one_price(sandbox)[0]
		connector.push_prices([self.price_row(sandbox, place, "1000", "1500")])
		connector.push_prices([self.price_row(sandbox, place, "1100")])
		price, old = self.price_of(connector, self.price_row(sandbox, place, "1100"))
		assert price == 1100 and abs(old - 1500) <= 15

	def free_places(self, sandbox: Any) -> list[int]:
		return self.cards_with_one_price(sandbox)

	def cards_with_one_price(self, sandbox: Any) -> list[int]:
		"""Places of offers, each of another card."""
		places: dict[Any, int] = {}
		for row in sandbox.shop.state.all(
			"""SELECT nm_id, offer_id FROM size JOIN card USING (nm_id)
			WHERE NOT sizes_priced AND trashed_at IS NULL"""
		):
			places.setdefault(row["nm_id"], sandbox.offer_ids(sellable=True).index(row["offer_id"]))
		return list(places.values())

	# --- lists: cards are paged, not their sizes -----------------------------------------------------

	def widest(self, name: str) -> int:
		"""A page of cards may hold ten sizes of each."""
		return {"listings": 10, "prices": 10, "stock_levels": 40}.get(name, 1)

	def what_there_is(self, name: str, sandbox: Any) -> set[str] | None:
		known = super().what_there_is(name, sandbox)
		if name in ("orders_created", "order_changes"):
			# DBS and express orders in work are in no list of the vendor.
			in_work = {*sandbox.order_ids("confirm", "deliver", scheme="DBS")}
			in_work |= {*sandbox.order_ids("confirm", "deliver", scheme="Express")}
			return known - in_work
		return known
