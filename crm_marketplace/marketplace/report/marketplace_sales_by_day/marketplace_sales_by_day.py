"""Orders and revenue of every shop, day by day. Two queries whatever the number of orders."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Date, Sum
from frappe.utils import add_days, cint, flt, format_date, get_datetime, getdate, nowdate

from crm_marketplace.marketplace.report import scope

DEFAULT_DAYS = 30
COLORS = ["#318ad8", "#48bb74", "#f6ad55", "#805ad5", "#ed64a6", "#38b2ac", "#a0aec0"]
MOST_DAYS = 400


def execute(filters: dict | None = None) -> tuple:
	"""Columns, rows, message, chart and summary, as Frappe's script reports return them.

	Filters: company, shop, from_date, to_date (days of the site's zone, both included), measure ("Orders" or
	"Revenue"), with_cancelled. Revenue is what buyers pay, tax included, in the currency of the orders: shops
	that sell in two currencies have two columns.
	"""
	filters = frappe._dict(filters or {})
	first, last = _period(filters)
	revenue = filters.measure == "Revenue"
	amounts = _amounts(filters, first, last, revenue)
	series = sorted({key for day in amounts.values() for key in day})
	days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
	rows = [_row(day, amounts.get(day, {}), series, revenue) for day in days]
	return (
		_columns(series, revenue),
		rows,
		None,
		_chart(days, amounts, series, revenue),
		_summary(amounts, revenue),
	)


def _period(filters: frappe._dict) -> tuple[date, date]:
	last = getdate(filters.to_date or nowdate())
	first = getdate(filters.from_date or add_days(last, 1 - DEFAULT_DAYS))
	if first > last:
		frappe.throw(_("The first day lies after the last one."))
	if (last - first).days >= MOST_DAYS:
		frappe.throw(_("Choose a period of at most {0} days.").format(MOST_DAYS))
	return first, last


def _amounts(
	filters: frappe._dict, first: date, last: date, revenue: bool
) -> dict[date, dict[tuple[str, str], float]]:
	"""Day → (shop, currency) → orders or revenue. Orders are not told apart by currency."""
	order = frappe.qb.DocType("Marketplace Order")
	day = Date(order.ordered_at)
	query = (
		frappe.qb.from_(order)
		.select(
			day.as_("day"),
			order.shop,
			order.currency,
			Count("*").as_("orders"),
			Sum(order.total).as_("revenue"),
		)
		.where(order.shop.isin(scope.shops(filters) or [""]))
		.where(order.ordered_at >= get_datetime(first))
		.where(order.ordered_at < get_datetime(last + timedelta(days=1)))
		.where(order.state != "Ignored")
		.groupby(day, order.shop, order.currency)
	)
	if not cint(filters.with_cancelled):
		query = query.where(order.status != "Cancelled")
	amounts: dict[date, dict[tuple[str, str], float]] = defaultdict(lambda: defaultdict(float))
	for found in query.run(as_dict=True):
		key = (found.shop, found.currency or "" if revenue else "")
		amounts[getdate(found.day)][key] += flt(found.revenue) if revenue else found.orders
	return amounts


def _names(series: list[tuple[str, str]]) -> list[str]:
	"""Shops by name; the currency is told only where there are several."""
	several = len({currency for _shop, currency in series}) > 1
	return [f"{shop}, {currency}" if several else shop for shop, currency in series]


def _row(day: date, amounts: dict, series: list[tuple[str, str]], revenue: bool) -> dict:
	row = {"day": day, **{f"series_{index}": amounts.get(key, 0) for index, key in enumerate(series)}}
	if not revenue:
		row["total"] = sum(amounts.values())
	for index, (_shop, currency) in enumerate(series):
		row[f"currency_{index}"] = currency
	return row


def _columns(series: list[tuple[str, str]], revenue: bool) -> list[dict]:
	columns = [{"fieldname": "day", "label": _("Day"), "fieldtype": "Date", "width": 120}]
	for index, name in enumerate(_names(series)):
		column = {"fieldname": f"series_{index}", "label": name, "width": 180}
		kind = {"fieldtype": "Currency", "options": f"currency_{index}"} if revenue else {"fieldtype": "Int"}
		columns.append({**column, **kind})
	if not revenue:
		columns.append({"fieldname": "total", "label": _("Total"), "fieldtype": "Int", "width": 100})
	return columns


def _chart(days: list[date], amounts: dict, series: list[tuple[str, str]], revenue: bool) -> dict | None:
	if not series:
		return None
	one_currency = len({currency for _shop, currency in series}) == 1
	chart = {
		"data": {
			"labels": [format_date(day, "dd.MM") for day in days],
			"datasets": [
				{"name": name, "values": [amounts.get(day, {}).get(key, 0) for day in days]}
				for key, name in zip(series, _names(series), strict=True)
			],
		},
		"type": "bar",
		# Sums of different currencies are never put on top of each other.
		"barOptions": {"stacked": int(one_currency), "spaceRatio": 0.4},
		"axisOptions": {"shortenYAxisNumbers": 1, "xIsSeries": 1},
		"colors": COLORS,
		"fieldtype": "Currency" if revenue else "Int",
	}
	if revenue and one_currency:
		chart["currency"] = series[0][1]
	return chart


def _summary(amounts: dict, revenue: bool) -> list[dict]:
	totals: dict[str, float] = defaultdict(float)
	for day in amounts.values():
		for (_shop, currency), amount in day.items():
			totals[currency] += amount
	if not revenue:
		return [{"label": _("Orders"), "value": totals[""], "datatype": "Int", "indicator": "blue"}]
	return [
		{
			"label": _("Revenue"),
			"value": total,
			"datatype": "Currency",
			"currency": currency,
			"indicator": "green",
		}
		for currency, total in sorted(totals.items())
	]
