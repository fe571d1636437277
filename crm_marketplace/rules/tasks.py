"""Tasks: what one typed line means, when a task is pressing, when the next one of a series is due.

Moments are naive datetimes of one zone, the one the person types in.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from crm_marketplace.integrations.records import StrEnum

END_OF_DAY = time(18)  # a task with a day and no hour
START_OF_DAY = time(10)
LAST_CALL = time(17)  # later than this, "no date" means tomorrow


class TaskKind(StrEnum):
	CALL = "Call"
	MEETING = "Meeting"
	LETTER = "Letter"
	OTHER = "Other"


class Urgency(StrEnum):
	OVERDUE = "overdue"
	TODAY = "today"
	LATER = "later"
	NONE = "none"


@dataclass(frozen=True, slots=True)
class Draft:
	"""A task as typed. `due` is always set: a task without a day is the one that is forgotten."""

	subject: str
	kind: TaskKind
	due: datetime


# Beginnings of words, English and Russian; the first that fits wins.
_KINDS: tuple[tuple[TaskKind, re.Pattern[str]], ...] = (
	(TaskKind.CALL, re.compile(r"\b(?:call|phone|ring|звон|позвон|созвон|перезвон|набрать)", re.I)),
	(TaskKind.MEETING, re.compile(r"\b(?:meet|visit|demo\b|встреч|встрет|визит|переговор)", re.I)),
	(
		TaskKind.LETTER,
		re.compile(r"\b(?:write|e-?mail|letter|send|письм|напис|напиш|отправ|выслат|прислат)", re.I),
	),
)
_WEEKDAYS: tuple[str, ...] = (
	r"monday|mon|понедельник|пн",
	r"tuesday|tue|вторник|вт",
	r"wednesday|wed|сред[ау]|ср",
	r"thursday|thu|четверг|чт",
	r"friday|fri|пятниц[ау]|пт",
	r"saturday|sat|суббот[ау]|сб",
	r"sunday|sun|воскресенье|вс",
)
_UNITS: tuple[tuple[str, Callable[[int], timedelta]], ...] = (
	(r"minutes?|min|минут[уы]?|мин", lambda number: timedelta(minutes=number)),
	(r"hours?|h|часа?|часов|ч", lambda number: timedelta(hours=number)),
	(r"days?|d|день|дня|дней|дн", lambda number: timedelta(days=number)),
	(r"weeks?|w|недел[юиь]|нед", lambda number: timedelta(weeks=number)),
)
_BEFORE = r"(?<![\w.:])(?:(?:on|at|by|в|во|до|к)\s+)?"
_AFTER = r"(?![\w:])"
_TIME = re.compile(_BEFORE + r"([01]?\d|2[0-3]):([0-5]\d)" + _AFTER, re.I)
_ISO_DATE = re.compile(_BEFORE + r"(\d{4})-(\d{2})-(\d{2})" + _AFTER, re.I)
_DATE = re.compile(_BEFORE + r"(\d{1,2})\.(\d{1,2})(?:\.(\d{4}|\d{2}))?" + _AFTER, re.I)
_NEAR: tuple[tuple[re.Pattern[str], int], ...] = (
	(re.compile(_BEFORE + r"(?:day after tomorrow|послезавтра)" + _AFTER, re.I), 2),
	(re.compile(_BEFORE + r"(?:tomorrow|завтра)" + _AFTER, re.I), 1),
	(re.compile(_BEFORE + r"(?:today|сегодня)" + _AFTER, re.I), 0),
)
_IN = re.compile(
	r"(?<!\w)(?:in|через)\s+(?:(\d{1,3})\s*)?(" + "|".join(words for words, _ in _UNITS) + r")" + _AFTER,
	re.I,
)


def read_line(line: str, now: datetime) -> Draft:
	"""What a line means: "call Ivan tomorrow 15:00", "отправить счёт в пятницу", "через 2 часа перезвонить".

	Day and hour are taken out of the subject, the kind of task is seen in its words. A line that names no day
	is due today at the end of the day, or tomorrow when the day is almost over.
	"""
	rest = " ".join(line.split())
	rest, clock = _take_time(rest)
	rest, moment = _take_span(rest, now)
	day = None
	if moment is None:
		rest, day = _take_day(rest, now.date())
	subject = rest.strip(" ,.;—-") or " ".join(line.split())
	return Draft(subject, kind_of(line), moment or _due(day, clock, now))


def kind_of(text: str) -> TaskKind:
	for kind, pattern in _KINDS:
		if pattern.search(text):
			return kind
	return TaskKind.OTHER


def _due(day: date | None, clock: time | None, now: datetime) -> datetime:
	if day is None and clock is None:
		if now.time() < LAST_CALL:
			return datetime.combine(now.date(), END_OF_DAY)
		return datetime.combine(now.date() + timedelta(days=1), START_OF_DAY)
	if day is None:
		due = datetime.combine(now.date(), clock)
		return due if due > now else due + timedelta(days=1)
	return datetime.combine(day, clock or END_OF_DAY)


def _take_time(text: str) -> tuple[str, time | None]:
	found = _TIME.search(text)
	if not found:
		return text, None
	return _without(text, found), time(int(found[1]), int(found[2]))


def _take_span(text: str, now: datetime) -> tuple[str, datetime | None]:
	""" "in 2 hours" is a moment; "in 2 days" keeps the hour of now."""
	found = _IN.search(text)
	if not found:
		return text, None
	number = int(found[1] or 1)
	for words, span in _UNITS:
		if re.fullmatch(words, found[2], re.I):
			return _without(text, found), (now + span(number)).replace(second=0, microsecond=0)
	return text, None


def _take_day(text: str, today: date) -> tuple[str, date | None]:
	for pattern, ahead in _NEAR:
		if found := pattern.search(text):
			return _without(text, found), today + timedelta(days=ahead)
	if found := _ISO_DATE.search(text):
		day = _date(int(found[1]), int(found[2]), int(found[3]))
		return (_without(text, found), day) if day else (text, None)
	if found := _DATE.search(text):
		return _take_written_date(text, found, today)
	for number, words in enumerate(_WEEKDAYS):
		if found := re.search(_BEFORE + rf"(?:{words})" + _AFTER, text, re.I):
			ahead = (number - today.weekday()) % 7 or 7
			return _without(text, found), today + timedelta(days=ahead)
	return text, None


def _take_written_date(text: str, found: re.Match[str], today: date) -> tuple[str, date | None]:
	"""25.11 is the next 25 November; 31.02 is no date and stays in the subject."""
	year = found[3]
	number = today.year if year is None else int(year) + (2000 if len(year) == 2 else 0)
	day = _date(number, int(found[2]), int(found[1]))
	if day is None:
		return text, None
	if year is None and day < today:
		day = _date(number + 1, day.month, day.day) or day
	return _without(text, found), day


def _date(year: int, month: int, day: int) -> date | None:
	try:
		return date(year, month, day)
	except ValueError:
		return None


def _without(text: str, found: re.Match[str]) -> str:
	return " ".join(f"{text[: found.start()]} {text[found.end() :]}".split())


# --- time passes -----------------------------------------------------------------------------------


def urgency(due: datetime | None, now: datetime) -> Urgency:
	if due is None:
		return Urgency.NONE
	if due < now:
		return Urgency.OVERDUE
	return Urgency.TODAY if due.date() == now.date() else Urgency.LATER


def reminder_is_due(due: datetime, minutes_before: int, now: datetime) -> bool:
	"""Whether to remind now: the moment has come, and the task is not so old that a reminder is noise."""
	return due - timedelta(minutes=minutes_before) <= now < due + timedelta(hours=12)


def escalation_is_due(due: datetime, after_hours: int, now: datetime) -> bool:
	"""Whether the supervisor is told. 0 hours: never."""
	return bool(after_hours) and now >= due + timedelta(hours=after_hours)


def next_due(due: datetime, every: str, now: datetime) -> datetime:
	"""When the next task of a series is due: the first one after now, at the same hour.

	Args:
		every: "Day", "Weekday", "Week" or "Month"; a month's 31st falls on the last day of a shorter month.
	"""
	candidate, step = due, 0
	while candidate <= now or candidate <= due:
		step += 1
		candidate = _stepped(due, every, step)
	return candidate


def _stepped(due: datetime, every: str, step: int) -> datetime:
	if every == "Day":
		return due + timedelta(days=step)
	if every == "Weekday":
		candidate = due
		for _number in range(step):
			candidate += timedelta(days=1)
			while candidate.weekday() > 4:
				candidate += timedelta(days=1)
		return candidate
	if every == "Week":
		return due + timedelta(weeks=step)
	if every == "Month":
		month = due.month - 1 + step
		year, month = due.year + month // 12, month % 12 + 1
		return due.replace(year=year, month=month, day=min(due.day, calendar.monthrange(year, month)[1]))
	raise ValueError(f"no such interval: {every}")
