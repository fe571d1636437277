"""Costs of sources and what came back."""

from __future__ import annotations

from datetime import date

import pytest

from crm_marketplace.rules.advertising import return_on, share_of_cost


@pytest.mark.parametrize(
	("first", "last", "expected"),
	[
		(date(2026, 4, 1), date(2026, 4, 30), 300),
		(date(2026, 1, 1), date(2026, 12, 31), 300),
		(date(2026, 4, 1), date(2026, 4, 10), 100),
		(date(2026, 4, 30), date(2026, 5, 30), 10),
		(date(2026, 5, 1), date(2026, 5, 30), 0),
		(date(2026, 3, 1), date(2026, 3, 31), 0),
	],
)
def test_a_cost_counts_for_its_days(first, last, expected):
	assert share_of_cost(300, date(2026, 4, 1), date(2026, 4, 30), first, last) == expected


def test_the_return():
	assert return_on(300, 100) == 200
	assert return_on(100, 100) == 0
	assert return_on(0, 100) == -100
	assert return_on(500, 0) is None
