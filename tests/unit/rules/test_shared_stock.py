"""Several shops sell the same goods: in pieces, packs and sets, and never more than there is."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.division import shared, sold_otherwise
from crm_marketplace.rules.pools import Claim
from crm_marketplace.rules.stock import Component, ItemStock, StockPolicy, publishable

PIECE = (Component("CUP"),)
PACK = (Component("CUP", Decimal(10)),)
A, B, C = Claim("a"), Claim("b"), Claim("c")
ALL = Decimal(100)


def part(
	free: int, components: tuple[Component, ...], own: Claim, *others: Claim, mixed: bool = True, **policy
) -> int:
	"""Args: mixed: whether the other shops sell the goods in other units."""
	stock = {item: ItemStock(on_hand=Decimal(free)) for item in ("CUP", "LID")}
	alone = publishable(components, stock, StockPolicy(**policy))
	return shared(alone, own, others, ALL, components if mixed else ()).quantity


def test_pieces_in_one_shop_and_packs_in_another_divide_the_pieces():
	assert [part(30, PIECE, A, B), part(30, PACK, B, A)] == [15, 1]
	assert [part(30, PIECE, B, A), part(30, PACK, A, B)] == [15, 1]


def test_the_same_packs_in_all_shops_are_divided_pack_by_pack():
	packs = [part(29, PACK, own, *(one for one in (A, B, C) if one != own), mixed=False) for own in (A, B, C)]
	assert packs == [1, 1, 0]


def test_what_is_sold_in_other_units_elsewhere():
	components = (*PACK, Component("LID"))
	assert sold_otherwise(components, {"CUP": {Decimal("10.000")}, "LID": {Decimal(1)}}) == []
	assert sold_otherwise(components, {"CUP": {Decimal(1), Decimal(10)}}) == list(PACK)
	assert sold_otherwise((*PIECE, *PIECE), {"CUP": {Decimal(1)}}) == [Component("CUP", Decimal(2))]


def test_a_pack_alone_is_not_divided():
	assert part(35, PACK, A) == 3


def test_a_set_divides_by_the_item_it_takes_most_of():
	assert part(20, (Component("CUP", Decimal(4)), Component("LID")), A, B) == 2


def test_part_of_a_unit_can_be_sold():
	metres = (Component("CUP", Decimal("0.5")),)
	assert part(10, metres, A, B) == 10  # five of the ten


def test_the_explanation_ends_with_the_part():
	alone = publishable(PACK, {"CUP": ItemStock(on_hand=Decimal(60))}, StockPolicy())
	result = shared(alone, A, [B, C], ALL, PACK)
	assert result.quantity == 2
	assert result.sentence.endswith("2 is this shop's part of goods several shops sell = 2")


UNITS = [Decimal(1), Decimal(2), Decimal(3), Decimal(10), Decimal("0.5"), Decimal("1.5")]
shops = st.lists(
	st.tuples(st.sampled_from(UNITS), st.integers(1, 100), st.integers(0, 2), st.integers(0, 5)),
	min_size=2,
	max_size=5,
)


@given(st.integers(0, 300), shops, st.none() | st.sampled_from(UNITS))
def test_in_whatever_units_the_shops_sell_nothing_is_promised_twice(free, shops, same_for_all):
	"""Each shop has units, a share, a priority and a buffer of its own."""
	claims = [
		Claim(f"shop {place}", Decimal(share), priority)
		for place, (_qty, share, priority, _buffer) in enumerate(shops)
	]
	sold = {claim: same_for_all or qty for claim, (qty, *_policy) in zip(claims, shops, strict=True)}
	stock = {"CUP": ItemStock(on_hand=Decimal(free))}
	promised = Decimal(0)
	for own, (_qty, _share, _priority, buffer) in zip(claims, shops, strict=True):
		others = [claim for claim in claims if claim != own]
		components = [Component("CUP", sold[own])]
		mixed = sold_otherwise(components, {"CUP": {sold[claim] for claim in others}})
		alone = publishable(components, stock, StockPolicy(buffer=buffer))
		promised += shared(alone, own, others, ALL, mixed).quantity * sold[own]
	assert promised <= free


SIZES = st.sampled_from((1, 2, 5, 10))


@given(
	st.integers(0, 80),
	st.lists(st.lists(SIZES, min_size=1, max_size=3), min_size=1, max_size=3),
	st.lists(st.integers(0, 2), min_size=3, max_size=3),
)
def test_cards_of_all_shops_together_promise_no_piece_twice(free, shops, priorities):
	"""Each shop divides with the others, and its part between its cards of the goods."""
	claims = [Claim(f"shop {number}", priority=priorities[number]) for number in range(len(shops))]
	all_units = {"CUP": {Decimal(size) for sizes in shops for size in sizes}}
	promised = 0
	for own, sizes in zip(claims, shops, strict=True):
		cards = [Claim(f"card {number}") for number in range(len(sizes))]
		for card, size in zip(cards, sizes, strict=True):
			components = (Component("CUP", Decimal(size)),)
			mixed = sold_otherwise(components, all_units)
			result = publishable(components, {"CUP": ItemStock(on_hand=Decimal(free))}, StockPolicy())
			if len(claims) > 1:
				result = shared(result, own, [one for one in claims if one != own], ALL, mixed)
			if len(cards) > 1:
				result = shared(result, card, [one for one in cards if one != card], ALL, mixed, "cards")
			promised += result.quantity * size
	assert promised <= free
