"""One item in every shop that sells it: what the Item form shows."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.marketplace import api
from tests.harness.committing import commit
from tests.site import builders
from tests.site.builders import line, make_order


@pytest.fixture
def item(site) -> str:
	return builders.make_item()


def test_every_listing_of_an_item_is_shown_with_its_numbers(open_shop, books, item):
	first, second = open_shop(), open_shop()
	builders.make_listing(first, "cup", item, title="Cup", url="https://example.invalid/cup")
	builders.make_listing(second, "cup-2", item)
	builders.make_listing(second, "archived", item, state="Archived")
	builders.make_listing(second, "other", builders.make_item())
	builders.make_stock(books.company, {item: 9}, books.warehouse)
	builders.run(first, "stock")
	commit()

	rows = {row["offer_id"]: row for row in api.item_in_shops(item)}

	assert set(rows) == {"cup", "cup-2"}
	cup = rows["cup"]
	assert (cup["shop"], cup["title"], cup["url"], cup["marketplace"]) == (
		first,
		"Cup",
		"https://example.invalid/cup",
		"Ozon",
	)
	assert (cup["qty"], cup["orders"], cup["price"]) == (1, 0, None)
	assert rows["cup-2"]["published"] is None


def test_sets_the_item_is_in_are_shown_with_its_share(shop, item):
	listing = builders.make_listing(shop, "tea-set")
	api.link_listing(listing, components=[{"item": item, "qty": 4}, {"item": builders.make_item(), "qty": 1}])

	(row,) = api.item_in_shops(item)

	assert (row["listing"], row["qty"]) == (listing, 4)


def test_open_orders_are_counted_and_closed_ones_are_not(shop, item):
	builders.make_listing(shop, "cup", item)
	commit()
	builders.take_in(shop, make_order(line("cup", 2)))
	builders.take_in(shop, make_order(line("cup", 3), line("cup", 1, line_id="second")))
	cancelled = make_order(line("cup", 50))
	builders.take_in(shop, cancelled)
	builders.take_in(shop, builders.cancelled(cancelled))

	(row,) = api.item_in_shops(item)

	assert (row["orders"], row["units"]) == (2, 6)


def test_prices_are_shown_with_what_keeps_them(shop, item):
	listing = builders.make_listing(shop, "cup", item, price=500, currency="RUB")
	commit()
	assert api.item_in_shops(item)[0]["price"]["published"] == 500, "what the card says"

	frappe.get_doc(
		doctype="Marketplace Listing Price",
		listing=listing,
		shop=shop,
		currency="RUB",
		desired=550,
		confirmed=510,
		hold_code="leap",
	).insert()

	assert api.item_in_shops(item)[0]["price"] == {
		"desired": 550,
		"published": 510,
		"currency": "RUB",
		"hold": True,
		"quarantine": False,
	}


def test_an_item_nobody_sells_has_no_rows(item):
	assert api.item_in_shops(item) == []


def test_shops_a_user_may_not_see_are_left_out(open_shop, item, user_with_role, as_user):
	mine, other = open_shop(), open_shop()
	builders.make_listing(mine, "mine", item)
	builders.make_listing(other, "theirs", item)
	user = user_with_role("Marketplace Viewer")
	permission = frappe.get_doc(
		doctype="User Permission", user=user, allow="Marketplace Shop", for_value=mine
	).insert()
	commit()
	try:
		with as_user(user):
			rows = api.item_in_shops(item)
	finally:
		permission.delete()
		commit()

	assert [row["offer_id"] for row in rows] == ["mine"]


def test_whoever_may_not_see_the_item_sees_none_of_it(item, user_with_role, as_user):
	with as_user(user_with_role()), pytest.raises(frappe.PermissionError):
		api.item_in_shops(item)


def test_queries_do_not_grow_with_shops_and_listings(open_shop, item):
	builders.make_listing(open_shop(), "cup", item)
	commit()
	queries_of(item)  # what is cached is cached
	few = queries_of(item)
	for number in range(3):
		shop = open_shop()
		for size in range(5):
			builders.make_listing(shop, f"cup-{number}-{size}", item)
	commit()

	assert queries_of(item) == few


def queries_of(item: str) -> int:
	count = 0
	sql = frappe.db.sql

	def counting(*args, **kwargs):
		nonlocal count
		count += 1
		return sql(*args, **kwargs)

	frappe.db.sql = counting
	try:
		assert api.item_in_shops(item)
	finally:
		frappe.db.sql = sql
	return count
