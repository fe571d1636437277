"""What keeps triggers from running in circles, too often, or on and on when they only fail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

MAX_DEPTH = 5  # triggers set off by triggers set off by …

# One step of a chain: trigger, DocType, name.
Step = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
	"""Whether a trigger may fire within a chain. `silent`: its own change of its own document, no news."""

	allowed: bool
	silent: bool = False
	path: tuple[str, ...] = ()


def may_fire(trigger: str, doctype: str, name: str, chain: Sequence[Step]) -> Verdict:
	"""Loop guard: a trigger does not fire again on a document by a change it led to, at any depth.

	Args:
		chain: the firings that led to this event, the first one first.
	"""
	path = (*(step[0] for step in chain), trigger)
	if (trigger, doctype, name) in {tuple(step) for step in chain}:
		return Verdict(False, silent=tuple(chain[-1]) == (trigger, doctype, name), path=path)
	if len(chain) >= MAX_DEPTH:
		return Verdict(False, path=path)
	return Verdict(True)


def wait_for_limit(started: Sequence[datetime], limit: int, now: datetime) -> datetime | None:
	"""When the next firing may start under a limit per hour; None for at once.

	Args:
		started: starts within the last hour, oldest first.
	"""
	if not limit or len(started) < limit:
		return None
	return max(now, started[len(started) - limit] + timedelta(hours=1))


def must_pause(failures: int, pause_after: int) -> bool:
	"""Whether a trigger that failed so often in a row is switched off."""
	return bool(pause_after) and failures >= pause_after
