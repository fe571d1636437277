"""A shop as its commands move it: stock and orders always agree."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from crm_marketplace.sandbox import UNLIMITED, Clock, Plan
from crm_marketplace.sandbox.ozon import MARKETPLACE
from crm_marketplace.sandbox.ozon.statuses import FINAL, PATHS, RESERVING, actions, following, step
from crm_marketplace.sandbox.state import State

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=timezone.utc)


def shop(*, number: int = 1, clock: Clock | None = None, **plan):
	plan = Plan(**{"listings": 70, "orders": 120, **plan})
	market = MARKETPLACE()
	return market.make_shop(number, plan, State(":memory:", market.schema), clock or Clock(NOW), UNLIMITED)


@pytest.fixture
def small():
	return shop(listings=30, orders=0)


def reserved_by_orders(market) -> Counter:
	"""Product and warehouse → units that open postings hold."""
	units: Counter = Counter()
	for row in market.state.all(
		"""SELECT p.status, p.warehouse_id, p.scheme, l.product_id, l.quantity
		FROM posting p JOIN posting_line l ON l.posting_id = p.id"""
	):
		if row["status"] in RESERVING:
			units[row["product_id"], row["warehouse_id"]] += row["quantity"]
	return units


def reserved_in_stock(market) -> Counter:
	units: Counter = Counter()
	for row in market.state.all("SELECT * FROM stock WHERE reserved"):
		units[row["product_id"], row["warehouse_id"]] = row["reserved"]
	for row in market.state.all("SELECT * FROM listing WHERE fbo_reserved"):
		units[row["product_id"], 0] = row["fbo_reserved"]
	return units


def assert_books_are_straight(market) -> None:
	assert reserved_in_stock(market) == reserved_by_orders(market)
	assert market.state.all("SELECT * FROM stock WHERE present < reserved OR reserved < 0") == []
	assert (
		market.state.all("SELECT * FROM listing WHERE fbo_present < fbo_reserved OR fbo_reserved < 0") == []
	)


# --- making it -------------------------------------------------------------------------------------


def test_the_same_seed_makes_the_same_shop():
	first, second, other = shop(), shop(), shop(seed=2)
	for table in ("listing", "stock", "posting", "posting_line", "warehouse", "api_key"):
		query = f"SELECT * FROM {table}"
		rows = [tuple(row) for row in first.state.all(query)]
		assert rows == [tuple(row) for row in second.state.all(query)]
		assert table == "warehouse" or rows != [tuple(row) for row in other.state.all(query)]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_everything_a_seller_meets_is_there(seed):
	market = shop(listings=150, orders=400, seed=seed)
	orders = [market.order(order_id) for order_id in market.order_ids()]
	assert len(orders) == 400
	assert {order["scheme"] for order in orders} == {"FBS", "DBS", "Express", "FBO"}
	assert {order["status"] for order in orders} >= {
		"awaiting_packaging", "awaiting_deliver", "delivering", "delivered", "cancelled", "arbitration",
	}  # fmt: skip
	assert max(len(order["lines"]) for order in orders) > 2
	assert {order["is_company"] for order in orders} == {True, False}
	assert max(order["boxes"] for order in orders) > 1
	assert len({order["order_number"] for order in orders}) < len(orders)
	states = Counter(row["state"] for row in market.state.all("SELECT state FROM listing"))
	assert len(states) == 4
	assert len(market.listing_ids(sellable=True)) < len(market.listing_ids()) == 150
	assert_books_are_straight(market)


def test_a_small_shop_is_for_sale_altogether():
	market = shop(listings=10, orders=20)
	assert len(market.offer_ids(sellable=True)) == 10
	assert_books_are_straight(market)


def test_orders_are_spread_over_the_last_days():
	market = shop(orders=300, days=10)
	times = [row[0] for row in market.state.all("SELECT created_at FROM posting ORDER BY id")]
	now = market.clock.micros()
	assert times == sorted(times)
	assert now - 10 * 86_400_000_000 <= times[0] and times[-1] <= now
	assert market.state.value("SELECT max(changed_at) FROM posting") <= now


def test_shops_sell_the_same_goods_under_their_own_ids():
	first, second = shop(), shop(number=2)
	assert first.offer_ids() == second.offer_ids()
	assert not set(first.listing_ids()) & set(second.listing_ids())
	assert not set(first.warehouse_ids()) & set(second.warehouse_ids())
	assert not set(first.order_ids()) & set(second.order_ids())
	assert first.credentials != second.credentials and first.name != second.name


def test_orders_need_something_to_sell():
	with pytest.raises(ValueError, match="listings"):
		shop(listings=0, orders=1)
	assert shop(listings=0, orders=0).order_ids() == []


# --- its commands ----------------------------------------------------------------------------------


def test_an_order_reserves_and_leaves(small):
	offer_id = small.offer_ids(sellable=True)[0]
	small.set_stock(offer_id, 10)
	order_id = small.create_order({offer_id: 4})
	place = small.order(order_id)["warehouse_id"]
	assert small.stock(offer_id, place) == {"present": 10, "reserved": 4, "free": 6}
	assert small.move_order(order_id) == "awaiting_deliver"
	assert small.stock(offer_id, place)["reserved"] == 4
	assert small.move_order(order_id) == "acceptance_in_progress"
	assert small.stock(offer_id, place) == {"present": 6, "reserved": 0, "free": 6}


@pytest.mark.parametrize("scheme", ["FBS", "DBS", "Express", "FBO"])
def test_orders_go_all_the_way(scheme):
	market = shop()
	order_id = market.create_order(scheme=scheme)
	seen = [market.order(order_id)["status"]]
	while seen[-1] != "delivered":
		seen.append(market.move_order(order_id))
		assert_books_are_straight(market)
	while market.order(order_id)["substatus"] != PATHS[_own(scheme)][-1].substatus:
		market.move_order(order_id)
	with pytest.raises(ValueError, match="goes nowhere"):
		market.move_order(order_id)


def _own(scheme: str) -> str:
	return {"DBS": "rfbs"}.get(scheme, scheme.lower())


@pytest.mark.parametrize("by", ["client", "marketplace", "system", "delivery", "seller"])
def test_a_cancelled_order_frees_its_goods(small, by):
	offer_id = small.offer_ids(sellable=True)[0]
	small.set_stock(offer_id, 3)
	order_id = small.create_order({offer_id: 3})
	small.cancel_order(order_id, by=by)
	assert small.order(order_id)["status"] == "cancelled"
	assert small.stock(offer_id)["free"] >= 3
	assert_books_are_straight(small)


def test_nobody_buys_what_is_not_there(small):
	offer_id = small.offer_ids(sellable=True)[0]
	small.set_stock(offer_id, 2)
	with pytest.raises(ValueError, match="only 2"):
		small.create_order({offer_id: 3})
	small.create_order({offer_id: 3}, status="delivered")
	assert small.stock(offer_id, small.warehouse_ids()[0])["free"] == 2


@pytest.mark.parametrize(
	"attempt, error",
	[
		(lambda market: market.create_order({"no such thing": 1}), LookupError),
		(lambda market: market.create_order(warehouse_id="1"), LookupError),
		(lambda market: market.create_order(scheme="Pigeon"), ValueError),
		(lambda market: market.create_order(status="lost"), ValueError),
		(lambda market: market.move_order("1-1-1"), LookupError),
		(lambda market: market.cancel_order("1-1-1"), LookupError),
		(lambda market: market.cancel_order(market.create_order(), by="the cat"), ValueError),
		(lambda market: market.stock("no such thing"), LookupError),
		(lambda market: market.make_key(without=["everything"]), ValueError),
		(lambda market: market.revoke_key({"api_key": "0"}), LookupError),
	],
)
def test_what_makes_no_sense_is_told_and_changes_nothing(small, attempt, error):
	before = small.counts()
	with pytest.raises(error):
		attempt(small)
	made = small.counts()["orders"]
	assert before["listings"] == small.counts()["listings"]
	assert made in (before["orders"], {"awaiting_packaging": 1})
	assert_books_are_straight(small)


def test_orders_move_by_themselves_on_the_clock():
	clock = Clock(NOW)
	market = shop(listings=30, orders=40, clock=clock, pace=timedelta(minutes=10))
	order_id = market.create_order()
	statuses = [market.order(order_id)["status"]]
	for _ in range(15):
		clock.advance(timedelta(minutes=5))
		market.settle()
		statuses.append(market.order(order_id)["status"])
		assert_books_are_straight(market)
	assert len(set(statuses)) >= 3
	clock.advance(timedelta(hours=5))
	market.settle()
	assert {market.order(each)["status"] for each in market.order_ids()} <= FINAL
	changed = market.state.value("SELECT max(changed_at) FROM posting")
	assert changed <= market.clock.micros()


def test_without_a_pace_nothing_moves():
	clock = Clock(NOW)
	market = shop(clock=clock)
	before = market.counts()
	clock.advance(timedelta(days=30))
	market.settle()
	assert market.counts() == before


def test_times_of_an_order_that_is_given_a_time(small):
	order_id = small.create_order(at=NOW - timedelta(days=3))
	row = small.state.one("SELECT * FROM posting WHERE posting_number = ?", (order_id,))
	assert row["created_at"] == small.clock.micros() - 3 * 86_400_000_000
	assert json.loads(row["buyer"])["name"]


# --- statuses --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", PATHS)
def test_a_path_leads_from_packing_to_the_buyer(scheme):
	where, seen = PATHS[scheme][0], []
	while where:
		seen.append(where)
		where = following(scheme, where.status, where.substatus)
	assert tuple(seen) == PATHS[scheme]
	assert seen[0].status == "awaiting_packaging" and seen[-1].status == "delivered"


def test_byways_lead_back():
	for status in ("awaiting_registration", "awaiting_approve", "arbitration", "not_accepted"):
		place = step("fbs", status)
		assert following("fbs", status, place.substatus) in PATHS["fbs"]
	assert following("fbs", "cancelled", "posting_canceled") is None
	with pytest.raises(ValueError):
		step("fbo", "arbitration")


def test_actions_follow_the_status():
	assert actions("fbs", "awaiting_packaging", 1, False) == ["cancel", "ship", "ship_async"]
	assert "product_cancel" in actions("fbs", "awaiting_packaging", 2, False)
	assert "ship" not in actions("fbs", "awaiting_packaging", 1, True)
	assert "cancel" not in actions("fbs", "delivering", 1, False)
	assert "cancel" in actions("rfbs", "delivering", 1, False)
	assert actions("fbs", "delivered", 1, False) == []


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
	@rule(
		place=st.integers(0, 50),
		status=st.sampled_from([None, "arbitration", "awaiting_packaging", "delivered"]),
	)
	def move(self, place, status):
		order_ids = self.shop.order_ids()
		order_id = order_ids[place % len(order_ids)]
		order = self.shop.order(order_id)
		if order["scheme"] == "FBO" and status == "arbitration":
			return
		if status is None and following(_own(order["scheme"]), order["status"], order["substatus"]) is None:
			return
		if status == "awaiting_packaging":
			return  # nothing comes back to the warehouse by itself
		self.shop.move_order(order_id, status)

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
TestAnyStory.settings = settings(max_examples=25, stateful_step_count=25)
