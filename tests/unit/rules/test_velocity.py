"""What sells faster than a shop hears of it is kept back, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.stock import Component, ItemStock, StockPolicy, publishable
from crm_marketplace.rules.velocity import automatic_buffer, sold_within, speed

FIVE_MINUTES = timedelta(minutes=5)
ONE = (Component("CUP"),)


def promised(free: int, **policy) -> int:
	stock = {"CUP": ItemStock(on_hand=Decimal(free))}
	return publishable(ONE, stock, StockPolicy(**policy)).quantity


def test_speed_is_units_a_day():
	assert speed(Decimal(28), 14) == 2


def test_returns_do_not_make_a_negative_speed():
	assert speed(Decimal(-3), 14) == 0


def test_units_within_the_lag():
	assert sold_within(timedelta(hours=6), ONE, {"CUP": Decimal(8)}) == 2


def test_a_pack_sells_as_many_times_slower_as_it_holds_pieces():
	pack = (Component("CUP", Decimal(4)),)

	assert sold_within(timedelta(days=1), pack, {"CUP": Decimal(8)}) == 2


def test_the_fastest_of_a_sets_goods_decides():
	goods = (Component("CUP"), Component("SPOON", Decimal(2)))

	assert sold_within(timedelta(days=1), goods, {"CUP": Decimal(1), "SPOON": Decimal(10)}) == 5


def test_what_does_not_sell_is_never_kept_back():
	assert automatic_buffer(sold_within(FIVE_MINUTES, ONE, {})) == 0
	assert automatic_buffer(sold_within(FIVE_MINUTES, (), {"CUP": Decimal(1000)})) == 0


@pytest.mark.parametrize(
	("expected", "buffer"), [("0.2", 0), ("1", 0), ("1.01", 2), ("11.4", 12), ("12", 12)]
)
def test_the_buffer_is_what_is_sold_within_the_lag_rounded_up(expected, buffer):
	assert automatic_buffer(Decimal(expected)) == buffer


# --- what a shop then promises ---------------------------------------------------------------------


@pytest.mark.parametrize(("free", "quantity"), [(13, 13), (12, 12), (11, 1), (2, 1), (1, 1), (0, 0)])
def test_the_last_pieces_of_what_sells_fast_are_offered_one_by_one(free, quantity):
	assert promised(free, fast_sale=12) == quantity


def test_the_explanation_says_so_as_a_term_of_its_own():
	result = publishable(ONE, {"CUP": ItemStock(on_hand=Decimal(8))}, StockPolicy(buffer=2, fast_sale=12))

	assert [(term.code, term.value) for term in result.terms] == [
		("on_hand", 8),
		("buffer", -2),
		("fast_sale", -5),
	]
	assert result.sentence == "8 on hand − 2 kept back − 5 kept back for fast sale = 1"


def test_where_nothing_is_left_there_is_nothing_to_keep_back():
	result = publishable(ONE, {"CUP": ItemStock(on_hand=Decimal(2))}, StockPolicy(buffer=2, fast_sale=12))

	assert (result.quantity, [term.code for term in result.terms]) == (0, ["on_hand", "buffer"])


speeds = st.decimals("0", "100000", places=3)
lags = st.timedeltas(timedelta(0), timedelta(days=2))


@given(st.integers(0, 500), st.integers(0, 500), st.integers(0, 50), st.integers(0, 100))
def test_it_only_ever_takes_away_and_never_the_last_piece(free, fast_sale, buffer, share):
	without = promised(free, buffer=buffer, share=Decimal(share))
	with_it = promised(free, buffer=buffer, share=Decimal(share), fast_sale=fast_sale)

	assert min(without, 1) <= with_it <= without


@given(speeds, lags, st.integers(0, 5000))
def test_it_acts_exactly_where_more_is_sold_within_the_lag_than_there_is(a_day, lag, free):
	expected = sold_within(lag, ONE, {"CUP": a_day})
	quantity = promised(free, fast_sale=automatic_buffer(expected))

	assert quantity == (1 if expected > free > 1 else free)


@given(speeds, speeds, lags)
def test_faster_goods_are_never_kept_back_less(one, other, lag):
	slow, fast = sorted((one, other))

	def buffer(a_day):
		return automatic_buffer(sold_within(lag, ONE, {"CUP": a_day}))

	assert buffer(slow) <= buffer(fast)
