"""Where events come from: one query per source, each along an index, each with the same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import frappe
from frappe.query_builder.functions import Coalesce
from pypika.terms import Criterion, Term

from crm_marketplace.deals.story.source import Query, Source, cut, hangs_on, moment, restricted
from crm_marketplace.deals.story.subjects import Subject
from crm_marketplace.rules.story import Event, Place


def queries(subject: Subject, kinds: frozenset[str], size: int, after: Place | None) -> list[Query]:
	"""The queries of all sources that tell of these kinds (none given: all), for what the reader may read."""
	return [
		source.finished(size, after)
		for kind, make in _SOURCES
		if not kinds or str(kind) in kinds
		for source in make(subject)
	]


# --- what hangs on documents -------------------------------------------------------------------------


def _letters(subject: Subject) -> Iterator[Source]:
	letter, link = frappe.qb.DocType("Communication"), frappe.qb.DocType("Communication Link")
	shown = letter.communication_type.isin(["Communication", "Automated Message"])
	direct = hangs_on(letter.reference_doctype, letter.reference_name, subject.references)

	def source(criterion: Criterion) -> Source:
		return (
			Source(Event.LETTER, letter, letter.communication_date)
			.tell(
				document_type="Communication",
				document_name=letter.name,
				title=letter.subject,
				status=letter.sent_or_received,
				user=letter.sender,
				text=cut(letter.content),
			)
			.where(criterion & shown)
		)

	yield source(direct)
	# A letter of a contact, or one a deal was made of, that hangs on something else or on nothing at all.
	linked = {"Contact": subject.contacts} if subject.contacts else {}
	linked[subject.doctype] = [subject.name, *linked.get(subject.doctype, [])]
	if subject.deals:
		linked["Deal"] = subject.deals
	through = (
		frappe.qb.from_(link)
		.select(link.parent)
		.where((link.parenttype == "Communication") & hangs_on(link.link_doctype, link.link_name, linked))
	)
	elsewhere = hangs_on(
		Coalesce(letter.reference_doctype, ""), Coalesce(letter.reference_name, ""), subject.references
	).negate()
	yield source(letter.name.isin(through) & elsewhere)


def _calls(subject: Subject) -> Iterator[Source]:
	if not frappe.has_permission("Call Log", "read"):
		return
	call, link = frappe.qb.DocType("Call Log"), frappe.qb.DocType("Dynamic Link")
	linked = {**subject.references, **({"Contact": subject.contacts} if subject.contacts else {})}
	through = (
		frappe.qb.from_(link)
		.select(link.parent)
		.where((link.parenttype == "Call Log") & hangs_on(link.link_doctype, link.link_name, linked))
	)
	yield (
		Source(Event.CALL, call, Coalesce(call.start_time, call.creation))
		.tell(
			document_type="Call Log",
			document_name=call.name,
			title=call.type,
			status=call.status,
			amount=call.duration,
			user=call.employee_user_id,
			text=cut(call.summary),
		)
		.where(call.name.isin(through))
	)


def _comments(subject: Subject) -> Iterator[Source]:
	comment = frappe.qb.DocType("Comment")
	yield (
		Source(Event.COMMENT, comment, comment.creation)
		.tell(
			document_type=comment.reference_doctype,
			document_name=comment.reference_name,
			user=comment.comment_email,
			text=cut(comment.content),
		)
		.where(hangs_on(comment.reference_doctype, comment.reference_name, subject.references))
		.where(comment.comment_type == "Comment")
	)


def _tasks(subject: Subject) -> Iterator[Source]:
	task = frappe.qb.DocType("ToDo")
	yield (
		Source(Event.TASK, task, task.modified)
		.tell(
			document_type="ToDo",
			document_name=task.name,
			title=task.task_kind,
			status=task.status,
			user=task.allocated_to,
			text=cut(task.description),
		)
		.where(hangs_on(task.reference_type, task.reference_name, subject.references))
	)


def _files(subject: Subject) -> Iterator[Source]:
	file = frappe.qb.DocType("File")
	yield (
		Source(Event.FILE, file, file.creation)
		.tell(
			document_type="File",
			document_name=file.name,
			title=file.file_name,
			user=file.owner,
			text=file.file_url,
		)
		.where(hangs_on(file.attached_to_doctype, file.attached_to_name, subject.references))
	)


def _changes(subject: Subject) -> Iterator[Source]:
	"""Changes of fields: of the document itself only, or they would drown the rest."""
	version = frappe.qb.DocType("Version")
	yield (
		Source(Event.CHANGE, version, version.creation)
		.tell(
			document_type=version.ref_doctype,
			document_name=version.docname,
			user=version.owner,
			text=version.data,
		)
		.where((version.ref_doctype == subject.doctype) & (version.docname == subject.name))
	)


# --- deals -------------------------------------------------------------------------------------------


def _deals(subject: Subject) -> Iterator[Source]:
	if not subject.deals:
		return
	deal = frappe.qb.DocType("Deal")
	yield (
		Source(Event.DEAL, deal, deal.creation)
		.tell(
			document_type="Deal",
			document_name=deal.name,
			title=deal.title,
			status=deal.stage_kind,
			amount=deal.amount,
			currency=deal.currency,
			user=deal.owner,
		)
		.where(deal.name.isin(subject.deals))
	)


def _stages(subject: Subject) -> Iterator[Source]:
	if not subject.deals:
		return
	change, stage = frappe.qb.DocType("Deal Stage Change"), frappe.qb.DocType("Deal Stage")
	deal = frappe.qb.DocType("Deal")
	source = Source(Event.STAGE, change, change.entered_at)
	source.query = (
		source.query.join(stage).on(stage.name == change.stage).join(deal).on(deal.name == change.parent)
	)
	yield (
		source.tell(
			document_type="Deal",
			document_name=change.parent,
			title=stage.stage_name,
			status=stage.kind,
			amount=change.amount,
			currency=deal.currency,
			user=change.user,
			text=deal.title,
		)
		.where(change.parent.isin(subject.deals))
		.where(change.parenttype == "Deal")
		.where(change.from_stage.isnotnull())
	)


# --- ERPNext's documents -----------------------------------------------------------------------------


def _quotations(subject: Subject) -> Iterator[Source]:
	table = frappe.qb.DocType("Quotation")
	for criterion in _of_parties(table, subject, "party_name", "quotation_to"):
		yield from _documents(Event.QUOTATION, "Quotation", table, table.transaction_date, criterion)


def _orders(subject: Subject) -> Iterator[Source]:
	table = frappe.qb.DocType("Sales Order")
	for criterion in _of_customers(table, subject):
		# An order of a shop tells of itself below, with the marketplace's own status.
		own = Coalesce(table.marketplace_order, "") == ""
		yield from _documents(Event.ORDER, "Sales Order", table, table.transaction_date, criterion & own)
	if not frappe.has_permission("Marketplace Order", "read"):
		return
	order = frappe.qb.DocType("Marketplace Order")
	of_subject = None
	if subject.customers:
		of_subject = order.customer.isin(subject.customers)
	elif subject.is_deal:
		deal = frappe.qb.DocType("Deal")
		of_subject = order.name.isin(
			frappe.qb.from_(deal).select(deal.marketplace_order).where(deal.name == subject.name)
		)
	if of_subject is not None:
		yield restricted(
			Source(Event.ORDER, order, order.ordered_at)
			.tell(
				document_type="Marketplace Order",
				document_name=order.name,
				title=order.order_number,
				status=order.status,
				amount=order.total,
				currency=order.currency,
				text=order.shop,
			)
			.where(of_subject),
			"Marketplace Order",
		)


def _deliveries(subject: Subject) -> Iterator[Source]:
	table = frappe.qb.DocType("Delivery Note")
	if subject.customers:
		criterion = table.customer.isin(subject.customers) & (table.is_return == 0)
		yield from _documents(Event.DELIVERY, "Delivery Note", table, table.posting_date, criterion)


def _invoices(subject: Subject) -> Iterator[Source]:
	table = frappe.qb.DocType("Sales Invoice")
	if subject.customers:
		criterion = table.customer.isin(subject.customers) & (table.is_return == 0)
		yield from _documents(Event.INVOICE, "Sales Invoice", table, table.posting_date, criterion)


def _returns(subject: Subject) -> Iterator[Source]:
	if not subject.customers:
		return
	for doctype in ("Sales Invoice", "Delivery Note"):
		table = frappe.qb.DocType(doctype)
		criterion = table.customer.isin(subject.customers) & (table.is_return == 1)
		yield from _documents(Event.RETURN, doctype, table, table.posting_date, criterion)
	if not frappe.has_permission("Marketplace Return", "read"):
		return
	back = frappe.qb.DocType("Marketplace Return")
	yield restricted(
		Source(Event.RETURN, back, Coalesce(back.opened_at, back.creation))
		.tell(
			document_type="Marketplace Return",
			document_name=back.name,
			title=back.external_id,
			status=back.state,
			amount=back.refund,
			currency=back.currency,
			text=back.goods,
		)
		.where(back.customer.isin(subject.customers)),
		"Marketplace Return",
	)


def _payments(subject: Subject) -> Iterator[Source]:
	if not subject.customers or not frappe.has_permission("Payment Entry", "read"):
		return
	table = frappe.qb.DocType("Payment Entry")
	yield restricted(
		Source(Event.PAYMENT, table, moment(table.posting_date, table.creation))
		.tell(
			document_type="Payment Entry",
			document_name=table.name,
			title=table.name,
			status=table.status,
			amount=table.paid_amount,
			currency=table.paid_from_account_currency,
			user=table.owner,
			text=table.payment_type,
		)
		.where(
			(table.party_type == "Customer") & table.party.isin(subject.customers) & (table.docstatus < 2)
		),
		"Payment Entry",
	)


def _documents(kind: Event, doctype: str, table, day: Term, criterion: Criterion) -> Iterator[Source]:
	if not frappe.has_permission(doctype, "read"):
		return
	yield restricted(
		Source(kind, table, moment(day, table.creation))
		.tell(
			document_type=doctype,
			document_name=table.name,
			title=table.name,
			status=table.status,
			amount=table.grand_total,
			currency=table.currency,
			user=table.owner,
		)
		.where(criterion & (table.docstatus < 2)),
		doctype,
	)


def _of_parties(table, subject: Subject, party: str, party_type: str) -> Iterator[Criterion]:
	"""Of the deal; or of each party the story is about."""
	if subject.is_deal:
		yield table.deal == subject.name
	if subject.customers:
		yield (table[party_type] == "Customer") & table[party].isin(subject.customers)
	if subject.leads:
		yield (table[party_type] == "Lead") & table[party].isin(subject.leads)
	if subject.doctype == "Prospect":
		yield (table[party_type] == "Prospect") & (table[party] == subject.name)


def _of_customers(table, subject: Subject) -> Iterator[Criterion]:
	if subject.is_deal:
		yield table.deal == subject.name
	if subject.customers:
		yield table.customer.isin(subject.customers)


_SOURCES: tuple[tuple[Event, Callable[[Subject], Iterator[Source]]], ...] = (
	(Event.CALL, _calls),
	(Event.CHANGE, _changes),
	(Event.COMMENT, _comments),
	(Event.DEAL, _deals),
	(Event.DELIVERY, _deliveries),
	(Event.FILE, _files),
	(Event.INVOICE, _invoices),
	(Event.LETTER, _letters),
	(Event.ORDER, _orders),
	(Event.PAYMENT, _payments),
	(Event.QUOTATION, _quotations),
	(Event.RETURN, _returns),
	(Event.STAGE, _stages),
	(Event.TASK, _tasks),
)
