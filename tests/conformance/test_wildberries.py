"""The Wildberries connector, held to the words of `connector.py`."""

from __future__ import annotations

import io
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any

from PIL import Image
from pypdf import PdfReader

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.marketplaces.wildberries.connector import WildberriesConnector
from crm_marketplace.integrations.records import Price
from crm_marketplace.sandbox import Sandbox
from crm_marketplace.sandbox.wildberries import stickers
from tests.conformance.suite import Base, ConnectorConformance
from tests.conformance.wildberries_specification import WILDBERRIES


def tasks_of(content: bytes) -> list[str]:
	"""Whose stickers are in a file: a picture, or a PDF of pictures. See `sandbox.wildberries.stickers`."""
	if content.startswith(b"%PDF"):
		pages = PdfReader(io.BytesIO(content)).pages
		pictures = [image.image for page in pages for image in page.images]
		assert len(pictures) == len(pages)
	else:
		pictures = [Image.open(io.BytesIO(content))]
	return [str(_number(picture.convert("L"))) for picture in pictures]


def _number(picture: Image.Image) -> int:
	assert picture.size == (580, 400)
	number, paper = 0, picture.getpixel((2, 2))  # what was taken out of a PDF may come as its negative
	for place in range(stickers.BITS):
		dot = stickers.MARGIN + place * stickers.COLUMN + stickers.COLUMN // 2
		number = number * 2 + (picture.getpixel((dot, 200)) != paper)
	return number


class WildberriesBase(Base):
	connector = WildberriesConnector
	specification = WILDBERRIES
	rows = {  # noqa: RUF012
		Capability.WAREHOUSES: "/api/v3/warehouses",
		Capability.LISTINGS: "/content/v2/get/cards/list",
		Capability.ORDERS: "/api/v3/orders",
		Capability.STOCK: "/api/v3/stocks/*",
		Capability.PRICES: "/api/v2/list/goods/filter",
		Capability.RETURNS: "/api/analytics/v1/item-returns",
		Capability.FEEDBACK: "/api/v1/feedbacks",
	}
	key_lifetime = timedelta(days=180)
	one_unit_orders = True
	delivered = "sold"
	shipped = "sorted"
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

	# --- after the sale ----------------------------------------------------------------------------

	def offer_of(self, row: Any, sandbox: Any) -> str:
		"""Goods on their way back are named by a barcode, those of a claim by their order, a review by its card
		and the name of the size.
		"""
		ids = row.marketplace_ids
		if "sku" in ids:
			where, values = "skus LIKE ?", (f'%"{ids["sku"]}"%',)
		elif "srid" in ids:
			where, values = "chrt_id = (SELECT chrt_id FROM task WHERE srid = ?)", (ids["srid"],)
		else:
			size = row.title.rpartition(", ")[2]
			where = "nm_id = ? AND (tech_size = ? OR tech_size = '0')"
			values = (int(ids["nmID"]), size)
		return sandbox.shop.state.value(f"SELECT offer_id FROM size WHERE {where}", values)

	def order_of_labels(self, content: bytes, order_ids: tuple[str, ...]) -> list[str]:
		found = [task for task in tasks_of(content) if task in order_ids]
		assert len(set(found)) == len(found)
		return found

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
