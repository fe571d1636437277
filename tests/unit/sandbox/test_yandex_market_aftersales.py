"""What comes after orders in a cabinet of the sandbox: goods that come back, reviews, labels."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from crm_marketplace.sandbox import UNLIMITED, Clock, Plan
from crm_marketplace.sandbox.shop import RETURN_STATES
from crm_marketplace.sandbox.state import State
from crm_marketplace.sandbox.yandex_market import MARKETPLACE
from crm_marketplace.sandbox.yandex_market.coming_back import REFUNDS, SHIPMENTS
from tests.unit.yandex_market.specification import needs_specification, words

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=timezone.utc)


def shop(*, clock: Clock | None = None, **plan):
	plan = Plan(**{"listings": 30, "orders": 0, **plan})
	market = MARKETPLACE()
	return market.make_shop(1, plan, State(":memory:", market.schema), clock or Clock(NOW), UNLIMITED)


@pytest.fixture
def small():
	return shop()


def order(market, status: str = "DELIVERED", *, scheme: str = "FBS", units: int = 2) -> tuple[str, str]:
	"""An order of two offers; its id and the first offer."""
	first, second = market.offer_ids(sellable=True)[:2]
	for offer_id in (first, second):
		for place in market.warehouse_ids(scheme):
			market.set_stock(offer_id, 9, place)
	order_id = market.create_order({first: units, second: 1}, scheme=scheme)
	market.move_order(order_id, status)
	return order_id, first


@needs_specification
def test_words_are_the_vendors():
	assert set(SHIPMENTS) == set(words("ReturnShipmentStatusType"))
	assert set(REFUNDS) == set(words("RefundStatusType"))


# --- returns ---------------------------------------------------------------------------------------


def test_what_is_cancelled_on_its_way_comes_back_by_itself(small):
	order_id, offer_id = order(small, "DELIVERY")
	assert small.return_ids() == []
	small.cancel_order(order_id)
	(return_id,) = small.return_ids()
	found = small.goods_return(return_id)
	assert (found["order_id"], found["offer_id"], found["quantity"]) == (order_id, offer_id, 2)
	assert (found["kind"], found["state"]) == ("Not Redeemed", "On The Way")
	small.cancel_order(order_id)  # once more changes nothing
	assert small.return_ids() == [return_id]


def test_what_never_left_does_not_come_back(small):
	order_id, _offer_id = order(small, "PROCESSING")
	small.cancel_order(order_id)
	assert small.return_ids() == []


@pytest.mark.parametrize("status", ["PROCESSING", "DELIVERY"])
def test_goods_nobody_has_cannot_be_returned(small, status):
	order_id, _offer_id = order(small, status)
	with pytest.raises(ValueError, match="not with the buyer"):
		small.create_return(order_id)


def test_no_more_comes_back_than_was_sold(small):
	order_id, offer_id = order(small)
	small.create_return(order_id, offer_id, 1)
	with pytest.raises(ValueError, match="not left"):
		small.create_return(order_id, offer_id, 2)
	rest = small.goods_return(small.create_return(order_id))
	assert (rest["offer_id"], rest["quantity"]) == (offer_id, 1)
	other = small.goods_return(small.create_return(order_id))
	assert other["offer_id"] != offer_id
	with pytest.raises(ValueError):
		small.create_return(order_id)
	with pytest.raises(LookupError):
		small.create_return(order_id, "unknown")


def test_what_was_refused_can_be_asked_for_again(small):
	order_id, offer_id = order(small)
	first = small.create_return(order_id, offer_id)
	assert small.move_return(first, "Refused") == "Refused"
	assert small.goods_return(small.create_return(order_id, offer_id))["quantity"] == 2


@pytest.mark.parametrize(
	("scheme", "way"),
	[
		("FBS", ["Requested", "On The Way", "Ready For Pickup", "Received"]),
		("FBO", ["Requested", "On The Way", "At Marketplace"]),
	],
)
def test_the_usual_way_back(small, scheme, way):
	order_id = small.create_order(scheme=scheme)
	small.move_order(order_id, "DELIVERED")
	return_id = small.create_return(order_id)
	walked = [small.goods_return(return_id)["state"]]
	while len(walked) < len(way):
		walked.append(small.move_return(return_id))
	assert walked == way
	with pytest.raises(ValueError, match="goes nowhere"):
		small.move_return(return_id)


def test_every_state_can_be_had(small):
	order_id, _offer_id = order(small)
	return_id = small.create_return(order_id)
	assert [small.move_return(return_id, state) for state in RETURN_STATES] == list(RETURN_STATES)
	assert small.return_ids("Lost") == [return_id] and small.return_ids("Received") == []
	with pytest.raises(ValueError):
		small.move_return(return_id, "Teleported")
	with pytest.raises(LookupError):
		small.move_return("1", "Lost")


def test_nobody_asked_for_what_was_not_redeemed(small):
	order_id, _offer_id = order(small, "DELIVERY")
	small.cancel_order(order_id)
	with pytest.raises(ValueError):
		small.move_return(small.return_ids()[0], "Requested")


def test_an_order_that_came_back_says_so(small):
	order_id, offer_id = order(small)
	first, second = small.create_return(order_id, offer_id), small.create_return(order_id)
	small.move_return(first, "Received")
	assert small.order(order_id)["status"] == "PARTIALLY_RETURNED"
	small.move_return(second, "Received")
	assert small.order(order_id)["status"] == "RETURNED"


def test_returns_move_by_themselves_where_orders_do():
	clock = Clock(NOW)
	market = shop(clock=clock, pace=timedelta(hours=1))
	order_id, _offer_id = order(market, "DELIVERED")
	return_id = market.create_return(order_id)
	seen = []
	for _ten_minutes in range(36):
		clock.advance(timedelta(minutes=10))
		market.settle()
		seen.append(market.goods_return(return_id)["state"])
	assert list(dict.fromkeys(seen)) == ["Requested", "On The Way", "Ready For Pickup", "Received"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_full_cabinet_has_returns_and_reviews(seed):
	market = shop(listings=150, orders=400, seed=seed)
	found = [market.goods_return(return_id) for return_id in market.return_ids()]
	assert {each["kind"] for each in found} == {"Returned", "Not Redeemed"}
	for each in found:
		status = market.order(each["order_id"])["status"]
		assert (status == "CANCELLED") is (each["kind"] == "Not Redeemed")
		assert status in ("CANCELLED", "RETURNED", "PARTIALLY_RETURNED")
	reviews = [market.review(review_id) for review_id in market.review_ids()]
	assert {review["rating"] for review in reviews} == {1, 2, 3, 4, 5}
	assert {bool(review["answers"]) for review in reviews} == {True, False}
	assert market.counts()["returns"] == len(found) and market.counts()["reviews"] == len(reviews)


# --- reviews ---------------------------------------------------------------------------------------


def test_reviews_are_of_goods_the_shop_has(small):
	offer_id = small.offer_ids()[0]
	order_id, _offer_id = order(small)
	review_id = small.create_review(offer_id, 4, "Хорошо", order_id=order_id)
	assert small.review(review_id) == {
		"id": review_id,
		"offer_id": offer_id,
		"rating": 4,
		"text": "Хорошо",
		"order_id": order_id,
		"answers": [],
	}
	for bad in ({"offer_id": "unknown", "rating": 4}, {"offer_id": offer_id, "rating": 4, "order_id": "1"}):
		with pytest.raises(LookupError):
			small.create_review(**bad)
	for stars in (0, 6):
		with pytest.raises(ValueError):
			small.create_review(offer_id, stars)


def test_what_buyers_write_below_is_no_answer(small):
	review_id = small.create_review(small.offer_ids()[0], 2)
	small.comment_review(review_id, "У меня так же")
	assert small.review(review_id)["answers"] == []
