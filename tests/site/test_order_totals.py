"""Money to the kopeck: the Sales Order's total is the marketplace's, or the order waits for a person."""

from __future__ import annotations

from decimal import Decimal

import frappe
import pytest

from crm_marketplace.integrations.records import Charge, OrderStatus
from crm_marketplace.marketplace import api
from tests.site import builders
from tests.site.builders import changed, line, make_order, money, only_sales_order, take_in


def pinches(tea: str, price: str = "10.01"):
	"""Two lines that ERPNext rounds each for itself: 2 × 0.333 × 10.01 is 6.67, and 3.33 + 3.33 is not."""
	return line(tea, "0.333", price), line(tea, "0.333", price, line_id="more")


@pytest.fixture
def rounding_shop(open_shop, books) -> str:
	return open_shop(rounding_account=books.rounding_account)


# --- the rounding row ------------------------------------------------------------------------------


def test_a_kopeck_per_line_becomes_a_rounding_row(rounding_shop, books):
	tea = builders.make_goods(rounding_shop, stock_uom="Kg")

	row = take_in(rounding_shop, make_order(*pinches(tea)))

	doc = only_sales_order(rounding_shop)
	assert (row.state, doc.docstatus, doc.grand_total) == ("Done", 1, 6.67)
	last = doc.taxes[-1]
	assert (last.charge_type, last.account_head, last.tax_amount) == ("Actual", books.rounding_account, 0.01)
	assert builders.events_of(row.name) == ["received", "created_order", "rounding"]


def test_without_an_account_for_rounding_the_order_waits(shop):
	tea = builders.make_goods(shop, stock_uom="Kg")

	row = take_in(shop, make_order(*pinches(tea)))

	assert (row.state, row.hold_code, row.sales_order) == ("On Hold", "totals_differ", None)
	assert builders.sales_orders(shop) == []
	sentence = api.order_hold(row.name)["sentence"]
	assert sentence == "The Sales Order would total 6.66 RUB, but the marketplace says 6.66666 RUB."


def test_the_account_chosen_later_lets_the_order_go_on(shop, books):
	tea = builders.make_goods(shop, stock_uom="Kg")
	order = make_order(*pinches(tea))
	take_in(shop, order)

	builders.change_shop(shop, rounding_account=books.rounding_account)
	builders.process_all(shop)

	assert builders.order_row(shop, order.external_id).state == "Done"
	assert only_sales_order(shop).grand_total == 6.67


def test_a_draft_gets_its_rounding_row_too_when_its_goods_change(rounding_shop):
	builders.set_policy(rounding_shop, {OrderStatus.AWAITING_PACKING: ("Draft", "Nothing", "Nothing")})
	tea = builders.make_goods(rounding_shop, stock_uom="Kg")
	order = make_order(line(tea, 1, "10.01"))
	take_in(rounding_shop, order)

	row = take_in(rounding_shop, changed(order, lines=pinches(tea)))

	doc = only_sales_order(rounding_shop)
	assert (row.state, doc.docstatus, doc.grand_total) == ("Done", 0, 6.67)


# --- differences people decide about ---------------------------------------------------------------


@pytest.fixture
def differing(open_shop, books):
	"""An order of a shop whose taxes template adds the tax on top: 100.00 becomes 120.00."""
	taxes = builders.make_taxes(books.company, builders.VAT, included=False)
	shop = open_shop(taxes_and_charges=taxes, rounding_account=books.rounding_account)
	row = take_in(shop, make_order(line(builders.make_goods(shop), 1, "100.00")))
	return shop, row


def test_a_tax_on_top_of_the_price_is_noticed(differing):
	shop, row = differing

	hold = api.order_hold(row.name)

	assert (row.state, builders.sales_orders(shop)) == ("On Hold", [])
	assert hold["sentence"] == "The Sales Order would total 120.00 RUB, but the marketplace says 100.00 RUB."
	assert hold["details"] == {"difference": "-20.00"}
	assert hold["actions"][0]["action"] == "accept_rounding"


def test_an_accepted_difference_becomes_a_rounding_row(differing):
	shop, row = differing

	result = api.release_order(row.name, "accept_rounding")

	doc = only_sales_order(shop)
	assert (result["state"], result["sales_order"]) == ("Done", doc.name)
	assert (doc.grand_total, doc.taxes[-1].tax_amount) == (100, -20)
	assert "released" in builders.events_of(row.name)


def test_what_was_accepted_is_that_very_sum(differing):
	"""Another difference later is another question."""
	shop, row = differing
	api.release_order(row.name, "accept_rounding")
	order = frappe.get_doc("Marketplace Order", row.name)
	item = order.lines[0].item

	row = take_in(shop, make_order(line(item, 1, "200.00"), external_id=order.external_id))

	assert (row.state, row.hold_code) == ("On Hold", "totals_differ")
	assert only_sales_order(shop).grand_total == 100, "the Sales Order in force stays"


def test_accepting_needs_an_account_to_book_it_on(open_shop, books):
	taxes = builders.make_taxes(books.company, builders.VAT, included=False)
	shop = open_shop(taxes_and_charges=taxes)
	row = take_in(shop, make_order(line(builders.make_goods(shop))))

	with pytest.raises(frappe.ValidationError, match="account for rounding"):
		api.release_order(row.name, "accept_rounding")

	frappe.db.rollback()
	assert builders.order_row(shop, row.external_id).accepted_difference == 0


def test_a_mended_template_lets_the_orders_go_on(differing, books):
	shop, row = differing

	builders.change_shop(shop, taxes_and_charges=books.taxes)
	builders.process_all(shop)

	assert builders.order_row(shop, row.external_id).state == "Done"
	assert only_sales_order(shop).grand_total == 100


def test_the_marketplaces_own_sums_that_differ_wait_until_a_person_accepts(shop):
	item = builders.make_goods(shop)
	row = take_in(shop, make_order(line(item, 1, "100.00"), stated_total=money("95.00")))
	assert (row.state, row.hold_code) == ("On Hold", "stated_total_differs")
	sentence = api.order_hold(row.name)["sentence"]
	assert sentence == "The marketplace states a total of 95.00 RUB, but its own lines add up to 100.00 RUB."

	result = api.release_order(row.name, "accept_rounding")

	assert result["state"] == "Done"
	assert only_sales_order(shop).grand_total == 100


# --- charges ---------------------------------------------------------------------------------------


def delivery(amount: str) -> Charge:
	return Charge(external_id="delivery", kind="delivery", amount=money(amount))


def test_charges_beside_the_goods_are_a_row_of_their_own(open_shop, books):
	shop = open_shop(charges_account=books.charges_account)
	item = builders.make_goods(shop)

	take_in(shop, make_order(line(item, 1, "100.00"), charges=(delivery("49.90"),)))

	doc = only_sales_order(shop)
	assert Decimal(str(doc.grand_total)) == Decimal("149.90")
	assert (doc.taxes[-1].charge_type, doc.taxes[-1].account_head) == ("Actual", books.charges_account)


def test_charges_without_an_account_make_the_order_wait(shop, books):
	item = builders.make_goods(shop)
	order = make_order(line(item, 1, "100.00"), charges=(delivery("49.90"),))
	row = take_in(shop, order)
	assert (row.state, row.hold_code) == ("On Hold", "charges_account_missing")
	assert "49.90 RUB" in api.order_hold(row.name)["sentence"]

	builders.change_shop(shop, charges_account=books.charges_account)
	builders.process_all(shop)

	assert builders.order_row(shop, order.external_id).state == "Done"
