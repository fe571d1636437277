"""What a shop promises, and how the number came about."""

from __future__ import annotations

import json

import frappe
import pytest

from crm_marketplace.integrations.records import OrderStatus, Scheme
from crm_marketplace.marketplace import api
from crm_marketplace.sync.shops import get_shop
from crm_marketplace.sync.stock import desired
from tests.harness.committing import commit
from tests.site import builders
from tests.site.builders import CHANNEL, cancelled, changed, line, make_order, take_in

PACKING = OrderStatus.AWAITING_PACKING


@pytest.fixture
def item(books) -> str:
	"""Twelve units of an item lie in the warehouse."""
	code = builders.make_item()
	builders.make_stock(books.company, {code: 12}, books.warehouse)
	return code


@pytest.fixture
def listing(shop, item) -> str:
	return builders.make_listing(shop, item, item)


def promised(shop: str) -> dict[str, int]:
	"""Channel warehouse → quantity, after computing anew; for shops with one listing."""
	commit()
	desired.refresh(get_shop(shop))
	return {row.channel_warehouse_id: row.desired for row in builders.levels(shop)}


def explained(listing: str) -> str:
	(row,) = api.listing_stock(listing)
	return row["explanation"]


def order_of(item: str, quantity: int = 3, **fields):
	return make_order(line(item, quantity), **fields)


# --- one item --------------------------------------------------------------------------------------


def test_what_is_on_hand_is_promised(shop, listing):
	assert promised(shop) == {CHANNEL: 12}
	assert explained(listing) == "12 on hand = 12"


def test_what_sales_orders_hold_is_taken_off(shop, item, listing):
	take_in(shop, order_of(item))

	assert promised(shop) == {CHANNEL: 9}
	assert explained(listing) == "12 on hand − 3 in sales orders = 9"


def test_the_number_is_stored_with_its_explanation(shop, item, listing):
	take_in(shop, order_of(item))
	promised(shop)

	terms = json.loads(builders.levels(shop)[0].explanation)

	assert terms == [["on_hand", 12.0], ["ordered", -3.0]]


def test_a_delivered_order_is_taken_off_once(shop, item, listing):
	builders.set_policy(shop, {PACKING: ("Submitted", "Submitted", "Nothing")})

	take_in(shop, order_of(item))

	assert promised(shop) == {CHANNEL: 9}
	assert explained(listing) == "9 on hand = 9"


def test_a_cancelled_order_gives_its_goods_back(shop, item, listing):
	order = order_of(item)
	take_in(shop, order)
	assert promised(shop) == {CHANNEL: 9}

	take_in(shop, cancelled(order))

	assert promised(shop) == {CHANNEL: 12}


def test_what_nobody_has_is_promised_to_nobody(shop):
	builders.make_goods(shop)

	assert promised(shop) == {CHANNEL: 0}


def test_more_ordered_than_on_hand_promises_nothing(shop, item, listing):
	take_in(shop, order_of(item, 15))

	assert promised(shop) == {CHANNEL: 0}


def test_goods_of_another_warehouse_do_not_count(shop, item, listing, books):
	builders.make_stock(books.company, {item: 100}, books.other_warehouse)

	assert promised(shop) == {CHANNEL: 12}


def test_more_than_the_marketplace_takes_is_cut(shop, item, listing, books):
	builders.make_stock(books.company, {item: 2_000_000}, books.warehouse)

	assert promised(shop) == {CHANNEL: 999_999}


# --- orders that are no Sales Orders yet -----------------------------------------------------------


def test_an_order_that_waits_for_a_person_reserves_its_goods(open_shop, item):
	"""Its warehouse is mapped, its total differs."""
	shop = open_shop()
	listing = builders.make_listing(shop, item, item)
	order = order_of(item, stated_total=builders.money(1))

	assert take_in(shop, order).state == "On Hold"

	assert promised(shop) == {CHANNEL: 9}
	assert explained(listing) == "12 on hand − 3 in orders being imported = 9"


def test_an_order_is_counted_before_it_is_processed_and_not_twice_after(shop, item, listing):
	builders.store(shop, order_of(item))
	assert promised(shop) == {CHANNEL: 9}

	builders.process_all(shop)

	assert promised(shop) == {CHANNEL: 9}


def test_a_draft_reserves_its_goods_too(shop, item, listing):
	builders.set_policy(shop, {PACKING: ("Draft", "Nothing", "Nothing")})

	take_in(shop, order_of(item))

	assert promised(shop) == {CHANNEL: 9}
	assert explained(listing) == "12 on hand − 3 in orders being imported = 9"


def test_a_status_that_makes_no_sales_order_reserves_its_goods(shop, item, listing):
	take_in(shop, order_of(item, status=OrderStatus.PENDING))

	assert promised(shop) == {CHANNEL: 9}


def test_an_order_whose_sales_order_was_cancelled_by_hand_still_needs_its_goods(shop, item, listing):
	take_in(shop, order_of(item))
	builders.only_sales_order(shop).cancel()

	assert promised(shop) == {CHANNEL: 9}


@pytest.mark.parametrize(
	"fields",
	[
		pytest.param({"scheme": Scheme.FBO}, id="shipped by the marketplace"),
		pytest.param({"status": OrderStatus.CANCELLED}, id="cancelled"),
		pytest.param({"status": OrderStatus.DELIVERED, "created_at": "2019-12-01"}, id="long delivered"),
	],
)
def test_orders_that_need_no_goods_of_ours(shop, item, listing, fields):
	if "created_at" in fields:
		fields = {**fields, "created_at": builders.ORDERED_AT.replace(year=2019)}

	take_in(shop, order_of(item, **fields))

	assert promised(shop) == {CHANNEL: 12}


def test_a_held_order_of_one_shop_lowers_what_another_promises(open_shop, item):
	one, other = open_shop(), open_shop()
	for shop in (one, other):
		builders.make_listing(shop, item, item)

	take_in(one, order_of(item, stated_total=builders.money(1)))

	assert promised(other) == {CHANNEL: 9}


# --- kits ------------------------------------------------------------------------------------------


def test_a_kit_is_as_many_as_its_scarcest_component_allows(shop, item, books):
	rare = builders.make_item()
	builders.make_stock(books.company, {rare: 7}, books.warehouse)
	parts = [{"item": item, "qty": 2}, {"item": rare, "qty": 2}]
	listing = builders.make_listing(shop, "set", is_kit=1, components=parts)

	assert promised(shop) == {CHANNEL: 3}
	assert explained(listing) == "7 on hand; 3 sets can be made = 3"


def test_selling_a_component_lowers_the_kit(shop, item):
	parts = [{"item": item, "qty": 4}]
	builders.make_listing(shop, "set", is_kit=1, components=parts)
	alone = builders.make_listing(shop, item, item)
	frappe.db.set_value("Marketplace Listing", alone, "publish_stock", 0)
	assert promised(shop) == {CHANNEL: 3}

	take_in(shop, order_of(item, 1))

	assert promised(shop) == {CHANNEL: 2}


def test_a_held_order_of_a_kit_reserves_its_components(shop, item):
	parts = [{"item": item, "qty": 4}]
	builders.make_listing(shop, "set", is_kit=1, components=parts)

	take_in(shop, make_order(line("set", 1), stated_total=builders.money(1)))

	assert promised(shop) == {CHANNEL: 2}


# --- policy ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("policy", "quantity", "explanation"),
	[
		({"stock_buffer": 2}, 10, "12 on hand − 2 kept back = 10"),
		({"stock_share": 50}, 6, "12 on hand; 50 per cent is this shop's share = 6"),
		({"stock_share": 55}, 6, "12 on hand; 55 per cent is this shop's share = 6"),
		({"stock_share": 0}, 0, "12 on hand; 0 per cent is this shop's share = 0"),
		({"stock_maximum": 5}, 5, "12 on hand; 5 at most = 5"),
		({"stock_maximum": 50}, 12, "12 on hand = 12"),
		({"stock_stop_at": 12}, 0, "12 on hand; 12 or fewer stops the sale = 0"),
		({"stock_stop_at": 11}, 12, "12 on hand = 12"),
		(
			{"stock_buffer": 2, "stock_share": 50, "stock_maximum": 4},
			4,
			"12 on hand − 2 kept back; 50 per cent is this shop's share; 4 at most = 4",
		),
	],
)
def test_the_policy_of_the_shop(open_shop, item, policy, quantity, explanation):
	shop = open_shop(**policy)
	listing = builders.make_listing(shop, item, item)

	assert promised(shop) == {CHANNEL: quantity}
	assert explained(listing) == explanation


def test_a_listing_may_have_a_policy_of_its_own(open_shop, item):
	shop = open_shop(stock_buffer=10)
	listing = builders.make_listing(shop, item, item, own_stock_policy=1, stock_buffer=1)

	assert promised(shop) == {CHANNEL: 11}
	assert explained(listing) == "12 on hand − 1 kept back = 11"


# --- warehouses ------------------------------------------------------------------------------------


def test_a_channel_warehouse_may_draw_on_several_warehouses(open_shop, item, books):
	builders.make_stock(books.company, {item: 5}, books.other_warehouse)
	shop = open_shop(
		warehouses=[
			builders.channel_warehouse(CHANNEL, books.warehouse),
			builders.channel_warehouse(CHANNEL, books.other_warehouse),
		]
	)
	builders.make_listing(shop, item, item)

	assert promised(shop) == {CHANNEL: 17}


def test_two_channel_warehouses_never_promise_one_unit_twice(open_shop, item, books):
	shop = open_shop(
		warehouses=[builders.channel_warehouse(name, books.warehouse) for name in ("one", "two", "three")]
	)
	builders.make_listing(shop, item, item)
	assert sum(promised(shop).values()) == 12

	take_in(shop, order_of(item, 1, warehouse_id="two"))

	assert sum(promised(shop).values()) == 11


def test_channel_warehouses_with_goods_of_their_own_do_not_share(open_shop, item, books):
	builders.make_stock(books.company, {item: 5}, books.other_warehouse)
	shop = open_shop(
		warehouses=[
			builders.channel_warehouse("one", books.warehouse),
			builders.channel_warehouse("two", books.other_warehouse),
		]
	)
	builders.make_listing(shop, item, item)

	assert promised(shop) == {"one": 12, "two": 5}


@pytest.mark.parametrize("field", ["publish_stock", "is_active"])
def test_a_channel_warehouse_that_takes_no_stock_gets_no_number(open_shop, item, books, field):
	shop = open_shop(
		warehouses=[
			builders.channel_warehouse("one", books.warehouse),
			builders.channel_warehouse("two", books.other_warehouse, **{field: 0}),
		]
	)
	builders.make_listing(shop, item, item)

	assert promised(shop) == {"one": 12}


@pytest.mark.parametrize(
	"fields",
	[
		pytest.param({"publish_stock": 0}, id="not published"),
		pytest.param({"state": "Archived"}, id="archived"),
		pytest.param({"match_status": "Ignored"}, id="ignored"),
	],
)
def test_listings_that_get_no_number(shop, listing, fields):
	frappe.db.set_value("Marketplace Listing", listing, fields)

	assert promised(shop) == {}


def test_a_listing_sold_at_no_channel_is_not_counted(open_shop, item):
	shop = open_shop(warehouses=[])
	builders.make_listing(shop, item, item)

	assert promised(shop) == {}


def test_the_orders_own_goods_are_still_in_a_changed_order(shop, item, listing):
	order = order_of(item, 3)
	take_in(shop, order)

	take_in(shop, changed(order, lines=(line(item, 1),)))

	assert promised(shop) == {CHANNEL: 11}
