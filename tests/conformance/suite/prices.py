"""Prices: read, set, read back, to the kopeck."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.records import Money, Price
from tests.conformance.suite.base import Base, read, records


class Prices(Base):
	@pytest.fixture(autouse=True)
	def _offers_prices(self, request):
		if request.function.__name__ in vars(Prices):
			self.need(Capability.PRICES)

	def price_row(
		self, sandbox: Any, place: int, amount: str, old: str | None = None, **changes: Any
	) -> Price:
		"""A row for the sandbox's n-th offer that is for sale."""
		offer_id = sandbox.offer_ids(sellable=True)[place]
		currency = sandbox.price(offer_id)["currency"]
		values = {
			"listing_id": sandbox.listing_ids(sellable=True)[place],
			"offer_id": offer_id,
			"price": Money(amount=Decimal(amount), currency=currency),
			"old_price": None if old is None else Money(amount=Decimal(old), currency=currency),
		}
		return Price(**{**values, **changes})

	old_price = "500.50"  # one the marketplace takes as it is

	def price_there(self, connector: Any, row: Price) -> Price:
		return records(list(connector.prices(listing_ids=[row.listing_id]).items))[0]

	def test_prices_are_what_is_there(self, busy_shop, connect):
		found = records(read(connect(busy_shop), "prices"))
		assert {row.offer_id for row in found} >= set(busy_shop.offer_ids(sellable=True))
		for row in found:
			there = busy_shop.price(row.offer_id)
			assert f"{row.price.amount:.2f}" == there["price"]
			assert row.price.currency == there["currency"]
			assert f"{row.old_price.amount if row.old_price else 0:.2f}" == there["old_price"]
			if row.expected_fees is not None:
				assert 0 < row.expected_fees.amount

	def test_pushed_prices_are_read_back(self, sandbox, connect):
		connector = connect(sandbox)
		rows = [
			self.price_row(sandbox, 0, "1499.90", "1999"),
			self.price_row(sandbox, 1, "0.01", "0"),
			self.price_row(sandbox, 2, "350", self.old_price),
		]
		results = connector.push_prices(rows)
		assert [result.ok for result in results] == [True] * 3
		assert [result.listing_id for result in results] == [row.listing_id for row in rows]
		for row in rows:
			there = self.price_there(connector, row)
			assert there.price == row.price
			assert (
				there.old_price in (row.old_price, None)
				if not row.old_price.amount
				else there.old_price == row.old_price
			)

	def test_what_is_not_given_stays(self, sandbox, connect):
		connector = connect(sandbox)
		connector.push_prices([self.price_row(sandbox, 0, "1000", "1500")])
		connector.push_prices([self.price_row(sandbox, 0, "1100")])
		there = self.price_there(connector, self.price_row(sandbox, 0, "1100"))
		assert (there.price.amount, there.old_price.amount) == (1100, 1500)

	def test_every_row_has_its_own_fate_in_its_place(self, sandbox, connect):
		unknown = self.price_row(sandbox, 1, "100", offer_id="there is no such article", listing_id="999")
		# A discount nobody would believe, and one nobody would see.
		huge, tiny = self.price_row(sandbox, 2, "10", "100000"), self.price_row(sandbox, 3, "1000", "1001")
		rows = [
			self.price_row(sandbox, 0, "100", "0"),
			unknown,
			huge,
			tiny,
			self.price_row(sandbox, 4, "100", "0"),
		]
		results = connect(sandbox).push_prices(rows)
		assert [result.ok for result in results] == [True, False, False, False, True]
		assert [result.listing_id for result in results] == [row.listing_id for row in rows]
		assert all(result.ok or (result.message and result.code) for result in results)
		assert sandbox.price(rows[4].offer_id)["price"] == "100.00"
		assert sandbox.price(rows[2].offer_id)["price"] != "10.00"

	def test_more_than_a_batch_is_not_sent(self, sandbox, connect):
		with pytest.raises(ValueError):
			connect(sandbox).push_prices(
				[self.price_row(sandbox, 0, "1")] * (self.connector.info.price_batch + 1)
			)
		assert sandbox.journal.count() == 0

	def test_nothing_to_push_is_no_request(self, sandbox, connect):
		assert list(connect(sandbox).push_prices([])) == []
		assert sandbox.journal.count() == 0

	def test_another_currency_is_refused(self, sandbox, connect):
		row = self.price_row(sandbox, 0, "100", "0")
		foreign = row.model_copy(
			update={"price": Money(amount=Decimal(100), currency="XTS"), "old_price": None}
		)
		result = connect(sandbox).push_prices([foreign])[0]
		assert not result.ok and result.message
		assert sandbox.price(row.offer_id)["price"] != "100.00"
