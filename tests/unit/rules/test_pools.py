"""Goods several shops promise: every unit once, and of more goods nobody gets less."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.pools import Claim, allocate


def claims_of(*shares: int) -> list[Claim]:
	return [Claim(f"shop {index}", Decimal(share)) for index, share in enumerate(shares)]


shares = st.lists(st.integers(min_value=0, max_value=100), min_size=1, max_size=6)


def test_three_equal_shops_share_a_pool():
	assert list(allocate(30, claims_of(100, 100, 100)).values()) == [10, 10, 10]


def test_the_last_unit_is_promised_once():
	assert sorted(allocate(1, claims_of(100, 100, 100)).values()) == [0, 0, 1]


def test_the_higher_priority_gets_the_unit_that_does_not_divide():
	claims = [Claim("a"), Claim("b", priority=1), Claim("c")]
	assert allocate(4, claims) == {"a": 1, "b": 2, "c": 1}


def test_shares_up_to_a_hundred_are_limits():
	assert allocate(10, claims_of(50, 25)) == {"shop 0": 5, "shop 1": 2}


def test_a_single_shop_has_everything():
	assert allocate(7, claims_of(100)) == {"shop 0": 7}


def test_a_share_of_nothing_is_nothing():
	assert allocate(9, claims_of(100, 0)) == {"shop 0": 9}


def test_what_is_overdrawn_is_promised_nowhere():
	assert allocate(-3, claims_of(100, 100)) == {"shop 0": 0, "shop 1": 0}


@given(st.integers(min_value=0, max_value=5000), shares)
def test_no_unit_is_promised_twice(free, given_shares):
	assert sum(allocate(free, claims_of(*given_shares)).values()) <= free


@given(st.integers(min_value=0, max_value=5000), shares)
def test_no_unit_is_left_where_the_shares_ask_for_all(free, given_shares):
	if sum(given_shares) > 100:
		assert sum(allocate(free, claims_of(*given_shares)).values()) == free


@given(st.integers(min_value=0, max_value=3000), st.integers(min_value=0, max_value=50), shares)
def test_of_more_units_nobody_gets_fewer(free, more, given_shares):
	claims = claims_of(*given_shares)
	before, after = allocate(free, claims), allocate(free + more, claims)
	assert all(after[key] >= part for key, part in before.items())


@given(st.lists(st.integers(min_value=0, max_value=2000), min_size=2, max_size=5))
def test_shops_that_see_different_wholes_still_promise_no_more_than_the_largest(wholes):
	claims = claims_of(*[100] * len(wholes))
	promised = sum(allocate(whole, claims)[claim.key] for whole, claim in zip(wholes, claims, strict=True))
	assert promised <= max(wholes)
