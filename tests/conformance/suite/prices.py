"""Prices: read, set, read back, to the kopeck."""

from __future__ import annotations

from decimal import Decimal
from itertools import cycle
from typing import Any

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.records import Money, Price
from crm_marketplace.rules.prices import ChannelPrice, PricedItem, PricePolicy, Rounding, decide_price
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

	def free_places(self, sandbox: Any) -> list[int]:
		"""Places of offers whose prices do not depend on each other."""
		return list(range(len(sandbox.offer_ids(sellable=True))))

	def test_what_the_rules_decide_is_read_back_to_the_kopeck(self, sandbox, connect):
		"""Whatever the marketplace rounds or does not keep: the next run must find nothing to send."""
		connector, info = connect(sandbox), self.connector.info
		changes = ("1.0999", "0.97", "1.333", "0.731", "1.2047", "0.9999")  # none that looks like a mistake
		rows = []
		for place, change, rounding in zip(self.free_places(sandbox), changes, cycle(Rounding)):
			row = self.price_row(sandbox, place, "1")
			now, currency = self.price_there(connector, row), row.price.currency
			policy = PricePolicy(
				currency,
				rounding=rounding,
				old_price_markup=Decimal("37.5"),
				minimum_price_share=Decimal(80),
				step=info.price_step,
				old_price_by_percent=info.old_price_by_percent,
				keeps_old_price=not now.old_price_fixed,
				keeps_minimum_price=info.keeps_minimum_price and not now.minimum_price_fixed,
			)
			rate = (now.price.amount * Decimal(change)).quantize(Decimal("0.01"))
			item = PricedItem("ITEM", rate=rate, currency=currency)
			decision = decide_price([item], ChannelPrice(), policy)
			sums = {
				"price": decision.price,
				"old_price": decision.old_price,
				"minimum_price": decision.minimum_price,
			}
			money = {key: sum_ and Money(amount=sum_, currency=currency) for key, sum_ in sums.items()}
			rows.append(row.model_copy(update=money))
		assert len(rows) >= 3
		assert [result.ok for result in connector.push_prices(rows)] == [True] * len(rows)
		for row in rows:
			there = self.price_there(connector, row)
			assert there.price == row.price
			assert row.old_price in (None, there.old_price)
			assert row.minimum_price in (None, there.minimum_price)

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

	def test_a_price_of_zero_is_refused_and_costs_no_other(self, sandbox, connect):
		first, other = self.free_places(sandbox)[:2]
		zero, good = self.price_row(sandbox, first, "0"), self.price_row(sandbox, other, "100", "0")
		connector = connect(sandbox)
		now = self.price_there(connector, good).price
		good = good.model_copy(update={"price": now.model_copy(update={"amount": now.amount + 10})})
		before = sandbox.price(zero.offer_id)
		results = connector.push_prices([zero, good])
		assert [result.ok for result in results] == [False, True]
		assert results[0].message and results[0].code and results[0].retry_after is None
		assert sandbox.price(zero.offer_id) == before

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
