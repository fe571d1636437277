"""Goods several shops promise: every unit once, and of more goods nobody gets less."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.pools import Claim, allocate, channel_pools, to_reckon_with


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


# --- one number in several places ------------------------------------------------------------------


def test_channel_warehouses_of_one_number_are_one():
	rows = [
		("1", "group:9", "Stores"),
		("2", "group:9", "Stores"),
		("2", "group:9", "Reserve"),
		("3", None, "Stores"),
		("3", None, "Reserve"),
		("4", "group:8", "Stores"),
	]
	assert channel_pools(rows) == {
		"1": ["Stores", "Reserve"],
		"3": ["Stores", "Reserve"],
		"4": ["Stores"],
	}


def test_shops_that_show_one_number_are_one_claim_the_strongest():
	claims = [Claim("a", Decimal(40), 1), Claim("b", Decimal(60)), Claim("c")]
	numbers = {"a": {("M", "group:9")}, "b": {("M", "group:9")}, "c": {("M", "group:7")}}
	assert to_reckon_with(claims, numbers) == [Claim("a", Decimal(60), 1), Claim("c")]


def test_shops_with_numbers_of_their_own_are_all_reckoned_with():
	claims = claims_of(100, 100)
	assert to_reckon_with(claims, {}) == claims
	assert to_reckon_with(claims, {"shop 0": {("M", "1")}, "shop 1": {("M", "1"), ("M", "2")}}) == claims


@given(
	st.integers(0, 200),
	st.lists(st.tuples(st.integers(1, 100), st.integers(0, 2)), min_size=2, max_size=5),
	st.lists(st.tuples(st.integers(1, 100), st.integers(0, 2)), max_size=3),
)
def test_whichever_of_them_sends_the_number_nothing_is_promised_twice(free, twins, others):
	"""Each twin leaves the other twins out and works its number out from its own claim; the rest reckon with
	the strongest of them."""
	alike = [Claim(f"twin {n}", Decimal(share), priority) for n, (share, priority) in enumerate(twins)]
	rest = [Claim(f"shop {n}", Decimal(share), priority) for n, (share, priority) in enumerate(others)]
	numbers = {claim.key: {("M", "group:9")} for claim in alike}
	promised = sum(
		allocate(free, [claim, *to_reckon_with([*alike, *(one for one in rest if one != claim)], numbers)])[
			claim.key
		]
		for claim in rest
	)
	for claim in alike:
		assert allocate(free, [claim, *rest])[claim.key] + promised <= free
