"""Divide goods between the shops that promise them, so that no unit is promised twice.

Every shop computes the division by itself, and with its own buffer from its own idea of how much there is.
That is safe because the method is monotone (D'Hondt): of more units nobody gets fewer. So the parts, each of
its own whole, never add up to more than the largest of the wholes.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
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


def to_reckon_with(claims: Iterable[Claim], numbers: Mapping[str, Collection[Hashable]]) -> list[Claim]:
	"""The claims others divide with, where some shops show one number between them and so promise it once.

	They count as one, with the strongest claim of each: which of them sends the number does not matter then.

	Args:
		numbers: claim → the stock numbers its shop shows; a shop whose numbers are its own is missing.
	"""
	found: dict[Hashable, Claim] = {}
	for claim in claims:
		key = frozenset(numbers[claim.key]) if numbers.get(claim.key) else claim.key
		found[key] = _strongest(found[key], claim) if key in found else claim
	return list(found.values())


def channel_pools(rows: Iterable[tuple[str, str | None, str]]) -> dict[str, list[str]]:
	"""Channel warehouse → the ERPNext warehouses it takes goods from, in the order of the rows.

	Channel warehouses that hold one number between them are one: the first of them stands for all.

	Args:
		rows: channel warehouse, its stock group or None, ERPNext warehouse.
	"""
	first: dict[str, str] = {}
	pools: dict[str, list[str]] = {}
	for channel, group, warehouse in rows:
		pool = pools.setdefault(first.setdefault(group, channel) if group else channel, [])
		if warehouse not in pool:
			pool.append(warehouse)
	return pools


def _strongest(one: Claim, other: Claim) -> Claim:
	return Claim(min(one.key, other.key), max(one.share, other.share), max(one.priority, other.priority))


def _turn(claim: Claim, part: int) -> tuple[Decimal, int, str]:
	"""Whose turn it is: the one with the largest share per unit it would then have."""
	return (-claim.share / (part + 1), -claim.priority, claim.key)


def _floor(value: Decimal) -> int:
	return int(value.to_integral_value(rounding=ROUND_FLOOR))
