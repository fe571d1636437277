"""Tasks: one typed line, urgency, reminders, series."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.rules.tasks import (
	TaskKind,
	Urgency,
	escalation_is_due,
	next_due,
	read_line,
	reminder_is_due,
	urgency,
)

NOW = datetime(2026, 3, 10, 12, 0)  # a Tuesday


@pytest.mark.parametrize(
	("line", "subject", "kind", "due"),
	[
		("call Ivan tomorrow 15:00", "call Ivan", TaskKind.CALL, datetime(2026, 3, 11, 15)),
		("позвонить Ивану завтра в 15:00", "позвонить Ивану", TaskKind.CALL, datetime(2026, 3, 11, 15)),
		("Завтра отправить счёт", "отправить счёт", TaskKind.LETTER, datetime(2026, 3, 11, 18)),
		("встреча в пятницу в 10:30", "встреча", TaskKind.MEETING, datetime(2026, 3, 13, 10, 30)),
		("через 2 часа перезвонить", "перезвонить", TaskKind.CALL, datetime(2026, 3, 10, 14)),
		("через неделю узнать о решении", "узнать о решении", TaskKind.OTHER, datetime(2026, 3, 17, 12)),
		("in 3 days write to them", "write to them", TaskKind.LETTER, datetime(2026, 3, 13, 12)),
		("послезавтра визит", "визит", TaskKind.MEETING, datetime(2026, 3, 12, 18)),
		("договор до 25.11", "договор", TaskKind.OTHER, datetime(2026, 11, 25, 18)),
		("договор 01.02", "договор", TaskKind.OTHER, datetime(2027, 2, 1, 18)),
		("договор 25.11.26 9:05", "договор", TaskKind.OTHER, datetime(2026, 11, 25, 9, 5)),
		("2026-12-31 закрыть год", "закрыть год", TaskKind.OTHER, datetime(2026, 12, 31, 18)),
		("ask about 31.02", "ask about 31.02", TaskKind.OTHER, datetime(2026, 3, 10, 18)),
		("tuesday report", "report", TaskKind.OTHER, datetime(2026, 3, 17, 18)),
		("11:00 планёрка", "планёрка", TaskKind.OTHER, datetime(2026, 3, 11, 11)),
		("13:00 планёрка", "планёрка", TaskKind.OTHER, datetime(2026, 3, 10, 13)),
		("просто дело", "просто дело", TaskKind.OTHER, datetime(2026, 3, 10, 18)),
		("завтра", "завтра", TaskKind.OTHER, datetime(2026, 3, 11, 18)),
		("цена 15.50 за штуку", "цена 15.50 за штуку", TaskKind.OTHER, datetime(2026, 3, 10, 18)),
	],
)
def test_a_line_is_read(line, subject, kind, due):
	draft = read_line(line, NOW)
	assert (draft.subject, draft.kind, draft.due) == (subject, kind, due)


def test_late_in_the_day_a_task_without_a_day_is_for_tomorrow():
	assert read_line("дело", NOW.replace(hour=17, minute=30)).due == datetime(2026, 3, 11, 10)


@given(st.text(min_size=1, max_size=200))
def test_any_line_is_a_task_with_an_hour(line):
	draft = read_line(line, NOW)
	assert draft.due is not None
	assert draft.subject or not line.strip()


@pytest.mark.parametrize(
	("due", "expected"),
	[
		(None, Urgency.NONE),
		(NOW - timedelta(seconds=1), Urgency.OVERDUE),
		(NOW.replace(hour=23), Urgency.TODAY),
		(NOW + timedelta(days=1), Urgency.LATER),
	],
)
def test_urgency(due, expected):
	assert urgency(due, NOW) is expected


@pytest.mark.parametrize(
	("minutes_away", "expected"), [(16, False), (15, True), (0, True), (-60, True), (-60 * 13, False)]
)
def test_a_reminder_comes_in_time_and_not_for_ever(minutes_away, expected):
	assert reminder_is_due(NOW + timedelta(minutes=minutes_away), 15, NOW) is expected


@pytest.mark.parametrize(("hours", "after", "expected"), [(23, 24, False), (24, 24, True), (100, 0, False)])
def test_escalation(hours, after, expected):
	assert escalation_is_due(NOW - timedelta(hours=hours), after, NOW) is expected


@pytest.mark.parametrize(
	("due", "every", "expected"),
	[
		(datetime(2026, 3, 10, 9), "Day", datetime(2026, 3, 11, 9)),
		(datetime(2026, 3, 1, 9), "Day", datetime(2026, 3, 11, 9)),
		(datetime(2026, 3, 13, 9), "Weekday", datetime(2026, 3, 16, 9)),
		(datetime(2026, 3, 10, 9), "Week", datetime(2026, 3, 17, 9)),
		(datetime(2026, 1, 31, 9), "Month", datetime(2026, 3, 31, 9)),
		(datetime(2026, 3, 31, 9), "Month", datetime(2026, 4, 30, 9)),
	],
)
def test_the_next_of_a_series(due, every, expected):
	assert next_due(due, every, NOW) == expected


@given(
	st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2027, 1, 1)),
	st.sampled_from(["Day", "Weekday", "Week", "Month"]),
)
def test_the_next_of_a_series_is_always_ahead(due, every):
	found = next_due(due, every, NOW)
	assert found > due and found > NOW
	assert found.time() == due.time()


def test_an_unknown_interval_is_an_error():
	with pytest.raises(ValueError, match="Fortnight"):
		next_due(NOW, "Fortnight", NOW)
