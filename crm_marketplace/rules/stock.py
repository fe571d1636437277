"""How many units a shop may promise, and why.

Available is what is on hand less everything already promised: Sales Orders, reservations, production,
and orders the marketplace has told us of that are not Sales Orders yet. From that the shop's policy takes
its share. Every step is a term of the explanation, so any published number can be taken apart.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_FLOOR, Decimal
from typing import TypeVar

from crm_marketplace.rules.holds import _

K = TypeVar("K", bound=Hashable)


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
		left: still on sale where we published them and send no stock any more: a shop, a channel warehouse or
			a listing that was switched off.
		elsewhere: promised by another warehouse that has too little and may take from here (see `pooled`).
	"""

	on_hand: Decimal = Decimal(0)
	ordered: Decimal = Decimal(0)
	reserved: Decimal = Decimal(0)
	production: Decimal = Decimal(0)
	waiting: Decimal = Decimal(0)
	elsewhere: Decimal = Decimal(0)
	left: Decimal = Decimal(0)

	@property
	def free(self) -> Decimal:
		"""What nobody has been promised; below zero when more was promised than there is."""
		taken = max(self.ordered, self.reserved)
		return self.on_hand - taken - self.production - self.waiting - self.left - self.elsewhere


@dataclass(frozen=True, slots=True)
class StockPolicy:
	"""How a shop (or one listing of it) uses what is free.

	Args:
		buffer: units kept back, never less than none.
		share: per cent of the rest, never more than all of it.
		maximum: publish no more than this, None for no limit.
		stop_at: when no more than this is free, publish zero; 0 switches the rule off.
		fast_sale: units usually sold before the shop hears of it (`velocity`). When fewer are free, one is
			offered at a time, so that the shops together do not sell what another one has just sold.
	"""

	buffer: int = 0
	share: Decimal = Decimal(100)
	maximum: int | None = None
	stop_at: int = 0
	fast_sale: int = 0


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

	@classmethod
	def of(cls, code: str, value: Decimal | int) -> Term:
		return cls(code, LABELS[code], Decimal(value))


@dataclass(frozen=True, slots=True)
class Publishable:
	"""The number and how it came about.

	Args:
		possible: what it would be without upper limits.
	"""

	quantity: int
	terms: tuple[Term, ...]
	possible: int

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
	"left": _("still on sale where no stock is sent any more"),
	"elsewhere": _("promised by a warehouse that shares these goods"),
	"buffer": _("kept back"),
	"fast_sale": _("kept back for fast sale"),
	"share": _("per cent is this shop's share"),
	"maximum": _("at most"),
	"limit": _("the marketplace takes at most"),
	"stop_at": _("or fewer stops the sale"),
	"kit": _("sets can be made"),
	"split": _("is this warehouse's part of goods several of the shop's warehouses share"),
	"shops": _("is this shop's part of goods several shops sell"),
	"cards": _("is this card's part of goods several cards of the shop sell"),
	"off": _("not published"),
	"refused": _("as the marketplace does not take it in this warehouse"),
}


NOT_ADDED = frozenset(
	{"share", "maximum", "stop_at", "kit", "off", "limit", "split", "shops", "cards", "refused"}
)  # say, do not add


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
	needed = units_needed(components)
	if not needed or min(needed.values()) <= 0:
		return Publishable(0, (Term.of("off", 0),), 0)
	terms: list[Term] = []
	if list(needed.values()) == [1]:
		item = stock.get(next(iter(needed)), ItemStock())
		free = item.free
		terms.extend(_item_terms(item))
	else:
		free, scarce = _kits(needed, stock)
		terms.extend(_item_terms(stock.get(scarce, ItemStock())))
		terms.append(Term.of("kit", free))
	possible = quantity = _apply(policy, free, terms)
	for code, limit in (("maximum", policy.maximum), ("limit", channel_maximum)):
		if limit is not None and quantity > limit:
			quantity = max(0, limit)
			terms.append(Term.of(code, quantity))
	return Publishable(quantity, tuple(terms), possible)


def pooled(
	stock: Mapping[str, ItemStock], pools: Mapping[K, Sequence[str]], others: Iterable[Sequence[str]] = ()
) -> dict[K, ItemStock]:
	"""One item's stock by ERPNext warehouse → by channel warehouse.

	Orders book on one warehouse of a channel warehouse's pool, which may then have promised more than it has
	while the goods lie in another one. A pool that knows only the other one must not promise them again:
	there they count as promised elsewhere.

	Args:
		stock: ERPNext warehouse → stock; a missing one has none.
		pools: channel warehouse → its ERPNext warehouses, in the order in which goods are taken.
		others: pools of other shops that take goods from the same warehouses.
	"""
	left = _left(stock, [*pools.values(), *others])
	found: dict[K, ItemStock] = {}
	for key, warehouses in pools.items():
		parts = [stock[warehouse] for warehouse in warehouses if warehouse in stock]
		ordered = _total(part.ordered for part in parts)
		taken = _total(max(part.ordered, part.reserved) for part in parts)
		whole = ItemStock(
			on_hand=_total(part.on_hand for part in parts),
			ordered=ordered,
			reserved=taken if taken > ordered else _total(part.reserved for part in parts),
			production=_total(part.production for part in parts),
			waiting=_total(part.waiting for part in parts),
			left=_total(part.left for part in parts),
		)
		elsewhere = whole.free - _total(left.get(warehouse, Decimal(0)) for warehouse in warehouses)
		found[key] = replace(whole, elsewhere=elsewhere) if elsewhere > 0 else whole
	return found


def units_needed(components: Sequence[Component]) -> dict[str, Decimal]:
	"""Item code → units one sale takes, however often the item is listed."""
	needed: dict[str, Decimal] = {}
	for part in components:
		needed[part.item_code] = needed.get(part.item_code, Decimal(0)) + part.qty
	return needed


def changed(desired: Mapping[str, int], confirmed: Mapping[str, int | None]) -> list[str]:
	"""Keys whose desired value is not what the marketplace confirmed. Never decided by time."""
	return [key for key, value in desired.items() if confirmed.get(key) != value]


# --- inside ----------------------------------------------------------------------------------------


def _left(stock: Mapping[str, ItemStock], pools: Sequence[Sequence[str]]) -> dict[str, Decimal]:
	"""Warehouse → units nobody needs: what is free, less what others that promised too much take from it."""
	left = {warehouse: max(Decimal(0), item.free) for warehouse, item in stock.items()}
	for needy in sorted(warehouse for warehouse, item in stock.items() if item.free < 0):
		_help_out(needy, -stock[needy].free, left, pools)
	return left


def _help_out(needy: str, amount: Decimal, left: dict[str, Decimal], pools: Sequence[Sequence[str]]) -> None:
	"""Take `amount` units out of `left` for a warehouse that promised too much.

	Each pool the warehouse belongs to helps in full, because nobody knows whose orders made it short. What a
	pool lacks is asked of each that shares a warehouse with it: there its orders push out others'.
	"""
	given: dict[str, Decimal] = {}
	asked: set[frozenset[str]] = set()
	waiting = [(frozenset({needy}), pool) for pool in pools if needy in pool]
	while waiting:
		before, pool = waiting.pop(0)
		together = before.union(pool)
		if together in asked:
			continue
		asked.add(together)
		missing = amount - _total(given.get(warehouse, Decimal(0)) for warehouse in together)
		for giver in pool:
			part = min(missing, left.get(giver, Decimal(0)))
			if part > 0:
				given[giver] = given.get(giver, Decimal(0)) + part
				left[giver] -= part
				missing -= part
		if missing > 0:
			waiting += [(together, other) for other in pools if not together.isdisjoint(other)]


def _kits(needed: Mapping[str, Decimal], stock: Mapping[str, ItemStock]) -> tuple[Decimal, str]:
	"""How many sets the scarcest component allows, and which component that is."""
	possible = [(_floor(stock.get(code, ItemStock()).free / qty), code) for code, qty in needed.items()]
	return min(possible, key=lambda pair: pair[0])


def _apply(policy: StockPolicy, free: Decimal, terms: list[Term]) -> int:
	"""What the policy leaves of what is free, but for its upper limit."""
	if policy.stop_at and free <= policy.stop_at:
		terms.append(Term.of("stop_at", policy.stop_at))
		return 0
	quantity = free
	if policy.buffer > 0:
		quantity -= policy.buffer
		terms.append(Term.of("buffer", -policy.buffer))
	if policy.share < 100 and quantity > 0:
		quantity = quantity * max(Decimal(0), policy.share) / 100
		terms.append(Term.of("share", policy.share))
	whole = max(0, int(_floor(quantity)))
	if policy.fast_sale > free and whole > 1:
		terms.append(Term.of("fast_sale", 1 - whole))
		return 1
	return whole


def _item_terms(item: ItemStock) -> list[Term]:
	taken = ("reserved", item.reserved) if item.reserved > item.ordered else ("ordered", item.ordered)
	rows = [("on_hand", item.on_hand), (taken[0], -taken[1])]
	rows += [("production", -item.production), ("waiting", -item.waiting)]
	rows += [("left", -item.left), ("elsewhere", -item.elsewhere)]
	return [Term.of(code, value) for code, value in rows if value or code == "on_hand"]


def _total(values: Iterable[Decimal]) -> Decimal:
	return sum(values, Decimal(0))


def _floor(value: Decimal) -> Decimal:
	return value.to_integral_value(rounding=ROUND_FLOOR)


def _plain(value: Decimal) -> str:
	return f"{value.normalize():f}"
