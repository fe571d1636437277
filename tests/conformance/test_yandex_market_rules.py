"""What is Yandex Market's own: one key for many shops, two kinds of cabinets, prices that are held back, test
orders, and buyers who ask to cancel.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from pyrate_limiter import InMemoryBucket

from crm_marketplace.integrations.budget import LimiterBudget
from crm_marketplace.integrations.connector import QUARANTINE
from crm_marketplace.integrations.errors import (
	ConfigurationError,
	PermissionMissing,
	RateLimited,
	RejectedError,
)
from crm_marketplace.integrations.marketplaces.yandex_market.cancellations import BUYER_ASKED
from crm_marketplace.integrations.marketplaces.yandex_market.connector import INFO
from crm_marketplace.integrations.records import ListingState, Money, OrderStatus, Price, Scheme, StockLevel
from crm_marketplace.sandbox import Limits, Sandbox
from crm_marketplace.sandbox.yandex_market import MARKETPLACE
from tests.conformance.suite.base import ids, one, read, records
from tests.conformance.test_yandex_market import YandexMarketBase
from tests.conformance.yandex_market_specification import YANDEX_MARKET

PUSH = "/v3/businesses/*/offers/stocks/update"
SCHEMES = [("FBS", Scheme.FBS), ("DBS", Scheme.DBS), ("Express", Scheme.EXPRESS), ("FBO", Scheme.FBO)]


def level(sandbox: Sandbox, place: int = 0, quantity: int = 7, **changes: Any) -> StockLevel:
	offer_id = sandbox.offer_ids(sellable=True)[place]
	values = {
		"listing_id": offer_id,
		"offer_id": offer_id,
		"warehouse_id": sandbox.warehouse_ids("FBS")[0],
		"quantity": quantity,
	}
	return StockLevel(**{**values, **changes})


def rub(amount: Any) -> Money:
	return Money(amount=Decimal(str(amount)), currency="RUB")


def price(offer_id: str, amount: Any, **more: Any) -> Price:
	return Price(listing_id=offer_id, offer_id=offer_id, price=rub(amount), **more)


def priced(connector: Any, offer_id: str) -> Price:
	(item,) = connector.prices(listing_ids=[offer_id]).items
	return item.record


def test_every_method_of_the_sandbox_is_the_vendors():
	YANDEX_MARKET.skip_if_absent()
	assert [place for place in MARKETPLACE().routes if not YANDEX_MARKET.knows(*place)] == []


class TestShopsOfACabinet(YandexMarketBase):
	def test_a_key_alone_offers_all_of_them(self, sandbox, connect):
		report = connect(sandbox, {"api_key": sandbox.credentials["api_key"]}).check_credentials()
		assert len(report.accounts) == 5
		on = [account for account in report.accounts if account.available]
		assert [account.external_id for account in on] == sandbox.shop.campaign_ids()
		(off,) = [account for account in report.accounts if not account.available]
		assert "90 days" in off.reason and report.notes
		# Each of them can be connected with what it says.
		for account in on:
			key = {"api_key": sandbox.credentials["api_key"], **account.credentials}
			own = connect(sandbox, key).check_credentials()
			assert (own.account_id, own.account_name) == (account.external_id, account.title)
			assert all(right.granted for right in own.rights)

	def test_a_shop_that_is_switched_off_is_told_before_anything_is_read(self, sandbox, connect):
		(campaign_id, *_others) = sandbox.shop.campaign_ids("FBS")
		sandbox.shop.switch_off(campaign_id)
		connector = connect(sandbox, sandbox.shop.credentials_of(campaign_id))
		report = connector.check_credentials()
		assert not next(right for right in report.rights if right.capability == "orders").granted
		assert "90 days" in report.notes[0]

	def test_a_change_in_a_shop_that_is_switched_off_is_not_made(self, sandbox, connect):
		order_id = sandbox.create_order(scheme="FBS")
		sandbox.shop.switch_off(sandbox.order(order_id)["campaign_id"])
		with pytest.raises(ConfigurationError, match="switched this shop off"):
			connect(sandbox).cancel_order(order_id, "SHOP_FAILED")

	@pytest.mark.parametrize(("word", "scheme"), SCHEMES)
	def test_each_shop_has_its_own_orders_and_warehouses(self, busy_shop, connect, word, scheme):
		(campaign_id,) = busy_shop.shop.campaign_ids(word)
		connector = connect(busy_shop, busy_shop.shop.credentials_of(campaign_id))
		orders = records(read(connector, "orders_created"))
		assert {order.scheme for order in orders} == {scheme}
		theirs = [id_ for id_ in busy_shop.order_ids() if busy_shop.order(id_)["campaign_id"] == campaign_id]
		assert len(orders) > 3 and {order.external_id for order in orders} <= set(theirs)
		warehouses = records(read(connector, "warehouses"))
		active = {warehouse.external_id for warehouse in warehouses if warehouse.is_active}
		assert active >= set(busy_shop.warehouse_ids(word))
		if scheme is Scheme.FBO:
			assert read(connector, "open_orders") == []

	def test_the_shops_together_have_what_the_cabinet_has(self, busy_shop, connect):
		cabinet = set(ids(read(connect(busy_shop), "orders_created")))
		found: set[str] = set()
		for campaign_id in busy_shop.shop.campaign_ids():
			own = ids(read(connect(busy_shop, busy_shop.shop.credentials_of(campaign_id)), "orders_created"))
			assert not found & set(own)
			found |= set(own)
		assert found == cabinet

	def test_cards_are_those_of_the_shop(self, busy_shop, connect):
		campaign_id = busy_shop.shop.campaign_ids("FBO")[0]
		own = set(ids(read(connect(busy_shop, busy_shop.shop.credentials_of(campaign_id)), "listings")))
		assert own and own < set(ids(read(connect(busy_shop), "listings")))

	def test_a_key_that_only_reads(self, sandbox, connect):
		key = sandbox.shop.make_key_with(["ALL_METHODS_READ_ONLY"])
		connector = connect(sandbox, key)
		refused = {
			right.capability: right.missing
			for right in connector.check_credentials().rights
			if not right.granted
		}
		assert refused == {
			"stock": ("offers-and-cards-management",),
			"prices": ("pricing",),
			"cancellation": ("inventory-and-order-processing",),
			"labels": ("inventory-and-order-processing",),
			"feedback": ("communication",),
		}
		assert read(connector, "stock_levels") and read(connector, "prices")
		with pytest.raises(PermissionMissing):
			connector.push_stock([level(sandbox)])


class TestTestOrders(YandexMarketBase):
	def test_they_are_left_out(self, sandbox, connect):
		real = sandbox.create_order(scheme="FBS")
		test = sandbox.shop.create_order(scheme="FBS", fake=True)
		connector = connect(sandbox)
		for name in ("order_changes", "orders_created", "open_orders"):
			found = ids(read(connector, name))
			assert real in found and test not in found
		with pytest.raises(RejectedError, match="test order"):
			connector.order(test)

	def test_a_shop_that_tries_things_out_takes_them(self, sandbox, connect):
		test = sandbox.shop.create_order(scheme="FBS", fake=True)
		connector = connect(sandbox, {**sandbox.credentials, "test_orders": "yes"})
		assert test in ids(read(connector, "open_orders"))


class TestStock(YandexMarketBase):
	def test_one_bad_row_of_a_full_batch(self, sandbox, connect):
		names = [f"unknown-{number}" for number in range(3)]
		rows = [level(sandbox, number) for number in range(20)]
		rows[7:7] = [level(sandbox, offer_id=name, listing_id=name) for name in names]
		connector = connect(sandbox)
		results = connector.push_stock(rows)
		assert [result.listing_id for result in results if not result.ok] == names
		assert all(
			sandbox.stock(row.offer_id, row.warehouse_id)["free"] == 7
			for row in rows
			if "unk" not in row.offer_id
		)
		assert sandbox.journal.count(PUSH) <= 3

	def test_two_shops_show_one_warehouse_as_one(self, sandbox, connect):
		groups = []
		for campaign_id in (sandbox.shop.campaign_ids("FBS")[0], sandbox.shop.campaign_ids("Express")[0]):
			connector = connect(sandbox, sandbox.shop.credentials_of(campaign_id))
			groups.append({item.stock_group for item in records(read(connector, "warehouses"))})
		assert groups[0] and groups[0] == groups[1]

	def test_the_marketplaces_own_stock_is_not_offered(self, sandbox, connect):
		shown = {item.warehouse_id for item in records(read(connect(sandbox), "stock_levels"))}
		assert shown <= {item.external_id for item in records(read(connect(sandbox), "warehouses"))}


class TestGroupsOfWarehouses(YandexMarketBase):
	@pytest.fixture
	def sandbox(self):
		with self.open_sandbox() as sandbox:
			sandbox.shop.group_warehouses()
			yield sandbox

	def test_warehouses_say_their_group(self, sandbox, connect):
		warehouses = records(read(connect(sandbox), "warehouses"))
		groups = [warehouse.stock_group for warehouse in warehouses if warehouse.stock_group]
		assert any(groups.count(group) > 1 for group in groups)
		assert all(group.startswith(("group:", "shop:")) for group in groups)

	def test_what_is_pushed_is_read_back_in_the_whole_group(self, sandbox, connect):
		connector = connect(sandbox)
		warehouses = records(read(connector, "warehouses"))
		group = next(
			group
			for group in [warehouse.stock_group for warehouse in warehouses]
			if group and sum(warehouse.stock_group == group for warehouse in warehouses) > 1
		)
		first, *others = [item.external_id for item in warehouses if item.stock_group == group]
		wanted = level(sandbox, quantity=41, warehouse_id=first)
		assert [result.ok for result in connect(sandbox).push_stock([wanted])] == [True]
		found = {
			item.warehouse_id: item.quantity
			for item in records(read(connector, "stock_levels"))
			if item.offer_id == wanted.offer_id
		}
		assert {found.get(id_) for id_ in (first, *others)} == {41}

	def test_a_group_is_never_given_more_than_its_smallest_number(self, sandbox, connect):
		connector = connect(sandbox)
		warehouses = records(read(connector, "warehouses"))
		group = next(warehouse.stock_group for warehouse in warehouses if warehouse.stock_group)
		places = [item.external_id for item in warehouses if item.stock_group == group]
		rows = [level(sandbox, quantity=10 + number, warehouse_id=id_) for number, id_ in enumerate(places)]
		results = connector.push_stock(rows)
		assert [result.code for result in results] == [None, *["WAREHOUSE_GROUP"] * (len(places) - 1)]
		assert sandbox.stock(rows[0].offer_id, places[0])["free"] == 10

	def test_one_shop_of_it(self, sandbox, connect):
		campaign_id = sandbox.shop.campaign_ids("FBS")[0]
		connector = connect(sandbox, sandbox.shop.credentials_of(campaign_id))
		own = records(read(connector, "warehouses"))
		assert own and len(own) < len(read(connect(sandbox), "warehouses"))
		wanted = level(sandbox, quantity=12, warehouse_id=own[0].external_id)
		assert connector.push_stock([wanted])[0].ok
		assert {item.warehouse_id for item in records(read(connector, "stock_levels"))} <= {
			item.external_id for item in own
		}

	def test_busy_shops_of_one_key_do_not_use_up_the_lists_of_warehouses(self, connect):
		"""A job makes a new connector each time; what is known of the warehouses comes with the rows."""
		with self.open_sandbox(limits=Limits()) as sandbox:
			sandbox.shop.group_warehouses()
			shops = [
				sandbox.shop.credentials_of(campaign)
				for scheme in ("FBS", "Express")
				for campaign in sandbox.shop.campaign_ids(scheme)
			]
			places = [records(read(connect(sandbox, shop), "warehouses"))[0] for shop in shops]
			before = sandbox.journal.count("*/warehouses")
			for minute in range(60):
				for shop, place in zip(shops, places, strict=True):
					row = level(
						sandbox,
						quantity=minute,
						warehouse_id=place.external_id,
						stock_group=place.stock_group,
					)
					assert connect(sandbox, shop).push_stock([row])[0].ok
				sandbox.advance(60)
			assert len(shops) > 1 and sandbox.journal.count("*/warehouses") == before

	def test_which_kind_it_is_is_asked_once(self, sandbox, connect):
		connector = connect(sandbox)
		place = records(read(connector, "warehouses"))[0].external_id
		for quantity in (1, 2, 3):
			connector.push_stock([level(sandbox, quantity=quantity, warehouse_id=place)])
		assert sandbox.journal.count(PUSH) <= 1


class TestPrices(YandexMarketBase):
	def shop(self, sandbox: Sandbox, connect: Any, *, own_prices: bool) -> tuple[Any, Any, str]:
		"""A connector to one shop, one to the cabinet, and an offer."""
		sandbox.shop.allow_own_prices(own_prices)
		campaign_id = sandbox.shop.campaign_ids("FBS")[0]
		shop = connect(sandbox, sandbox.shop.credentials_of(campaign_id))
		return shop, connect(sandbox), sandbox.offer_ids(sellable=True)[0]

	def test_a_shop_may_have_its_own(self, sandbox, connect):
		shop, cabinet, offer_id = self.shop(sandbox, connect, own_prices=True)
		before = priced(cabinet, offer_id).price
		assert shop.push_prices([price(offer_id, "777.70", old_price=rub(1000))])[0].ok
		assert (priced(shop, offer_id).price, priced(shop, offer_id).old_price) == (rub("777.70"), rub(1000))
		assert priced(cabinet, offer_id).price == before
		whole = {record.offer_id: record.price for record in records(read(shop, "prices"))}
		assert whole[offer_id] == rub("777.70") and len(whole) == len(read(cabinet, "prices"))

	def test_where_it_has_its_own_there_is_no_minimum_to_set(self, sandbox, connect):
		shop, cabinet, offer_id = self.shop(sandbox, connect, own_prices=True)
		assert shop.push_prices([price(offer_id, "777.70", minimum_price=rub(700))])[0].ok
		there = priced(shop, offer_id)
		assert there.minimum_price_fixed and there.minimum_price != rub(700)
		assert all(record.minimum_price_fixed for record in records(read(shop, "prices")))
		assert not priced(cabinet, offer_id).minimum_price_fixed

	def test_where_it_may_not_its_price_is_the_cabinets(self, sandbox, connect):
		shop, cabinet, offer_id = self.shop(sandbox, connect, own_prices=False)
		assert shop.push_prices([price(offer_id, "777.70")])[0].ok
		assert priced(cabinet, offer_id).price == priced(shop, offer_id).price == rub("777.70")

	def test_a_leap_is_held_back_told_and_shown_with_the_way_out(self, sandbox, connect):
		sandbox.shop.hold_back_prices(50)
		connector = connect(sandbox)
		offer_id = next(
			listing.offer_id
			for listing in records(read(connector, "listings"))
			if listing.state is ListingState.ACTIVE
		)
		before = priced(connector, offer_id).price
		leap = price(offer_id, before.amount * 3)
		(result,) = connector.push_prices([leap])
		assert (result.ok, result.code) == (False, QUARANTINE)
		now = priced(connector, offer_id)
		assert now.held == leap.price and now.held_reason == result.message
		listing = next(item for item in records(read(connector, "listings")) if item.offer_id == offer_id)
		assert (listing.state, listing.state_reason) == (ListingState.INACTIVE, result.message)
		assert sandbox.journal.count("/v2/businesses/*/price-quarantine/confirm") == 0
		# Another price is a way out.
		assert connector.push_prices([price(offer_id, before.amount)])[0].ok
		assert priced(connector, offer_id).held is None

	def test_what_is_not_given_stays(self, sandbox, connect):
		connector = connect(sandbox)
		offer_id = sandbox.offer_ids(sellable=True)[0]
		whole = price(offer_id, 500, old_price=rub(900), minimum_price=rub(450))
		assert connector.push_prices([whole])[0].ok
		assert connector.push_prices([price(offer_id, 520)])[0].ok
		now = priced(connector, offer_id)
		assert (now.price, now.old_price, now.minimum_price) == (rub(520), rub(900), rub(450))


class TestBuyersOfASellerWhoDelivers(YandexMarketBase):
	def test_they_are_named_while_their_order_is_on_its_way(self, sandbox, connect):
		order_id = sandbox.create_order(scheme="DBS", status="DELIVERY")
		buyer = one(connect(sandbox), order_id).buyer
		assert buyer.name and buyer.phone and buyer.phone_is_masked

	def test_their_wish_to_cancel_can_be_granted(self, sandbox, connect):
		order_id = sandbox.create_order(scheme="DBS", status="DELIVERY")
		connector = connect(sandbox)
		assert BUYER_ASKED not in [reason.external_id for reason in connector.cancel_reasons(order_id)]
		sandbox.shop.ask_to_cancel(order_id)
		assert connector.cancel_reasons(order_id)[0].external_id == BUYER_ASKED
		connector.cancel_order(order_id, BUYER_ASKED)
		order = one(connector, order_id)
		assert order.status is OrderStatus.CANCELLED and order.cancellation.initiator == "buyer"

	def test_goods_can_be_taken_out_before_it_is_packed(self, sandbox, connect):
		offer_id = sandbox.offer_ids(sellable=True)[0]
		sandbox.set_stock(offer_id, 9, sandbox.warehouse_ids("DBS")[0])
		order_id = sandbox.create_order(
			{offer_id: 3}, scheme="DBS", warehouse_id=sandbox.warehouse_ids("DBS")[0]
		)
		connector = connect(sandbox)
		line = one(connector, order_id).lines[0]
		connector.cancel_lines(order_id, {line.line_id: 1}, "SHOP_FAILED")
		assert sum(line.quantity for line in one(connector, order_id).lines) == 2

	def test_their_delivery_is_in_the_total(self, busy_shop, connect):
		connector = connect(busy_shop)
		orders = [order for order in records(read(connector, "orders_created")) if order.scheme is Scheme.DBS]
		assert any(order.charges for order in orders)
		assert all(order.total == order.stated_total for order in orders)


class TestLimits(YandexMarketBase):
	def test_the_budget_stays_within_what_the_vendor_allows(self, connect):
		"""Every method has a window of its own; none of them is refused."""
		with self.open_sandbox(limits=Limits()) as sandbox:

			class Bucket(InMemoryBucket):
				def now(self) -> int:
					return sandbox.clock.micros() // 1000

			budget = LimiterBudget(
				INFO.rate_limits, lambda _group, rates: Bucket(rates), sleep=sandbox.advance
			)
			connector = connect(sandbox, budget=budget, patience=600)
			for _again in range(60):
				connector.push_stock([level(sandbox)])
				connector.prices(limit=1)
			assert {exchange.status for exchange in sandbox.journal.last(limit=1000)} == {200}

	def test_without_a_budget_the_vendor_says_when_to_come_again(self, connect):
		with self.open_sandbox(limits=Limits()) as sandbox:
			connector = connect(sandbox, patience=0)
			with pytest.raises(RateLimited) as caught:
				for _again in range(120):
					connector.push_stock([level(sandbox)])
			assert 0 < caught.value.retry_after <= 61
