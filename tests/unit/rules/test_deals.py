"""What becomes of a deal: worth, requirements, stages, documents."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.deals import (
	AmountFrom,
	Kind,
	Paper,
	Stage,
	TaskTemplate,
	WonOn,
	closing_stage,
	days_in,
	days_over,
	entry_stage,
	follow,
	lines_total,
	missing,
	probability,
	problems,
	tasks_on_entry,
	weighted,
)

NOW = datetime(2026, 3, 10, 12, 0)
OPEN, WON, LOST = (
	Stage("open", Kind.OPEN, 1, 30),
	Stage("won", Kind.WON, 2, 100),
	Stage("lost", Kind.LOST, 3, 0),
)


# --- worth -----------------------------------------------------------------------------------------


@given(st.decimals(min_value=0, max_value=10**9, places=2), st.floats(min_value=0, max_value=100, width=16))
def test_a_forecast_never_exceeds_the_amount(amount, percent):
	assert Decimal(0) <= weighted(amount, percent) <= amount


def test_a_weighted_amount_is_rounded_half_up():
	assert weighted(Decimal("0.05"), 50) == Decimal("0.03")


@pytest.mark.parametrize(
	("kind", "stated", "expected"),
	[
		(Kind.WON, 10, 100),
		(Kind.LOST, 90, 0),
		(Kind.OPEN, 40, 40),
		(Kind.OPEN, 140, 100),
		(Kind.ON_HOLD, -5, 0),
		(Kind.OPEN, None, 0),
	],
)
def test_probability_of_a_stage(kind, stated, expected):
	assert probability(kind, stated) == expected


def test_each_line_is_rounded_as_it_is_shown():
	assert lines_total([(Decimal("0.333"), Decimal("0.1"))] * 3) == Decimal("0.09")


# --- stages ----------------------------------------------------------------------------------------


def test_new_deals_begin_in_the_first_open_stage_in_use():
	old = Stage("old", Kind.OPEN, 0, archived=True)
	assert entry_stage([WON, OPEN, old]) == OPEN
	assert entry_stage([WON, old]) is None


def test_an_archived_stage_wins_nothing():
	archived = Stage("won", Kind.WON, 2, archived=True)
	assert closing_stage([OPEN, archived], Kind.WON) is None
	assert closing_stage([OPEN, WON, archived], Kind.WON) == WON


@pytest.mark.parametrize(
	("stages", "lost_with_quotations", "expected"),
	[
		([OPEN, WON, LOST], True, []),
		([OPEN], True, ["no_won", "no_lost"]),
		([OPEN, WON], False, []),
		([WON, LOST], False, ["no_entry"]),
		([], True, ["no_entry", "no_won", "no_lost"]),
	],
)
def test_what_a_pipeline_lacks(stages, lost_with_quotations, expected):
	assert problems(stages, WonOn.SALES_ORDER, lost_with_quotations) == expected


@pytest.mark.parametrize(
	("values", "expected"),
	[
		({"amount": 0, "party": "  ", "items": []}, ["amount", "party", "items"]),
		({"amount": 10, "party": "ООО", "items": [1]}, []),
		({}, ["amount", "party", "items"]),
	],
)
def test_required_fields_that_are_empty(values, expected):
	assert missing(["amount", "party", "amount", "items"], values) == expected


@pytest.mark.parametrize(
	("hours", "allowed", "over"),
	[(24 * 5, 5, 0), (24 * 5 + 1, 5, 1), (24 * 7, 5, 2), (24 * 100, 0, 0), (24 * 100, None, 0)],
)
def test_how_long_a_deal_is_stuck(hours, allowed, over):
	assert days_over(NOW - timedelta(hours=hours), allowed, NOW) == over


def test_days_in_a_stage_are_whole_and_never_negative():
	assert days_in(NOW - timedelta(hours=47), NOW) == 1
	assert days_in(NOW + timedelta(hours=1), NOW) == 0
	assert days_in(None, NOW) == 0


# --- tasks -----------------------------------------------------------------------------------------


def test_no_task_of_a_kind_that_waits_already():
	call, again = TaskTemplate("Call", "Call"), TaskTemplate("Call again", "Call")
	always = TaskTemplate("Call anyway", "Call", unless_open=False)
	assert tasks_on_entry([call, again, always], []) == (call, always)
	assert tasks_on_entry([call, always], ["Call"]) == (always,)


# --- documents -------------------------------------------------------------------------------------


def quotation(amount="100", status="Open", submitted=True, hour=1):
	return Paper("Quotation", submitted, status, amount and Decimal(amount), NOW + timedelta(hours=hour))


def order(amount="100", submitted=True):
	return Paper("Sales Order", submitted, "To Deliver and Bill", amount and Decimal(amount), NOW)


def said(papers, kind=Kind.OPEN, won_on=WonOn.SALES_ORDER, lost=True, amount=True):
	return follow(kind, papers, won_on=won_on, lost_with_quotations=lost, amount_follows=amount)


def test_a_submitted_order_wins():
	assert said([order("70"), order("30")]).kind is Kind.WON
	assert said([order("70"), order("30")]).amount == Decimal("100")
	assert said([order(submitted=False)]).kind is None


def test_where_people_decide_documents_only_give_the_amount():
	verdict = said([order("70")], won_on=WonOn.HAND)
	assert (verdict.kind, verdict.amount, verdict.amount_from) == (
		None,
		Decimal("70"),
		AmountFrom.SALES_ORDER,
	)


@pytest.mark.parametrize("status", ["Ordered", "Partially Ordered"])
def test_an_ordered_quotation_wins_where_the_pipeline_says_so(status):
	assert said([quotation(status=status)], won_on=WonOn.QUOTATION).kind is Kind.WON
	assert said([quotation(status=status)]).kind is None


def test_lost_when_every_quotation_is_lost():
	assert said([quotation(status="Lost"), quotation(status="Lost")]).kind is Kind.LOST
	assert said([quotation(status="Lost"), quotation()]).kind is None
	assert said([quotation(status="Lost")], lost=False).kind is None
	assert said([]).kind is None


def test_an_order_beats_lost_quotations():
	assert said([quotation(status="Lost"), order()]).kind is Kind.WON


@pytest.mark.parametrize("kind", [Kind.WON, Kind.LOST])
def test_documents_do_not_open_what_a_person_closed(kind):
	assert said([order(), quotation(status="Lost")], kind=kind).kind is None


def test_the_newest_living_quotation_gives_the_amount():
	papers = [
		quotation("100", hour=1),
		quotation("150", hour=2),
		quotation("999", status="Lost", hour=3),
		quotation("888", submitted=False, hour=4),
	]
	assert said(papers).amount == Decimal("150")
	assert said(papers, amount=False).amount is None


def test_a_document_without_a_known_rate_counts_for_the_stage_only():
	verdict = said([order("70"), order(None)])
	assert (verdict.kind, verdict.amount, verdict.amount_from) == (Kind.WON, None, None)
	assert said([quotation("100", hour=1), quotation(None, hour=2)]).amount_from is None
	assert said([quotation(None, hour=1), quotation("100", hour=2)]).amount == Decimal("100")
