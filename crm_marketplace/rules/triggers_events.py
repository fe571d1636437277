"""What can set off a trigger, and which triggers an event sets off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as field_
from typing import Any

from crm_marketplace.integrations.errors import _
from crm_marketplace.rules.triggers_conditions import Facts, evaluate
from crm_marketplace.rules.triggers_values import same

ORDER, RETURN, REVIEW = "Marketplace Order", "Marketplace Return", "Marketplace Review"


@dataclass(frozen=True, slots=True)
class EventKind:
	"""One choice of "When".

	Args:
		moments: what has to happen: "insert", "change", "submit", "cancel", "comment", "message", "assign",
			"tick" (the clock), or the name of an announcement.
		asks: which fields of the trigger it uses, as the builder asks for them.
		document_type: where it is always the same.
		status: fixed change of a field: (field, value).
		date_field: fixed date field.
	"""

	label: str
	group: str
	help: str
	moments: tuple[str, ...]
	asks: tuple[str, ...] = ()
	document_type: str | None = None
	status: tuple[str, str] | None = None
	date_field: str | None = None
	has_document: bool = True


SHOP, DOCUMENT, CLOCK, OUTSIDE = _("In a shop"), _("In a document"), _("By the clock"), _("From outside")

EVENTS: dict[str, EventKind] = {
	"New Order": EventKind(
		_("New order in a shop"),
		SHOP,
		_("An order has come from a marketplace for the first time."),
		("insert",),
		document_type=ORDER,
	),
	"Order Status Changed": EventKind(
		_("Order changed its status"),
		SHOP,
		_("The marketplace moved an order: packed, shipped, delivered …"),
		("change",),
		("from", "to"),
		document_type=ORDER,
		status=("status", ""),
	),
	"Order Cancelled": EventKind(
		_("Order cancelled in a shop"),
		SHOP,
		_("The buyer or the marketplace took an order back."),
		("change",),
		document_type=ORDER,
		status=("status", "Cancelled"),
	),
	"Order On Hold": EventKind(
		_("Order waits for a person"),
		SHOP,
		_("An order could not be brought into ERPNext by itself."),
		("change",),
		document_type=ORDER,
		status=("state", "On Hold"),
	),
	"Ship By Approaching": EventKind(
		_("Ship-by time is near"),
		SHOP,
		_("An order that is still with us must be handed over soon."),
		("tick",),
		("duration",),
		document_type=ORDER,
		date_field="ship_by",
	),
	"Return Received": EventKind(
		_("Return came in a shop"),
		SHOP,
		_("A buyer sends goods back, or did not collect them."),
		("insert",),
		document_type=RETURN,
	),
	"Return Status Changed": EventKind(
		_("Return changed its state"),
		SHOP,
		_("Returned goods moved: on the way, waiting for you at a point, received …"),
		("change",),
		("from", "to"),
		document_type=RETURN,
		status=("state", ""),
	),
	"Review Below": EventKind(
		_("Review with few stars"),
		SHOP,
		_("A buyer wrote a review with so many stars or fewer."),
		("insert",),
		("stars",),
		document_type=REVIEW,
	),
	"Stock Below": EventKind(
		_("Stock is running out"),
		SHOP,
		_("Of an item there is less than so much, or less than so many days of sale."),
		("stock_moved",),
		("threshold",),
		document_type="Item",
	),
	"Price Held": EventKind(
		_("Price held back"),
		SHOP,
		_("A new price was not sent, because it leaps or leaves no margin."),
		("price_held",),
		document_type="Marketplace Listing",
	),
	"Stream Silent": EventKind(
		_("A shop has gone silent"),
		SHOP,
		_("A stream of a shop had no success for too long."),
		("stream_silent",),
		document_type="Marketplace Shop",
	),
	"Created": EventKind(_("Document created"), DOCUMENT, _("A new document was saved."), ("insert",)),
	"Changed": EventKind(
		_("Document changed"),
		DOCUMENT,
		_("Something in it changed, or one of the fields you choose."),
		("change",),
		("fields",),
	),
	"Status Changed": EventKind(
		_("Status or stage changed"),
		DOCUMENT,
		_("A field went from one value to another."),
		("change",),
		("field", "from", "to"),
	),
	"Submitted": EventKind(_("Document submitted"), DOCUMENT, _("It was submitted."), ("submit",)),
	"Cancelled": EventKind(_("Document cancelled"), DOCUMENT, _("It was cancelled in ERPNext."), ("cancel",)),
	"Comment Added": EventKind(
		_("Comment written"), DOCUMENT, _("Somebody wrote a comment on it."), ("comment",)
	),
	"Message Received": EventKind(
		_("Message received"), DOCUMENT, _("An e-mail or a message came in on it."), ("message",)
	),
	"Assigned": EventKind(_("Assigned to somebody"), DOCUMENT, _("It was given to a person."), ("assign",)),
	"Before or After a Date": EventKind(
		_("Before or after a date"),
		CLOCK,
		_("So long before or after the date in a field."),
		("tick",),
		("date_field", "duration", "direction"),
	),
	"No Change For": EventKind(
		_("In one status for too long"),
		CLOCK,
		_("It stays in a status for so long without moving on."),
		("insert", "change"),
		("field", "to", "duration"),
	),
	"Schedule": EventKind(
		_("On a schedule"),
		CLOCK,
		_("Every Monday at nine, every two hours: for all documents that fit, or once."),
		("tick",),
		("schedule",),
		has_document=False,
	),
	"Webhook Received": EventKind(
		_("Webhook received"),
		OUTSIDE,
		_("Another program called the secret address of this trigger."),
		("webhook",),
		("webhook",),
		has_document=False,
	),
}
WAITING_STATUSES = ("Pending", "Awaiting Packing", "Awaiting Shipment")
FREQUENCIES = {
	"Every Time": _("every time"),
	"Once per Document": _("once per document"),
	"Once per Hour": _("at most once an hour per document"),
	"Once per Day": _("at most once a day per document"),
	"Once per Week": _("at most once a week per document"),
	"Once per Month": _("at most once a month per document"),
}


@dataclass(frozen=True, slots=True)
class Rule:
	"""What the dispatcher needs of a trigger: plain, immutable, kept in memory."""

	name: str
	event: str
	document_type: str
	field: str = ""
	from_value: str = ""
	to_value: str = ""
	watched: tuple[str, ...] = ()
	duration: int = 0  # minutes
	threshold: float = 0
	conditions: Mapping[str, Any] | None = None
	frequency: str = "Every Time"
	priority: int = 0
	stop_others: bool = False
	# Fields of which one has to change; None: whichever. Known beforehand, for most saves end here.
	interest: frozenset[str] | None = field_(init=False, default=None)

	def __post_init__(self) -> None:
		if self.event == "Changed":
			found = self.watched
		else:
			found = (self.status_field,) if "change" in self.kind.moments else ()
		object.__setattr__(self, "interest", frozenset(found) or None)

	@property
	def kind(self) -> EventKind:
		return EVENTS[self.event]

	@property
	def status_field(self) -> str:
		return self.kind.status[0] if self.kind.status else self.field

	@property
	def wanted(self) -> str:
		return (self.kind.status and self.kind.status[1]) or self.to_value


@dataclass(frozen=True, slots=True)
class Match:
	"""A rule an event sets off. `certain` is False when conditions are left to look at."""

	rule: Rule
	certain: bool


def fires(rule: Rule, moment: str, facts: Facts) -> bool:
	"""Whether the event itself is the one the rule waits for; its conditions are another question."""
	if moment not in rule.kind.moments:
		return False
	changes = facts.changes
	if moment == "change" and (not changes or _is_indifferent(rule, changes)):
		return False
	if rule.event == "No Change For":
		return same(facts.doc.get(rule.field), rule.to_value)
	if rule.event == "Review Below":
		return (facts.doc.get("rating") or 0) <= rule.threshold
	if moment != "change" or rule.event == "Changed":
		return True
	old, new = changes[rule.status_field]
	return (not rule.from_value or same(old, rule.from_value)) and (not rule.wanted or same(new, rule.wanted))


def matches(rules: Iterable[Rule], moment: str, facts: Facts) -> list[Match]:
	"""The rules an event sets off, in their order (the index keeps them by priority)."""
	found: list[Match] = []
	of_changes = facts.changes if moment == "change" else None
	for rule in rules:
		if of_changes and _is_indifferent(rule, of_changes):
			continue
		if not fires(rule, moment, facts):
			continue
		answer = evaluate(rule.conditions, facts) if rule.conditions else True
		if answer is False:
			continue
		found.append(Match(rule, certain=answer is True))
		if rule.stop_others and answer is True:
			break
	return found


def _is_indifferent(rule: Rule, changes: Mapping[str, Any]) -> bool:
	return rule.interest is not None and rule.interest.isdisjoint(changes)


def by_priority(rules: Iterable[Rule]) -> Sequence[Rule]:
	"""The more important first; among equals the older (names count up)."""
	return tuple(sorted(rules, key=lambda rule: (-rule.priority, rule.name)))
