"""The forecast's months: every open deal stands in one column, what was won in the month it was won in."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.forecast import Around, Window, fold, window_of

TODAY = date(2026, 11, 30)
DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))


def test_months_follow_each_other_over_the_turn_of_the_year():
	window = Window(date(2026, 11, 1), 4)
	assert window.months == (date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 2, 1))
	assert (window.previous, window.end) == (date(2026, 7, 1), date(2027, 3, 1))


@pytest.mark.parametrize(
	("day", "column"),
	[
		(date(2026, 10, 31), "earlier"),
		(date(2026, 11, 1), "2026-11-01"),
		(date(2026, 12, 31), "2026-12-01"),
		(date(2027, 5, 1), "later"),
		(None, "no_date"),
	],
)
def test_where_a_deal_stands(day, column):
	assert Window(date(2026, 11, 1)).column_of(day) == column


@given(DAYS, st.integers(1, 24))
def test_windows_touch_and_do_not_overlap(day, count):
	window = Window(day.replace(day=1), count)
	assert Window(window.end, count).previous == window.first
	assert Window(window.previous, count).end == window.first


@given(st.lists(st.tuples(st.none() | DAYS, st.integers(1, 5), st.integers(0, 1000)), max_size=30))
def test_nothing_is_lost_and_nothing_counted_twice(rows):
	window = Window(TODAY.replace(day=1))
	expected = [
		{"day": day, "deals": deals, "amount": amount, "weighted": amount / 2} for day, deals, amount in rows
	]
	sums = fold(window, expected, [])
	assert set(sums) == set(window.columns)
	assert sum(column["deals"] for column in sums.values()) == sum(row["deals"] for row in expected)
	assert sum(column["amount"] for column in sums.values()) == sum(row["amount"] for row in expected)


def test_what_was_won_counts_in_its_month_and_not_as_expected():
	window = Window(date(2026, 11, 1))
	won = [
		{"day": date(2026, 11, 1), "deals": 2, "amount": 30},
		{"day": date(2026, 10, 1), "deals": 1, "amount": 5},
		{"day": date(2027, 5, 1), "deals": 1, "amount": 5},
	]
	sums = fold(window, [], won)
	assert (sums["2026-11-01"]["won_deals"], sums["2026-11-01"]["won"]) == (2, 30)
	assert sum(column["won"] for column in sums.values()) == 30
	assert not any(sums[key]["deals"] for key in Around)


@pytest.mark.parametrize(
	("asked", "first"),
	[
		(date(2026, 11, 30), date(2026, 11, 1)),
		(date(1, 5, 31), date(2016, 5, 1)),
		(date(9999, 12, 31), date(2036, 12, 1)),
	],
)
def test_a_window_out_of_the_world_is_brought_back(asked, first):
	assert window_of(asked, TODAY).first == first
