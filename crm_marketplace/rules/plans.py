"""Sales plans: how much of one is done, and whether the month goes as fast as it should."""

from __future__ import annotations

import calendar
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from crm_marketplace.integrations.records import StrEnum

METRICS = ("amount", "won", "calls", "meetings")


@dataclass(frozen=True, slots=True)
class Fact:
	"""Something done by a person in the month: a won deal with its amount, calls, meetings."""

	user: str
	metric: str
	value: float


def add_up(facts: Iterable[Fact], users: frozenset[str] | None) -> dict[str, float]:
	"""What some people did together, by metric; `None`: everybody."""
	totals = dict.fromkeys(METRICS, 0.0)
	for fact in facts:
		if users is None or fact.user in users:
			totals[fact.metric] += fact.value
	return totals


def percent(fact: float, plan: float) -> float | None:
	"""Share of the plan that is done; None where nothing is planned. May be over 100."""
	return round(100 * fact / plan, 1) if plan else None


def overall(facts: Mapping[str, float], plan: Mapping[str, float]) -> float | None:
	"""How far a plan is: the mean over what is planned, each part counting for 100 % at most."""
	shares = [
		min(100.0, share) for metric in METRICS if (share := percent(facts[metric], plan[metric])) is not None
	]
	return round(sum(shares) / len(shares), 1) if shares else None


def first_of_month(day: date) -> date:
	return day.replace(day=1)


def first_of_next_month(day: date) -> date:
	return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def month_gone(today: date, month: date) -> float:
	"""Share of the month's days that have passed, today included, per cent: where the plan should be."""
	if today < month:
		return 0.0
	if today >= first_of_next_month(month):
		return 100.0
	return round(100 * today.day / calendar.monthrange(month.year, month.month)[1], 1)


# --- leaders ---------------------------------------------------------------------------------------


class Period(StrEnum):
	"""What leaders are compared over; the value is how it is asked for."""

	MONTH = "month"
	QUARTER = "quarter"
	YEAR = "year"


def bounds(period: Period, day: date) -> tuple[date, date]:
	"""The first day of the period the day lies in, and the first day after it. Quarters and years are the calendar's."""
	months = {Period.MONTH: 1, Period.QUARTER: 3, Period.YEAR: 12}[period]
	first = date(day.year, (day.month - 1) // months * months + 1, 1)
	end = first
	for _month in range(months):
		end = first_of_next_month(end)
	return first, end


def places(values: Sequence[float]) -> list[int]:
	"""Places of values that stand in falling order: equal ones share a place, and the next one counts them all."""
	found: list[int] = []
	for index, value in enumerate(values):
		found.append(found[-1] if index and value == values[index - 1] else index + 1)
	return found
