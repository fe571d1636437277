"""How goods are divided between those who promise them: shops, cards of a shop, channel warehouses of one.

Each starts from what it could promise alone (`stock.publishable`) and gets a part, so that together they
promise nothing twice. Between shops and cards the parts are those of `pools.allocate`.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from decimal import Decimal
from math import floor
from typing import TypeVar

from crm_marketplace.rules.pools import Claim, allocate
from crm_marketplace.rules.stock import Component, Publishable, Term, units_needed

K = TypeVar("K", bound=Hashable)


def shared(
	alone: Publishable,
	own: Claim,
	others: Sequence[Claim],
	share: Decimal,
	components: Sequence[Component] = (),
	term: str = "shops",
) -> Publishable:
	"""What is left to a shop of goods that other shops promise, too; or to a card of those other cards do.

	Where all of them sell the goods in the same units, those are divided. Where one sells pieces and another
	one packs, the pieces are.

	Args:
		alone: what the shop could promise if it were the only one, no share applied.
		share: per cent this very listing may have at most; the claims are the shops', equal for all who divide.
		components: those of the listing that are sold in other units, too: see `sold_otherwise`.
		term: how it is explained: "shops" or "cards".
	"""
	claims = [own, *others]
	parts = [
		floor(allocate(floor(alone.possible * qty), claims).get(own.key, 0) / qty)
		for qty in {Decimal(1), *units_needed(components).values()}
		if qty > 0
	]
	part = min([*parts, max(0, floor(alone.possible * share / 100))])
	if part >= alone.possible:
		return alone
	return Publishable(min(alone.quantity, part), (*alone.terms, Term.of(term, part)), part)


def sold_otherwise(
	components: Sequence[Component], elsewhere: Mapping[str, Collection[Decimal]]
) -> list[Component]:
	"""Those items of a listing of which one sale takes more or fewer elsewhere.

	Args:
		elsewhere: item code → how many units of it one sale takes in the other shops.
	"""
	needed = units_needed(components)
	return [
		Component(code, qty)
		for code, qty in needed.items()
		if any(other != qty for other in elsewhere.get(code, ()))
	]


def split(
	results: Mapping[K, Publishable], pools: Mapping[K, Collection[str]], refused: Collection[K] = ()
) -> dict[K, Publishable]:
	"""Divide what channel warehouses of one shop would promise of the same goods, so that nothing is
	promised twice: equal parts, and what one cannot use goes to the others.

	However many of a group one looks at, together they promise no more than the one of them that has most.

	Args:
		results: channel warehouse → what it could promise alone; where a number does not divide, the first
			ones get more.
		pools: channel warehouse → the ERPNext warehouses it takes goods from.
		refused: channel warehouses the marketplace does not take this listing in: they promise nothing, and
			take no part of what the others could sell.
	"""
	divided = dict(results)
	for channel in refused:
		divided[channel] = Publishable(0, (Term.of("refused", 0),), 0)
	for group in _sharing([channel for channel in results if channel not in refused], pools):
		if len(group) > 1:
			parts = _parts([results[channel].possible for channel in group])
			for channel, part in zip(group, parts, strict=True):
				alone = results[channel]
				if part < alone.quantity:
					divided[channel] = Publishable(part, (*alone.terms, Term.of("split", part)), part)
	return divided


# --- inside ----------------------------------------------------------------------------------------


def _sharing(channels: list[K], pools: Mapping[K, Collection[str]]) -> list[list[K]]:
	"""Groups of channel warehouses that, directly or through others, share an ERPNext warehouse. Their
	members stand in the order of `channels`."""
	groups: list[tuple[set[str], set[K]]] = []
	for channel in channels:
		warehouses, members = set(pools[channel]), {channel}
		rest = []
		for other_warehouses, other_members in groups:
			if other_warehouses & warehouses:
				warehouses |= other_warehouses
				members |= other_members
			else:
				rest.append((other_warehouses, other_members))
		groups = [*rest, (warehouses, members)]
	return [[channel for channel in channels if channel in members] for _warehouses, members in groups]


def _parts(alone: Sequence[int]) -> list[int]:
	"""Equal parts under two limits: nobody gets more than it has alone, and the k poorest together no more
	than the k-th of them has. So it holds for any of them: together no more than the richest has."""
	poorest_first = sorted(range(len(alone)), key=lambda index: (alone[index], -index))
	parts = [0] * len(alone)
	given = start = 0
	while start < len(alone):
		left = [alone[index] - given for index in poorest_first[start:]]
		# The tightest limit decides what everybody up to there gets.
		count = min(range(1, len(left) + 1), key=lambda count: (left[count - 1] / count, -count))
		part, rest = divmod(left[count - 1], count)
		for place, index in enumerate(poorest_first[start : start + count]):
			parts[index] = part + (place >= count - rest)
		given += left[count - 1]
		start += count
	return parts
