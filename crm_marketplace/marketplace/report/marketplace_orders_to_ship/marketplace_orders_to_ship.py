"""Orders that wait for packing or hand-over, by deadline, with their goods. Three queries whatever the number."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import cint, flt, format_date, get_datetime, getdate, now_datetime, strip_html

from crm_marketplace.marketplace.report import scope

TO_SHIP = ("Pending", "Awaiting Packing", "Awaiting Shipment")
MOST_ROWS = 5000


def execute(filters: dict | None = None) -> tuple:
	"""Columns, rows, message, chart and summary, as Frappe's script reports return them.

	Filters: company, shop, warehouse, status, until (date: deadlines up to its end), only_overdue, hide_held.
	"""
	filters = frappe._dict(filters or {})
	now = now_datetime()
	orders = _orders(filters, now)
	shown = orders[:MOST_ROWS]
	goods = _goods([order.name for order in shown])
	rows = [_row(order, goods[order.name], now) for order in shown]
	return _columns(), rows, _message(orders), _chart(rows, now), _summary(rows, now)


def _orders(filters: frappe._dict, now: datetime) -> list[frappe._dict]:
	order = frappe.qb.DocType("Marketplace Order")
	query = (
		frappe.qb.from_(order)
		.select(
			order.name,
			order.external_id,
			order.shop,
			order.status,
			order.state,
			order.scheme,
			order.ship_by,
			order.warehouse,
			order.delivery_method,
			order.total,
			order.currency,
			order.sales_order,
		)
		.where(order.shop.isin(scope.shops(filters) or [""]))
		.where(order.status.isin([filters.status] if filters.status in TO_SHIP else TO_SHIP))
		.where(order.state != "Ignored")
		.orderby(order.ship_by.isnull())
		.orderby(order.ship_by)
		.orderby(order.name)
		.limit(MOST_ROWS + 1)
	)
	if filters.warehouse:
		query = query.where(order.warehouse == filters.warehouse)
	if cint(filters.only_overdue):
		query = query.where(order.ship_by < now)
	elif filters.until:
		query = query.where(order.ship_by <= get_datetime(f"{getdate(filters.until)} 23:59:59"))
	if cint(filters.hide_held):
		query = query.where(order.state != "On Hold")
	return query.run(as_dict=True)


def _goods(orders: list[str]) -> dict[str, list[frappe._dict]]:
	lines = defaultdict(list)
	if orders:
		for line in frappe.get_all(
			"Marketplace Order Line",
			filters={"parenttype": "Marketplace Order", "parent": ("in", orders)},
			fields=["parent", "offer_id", "title", "item", "quantity"],
			order_by="parent, idx",
		):
			lines[line.parent].append(line)
	return lines


def _row(order: frappe._dict, lines: list[frappe._dict], now: datetime) -> dict:
	return {
		**order,
		"order": order.name,
		"overdue": int(bool(order.ship_by and order.ship_by < now)),
		"goods": "; ".join(_line_text(line) for line in lines),
		"quantity": sum(flt(line.quantity) for line in lines),
	}


def _line_text(line: frappe._dict) -> str:
	# Titles come from outside, and cells of a report are HTML.
	title = strip_html(line.title or "")
	return f"{flt(line.quantity):g} × {line.item or line.offer_id} {title}".strip()


def _columns() -> list[dict]:
	# Frappe refuses a whole report for one Link column to a DocType its reader has no right on: warehouse,
	# Sales Order and currency are plain text, which the desk turns into links for those who may follow them.
	return [
		{"fieldname": "ship_by", "label": _("Ship By"), "fieldtype": "Datetime", "width": 160},
		{
			"fieldname": "order",
			"label": _("Marketplace Order"),
			"fieldtype": "Link",
			"options": "Marketplace Order",
			"width": 170,
		},
		{
			"fieldname": "shop",
			"label": _("Shop"),
			"fieldtype": "Link",
			"options": "Marketplace Shop",
			"width": 150,
		},
		{"fieldname": "status", "label": _("Status"), "fieldtype": "Data", "width": 150},
		{"fieldname": "state", "label": _("In ERPNext"), "fieldtype": "Data", "width": 110},
		{"fieldname": "goods", "label": _("Goods"), "fieldtype": "Data", "width": 320},
		{"fieldname": "quantity", "label": _("Quantity"), "fieldtype": "Float", "width": 90},
		{"fieldname": "warehouse", "label": _("Warehouse"), "fieldtype": "Data", "width": 150},
		{"fieldname": "delivery_method", "label": _("Delivery Method"), "fieldtype": "Data", "width": 160},
		{
			"fieldname": "total",
			"label": _("Total"),
			"fieldtype": "Currency",
			"options": "currency",
			"width": 120,
		},
		{
			"fieldname": "sales_order",
			"label": _("Sales Order", context="Marketplace Order"),
			"fieldtype": "Data",
			"width": 150,
		},
		{
			"fieldname": "currency",
			"label": _("Currency"),
			"fieldtype": "Data",
			"hidden": 1,
		},
		{"fieldname": "overdue", "label": _("Overdue"), "fieldtype": "Check", "hidden": 1},
	]


def _message(orders: list) -> str | None:
	if len(orders) <= MOST_ROWS:
		return None
	return _("Only the first {0} orders are shown. Narrow the filters to see the others.").format(MOST_ROWS)


def _chart(rows: list[dict], now: datetime) -> dict | None:
	"""Orders by day of their deadline; everything late stands in one bar."""
	days = Counter(row["ship_by"].date() for row in rows if row["ship_by"] and not row["overdue"])
	late = sum(row["overdue"] for row in rows)
	if not days and not late:
		return None
	labels = [_("Overdue"), *(format_date(day) for day in sorted(days))]
	values = [late, *(days[day] for day in sorted(days))]
	return {
		"data": {"labels": labels, "datasets": [{"name": _("Orders"), "values": values}]},
		"type": "bar",
		"colors": ["orange"],
	}


def _summary(rows: list[dict], now: datetime) -> list[dict]:
	late = sum(row["overdue"] for row in rows)
	today = sum(
		1 for row in rows if row["ship_by"] and not row["overdue"] and row["ship_by"].date() == now.date()
	)
	return [
		{"label": _("Orders"), "value": len(rows), "datatype": "Int", "indicator": "blue"},
		{"label": _("Overdue"), "value": late, "datatype": "Int", "indicator": "red" if late else "green"},
		{"label": _("To ship today"), "value": today, "datatype": "Int", "indicator": "orange"},
		{
			"label": _("Pieces"),
			"value": sum(row["quantity"] for row in rows),
			"datatype": "Float",
			"indicator": "blue",
		},
	]
