"""Exchange rates from the books of the site, never from outside."""

from __future__ import annotations

from datetime import date, timedelta

import frappe


def selling_rate(currency: str, own: str, day: date) -> float | None:
	"""Units of `own` for one of `currency`: the Currency Exchange that ERPNext itself would take on that day
	(erpnext.setup.utils.get_exchange_rate). None where there is none: ERPNext asks a service outside then,
	which is no basis for what happens by itself.
	"""
	settings = frappe.get_cached_doc("Accounts Settings")
	filters = [
		["date", "<=", day],
		["from_currency", "=", currency],
		["to_currency", "=", own],
		["for_selling", "=", 1],
	]
	if not settings.allow_stale:
		filters.append(["date", ">", day - timedelta(days=settings.stale_days or 0)])
	rates = frappe.get_all(
		"Currency Exchange", filters=filters, pluck="exchange_rate", order_by="date desc", limit=1
	)
	return rates[0] if rates and rates[0] else None
