"""Whether a source of deals pays: its costs by days, and the return on them."""

from __future__ import annotations

from datetime import date


def share_of_cost(amount: float, begins: date, ends: date, first: date, last: date) -> float:
	"""The part of a cost, spent evenly from `begins` to `ends`, that falls on the days from `first` to `last`."""
	days = (ends - begins).days + 1
	common = (min(ends, last) - max(begins, first)).days + 1
	return round(amount * common / days, 2) if common > 0 and days > 0 else 0.0


def return_on(won: float, cost: float) -> float | None:
	"""Return on what was spent, per cent: 0 when just the money came back. None where nothing was spent."""
	return round(100 * (won - cost) / cost, 1) if cost else None
