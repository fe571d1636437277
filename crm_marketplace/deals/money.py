"""Currencies of deals: rates come from the books, never from outside."""

from __future__ import annotations

from collections.abc import Collection

import frappe
from frappe import _
from frappe.utils import flt, formatdate, getdate


def site_currency(company: str | None = None) -> str | None:
	"""The currency of a company, or of the site's first one."""
	company = company or frappe.defaults.get_user_default("Company") or frappe.db.get_value("Company", {})
	return frappe.get_cached_value("Company", company, "default_currency") if company else None


def find_rate(currency: str, to_currency: str, day) -> float | None:
	"""Units of `to_currency` for one of `currency`: the latest Currency Exchange up to the day, either way
	round; None when the books have none. ERPNext would ask a service outside, a forecast does not.
	"""
	if currency == to_currency:
		return 1.0
	for pair, turned in (((currency, to_currency), False), ((to_currency, currency), True)):
		rates = frappe.get_all(
			"Currency Exchange",
			filters={"from_currency": pair[0], "to_currency": pair[1], "date": ("<=", getdate(day))},
			pluck="exchange_rate",
			order_by="date desc",
			limit=1,
		)
		if rates and flt(rates[0]):
			return 1 / flt(rates[0]) if turned else flt(rates[0])
	return None


def rates_to(currencies: Collection[str], to_currency: str | None, day) -> dict[str, float]:
	"""Currency → units of `to_currency` for one of it, as `find_rate`; those without a rate are left out. One query."""
	known = [currency for currency in currencies if currency != to_currency]
	rates = {currency: 1.0 for currency in currencies if currency == to_currency}
	if not known or not to_currency:
		return rates
	both = [*known, to_currency]
	found: dict[tuple[str, str], float] = {}
	for row in frappe.get_all(
		"Currency Exchange",
		filters={"from_currency": ("in", both), "to_currency": ("in", both), "date": ("<=", getdate(day))},
		fields=["from_currency", "to_currency", "exchange_rate"],
		order_by="date desc",
	):
		if flt(row.exchange_rate):
			found.setdefault((row.from_currency, row.to_currency), flt(row.exchange_rate))
	for currency in known:
		if rate := found.get((currency, to_currency)):
			rates[currency] = rate
		elif turned := found.get((to_currency, currency)):
			rates[currency] = 1 / turned
	return rates


def exchange_rate(currency: str, to_currency: str, day) -> float:
	"""The same; says what to do when there is no rate."""
	rate = find_rate(currency, to_currency, day)
	if rate is None:
		frappe.throw(
			_(
				"There is no exchange rate from {0} to {1} up to {2}. Add a Currency Exchange, or fill in the exchange rate of the deal."
			).format(currency, to_currency, formatdate(getdate(day))),
			title=_("No Exchange Rate"),
		)
	return rate
