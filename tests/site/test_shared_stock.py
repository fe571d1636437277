"""One stock for all shops: what several shops sell from one warehouse is promised once."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.sync import reader
from crm_marketplace.sync.shops import get_shop
from crm_marketplace.sync.stock import desired
from crm_marketplace.sync.stock.sharing import OFFER_ALL
from tests.harness.committing import commit
from tests.site import builders


@pytest.fixture
def shops(open_shop):
	"""Three enabled shops that take their goods from one warehouse."""
	return [open_shop(enabled=1) for _index in range(3)]


@pytest.fixture
def item(shops, books):
	"""An item all three sell, 10 on hand."""
	code = builders.make_item()
	for shop in shops:
		builders.make_listing(shop, code, code)
	builders.make_stock(books.company, {code: 10}, books.warehouse)
	commit()
	return code


def promised(shop: str, offer_id: str) -> int:
	"""What a shop would publish of an offer, over its channel warehouses."""
	return sum(number.result.quantity for number in numbers(shop) if number.offer_id == offer_id)


def numbers(shop: str) -> list[desired.Desired]:
	target = get_shop(shop)
	with reader.reading() as connection:
		found = desired.compute(target, desired.channel_warehouses(target), connection)
		return [number for number, _before in found]


def test_three_shops_promise_together_what_is_free(shops, item):
	assert sorted(promised(shop, item) for shop in shops) == [3, 3, 4]


def test_an_order_in_one_lowers_the_others(shops, item):
	before = [promised(shop, item) for shop in shops]
	builders.take_in(shops[0], builders.make_order(builders.line(item, quantity=4)))
	after = [promised(shop, item) for shop in shops]
	assert sum(after) == 6
	assert all(now < then for now, then in zip(after, before, strict=True))


def test_the_last_one_is_promised_in_the_shop_of_the_highest_priority(shops, item, books):
	builders.change_shop(shops[2], stock_priority=5)
	builders.take_in(shops[0], builders.make_order(builders.line(item, quantity=9)))
	assert [promised(shop, item) for shop in shops] == [0, 0, 1]


def test_a_cards_own_priority_comes_before_its_shops(shops, item):
	builders.change_shop(shops[0], stock_priority=2)
	listing = frappe.db.get_value("Marketplace Listing", {"shop": shops[1], "offer_id": item})
	frappe.db.set_value("Marketplace Listing", listing, "stock_priority", 3)
	commit()
	assert [promised(shop, item) for shop in shops] == [3, 4, 3]


def test_goods_of_one_shop_are_not_divided(shops, item, books):
	own = builders.make_item()
	builders.make_listing(shops[1], own, own)
	builders.make_stock(books.company, {own: 7}, books.warehouse)
	commit()
	assert promised(shops[1], own) == 7


def test_a_kit_divides_with_the_shops_that_sell_its_part_alone(shops, item):
	kit = builders.unique("kit")
	name = builders.make_listing(shops[0], kit)
	doc = frappe.get_doc("Marketplace Listing", name)
	doc.update({"is_kit": 1, "components": [{"item": item, "qty": 2}]})
	doc.save()
	commit()
	builders.change_shop(shops[0], stock_priority=5)
	# Of ten parts four are the shop's, and it sells them alone, too.
	assert (promised(shops[0], kit), promised(shops[0], item)) == (1, 2)


def test_a_shop_that_is_off_takes_no_part(shops, item):
	builders.change_shop(shops[0], enabled=0)
	assert [promised(shop, item) for shop in shops[1:]] == [5, 5]


def test_a_share_is_what_a_shop_may_have_at_most(shops, item):
	for shop, share in zip(shops, (50, 25, 25), strict=True):
		builders.change_shop(shop, stock_share=share)
	assert [promised(shop, item) for shop in shops] == [5, 2, 2]


def test_a_company_may_offer_all_everywhere(shops, item):
	before = frappe.db.get_single_value("Marketplace Settings", "shared_stock")
	frappe.db.set_single_value("Marketplace Settings", "shared_stock", OFFER_ALL)
	try:
		assert [promised(shop, item) for shop in shops] == [10, 10, 10]
	finally:
		frappe.db.set_single_value("Marketplace Settings", "shared_stock", before)


def test_the_number_says_that_it_is_a_part(shops, item):
	number = next(number for number in numbers(shops[0]) if number.offer_id == item)
	assert "this shop's part" in number.result.sentence


# --- several cards of one shop ---------------------------------------------------------------------


def test_two_cards_of_one_shop_divide_what_the_shop_may_promise(shops, item):
	second = builders.unique("second")
	builders.make_listing(shops[0], second, item)
	builders.change_shop(shops[0], stock_priority=5)
	commit()
	assert promised(shops[0], item) + promised(shops[0], second) == 4
	assert {promised(shops[0], item), promised(shops[0], second)} == {2}
	listing = frappe.db.get_value("Marketplace Listing", {"shop": shops[0], "offer_id": second})
	frappe.db.set_value("Marketplace Listing", listing, "stock_priority", 9)
	builders.change_shop(shops[1], stock_priority=10)
	builders.change_shop(shops[2], stock_priority=10)
	assert (promised(shops[0], item), promised(shops[0], second)) == (1, 2)


def test_a_single_and_a_pack_of_one_shop_promise_no_piece_twice(open_shop, books):
	shop, code, pack = open_shop(enabled=1), builders.make_item(), builders.unique("pack")
	builders.make_listing(shop, code, code)
	doc = frappe.get_doc("Marketplace Listing", builders.make_listing(shop, pack, code))
	doc.update({"is_kit": 1, "components": [{"item": code, "qty": 3}]})
	doc.save()
	builders.make_stock(books.company, {code: 11}, books.warehouse)
	commit()
	assert promised(shop, code) + 3 * promised(shop, pack) <= 11
	assert promised(shop, pack) == 1 and promised(shop, code) >= 5


def test_cards_offer_all_where_the_company_wants_it(open_shop, books):
	shop, code, second = open_shop(enabled=1), builders.make_item(), builders.unique("second")
	for offer in (code, second):
		builders.make_listing(shop, offer, code)
	builders.make_stock(books.company, {code: 8}, books.warehouse)
	before = frappe.db.get_single_value("Marketplace Settings", "shared_stock")
	frappe.db.set_single_value("Marketplace Settings", "shared_stock", OFFER_ALL)
	try:
		assert (promised(shop, code), promised(shop, second)) == (8, 8)
	finally:
		frappe.db.set_single_value("Marketplace Settings", "shared_stock", before)
