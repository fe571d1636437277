"""Averages and rhythm of a customer's orders."""

from __future__ import annotations

from datetime import date

import pytest

from crm_marketplace.rules.customer_numbers import Orders, average, is_late, margin_percent, rhythm

REGULAR = Orders(4, 1000, date(2026, 1, 1), date(2026, 1, 31))


def test_average_and_rhythm():
	assert (average(REGULAR), rhythm(REGULAR)) == (250, 10)


@pytest.mark.parametrize(
	"orders",
	[
		Orders(0, 0),
		Orders(1, 5, date(2026, 1, 1), date(2026, 1, 1)),
		Orders(3, 5, date(2026, 1, 1), date(2026, 1, 1)),
	],
)
def test_without_a_second_day_there_is_no_rhythm(orders):
	assert rhythm(orders) is None and not is_late(orders, date(2030, 1, 1))


@pytest.mark.parametrize(("day", "late"), [(date(2026, 2, 20), False), (date(2026, 2, 21), True)])
def test_silent_for_more_than_twice_the_rhythm(day, late):
	assert is_late(REGULAR, day) is late


def test_margin_of_nothing_is_nothing():
	assert margin_percent(5, 0) is None and margin_percent(-5, 100) == -5
