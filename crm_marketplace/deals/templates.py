"""Ready pipelines, loss reasons and tasks: data a person takes with one click and then owns.

Texts are written into records in the language of whoever takes them; nothing reads them back by name.
"""

from __future__ import annotations

from dataclasses import dataclass, field


def _(text: str) -> str:
	"""Mark for translation; it is translated when the records are made."""
	return text


@dataclass(frozen=True, slots=True)
class Task:
	subject: str
	kind: str = "Other"
	after_hours: int = 24


@dataclass(frozen=True, slots=True)
class Step:
	"""A stage: title, kind, probability (0–100), colour, days allowed (0: any), what it asks for, its tasks."""

	title: str
	probability: int
	color: str
	kind: str = "Open"
	days: int = 0
	required: tuple[str, ...] = ()
	tasks: tuple[Task, ...] = ()


@dataclass(frozen=True, slots=True)
class Template:
	key: str
	title: str
	description: str
	steps: tuple[Step, ...] = field(default_factory=tuple)
	won_on: str = "Sales Order submitted"
	lost_with_quotations: bool = False
	amount_follows_quotation: bool = True


GRAY, BLUE, CYAN, PURPLE = "#8D99A6", "#449CF0", "#2AA7B8", "#8B5CF6"
SKY, AMBER, ORANGE, GREEN, RED = "#38BDF8", "#E8A317", "#F0803C", "#28A745", "#E24C4C"

LOST = Step(_("Lost"), 0, RED, "Lost", required=("loss_reason",))

TEMPLATES: tuple[Template, ...] = (
	Template(
		"wholesale",
		_("Wholesale"),
		_("From the first request to the paid order, with a quotation in between."),
		(
			Step(_("New request"), 10, GRAY, days=2, tasks=(Task(_("Call the customer back"), "Call", 2),)),
			Step(_("Needs are clear"), 25, BLUE, days=5, required=("party", "expected_close")),
			Step(
				_("Quotation sent"),
				50,
				PURPLE,
				days=7,
				required=("amount",),
				tasks=(Task(_("Ask what they think of the quotation"), "Call", 48),),
			),
			Step(_("Terms are agreed"), 75, AMBER, days=10),
			Step(_("Won"), 100, GREEN, "Won", required=("amount",)),
			LOST,
		),
	),
	Template(
		"marketplace_supply",
		_("Marketplace supply"),
		_("Goods for a marketplace: supplier found, sample checked, price agreed, card and first delivery."),
		(
			Step(
				_("Product found"), 10, GRAY, days=7, tasks=(Task(_("Write to the supplier"), "Letter", 24),)
			),
			Step(_("Supplier answers"), 25, BLUE, days=10, required=("supplier",)),
			Step(_("Sample is checked"), 45, PURPLE, days=21),
			Step(_("Price and margin agreed"), 60, AMBER, days=10, required=("amount",)),
			Step(_("Card is ready"), 75, SKY, days=10),
			Step(_("Delivery on its way"), 90, CYAN, days=45, required=("expected_close", "carrier")),
			Step(_("On sale"), 100, GREEN, "Won"),
			Step(_("Paused"), 20, ORANGE, "On Hold", tasks=(Task(_("Look at it again"), "Other", 24 * 14),)),
			LOST,
		),
		won_on="By hand",
		amount_follows_quotation=False,
	),
	Template(
		"b2b_services",
		_("B2B services"),
		_("Ten steps from finding contacts to won, paused or lost."),
		(
			Step(
				_("Find contacts"),
				5,
				GRAY,
				days=5,
				tasks=(Task(_("Find who decides and how to reach them"), "Other", 24),),
			),
			Step(
				_("First contact"),
				10,
				BLUE,
				days=5,
				required=("party",),
				tasks=(Task(_("Call and introduce ourselves"), "Call", 24),),
			),
			Step(_("Interest is confirmed"), 20, SKY, days=7, required=("contact_person",)),
			Step(_("Meeting"), 35, PURPLE, days=10, tasks=(Task(_("Hold the meeting"), "Meeting", 24 * 3),)),
			Step(_("Proposal sent"), 50, AMBER, days=7, required=("amount", "expected_close")),
			Step(_("Negotiation"), 65, ORANGE, days=14),
			Step(_("Contract"), 85, CYAN, days=10, tasks=(Task(_("Send the contract"), "Letter", 24),)),
			Step(_("Won"), 100, GREEN, "Won", required=("amount",)),
			Step(
				_("Paused"),
				20,
				GRAY,
				"On Hold",
				tasks=(Task(_("Remind them of ourselves"), "Call", 24 * 30),),
			),
			LOST,
		),
		lost_with_quotations=True,
	),
	Template(
		"recruiting",
		_("Recruiting"),
		_("A vacancy as a deal: candidates, interviews, offer, first day."),
		(
			Step(_("Vacancy is open"), 10, GRAY, days=7),
			Step(_("Candidates found"), 25, BLUE, days=14),
			Step(
				_("Interviews"),
				45,
				PURPLE,
				days=14,
				tasks=(Task(_("Hold the interview"), "Meeting", 24 * 2),),
			),
			Step(_("Offer made"), 80, AMBER, days=5, tasks=(Task(_("Ask for the answer"), "Call", 48),)),
			Step(_("First day"), 100, GREEN, "Won"),
			Step(_("Paused"), 10, ORANGE, "On Hold"),
			LOST,
		),
		won_on="By hand",
		amount_follows_quotation=False,
	),
)

LOSS_REASONS: tuple[str, ...] = (
	_("Too expensive"),
	_("Chose a competitor"),
	_("No need any more"),
	_("No answer"),
	_("Terms do not suit"),
	_("Not our customer"),
)
