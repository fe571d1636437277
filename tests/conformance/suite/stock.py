"""Stock: what is read is what is there, what is pushed is what is read, each row has its own fate."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.records import ListingState, StockLevel
from crm_marketplace.sandbox import Limits
from tests.conformance.suite.base import Base, read, records


def level(sandbox: Any, place: int = 0, quantity: int = 7, **changes: Any) -> StockLevel:
	"""A row for the sandbox's n-th offer that is for sale, in its first warehouse."""
	values = {
		"listing_id": sandbox.listing_ids(sellable=True)[place],
		"offer_id": sandbox.offer_ids(sellable=True)[place],
		"warehouse_id": sandbox.warehouse_ids()[0],
		"quantity": quantity,
	}
	return StockLevel(**{**values, **changes})


def pairs(levels: list[StockLevel]) -> dict[tuple[str, str], StockLevel]:
	return {(row.listing_id, row.warehouse_id): row for row in levels}


class Stock(Base):
	@pytest.fixture(autouse=True)
	def _offers_stock(self, request):
		if request.function.__name__ in vars(Stock):
			self.need(Capability.STOCK)

	tells_reservations = True  # how much of the stock is promised, beside what can be sold

	def reserved(self, units: int) -> int | None:
		return units if self.tells_reservations else None

	def test_levels_are_what_is_there(self, busy_shop, connect):
		levels = records(read(connect(busy_shop), "stock_levels"))
		assert {row.offer_id for row in levels} >= set(busy_shop.offer_ids(sellable=True))
		assert not self.tells_reservations or any(row.reserved for row in levels)
		assert any(row.quantity == 0 for row in levels)
		for row in levels:
			there = busy_shop.stock(row.offer_id, row.warehouse_id)
			assert (row.quantity, row.reserved) == (there["free"], self.reserved(there["reserved"]))

	def test_levels_of_some_listings(self, busy_shop, connect):
		wanted = busy_shop.listing_ids(sellable=True)[3:8]
		page = connect(busy_shop).stock_levels(listing_ids=wanted)
		assert {row.listing_id for row in records(list(page.items))} == set(wanted)

	def test_an_order_reserves_and_a_cancellation_frees(self, sandbox, connect):
		connector = connect(sandbox)
		row = level(sandbox, quantity=10)
		assert connector.push_stock([row])[0].ok
		units = self.units(4)
		order_id = sandbox.create_order({row.offer_id: units}, warehouse_id=row.warehouse_id)
		assert self.stock_there(connector, row) == (10 - units, self.reserved(units))
		sandbox.cancel_order(order_id)
		assert self.stock_there(connector, row) == (10, self.reserved(0))

	def test_pushed_stock_is_read_back(self, sandbox, connect):
		"""What is pushed is what can be sold: reservations stay beside it."""
		connector = connect(sandbox)
		rows = [level(sandbox, place, quantity) for place, quantity in ((0, 5), (1, 0), (2, 999))]
		sandbox.set_stock(rows[0].offer_id, 3)
		units = self.units(2)
		sandbox.create_order({rows[0].offer_id: units}, warehouse_id=rows[0].warehouse_id)
		results = connector.push_stock(rows)
		assert [result.ok for result in results] == [True] * 3
		assert [self.stock_there(connector, row)[0] for row in rows] == [5, 0, 999]
		assert self.stock_there(connector, rows[0])[1] == self.reserved(units)

	def stock_there(self, connector: Any, row: StockLevel) -> tuple[int, int | None]:
		page = connector.stock_levels(listing_ids=[row.listing_id])
		found = pairs(records(list(page.items)))[row.listing_id, row.warehouse_id]
		return found.quantity, found.reserved

	def test_every_row_has_its_own_fate_in_its_place(self, sandbox, connect):
		rows = [
			level(sandbox, 0),
			level(sandbox, 1, offer_id="there is no such article", listing_id="999"),
			level(sandbox, 2),
			level(sandbox, 3, warehouse_id="404"),
			level(sandbox, 4, quantity=self.connector.info.maximum_stock),
			level(sandbox, 5, quantity=self.connector.info.maximum_stock + 1),
			level(sandbox, 6, warehouse_id="no number"),
		]
		results = connect(sandbox).push_stock(rows)
		assert [result.ok for result in results] == [True, False, True, False, True, False, False]
		assert [result.listing_id for result in results] == [row.listing_id for row in rows]
		assert [result.warehouse_id for result in results] == [row.warehouse_id for row in rows]
		for result in results:
			assert result.ok or (result.message and result.code)
			assert result.ok or result.retry_after is None
		assert sandbox.stock(rows[2].offer_id, rows[2].warehouse_id)["free"] == 7
		assert sandbox.stock(rows[5].offer_id, rows[5].warehouse_id)["free"] != rows[5].quantity

	def test_an_archived_card_costs_no_other(self, sandbox, connect):
		self.need(Capability.LISTINGS)
		connector = connect(sandbox)
		listings = records(read(connector, "listings"))
		card = next(listing for listing in listings if listing.state is ListingState.ARCHIVED)
		assert card.external_id not in sandbox.listing_ids(sellable=True)
		archived = level(sandbox, 0, offer_id=card.offer_id, listing_id=card.external_id)
		good = level(sandbox, 1, 4)
		one, other = connector.push_stock([archived, good])
		assert other.ok and self.stock_there(connector, good)[0] == 4
		assert one.ok or (one.message and one.code and one.retry_after is None)

	def test_a_full_batch_is_one_request(self, connect):
		batch = self.connector.info.stock_batch
		with self.open_sandbox(listings=batch * 3 // 2, orders=0) as sandbox:
			connector = connect(sandbox)
			known = records(read(connector, "stock_levels"))
			if self.connector.info.stock_batch_per_warehouse:
				known = [row for row in known if row.warehouse_id == known[0].warehouse_id]
			known = known[:batch]
			assert len(known) == batch
			before = sandbox.journal.count()
			results = connector.push_stock([row.model_copy(update={"quantity": 1}) for row in known])
			assert [result.ok for result in results] == [True] * batch
			assert sandbox.journal.count() - before == 1

	def test_more_than_a_batch_is_not_sent(self, sandbox, connect):
		with pytest.raises(ValueError):
			connect(sandbox).push_stock([level(sandbox)] * (self.connector.info.stock_batch + 1))
		assert sandbox.journal.count() == 0

	def test_nothing_to_push_is_no_request(self, sandbox, connect):
		assert list(connect(sandbox).push_stock([])) == []
		assert sandbox.journal.count() == 0

	def test_a_row_sent_too_soon_says_when_to_come_back(self, connect):
		pause = self.connector.info.stock_repeat_after
		if not pause:
			pytest.skip("a row may be sent as often as one likes")
		with self.open_sandbox(limits=Limits()) as sandbox:
			connector = connect(sandbox)
			first, other = level(sandbox, 0, 3), level(sandbox, 1, 3)
			assert connector.push_stock([first])[0].ok
			again, fresh = connector.push_stock([level(sandbox, 0, 4), other])
			assert (again.ok, fresh.ok) == (False, True)
			assert 0 < again.retry_after <= pause.total_seconds()
			sandbox.advance(pause - timedelta(milliseconds=1))
			assert not connector.push_stock([level(sandbox, 0, 4)])[0].ok
			sandbox.advance(timedelta(milliseconds=1))
			assert connector.push_stock([level(sandbox, 0, 4)])[0].ok

	def test_pushed_twice_it_is_the_same(self, sandbox, connect):
		connector = connect(sandbox)
		row = level(sandbox, quantity=8)
		assert connector.push_stock([row])[0].ok and connector.push_stock([row])[0].ok
		assert self.stock_there(connector, row)[0] == 8
