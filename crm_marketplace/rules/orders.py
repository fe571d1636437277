"""What an order of a marketplace means for ERPNext.

`decide` compares what the marketplace says now with what is already true in ERPNext and with the shop's
policy, and answers with the steps that make it true. It never undoes what people did: documents only
advance, and where the marketplace and a delivered document disagree it asks for a person.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import IntEnum

from crm_marketplace.integrations.records import Order, OrderLine, OrderStatus, Scheme, StrEnum
from crm_marketplace.rules.holds import Hold, _
from crm_marketplace.rules.lines import MappedItem, SalesLine, sales_lines, units


class Wanted(IntEnum):
	"""How far a document should be. Ordered: more is further."""

	NOTHING = 0
	DRAFT = 1
	SUBMITTED = 2

	@classmethod
	def read(cls, word: str | None) -> Wanted:
		return cls[(word or "Nothing").upper()]


@dataclass(frozen=True, slots=True)
class StatusPolicy:
	"""What one status makes."""

	sales_order: Wanted = Wanted.NOTHING
	delivery_note: Wanted = Wanted.NOTHING
	sales_invoice: Wanted = Wanted.NOTHING


# As installed: a submitted Sales Order once the order waits for packing, nothing more.
DEFAULT_POLICY: Mapping[OrderStatus, StatusPolicy] = {
	OrderStatus.PENDING: StatusPolicy(),
	OrderStatus.AWAITING_PACKING: StatusPolicy(sales_order=Wanted.SUBMITTED),
	OrderStatus.AWAITING_SHIPMENT: StatusPolicy(sales_order=Wanted.SUBMITTED),
	OrderStatus.SHIPPED: StatusPolicy(sales_order=Wanted.SUBMITTED),
	OrderStatus.DELIVERED: StatusPolicy(sales_order=Wanted.SUBMITTED),
	OrderStatus.DISPUTED: StatusPolicy(),
	OrderStatus.CANCELLED: StatusPolicy(),
	OrderStatus.RETURNED: StatusPolicy(),
}

# The seller ships these; what the marketplace ships itself never takes goods from our warehouses.
SHIPPED_BY_SELLER = frozenset({Scheme.FBS, Scheme.DBS, Scheme.EXPRESS})
ENDED = frozenset({OrderStatus.CANCELLED, OrderStatus.RETURNED})


@dataclass(frozen=True, slots=True)
class ShopRules:
	"""What the shop says about orders, as data.

	Args:
		warehouses: channel warehouse id → ERPNext warehouse orders take goods from; None when not mapped.
		start: orders placed before this (aware UTC) make no documents.
		currencies: currencies ERPNext can book for this company.
		problems: holds that concern every order of the shop (price list, taxes), decided by the site.
		items_may_repeat: the site lets an item stand in two rows of a Sales Order.
	"""

	company_currency: str
	policy: Mapping[OrderStatus, StatusPolicy] = field(default_factory=lambda: DEFAULT_POLICY)
	warehouses: Mapping[str, str | None] = field(default_factory=dict)
	default_warehouse: str | None = None
	start: datetime | None = None
	currencies: frozenset[str] = frozenset()
	problems: tuple[Hold, ...] = ()
	has_charges_account: bool = False
	items_may_repeat: bool = True


class DocState(StrEnum):
	NONE = "none"
	DRAFT = "draft"
	SUBMITTED = "submitted"
	CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Known:
	"""What is true in ERPNext for this order now.

	Args:
		sales_order: state of the Sales Order bound to it.
		fingerprint: of the goods and prices the Sales Order was made from (see `fingerprint`).
		ship_by: deadline the Sales Order carries (aware UTC), None if it never had one.
		is_started: something was picked, delivered or invoiced against the Sales Order.
		is_delivered: all of it was delivered, by whatever documents.
		is_billed: all of it was invoiced, by whatever documents.
		was_shipped: we have seen it shipped before, whatever it says now.
	"""

	sales_order: DocState = DocState.NONE
	delivery_note: DocState = DocState.NONE
	sales_invoice: DocState = DocState.NONE
	fingerprint: str | None = None
	ship_by: datetime | None = None
	is_started: bool = False
	is_delivered: bool = False
	is_billed: bool = False
	was_shipped: bool = False
	is_ignored: bool = False
	accepted_difference: bool = False

	@property
	def is_issued(self) -> bool:
		"""Goods or papers were issued for it: what they rest on may not be changed or taken away."""
		return (
			self.is_started
			or self.delivery_note is DocState.SUBMITTED
			or self.sales_invoice is DocState.SUBMITTED
		)

	@property
	def is_begun(self) -> bool:
		"""Somebody may be at work on a delivery or an invoice that is still a draft."""
		return DocState.DRAFT in (self.delivery_note, self.sales_invoice)


class Step(StrEnum):
	"""What the site has to do, in this order."""

	CREATE_ORDER = "create_order"
	REBUILD_DRAFT = "rebuild_draft"
	REPLACE_ORDER = "replace_order"
	MOVE_DEADLINE = "move_deadline"
	SUBMIT_ORDER = "submit_order"
	DELETE_DRAFT = "delete_draft"
	CANCEL_ORDER = "cancel_order"
	DRAFT_DELIVERY = "draft_delivery"
	SUBMIT_DELIVERY = "submit_delivery"
	DRAFT_INVOICE = "draft_invoice"
	SUBMIT_INVOICE = "submit_invoice"
	ASK_PERSON = "ask_person"


@dataclass(frozen=True, slots=True)
class Decision:
	"""What should be done with an order. With a hold there are no steps.

	`reason` is an English source sentence (marked for translation) saying why, with `values` for its marks.
	"""

	steps: tuple[Step, ...] = ()
	hold: Hold | None = None
	reason: str = ""
	values: tuple[str, ...] = ()
	lines: tuple[SalesLine, ...] = ()
	warehouse: str | None = None
	charges: Decimal = Decimal(0)
	fingerprint: str = ""

	@property
	def changes_something(self) -> bool:
		return bool(self.steps)


def decide(
	order: Order, known: Known, rules: ShopRules, mapping: Mapping[str, tuple[MappedItem, ...]]
) -> Decision:
	"""What should become of `order`.

	Args:
		mapping: offer id → items it stands for; missing or empty when nothing is linked.
	"""
	print_ = fingerprint(order)
	if known.is_ignored:
		return Decision(reason=_("A person decided to ignore this order."), fingerprint=print_)
	if order.scheme not in SHIPPED_BY_SELLER:
		return Decision(
			reason=_("The marketplace ships this order from its own warehouse."), fingerprint=print_
		)
	if order.status in ENDED:
		return _end(order, known, print_)
	if rules.start and order.created_at < rules.start and known.sales_order is DocState.NONE:
		return Decision(
			reason=_("The order is older than the date the shop imports from."), fingerprint=print_
		)
	wanted = rules.policy.get(order.status, StatusPolicy())
	if not _wants_anything(wanted) and known.sales_order in (DocState.NONE, DocState.CANCELLED):
		return Decision(reason=_("By the shop's policy this status makes nothing."), fingerprint=print_)
	return _advance(order, known, rules, mapping, wanted, print_)


def fingerprint(order: Order) -> str:
	"""Of everything that goes into the Sales Order's lines: changes of status or deadline do not count,
	nor does the order in which a marketplace lists lines and charges."""
	parts = [
		order.currency,
		order.warehouse_id,
		sorted(
			[line.line_id, line.offer_id, str(line.quantity), str(line.price.amount)] for line in order.lines
		),
		sorted([charge.kind, str(charge.amount.amount)] for charge in order.charges),
	]
	return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:32]


# --- inside ----------------------------------------------------------------------------------------


def _end(order: Order, known: Known, print_: str) -> Decision:
	"""Cancelled or returned at the marketplace."""
	if known.sales_order in (DocState.NONE, DocState.CANCELLED):
		return Decision(
			reason=_("The order is {0} at the marketplace and has no Sales Order."),
			values=(order.status.value,),
			fingerprint=print_,
		)
	after_shipping = bool(order.cancellation and order.cancellation.after_shipping) or known.was_shipped
	if known.is_issued:
		return Decision(
			steps=(Step.ASK_PERSON,),
			reason=_("The order was cancelled at the marketplace, but goods were already issued in ERPNext."),
			fingerprint=print_,
		)
	if known.is_begun:
		return Decision(
			steps=(Step.ASK_PERSON,),
			reason=_(
				"The order was cancelled at the marketplace, but a delivery or an invoice was begun in ERPNext."
			),
			fingerprint=print_,
		)
	if after_shipping or order.status is OrderStatus.RETURNED:
		return Decision(
			steps=(Step.ASK_PERSON,),
			reason=_("The order was cancelled after shipping: the goods are on their way back."),
			fingerprint=print_,
		)
	step = Step.DELETE_DRAFT if known.sales_order is DocState.DRAFT else Step.CANCEL_ORDER
	return Decision(
		steps=(step,), reason=_("The order was cancelled at the marketplace."), fingerprint=print_
	)


def _advance(
	order: Order,
	known: Known,
	rules: ShopRules,
	mapping: Mapping[str, tuple[MappedItem, ...]],
	wanted: StatusPolicy,
	print_: str,
) -> Decision:
	changed = known.fingerprint is not None and known.fingerprint != print_
	needs_lines = known.sales_order in (DocState.NONE, DocState.CANCELLED) or changed
	if changed and known.sales_order is DocState.SUBMITTED and (known.is_issued or known.is_begun):
		return Decision(
			steps=(Step.ASK_PERSON,),
			reason=_("The marketplace changed the goods of the order after they were issued in ERPNext.")
			if known.is_issued
			else _(
				"The marketplace changed the goods of the order after a delivery or an invoice was begun in ERPNext."
			),
			fingerprint=print_,
		)
	if known.sales_order is DocState.CANCELLED:
		return Decision(
			steps=(Step.ASK_PERSON,),
			reason=_("The order is open at the marketplace, but its Sales Order was cancelled in ERPNext."),
			fingerprint=print_,
		)
	if needs_lines:
		hold = _find_hold(order, known, rules, mapping)
		if hold:
			return Decision(hold=hold, fingerprint=print_)
	steps = _steps(order, known, wanted, changed)
	lines = sales_lines(order, mapping, items_may_repeat=rules.items_may_repeat) if needs_lines else ()
	return Decision(
		steps=steps,
		reason=_("The order is {0} at the marketplace.") if steps else _("Nothing to change."),
		values=(order.status.value,) if steps else (),
		lines=lines,
		warehouse=_warehouse(order, rules),
		charges=sum((charge.amount.amount for charge in order.charges), Decimal(0)),
		fingerprint=print_,
	)


def _steps(order: Order, known: Known, wanted: StatusPolicy, changed: bool) -> tuple[Step, ...]:
	steps: list[Step] = []
	target = wanted.sales_order
	if wanted.delivery_note or wanted.sales_invoice:
		target = Wanted.SUBMITTED  # a delivery or an invoice needs a submitted order under it
	if known.sales_order is DocState.NONE:
		if target:
			steps.append(Step.CREATE_ORDER)
			if target is Wanted.SUBMITTED:
				steps.append(Step.SUBMIT_ORDER)
	elif changed:
		steps.append(Step.REBUILD_DRAFT if known.sales_order is DocState.DRAFT else Step.REPLACE_ORDER)
	elif order.ship_by and known.ship_by != order.ship_by and not known.is_issued:
		steps.append(Step.MOVE_DEADLINE)
	if known.sales_order is DocState.DRAFT and target is Wanted.SUBMITTED:
		steps.append(Step.SUBMIT_ORDER)
	if wanted.delivery_note and known.delivery_note is DocState.NONE and not known.is_delivered:
		steps.append(Step.DRAFT_DELIVERY)
	if wanted.delivery_note is Wanted.SUBMITTED and (
		Step.DRAFT_DELIVERY in steps or known.delivery_note is DocState.DRAFT
	):
		steps.append(Step.SUBMIT_DELIVERY)
	if wanted.sales_invoice and known.sales_invoice is DocState.NONE and not known.is_billed:
		steps.append(Step.DRAFT_INVOICE)
	if wanted.sales_invoice is Wanted.SUBMITTED and (
		Step.DRAFT_INVOICE in steps or known.sales_invoice is DocState.DRAFT
	):
		steps.append(Step.SUBMIT_INVOICE)
	return tuple(steps)


def _wants_anything(wanted: StatusPolicy) -> bool:
	return bool(wanted.sales_order or wanted.delivery_note or wanted.sales_invoice)


def _warehouse(order: Order, rules: ShopRules) -> str | None:
	if order.warehouse_id and order.warehouse_id in rules.warehouses:
		return rules.warehouses[order.warehouse_id]
	return rules.default_warehouse if not order.warehouse_id else None


def _find_hold(
	order: Order, known: Known, rules: ShopRules, mapping: Mapping[str, tuple[MappedItem, ...]]
) -> Hold | None:
	"""The first thing that keeps the order from becoming a Sales Order."""
	return (
		_bad_lines(order, mapping)
		or _bad_mapping(order, mapping)
		or _bad_shop(order, rules)
		or _bad_total(order, known)
	)


def _bad_lines(order: Order, mapping: Mapping[str, tuple[MappedItem, ...]]) -> Hold | None:
	if not order.lines:
		return Hold("no_lines")
	for line in order.lines:
		if line.quantity <= 0:
			return _bad_quantity(line, line.quantity, line.title or line.offer_id)
		for item in mapping.get(line.offer_id, ()):
			taken = units(line, item)
			if taken <= 0 or (item.whole_units and taken != taken.to_integral_value()):
				return _bad_quantity(line, taken, item.item_code)
	return None


def _bad_quantity(line: OrderLine, quantity: Decimal, of_what: str) -> Hold:
	return Hold("bad_quantity", (f"{quantity.normalize():f}", of_what), {"line_id": line.line_id})


def _bad_mapping(order: Order, mapping: Mapping[str, tuple[MappedItem, ...]]) -> Hold | None:
	missing = [line for line in order.lines if not mapping.get(line.offer_id)]
	if missing:
		offers = list(dict.fromkeys(line.offer_id for line in missing))
		return Hold(
			"unknown_product",
			(", ".join(offers),),
			{
				"offers": [
					{
						"offer_id": line.offer_id,
						"title": line.title,
						"marketplace_ids": dict(line.marketplace_ids),
					}
					for line in missing
				]
			},
		)
	for line in order.lines:
		for item in mapping[line.offer_id]:
			if item.is_disabled:
				return Hold(
					"item_disabled", (item.item_code,), {"item": item.item_code, "offer_id": line.offer_id}
				)
			if item.is_template:
				return Hold(
					"item_is_template", (item.item_code,), {"item": item.item_code, "offer_id": line.offer_id}
				)
	return None


def _bad_shop(order: Order, rules: ShopRules) -> Hold | None:
	if rules.problems:
		return rules.problems[0]
	if not _warehouse(order, rules):
		return Hold(
			"warehouse_missing", (order.warehouse_id or "-",), {"channel_warehouse_id": order.warehouse_id}
		)
	if order.currency != rules.company_currency and order.currency not in rules.currencies:
		return Hold("currency_missing", (order.currency,), {"currency": order.currency})
	charges = sum((charge.amount.amount for charge in order.charges), Decimal(0))
	if charges and not rules.has_charges_account:
		return Hold("charges_account_missing", (f"{charges} {order.currency}",))
	return None


def _bad_total(order: Order, known: Known) -> Hold | None:
	stated = order.stated_total
	if stated is None or stated.currency != order.currency or known.accepted_difference:
		return None  # a total in the buyer's currency cannot be compared
	difference = stated.amount - order.total.amount
	if difference:
		return Hold("stated_total_differs", (str(stated), str(order.total)), {"difference": str(difference)})
	return None
