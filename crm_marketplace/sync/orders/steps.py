"""Carry out the steps of a decision, and tell what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import frappe

from crm_marketplace.integrations.records import Order
from crm_marketplace.rules.orders import Decision, Known, Step
from crm_marketplace.sync import clock, tasks
from crm_marketplace.sync.orders import documents
from crm_marketplace.sync.shops import Shop


@dataclass
class Outcome:
	"""What the steps did.

	Args:
		result: "created", "updated" or "unchanged", for the counters.
		values: fields of the Marketplace Order to set.
		events: rows of its timeline, without the order's name.
		line_items: line id → item, when rows were made.
	"""

	result: str = "unchanged"
	values: dict[str, Any] = field(default_factory=dict)
	events: list[dict[str, Any]] = field(default_factory=list)
	line_items: dict[str, str] = field(default_factory=dict)

	def tell(self, event: str, *values: str, doctype: str | None = None, name: str | None = None) -> None:
		self.events.append(
			{"event": event, "values": list(values), "reference_doctype": doctype, "reference_name": name}
		)


@dataclass
class _Work:
	"""Everything a step needs."""

	shop: Shop
	row: frappe._dict
	order: Order
	decision: Decision
	known: Known
	log: str | None
	outcome: Outcome

	@property
	def sales_order(self) -> str:
		return self.outcome.values.get("sales_order") or self.row.sales_order


def apply(
	shop: Shop, row: frappe._dict, order: Order, decision: Decision, known: Known, log: str | None
) -> Outcome:
	"""Make the decision true. Call inside a savepoint: an exception means nothing of it stays.

	Raises:
		HoldOrder: the order does not fit after all (its total).
		frappe.ValidationError: ERPNext refuses a document.
	"""
	work = _Work(shop, row, order, decision, known, log, Outcome())
	for step in decision.steps:
		if step is Step.SUBMIT_ORDER and Step.CREATE_ORDER in decision.steps:
			continue  # made and submitted in one
		_STEPS[step](work)
	if decision.steps and work.outcome.result == "unchanged":
		work.outcome.result = "updated"
	return work.outcome


# --- Sales Order -----------------------------------------------------------------------------------


def _create_order(work: _Work) -> None:
	submit = Step.SUBMIT_ORDER in work.decision.steps
	generation = work.row.document_key or 0
	adopted = frappe.db.get_value(
		"Sales Order", {"marketplace_order_key": f"{work.row.name}:{generation}", "docstatus": ("<", 2)}
	)
	if adopted:
		# Made by a run that was killed before it could say so.
		_bind(work, adopted)
		work.outcome.tell("adopted_order", adopted, doctype="Sales Order", name=adopted)
		return
	made = documents.make_sales_order(
		work.shop, work.row, work.order, work.decision, submit=submit, generation=generation
	)
	_bind(work, made.doc.name, made.doc.customer)
	work.outcome.result = "created"
	work.outcome.tell(
		"created_order" if submit else "created_draft",
		made.doc.name,
		doctype="Sales Order",
		name=made.doc.name,
	)
	_tell_rounding(work, made)


def _submit_order(work: _Work) -> None:
	documents.submit("Sales Order", work.sales_order)
	work.outcome.tell("submitted_order", work.sales_order, doctype="Sales Order", name=work.sales_order)


def _rebuild_draft(work: _Work) -> None:
	made = documents.rebuild_draft(work.shop, work.row, work.order, work.decision)
	_bind(work, made.doc.name, made.doc.customer)
	work.outcome.tell("rebuilt_draft", made.doc.name, doctype="Sales Order", name=made.doc.name)


def _replace_order(work: _Work) -> None:
	old = work.sales_order
	generation = (work.row.document_key or 0) + 1
	documents.cancel_sales_order(old)
	made = documents.make_sales_order(
		work.shop,
		work.row,
		work.order,
		work.decision,
		submit=True,
		amended_from=old,
		generation=generation,
	)
	_bind(work, made.doc.name, made.doc.customer)
	work.outcome.values["document_key"] = generation
	work.outcome.tell("replaced_order", old, made.doc.name, doctype="Sales Order", name=made.doc.name)
	_tell_rounding(work, made)


def _move_deadline(work: _Work) -> None:
	documents.move_deadline(work.sales_order, work.order)
	work.outcome.values["document_ship_by"] = clock.to_site(work.order.ship_by)
	work.outcome.tell("moved_deadline", work.sales_order, doctype="Sales Order", name=work.sales_order)


def _delete_draft(work: _Work) -> None:
	name = work.sales_order
	frappe.db.set_value("Marketplace Order", work.row.name, "sales_order", None, update_modified=False)
	frappe.delete_doc("Sales Order", name, ignore_permissions=True, force=True)
	work.outcome.values |= {"sales_order": None, "fingerprint": None, "document_ship_by": None}
	work.outcome.tell("deleted_draft", name)


def _cancel_order(work: _Work) -> None:
	name = work.sales_order
	documents.cancel_sales_order(name)
	work.outcome.values["document_key"] = (work.row.document_key or 0) + 1
	work.outcome.tell("cancelled_order", name, doctype="Sales Order", name=name)


# --- what follows it -------------------------------------------------------------------------------


def _draft_delivery(work: _Work) -> None:
	doc = documents.make_delivery(work.sales_order)
	work.outcome.values["delivery_note"] = doc.name
	work.outcome.tell("delivery", doc.name, doctype="Delivery Note", name=doc.name)


def _submit_delivery(work: _Work) -> None:
	"""Submit the Delivery Note; with too little stock it stays a draft and a person is asked."""
	name = work.outcome.values.get("delivery_note") or work.row.delivery_note
	savepoint = "marketplace_delivery"
	frappe.db.savepoint(savepoint)
	try:
		documents.submit("Delivery Note", name)
	except frappe.ValidationError as error:
		frappe.db.rollback(save_point=savepoint)
		reason = frappe.utils.strip_html(str(error))[:300]
		work.outcome.tell("delivery_draft", name, reason, doctype="Delivery Note", name=name)
		_ask(work, reason)


def _draft_invoice(work: _Work) -> None:
	doc = documents.make_invoice(work.sales_order)
	work.outcome.values["sales_invoice"] = doc.name
	work.outcome.tell("invoice", doc.name, doctype="Sales Invoice", name=doc.name)


def _submit_invoice(work: _Work) -> None:
	documents.submit("Sales Invoice", work.outcome.values.get("sales_invoice") or work.row.sales_invoice)


def _ask_person(work: _Work) -> None:
	_ask(work, work.decision.reason.format(*work.decision.values))


# --- inside ----------------------------------------------------------------------------------------


def _ask(work: _Work, reason: str) -> None:
	"""Once per reason: mark the order and give somebody a task."""
	if work.row.needs_resolution and work.row.resolution_reason == reason:
		return
	work.outcome.values |= {"needs_resolution": 1, "resolution_reason": reason}
	work.outcome.tell("asked", reason)
	tasks.ask("Marketplace Order", work.row.name, reason)


def _bind(work: _Work, name: str, customer: str | None = None) -> None:
	work.outcome.values |= {
		"sales_order": name,
		"fingerprint": work.decision.fingerprint,
		"document_ship_by": clock.to_site(work.order.ship_by),
	}
	if customer:
		work.outcome.values["customer"] = customer
	work.outcome.line_items = {line.line_id: line.item_code for line in work.decision.lines}


def _tell_rounding(work: _Work, made: documents.Made) -> None:
	if made.rounding:
		work.outcome.tell("rounding", f"{made.rounding} {work.order.currency}")


_STEPS: dict[Step, Callable[[_Work], None]] = {
	Step.CREATE_ORDER: _create_order,
	Step.SUBMIT_ORDER: _submit_order,
	Step.REBUILD_DRAFT: _rebuild_draft,
	Step.REPLACE_ORDER: _replace_order,
	Step.MOVE_DEADLINE: _move_deadline,
	Step.DELETE_DRAFT: _delete_draft,
	Step.CANCEL_ORDER: _cancel_order,
	Step.DRAFT_DELIVERY: _draft_delivery,
	Step.SUBMIT_DELIVERY: _submit_delivery,
	Step.DRAFT_INVOICE: _draft_invoice,
	Step.SUBMIT_INVOICE: _submit_invoice,
	Step.ASK_PERSON: _ask_person,
}
