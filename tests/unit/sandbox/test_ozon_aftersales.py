"""What comes back to an Ozon shop, what is said of it, and what is stuck on its parcels."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta, timezone

import pytest

from crm_marketplace.sandbox import UNLIMITED, Clock, Limits, Plan
from crm_marketplace.sandbox.files import Files
from crm_marketplace.sandbox.ozon import MARKETPLACE, labels
from crm_marketplace.sandbox.ozon.return_statuses import PATHS, STATUSES, following, in_state
from crm_marketplace.sandbox.shop import RETURN_STATES
from crm_marketplace.sandbox.state import State

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=timezone.utc)


def shop(clock: Clock | None = None, limits: Limits = UNLIMITED, **plan):
	market = MARKETPLACE()
	plan = Plan(**{"listings": 60, "orders": 0, **plan})
	made = market.make_shop(1, plan, State(":memory:", market.schema), clock or Clock(NOW), limits)
	made.files = Files("http://127.0.0.1:8123")
	return made


@pytest.fixture
def market():
	return shop()


def ordered(market, status: str, units: int = 1, scheme: str = "FBS") -> str:
	if scheme == "FBO":
		order_id = market.create_order(scheme=scheme)
	else:
		offer_id = market.offer_ids(sellable=True)[0]
		warehouse_id = market.warehouse_ids(scheme)[0]
		market.set_stock(offer_id, 9, warehouse_id)
		order_id = market.create_order({offer_id: units}, scheme=scheme, warehouse_id=warehouse_id)
	market.move_order(order_id, status)
	return order_id


# --- returns -----------------------------------------------------------------------------------------


def test_a_filled_shop_has_returns_and_reviews_of_all_kinds():
	market = shop(orders=1200, listings=150, days=60)
	known = [market.goods_return(return_id) for return_id in market.return_ids()]
	assert {row["kind"] for row in known} == {"Returned", "Not Redeemed"}
	assert {"On The Way", "Ready For Pickup", "Received", "At Marketplace"} <= {row["state"] for row in known}
	assert all(market.order(row["order_id"])["status"] in ("delivered", "cancelled") for row in known)
	reviews = [market.review(review_id) for review_id in market.review_ids()]
	assert {row["rating"] for row in reviews} == {1, 2, 3, 4, 5}
	assert any(not row["text"] for row in reviews)
	newest = "SELECT max(changed_at) FROM goods_return", "SELECT max(published_at) FROM review"
	assert all(market.state.value(query) <= market.clock.micros() for query in newest)
	counts = market.counts()
	assert (counts["returns"], counts["reviews"]) == (len(known), len(reviews))


def test_the_same_seed_makes_the_same_returns_and_reviews():
	first, second = shop(orders=300), shop(orders=300)
	for table in ("goods_return", "review"):
		rows = [[tuple(row) for row in each.state.all(f"SELECT * FROM {table}")] for each in (first, second)]
		assert rows[0] and rows[0] == rows[1]


def test_units_come_back_once(market):
	order_id = ordered(market, "delivered", units=3)
	first = market.create_return(order_id, quantity=2)
	second = market.create_return(order_id)
	assert [market.goods_return(return_id)["quantity"] for return_id in (first, second)] == [2, 1]
	with pytest.raises(ValueError, match="nothing"):
		market.create_return(order_id)


@pytest.mark.parametrize("units", [0, 4])
def test_no_more_units_come_back_than_there_are(market, units):
	with pytest.raises(ValueError, match="3 of"):
		market.create_return(ordered(market, "delivered", units=3), quantity=units)


@pytest.mark.parametrize("status", ["awaiting_packaging", "awaiting_deliver", "delivering"])
def test_nothing_comes_back_before_it_is_there(market, status):
	with pytest.raises(ValueError, match="not with the buyer"):
		market.create_return(ordered(market, status))


def test_what_does_not_exist_does_not_come_back(market):
	order_id = ordered(market, "delivered")
	with pytest.raises(LookupError):
		market.create_return(order_id, "no such offer")
	with pytest.raises(LookupError):
		market.create_return("1-1-1")
	for unknown in ("7", "rfbs-7", market.create_return(order_id) + "0"):
		with pytest.raises(LookupError):
			market.move_return(unknown)


@pytest.mark.parametrize("scheme", ["FBS", "FBO"])
def test_what_is_cancelled_on_its_way_comes_back_by_itself(market, scheme):
	order_id = ordered(market, "delivering", scheme=scheme)
	market.cancel_order(order_id)
	(return_id,) = market.return_ids()
	known = market.goods_return(return_id)
	assert (known["order_id"], known["kind"], known["state"]) == (order_id, "Not Redeemed", "On The Way")
	market.cancel_order(order_id)
	assert market.return_ids() == [return_id]


def test_what_was_cancelled_before_it_left_does_not(market):
	market.cancel_order(ordered(market, "awaiting_deliver"))
	assert market.return_ids() == []


def test_a_seller_who_delivers_brings_back_himself(market):
	order_id = ordered(market, "delivering", scheme="DBS")
	market.cancel_order(order_id)
	assert market.return_ids() == []
	with pytest.raises(ValueError, match="himself"):
		market.create_return(order_id)


def test_a_request_of_an_rfbs_buyer_is_about_one_unit(market):
	order_id = ordered(market, "delivered", units=2, scheme="DBS")
	return_id = market.create_return(order_id)
	assert return_id.startswith("rfbs-")
	assert market.goods_return(return_id)["quantity"] == 1
	with pytest.raises(LookupError):
		market.goods_return(return_id.removeprefix("rfbs-"))
	assert [market.move_return(return_id) for _ in range(2)] == ["On The Way", "Received"]


def test_a_return_moves_to_its_end(market):
	return_id = market.create_return(ordered(market, "delivered"))
	assert [market.move_return(return_id) for _ in range(2)] == ["Ready For Pickup", "Received"]
	with pytest.raises(ValueError, match="end"):
		market.move_return(return_id)
	with pytest.raises(ValueError, match="no state"):
		market.move_return(return_id, "Requested")
	assert market.return_ids("Received") == [return_id] and market.return_ids("Lost") == []


def test_returns_move_by_themselves_where_orders_do():
	clock = Clock(NOW)
	market = shop(clock, pace=timedelta(minutes=1))
	return_id = market.create_return(ordered(market, "delivered"))
	clock.advance(timedelta(minutes=10))
	market.settle()
	assert market.goods_return(return_id)["state"] == "Received"


def test_every_way_back_is_of_known_states():
	for scheme, path in PATHS.items():
		assert {STATUSES[word].state for word in path} <= set(RETURN_STATES)
		assert [following(scheme, word) for word in path] == [*path[1:], None]
		assert [in_state(scheme, STATUSES[word].state) for word in path] == list(path)
	assert Counter(status.word for status in STATUSES.values()).most_common(1)[0][1] == 1


# --- reviews -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("rating", [0, 6])
def test_stars_are_one_to_five(market, rating):
	with pytest.raises(ValueError):
		market.create_review(market.offer_ids()[0], rating)


def test_a_review_is_of_what_there_is(market):
	with pytest.raises(LookupError):
		market.create_review("no such offer", 5)
	with pytest.raises(LookupError):
		market.create_review(market.offer_ids()[0], 5, order_id="1-1-1")
	with pytest.raises(LookupError):
		market.review("0")


# --- labels ------------------------------------------------------------------------------------------


def test_labels_are_made_a_while_after_packing():
	clock = Clock(NOW)
	market = shop(clock, Limits())
	order_id = ordered(market, "awaiting_deliver")

	def ask() -> dict:
		task = labels.create(market, {"posting_numbers": [order_id]})["tasks"][0]
		return [labels.get(market, {"task_id": task["task_id"]}) for _ in range(3)][-1]

	early = ask()
	assert (early["status"]["code"], early["file_url"]) == ("error", "")
	assert "aren't ready" in early["status"]["unprinted_postings"][0]["message"]
	clock.advance(labels.READY_SECONDS)
	assert ask()["status"]["code"] == "completed"
