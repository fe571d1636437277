"""Bad input of an order: each kind waits with a clear sentence, and nothing is made of it."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from string import Formatter

import pytest
from pydantic import ValidationError

from crm_marketplace.integrations.records import Money, OrderStatus
from crm_marketplace.rules.holds import HOLD_KINDS, Hold
from crm_marketplace.rules.orders import DocState, Known, decide
from tests.unit.rules.build import MAPPING, SHIP_BY, charge, item, line, order, rub, shop

SELLABLE = MAPPING["A"][0]


def held(an_order=None, rules=None, mapping=None, known: Known | None = None) -> Hold:
	decision = decide(
		an_order or order(), known or Known(), rules or shop(), MAPPING if mapping is None else mapping
	)
	assert decision.hold, f"not held: {decision}"
	assert decision.steps == () and decision.lines == ()
	return decision.hold


# --- goods -----------------------------------------------------------------------------------------


def test_an_unknown_product_says_which_and_what_the_marketplace_knows_of_it():
	unknown = line("X", title="Чайник", marketplace_ids={"sku": "7"})
	hold = held(order(lines=(line("A"), unknown, line("X", line_id="2"))))
	assert (hold.code, hold.text) == ("unknown_product", "No item is linked to X.")
	assert hold.details["offers"][0] == {
		"offer_id": "X",
		"title": "Чайник",
		"marketplace_ids": {"sku": "7"},
	}
	assert hold.kind.actions[:2] == ("map_listing", "create_item")


def test_a_kit_without_components_is_an_unknown_product():
	assert held(mapping={"A": ()}).code == "unknown_product"


@pytest.mark.parametrize(
	("bad", "code"), [({"is_disabled": True}, "item_disabled"), ({"is_template": True}, "item_is_template")]
)
def test_an_item_that_cannot_be_sold_is_named(bad, code):
	hold = held(mapping={"A": (item("GOOD"), replace(item("BAD"), **bad))})
	assert (hold.code, hold.details) == (code, {"item": "BAD", "offer_id": "A"})
	assert "BAD" in hold.text


def test_an_order_without_goods_waits():
	assert held(order(lines=())).code == "no_lines"


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5"])
def test_a_quantity_that_cannot_be_ordered_waits(quantity):
	hold = held(order(lines=(line("B"), line("A", quantity))))
	assert (hold.code, hold.details) == ("bad_quantity", {"line_id": "A"})
	assert quantity in hold.text


def test_a_bad_quantity_of_an_unknown_product_names_the_product():
	assert (
		held(order(lines=(line("X", 0, title="Чайник"),))).text
		== "The quantity 0 of Чайник cannot be ordered."
	)


def test_a_part_of_an_item_that_is_sold_whole_waits_though_the_line_is_whole():
	hold = held(mapping={"A": (item("ITEM-A", "0.5"),)})
	assert hold.text == "The quantity 0.5 of ITEM-A cannot be ordered."


def test_a_kit_that_takes_nothing_of_a_component_waits():
	assert held(mapping={"A": (item("ITEM-A", 0), item("ITEM-B"))}).code == "bad_quantity"


@pytest.mark.parametrize(
	("quantity", "mapped"),
	[("1.5", item("A", whole_units=False)), ("1.5", item("A", 2)), ("0.001", item("A", whole_units=False))],
	ids=("by weight", "whole after all", "a gram"),
)
def test_a_fraction_the_unit_allows_is_fine(quantity, mapped):
	decision = decide(order(lines=(line("A", quantity),)), Known(), shop(), {"A": (mapped,)})
	assert decision.hold is None and decision.steps


# --- shop ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"problem",
	[
		Hold("price_list_missing"),
		Hold("price_list_disabled", ("Retail",)),
		Hold("taxes_missing", ("VAT 20",)),
	],
	ids=lambda hold: hold.code,
)
def test_what_the_shop_lacks_holds_its_orders(problem):
	assert held(rules=shop(problems=(problem, Hold("taxes_missing", ("x",))))) is problem


def test_an_unmapped_channel_warehouse_is_named():
	hold = held(order(warehouse_id="W9"))
	assert (hold.code, hold.details) == ("warehouse_missing", {"channel_warehouse_id": "W9"})
	assert held(rules=shop(warehouses={"W1": None}, default_warehouse="Stores")).code == "warehouse_missing"


def test_an_order_that_names_no_warehouse_takes_the_shops_only_one():
	silent = order(warehouse_id=None)
	assert decide(silent, Known(), shop(default_warehouse="Main"), MAPPING).warehouse == "Main"
	assert held(silent).code == "warehouse_missing"


def test_a_currency_the_company_lacks_is_named():
	foreign = order(currency="BYN", lines=(line().model_copy(update={"price": byn("10")}),))
	assert held(foreign).details == {"currency": "BYN"}
	assert decide(foreign, Known(), shop(currencies=frozenset({"BYN"})), MAPPING).steps


def test_charges_need_an_account():
	hold = held(order(charges=(charge("99"), charge("1", "packing"))))
	assert (hold.code, hold.values) == ("charges_account_missing", ("100.00 RUB",))


def test_charges_that_cancel_out_need_none():
	assert decide(order(charges=(charge("99"), charge("-99", "subsidy"))), Known(), shop(), MAPPING).steps


# --- sums ------------------------------------------------------------------------------------------


def byn(amount: str) -> Money:
	return Money(amount=Decimal(amount), currency="BYN")


def test_a_total_that_differs_from_the_lines_waits():
	hold = held(order(stated_total=rub("99.99")))
	assert hold.code == "stated_total_differs"
	assert hold.text == "The marketplace states a total of 99.99 RUB, but its own lines add up to 100.00 RUB."
	assert hold.details == {"difference": "-0.01"}
	assert not hold.kind.retry


def test_a_total_with_charges_counts_them():
	rich = order(charges=(charge("50"),), stated_total=rub("150"))
	assert decide(rich, Known(), shop(has_charges_account=True), MAPPING).steps


def test_a_difference_a_person_accepted_goes_on():
	assert decide(order(stated_total=rub("99")), Known(accepted_difference=True), shop(), MAPPING).steps


def test_a_total_in_the_buyers_currency_is_not_compared():
	assert decide(order(stated_total=byn("3.50")), Known(), shop(), MAPPING).steps


def test_lines_in_several_currencies_make_no_record():
	with pytest.raises(ValidationError, match="cannot add"):
		order(lines=(line("A"), line("B").model_copy(update={"price": byn("1")})))


# --- what is looked at, and when -------------------------------------------------------------------


def test_the_goods_are_looked_at_before_the_shop():
	hold = held(order(lines=(line("X"),), warehouse_id="W9"), shop(problems=(Hold("price_list_missing"),)))
	assert hold.code == "unknown_product"


@pytest.mark.parametrize(
	"status", [OrderStatus.PENDING, OrderStatus.DISPUTED, OrderStatus.CANCELLED, OrderStatus.RETURNED]
)
def test_an_order_that_makes_nothing_waits_for_nothing(status):
	decision = decide(order(status=status, lines=(line("X", 0),)), Known(), shop(warehouses={}), {})
	assert decision.hold is None and not decision.changes_something


def test_an_unchanged_sales_order_is_not_held_for_what_changed_in_the_shop():
	made = decide(order(), Known(), shop(), MAPPING)
	known = Known(sales_order=DocState.SUBMITTED, fingerprint=made.fingerprint, ship_by=SHIP_BY)
	assert (
		decide(order(), known, shop(warehouses={}, problems=(Hold("price_list_missing"),)), {}).hold is None
	)


# --- sentences -------------------------------------------------------------------------------------


def marks(sentence: str) -> set[str]:
	return {name for _text, name, _spec, _conversion in Formatter().parse(sentence) if name is not None}


@pytest.mark.parametrize("code", HOLD_KINDS)
def test_a_kind_of_hold_says_what_to_do_and_offers_buttons(code):
	kind = HOLD_KINDS[code]
	assert kind.sentence.endswith((".", "}")) and kind.next_step.endswith(".")
	assert not marks(kind.next_step), "the next step is shown without values"
	assert kind.actions and "ignore" in kind.actions and len(set(kind.actions)) == len(kind.actions)
	assert marks(kind.sentence) <= {str(number) for number in range(2)}


EVERY_HOLD = {
	"unknown_product": {"mapping": {}},
	"item_disabled": {"mapping": {"A": (replace(SELLABLE, is_disabled=True),)}},
	"item_is_template": {"mapping": {"A": (replace(SELLABLE, is_template=True),)}},
	"warehouse_missing": {"an_order": order(warehouse_id="W9")},
	"charges_account_missing": {"an_order": order(charges=(charge("1"),))},
	"currency_missing": {"rules": shop(company_currency="BYN")},
	"bad_quantity": {"an_order": order(lines=(line("A", -1),))},
	"no_lines": {"an_order": order(lines=())},
	"stated_total_differs": {"an_order": order(stated_total=rub("1"))},
}


@pytest.mark.parametrize("code", EVERY_HOLD)
def test_a_hold_fills_its_sentence_and_can_be_stored(code):
	hold = held(**EVERY_HOLD[code])
	assert hold.code == code
	assert len(hold.values) == len(marks(hold.kind.sentence))
	assert "{" not in hold.text
	assert json.loads(json.dumps(dict(hold.details))) == hold.details
