"""The forecast: open deals by the month they are expected to close in, and what months have brought already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from crm_marketplace.integrations.records import StrEnum
from crm_marketplace.rules.plans import first_of_month, first_of_next_month

MONTHS = 6  # shown at once
SUMS = ("deals", "amount", "weighted", "won_deals", "won")


class Around(StrEnum):
	"""Columns beside the months: together with them they hold every open deal once."""

	EARLIER = "earlier"
	LATER = "later"
	NO_DATE = "no_date"


@dataclass(frozen=True, slots=True)
class Window:
	"""The months shown.

	Args:
		first: the first day of the first month.
		count: how many months.
	"""

	first: date
	count: int = MONTHS

	@property
	def months(self) -> tuple[date, ...]:
		"""First days of the months, and none after them."""
		found = [self.first]
		while len(found) < self.count:
			found.append(first_of_next_month(found[-1]))
		return tuple(found)

	@property
	def end(self) -> date:
		"""The first day after the window."""
		return first_of_next_month(self.months[-1])

	@property
	def previous(self) -> date:
		"""The first month of the window before this one."""
		number = self.first.year * 12 + self.first.month - 1 - self.count
		return date(number // 12, number % 12 + 1, 1)

	def column_of(self, day: date | None) -> str:
		"""Key of the column a deal expected on the day stands in: a month as ISO date of its first day, or `Around`."""
		if day is None:
			return str(Around.NO_DATE)
		if day < self.first:
			return str(Around.EARLIER)
		return str(Around.LATER) if day >= self.end else first_of_month(day).isoformat()

	@property
	def columns(self) -> tuple[str, ...]:
		"""Keys of all columns, from left to right."""
		return (
			str(Around.EARLIER),
			*(month.isoformat() for month in self.months),
			str(Around.LATER),
			str(Around.NO_DATE),
		)


def window_of(month: date, today: date, most_years: int = 10) -> Window:
	"""The window that begins with the month; one too far from today is brought back."""
	least, most = today.year - most_years, today.year + most_years
	return Window(first_of_month(month.replace(day=1, year=min(max(month.year, least), most))))


def fold(
	window: Window,
	expected: Iterable[Mapping],
	won: Iterable[Mapping],
) -> dict[str, dict[str, float]]:
	"""Sums by column: open deals, their amount and weighted amount, deals won in the month and their amount.

	Args:
		expected: rows of `day` (any day of a month, or None), `deals`, `amount`, `weighted`.
		won: rows of `day`, `deals`, `amount`; those outside the window are left out.
	"""
	sums = {key: dict.fromkeys(SUMS, 0.0) for key in window.columns}
	for row in expected:
		column = sums[window.column_of(row["day"])]
		for key in ("deals", "amount", "weighted"):
			column[key] += float(row[key] or 0)
	for row in won:
		if row["day"] is None or not window.first <= row["day"] < window.end:
			continue
		column = sums[window.column_of(row["day"])]
		column["won_deals"] += float(row["deals"] or 0)
		column["won"] += float(row["amount"] or 0)
	return sums
