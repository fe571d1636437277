"""demo-report.html: what the demo did, in one file that needs nothing else to be looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, StrictUndefined

from crm_marketplace.demo.shared import Sale
from crm_marketplace.demo.steps import Result

if TYPE_CHECKING:
	from crm_marketplace.demo.run import Outcome

STOCK_ROWS = 9  # each, of those that grew and those that shrank most
WIDTH = 420  # of the longest bar, in the picture's units


@dataclass(frozen=True, slots=True)
class Bar:
	"""One bar of a picture: `before` is the thin one above it, where there is one."""

	label: str
	value: int
	length: float
	before: int | None = None
	before_length: float = 0.0
	note: str = ""


def write_report(outcome: Outcome, path: Path) -> None:
	"""Write the report.

	Raises:
		OSError: the file cannot be written.
	"""
	environment = Environment(
		autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
	)
	template = environment.from_string((files(__package__) / "report.html").read_text(encoding="utf-8"))
	first = outcome.cycles[0] if outcome.cycles else []
	text = template.render(
		outcome=outcome,
		shops=[(result, status_bars(result), stock_bars(result)) for result in first],
		sales=[(sale, sale_bars(sale, outcome.shops)) for sale in outcome.sales],
		reasons=sum((result.reasons for result in first), Counter()),
		holds=sum((result.holds for result in first), Counter()),
	)
	path.write_text(text, encoding="utf-8")


def sale_bars(sale: Sale, shops: Iterable[str]) -> list[Bar]:
	"""What each shop showed of the goods before an order and shows after it."""
	return _scaled(
		(
			shop,
			sale.shown(shop)[1],
			sale.shown(shop)[0],
			"; ".join(level.why for level in sale.levels if level.shop == shop),
		)
		for shop in shops
	)


def status_bars(result: Result) -> list[Bar]:
	"""Orders by status, most first."""
	return _scaled((status, number, None, "") for status, number in result.by_status.most_common())


def stock_bars(result: Result) -> list[Bar]:
	"""Published stock before and after, for the rows that grew and shrank most, each with its explanation."""
	changes = []
	for pair, publishable in result.desired.items():
		before, after = result.before.get(pair, 0), result.after.get(pair)
		if after is not None and after != before:
			label = result.listings[pair[0]].offer_id
			changes.append((after - before, label, after, before, publishable.sentence))
	changes.sort()
	grew = [change for change in reversed(changes) if change[0] > 0][:STOCK_ROWS]
	shrank = [change for change in changes if change[0] < 0][:STOCK_ROWS]
	return _scaled((label, after, before, note) for _by, label, after, before, note in (*grew, *shrank))


def _scaled(rows: Iterable[tuple[str, int, int | None, str]]) -> list[Bar]:
	"""Bars as long as their values, the largest `WIDTH` long."""
	listed = list(rows)
	largest = max((max(value, before or 0) for _label, value, before, _note in listed), default=0) or 1
	return [
		Bar(label, value, value * WIDTH / largest, before, (before or 0) * WIDTH / largest, note)
		for label, value, before, note in listed
	]
