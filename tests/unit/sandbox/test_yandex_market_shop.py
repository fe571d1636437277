"""A cabinet as its commands move it: stock and orders always agree."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crm_marketplace.sandbox import UNLIMITED, Clock, Plan
from crm_marketplace.sandbox.state import State
from crm_marketplace.sandbox.yandex_market import MARKETPLACE
from crm_marketplace.sandbox.yandex_market.money import number, parse
from crm_marketplace.sandbox.yandex_market.movement import place_of
from crm_marketplace.sandbox.yandex_market.statuses import (
	CANCELLERS,
	FINAL,
	PATHS,
	SCHEMES,
	Step,
	following,
	is_reserving,
	may_change,
	step,
)
from crm_marketplace.sandbox.yandex_market.warehouses import MARKET_WAREHOUSE

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=timezone.utc)


def shop(*, number: int = 1, clock: Clock | None = None, **plan):
	plan = Plan(**{"listings": 70, "orders": 120, **plan})
	market = MARKETPLACE()
	return market.make_shop(number, plan, State(":memory:", market.schema), clock or Clock(NOW), UNLIMITED)


@pytest.fixture
def small():
	return shop(listings=30, orders=0)


def reserved_by_orders(market) -> Counter:
	"""Offer and warehouse → units that open orders hold."""
	units: Counter = Counter()
	for row in market.state.all(
		"""SELECT p.status, p.substatus, p.warehouse_id, i.offer, i.count
		FROM purchase p JOIN item i ON i.purchase_id = p.id"""
	):
		if is_reserving(place_of(row)):
			units[row["offer"], row["warehouse_id"]] += row["count"]
	return units


def reserved_in_stock(market) -> Counter:
	units: Counter = Counter()
	for row in market.state.all("SELECT * FROM stock WHERE reserved"):
		units[row["offer"], row["warehouse_id"]] = row["reserved"]
	for row in market.state.all("SELECT * FROM offer WHERE fby_reserved"):
		units[row["id"], MARKET_WAREHOUSE] = row["fby_reserved"]
	return units


def assert_books_are_straight(market) -> None:
	assert reserved_in_stock(market) == reserved_by_orders(market)
	assert market.state.all("SELECT * FROM stock WHERE present < reserved OR reserved < 0") == []
	assert market.state.all("SELECT * FROM offer WHERE fby_present < fby_reserved OR fby_reserved < 0") == []


# --- making it -------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_cabinet():
	first, second, other = shop(), shop(), shop(seed=2)
	for table in ("offer", "stock", "purchase", "item", "warehouse", "campaign", "api_key"):
		query = f"SELECT * FROM {table}"
		rows = [tuple(row) for row in first.state.all(query)]
		assert rows and rows == [tuple(row) for row in second.state.all(query)]
		is_fixed = table in ("warehouse", "campaign")
		assert is_fixed or rows != [tuple(row) for row in other.state.all(query)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_everything_a_seller_meets_is_there(seed):
	market = shop(listings=150, orders=400, seed=seed)
	orders = [market.order(order_id) for order_id in market.order_ids()]
	assert len(orders) == 400
	assert {order["scheme"] for order in orders} == {"FBS", "DBS", "Express", "FBO"}
	assert {order["status"] for order in orders} >= {
		"UNPAID", "PENDING", "PROCESSING", "DELIVERY", "PICKUP", "DELIVERED", "CANCELLED", "RETURNED",
		"PARTIALLY_RETURNED",
	}  # fmt: skip
	assert max(len(order["lines"]) for order in orders) > 2
	assert {order["is_company"] for order in orders} == {True, False}
	states = {row["state"] for row in market.state.all("SELECT state FROM offer")}
	assert len(states) == 5
	assert len(market.listing_ids(sellable=True)) < len(market.listing_ids()) == 150
	# Some lines do not divide by their units.
	assert market.state.value("SELECT count(*) FROM item WHERE (payment + subsidy + cashback) % count")
	assert_books_are_straight(market)


def test_a_small_cabinet_is_for_sale_altogether():
	market = shop(listings=10, orders=20)
	assert len(market.offer_ids(sellable=True)) == 10
	assert_books_are_straight(market)


def test_cabinets_sell_the_same_goods_and_share_nothing_else():
	first, second = shop(), shop(number=2)
	assert first.offer_ids() == second.offer_ids()
	assert not set(first.campaign_ids()) & set(second.campaign_ids())
	assert not set(first.warehouse_ids()) & set(second.warehouse_ids())
	assert not set(first.order_ids()) & set(second.order_ids())
	assert first.credentials != second.credentials and first.name != second.name


# --- its commands ----------------------------------------------------------------------------------


def test_an_order_reserves_and_leaves(small):
	offer_id = small.offer_ids(sellable=True)[0]
	small.set_stock(offer_id, 10)
	order_id = small.create_order({offer_id: 4})
	place = small.order(order_id)["warehouse_id"]
	assert small.stock(offer_id, place) == {"present": 10, "reserved": 4, "free": 6}
	assert small.move_order(order_id) == "PROCESSING"
	assert small.stock(offer_id, place)["reserved"] == 4
	assert small.move_order(order_id) == "PROCESSING"
	assert small.order(order_id)["substatus"] == "SHIPPED"
	assert small.stock(offer_id, place) == {"present": 6, "reserved": 0, "free": 6}


@pytest.mark.parametrize("scheme", ["FBS", "DBS", "Express", "FBO"])
def test_orders_go_all_the_way(scheme):
	market = shop()
	order_id = market.create_order(scheme=scheme)
	seen = [market.order(order_id)["status"]]
	while seen[-1] != "DELIVERED":
		seen.append(market.move_order(order_id))
		assert_books_are_straight(market)
	with pytest.raises(ValueError, match="goes nowhere"):
		market.move_order(order_id)


@pytest.mark.parametrize("by", CANCELLERS)
def test_a_cancelled_order_frees_its_goods(small, by):
	offer_id = small.offer_ids(sellable=True)[0]
	small.set_stock(offer_id, 3)
	order_id = small.create_order({offer_id: 3})
	small.cancel_order(order_id, by=by)
	assert small.order(order_id)["status"] == "CANCELLED"
	assert small.stock(offer_id)["free"] >= 3
	assert_books_are_straight(small)


@pytest.mark.parametrize(
	"attempt, error",
	[
		(lambda market: market.create_order({"no such thing": 1}), LookupError),
		(lambda market: market.create_order(warehouse_id="1"), LookupError),
		(lambda market: market.create_order(scheme="Pigeon"), ValueError),
		(lambda market: market.create_order(status="lost"), ValueError),
		(lambda market: market.create_order({market.offer_ids(sellable=True)[0]: 10**6}), ValueError),
		(lambda market: market.move_order("1"), LookupError),
		(lambda market: market.cancel_order("1"), LookupError),
		(lambda market: market.cancel_order(market.create_order(), by="the cat"), ValueError),
		(lambda market: market.ask_to_cancel("1"), LookupError),
		(lambda market: market.stock("no such thing"), LookupError),
		(lambda market: market.make_key(without=["everything"]), ValueError),
		(lambda market: market.revoke_key({"api_key": "0"}), LookupError),
	],
)
def test_what_makes_no_sense_is_told_and_changes_nothing(small, attempt, error):
	with pytest.raises(error):
		attempt(small)
	assert small.counts()["orders"] in ({}, {"PROCESSING": 1})
	assert_books_are_straight(small)


def test_orders_move_by_themselves_on_the_clock():
	clock = Clock(NOW)
	market = shop(listings=30, orders=40, clock=clock, pace=timedelta(minutes=10))
	order_id = market.create_order()
	seen = set()
	for _ in range(15):
		clock.advance(timedelta(minutes=5))
		market.settle()
		seen.add(market.order(order_id)["status"])
		assert_books_are_straight(market)
	assert len(seen) >= 3
	clock.advance(timedelta(hours=5))
	market.settle()
	assert {market.order(each)["status"] for each in market.order_ids()} <= FINAL


def test_a_group_of_warehouses_has_one_stock(small):
	small.group_warehouses()
	offer_id = small.offer_ids(sellable=True)[0]
	groups = small.state.all("SELECT group_id, count(*) AS n FROM warehouse GROUP BY group_id HAVING n > 1")
	group = next(row["group_id"] for row in groups if row["group_id"])
	places = [
		str(row["id"]) for row in small.state.all("SELECT id FROM warehouse WHERE group_id = ?", (group,))
	]
	small.set_stock(offer_id, 23, places[0])
	assert {small.stock(offer_id, place)["free"] for place in places} == {23}
	assert_books_are_straight(small)


# --- statuses and sums -----------------------------------------------------------------------------


@pytest.mark.parametrize("program", PATHS)
def test_a_path_leads_to_the_buyer(program):
	where, seen = PATHS[program][0], []
	while where:
		seen.append(where)
		where = following(program, where)
	assert tuple(seen) == PATHS[program]
	assert seen[0].joined == "PROCESSING/STARTED" and seen[-1].status == "DELIVERED"


def test_byways_lead_back():
	for status in ("UNPAID", "PENDING", "PLACING"):
		assert following("FBS", step("FBS", status)).joined == "PROCESSING/STARTED"
	assert following("FBS", Step("CANCELLED", "SHOP_FAILED")) is None
	with pytest.raises(ValueError):
		step("FBS", "TELEPORTED")


@pytest.mark.parametrize(
	("program", "here", "wanted", "may"),
	[
		("FBS", "PROCESSING/STARTED", "PROCESSING/READY_TO_SHIP", True),
		("FBS", "PROCESSING/READY_TO_SHIP", "PROCESSING/READY_TO_SHIP", False),
		("FBS", "PROCESSING/READY_TO_SHIP", "CANCELLED/SHOP_FAILED", True),
		("FBS", "PROCESSING/STARTED", "CANCELLED/USER_CHANGED_MIND", False),
		("FBS", "PROCESSING/SHIPPED", "CANCELLED/SHOP_FAILED", False),
		("EXPRESS", "DELIVERY/COURIER_RECEIVED", "CANCELLED/SHOP_FAILED", False),
		("DBS", "DELIVERY/DELIVERY_SERVICE_RECEIVED", "CANCELLED/USER_UNREACHABLE", True),
		("DBS", "PROCESSING/STARTED", "DELIVERY/DELIVERY_SERVICE_RECEIVED", True),
		("DBS", "DELIVERY/DELIVERY_SERVICE_RECEIVED", "PROCESSING/STARTED", False),
		("FBY", "PROCESSING/STARTED", "CANCELLED/SHOP_FAILED", False),
	],
)
def test_where_a_seller_may_take_an_order(program, here, wanted, may):
	places = [Step(*joined.split("/")) for joined in (here, wanted)]
	assert may_change(program, *places) is may


@pytest.mark.parametrize(
	("given", "kopecks"),
	[(1, 100), ("1.5", 150), (99.99, 9999), ("1.234", None), ("much", None), (None, None)],
)
def test_sums_have_at_most_kopecks(given, kopecks):
	assert parse(given) == kopecks
	if kopecks is not None:
		assert parse(str(number(kopecks))) == kopecks


# --- any story -------------------------------------------------------------------------------------


class AnyStory(RuleBasedStateMachine):
	"""Whatever happens in whatever order, reservations are those of the open orders."""

	def __init__(self) -> None:
		super().__init__()
		self.shop = shop(listings=12, orders=8)
		self.offers = self.shop.offer_ids(sellable=True)

	@rule(offer=st.integers(0, 9), units=st.integers(1, 9), scheme=st.sampled_from(["FBS", "DBS", "Express"]))
	def order(self, offer, units, scheme):
		try:
			self.shop.create_order({self.offers[offer]: units}, scheme=scheme)
		except ValueError:
			place = self.shop.warehouse_ids(scheme)[0]
			assert self.shop.stock(self.offers[offer], place)["free"] < units

	@precondition(lambda self: self.shop.order_ids())
	@rule(place=st.integers(0, 50), status=st.sampled_from([None, None, "DELIVERED"]))
	def move(self, place, status):
		order_ids = self.shop.order_ids()
		order = self.shop.order(order_ids[place % len(order_ids)])
		here = Step(order["status"], order["substatus"])
		if status is None and following(SCHEMES[order["scheme"].upper()], here) is None:
			return
		self.shop.move_order(order["id"], status)

	@precondition(lambda self: self.shop.order_ids())
	@rule(place=st.integers(0, 50))
	def cancel(self, place):
		order_ids = self.shop.order_ids()
		self.shop.cancel_order(order_ids[place % len(order_ids)])

	@rule(offer=st.integers(0, 9), units=st.integers(0, 20))
	def restock(self, offer, units):
		place = self.shop.warehouse_ids()[0]
		self.shop.set_stock(self.offers[offer], units, place)
		assert self.shop.stock(self.offers[offer], place)["free"] == units

	@invariant()
	def books_are_straight(self):
		assert_books_are_straight(self.shop)


TestAnyStory = AnyStory.TestCase
TestAnyStory.settings = settings(max_examples=15, stateful_step_count=20)
