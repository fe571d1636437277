"""Rows of the Sales Order an order becomes: kits taken apart, their prices split to the kopeck."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from crm_marketplace.integrations.records import Order, OrderLine

KOPECK = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class MappedItem:
	"""An ERPNext Item an order line becomes: one, or several for a kit.

	Args:
		qty: units of the item per unit of the line.
		rate_share: part of the line's price in per cent; without any in a kit, `standard_rate` splits it.
	"""

	item_code: str
	qty: Decimal = Decimal(1)
	rate_share: Decimal | None = None
	standard_rate: Decimal = Decimal(0)
	is_disabled: bool = False
	is_template: bool = False
	whole_units: bool = True


@dataclass(frozen=True, slots=True)
class SalesLine:
	"""One row of the Sales Order: rate per unit, tax included, in the order's currency."""

	item_code: str
	qty: Decimal
	rate: Decimal
	line_id: str


def sales_lines(
	order: Order, mapping: Mapping[str, Sequence[MappedItem]], *, items_may_repeat: bool = True
) -> tuple[SalesLine, ...]:
	"""Rows of the Sales Order. A kit becomes its components.

	The rows of a line add up to its price exactly where units are whole: what does not divide is given out
	kopeck by kopeck, at last by selling some units of one item a kopeck dearer in a row of their own.
	Otherwise they are off by half a kopeck per unit at most.

	Args:
		mapping: offer id → items it stands for; has every offer of the order.
		items_may_repeat: the site lets an item stand in two rows of a Sales Order.
	"""
	return tuple(row for line in order.lines for row in _rows(line, mapping[line.offer_id], items_may_repeat))


def units(line: OrderLine, item: MappedItem) -> Decimal:
	"""How many units of `item` a line takes."""
	return line.quantity * item.qty


# --- inside ----------------------------------------------------------------------------------------


def _rows(line: OrderLine, items: Sequence[MappedItem], items_may_repeat: bool) -> list[SalesLine]:
	total = line.price.amount * line.quantity
	amounts = [units(line, item) for item in items]
	ideal = _ideal_rates(line.price.amount, items)
	if not all(_is_whole(amount) for amount in amounts) or not _is_whole(total / KOPECK):
		return _rounded_rows(line, items, amounts, ideal)
	rates = [rate.quantize(KOPECK, ROUND_FLOOR) for rate in ideal]
	rest = int((total - _sum(rates, amounts)) / KOPECK)
	# A kopeck more per unit, where all units of an item can have one: the item of which there are most first.
	for index in sorted(range(len(items)), key=lambda index: -amounts[index]):
		dearer, rest = divmod(rest, int(amounts[index]))
		rates[index] += dearer * KOPECK
	if rest and not items_may_repeat:
		return _rounded_rows(line, items, amounts, ideal)
	rows = [
		SalesLine(item.item_code, amount, rate, line.line_id)
		for item, amount, rate in zip(items, amounts, rates, strict=True)
	]
	return _with_dearer_units(rows, rest) if rest else rows


def _with_dearer_units(rows: list[SalesLine], count: int) -> list[SalesLine]:
	"""`count` units of the item of which there are fewest cost a kopeck more, in a row of their own."""
	index = min(range(len(rows)), key=lambda index: rows[index].qty)
	row = rows[index]
	plain = SalesLine(row.item_code, row.qty - count, row.rate, row.line_id)
	dearer = SalesLine(row.item_code, Decimal(count), row.rate + KOPECK, row.line_id)
	return [*rows[:index], plain, dearer, *rows[index + 1 :]]


def _rounded_rows(
	line: OrderLine, items: Sequence[MappedItem], amounts: Sequence[Decimal], ideal: Sequence[Decimal]
) -> list[SalesLine]:
	return [
		SalesLine(item.item_code, amount, rate.quantize(KOPECK, ROUND_HALF_UP), line.line_id)
		for item, amount, rate in zip(items, amounts, ideal, strict=True)
	]


def _ideal_rates(price: Decimal, items: Sequence[MappedItem]) -> list[Decimal]:
	"""Rates per unit before rounding: by shares where there are any, else by standard rates, else equal."""
	weights = _weights(items)
	whole = sum(weights)
	return [price * weight / whole / item.qty for weight, item in zip(weights, items, strict=True)]


def _weights(items: Sequence[MappedItem]) -> list[Decimal]:
	if any(item.rate_share for item in items):
		return [item.rate_share or Decimal(0) for item in items]
	by_rate = [item.standard_rate * item.qty for item in items]
	return by_rate if all(by_rate) else [item.qty for item in items]


def _sum(rates: Sequence[Decimal], amounts: Sequence[Decimal]) -> Decimal:
	return sum((rate * amount for rate, amount in zip(rates, amounts, strict=True)), Decimal(0))


def _is_whole(value: Decimal) -> bool:
	return value == value.to_integral_value()
