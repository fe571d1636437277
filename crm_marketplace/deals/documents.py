"""Deals and ERPNext's documents: one made of the other, and the deal that follows its documents."""

from __future__ import annotations

from decimal import Decimal

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.mapper import get_mapped_doc
from frappe.query_builder.functions import Max
from frappe.utils import cint, flt, get_datetime, now_datetime, today
from pypika.terms import Case

from crm_marketplace.deals import stages, tasks
from crm_marketplace.deals.money import find_rate
from crm_marketplace.rules import deals as rules
from crm_marketplace.rules.deals import AmountFrom, Kind, Paper, WonOn
from crm_marketplace.rules.tasks import TaskKind

SAVEPOINT = "follow_expired"

# --- documents of a deal ---------------------------------------------------------------------------


def make_quotation(deal: str, target: Document | str | None = None) -> Document:
	"""A quotation for the deal's party with the deal's lines, not saved."""

	def finish(source: Document, quotation: Document) -> None:
		_require_party(source)
		quotation.quotation_to = source.party_type
		quotation.party_name = source.party
		quotation.contact_person = source.contact_person
		_complete(quotation)
		_tell_left_out(source)

	return get_mapped_doc("Deal", deal, _mapping("Quotation", "Quotation Item"), target, finish)


def make_sales_order(deal: str, target: Document | str | None = None) -> Document:
	"""A sales order for the deal's customer with the deal's lines, not saved.

	Raises:
		frappe.ValidationError: the party is no customer yet.
	"""

	def finish(source: Document, order: Document) -> None:
		order.customer = customer_of(source)
		order.delivery_date = source.expected_close or today()
		if get_datetime(order.delivery_date) < get_datetime(today()):
			order.delivery_date = today()
		for row in order.items:
			row.delivery_date = order.delivery_date
		_complete(order)
		_tell_left_out(source)

	return get_mapped_doc("Deal", deal, _mapping("Sales Order", "Sales Order Item"), target, finish)


def make_project(deal: str, target: Document | str | None = None) -> Document:
	"""A project named as the deal, for its customer if it has one, not saved."""

	def finish(source: Document, project: Document) -> None:
		project.project_name = source.title
		project.customer = source.party if source.party_type == "Customer" else None
		project.expected_end_date = source.expected_close

	return get_mapped_doc(
		"Deal",
		deal,
		{"Deal": {"doctype": "Project", "field_map": {"name": "deal"}, "field_no_map": ["status"]}},
		target,
		finish,
	)


def customer_of(deal: Document) -> str:
	"""The customer of a deal: its party, or the customer made of its lead or prospect."""
	_require_party(deal)
	if deal.party_type == "Customer":
		return deal.party
	field = {"Lead": "lead_name", "Prospect": "prospect_name"}.get(deal.party_type)
	found = field and frappe.db.get_value("Customer", {field: deal.party})
	if not found:
		frappe.throw(
			_("{0} is not a customer yet. Press Create → Customer first.").format(
				frappe.bold(frappe.utils.escape_html(deal.party_name or deal.party))
			),
			title=_("No Customer"),
		)
	return found


def make_customer(deal: str, target: Document | str | None = None) -> Document:
	"""A customer of the deal's lead or prospect, the way ERPNext makes one; not saved."""
	from erpnext.crm.doctype.lead.lead import make_customer as from_lead
	from erpnext.crm.doctype.prospect.prospect import make_customer as from_prospect

	source = frappe.get_doc("Deal", deal)
	source.check_permission("read")
	_require_party(source)
	make = {"Lead": from_lead, "Prospect": from_prospect}.get(source.party_type)
	if make is None:
		frappe.throw(_("The deal is with a customer already."))
	return make(source.party)


def _mapping(doctype: str, lines: str) -> dict:
	return {
		"Deal": {
			"doctype": doctype,
			"field_map": {"name": "deal", "currency": "currency"},
			# Same names, other meaning: ERPNext fills these from the party.
			"field_no_map": ["naming_series", "title", "source", "conversion_rate", "status", "items"],
		},
		"Deal Item": {
			"doctype": lines,
			"field_map": {"rate": "rate", "uom": "uom"},
			"condition": lambda row: bool(row.item_code),
		},
	}


def _complete(doc: Document) -> None:
	"""What ERPNext's own form would fill in; the rates of the deal stay."""
	rates = {row.idx: row.rate for row in doc.items}
	doc.flags.ignore_permissions = True
	doc.run_method("set_missing_values")
	for row in doc.items:
		if flt(rates.get(row.idx)):
			row.rate = rates[row.idx]
			row.price_list_rate = row.price_list_rate or row.rate
	doc.run_method("calculate_taxes_and_totals")
	doc.flags.ignore_permissions = False


def _tell_left_out(deal: Document) -> None:
	"""ERPNext's documents have lines with an Item only; who makes one must know which lines it lacks."""
	names = [frappe.utils.escape_html(row.item_name) for row in deal.items if not row.item_code]
	if names:
		frappe.msgprint(
			_(
				"These lines of the deal have no Item and are left out: {0}. Choose an Item for each in the deal, or add them here."
			).format(", ".join(frappe.bold(name) for name in names)),
			title=_("Lines Left Out"),
			indicator="orange",
		)


def _require_party(deal: Document) -> None:
	if not deal.party:
		frappe.throw(_("Choose who the deal is with first."), title=_("No Party"))


# --- the deal follows ------------------------------------------------------------------------------


def follow_document(doc: Document) -> None:
	"""A quotation or an order was changed: its deal follows it, and the one it belonged to before lets it go."""
	before = doc.get_doc_before_save()
	for deal in dict.fromkeys((doc.get("deal"), before and before.get("deal"))):
		if deal:
			follow(deal)


def follow_expired() -> int:
	"""Scheduler, hourly: open deals whose amount is that of a quotation that does not count any more. ERPNext writes
	"Expired" in bulk, and no document tells of it. Returns how many deals were looked at.
	"""
	names = _with_dead_quotation()
	for name in names:
		frappe.db.savepoint(SAVEPOINT)
		try:
			follow(name)
		except frappe.ValidationError:
			# What is wrong with this deal is for its manager to mend; the others go on.
			frappe.db.rollback(save_point=SAVEPOINT)
			frappe.log_error(
				title=_("A deal could not follow its quotations"),
				reference_doctype="Deal",
				reference_name=name,
			)
	return len(names)


def _with_dead_quotation() -> list[str]:
	"""Open deals with the amount of a quotation whose newest one is expired, or that have none at all. One query."""
	deal, quotation = frappe.qb.DocType("Deal"), frappe.qb.DocType("Quotation")
	alive = Max(Case().when(quotation.status.notin(rules.DEAD), quotation.creation))
	expired = Max(Case().when(quotation.status == "Expired", quotation.creation))
	return (
		frappe.qb.from_(deal)
		.left_join(quotation)
		.on((quotation.deal == deal.name) & (quotation.docstatus == 1))
		.select(deal.name)
		.where(
			deal.stage_kind.isin([str(Kind.OPEN), str(Kind.ON_HOLD)])
			& (deal.amount_from == str(AmountFrom.QUOTATION))
		)
		.groupby(deal.name)
		.having(alive.isnull() | (expired > alive))
	).run(pluck=True)


def follow(deal: str, without: str | None = None) -> None:
	"""Bring amount and stage of a deal to what its documents say. Nothing is written when nothing changes.

	Args:
		without: a document that is being deleted.
	"""
	if not frappe.db.exists("Deal", deal):
		return
	doc = frappe.get_doc("Deal", deal)
	pipeline = frappe.get_cached_doc("Deal Pipeline", doc.pipeline)
	verdict = rules.follow(
		Kind(doc.stage_kind),
		_papers(doc, without),
		won_on=WonOn(pipeline.won_on),
		lost_with_quotations=bool(cint(pipeline.lost_with_quotations)),
		amount_follows=bool(cint(pipeline.amount_follows_quotation)),
	)
	stage = stages.closing_of(doc.pipeline, verdict.kind) if verdict.kind else None
	if not _apply(doc, verdict, stage):
		return
	doc.flags.ignore_permissions = True  # whoever may submit the document, the deal follows it
	doc.flags.stage_follows = doc.flags.amount_follows = True
	doc.save()


def _apply(doc: Document, verdict: rules.Verdict, stage: str | None) -> bool:
	"""Put the verdict into the document; whether anything is different."""
	changed = False
	if verdict.amount is not None:
		amount = flt(verdict.amount, 2)
		if flt(doc.amount, 2) != amount or doc.amount_from != verdict.amount_from:
			doc.amount, doc.amount_from, changed = amount, str(verdict.amount_from), True
	elif doc.amount_from in (AmountFrom.QUOTATION, AmountFrom.SALES_ORDER):
		# No document says it any more: the amount stays as a person's word, or the lines give it again.
		doc.amount_from, changed = str(AmountFrom.HAND), True
	if stage and stage != doc.stage:
		doc.stage, changed = stage, True
	return changed


def _papers(deal: Document, without: str | None = None) -> list[Paper]:
	"""Quotations and orders of a deal, amounts in the deal's currency. Two queries, and those for rates.

	A document in a currency the books have no rate for counts for the stage, and for no amount.
	"""
	papers = []
	for doctype in ("Quotation", "Sales Order"):
		for row in frappe.get_all(
			doctype,
			filters={"deal": deal.name, "docstatus": ("<", 2)},
			fields=[
				"name",
				"docstatus",
				"status",
				"grand_total",
				"base_grand_total",
				"currency",
				"company",
				"transaction_date",
				"creation",
			],
		):
			if row.name == without:
				continue
			papers.append(
				Paper(doctype, row.docstatus == 1, row.status, _amount_in(deal.currency, row), row.creation)
			)
	return papers


def _amount_in(currency: str, row: frappe._dict) -> Decimal | None:
	"""A document's grand total in the currency of its deal. What the document itself says in its company's currency
	counts before the books' rates.
	"""
	own = frappe.get_cached_value("Company", row.company, "default_currency")
	if row.currency == currency:
		amount = flt(row.grand_total)
	elif own == currency:
		amount = flt(row.base_grand_total)
	elif rate := find_rate(row.currency, currency, row.transaction_date):
		amount = flt(row.grand_total) * rate
	elif rate := find_rate(own, currency, row.transaction_date):
		amount = flt(row.base_grand_total) * rate
	else:
		return None
	return Decimal(str(flt(amount, 2)))


def ask_about_cancelled(deal: str, order: str) -> None:
	"""The order that won a deal was cancelled: a person says what becomes of the deal. Asked once."""
	row = frappe.db.get_value("Deal", deal, ["stage_kind", "responsible"], as_dict=True)
	others = frappe.db.exists("Sales Order", {"deal": deal, "docstatus": 1, "name": ("!=", order)})
	asked = TaskKind.OTHER in tasks.open_kinds("Deal", deal)
	if not row or row.stage_kind != Kind.WON or others or asked:
		return
	tasks.add(
		"Deal",
		deal,
		_("Sales Order {0} was cancelled. Is the deal still won?").format(order),
		due_at=now_datetime().replace(microsecond=0),
		kind=TaskKind.OTHER,
		user=row.responsible,
		priority="High",
		by_system=True,
	)
