"""What an order of a marketplace makes in ERPNext."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_marketplace.integrations.records import Cancellation, OrderStatus, Scheme
from crm_marketplace.rules.orders import (
	DEFAULT_POLICY,
	ENDED,
	DocState,
	Known,
	StatusPolicy,
	Step,
	Wanted,
	decide,
	fingerprint,
)
from tests.unit.rules.books import LEVELS, carry_out
from tests.unit.rules.build import MAPPING, PLACED, SHIP_BY, STORES, charge, item, line, order, shop

NONE, DRAFT, SUBMITTED, CANCELLED = DocState
LATER = SHIP_BY + timedelta(days=1)
MAKE = (Step.CREATE_ORDER, Step.SUBMIT_ORDER)
ASK = (Step.ASK_PERSON,)
CELLS = list(product(OrderStatus, DocState))


def known(sales_order: DocState = NONE, **changes) -> Known:
	"""A Sales Order as this app made it of `order()`."""
	if sales_order is NONE:
		return Known(**changes)
	made = {"fingerprint": fingerprint(order()), "ship_by": SHIP_BY}
	return Known(sales_order=sales_order, **{**made, **changes})


def steps(an_order=None, what: Known | None = None, rules=None) -> tuple[Step, ...]:
	decision = decide(an_order or order(), what or Known(), rules or shop(), MAPPING)
	assert decision.hold is None
	return decision.steps


def policy(status: OrderStatus, *wanted: Wanted):
	"""A shop where one status makes this: Sales Order, Delivery Note, Sales Invoice."""
	return shop(policy={**DEFAULT_POLICY, status: StatusPolicy(*wanted)})


# --- as installed ----------------------------------------------------------------------------------

# Status → steps where there is no Sales Order, a draft, a submitted and a cancelled one.
AS_INSTALLED = {
	OrderStatus.PENDING: ((), (), (), ()),
	OrderStatus.AWAITING_PACKING: (MAKE, (Step.SUBMIT_ORDER,), (), ASK),
	OrderStatus.AWAITING_SHIPMENT: (MAKE, (Step.SUBMIT_ORDER,), (), ASK),
	OrderStatus.SHIPPED: (MAKE, (Step.SUBMIT_ORDER,), (), ASK),
	OrderStatus.DELIVERED: (MAKE, (Step.SUBMIT_ORDER,), (), ASK),
	OrderStatus.DISPUTED: ((), (), (), ()),
	OrderStatus.CANCELLED: ((), (Step.DELETE_DRAFT,), (Step.CANCEL_ORDER,), ()),
	OrderStatus.RETURNED: ((), ASK, ASK, ()),
}


def test_the_installed_policy_speaks_of_every_status():
	assert set(AS_INSTALLED) == set(OrderStatus) == set(DEFAULT_POLICY)


@pytest.mark.parametrize(("status", "state"), CELLS)
def test_what_a_status_makes_as_installed(status, state):
	expected = dict(zip(DocState, AS_INSTALLED[status], strict=True))[state]
	assert steps(order(status=status), known(state)) == expected


@pytest.mark.parametrize("status", [status for status in OrderStatus if status not in ENDED])
@pytest.mark.parametrize("state", [NONE, DRAFT, SUBMITTED])
@pytest.mark.parametrize(
	"wanted", list(product(Wanted, repeat=3)), ids=lambda three: "-".join(w.name for w in three)
)
def test_documents_come_as_far_as_the_policy_wants_and_never_back(status, state, wanted):
	rules = policy(status, *wanted)
	before = known(state)
	after = carry_out(order(), before, decide(order(status=status), before, rules, MAPPING))
	sales_order, delivery, invoice = wanted
	if delivery or invoice:
		sales_order = Wanted.SUBMITTED  # both rest on a submitted Sales Order
	assert LEVELS[after.sales_order] == max(LEVELS[state], sales_order)
	assert LEVELS[after.delivery_note] == delivery
	assert LEVELS[after.sales_invoice] == invoice


def test_a_status_the_policy_does_not_name_makes_nothing():
	assert steps(rules=shop(policy={})) == ()


def test_words_of_the_policy_table_are_read():
	assert [Wanted.read(word) for word in ("Nothing", "Draft", "Submitted", None, "")] == [0, 1, 2, 0, 0]


# --- what makes no document ------------------------------------------------------------------------


def test_a_new_order_is_made_with_its_rows_warehouse_and_charges():
	rich = order(
		lines=(line("A", 2, "649"), line("B", 1, "10.50")), charges=(charge("99"), charge("-9", "x"))
	)
	decision = decide(rich, Known(), shop(has_charges_account=True), MAPPING)
	assert decision.steps == MAKE
	assert [(row.item_code, row.qty, str(row.rate), row.line_id) for row in decision.lines] == [
		("ITEM-A", 2, "649.00", "A"),
		("ITEM-B", 1, "10.50", "B"),
	]
	assert (decision.warehouse, decision.charges) == (STORES, 90)


@pytest.mark.parametrize("status", OrderStatus)
def test_what_the_marketplace_ships_itself_makes_nothing(status):
	assert steps(order(status=status, scheme=Scheme.FBO)) == ()


@pytest.mark.parametrize("scheme", [Scheme.FBS, Scheme.DBS, Scheme.EXPRESS])
def test_what_the_seller_ships_is_made(scheme):
	assert steps(order(scheme=scheme)) == MAKE


def test_an_order_older_than_the_start_date_makes_nothing():
	rules = shop(start=PLACED + timedelta(seconds=1))
	decision = decide(order(), Known(), rules, {})
	assert (decision.steps, decision.hold) == ((), None)
	assert "older" in decision.reason


def test_an_order_placed_at_the_start_date_is_made():
	assert steps(rules=shop(start=PLACED)) == MAKE


def test_an_old_order_that_has_a_sales_order_is_still_followed():
	rules = shop(start=PLACED + timedelta(days=1))
	assert steps(order(status=OrderStatus.CANCELLED), known(SUBMITTED), rules) == (Step.CANCEL_ORDER,)
	assert steps(order(ship_by=LATER), known(SUBMITTED), rules) == (Step.MOVE_DEADLINE,)


@pytest.mark.parametrize("status", ENDED)
def test_an_order_that_ended_before_we_saw_it_makes_nothing_and_waits_for_nobody(status):
	decision = decide(order(status=status, lines=()), Known(), shop(warehouses={}), {})
	assert (decision.steps, decision.hold) == ((), None)
	assert status.value in decision.reason.format(*decision.values)


@pytest.mark.parametrize(("status", "state"), CELLS)
def test_an_ignored_order_is_left_alone(status, state):
	decision = decide(order(status=status), known(state, is_ignored=True), shop(), {})
	assert (decision.steps, decision.hold) == ((), None)


# --- cancelled -------------------------------------------------------------------------------------

GONE = order(status=OrderStatus.CANCELLED)


@pytest.mark.parametrize("state", [DRAFT, SUBMITTED])
@pytest.mark.parametrize(
	"issued",
	[
		{"is_started": True},
		{"delivery_note": SUBMITTED},
		{"delivery_note": DRAFT},
		{"sales_invoice": SUBMITTED},
		{"sales_invoice": DRAFT},
		{"was_shipped": True},
	],
	ids=str,
)
def test_a_cancellation_after_work_began_asks_a_person(state, issued):
	assert steps(GONE, known(state, **issued)) == ASK


def test_a_cancellation_after_shipping_asks_a_person():
	late = order(status=OrderStatus.CANCELLED, cancellation=Cancellation(after_shipping=True))
	assert steps(late, known(SUBMITTED)) == ASK


@pytest.mark.parametrize("cancelled", [{"delivery_note": CANCELLED}, {"sales_invoice": CANCELLED}], ids=str)
def test_documents_people_cancelled_do_not_stand_in_the_way_of_a_cancellation(cancelled):
	assert steps(GONE, known(SUBMITTED, **cancelled)) == (Step.CANCEL_ORDER,)


def test_a_cancellation_needs_nothing_of_the_shop():
	decision = decide(GONE, known(SUBMITTED), shop(warehouses={}), {})
	assert decision.steps == (Step.CANCEL_ORDER,)


def test_an_order_that_opens_again_after_its_sales_order_was_cancelled_asks_a_person():
	assert steps(order(), known(CANCELLED)) == ASK
	assert steps(order(lines=(line("A", 3),)), known(CANCELLED)) == ASK


# --- changed ---------------------------------------------------------------------------------------

CHANGED = order(lines=(line("A", 5),))


def test_changed_goods_rebuild_a_draft():
	decision = decide(CHANGED, known(DRAFT), policy(CHANGED.status, Wanted.DRAFT), MAPPING)
	assert decision.steps == (Step.REBUILD_DRAFT,)
	assert [row.qty for row in decision.lines] == [5]


def test_changed_goods_replace_a_submitted_sales_order():
	decision = decide(CHANGED, known(SUBMITTED), shop(), MAPPING)
	assert decision.steps == (Step.REPLACE_ORDER,)
	assert [row.qty for row in decision.lines] == [5]


def test_a_changed_draft_goes_on_to_be_submitted():
	assert steps(CHANGED, known(DRAFT)) == (Step.REBUILD_DRAFT, Step.SUBMIT_ORDER)


@pytest.mark.parametrize(
	"issued",
	[
		{"is_started": True},
		{"delivery_note": SUBMITTED},
		{"delivery_note": DRAFT},
		{"sales_invoice": SUBMITTED},
		{"sales_invoice": DRAFT},
	],
	ids=str,
)
def test_goods_changed_after_a_delivery_or_invoice_ask_a_person(issued):
	assert steps(CHANGED, known(SUBMITTED, **issued)) == ASK


def test_a_changed_order_that_can_no_longer_be_made_is_held():
	decision = decide(order(lines=(line("C"),)), known(SUBMITTED), shop(), MAPPING)
	assert decision.hold.code == "unknown_product"
	assert decision.steps == ()


def test_a_sales_order_of_unknown_origin_is_not_taken_for_changed():
	assert steps(CHANGED, Known(sales_order=SUBMITTED, ship_by=SHIP_BY)) == ()


@pytest.mark.parametrize("state", [DRAFT, SUBMITTED])
def test_a_moved_deadline_moves_the_delivery_date(state):
	rules = policy(OrderStatus.AWAITING_PACKING, Wanted.NOTHING)
	assert steps(order(ship_by=LATER), known(state), rules) == (Step.MOVE_DEADLINE,)


def test_the_deadline_of_an_order_at_work_or_without_one_is_left():
	assert steps(order(ship_by=LATER), known(SUBMITTED, is_started=True)) == ()
	assert steps(order(ship_by=None), known(SUBMITTED)) == ()


# --- deliveries and invoices -----------------------------------------------------------------------

ALL = policy(OrderStatus.SHIPPED, Wanted.SUBMITTED, Wanted.SUBMITTED, Wanted.SUBMITTED)
SHIPPED = order(status=OrderStatus.SHIPPED)


def test_everything_at_once_comes_in_the_order_erpnext_needs():
	assert steps(SHIPPED, Known(), ALL) == (
		*MAKE,
		Step.DRAFT_DELIVERY,
		Step.SUBMIT_DELIVERY,
		Step.DRAFT_INVOICE,
		Step.SUBMIT_INVOICE,
	)


def test_drafts_are_taken_up_where_they_are():
	at_work = known(SUBMITTED, delivery_note=DRAFT, sales_invoice=DRAFT)
	assert steps(SHIPPED, at_work, ALL) == (Step.SUBMIT_DELIVERY, Step.SUBMIT_INVOICE)


def test_a_delivery_and_an_invoice_people_made_themselves_are_enough():
	by_hand = known(SUBMITTED, is_started=True, is_delivered=True, is_billed=True)
	assert steps(SHIPPED, by_hand, ALL) == ()


def test_documents_people_cancelled_are_not_made_again():
	undone = known(SUBMITTED, delivery_note=CANCELLED, sales_invoice=CANCELLED)
	assert steps(SHIPPED, undone, ALL) == ()


# --- fingerprint -----------------------------------------------------------------------------------

PAIR = order(lines=(line("A", 2), line("B", 1, "50")), charges=(charge("10"), charge("5", "packing")))


@pytest.mark.parametrize(
	"same",
	[
		{"status": OrderStatus.SHIPPED, "vendor_status": "delivering"},
		{"ship_by": LATER},
		{"tracking_number": "T-1", "carrier": "Post"},
		{"lines": PAIR.lines[::-1], "charges": PAIR.charges[::-1]},
		{"lines": (line("A", "2.000", "100.00", title="Renamed"), line("B", 1, "50.0"))},
	],
	ids=("status", "deadline", "tracking", "another order of lines", "another way to write numbers"),
)
def test_what_the_rows_do_not_hold_leaves_the_fingerprint(same):
	assert fingerprint(PAIR.model_copy(update=same)) == fingerprint(PAIR)


@pytest.mark.parametrize(
	"other",
	[
		{"lines": PAIR.lines[:1]},
		{"lines": (line("A", 3), line("B", 1, "50"))},
		{"lines": (line("A", 2, "100.01"), line("B", 1, "50"))},
		{"lines": (line("A", 2, offer_id="C"), line("B", 1, "50"))},
		{"charges": PAIR.charges[:1]},
		{"warehouse_id": "W2"},
		{"currency": "BYN"},
	],
	ids=lambda change: next(iter(change)),
)
def test_what_the_rows_hold_changes_the_fingerprint(other):
	assert fingerprint(PAIR.model_copy(update=other)) != fingerprint(PAIR)


def test_the_fingerprint_of_yesterday_is_the_fingerprint_of_today():
	"""It is stored: another way to compute it would replace every open Sales Order once."""
	assert fingerprint(PAIR) == "bcb54be9797bb67387d3cabfd8da44ec"


# --- for any order, any documents, any policy ------------------------------------------------------

STATES = st.sampled_from(DocState)
WANTED = st.builds(StatusPolicy, *[st.sampled_from(Wanted)] * 3)
QUANTITIES = st.sampled_from(["1", "2", "3", "0", "-1", "1.5", "0.333"])
PRICES = st.sampled_from(["0", "0.01", "99.99", "100", "33.333", "1e12"])
ITEMS = st.builds(
	item,
	st.sampled_from(["ITEM-A", "ITEM-B", "ITEM-C"]),
	st.sampled_from(["1", "2", "3", "0.5", "0"]),
	whole_units=st.booleans(),
	is_disabled=st.booleans(),
	is_template=st.booleans(),
)
MAPPINGS = st.one_of(
	st.just({**MAPPING, "C": (item("ITEM-C", 3), item("ITEM-D"))}),
	st.dictionaries(st.sampled_from("ABC"), st.lists(ITEMS, max_size=3).map(tuple)),
)


@st.composite
def orders(draw):
	lines = draw(st.lists(st.tuples(st.sampled_from("ABC"), QUANTITIES, PRICES), max_size=3))
	return order(
		status=draw(st.sampled_from(OrderStatus)),
		scheme=draw(st.sampled_from(Scheme)),
		lines=tuple(line(offer, *rest, line_id=str(place)) for place, (offer, *rest) in enumerate(lines)),
		charges=draw(st.sampled_from([(), (charge("10"),)])),
		ship_by=draw(st.sampled_from([None, SHIP_BY, LATER])),
		warehouse_id=draw(st.sampled_from([None, "W1", "W2"])),
		cancellation=draw(st.none() | st.builds(Cancellation, after_shipping=st.booleans())),
	)


@st.composite
def books(draw):
	"""What may be true in ERPNext: nothing rests on a Sales Order that is not submitted."""
	state = draw(STATES)
	if state is NONE:
		return Known(was_shipped=draw(st.booleans()), is_ignored=draw(st.booleans()))
	on_it = STATES if state is SUBMITTED else st.sampled_from([NONE, CANCELLED])
	delivery, invoice = draw(on_it), draw(on_it)
	started = state is SUBMITTED and draw(st.booleans())
	return Known(
		sales_order=state,
		delivery_note=delivery,
		sales_invoice=invoice,
		fingerprint=draw(st.sampled_from([None, "another", fingerprint(order())])),
		ship_by=draw(st.sampled_from([None, SHIP_BY, LATER])),
		is_started=started or SUBMITTED in (delivery, invoice),
		is_delivered=started and draw(st.booleans()),
		is_billed=started and draw(st.booleans()),
		was_shipped=draw(st.booleans()),
		is_ignored=draw(st.booleans()),
		accepted_difference=draw(st.booleans()),
	)


@st.composite
def shops(draw):
	return shop(
		policy=draw(st.dictionaries(st.sampled_from(OrderStatus), WANTED)),
		warehouses=draw(st.sampled_from([{"W1": STORES, "W2": STORES}, {"W1": STORES, "W2": None}, {}])),
		default_warehouse=draw(st.sampled_from([None, STORES])),
		start=draw(st.sampled_from([None, PLACED + timedelta(days=1)])),
		has_charges_account=draw(st.booleans()),
		items_may_repeat=draw(st.booleans()),
	)


@given(orders() | st.just(order()), books(), shops(), MAPPINGS)
def test_documents_only_advance_unless_the_marketplace_cancels_what_nobody_has_touched(
	an_order, before, rules, mapping
):
	decision = decide(an_order, before, rules, mapping)
	after = carry_out(an_order, before, decision)
	taken_back = {Step.CANCEL_ORDER, Step.DELETE_DRAFT} & set(decision.steps)
	if taken_back:
		assert an_order.status is OrderStatus.CANCELLED
		assert not before.is_issued and not before.is_begun and not before.was_shipped
	else:
		assert LEVELS[after.sales_order] >= LEVELS[before.sales_order]
	assert LEVELS[after.delivery_note] >= LEVELS[before.delivery_note]
	assert LEVELS[after.sales_invoice] >= LEVELS[before.sales_invoice]


@given(orders() | st.just(order()), books(), shops(), MAPPINGS)
def test_what_was_done_is_not_done_again(an_order, before, rules, mapping):
	decision = decide(an_order, before, rules, mapping)
	after = carry_out(an_order, before, decision)
	again = decide(an_order, after, rules, mapping)
	# A question stays one until a person answers it; the site puts it once.
	assert again.steps == (ASK if decision.steps == ASK else ())
	assert carry_out(an_order, after, again) == after


@given(orders(), books(), shops(), MAPPINGS)
def test_steps_come_in_the_order_in_which_they_can_be_done(an_order, before, rules, mapping):
	decision = decide(an_order, before, rules, mapping)
	places = [list(Step).index(step) for step in decision.steps]
	assert places == sorted(set(places))
	assert not (decision.hold and decision.steps)
	assert decision.hold or decision.reason.format(*decision.values)


@given(shops())
def test_following_every_status_leads_at_least_as_far_as_the_last_one_alone(rules):
	stages = [
		order(status=status)
		for status in (OrderStatus.AWAITING_PACKING, OrderStatus.SHIPPED, OrderStatus.DELIVERED)
	]
	late = carry_out(stages[-1], Known(), decide(stages[-1], Known(), rules, MAPPING))
	in_time = Known()
	for stage in stages:
		in_time = carry_out(stage, in_time, decide(stage, in_time, rules, MAPPING))
	assert LEVELS[late.sales_order] <= LEVELS[in_time.sales_order]
	assert LEVELS[late.delivery_note] <= LEVELS[in_time.delivery_note]
	assert LEVELS[late.sales_invoice] <= LEVELS[in_time.sales_invoice]
