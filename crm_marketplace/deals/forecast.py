"""The board's forecast: open deals by the month of their expected close, what was won, and the plan of each month.

Amounts are in the pipeline's currency, as the board's totals are. The number of queries is constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import reduce
from typing import Any

import frappe
from frappe.query_builder import CustomFunction
from frappe.query_builder.functions import Count, Sum
from frappe.utils import flt, getdate, now_datetime
from pypika.terms import Criterion

from crm_marketplace.deals import board, stages
from crm_marketplace.deals.board import CARD_FIELDS, PAGE, Filters
from crm_marketplace.permissions.deals import deal_criterion
from crm_marketplace.rules import forecast as rules
from crm_marketplace.rules.deals import Kind
from crm_marketplace.rules.forecast import Around, Window
from crm_marketplace.rules.plans import first_of_month, first_of_next_month

OPEN = (str(Kind.OPEN), str(Kind.ON_HOLD))
Month = CustomFunction("DATE_FORMAT", ["day", "format"])
FIRST_DAY = "%Y-%m-01"


def page(pipeline: str, filters: Filters, month: date) -> dict[str, Any]:
	"""Columns with sums and their first cards.

	Args:
		month: any day of the first month to show.

	Returns:
		`columns` (rows of key, month, current, deals, amount, weighted, won_deals, won, plan; columns beside the
		months only where deals are in them), `cards` with `column`, `users`, `stages` with their counts, `first`,
		`previous` and `next`: first days of the windows.
	"""
	now = now_datetime()
	window = rules.window_of(month, now.date())
	rows = stages.rows_of(pipeline)
	sums = _sums(pipeline, rows, filters, window, now)
	totals = board.totals_of(rows, filters, now)
	plans = _plans(pipeline, filters, window)
	shown = [key for key in window.columns if key not in set(Around) or sums[key]["deals"]]
	cards = cards_of(pipeline, rows, filters, window, shown)
	current = first_of_month(now.date()).isoformat()
	return {
		"columns": [
			{
				"key": key,
				"month": None if key in set(Around) else key,
				"current": key == current,
				"plan": plans.get(key),
				**sums[key],
			}
			for key in shown
		],
		"cards": cards,
		"users": board.users_of(cards),
		"stages": [board.column(row, totals.get(row.name)) for row in rows],
		"first": window.first.isoformat(),
		"previous": window.previous.isoformat(),
		"next": window.end.isoformat(),
		"begins_now": window.first == first_of_month(now.date()),
	}


def cards_of(
	pipeline: str,
	rows: Sequence[frappe._dict],
	filters: Filters,
	window: Window,
	keys: Sequence[str],
	start: int = 0,
) -> list[dict[str, Any]]:
	"""The next cards of each column, from number `start`: the nearest close first, the largest of one day first."""
	deal = frappe.qb.DocType("Deal")
	now = now_datetime()
	open_deals = _where(deal, pipeline, filters, rows, now) & deal.stage_kind.isin(OPEN)
	queries = [
		frappe.qb.from_(deal)
		.select(*(deal[name] for name in CARD_FIELDS))
		.where(open_deals & _in_column(deal, window, key))
		.orderby(deal.expected_close)
		.orderby(deal.base_amount, order=frappe.qb.desc)
		.orderby(deal.name)
		.limit(PAGE)
		.offset(start)
		for key in keys
	]
	cards = board.dressed(board.union(queries), {row.name: row for row in rows}, now)
	for card in cards:
		card["column"] = window.column_of(getdate(card["expected_close"]) if card["expected_close"] else None)
	return cards


def _sums(
	pipeline: str, rows: Sequence[frappe._dict], filters: Filters, window: Window, now: datetime
) -> dict[str, dict[str, float]]:
	"""Two queries: by month of the expected close, and by month in which deals were won."""
	deal = frappe.qb.DocType("Deal")
	where = _where(deal, pipeline, filters, rows, now)
	expected, closed = Month(deal.expected_close, FIRST_DAY), Month(deal.closed_at, FIRST_DAY)
	open_deals = (
		frappe.qb.from_(deal)
		.select(
			expected.as_("day"),
			Count("*").as_("deals"),
			Sum(deal.base_amount).as_("amount"),
			Sum(deal.weighted_amount).as_("weighted"),
		)
		.where(where & deal.stage_kind.isin(OPEN))
		.groupby(expected)
	).run(as_dict=True)
	won = (
		frappe.qb.from_(deal)
		.select(closed.as_("day"), Count("*").as_("deals"), Sum(deal.base_amount).as_("amount"))
		.where(where & (deal.stage_kind == str(Kind.WON)))
		.where((deal.closed_at >= window.first) & (deal.closed_at < window.end))
		.groupby(closed)
	).run(as_dict=True)
	for row in (*open_deals, *won):
		row.day = getdate(row.day) if row.day else None
	return rules.fold(window, open_deals, won)


def _where(deal, pipeline: str, filters: Filters, rows: Sequence[frappe._dict], now: datetime) -> Criterion:
	"""Deals of the pipeline the reader may see, by the board's filters."""
	criteria = filters.of_pipeline(deal, rows, now)
	permitted = deal_criterion(deal)
	if permitted is not None:
		criteria.append(permitted)
	return reduce(lambda one, other: one & other, criteria, deal.pipeline == pipeline)


def _in_column(deal, window: Window, key: str) -> Criterion:
	if key == Around.NO_DATE:
		return deal.expected_close.isnull()
	if key == Around.EARLIER:
		return deal.expected_close < window.first
	if key == Around.LATER:
		return deal.expected_close >= window.end
	month = getdate(key)
	return (deal.expected_close >= month) & (deal.expected_close < first_of_next_month(month))


def _plans(pipeline: str, filters: Filters, window: Window) -> dict[str, float]:
	"""Month → planned amount of the person or team the board is narrowed to, else of the whole pipeline.

	A plan says nothing of some of the deals only: with any other filter there is none. One query.
	"""
	if filters.narrows_beyond_people or filters.responsible == "__nobody":
		return {}
	found = frappe.get_list(
		"Sales Plan",
		filters={
			"pipeline": pipeline,
			"month": ("between", [window.first, window.months[-1]]),
			"user": filters.user or ("is", "not set"),
			"team": filters.team or ("is", "not set"),
		},
		fields=["month", "amount"],
		limit=0,
	)
	return {row.month.isoformat(): flt(row.amount) for row in found if flt(row.amount)}
