"""What becomes of a deal: what a stage asks for, what it is worth, what documents say of it.

Stages are data: a rule knows a stage's kind and numbers, never its name. Amounts are Decimal in one currency
per call; moments are datetimes of one zone, whichever the caller keeps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from crm_marketplace.integrations.records import StrEnum

CENT = Decimal("0.01")
DEAD = ("Lost", "Expired", "Cancelled")  # quotations that say nothing of the amount


class Kind(StrEnum):
	"""What being in a stage means."""

	OPEN = "Open"
	WON = "Won"
	LOST = "Lost"
	ON_HOLD = "On Hold"

	@property
	def is_closed(self) -> bool:
		return self in (Kind.WON, Kind.LOST)


class WonOn(StrEnum):
	"""What wins a deal of a pipeline."""

	HAND = "By hand"
	QUOTATION = "Quotation ordered"
	SALES_ORDER = "Sales Order submitted"


class AmountFrom(StrEnum):
	"""Where a deal's amount comes from, the last one is the strongest."""

	HAND = "By hand"
	ITEMS = "Items"
	QUOTATION = "Quotation"
	SALES_ORDER = "Sales Order"


@dataclass(frozen=True, slots=True)
class Stage:
	"""A stage as rules see it.

	Args:
		name: its key, which renaming does not change.
		probability: 0–100.
	"""

	name: str
	kind: Kind
	position: int = 0
	probability: float = 0
	archived: bool = False


# --- worth -----------------------------------------------------------------------------------------


def probability(kind: Kind, stated: float) -> float:
	"""A won deal is certain and a lost one is gone, whatever the stage says; between them 0–100 as stated."""
	if kind is Kind.WON:
		return 100.0
	if kind is Kind.LOST:
		return 0.0
	return min(100.0, max(0.0, float(stated or 0)))


def weighted(amount: Decimal, percent: float) -> Decimal:
	"""What a deal counts for in the forecast."""
	return (amount * Decimal(str(percent)) / 100).quantize(CENT, ROUND_HALF_UP)


def lines_total(lines: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
	"""Sum of (quantity, rate), each line rounded as it is shown."""
	return sum(((qty * rate).quantize(CENT, ROUND_HALF_UP) for qty, rate in lines), Decimal(0))


# --- stages ----------------------------------------------------------------------------------------


def entry_stage(stages: Sequence[Stage]) -> Stage | None:
	"""Where new deals begin: the first open stage still in use."""
	usable = [stage for stage in stages if stage.kind is Kind.OPEN and not stage.archived]
	return min(usable, key=lambda stage: stage.position, default=None)


def closing_stage(stages: Sequence[Stage], kind: Kind) -> Stage | None:
	"""The stage that wins or loses a deal, or None when the pipeline has none in use."""
	usable = [stage for stage in stages if stage.kind is kind and not stage.archived]
	return min(usable, key=lambda stage: stage.position, default=None)


def missing(required: Iterable[str], values: Mapping[str, Any]) -> list[str]:
	"""The required fields that are empty, in their order. Zero is empty for an amount, as on paper."""
	return [field for field in dict.fromkeys(required) if not _is_filled(values.get(field))]


def _is_filled(value: Any) -> bool:
	if isinstance(value, str):
		return bool(value.strip())
	return bool(value)


def days_in(since: datetime | None, now: datetime) -> int:
	"""Whole days since a deal came into its stage."""
	return max(0, (now - since).days) if since else 0


def days_over(since: datetime | None, allowed: int | None, now: datetime) -> int:
	"""By how many days a deal is longer in its stage than it may; 0 while it is in time or has no limit."""
	if not allowed or not since:
		return 0
	over = now - since - timedelta(days=allowed)
	return max(0, over.days + (1 if over % timedelta(days=1) else 0)) if over > timedelta(0) else 0


def problems(stages: Sequence[Stage], won_on: WonOn, lost_with_quotations: bool) -> list[str]:
	"""What a pipeline lacks, as codes: no_entry (no deal can start), no_won, no_lost (documents cannot close)."""
	found = []
	if entry_stage(stages) is None:
		found.append("no_entry")
	if closing_stage(stages, Kind.WON) is None:
		found.append("no_won")
	if lost_with_quotations and closing_stage(stages, Kind.LOST) is None:
		found.append("no_lost")
	return found


# --- tasks of a stage ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TaskTemplate:
	subject: str
	kind: str = "Other"
	after: timedelta = timedelta(hours=24)
	unless_open: bool = True
	priority: str = "Medium"
	details: str = ""  # name of the Task Template that brings a description and a checklist


def tasks_on_entry(
	templates: Iterable[TaskTemplate], open_kinds: Collection[str]
) -> tuple[TaskTemplate, ...]:
	"""Which tasks a stage makes: those marked "not if one is open" only where no task of the kind waits."""
	taken = set(open_kinds)
	chosen = []
	for template in templates:
		if template.unless_open and template.kind in taken:
			continue
		chosen.append(template)
		taken.add(template.kind)
	return tuple(chosen)


# --- documents -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Paper:
	"""A quotation or sales order of a deal, as it stands.

	Args:
		status: ERPNext's own ("Draft", "Open", "Ordered", "Lost", "To Deliver and Bill" …).
		amount: grand total in the currency of the deal; None where no rate to it is known.
	"""

	doctype: str
	submitted: bool
	status: str
	amount: Decimal | None
	at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
	"""What documents say of a deal. None: nothing."""

	kind: Kind | None = None
	amount: Decimal | None = None
	amount_from: AmountFrom | None = None


def follow(
	kind: Kind,
	papers: Sequence[Paper],
	*,
	won_on: WonOn,
	lost_with_quotations: bool,
	amount_follows: bool,
) -> Verdict:
	"""Whether documents win or lose a deal, and its amount by them.

	A deal a person has closed is not opened again by a document; one that documents won stays won when a
	further order comes. Orders count over quotations; of quotations the newest one that is neither lost nor
	expired counts. Where the amount of one that counts is not known, documents say nothing of the deal's.
	"""
	orders = [paper for paper in papers if paper.doctype == "Sales Order" and paper.submitted]
	quotations = [paper for paper in papers if paper.doctype == "Quotation" and paper.submitted]
	alive = [paper for paper in quotations if paper.status not in DEAD]
	result: Kind | None = None
	if not kind.is_closed:
		if _is_won(won_on, orders, quotations):
			result = Kind.WON
		elif lost_with_quotations and quotations and not orders and _all_lost(quotations):
			result = Kind.LOST
	amount, source = _amount(orders, alive) if amount_follows else (None, None)
	return Verdict(result, amount, source)


def _is_won(won_on: WonOn, orders: Sequence[Paper], quotations: Sequence[Paper]) -> bool:
	if won_on is WonOn.SALES_ORDER:
		return bool(orders)
	if won_on is WonOn.QUOTATION:
		return any(paper.status in ("Ordered", "Partially Ordered") for paper in quotations)
	return False


def _all_lost(quotations: Sequence[Paper]) -> bool:
	return all(paper.status == "Lost" for paper in quotations)


def _amount(orders: Sequence[Paper], alive: Sequence[Paper]) -> tuple[Decimal | None, AmountFrom | None]:
	counting = orders
	if not orders and alive:
		counting = [max(alive, key=lambda paper: paper.at or datetime.min)]
	amounts = [paper.amount for paper in counting if paper.amount is not None]
	if not amounts or len(amounts) < len(counting):
		return None, None
	return sum(amounts, Decimal(0)), AmountFrom.SALES_ORDER if orders else AmountFrom.QUOTATION
