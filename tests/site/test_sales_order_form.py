"""However fast a Sales Order is made, it says field by field what ERPNext's own form would have saved."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.integrations.records import Address, Charge, OrderStatus, Party, Scheme
from tests.harness.committing import commit
from tests.harness.sales_order_form import differences_from_form
from tests.site import builders
from tests.site.builders import changed, line, make_order, money, only_sales_order, take_in

LIST_PRICE = 100


def priced(shop: str, price: float = LIST_PRICE, **fields) -> str:
	"""Goods of the shop that have a price in its price list."""
	code = builders.make_goods(shop, **fields)
	frappe.get_doc(
		doctype="Item Price",
		item_code=code,
		price_list="Standard Selling",
		price_list_rate=price,
		valid_from="2020-01-01",
	).insert()
	return code


def check(shop: str, order) -> None:
	"""Take the order in and hold its Sales Order against the form's."""
	row = take_in(shop, order)
	assert row.state == "Done", (row.hold_code, row.hold_reason)
	assert not differences_from_form(row.sales_order)


def test_two_lines(shop):
	check(shop, make_order(line(builders.make_goods(shop), 2, "649.00"), line(builders.make_goods(shop))))


@pytest.mark.parametrize("price", ["100.00", "99.99", "66.67", "120.01", "0.00"])
def test_a_price_beside_the_list_price(shop, price):
	"""The form tells a lower rate as a discount, and a higher one as a margin."""
	check(shop, make_order(line(priced(shop), 3, price), line(priced(shop), 1, "5.00")))


def test_a_line_given_away_costs_nothing_whatever_the_list_price(shop):
	row = take_in(shop, make_order(line(priced(shop), 1, "0.00"), line(priced(shop), 1, "5.00")))

	assert row.state == "Done", row.hold_reason
	assert only_sales_order(shop).grand_total == 5


def test_a_price_of_next_to_nothing_is_not_taken_for_a_gift(shop):
	row = take_in(shop, make_order(line(priced(shop, 10_000_000), 1, "0.01")))

	assert row.state == "Done", row.hold_reason
	assert only_sales_order(shop).grand_total == 0.01


def test_charges_beside_the_goods(open_shop, books):
	shop = open_shop(charges_account=books.charges_account)
	delivery = Charge(external_id="1", kind="delivery", amount=money("299.00"))
	check(shop, make_order(line(builders.make_goods(shop)), charges=(delivery,)))


def test_a_kopeck_of_rounding(open_shop, books):
	shop = open_shop(rounding_account=books.rounding_account)
	tea = builders.make_goods(shop, stock_uom="Kg")
	check(shop, make_order(line(tea, "0.333", "10.01"), line(tea, "0.333", "10.01", line_id="more")))


def test_a_kit_whose_price_does_not_divide(shop):
	parts = [{"item": builders.make_item(), "qty": 3}, {"item": builders.make_item(), "qty": 2}]
	offer = builders.unique("KIT")
	builders.make_listing(shop, offer, is_kit=1, components=parts)
	check(shop, make_order(line(offer, 1, "100.01")))
	assert len(only_sales_order(shop).items) == 3


def test_a_buyer_with_an_address(open_shop):
	shop = open_shop(customer_policy="One customer per buyer")
	buyer = Party(external_id=builders.unique("buyer"), name="Ирина Лебедева", phone="+79031234567")
	street = Address(country="Россия", city="Казань", street="ул. Баумана, 5", postcode="420000")
	goods = line(builders.make_goods(shop))
	check(shop, make_order(goods, scheme=Scheme.DBS, buyer=buyer, recipient=buyer, address=street))


def test_a_customer_with_terms_of_his_own(open_shop):
	person = frappe.get_doc(
		doctype="Sales Person", sales_person_name=builders.unique("Seller"), parent_sales_person="Sales Team"
	).insert()
	terms = frappe.get_doc(
		doctype="Payment Terms Template",
		template_name=builders.unique("Terms"),
		terms=[{"invoice_portion": 100, "credit_days": 14, "due_date_based_on": "Day(s) after invoice date"}],
	).insert()
	customer = frappe.get_doc(
		doctype="Customer",
		customer_name=builders.unique("Buyers"),
		payment_terms=terms.name,
		default_sales_partner=None,
		sales_team=[{"sales_person": person.name, "allocated_percentage": 100}],
	).insert()
	shop = open_shop(customer=customer.name)
	check(shop, make_order(line(builders.make_goods(shop), 2)))


def test_an_item_with_defaults_of_its_own(shop, books):
	defaults = {"company": books.company, "default_warehouse": books.other_warehouse}
	item = builders.make_goods(shop, item_defaults=[defaults], description="<b>Чайник</b> 1,7 л")
	check(shop, make_order(line(item)))


def test_a_shop_with_a_cost_center(open_shop, books):
	center = frappe.db.get_value("Cost Center", {"company": books.company, "is_group": 0})
	shop = open_shop(cost_center=center)
	check(shop, make_order(line(builders.make_goods(shop))))


def test_a_shop_without_taxes(open_shop, books):
	shop = open_shop(taxes_and_charges=None)
	check(shop, make_order(line(builders.make_goods(shop), 2, "19.99")))


def test_an_order_in_another_currency(shop):
	frappe.db.set_value("Currency", "USD", "enabled", 1)
	frappe.get_doc(
		doctype="Currency Exchange",
		date="2026-03-01",
		from_currency="USD",
		to_currency="RUB",
		exchange_rate=92.5,
	).insert()
	try:
		check(shop, make_order(line(builders.make_goods(shop), 2, "19.99", currency="USD")))
	finally:
		frappe.db.delete("Currency Exchange", {"from_currency": "USD"})
		commit()


def test_a_draft_is_rebuilt_as_the_form_would(shop):
	builders.set_policy(shop, {OrderStatus.AWAITING_PACKING: ("Draft", "Nothing", "Nothing")})
	order = make_order(line(priced(shop), 2, "90.00"))
	take_in(shop, order)
	builders.set_policy(shop, {OrderStatus.AWAITING_PACKING: ("Submitted", "Nothing", "Nothing")})
	check(shop, changed(order, lines=(line(priced(shop), 1, "80.00"),)))


def test_a_submitted_order_waits_for_delivery_and_invoice(shop):
	take_in(shop, make_order(line(builders.make_goods(shop))))

	assert only_sales_order(shop).status == "To Deliver and Bill"
