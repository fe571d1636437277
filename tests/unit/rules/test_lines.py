"""Rows of the Sales Order: kits taken apart, prices split to the kopeck."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.lines import sales_lines
from tests.unit.rules.build import MAPPING, item, line, order

HALF_A_KOPECK = Decimal("0.005")


def rows(price: str, *items, quantity: str | int = 1, **options) -> list[tuple[str, int, str]]:
	made = sales_lines(order(lines=(line("K", quantity, price),)), {"K": items}, **options)
	return [(row.item_code, row.qty, str(row.rate)) for row in made]


def total(made) -> Decimal:
	return sum((row.qty * row.rate for row in made), Decimal(0))


# --- by example ------------------------------------------------------------------------------------


def test_a_plain_listing_is_one_row_at_the_marketplaces_price():
	assert rows("199.90", item("A"), quantity=3) == [("A", 3, "199.90")]


def test_each_line_keeps_its_own_rows():
	made = sales_lines(order(lines=(line("A", 2, "10"), line("B", 1, "20"))), MAPPING)
	assert [(row.line_id, row.item_code) for row in made] == [("A", "ITEM-A"), ("B", "ITEM-B")]


def test_a_kit_is_split_by_the_shares_of_its_components():
	kit = (item("A", rate_share=Decimal(70)), item("B", rate_share=Decimal(30)))
	assert rows("100", *kit) == [("A", 1, "70.00"), ("B", 1, "30.00")]


def test_a_share_of_nothing_is_a_gift():
	gift = (item("A", rate_share=Decimal(100), standard_rate=Decimal(5)), item("G", standard_rate=Decimal(5)))
	assert rows("100", *gift) == [("A", 1, "100.00"), ("G", 1, "0.00")]


def test_without_shares_a_kit_is_split_by_standard_rates():
	kit = (item("A", 2, standard_rate=Decimal(100)), item("B", 1, standard_rate=Decimal(200)))
	assert rows("300", *kit) == [("A", 2, "75.00"), ("B", 1, "150.00")]


def test_when_a_standard_rate_is_missing_units_count_alike():
	kit = (item("A", 2, standard_rate=Decimal(100)), item("B", 1))
	assert rows("30", *kit) == [("A", 2, "10.00"), ("B", 1, "10.00")]


def test_the_kopeck_that_does_not_divide_goes_to_the_component_of_which_there_is_one():
	assert rows("100", item("A", 2), item("B", 1)) == [("A", 2, "33.33"), ("B", 1, "33.34")]


def test_units_of_a_pack_that_does_not_divide_get_a_row_of_their_own():
	assert rows("100", item("A", 3)) == [("A", 2, "33.33"), ("A", 1, "33.34")]
	assert rows("100", item("A", 3), quantity=2) == [("A", 4, "33.33"), ("A", 2, "33.34")]


def test_where_an_item_may_not_repeat_the_rest_is_left_to_a_rounding_row():
	assert rows("100", item("A", 3), items_may_repeat=False) == [("A", 3, "33.33")]
	assert rows("200", item("A", 3), items_may_repeat=False) == [("A", 3, "66.67")]


def test_goods_sold_by_weight_keep_their_rate():
	assert rows("10.01", item("A", whole_units=False), quantity="1.5") == [("A", Decimal("1.5"), "10.01")]


def test_a_free_line_stays_free():
	assert rows("0", item("A", 2), item("B")) == [("A", 2, "0.00"), ("B", 1, "0.00")]


@pytest.mark.parametrize("price", ["0.01", "0.02", "0.05"])
def test_a_price_of_kopecks_makes_no_negative_rate(price):
	assert all(Decimal(rate) >= 0 for _item, _qty, rate in rows(price, item("A", 7), item("B", 2)))


# --- for any kit -----------------------------------------------------------------------------------

PRICES = st.decimals(0, 10**7, places=2)
WHOLE = st.integers(1, 500).map(Decimal)
ANY = st.decimals("0.001", 500, places=3)
SHARES = st.none() | st.integers(0, 100).map(Decimal)
RATES = st.decimals(0, 10**5, places=2)


def kits(quantity):
	part = st.builds(
		item,
		st.sampled_from("ABCD"),
		quantity,
		rate_share=SHARES,
		standard_rate=RATES,
		whole_units=st.just(True),
	)
	return st.lists(part, min_size=1, max_size=4, unique_by=lambda part: part.item_code)


@given(PRICES, st.integers(1, 1000), kits(WHOLE))
def test_rows_of_whole_units_add_up_to_the_price_exactly(price, quantity, kit):
	a_line = line("K", quantity, price)
	made = sales_lines(order(lines=(a_line,)), {"K": kit})
	assert total(made) == a_line.total.amount
	assert all(row.rate >= 0 and row.rate == row.rate.quantize(Decimal("0.01")) for row in made)


@given(PRICES, st.integers(1, 1000), kits(WHOLE))
def test_every_unit_is_in_one_row_and_units_of_an_item_differ_by_a_kopeck_at_most(price, quantity, kit):
	made = sales_lines(order(lines=(line("K", quantity, price),)), {"K": kit})
	amounts = Counter()
	for row in made:
		assert row.qty > 0
		amounts[row.item_code] += row.qty
	assert amounts == {part.item_code: part.qty * quantity for part in kit}
	for part in kit:
		rates = [row.rate for row in made if row.item_code == part.item_code]
		assert max(rates) - min(rates) <= Decimal("0.01")
	assert len(made) <= len(kit) + 1


@given(PRICES, ANY, kits(ANY) | kits(WHOLE), st.booleans())
def test_otherwise_rows_are_off_by_half_a_kopeck_per_unit_at_most(price, quantity, kit, may_repeat):
	a_line = line("K", quantity, price)
	made = sales_lines(order(lines=(a_line,)), {"K": kit}, items_may_repeat=may_repeat)
	# The last digits of Decimal's 28 are not money.
	bound = HALF_A_KOPECK * sum(row.qty for row in made) + Decimal("1e-9")
	assert abs(total(made) - a_line.total.amount) <= bound


@given(PRICES, st.integers(1, 1000), kits(WHOLE))
def test_where_items_may_not_repeat_they_do_not(price, quantity, kit):
	made = sales_lines(order(lines=(line("K", quantity, price),)), {"K": kit}, items_may_repeat=False)
	assert len(made) == len(kit)
