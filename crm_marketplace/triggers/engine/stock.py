"""Stock that runs out: which of the items that moved are below a trigger's threshold."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import frappe
from frappe.query_builder.functions import Sum

from crm_marketplace.sync import clock

SALES_DAYS = 30


def below(items: Collection[str], threshold: float, unit: str) -> dict[str, dict[str, float]]:
	"""Items under the threshold → quantity free, and days of sale it lasts. Two queries.

	Args:
		unit: "Units", or "Days of Sale": by what was sold in the last 30 days. An item nobody buys lasts.
	"""
	free = _free(items)
	sold = _sold(items) if unit == "Days of Sale" else {}
	found: dict[str, dict[str, float]] = {}
	for item in items:
		quantity = free.get(item, 0.0)
		per_day = sold.get(item, 0.0) / SALES_DAYS
		if unit == "Days of Sale":
			if per_day and quantity / per_day < threshold:
				found[item] = {"quantity": quantity, "days": round(quantity / per_day, 1), "per_day": per_day}
		elif quantity < threshold:
			found[item] = {"quantity": quantity}
	return found


def _free(items: Collection[str]) -> dict[str, float]:
	"""On hand less what is reserved for orders, over all warehouses."""
	table = frappe.qb.DocType("Bin")
	rows = (
		frappe.qb.from_(table)
		.select(table.item_code, Sum(table.actual_qty - table.reserved_qty))
		.where(table.item_code.isin(list(items)))
		.groupby(table.item_code)
	).run()
	return {item: float(quantity or 0) for item, quantity in rows}


def _sold(items: Collection[str]) -> dict[str, float]:
	order, line = frappe.qb.DocType("Sales Order"), frappe.qb.DocType("Sales Order Item")
	since = clock.site_now().date() - timedelta(days=SALES_DAYS)
	rows = (
		frappe.qb.from_(line)
		.inner_join(order)
		.on(order.name == line.parent)
		.select(line.item_code, Sum(line.stock_qty))
		.where(line.item_code.isin(list(items)))
		.where(order.docstatus == 1)
		.where(order.transaction_date >= since)
		.groupby(line.item_code)
	).run()
	return {item: float(quantity or 0) for item, quantity in rows}
