"""What a customer is worth, out of sums: averages and rhythm. Amounts of one currency per call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Orders:
	"""Submitted orders of a customer in one currency."""

	number: int
	amount: float
	first: date | None = None
	last: date | None = None


def average(orders: Orders) -> float:
	"""Amount of an order on average; 0 without orders."""
	return round(orders.amount / orders.number, 2) if orders.number else 0.0


def rhythm(orders: Orders) -> int | None:
	"""Days between orders on average; None while there is no second order on another day."""
	if orders.number < 2 or not orders.first or not orders.last or orders.first == orders.last:
		return None
	return max(1, round((orders.last - orders.first).days / (orders.number - 1)))


def is_late(orders: Orders, today: date) -> bool:
	"""Whether the customer is silent for more than twice their own rhythm: time to call."""
	days = rhythm(orders)
	return bool(days and orders.last and (today - orders.last).days > 2 * days)


def margin_percent(profit: float, amount: float) -> float | None:
	"""Share of profit in net amount, per cent; None where there is nothing to divide by."""
	return round(100 * profit / amount, 1) if amount else None
