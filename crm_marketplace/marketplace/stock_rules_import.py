"""Stock rules of many listings from a file: every row is checked, shown, and written with the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

import frappe
from frappe import _

from crm_marketplace.marketplace import stock_rules_file as files
from crm_marketplace.sync import bulk

SHOWN = 100
CHUNK = 5000
LARGEST = 1_000_000
# Column of the file → field of the listing.
NUMBERS = {"buffer": "stock_buffer", "maximum": "stock_maximum", "stop_at": "stock_stop_at"}
RULES = (
	"own_stock_policy",
	"stock_buffer",
	"stock_share",
	"stock_maximum",
	"stock_stop_at",
	"publish_stock",
	"stock_priority",
)
ALWAYS = ("publish_stock", "own_stock_policy", "stock_priority")  # count for each listing
NO_RULES_OF_ITS_OWN = {
	"own_stock_policy": 0,
	"stock_buffer": 0,
	"stock_share": 100.0,
	"stock_maximum": 0,
	"stock_stop_at": 0,
}
TRUE = frozenset({"1", "yes", "y", "true", "да", "д"})
FALSE = frozenset({"0", "no", "n", "false", "нет", "н"})


@dataclass
class Row:
	"""A row of the file: what it wants, or what is wrong with it."""

	number: int
	shop: str
	offer_id: str
	values: dict[str, Any] = field(default_factory=dict)
	errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Change:
	"""A listing whose rules would be other ones."""

	row: Row
	listing: frappe._dict

	@property
	def rules(self) -> dict[str, Any]:
		return {name: self.row.values.get(name, self.listing[name]) for name in RULES}


@dataclass(frozen=True)
class Checked:
	"""What a file would do."""

	rows: int
	changes: list[Change]
	unchanged: int
	wrong: list[Row]

	def describe(self) -> dict[str, Any]:
		"""For the desk: counts, and the first of the changes and of the errors."""
		return {
			"rows": self.rows,
			"changes": len(self.changes),
			"unchanged": self.unchanged,
			"errors": len(self.wrong),
			"shown_changes": [_shown(change) for change in self.changes[:SHOWN]],
			"shown_errors": [
				{"row": row.number, "shop": row.shop, "offer_id": row.offer_id, "errors": row.errors}
				for row in self.wrong[:SHOWN]
			],
		}


def check(name: str, content: bytes) -> Checked:
	"""Read a file and compare it with the listings the session's user may change. Writes nothing.

	One query for the shops and one for every few thousand rows.
	"""
	shops = set(frappe.get_list("Marketplace Shop", pluck="name", limit=0))
	rows = _without_repetition(_row(number, cells, shops) for number, cells in files.read(name, content))
	changes: list[Change] = []
	wrong: list[Row] = []
	count = unchanged = 0
	while chunk := list(islice(rows, CHUNK)):
		count += len(chunk)
		found = _listings([row for row in chunk if not row.errors])
		for row in chunk:
			listings = found.get((row.shop, row.offer_id), ())
			if not row.errors and not listings:
				row.errors.append(_("The shop has no listing with this offer ID."))
			if row.errors:
				wrong.append(row)
				continue
			differing = [change for listing in listings if _differs(change := Change(row, listing))]
			changes += differing
			unchanged += not differing
	return Checked(count, changes, unchanged, wrong)


def write(checked: Checked) -> list[str]:
	"""Write the changes in a few statements. Returns the shops whose stock has to be computed anew."""
	fields = (*bulk.STANDARD, "shop", "external_id", *RULES)
	writer = bulk.Writer(
		"Marketplace Listing", fields, ("shop", "external_id"), updates={}, total=len(checked.changes)
	)
	for change in checked.changes:
		listing, rules = change.listing, change.rules
		writer.add(
			(*bulk.standard_values(), listing.shop, listing.external_id, *(rules[name] for name in RULES))
		)
	writer.flush()
	return sorted({change.row.shop for change in checked.changes})


def export(shop: str | None = None) -> Iterator[list[Any]]:
	"""The present rules of the listings the session's user may see, as rows of the file."""
	filters: dict[str, Any] = {"state": ("!=", "Archived")}
	if shop:
		filters["shop"] = shop
	start = 0
	while rows := frappe.get_list(
		"Marketplace Listing",
		filters=filters,
		fields=["shop", "offer_id", *RULES],
		order_by="shop, offer_id, name",
		start=start,
		limit=CHUNK,
	):
		start += CHUNK
		for row in rows:
			own = row.own_stock_policy
			yield [
				row.shop,
				row.offer_id,
				row.stock_buffer if own else None,
				row.stock_share if own else None,
				(row.stock_maximum or None) if own else None,
				(row.stock_stop_at or None) if own else None,
				"yes" if row.publish_stock else "no",
				row.stock_priority or None,
			]


def notes() -> list[str]:
	"""How to fill in the file."""
	return [
		_("shop: the name of the Marketplace Shop. offer_id: the seller's own SKU."),
		_("buffer: units kept back. share: per cent of what is free, 0 to 100."),
		_("maximum: publish no more than this; empty or 0 for no limit."),
		_("stop_at: when no more than this is free, publish zero; empty or 0 for never."),
		_("publish: yes or no; empty leaves it as it is."),
		_("priority: a whole number, 0 for the shop's own; empty leaves it as it is."),
		_("A row whose four numbers are all empty follows the rules of its shop."),
		_("Of several listings with one offer ID in a shop, each gets the rules."),
	]


# --- inside ----------------------------------------------------------------------------------------


def _row(number: int, cells: files.Cells, shops: set[str]) -> Row:
	row = Row(number, cells.get("shop", ""), cells.get("offer_id", ""))
	if not row.shop:
		row.errors.append(_("The shop is missing."))
	elif row.shop not in shops:
		row.errors.append(_("There is no shop {0}.").format(row.shop))
	if not row.offer_id:
		row.errors.append(_("The offer ID is missing."))
	row.values = _rules(cells, row.errors)
	publish = cells.get("publish", "").casefold()
	if publish in TRUE | FALSE:
		row.values["publish_stock"] = int(publish in TRUE)
	elif publish:
		row.errors.append(_("“publish” must be yes or no, not {0}.").format(cells["publish"]))
	if priority := cells.get("priority", ""):
		_whole(row.values, row.errors, "priority", "stock_priority", priority)
	return row


def _rules(cells: files.Cells, errors: list[str]) -> dict[str, Any]:
	values = dict(NO_RULES_OF_ITS_OWN)
	for column, fieldname in NUMBERS.items():
		text = cells.get(column, "")
		if not text:
			continue
		values["own_stock_policy"] = 1
		_whole(values, errors, column, fieldname, text)
	if text := cells.get("share", ""):
		values["own_stock_policy"] = 1
		number = _number(text.removesuffix("%"))
		if number is None or not 0 <= number <= 100:
			errors.append(_("“share” must be a per cent from 0 to 100, not {0}.").format(text))
		else:
			values["stock_share"] = float(number)
	return values


def _whole(values: dict[str, Any], errors: list[str], column: str, fieldname: str, text: str) -> None:
	number = _number(text)
	if number is None or number != int(number) or not 0 <= number <= LARGEST:
		errors.append(_("“{0}” must be a whole number from 0, not {1}.").format(column, text))
	else:
		values[fieldname] = int(number)


def _number(text: str) -> Decimal | None:
	"""A number as people write it: with a comma, with blanks between thousands."""
	try:
		number = Decimal("".join(text.split()).replace(",", "."))
	except InvalidOperation:
		return None
	return number if number.is_finite() else None


def _without_repetition(rows: Iterable[Row]) -> Iterator[Row]:
	"""The second row about one offer is an error: nobody knows which of them is meant."""
	seen: dict[tuple[str, str], int] = {}
	for row in rows:
		first = seen.setdefault((row.shop, row.offer_id), row.number)
		if first != row.number and row.offer_id:
			row.errors.append(_("Row {0} is about the same offer.").format(first))
		yield row


def _listings(rows: Sequence[Row]) -> dict[tuple[str, str], list[frappe._dict]]:
	found: dict[tuple[str, str], list[frappe._dict]] = {}
	if not rows:
		return found
	for listing in frappe.get_list(
		"Marketplace Listing",
		filters={
			"shop": ("in", sorted({row.shop for row in rows})),
			"offer_id": ("in", sorted({row.offer_id for row in rows})),
		},
		fields=["name", "shop", "offer_id", "external_id", "title", *RULES],
		limit=0,
	):
		found.setdefault((listing.shop, listing.offer_id), []).append(listing)
	return found


def _differs(change: Change) -> bool:
	"""Rules of a listing that follows its shop are equal whatever numbers stand there."""
	wanted, now = change.rules, change.listing
	if any((wanted[name] or 0) != (now[name] or 0) for name in ALWAYS):
		return True
	return bool(wanted["own_stock_policy"]) and any((wanted[name] or 0) != (now[name] or 0) for name in RULES)


def _shown(change: Change) -> dict[str, Any]:
	return {
		"row": change.row.number,
		"listing": change.listing.name,
		"title": change.listing.title,
		"shop": change.row.shop,
		"offer_id": change.row.offer_id,
		"before": {name: change.listing[name] for name in RULES},
		"after": change.rules,
	}
