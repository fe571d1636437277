"""Where events come from: one query per source, each along an index, each with the same columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import frappe
from frappe.query_builder.functions import Coalesce
from pypika.terms import Criterion

from crm_marketplace.deals.story import trade
from crm_marketplace.deals.story.source import Query, Source, cut, hangs_on
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


_SOURCES: tuple[tuple[Event, Callable[[Subject], Iterator[Source]]], ...] = (
	(Event.CALL, _calls),
	(Event.CHANGE, _changes),
	(Event.COMMENT, _comments),
	(Event.DEAL, _deals),
	(Event.DELIVERY, trade.deliveries),
	(Event.FILE, _files),
	(Event.INVOICE, trade.invoices),
	(Event.LETTER, _letters),
	(Event.ORDER, trade.orders),
	(Event.PAYMENT, trade.payments),
	(Event.QUOTATION, trade.quotations),
	(Event.RETURN, trade.returns),
	(Event.STAGE, _stages),
	(Event.TASK, _tasks),
)
