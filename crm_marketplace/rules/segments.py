"""Segments of customers: ABC by turnover, RFM by recency, frequency and money.

Customers are compared with each other, so that the segments fit a shop of ten customers and one of ten thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

A_SHARE, B_SHARE = 0.80, 0.95  # of the turnover, as everywhere
# (recency, worth), each 1 … 3 with 3 the best → segment.
RFM: Mapping[tuple[int, int], str] = {
	(3, 3): "best",
	(3, 2): "loyal",
	(3, 1): "new",
	(2, 3): "loyal",
	(2, 2): "regular",
	(2, 1): "occasional",
	(1, 3): "leaving",
	(1, 2): "leaving",
	(1, 1): "asleep",
}


@dataclass(frozen=True, slots=True)
class Buyer:
	"""What a customer ordered in the period, amounts of one currency."""

	name: str
	orders: int
	amount: float
	last: date


def abc(buyers: Sequence[Buyer]) -> dict[str, str]:
	"""Customer → "A", "B" or "C": those who together bring the first 80 % of turnover, up to 95 %, the rest."""
	total = sum(max(0.0, buyer.amount) for buyer in buyers)
	found, before = {}, 0.0
	for buyer in sorted(buyers, key=lambda one: (-one.amount, one.name)):
		if buyer.amount <= 0:
			found[buyer.name] = "C"
			continue
		share = before / total
		found[buyer.name] = "A" if share < A_SHARE else "B" if share < B_SHARE else "C"
		before += buyer.amount
	return found


def rfm(buyers: Sequence[Buyer]) -> dict[str, str]:
	"""Customer → one of the values of `RFM`."""
	last = _Thirds([buyer.last.toordinal() for buyer in buyers])
	orders = _Thirds([buyer.orders for buyer in buyers])
	money = _Thirds([buyer.amount for buyer in buyers])
	found = {}
	for buyer in buyers:
		worth = (orders.above(buyer.orders) + money.above(buyer.amount) + 1) // 2
		found[buyer.name] = RFM[last.reached(buyer.last.toordinal()), worth]
	return found


def main_channel(orders: Mapping[str, int]) -> str:
	"""Where a customer orders most; of equals the first by name."""
	return min(orders, key=lambda channel: (-orders[channel], channel))


class _Thirds:
	"""Where a value stands among all: 1 in the lower third, 3 in the upper one. Equal values stand together."""

	def __init__(self, values: Sequence[float]) -> None:
		ranked = sorted(values) or [0]
		self.lower, self.upper = ranked[len(ranked) // 3], ranked[2 * len(ranked) // 3]

	def reached(self, value: float) -> int:
		"""Equals are lifted: when most ordered today, today is good."""
		return 1 + (value >= self.lower) + (value >= self.upper)

	def above(self, value: float) -> int:
		"""Equals are not lifted: when most ordered once, once is little."""
		return 1 + (value > self.lower) + (value > self.upper)
