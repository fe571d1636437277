"""ERPNext as far as a decision can see it: what becomes of the documents when its steps are carried out."""

from __future__ import annotations

from dataclasses import replace

from crm_marketplace.integrations.records import Order
from crm_marketplace.rules.orders import Decision, DocState, Known, Step

LEVELS = {DocState.NONE: 0, DocState.CANCELLED: 0, DocState.DRAFT: 1, DocState.SUBMITTED: 2}


def carry_out(order: Order, known: Known, decision: Decision) -> Known:
	"""What is true after the steps. Refuses, as ERPNext would, a step that does not fit what is there."""
	for step in decision.steps:
		known = _STEPS[step](order, known, decision)
	return known


def _create(order: Order, known: Known, decision: Decision) -> Known:
	assert known.sales_order is DocState.NONE, "a second Sales Order"
	return _made(order, replace(known, sales_order=DocState.DRAFT), decision)


def _made(order: Order, known: Known, decision: Decision) -> Known:
	assert decision.lines, "a Sales Order without rows"
	assert decision.warehouse, "a Sales Order without a warehouse"
	return replace(known, fingerprint=decision.fingerprint, ship_by=order.ship_by)


def _submit(order: Order, known: Known, decision: Decision) -> Known:
	assert known.sales_order is DocState.DRAFT
	return replace(known, sales_order=DocState.SUBMITTED)


def _rebuild(order: Order, known: Known, decision: Decision) -> Known:
	assert known.sales_order is DocState.DRAFT
	return _made(order, known, decision)


def _replace(order: Order, known: Known, decision: Decision) -> Known:
	assert known.sales_order is DocState.SUBMITTED
	assert not known.is_issued and not known.is_begun, "the ground is taken from under a document"
	return _made(order, known, decision)


def _move(order: Order, known: Known, decision: Decision) -> Known:
	assert known.sales_order in (DocState.DRAFT, DocState.SUBMITTED)
	return replace(known, ship_by=order.ship_by)


def _delete(order: Order, known: Known, decision: Decision) -> Known:
	assert known.sales_order is DocState.DRAFT
	return replace(known, sales_order=DocState.NONE, fingerprint=None, ship_by=None)


def _cancel(order: Order, known: Known, decision: Decision) -> Known:
	assert known.sales_order is DocState.SUBMITTED
	assert not known.is_issued and not known.is_begun, "the ground is taken from under a document"
	return replace(known, sales_order=DocState.CANCELLED)


def _draft_delivery(order: Order, known: Known, decision: Decision) -> Known:
	assert known.sales_order is DocState.SUBMITTED and known.delivery_note is DocState.NONE
	assert not known.is_delivered, "nothing is left to deliver"
	return replace(known, delivery_note=DocState.DRAFT)


def _submit_delivery(order: Order, known: Known, decision: Decision) -> Known:
	assert known.delivery_note is DocState.DRAFT
	return replace(known, delivery_note=DocState.SUBMITTED, is_started=True, is_delivered=True)


def _draft_invoice(order: Order, known: Known, decision: Decision) -> Known:
	assert known.sales_order is DocState.SUBMITTED and known.sales_invoice is DocState.NONE
	assert not known.is_billed, "nothing is left to invoice"
	return replace(known, sales_invoice=DocState.DRAFT)


def _submit_invoice(order: Order, known: Known, decision: Decision) -> Known:
	assert known.sales_invoice is DocState.DRAFT
	return replace(known, sales_invoice=DocState.SUBMITTED, is_started=True, is_billed=True)


def _ask(order: Order, known: Known, decision: Decision) -> Known:
	assert decision.steps == (Step.ASK_PERSON,), "who asks a person does nothing else"
	assert decision.reason
	return known


_STEPS = {
	Step.CREATE_ORDER: _create,
	Step.SUBMIT_ORDER: _submit,
	Step.REBUILD_DRAFT: _rebuild,
	Step.REPLACE_ORDER: _replace,
	Step.MOVE_DEADLINE: _move,
	Step.DELETE_DRAFT: _delete,
	Step.CANCEL_ORDER: _cancel,
	Step.DRAFT_DELIVERY: _draft_delivery,
	Step.SUBMIT_DELIVERY: _submit_delivery,
	Step.DRAFT_INVOICE: _draft_invoice,
	Step.SUBMIT_INVOICE: _submit_invoice,
	Step.ASK_PERSON: _ask,
}
