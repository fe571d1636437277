"""How fast things sell, against the time it takes a shop to hear of it.

What is sold in one place is still on offer in the others until their next stock run. An item of which more is
usually sold in that time than there is, will be sold twice: its last pieces are then offered one by one (see
`StockPolicy.fast_sale`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_CEILING, Decimal

from crm_marketplace.rules.stock import Component

DAYS = 14  # how far back speed is measured: two weeks even out the days of the week


def speed(sold: Decimal, days: int = DAYS) -> Decimal:
	"""Units a day."""
	return max(Decimal(0), sold) / days


def sold_within(lag: timedelta, components: Sequence[Component], speeds: Mapping[str, Decimal]) -> Decimal:
	"""Units of a listing usually sold within `lag`, everywhere its goods are sold.

	Args:
		components: the listing's item, or the items of its set; the fastest one decides.
		speeds: item code → stock units a day over all shops; a missing one does not sell.
	"""
	a_day = [speeds.get(part.item_code, Decimal(0)) / part.qty for part in components if part.qty > 0]
	return max(a_day, default=Decimal(0)) * Decimal(lag.total_seconds()) / 86_400


def automatic_buffer(expected: Decimal) -> int:
	"""What to keep back when there is less than is usually sold within the lag.

	0 for everything that sells less than one unit in that time: one piece on offer can be sold twice however
	slowly it sells, and is not kept back.
	"""
	return int(expected.to_integral_value(ROUND_CEILING)) if expected > 1 else 0
