"""How many units a shop may promise, and why.

Available is what is on hand less everything already promised: Sales Orders, reservations, production,
and orders the marketplace has told us of that are not Sales Orders yet. From that the shop's policy takes
its share. Every step is a term of the explanation, so any published number can be taken apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal

from crm_marketplace.rules.holds import _


@dataclass(frozen=True, slots=True)
class ItemStock:
	"""What ERPNext knows of one item over the warehouses that count, in stock units.

	Args:
		on_hand: Bin.actual_qty.
		ordered: Bin.reserved_qty, open Sales Orders.
		reserved: Bin.reserved_stock, Stock Reservation Entries; they reserve for the same Sales Orders, so
			the larger of the two counts, not their sum (ERPNext: Stock Reservation Entry).
		production: Bin.reserved_qty_for_production, _sub_contract and _production_plan together.
		waiting: in orders of any shop that are stored but are no Sales Orders yet.
	"""

	on_hand: Decimal = Decimal(0)
	ordered: Decimal = Decimal(0)
	reserved: Decimal = Decimal(0)
	production: Decimal = Decimal(0)
	waiting: Decimal = Decimal(0)

	@property
	def free(self) -> Decimal:
		"""What nobody has been promised; below zero when more was promised than there is."""
		return self.on_hand - max(self.ordered, self.reserved) - self.production - self.waiting


@dataclass(frozen=True, slots=True)
class StockPolicy:
	"""How a shop (or one listing of it) uses what is free.

	Args:
		buffer: units kept back.
		share: per cent of the rest.
		maximum: publish no more than this, None for no limit.
		stop_at: when no more than this is free, publish zero.
	"""

	buffer: int = 0
	share: Decimal = Decimal(100)
	maximum: int | None = None
	stop_at: int = 0


@dataclass(frozen=True, slots=True)
class Component:
	"""An item of a listing and how many units of it one sale takes."""

	item_code: str
	qty: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class Term:
	"""One step of the explanation. `label` is an English source string marked for translation."""

	code: str
	label: str
	value: Decimal


@dataclass(frozen=True, slots=True)
class Publishable:
	"""The number and how it came about."""

	quantity: int
	terms: tuple[Term, ...]

	@property
	def sentence(self) -> str:
		"""For logs and the demo: "12 on hand − 3 in sales orders − 2 kept back = 7"."""
		text = ""
		for term in self.terms:
			if not text:
				text = f"{_plain(term.value)} {term.label}"
			elif term.code in NOT_ADDED:
				text += f", {_plain(term.value)} {term.label}"
			else:
				text += f" {'−' if term.value < 0 else '+'} {_plain(abs(term.value))} {term.label}"
		return f"{text} = {self.quantity}"


LABELS: Mapping[str, str] = {
	"on_hand": _("on hand"),
	"ordered": _("in sales orders"),
	"reserved": _("reserved"),
	"production": _("for production"),
	"waiting": _("in orders being imported"),
	"buffer": _("kept back"),
	"share": _("per cent is this shop's share"),
	"maximum": _("at most"),
	"limit": _("the marketplace takes at most"),
	"stop_at": _("or fewer stops the sale"),
	"kit": _("sets can be made"),
	"split": _("is this warehouse's part of goods several of the shop's warehouses share"),
	"off": _("not published"),
}


NOT_ADDED = frozenset({"share", "maximum", "stop_at", "kit", "off", "limit", "split"})  # say, do not add


def publishable(
	components: Sequence[Component],
	stock: Mapping[str, ItemStock],
	policy: StockPolicy,
	*,
	channel_maximum: int | None = None,
) -> Publishable:
	"""What may be promised in a shop now.

	Args:
		components: the listing's item (one) or the items of its kit.
		stock: item code → its stock over the warehouses mapped to the channel warehouse; missing means none.
		channel_maximum: the largest number the marketplace takes.

	Returns:
		A quantity in units of the listing, never negative, with its explanation.
	"""
	if not components:
		return Publishable(0, (_term("off", 0),))
	terms: list[Term] = []
	if len(components) == 1 and components[0].qty == 1:
		item = stock.get(components[0].item_code, ItemStock())
		free = item.free
		terms.extend(_item_terms(item))
	else:
		free, scarce = _kits(components, stock)
		terms.extend(_item_terms(stock.get(scarce, ItemStock())))
		terms.append(_term("kit", free))
	quantity = _apply(policy, free, terms)
	if channel_maximum is not None and quantity > channel_maximum:
		quantity = channel_maximum
		terms.append(_term("limit", channel_maximum))
	return Publishable(quantity, tuple(terms))


def split(results: Mapping[str, Publishable], pools: Mapping[str, frozenset[str]]) -> dict[str, Publishable]:
	"""Divide what channel warehouses of one shop would promise of the same goods, so that nothing is
	promised twice.

	Args:
		results: channel warehouse → what it could promise alone, in the order in which the rest is given out.
		pools: channel warehouse → the ERPNext warehouses it takes goods from.

	Returns:
		The same, with the quantities of those that share a warehouse adding up to the most one of them has.
	"""
	divided = dict(results)
	for group in _sharing(list(results), pools):
		if len(group) > 1:
			whole = max(results[channel].quantity for channel in group)
			for channel, part in zip(group, _parts(whole, len(group)), strict=True):
				alone = results[channel]
				quantity = min(part, alone.quantity)
				divided[channel] = Publishable(quantity, (*alone.terms, _term("split", quantity)))
	return divided


def changed(desired: Mapping[str, int], confirmed: Mapping[str, int | None]) -> list[str]:
	"""Keys whose desired value is not what the marketplace confirmed. Never decided by time."""
	return [key for key, value in desired.items() if confirmed.get(key) != value]


def waiting_quantities(lines: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
	"""Sum of (item code, quantity) pairs of orders that are no Sales Orders yet."""
	totals: dict[str, Decimal] = {}
	for item_code, quantity in lines:
		totals[item_code] = totals.get(item_code, Decimal(0)) + max(quantity, Decimal(0))
	return totals


# --- inside ----------------------------------------------------------------------------------------


def _sharing(channels: list[str], pools: Mapping[str, frozenset[str]]) -> list[list[str]]:
	"""Groups of channel warehouses that, directly or through others, share an ERPNext warehouse."""
	groups: list[tuple[set[str], list[str]]] = []
	for channel in channels:
		warehouses, members = set(pools[channel]), [channel]
		rest = []
		for other_warehouses, other_members in groups:
			if other_warehouses & warehouses:
				warehouses |= other_warehouses
				members = other_members + members
			else:
				rest.append((other_warehouses, other_members))
		groups = [*rest, (warehouses, members)]
	return [members for _warehouses, members in groups]


def _parts(whole: int, count: int) -> list[int]:
	"""`whole` in equal parts, the first ones larger by one where it does not divide."""
	part, rest = divmod(whole, count)
	return [part + (index < rest) for index in range(count)]


def _kits(components: Sequence[Component], stock: Mapping[str, ItemStock]) -> tuple[Decimal, str]:
	"""How many sets the scarcest component allows, and which component that is."""
	possible = [
		(_floor(stock.get(part.item_code, ItemStock()).free / part.qty), part.item_code)
		for part in components
	]
	return min(possible, key=lambda pair: pair[0])


def _apply(policy: StockPolicy, free: Decimal, terms: list[Term]) -> int:
	if policy.stop_at and free <= policy.stop_at:
		terms.append(_term("stop_at", policy.stop_at))
		return 0
	quantity = free
	if policy.buffer:
		quantity -= policy.buffer
		terms.append(_term("buffer", -policy.buffer))
	if policy.share != 100 and quantity > 0:
		quantity = quantity * policy.share / 100
		terms.append(_term("share", policy.share))
	whole = max(0, int(_floor(quantity)))
	if policy.maximum is not None and whole > policy.maximum:
		terms.append(_term("maximum", policy.maximum))
		return policy.maximum
	return whole


def _item_terms(item: ItemStock) -> list[Term]:
	taken = ("reserved", item.reserved) if item.reserved > item.ordered else ("ordered", item.ordered)
	rows = [("on_hand", item.on_hand), (taken[0], -taken[1])]
	rows += [("production", -item.production), ("waiting", -item.waiting)]
	return [_term(code, value) for code, value in rows if value or code == "on_hand"]


def _term(code: str, value: Decimal | int) -> Term:
	return Term(code, LABELS[code], Decimal(value))


def _floor(value: Decimal) -> Decimal:
	return value.to_integral_value(rounding=ROUND_FLOOR)


def _plain(value: Decimal) -> str:
	return f"{value.normalize():f}"
