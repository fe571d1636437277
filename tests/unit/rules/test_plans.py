"""Sales plans and what is done of them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.plans import (
	Fact,
	Period,
	add_up,
	bounds,
	first_of_month,
	first_of_next_month,
	month_gone,
	overall,
	percent,
	places,
)

FACTS = [Fact("a", "won", 2), Fact("a", "amount", 500.0), Fact("b", "won", 3), Fact("b", "calls", 7)]


def test_facts_of_some_and_of_all():
	assert add_up(FACTS, frozenset(["a"])) == {"amount": 500, "won": 2, "calls": 0, "meetings": 0}
	assert add_up(FACTS, None)["won"] == 5
	assert add_up(FACTS, frozenset())["won"] == 0


def test_a_share_of_nothing_is_none():
	assert percent(5, 10) == 50
	assert percent(30, 10) == 300
	assert percent(5, 0) is None


def test_what_is_not_planned_does_not_count_and_too_much_of_one_thing_does_not_replace_another():
	plan = {"amount": 1000, "won": 0, "calls": 10, "meetings": 0}

	assert overall({"amount": 5000, "won": 9, "calls": 0, "meetings": 0}, plan) == 50
	assert overall({"amount": 0, "won": 0, "calls": 0, "meetings": 0}, dict.fromkeys(plan, 0)) is None


def test_months():
	assert first_of_month(date(2026, 12, 31)) == date(2026, 12, 1)
	assert first_of_next_month(date(2026, 12, 31)) == date(2027, 1, 1)
	assert first_of_next_month(date(2026, 1, 1)) == date(2026, 2, 1)


@pytest.mark.parametrize(
	("today", "expected"),
	[(date(2026, 3, 31), 0), (date(2026, 4, 1), 3.3), (date(2026, 4, 15), 50), (date(2026, 5, 1), 100)],
)
def test_how_much_of_the_month_is_over(today, expected):
	assert month_gone(today, date(2026, 4, 1)) == expected


@pytest.mark.parametrize(
	("period", "first", "end"),
	[
		(Period.MONTH, date(2026, 12, 1), date(2027, 1, 1)),
		(Period.QUARTER, date(2026, 10, 1), date(2027, 1, 1)),
		(Period.YEAR, date(2026, 1, 1), date(2027, 1, 1)),
	],
)
def test_periods_of_a_day(period, first, end):
	assert bounds(period, date(2026, 12, 31)) == (first, end)


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)), st.sampled_from(Period))
def test_a_day_lies_in_its_period_and_the_next_one_begins_where_it_ends(day, period):
	first, end = bounds(period, day)
	assert first <= day < end
	assert bounds(period, end)[0] == end and bounds(period, first) == (first, end)


def test_equal_values_share_a_place():
	assert places([9, 7, 7, 5]) == [1, 2, 2, 4]
	assert places([]) == []
