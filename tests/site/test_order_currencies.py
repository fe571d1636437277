"""Orders in another currency than the company's: booked at a rate of the books, never at a guess."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.marketplace import api
from tests.harness.committing import commit
from tests.site import builders
from tests.site.builders import line, make_order, only_sales_order, take_in

CURRENCY = "KZT"  # nobody else on the test site has rates for it


@pytest.fixture(autouse=True)
def currency(site):
	"""An enabled currency without any rate."""
	frappe.db.set_value("Currency", CURRENCY, "enabled", 1)
	frappe.db.delete("Currency Exchange", {"from_currency": CURRENCY})
	commit()
	yield
	frappe.db.delete("Currency Exchange", {"from_currency": CURRENCY})
	commit()


def add_rate(day: str, rate: float) -> None:
	frappe.get_doc(
		doctype="Currency Exchange",
		date=day,
		from_currency=CURRENCY,
		to_currency="RUB",
		exchange_rate=rate,
		for_selling=1,
	).insert()
	commit()


@pytest.fixture
def order(shop):
	return make_order(line(builders.make_goods(shop), 2, "5000.00", currency=CURRENCY))


def test_an_order_in_another_currency_is_booked_at_the_latest_rate_of_its_day(shop, order):
	add_rate("2026-02-01", 0.19)
	add_rate("2026-03-01", 0.2)
	add_rate("2026-03-10", 0.25)

	take_in(shop, order)

	doc = only_sales_order(shop)
	assert (doc.currency, doc.conversion_rate) == (CURRENCY, 0.2)
	assert (doc.grand_total, doc.base_grand_total) == (10000, 2000)


def test_without_a_rate_the_order_waits_until_there_is_one(shop, order):
	row = take_in(shop, order)
	assert (row.state, row.hold_code) == ("On Hold", "currency_missing")
	hold = api.order_hold(row.name)
	assert "KZT" in hold["sentence"] and "exchange rate" in hold["next_step"]

	add_rate("2026-03-01", 0.2)
	result = api.release_order(row.name, "retry")

	assert result["state"] == "Done"
	assert only_sales_order(shop).conversion_rate == 0.2


def test_a_rate_that_begins_after_the_order_is_no_rate_for_it(shop, order):
	"""ERPNext would ask a service outside for it."""
	add_rate("2026-03-10", 0.25)

	row = take_in(shop, order)

	assert (row.state, row.hold_code) == ("On Hold", "currency_missing")


def test_other_orders_of_the_shop_go_on(shop, order):
	in_roubles = make_order(line(builders.make_goods(shop)))

	_waiting, made = take_in(shop, order, in_roubles)

	assert made.sales_order == only_sales_order(shop).name
