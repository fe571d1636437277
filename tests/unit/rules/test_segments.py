"""Segments of customers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.segments import RFM, Buyer, abc, main_channel, rfm

TODAY = date(2026, 3, 1)


def buyer(name: str, amount: float = 100, orders: int = 1, days: int = 10) -> Buyer:
	return Buyer(name, orders, amount, TODAY - timedelta(days=days))


def test_who_brings_most_is_a():
	buyers = [buyer("big", 800), buyer("middle", 150), buyer("small", 50)]

	assert abc(buyers) == {"big": "A", "middle": "B", "small": "C"}


def test_one_customer_is_a_and_returns_alone_are_c():
	assert abc([buyer("only")]) == {"only": "A"}
	assert abc([buyer("back", -5), buyer("nothing", 0)]) == {"back": "C", "nothing": "C"}
	assert abc([]) == {}


def test_the_kinds_of_buyers():
	buyers = [
		buyer("best", 900, 30, 1),
		buyer("new", 10, 1, 2),
		buyer("leaving", 800, 25, 300),
		buyer("asleep", 5, 1, 310),
		buyer("middle1", 100, 5, 60),
		buyer("middle2", 110, 6, 70),
	]

	found = rfm(buyers)

	assert {name: found[name] for name in ("best", "new", "leaving", "asleep")} == {
		"best": "best",
		"new": "new",
		"leaving": "leaving",
		"asleep": "asleep",
	}


def test_all_alike_are_in_one_segment():
	assert len(set(rfm([buyer(str(number)) for number in range(9)]).values())) == 1


def test_the_main_channel():
	assert main_channel({"ozon": 3, "direct": 1}) == "ozon"
	assert main_channel({"b": 2, "a": 2}) == "a"


amounts = st.floats(-1000, 1e7, allow_nan=False)


@given(st.lists(st.tuples(amounts, st.integers(1, 100), st.integers(0, 365)), max_size=40))
def test_everybody_has_one_segment_and_more_turnover_is_never_a_lower_letter(rows):
	buyers = [buyer(str(number), *row) for number, row in enumerate(rows)]

	letters, kinds = abc(buyers), rfm(buyers)

	assert set(letters) == set(kinds) == {one.name for one in buyers}
	assert set(kinds.values()) <= set(RFM.values())
	ranked = sorted(buyers, key=lambda one: (-one.amount, one.name))
	assert [letters[one.name] for one in ranked] == sorted(letters[one.name] for one in ranked)


@pytest.mark.parametrize("recency", [1, 2, 3])
@pytest.mark.parametrize("worth", [1, 2, 3])
def test_every_score_has_a_segment(recency, worth):
	assert RFM[recency, worth]
