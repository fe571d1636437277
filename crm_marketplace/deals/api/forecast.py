"""Calls of the board's forecast."""

from __future__ import annotations

from datetime import date
from typing import Any

import frappe
from frappe import _
from frappe.utils import cint, getdate, nowdate

from crm_marketplace.deals import board, forecast, stages
from crm_marketplace.deals.api.board import frame
from crm_marketplace.deals.api.guard import mapping, permitted
from crm_marketplace.deals.board import Filters
from crm_marketplace.rules.forecast import window_of


@frappe.whitelist()
def forecast_page(
	pipeline: str | None = None, filters: dict | str | None = None, month: str | None = None
) -> dict[str, Any]:
	"""The forecast's first page, with what stands around it as on the board.

	Args:
		pipeline: the first one the user sees if not given, or not seen.
		filters: see `board.Filters`.
		month: any day of the first month to show; the present one if not given.
	"""
	found = frame(pipeline)
	if found["pipeline"] is None:
		return found
	return {**found, **forecast.page(found["pipeline"].name, Filters(mapping(filters)), _day(month))}


@frappe.whitelist()
def forecast_column(
	pipeline: str, column: str, start: int, month: str | None = None, filters: dict | str | None = None
) -> dict[str, Any]:
	"""More cards of a column.

	Args:
		column: its key, as the page gave it.
		start: how many the caller has.
		month: `first` of the page.
	"""
	frappe.has_permission("Deal", "read", throw=True)
	permitted("Deal Pipeline", pipeline)
	window = window_of(_day(month), getdate(nowdate()))
	if column not in window.columns:
		frappe.throw(_("The request is not understood. Reload the page."))
	cards = forecast.cards_of(
		pipeline,
		stages.rows_of(pipeline),
		Filters(mapping(filters)),
		window,
		[column],
		start=max(0, cint(start)),
	)
	return {"cards": cards, "users": board.users_of(cards)}


def _day(month: str | None) -> date:
	"""A day of a request; today when nothing sensible was sent."""
	try:
		return getdate(month or nowdate()) or getdate(nowdate())
	except OverflowError:
		frappe.throw(_("The request is not understood. Reload the page."))
