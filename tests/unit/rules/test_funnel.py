"""Conversion from stage to stage."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.funnel import funnel

OPEN, WON = ["first", "second", "third"], ["won"]


def counts(steps):
	return [(step.stage, step.reached, step.stopped) for step in steps]


def test_a_skipped_stage_counts_as_reached():
	steps = funnel(OPEN, WON, {"a": {"first", "won"}, "b": {"first"}, "c": {"first", "second", "lost"}})
	assert counts(steps) == [("first", 3, 1), ("second", 2, 1), ("third", 1, 0), ("won", 1, 1)]
	assert [step.of_first for step in steps] == [100, 66.7, 33.3, 33.3]
	assert [step.of_previous for step in steps] == [100, 66.7, 50, 100]


def test_a_deal_that_went_back_counts_by_its_furthest_stage():
	assert counts(funnel(OPEN, WON, {"a": {"third", "first"}}))[2] == ("third", 1, 1)


def test_no_deals_no_funnel():
	assert funnel(OPEN, WON, {}) == []


def test_a_pipeline_without_a_won_stage():
	assert [step.stage for step in funnel(OPEN, [], {"a": {"second"}})] == OPEN


@given(
	st.dictionaries(st.integers(), st.sets(st.sampled_from([*OPEN, *WON, "lost"]), min_size=1), max_size=30)
)
def test_a_funnel_only_narrows_and_loses_nobody(deals):
	steps = funnel(OPEN, WON, deals)
	reached = [step.reached for step in steps]
	assert reached == sorted(reached, reverse=True)
	assert sum(step.stopped for step in steps) == len(deals)
