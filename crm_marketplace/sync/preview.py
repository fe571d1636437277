"""What the next order run would write, found out by doing it and taking it all back."""

from __future__ import annotations

from typing import Any

import frappe
from frappe import _

from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import Fetched, Order
from crm_marketplace.rules.orders import Decision, Step
from crm_marketplace.sync import clock
from crm_marketplace.sync.connection import WEB_PATIENCE
from crm_marketplace.sync.messages import hold_sentence, translated
from crm_marketplace.sync.orders import process, steps
from crm_marketplace.sync.orders.documents import HoldOrder
from crm_marketplace.sync.orders.store import store_page
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.streams import Stream
from crm_marketplace.sync.windows import new_window

SAVEPOINT = "marketplace_preview"
PAGES = 6  # read at most while somebody waits


def preview(shop: Shop, limit: int = 20) -> dict[str, Any]:
	"""The next orders and what would become of them. Writes nothing: everything is rolled back.

	The same code runs as in the job, ERPNext's validations included, so what it refuses shows here too.

	Raises:
		IntegrationError: the marketplace did not answer.
	"""
	state = Stream.load(shop.name, "orders")
	window = state.position or new_window(shop, state)
	items = _next_orders(shop, window, limit)
	try:
		store_page(shop, items)
		rows = _rows(shop.name, [item.external_id for item in items])
		batch = process.prepare(shop, rows)
		orders = [_describe(batch, row) for row in rows]
	finally:
		frappe.db.rollback()
		frappe.clear_messages()
	return {"orders": orders, "summary": _summary(orders), "message": _("Nothing was written.")}


# --- inside ----------------------------------------------------------------------------------------


def _next_orders(shop: Shop, window: dict[str, Any], limit: int) -> list[Fetched[Order]]:
	"""The first orders of a window. A page may hold none: marketplaces list each scheme by itself."""
	connector = shop.connect(patience=WEB_PATIENCE)
	since, until = clock.from_text(window["since"]), clock.from_text(window["until"])
	pages = walk(
		lambda token, size: connector.order_changes(since, until, token, size),
		token=window.get("token"),
		limit=limit,
		max_pages=PAGES,
	)
	items: list[Fetched[Order]] = []
	for page in pages:
		items += page.items
		if len(items) >= limit:
			break
	return items[:limit]


def _rows(shop: str, external_ids: list[str]) -> list[frappe._dict]:
	return frappe.get_all(
		"Marketplace Order",
		filters={"shop": shop, "external_id": ("in", external_ids)},
		fields=list(process.FIELDS),
		order_by="ordered_at asc",
	)


def _describe(batch: process.Batch, row: frappe._dict) -> dict[str, Any]:
	order = batch.orders.get(row.name)
	if order is None:
		return {
			"external_id": row.external_id,
			"status": row.status,
			"kind": "hold",
			"action": _("Would wait for a person"),
			"hold": hold_sentence(row.hold_code or "unreadable", [""]),
			"documents": [],
			"lines": [],
		}
	decision = process.decide_row(batch, row)
	description = _order(order) | {
		"lines": [
			{
				"offer_id": line.offer_id,
				"title": line.title,
				"quantity": float(line.quantity),
				"price": float(line.price.amount),
				"item": ", ".join(item.item_code for item in batch.mapping.get(line.offer_id, ())),
				"warehouse": decision.warehouse,
			}
			for line in order.lines
		],
	}
	if decision.hold:
		return description | _held(decision.hold.code, decision.hold.values)
	if not decision.steps:
		return description | {
			"kind": "nothing",
			"action": translated(decision.reason, decision.values),
			"documents": [],
			"hold": None,
		}
	return description | _try(batch, row, order, decision)


def _try(batch: process.Batch, row: frappe._dict, order: Order, decision: Decision) -> dict[str, Any]:
	frappe.db.savepoint(SAVEPOINT)
	try:
		outcome = steps.apply(batch.shop, row, order, decision, batch.known[row.name], None)
		name = outcome.values.get("sales_order") or row.sales_order
		totals = (
			frappe.db.get_value(
				"Sales Order",
				name,
				["customer", "total_taxes_and_charges", "grand_total", "docstatus", "delivery_date"],
				as_dict=True,
			)
			if name
			else None
		)
	except HoldOrder as held:
		return _held(held.hold.code, held.hold.values)
	except process.REFUSALS as error:
		return _held("refused_by_erpnext", (process.plain_text(error),))
	finally:
		frappe.db.rollback(save_point=SAVEPOINT)
	return {
		"kind": _kind(decision),
		"action": translated(decision.reason, decision.values),
		"documents": [step_sentence(step) for step in decision.steps],
		"hold": None,
		"buyer": totals.customer if totals else None,
		"taxes_total": totals.total_taxes_and_charges if totals else None,
		"grand_total": totals.grand_total if totals else None,
	}


def _order(order: Order) -> dict[str, Any]:
	return {
		"external_id": order.external_id,
		"ordered_at": clock.to_site(order.created_at),
		"ship_by": clock.to_site(order.ship_by),
		"status": order.status.value,
		"scheme": order.scheme.value,
		"currency": order.currency,
		"total": float(order.total.amount),
		"buyer": None,
	}


def _held(code: str, values) -> dict[str, Any]:
	return {
		"kind": "hold",
		"action": _("Would wait for a person"),
		"hold": hold_sentence(code, values),
		"documents": [],
	}


def _kind(decision: Decision) -> str:
	if Step.CREATE_ORDER in decision.steps:
		return "create"
	if Step.CANCEL_ORDER in decision.steps or Step.DELETE_DRAFT in decision.steps:
		return "cancel"
	return "update"


def step_sentence(step: Step) -> str:
	"""A step for people."""
	sentences = {
		Step.CREATE_ORDER: _("Makes a Sales Order"),
		Step.SUBMIT_ORDER: _("Submits the Sales Order"),
		Step.REBUILD_DRAFT: _("Changes the draft Sales Order"),
		Step.REPLACE_ORDER: _("Replaces the Sales Order, as its goods changed"),
		Step.MOVE_DEADLINE: _("Moves the delivery date of the Sales Order"),
		Step.DELETE_DRAFT: _("Deletes the draft Sales Order"),
		Step.CANCEL_ORDER: _("Cancels the Sales Order"),
		Step.DRAFT_DELIVERY: _("Makes a Delivery Note"),
		Step.SUBMIT_DELIVERY: _("Submits the Delivery Note"),
		Step.DRAFT_INVOICE: _("Makes a Sales Invoice"),
		Step.SUBMIT_INVOICE: _("Submits the Sales Invoice"),
		Step.ASK_PERSON: _("Asks a person to settle it"),
	}
	return sentences[step]


def _summary(orders: list[dict[str, Any]]) -> dict[str, int]:
	summary = dict.fromkeys(("create", "update", "cancel", "hold", "nothing"), 0)
	for order in orders:
		summary[order["kind"]] += 1
	return summary
