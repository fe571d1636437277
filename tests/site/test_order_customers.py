"""Whose order it is: the shop's own customer, or the buyer, recognised again whatever the marketplace tells."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.integrations.records import Address, Party, Scheme
from crm_marketplace.rules.customers import identity_keys
from crm_marketplace.sync import reader
from crm_marketplace.sync.orders import customers
from crm_marketplace.sync.shops import get_shop
from tests.harness.committing import commit
from tests.site import builders
from tests.site.builders import line, make_order, take_in

PER_BUYER = "One customer per buyer"
STREET = Address(
	country="Россия", city="Казань", region="Татарстан", street="ул. Баумана, 5", postcode="420000"
)


def buyer(**fields) -> Party:
	"""A buyer nobody has seen before."""
	mark = builders.unique("buyer")
	return Party(**{"external_id": mark, "name": f"Ирина Лебедева {mark}", **fields})


def a_phone() -> str:
	"""A number nobody has had, "+7903…"."""
	return f"+7903{int(frappe.generate_hash(length=10), 16) % 10**7:07d}"


@pytest.fixture
def per_buyer(open_shop) -> str:
	return open_shop(customer_policy=PER_BUYER)


def order_of(shop: str, who: Party | None, **fields):
	return make_order(line(builders.make_goods(shop)), scheme=Scheme.DBS, buyer=who, **fields)


def customer_of(shop: str, who: Party | None, **fields) -> str:
	row = take_in(shop, order_of(shop, who, **fields))
	assert row.state == "Done", row.hold_reason
	assert frappe.db.get_value("Sales Order", row.sales_order, "customer") == row.customer
	return row.customer


# --- one customer per shop -------------------------------------------------------------------------


def test_all_orders_of_a_shop_go_to_its_own_customer(shop):
	found = {customer_of(shop, who) for who in (None, buyer(), buyer())}

	assert found == {frappe.db.get_value("Marketplace Shop", shop, "customer")}
	assert frappe.db.count("Customer", {"customer_name": shop}) == 1


def test_an_order_beyond_the_credit_limit_of_the_customer_waits(open_shop, books):
	careful = frappe.get_doc(
		doctype="Customer",
		customer_name=builders.unique("Careful"),
		credit_limits=[{"company": books.company, "credit_limit": 150}],
	).insert()
	shop = open_shop(customer=careful.name)

	within, beyond = [take_in(shop, order_of(shop, None)) for _order in range(2)]  # of 100 each

	assert within.state == "Done", within.hold_reason
	assert (beyond.state, beyond.hold_code) == ("On Hold", "refused_by_erpnext")
	assert "credit limit" in beyond.hold_reason


def test_a_customer_the_shop_names_is_taken(open_shop):
	mine = frappe.get_doc(doctype="Customer", customer_name=builders.unique("Buyers of Ozon")).insert().name

	assert customer_of(open_shop(customer=mine), None) == mine


def test_an_order_that_is_taken_back_does_not_take_the_customer_from_the_next(open_shop, books):
	"""The first order of a new shop makes its customer and is then held: nothing of it stays."""
	shop = open_shop()
	tea, cup = builders.make_goods(shop, stock_uom="Kg"), builders.make_goods(shop)
	bad = make_order(line(tea, "0.333", "10.01"), line(tea, "0.333", "10.01", line_id="more"))
	good = make_order(line(cup), created_at=builders.SHIP_BY)

	held, made = take_in(shop, bad, good)

	assert (held.state, held.hold_code) == ("On Hold", "totals_differ")
	assert made.state == "Done", made.hold_reason


# --- one customer per buyer ------------------------------------------------------------------------


def test_a_buyer_becomes_a_customer(per_buyer):
	digits = a_phone()[-7:]
	email = f"{builders.unique('irina')}@example.com"
	who = buyer(phone=f"8 (903) {digits[:3]}-{digits[3:5]}-{digits[5:]}", email=email)

	customer = frappe.get_doc("Customer", customer_of(per_buyer, who))

	assert (customer.customer_name, customer.customer_type) == (who.name, "Individual")
	assert (customer.mobile_no, customer.email_id) == (f"+7903{digits}", email)


@pytest.mark.parametrize(
	"again",
	[
		pytest.param(lambda who: who, id="the same"),
		pytest.param(lambda who: Party(external_id=who.external_id, name="Ira"), id="the marketplace's id"),
		pytest.param(lambda who: Party(phone=" 8 903 " + who.phone[5:], name="Ira"), id="the phone"),
		pytest.param(lambda who: Party(email=who.email.upper(), name="Ira"), id="the e-mail"),
	],
)
def test_a_buyer_is_recognised_by(per_buyer, again):
	who = buyer(phone=a_phone(), email=f"{builders.unique('irina')}@example.com")
	first = customer_of(per_buyer, who)

	assert customer_of(per_buyer, again(who)) == first


def test_the_same_name_alone_is_somebody_else(per_buyer):
	who = buyer()

	assert customer_of(per_buyer, who) != customer_of(per_buyer, buyer(name=who.name))


def test_a_forwarding_number_many_buyers_share_recognises_nobody(per_buyer):
	number = "+74951234567"
	one, other = (buyer(phone=number, phone_is_masked=True) for _ in range(2))

	first = customer_of(per_buyer, one)

	assert customer_of(per_buyer, other) != first
	assert not frappe.db.get_value("Customer", first, "mobile_no")


def test_a_buyer_is_the_same_in_every_shop(per_buyer, open_shop):
	who = buyer(email=f"{builders.unique('irina')}@example.com")

	assert customer_of(per_buyer, who) == customer_of(open_shop(customer_policy=PER_BUYER), who)


def test_a_buyer_the_marketplace_does_not_tell_goes_to_the_shops_customer(per_buyer):
	for who in (None, Party(name="Somebody"), Party(external_id=builders.unique("no name"))):
		customer_of(per_buyer, who)

	assert frappe.get_all(
		"Sales Order", filters={"marketplace_shop": per_buyer}, pluck="customer", distinct=True
	) == [frappe.db.get_value("Marketplace Shop", per_buyer, "customer")]


def test_a_legal_entity_is_a_company_known_by_its_tax_id(per_buyer):
	number = f"77{int(frappe.generate_hash(length=10), 16) % 10**8:08d}"
	firm = Party(is_company=True, company_name="ООО «Ромашка»", tax_id=number)

	customer = frappe.get_doc("Customer", customer_of(per_buyer, firm))

	assert (customer.customer_name, customer.customer_type, customer.tax_id) == (
		"ООО «Ромашка»",
		"Company",
		number,
	)
	renamed = firm.model_copy(update={"company_name": "ООО «Василёк»"})
	assert customer_of(per_buyer, renamed) == customer.name


def test_two_workers_that_meet_a_new_buyer_make_one_customer(per_buyer, open_shop):
	"""Ours has looked already when the other one commits the same buyer."""
	who = buyer()
	other = open_shop(customer_policy=PER_BUYER)
	order = order_of(other, who)
	(key,) = identity_keys(who, builders.MARKETPLACE)
	theirs = frappe.get_doc(doctype="Customer", customer_name=who.name).insert().name
	commit()
	assert frappe.db.count("Marketplace Buyer Identity", {"identity": key}) == 0
	with reader.reading() as connection:
		connection.sql(
			"insert into `tabMarketplace Buyer Identity` (name, identity, customer) values (%s, %s, %s)",
			(key[:16], key, theirs),
		)
		connection.commit()

	assert customers.customer_for(get_shop(other), order) == theirs
	assert frappe.db.count("Customer", {"customer_name": who.name}) == 1


def test_keys_of_buyers_tell_nobody_who_they_are(per_buyer):
	who = buyer(phone=a_phone(), email=f"{builders.unique('irina')}@example.com")
	customer = customer_of(per_buyer, who)

	keys = frappe.get_all("Marketplace Buyer Identity", filters={"customer": customer}, pluck="identity")

	assert len(keys) >= 2
	for key in keys:
		assert not any(text in key for text in (who.external_id, who.phone[2:], who.email))


# --- addresses -------------------------------------------------------------------------------------


def addresses(customer: str) -> list[str]:
	links = {"link_doctype": "Customer", "link_name": customer, "parenttype": "Address"}
	return frappe.get_all("Dynamic Link", filters=links, pluck="parent")


def test_the_buyers_address_is_where_the_order_is_shipped_to(per_buyer):
	who = buyer()

	row = take_in(per_buyer, order_of(per_buyer, who, address=STREET))

	order = frappe.get_doc("Sales Order", row.sales_order)
	address = frappe.get_doc("Address", order.shipping_address_name)
	assert (address.address_line1, address.city, address.pincode) == ("ул. Баумана, 5", "Казань", "420000")
	assert address.country == "Russian Federation"
	assert addresses(row.customer) == [address.name]


def test_the_same_address_is_not_made_twice(per_buyer):
	who = buyer()

	for _ in range(2):
		customer = customer_of(per_buyer, who, address=STREET)

	assert len(addresses(customer)) == 1


def test_another_street_is_another_address_and_the_first_one_stays(per_buyer):
	who = buyer()
	customer = customer_of(per_buyer, who, address=STREET)
	(first,) = addresses(customer)
	before = frappe.db.get_value("Address", first, "modified")

	customer_of(per_buyer, who, address=STREET.model_copy(update={"street": "пр. Победы, 17"}))

	assert len(addresses(customer)) == 2
	assert frappe.db.get_value("Address", first, "modified") == before


def test_an_address_without_a_street_is_none(per_buyer):
	customer = customer_of(per_buyer, buyer(), address=Address(city="Казань", region="Татарстан"))

	assert addresses(customer) == []


@pytest.mark.parametrize("phone", ["+7 495 123-45-67 доб. 123", "позвоните в домофон"])
def test_what_is_no_telephone_and_no_email_does_not_stop_the_order(per_buyer, phone):
	who = buyer(name="ООО <Ромашка>", phone=phone, email="irina at example")

	customer = customer_of(per_buyer, who, address=STREET)

	assert frappe.db.get_value("Customer", customer, "customer_name") == "ООО ‹Ромашка›"
	(address,) = addresses(customer)
	assert frappe.db.get_value("Address", address, ["phone", "email_id"]) == (None, None)
