"""The sandbox's clock: the real time until a test or a trainer moves it. Always UTC.

Inside the state, moments are whole microseconds since 1970: exact, sortable, and quick to compare.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000  # microseconds
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Clock:
	"""What time it is in the sandbox.

	Args:
		stands_at: time stands still at this moment (aware) and moves by `advance` only, so that a test
			sees the same twice.
		ahead: where it does not stand still: how far it is ahead of the real time.
	"""

	def __init__(self, stands_at: datetime | None = None, *, ahead: timedelta = timedelta(0)) -> None:
		self._stands_at = stands_at.astimezone(timezone.utc) if stands_at else None
		self._ahead = ahead
		self._lock = threading.Lock()

	def now(self) -> datetime:
		"""The sandbox's time, aware UTC."""
		with self._lock:
			return self._stands_at or datetime.now(timezone.utc) + self._ahead

	def micros(self) -> int:
		return to_micros(self.now())

	def advance(self, by: timedelta | float) -> datetime:
		"""Move the clock forward (seconds, or a timedelta). Returns the new time."""
		step = by if isinstance(by, timedelta) else timedelta(seconds=by)
		with self._lock:
			if self._stands_at:
				self._stands_at += step
			else:
				self._ahead += step
		return self.now()

	@property
	def ahead(self) -> timedelta:
		"""How far the sandbox is ahead of the real time (negative: behind)."""
		return self._stands_at - datetime.now(timezone.utc) if self._stands_at else self._ahead


def to_micros(moment: datetime) -> int:
	"""An aware datetime as microseconds since 1970."""
	return (moment - EPOCH) // MICROSECOND


def from_micros(micros: int) -> datetime:
	return EPOCH + timedelta(microseconds=micros)


def rfc3339(micros: int | None, timespec: str = "seconds") -> str | None:
	"""Microseconds as `2026-05-04T06:44:37Z`; None stays None."""
	if micros is None:
		return None
	return from_micros(micros).replace(tzinfo=None).isoformat(timespec=timespec) + "Z"


def parse_rfc3339(text: str) -> int:
	"""Microseconds of an RFC 3339 date-time with its offset.

	Raises:
		ValueError: it is none, or has no offset.
	"""
	text = text.strip()
	head, dot, tail = text.partition(".")
	if dot:  # up to nine digits are allowed; Python 3.10 reads three or six
		digits = len(tail) - len(tail.lstrip("0123456789"))
		text = f"{head}.{tail[:digits][:6]:0<6}{tail[digits:]}"
	moment = datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
	if moment.tzinfo is None:
		raise ValueError(f"{text} has no time zone")
	return to_micros(moment)
