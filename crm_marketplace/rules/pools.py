"""Divide goods between the shops and channel warehouses that promise them, so that no unit is promised
twice.

Every shop computes the division by itself; equal input gives equal parts, so nothing has to be agreed upon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Claim:
	"""One place that may promise units of a pool.

	Args:
		key: names the place; equal shares and priorities are settled by it, the same way everywhere.
		share: per cent of the pool it may promise at most. Shares over 100 together are scaled down.
		priority: higher gets the units that do not divide.
	"""

	key: str
	share: Decimal = HUNDRED
	priority: int = 0


def allocate(free: int, claims: Sequence[Claim]) -> dict[str, int]:
	"""Whole units of a pool for each claim; together never more than `free`.

	The largest remainders get the units that are left, of equal ones the higher priority first, so that a
	last unit is promised in one place instead of in none.
	"""
	free = max(0, free)
	whole = max(HUNDRED, sum((claim.share for claim in claims), Decimal(0)))
	quotas = {claim.key: free * claim.share / whole for claim in claims}
	parts = {key: int(quota.to_integral_value(rounding=ROUND_FLOOR)) for key, quota in quotas.items()}
	given = sum(parts.values())
	total = int(sum(quotas.values(), Decimal(0)).quantize(Decimal("0.000001")).to_integral_value(ROUND_FLOOR))
	order = sorted(
		claims, key=lambda claim: (-claim.priority, -(quotas[claim.key] - parts[claim.key]), claim.key)
	)
	for claim in order[: max(0, total - given)]:
		parts[claim.key] += 1
	return parts
