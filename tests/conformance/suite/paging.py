"""Lists: complete, once, in a stable order, and able to go on in another process."""

from __future__ import annotations

from collections import Counter

import pytest

from crm_marketplace.integrations import paging
from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import ContractError
from tests.conformance.suite.base import LISTS, NOW, Base, ids, read, records

SMALL_PAGE = 12
every_list = pytest.mark.parametrize("name", LISTS)


class Paging(Base):
	def what_there_is(self, name: str, sandbox) -> set[str] | None:
		"""The ids a list must give, as far as the sandbox can tell."""
		if name == "listings":
			return set(sandbox.listing_ids())
		if name in ("orders_created", "order_changes"):
			return set(sandbox.order_ids())
		if name == "returns":
			return set(sandbox.return_ids())
		if name == "reviews":
			return set(sandbox.review_ids())
		return None

	@every_list
	def test_all_of_it_once(self, busy_shop, connect, name):
		capability, fetch = LISTS[name]
		self.need(capability)
		connector = connect(busy_shop)
		pages = list(
			paging.walk(lambda token, limit: fetch(connector, token, limit), limit=SMALL_PAGE, max_pages=100)
		)
		assert len(pages) < 100
		found = [external_id for page in pages for external_id in ids(page.items)]
		assert found
		repeated = [external_id for external_id, times in Counter(found).items() if times > 1]
		assert not repeated
		expected = self.what_there_is(name, busy_shop)
		if expected is not None:
			assert set(found) == expected
		if name != "warehouses":
			assert len([page for page in pages if page.items]) > 1
			assert max(len(page.items) for page in pages) <= SMALL_PAGE * self.widest(name)

	def widest(self, name: str) -> int:
		"""A page of listings may hold a stock row for each warehouse."""
		return 8 if name == "stock_levels" else 1

	@every_list
	def test_every_item_is_read(self, busy_shop, connect, name):
		self.need(LISTS[name][0])
		items = read(connect(busy_shop), name)
		records(items)
		assert all(item.raw for item in items)
		assert all(isinstance(item.external_id, str) and item.external_id for item in items)

	@every_list
	def test_the_size_of_pages_changes_nothing(self, busy_shop, connect, name):
		self.need(LISTS[name][0])
		connector = connect(busy_shop)
		small, large = read(connector, name, SMALL_PAGE), read(connector, name, 10_000)
		assert sorted(ids(small)) == sorted(ids(large))

	@every_list
	def test_read_twice_it_says_the_same(self, busy_shop, connect, name):
		self.need(LISTS[name][0])
		first, second = read(connect(busy_shop), name), read(connect(busy_shop), name)
		assert ids(first) == ids(second)
		assert [record.digest for record in records(first)] == [record.digest for record in records(second)]

	@every_list
	def test_another_process_can_go_on(self, busy_shop, connect, name):
		"""A token is text and nothing else: each page is fetched by a new connector."""
		capability, fetch = LISTS[name]
		self.need(capability)
		found, token = [], None
		while True:
			page = fetch(connect(busy_shop), token, SMALL_PAGE)
			found += ids(page.items)
			token = page.token
			if token is None:
				break
			assert type(token) is str
			token = token.encode().decode()
		assert found == ids(read(connect(busy_shop), name, SMALL_PAGE))

	@every_list
	def test_pages_tell_the_remote_time(self, busy_shop, connect, name):
		capability, fetch = LISTS[name]
		self.need(capability)
		assert fetch(connect(busy_shop), None, SMALL_PAGE).as_of == NOW

	@every_list
	def test_a_token_that_leads_nowhere_is_told(self, busy_shop, connect, name):
		capability, fetch = LISTS[name]
		self.need(capability)
		if name == "warehouses" and fetch(connect(busy_shop), None, None).token is None:
			pytest.skip("it has one page")
		with pytest.raises(ContractError):
			fetch(connect(busy_shop), "neither here nor there", SMALL_PAGE)

	listing_states = 3  # active, archived, and at least one more where the marketplace tells

	def test_listings_say_what_the_cards_say(self, busy_shop, connect):
		self.need(Capability.LISTINGS)
		listings = records(read(connect(busy_shop), "listings"))
		assert {listing.offer_id for listing in listings} == set(busy_shop.offer_ids())
		assert {listing.external_id for listing in listings if listing.state == "Active"} <= set(
			busy_shop.listing_ids(sellable=True)
		)
		assert len({listing.state for listing in listings}) >= self.listing_states
		assert any(len(listing.barcodes) > 1 for listing in listings)
		assert any("<script>" in listing.title for listing in listings)
		for listing in listings:
			if listing.price is not None:  # some cards come without their prices
				price = busy_shop.price(listing.offer_id)
				assert str(listing.price.amount) == price["price"]
				assert listing.price.currency == price["currency"]

	def test_warehouses_name_their_scheme_and_ways_of_delivery(self, busy_shop, connect):
		self.need(Capability.WAREHOUSES)
		warehouses = records(read(connect(busy_shop), "warehouses"))
		active = [warehouse for warehouse in warehouses if warehouse.is_active]
		assert {warehouse.external_id for warehouse in active} == set(busy_shop.warehouse_ids())
		assert len(warehouses) > len(active), "closed warehouses belong to the list, as inactive ones"
		for warehouse in active:
			assert warehouse.external_id in busy_shop.warehouse_ids(warehouse.scheme.value)
			assert warehouse.name
