"""Several companies and shops on one site do not get into each other's way."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.marketplace import api
from tests.site import builders
from tests.site.builders import line, make_order, only_sales_order, take_in


def test_two_shops_may_have_the_same_order_number(open_shop):
	one, other = open_shop(), open_shop()
	number = builders.unique("40001234")

	rows = [
		take_in(shop, make_order(line(builders.make_goods(shop)), external_id=number))
		for shop in (one, other)
	]

	assert [row.state for row in rows] == ["Done", "Done"]
	orders = [only_sales_order(shop) for shop in (one, other)]
	assert [doc.po_no for doc in orders] == [number, number]
	assert orders[0].name != orders[1].name


def test_two_orders_of_one_shop_with_one_customers_reference(shop):
	"""ERPNext refuses a reference it has seen; each of ours is its order's number and comes once."""
	item = builders.make_goods(shop)

	rows = take_in(shop, *(make_order(line(item), order_number="0132112277") for _ in range(2)))

	assert {row.state for row in rows} == {"Done"}
	assert {doc.po_no for doc in builders.sales_orders(shop)} == {row.external_id for row in rows}


def test_each_shop_books_into_its_own_company(open_shop, books, other_books):
	mine, theirs = open_shop(), open_shop(of=other_books)

	for shop in (mine, theirs):
		take_in(shop, make_order(line(builders.make_goods(shop), 2, "50.00")))

	first, second = only_sales_order(mine), only_sales_order(theirs)
	assert (first.company, first.set_warehouse) == (books.company, books.warehouse)
	assert (second.company, second.set_warehouse) == (other_books.company, other_books.warehouse)
	assert {row.account_head for row in first.taxes}.isdisjoint({row.account_head for row in second.taxes})
	assert (first.grand_total, second.grand_total) == (100, 100)


def test_one_item_may_be_sold_by_two_shops_under_different_articles(open_shop):
	item = builders.make_item()
	for shop, article in ((open_shop(), "red-cup"), (open_shop(), "чашка-красная")):
		builders.make_listing(shop, article, item)
		take_in(shop, make_order(line(article)))
		assert only_sales_order(shop).items[0].item_code == item


@pytest.mark.parametrize(
	("field", "values"),
	[
		("warehouse", lambda theirs: {"warehouses": [builders.channel_warehouse("1", theirs.warehouse)]}),
		("account", lambda theirs: {"rounding_account": theirs.rounding_account}),
	],
)
def test_a_shop_cannot_use_what_belongs_to_another_company(open_shop, books, other_books, field, values):
	shop = open_shop()

	with pytest.raises(frappe.ValidationError, match="does not belong to"):
		builders.change_shop(shop, **values(other_books))


def test_a_template_of_another_company_makes_orders_wait(open_shop, other_books):
	shop = open_shop(taxes_and_charges=other_books.taxes)

	row = take_in(shop, make_order(line(builders.make_goods(shop))))

	assert (row.state, row.hold_code) == ("On Hold", "taxes_missing")
	assert other_books.taxes in api.order_hold(row.name)["sentence"]
