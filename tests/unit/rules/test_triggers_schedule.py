"""Quiet hours, repeated attempts, keys, and the clock that is changed."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.triggers_guards import MAX_DEPTH, may_fire, must_pause, wait_for_limit
from crm_marketplace.rules.triggers_schedule import (
	RETRY_MINUTES,
	Quiet,
	due_window,
	firing_key,
	minutes_waited,
	next_allowed,
	period,
	retry_after,
)

NIGHT = Quiet("22:00", "08:00")
moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31))


def at(hour, minute=0, day=4):
	return datetime(2026, 3, day, hour, minute)


@pytest.mark.parametrize(
	("moment", "expected"),
	[
		(at(12), at(12)),
		(at(22), at(8, day=5)),
		(at(23, 30), at(8, day=5)),
		(at(3), at(8)),
		(at(8), at(8)),
		(at(21, 59), at(21, 59)),
	],
)
def test_quiet_hours_over_midnight(moment, expected):
	assert next_allowed(moment, NIGHT) == expected


def test_holidays_are_quiet_all_day():
	weekend = Quiet("22:00", "08:00", lambda day: day.weekday() >= 5)
	friday_night = datetime(2026, 3, 6, 23)
	assert next_allowed(friday_night, weekend) == datetime(2026, 3, 9, 8)


def test_a_calendar_without_working_days_holds_nothing_back_for_ever():
	assert next_allowed(at(12), Quiet(is_holiday=lambda _day: True)) == at(12)


@given(moments, st.times(), st.times(), st.sets(st.integers(0, 6), max_size=6))
def test_what_is_allowed_is_never_quiet_and_never_earlier(moment, begin, end, days_off):
	quiet = Quiet(begin.strftime("%H:%M"), end.strftime("%H:%M"), lambda day: day.weekday() in days_off)
	allowed = next_allowed(moment, quiet)
	assert allowed >= moment
	assert not quiet.covers(allowed)


def test_an_address_that_fails_for_an_hour_is_still_tried_afterwards():
	pauses = [retry_after(attempt) for attempt in range(1, len(RETRY_MINUTES) + 1)]
	assert all(pause is not None for pause in pauses)
	assert sum(pauses, timedelta()) > timedelta(hours=2)
	assert retry_after(len(RETRY_MINUTES) + 1) is None


def test_how_long_an_attempt_has_waited():
	assert [minutes_waited(attempt) for attempt in (1, 2, 3, 7)] == [0, 1, 3, 60]


def test_keys_tell_events_apart():
	keys = {
		firing_key("T1", "Deal", "D1", "created"),
		firing_key("T2", "Deal", "D1", "created"),
		firing_key("T1", "Lead", "D1", "created"),
		firing_key("T1", "Deal", "D2", "created"),
		firing_key("T1", "Deal", "D1", "submitted"),
		firing_key("T1", "Deal", "D1", "created", 2),
	}
	assert len(keys) == 6
	assert firing_key("T1", "Deal", "D1", "created") in keys


def test_periods():
	morning, evening, tomorrow = at(9), at(21), at(9, day=5)
	assert period("Every Time", morning, "e1") != period("Every Time", morning, "e2")
	assert period("Once per Document", morning, "e1") == period("Once per Document", tomorrow, "e2")
	assert period("Once per Day", morning, "e1") == period("Once per Day", evening, "e2")
	assert period("Once per Day", morning, "e1") != period("Once per Day", tomorrow, "e1")
	assert period("Once per Hour", morning, "e1") != period("Once per Hour", evening, "e1")
	assert period("Once per Week", morning, "e1") == period("Once per Week", tomorrow, "e1")
	assert period("Once per Month", morning, "e1") == period("Once per Month", tomorrow, "e1")


# --- the clock -------------------------------------------------------------------------------------

BERLIN = ZoneInfo("Europe/Berlin")


def in_berlin(moment: datetime) -> datetime:
	return moment.astimezone(BERLIN).replace(tzinfo=None)


def windows(start: datetime, hours: int, step: timedelta):
	"""The windows of a clock that ticks every `step`."""
	moment, end = start, start + timedelta(hours=hours)
	while moment < end:
		yield due_window(moment, moment + step, -120, in_berlin)
		moment += step


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25), date(2026, 6, 1)], ids=str)
def test_each_date_comes_due_when_clocks_are_changed(day):
	"""Every minute of the day lies in one window at least; which one is settled by the key of its firing."""
	start = datetime(day.year, day.month, day.day, tzinfo=timezone.utc) - timedelta(hours=5)
	spans = list(windows(start, 40, timedelta(minutes=7)))
	minute = datetime(day.year, day.month, day.day)
	while minute.date() == day:
		assert any(low < minute <= high for low, high in spans), minute
		minute += timedelta(minutes=1)


@given(moments, st.integers(1, 100_000), st.integers(-100_000, 100_000))
def test_windows_follow_one_another(since, seconds, minutes):
	since = since.replace(tzinfo=timezone.utc)
	until = since + timedelta(seconds=seconds)
	low, high = due_window(since, until, minutes, lambda moment: moment.replace(tzinfo=None))
	following, _end = due_window(
		until, until + timedelta(1), minutes, lambda moment: moment.replace(tzinfo=None)
	)
	assert low < high == following


# --- guards ----------------------------------------------------------------------------------------


def test_its_own_change_does_not_set_it_off_again():
	verdict = may_fire("A", "Deal", "1", [("A", "Deal", "1")])
	assert not verdict.allowed and verdict.silent


def test_two_rules_that_undo_each_other_stop():
	verdict = may_fire("A", "Deal", "1", [("A", "Deal", "1"), ("B", "Deal", "1")])
	assert not verdict.allowed and not verdict.silent
	assert verdict.path == ("A", "B", "A")


def test_another_document_is_another_matter():
	assert may_fire("A", "Deal", "2", [("A", "Deal", "1")]).allowed


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.just("Deal"), st.sampled_from("12")), max_size=30))
def test_no_chain_goes_on_for_ever(steps):
	chain: list[tuple[str, str, str]] = []
	for step in steps:
		if may_fire(*step, chain).allowed:
			chain.append(step)
	assert len(chain) <= MAX_DEPTH
	assert len(set(chain)) == len(chain)


def test_limits_per_hour_put_off_and_lose_nothing():
	started = [at(9, minute) for minute in (0, 10, 20)]
	assert wait_for_limit(started, 0, at(9, 30)) is None
	assert wait_for_limit(started, 4, at(9, 30)) is None
	assert wait_for_limit(started, 3, at(9, 30)) == at(10)
	assert wait_for_limit(started, 2, at(9, 30)) == at(10, 10)


def test_failures_pause():
	assert not must_pause(4, 5)
	assert must_pause(5, 5)
	assert not must_pause(100, 0)
