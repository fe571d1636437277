"""When an action may run, when it is tried again, and the key that makes a firing happen once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from crm_marketplace.rules.triggers_conditions import in_hours

# Minutes until the next attempt. Over two hours in all: an address that answers 500 for an hour is reached.
RETRY_MINUTES = (1, 2, 4, 8, 15, 30, 60, 60)
LONGEST_WAIT_DAYS = 31


@dataclass(frozen=True, slots=True)
class Quiet:
	"""When nothing is sent: hours of the day ("22:00" to "08:00"), and days that are holidays."""

	begin: str = ""
	end: str = ""
	is_holiday: Callable[[date], bool] | None = None

	def covers(self, moment: datetime) -> bool:
		if self.begin and self.end and self.begin != self.end and in_hours(moment, self.begin, self.end):
			return True
		return bool(self.is_holiday and self.is_holiday(moment.date()))


def next_allowed(moment: datetime, quiet: Quiet) -> datetime:
	"""The first moment from `moment` on that is not quiet. Naive times of the site.

	A calendar without a single working day within a month does not hold things back for ever.
	"""
	latest = moment + timedelta(days=LONGEST_WAIT_DAYS)
	at = moment
	while quiet.covers(at):
		at = _end_of_quiet(at, quiet)
		if at > latest:
			return moment
	return at


def _end_of_quiet(at: datetime, quiet: Quiet) -> datetime:
	midnight = datetime(at.year, at.month, at.day) + timedelta(days=1)
	if quiet.is_holiday and quiet.is_holiday(at.date()):
		return midnight
	hour, minute = (int(part) for part in quiet.end.split(":"))
	end = at.replace(hour=hour, minute=minute, second=0, microsecond=0)
	return end if end > at else end + timedelta(days=1)


def retry_after(attempts: int) -> timedelta | None:
	"""How long to wait after the `attempts`-th failure; None when it is given up."""
	return timedelta(minutes=RETRY_MINUTES[attempts - 1]) if attempts <= len(RETRY_MINUTES) else None


def minutes_waited(attempt: int) -> int:
	"""How long the `attempt`-th attempt comes after the first one, 1 being the first."""
	return sum(RETRY_MINUTES[: attempt - 1])


def period(frequency: str, now: datetime, event_id: str) -> str:
	"""What makes two events of a document the same for a trigger: the event itself, or the span of time."""
	if frequency == "Once per Document":
		return "once"
	if frequency == "Once per Hour":
		return now.strftime("hour %Y-%m-%d %H")
	if frequency == "Once per Day":
		return now.strftime("day %Y-%m-%d")
	if frequency == "Once per Week":
		return "week {}-{}".format(*now.isocalendar()[:2])
	if frequency == "Once per Month":
		return now.strftime("month %Y-%m")
	return event_id


def firing_key(trigger: str, doctype: str, name: str, part: str, turn: int = 1) -> str:
	"""Unique in the database per trigger, document and event (and repetition): 64 hex digits."""
	return hashlib.sha256("\n".join((trigger, doctype, name, part, str(turn))).encode()).hexdigest()


def due_window(
	since: datetime, until: datetime, minutes: int, to_local: Callable[[datetime], datetime]
) -> tuple[datetime, datetime]:
	"""Values of a date field that come due between two moments: (from, to], naive times of the site.

	Args:
		since, until: aware UTC.
		minutes: after the date; negative for before it.

	Over an hour that is repeated, when clocks are set back, the window is empty, and what lies in it was
	due the first time already; an hour that is left out is covered by the window across it.
	"""
	shift = timedelta(minutes=minutes)
	low, high = to_local(since - shift), to_local(until - shift)
	return (low, high) if low <= high else (high, high)
