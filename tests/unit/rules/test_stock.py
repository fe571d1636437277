"""What a shop may promise, and the words that explain it."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain, combinations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from crm_marketplace.rules.division import split
from crm_marketplace.rules.stock import (
	LABELS,
	NOT_ADDED,
	Component,
	ItemStock,
	Publishable,
	StockPolicy,
	changed,
	pooled,
	publishable,
)


def have(on_hand, **promised) -> ItemStock:
	return ItemStock(Decimal(str(on_hand)), **{name: Decimal(str(value)) for name, value in promised.items()})


def promise(on_hand, policy: StockPolicy | None = None, maximum: int | None = None, **promised) -> int:
	result = publishable(
		[Component("A")], {"A": have(on_hand, **promised)}, policy or StockPolicy(), channel_maximum=maximum
	)
	assert replayed(result) == result.quantity
	return result.quantity


def replayed(result: Publishable) -> int:
	"""The number again, from nothing but its explanation."""
	number = Decimal(0)
	for term in result.terms:
		if term.code not in NOT_ADDED:
			number += term.value
		elif term.code == "share":
			number = number * term.value / 100 if number > 0 else number
		else:
			number = term.value if term.code != "stop_at" else Decimal(0)
	return max(0, int(number // 1))


# --- one item --------------------------------------------------------------------------------------


def test_what_is_on_hand_less_what_is_promised():
	assert promise(12, ordered=3) == 9
	assert promise(12, ordered=3, production=2, waiting=1) == 6


def test_what_is_still_on_sale_where_no_stock_is_sent_is_promised_already():
	assert promise(12, ordered=3, left=4) == 5
	assert promise(12, left=20) == 0
	stock = {"W1": have(5, left=4), "W2": have(2)}
	assert pooled(stock, {"one": ["W1", "W2"]})["one"].free == 3


def test_reservations_are_for_the_same_orders_so_the_larger_counts():
	assert promise(12, ordered=3, reserved=2) == 9
	assert promise(12, ordered=3, reserved=5) == 7


def test_more_promised_than_there_is_publishes_zero():
	assert promise(2, ordered=5) == 0
	assert promise(-4) == 0


def test_a_part_of_a_unit_cannot_be_sold():
	assert promise("4.9") == 4
	assert promise("0.99") == 0
	assert promise("5", ordered="0.001") == 4


def test_an_item_erpnext_has_no_bin_for_publishes_zero():
	assert publishable([Component("A")], {}, StockPolicy()).quantity == 0


@pytest.mark.parametrize(
	("policy", "expected"),
	[
		(StockPolicy(buffer=2), 8),
		(StockPolicy(buffer=10), 0),
		(StockPolicy(buffer=99), 0),
		(StockPolicy(buffer=-5), 10),
		(StockPolicy(share=Decimal(50)), 5),
		(StockPolicy(share=Decimal(33)), 3),
		(StockPolicy(share=Decimal(0)), 0),
		(StockPolicy(share=Decimal(250)), 10),
		(StockPolicy(share=Decimal(-1)), 0),
		(StockPolicy(buffer=3, share=Decimal(50)), 3),
		(StockPolicy(maximum=4), 4),
		(StockPolicy(maximum=0), 0),
		(StockPolicy(maximum=None), 10),
		(StockPolicy(maximum=-1), 0),
		(StockPolicy(maximum=11), 10),
		(StockPolicy(stop_at=9), 10),
		(StockPolicy(stop_at=10), 0),
		(StockPolicy(stop_at=11), 0),
		(StockPolicy(stop_at=9, buffer=9), 1),
	],
	ids=str,
)
def test_a_policy_takes_its_part_of_ten(policy, expected):
	assert promise(10, policy) == expected


def test_stop_at_looks_at_what_is_free_and_not_at_what_is_left():
	assert promise(10, StockPolicy(stop_at=3, buffer=8)) == 2
	assert promise(10, StockPolicy(stop_at=3), ordered=7) == 0


@pytest.mark.parametrize(("maximum", "expected"), [(None, 10), (7, 7), (0, 0), (100, 10), (-1, 0)])
def test_a_marketplace_takes_no_more_than_its_maximum(maximum, expected):
	assert promise(10, maximum=maximum) == expected


def test_the_lower_of_two_limits_counts():
	assert promise(10, StockPolicy(maximum=5), maximum=7) == 5
	assert promise(10, StockPolicy(maximum=7), maximum=5) == 5


# --- kits ------------------------------------------------------------------------------------------

KIT = [Component("A", Decimal(2)), Component("B")]


def test_the_scarcest_component_decides():
	assert publishable(KIT, {"A": have(9), "B": have(9)}, StockPolicy()).quantity == 4
	assert publishable(KIT, {"A": have(9), "B": have(3)}, StockPolicy()).quantity == 3
	assert publishable(KIT, {"A": have(9)}, StockPolicy()).quantity == 0


def test_the_policy_counts_sets():
	stock = {"A": have(21), "B": have(50)}
	assert publishable(KIT, stock, StockPolicy(buffer=3)).quantity == 7
	assert publishable(KIT, stock, StockPolicy(stop_at=10)).quantity == 0


def test_a_pack_of_one_item_counts_packs():
	result = publishable([Component("A", Decimal(6))], {"A": have(20, ordered=1)}, StockPolicy())
	assert result.sentence == "20 on hand − 1 in sales orders, 3 sets can be made = 3"


def test_part_of_a_unit_in_a_set():
	assert publishable([Component("A", Decimal("0.25"))], {"A": have("1.1")}, StockPolicy()).quantity == 4


def test_an_item_that_is_in_a_set_twice_is_needed_twice():
	twice = [Component("A"), Component("A", Decimal(2))]
	assert publishable(twice, {"A": have(9)}, StockPolicy()).quantity == 3


@pytest.mark.parametrize(
	"components", [[], [Component("A", Decimal(0))], [Component("A"), Component("B", Decimal(-1))]]
)
def test_what_takes_no_goods_is_not_published(components):
	result = publishable(components, {"A": have(9), "B": have(9)}, StockPolicy())
	assert (result.quantity, [term.code for term in result.terms]) == (0, ["off"])


# --- explanations ----------------------------------------------------------------------------------


def test_a_number_is_told_as_a_sum():
	policy = StockPolicy(buffer=2, share=Decimal(50), maximum=3)
	stock = {"A": have(20, ordered=3, production=1, waiting=2)}
	assert publishable([Component("A")], stock, policy, channel_maximum=2).sentence == (
		"20 on hand − 3 in sales orders − 1 for production − 2 in orders being imported − 2 kept back"
		", 50 per cent is this shop's share, 3 at most, 2 the marketplace takes at most = 2"
	)


def test_what_is_nothing_is_not_told():
	assert publishable([Component("A")], {"A": have(7)}, StockPolicy()).sentence == "7 on hand = 7"
	assert publishable([Component("A")], {}, StockPolicy()).sentence == "0 on hand = 0"


def test_the_reservation_is_told_when_it_is_the_larger():
	assert publishable([Component("A")], {"A": have(7, ordered=1, reserved=2)}, StockPolicy()).sentence == (
		"7 on hand − 2 reserved = 5"
	)


NUMBERS = st.decimals(-50, 200, places=2) | st.integers(-5, 30).map(Decimal)
PROMISED = st.decimals(0, 60, places=2) | st.integers(0, 12).map(Decimal)
STOCKS = st.builds(ItemStock, NUMBERS, PROMISED, PROMISED, PROMISED, PROMISED, PROMISED)
POLICIES = st.builds(
	StockPolicy,
	buffer=st.integers(-1, 9),
	share=st.decimals(-10, 150, places=1) | st.just(Decimal(100)),
	maximum=st.none() | st.integers(-1, 40),
	stop_at=st.integers(0, 9),
)
KITS = st.lists(
	st.builds(Component, st.sampled_from("ABC"), st.sampled_from(["1", "2", "3", "0.5"]).map(Decimal)),
	max_size=4,
)


@given(KITS, st.dictionaries(st.sampled_from("ABC"), STOCKS), POLICIES, st.none() | st.integers(0, 50))
def test_every_number_can_be_taken_apart_and_put_together_again(kit, stock, policy, maximum):
	result = publishable(kit, stock, policy, channel_maximum=maximum)
	assert replayed(result) == result.quantity
	assert all(term.label == LABELS[term.code] for term in result.terms)
	assert result.sentence.endswith(f"= {result.quantity}")


@given(KITS, st.dictionaries(st.sampled_from("ABC"), STOCKS), POLICIES, st.none() | st.integers(0, 50))
def test_no_policy_promises_more_than_is_free(kit, stock, policy, maximum):
	result = publishable(kit, stock, policy, channel_maximum=maximum)
	assert 0 <= result.quantity <= result.possible
	for code in {part.item_code for part in kit}:
		taken = result.quantity * sum(part.qty for part in kit if part.item_code == code)
		assert taken <= max(0, stock.get(code, ItemStock()).free)


# --- warehouses that share goods -------------------------------------------------------------------

# Channel warehouse → ERPNext warehouses.
APART = {"one": ["W1"], "two": ["W2"]}
TOGETHER = {"one": ["W1"], "two": ["W1"], "three": ["W1"]}
OVERLAPPING = {"one": ["W1", "W2"], "two": ["W2"]}


def divided(pools, stock, policy: StockPolicy | None = None, others=()) -> dict[str, int]:
	"""What each channel warehouse gets of an item."""
	by_channel = pooled({name: have(number) for name, number in stock.items()}, pools, others)
	results = {
		channel: publishable([Component("A")], {"A": item}, policy or StockPolicy())
		for channel, item in by_channel.items()
	}
	final = split(results, pools)
	assert all(replayed(result) == result.quantity for result in final.values())
	return {channel: result.quantity for channel, result in final.items()}


def test_warehouses_of_their_own_are_not_divided():
	assert divided(APART, {"W1": 5, "W2": 8}) == {"one": 5, "two": 8}


def test_shared_goods_are_divided_and_the_first_get_the_odd_ones():
	assert divided(TOGETHER, {"W1": 11}) == {"one": 4, "two": 4, "three": 3}
	assert divided(TOGETHER, {"W1": 1}) == {"one": 1, "two": 0, "three": 0}


def test_a_warehouse_that_does_not_take_the_goods_gets_no_part():
	result = publishable([Component("A")], {"A": have(9)}, StockPolicy())
	final = split(dict.fromkeys(TOGETHER, result), TOGETHER, {"two"})
	assert {channel: one.quantity for channel, one in final.items()} == {"one": 5, "two": 0, "three": 4}
	assert [term.code for term in final["two"].terms] == ["refused"]


def test_what_one_cannot_use_goes_to_the_others():
	assert divided(OVERLAPPING, {"W1": 10, "W2": 2}) == {"one": 10, "two": 2}
	assert divided(OVERLAPPING, {"W1": 10, "W2": 0}) == {"one": 10, "two": 0}


def test_two_that_share_a_little_are_not_given_the_plenty_of_a_third():
	pools = {"one": ["W1"], "two": ["W1"], "three": ["W1", "W2"]}
	assert divided(pools, {"W1": 3, "W2": 27}) == {"one": 2, "two": 1, "three": 27}


def test_a_warehouse_in_several_pools_is_seen_through_a_chain():
	pools = {"one": ["W1"], "two": ["W1", "W2"], "three": ["W2"]}
	assert divided(pools, {"W1": 4, "W2": 4}) == {"one": 2, "two": 4, "three": 2}


def test_a_limit_of_the_policy_is_each_warehouses_own():
	assert divided(TOGETHER, {"W1": 100}, StockPolicy(maximum=5)) == {"one": 5, "two": 5, "three": 5}
	assert divided(TOGETHER, {"W1": 6}, StockPolicy(maximum=5)) == {"one": 2, "two": 2, "three": 2}


def test_orders_booked_on_an_empty_warehouse_take_the_goods_of_its_pool():
	"""Sales Orders reserve on the first warehouse of a pool, though the goods may lie in the second."""
	assert divided({"one": ["W1", "W2"]}, {"W1": -5, "W2": 20}) == {"one": 15}
	assert sum(divided(OVERLAPPING, {"W1": -5, "W2": 20}).values()) == 15


def test_they_take_them_from_another_shop_too():
	assert divided({"mine": ["W2"]}, {"W1": -5, "W2": 20}, others=[["W1", "W2"]]) == {"mine": 15}
	assert divided({"mine": ["W2"]}, {"W1": -5, "W2": 20}, others=[["W1", "W3"]]) == {"mine": 20}
	result = publishable(
		[Component("A")],
		{"A": pooled({"W1": have(-5), "W2": have(20)}, {"mine": ["W2"]}, [["W1", "W2"]])["mine"]},
		StockPolicy(),
	)
	assert result.sentence == "20 on hand − 5 promised by a warehouse that shares these goods = 15"


def test_a_pool_is_told_as_the_sum_of_its_warehouses():
	stock = {"W1": have(3, ordered=4, waiting=1), "W2": have(9, ordered=1, reserved=2, production=1)}
	(item,) = pooled(stock, {"one": ["W1", "W2", "W3"]}).values()
	assert item == have(12, ordered=5, reserved=6, production=1, waiting=1)
	assert item.free == sum(place.free for place in stock.values())


NAMES = ("W1", "W2", "W3", "W4")
POOLS = st.dictionaries(
	st.sampled_from(["one", "two", "three", "four"]),
	st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True),
	min_size=1,
)


def subsets(keys):
	keys = list(keys)
	return chain.from_iterable(combinations(keys, size) for size in range(1, len(keys) + 1))


@given(POOLS, st.fixed_dictionaries({name: st.integers(-30, 30) for name in NAMES}), POLICIES)
@example(
	{"one": ["W1"], "two": ["W1"], "three": ["W1", "W2"]},
	{"W1": 3, "W2": 27, "W3": 0, "W4": 0},
	StockPolicy(),
)
def test_no_warehouse_is_promised_twice(pools, stock, policy):
	"""Whatever channel warehouses one looks at, together they promise no more than their warehouses have."""
	parts = divided(pools, stock, policy)
	for some in subsets(parts):
		warehouses = {warehouse for channel in some for warehouse in pools[channel]}
		assert sum(parts[channel] for channel in some) <= sum(max(0, stock[name]) for name in warehouses)
	for channel, part in parts.items():
		assert part <= max(0, sum(stock[name] for name in pools[channel]))


@given(POOLS, st.fixed_dictionaries({name: st.integers(0, 30) for name in NAMES}))
def test_what_the_richest_could_promise_alone_is_promised(pools, stock):
	"""Dividing keeps nothing back."""
	assume(len({frozenset(pool) for pool in pools.values()}) == 1)
	assert sum(divided(pools, stock).values()) == sum(stock[name] for name in next(iter(pools.values())))


@given(POOLS, st.fixed_dictionaries({name: st.integers(-30, 30) for name in NAMES}), st.randoms())
def test_the_same_stock_gives_the_same_numbers(pools, stock, random):
	shuffled = list(stock.items())
	random.shuffle(shuffled)
	assert divided(pools, dict(shuffled)) == divided(pools, stock)


# --- what is sent ----------------------------------------------------------------------------------


def test_only_what_differs_from_what_was_confirmed_is_sent():
	assert changed({"a": 1, "b": 2, "c": 0, "d": 0}, {"a": 1, "b": 1, "c": None}) == ["b", "c", "d"]
