"""Who gets a new deal."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.assignment import (
	Candidate,
	Case,
	Method,
	Rule,
	at_work,
	choose,
	first_fitting,
	parse_hour,
)

NOON = datetime(2026, 3, 2, 12)


@pytest.mark.parametrize(
	("rule", "fits"),
	[
		(Rule("any"), True),
		(Rule("pipeline", pipeline="Wholesale"), True),
		(Rule("pipeline", pipeline="Recruiting"), False),
		(Rule("source", source="Fair"), True),
		(Rule("source", source="Site"), False),
		(Rule("shop", shop="Shop 2"), False),
		(Rule("region", territory="Russia"), True),
		(Rule("region", territory="Moscow"), True),
		(Rule("region", territory="Kazakhstan"), False),
		(Rule("both", source="Fair", territory="Kazakhstan"), False),
	],
)
def test_a_rule_asks_only_what_it_names(rule, fits):
	case = Case("Wholesale", "Fair", "Shop 1", ("Moscow", "Russia"))

	assert rule.fits(case) is fits


def test_the_first_rule_that_fits_counts():
	rules = [Rule("one", source="Fair"), Rule("two"), Rule("three")]

	assert first_fitting(rules, Case("Wholesale")).name == "two"
	assert first_fitting([], Case("Wholesale")) is None


def test_in_turn_it_is_who_has_waited_longest():
	candidates = [
		Candidate("a", 1, assigned_at=NOON),
		Candidate("b", 2, assigned_at=NOON - timedelta(hours=1)),
		Candidate("c", 3, assigned_at=NOON - timedelta(minutes=5)),
	]

	assert choose(Method.IN_TURN, candidates) == "b"


def test_a_newcomer_is_first_and_equals_go_by_the_list():
	assert choose(Method.IN_TURN, [Candidate("a", 1, assigned_at=NOON), Candidate("b", 2)]) == "b"
	assert choose(Method.IN_TURN, [Candidate("b", 2), Candidate("a", 1)]) == "a"


def test_by_load_it_is_who_has_least_and_of_equals_who_has_waited():
	candidates = [
		Candidate("a", 1, open_deals=3),
		Candidate("b", 2, open_deals=1, assigned_at=NOON),
		Candidate("c", 3, open_deals=1, assigned_at=NOON - timedelta(hours=1)),
	]

	assert choose(Method.LEAST_LOADED, candidates) == "c"


@pytest.mark.parametrize("method", list(Method))
def test_nobody_is_chosen_of_nobody(method):
	assert choose(method, []) is None


@given(st.integers(1, 6), st.integers(0, 40))
def test_turns_are_fair(people, deals):
	"""After any number of deals nobody has two more than another."""
	last: dict[str, datetime] = {}
	counts: Counter[str] = Counter({f"user{place}": 0 for place in range(people)})
	for number in range(deals):
		user = choose(
			Method.IN_TURN,
			[
				Candidate(f"user{place}", place, assigned_at=last.get(f"user{place}"))
				for place in range(people)
			],
		)
		counts[user] += 1
		last[user] = NOON + timedelta(seconds=number)

	assert max(counts.values()) - min(counts.values()) <= 1


@pytest.mark.parametrize(
	("text", "expected"),
	[("9", time(9)), ("09:00", time(9)), (" 18:30 ", time(18, 30)), ("24:00", None), ("9:60", None)]
	+ [(nonsense, None) for nonsense in ("", "early", "-1", "9:xx", "1:2:3")],
)
def test_hours_as_people_write_them(text, expected):
	assert parse_hour(text) == expected


@pytest.mark.parametrize(
	("moment", "begins", "ends", "expected"),
	[
		("09:00", "09:00", "18:00", True),
		("18:00", "09:00", "18:00", False),
		("08:59", "09:00", "18:00", False),
		("23:30", "22:00", "06:00", True),
		("05:59", "22:00", "06:00", True),
		("12:00", "22:00", "06:00", False),
		("03:00", None, None, True),
		("03:00", "09:00", "09:00", True),
	],
)
def test_working_hours(moment, begins, ends, expected):
	def hour(text):
		return time.fromisoformat(text) if text else None

	assert at_work(hour(moment), hour(begins), hour(ends)) is expected
