"""Divide goods between the shops that promise them, so that no unit is promised twice.

Every shop computes the division by itself, and with its own buffer from its own idea of how much there is.
That is safe because the method is monotone (D'Hondt): of more units nobody gets fewer. So the parts, each of
its own whole, never add up to more than the largest of the wholes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Claim:
	"""A shop that may promise units of a pool.

	Args:
		key: names the shop; what shares and priorities leave open is settled by it, the same way everywhere.
		share: per cent of the pool it may promise at most. Shares of more than 100 together are scaled down.
		priority: of equal claims the higher one gets the unit that does not divide.
	"""

	key: str
	share: Decimal = HUNDRED
	priority: int = 0


def allocate(free: int, claims: Sequence[Claim]) -> dict[str, int]:
	"""Whole units of a pool for each claim; together never more than `free`.

	Claims of 100 per cent together or less get their shares, rounded down. Of larger ones every unit is given
	to somebody, so that a last unit is promised in one shop instead of in none.
	"""
	free = max(0, free)
	claims = [claim for claim in claims if claim.share > 0]
	total = sum((claim.share for claim in claims), Decimal(0))
	parts = {claim.key: _floor(free * claim.share / max(total, HUNDRED)) for claim in claims}
	if total > HUNDRED:
		# Everybody has at least the floor of a fair part; D'Hondt gives the few units that are left.
		for _unit in range(free - sum(parts.values())):
			parts[min(claims, key=lambda claim: _turn(claim, parts[claim.key])).key] += 1
	return parts


def _turn(claim: Claim, part: int) -> tuple[Decimal, int, str]:
	"""Whose turn it is: the one with the largest share per unit it would then have."""
	return (-claim.share / (part + 1), -claim.priority, claim.key)


def _floor(value: Decimal) -> int:
	return int(value.to_integral_value(rounding=ROUND_FLOOR))
