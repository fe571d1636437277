"""What sells faster than a shop hears of it: measured daily, kept on the listing, shown, and switched off."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest

from crm_marketplace.integrations.records import OrderStatus
from crm_marketplace.marketplace import api
from crm_marketplace.sync import clock
from crm_marketplace.sync.stock import velocity
from tests.harness.committing import commit
from tests.site import builders
from tests.site.builders import line, make_order

SOLD = 14 * 288 * 3  # in two weeks: three in each five minutes


@pytest.fixture
def slow_shop(open_shop) -> str:
	"""A shop whose stock goes out every five minutes."""
	return open_shop(enabled=1)


def sell(shop: str, offer_id: str, quantity: int, *, days_ago: int = 2, **fields) -> None:
	moment = clock.utc_now() - timedelta(days=days_ago)
	builders.store(shop, make_order(line(offer_id, quantity, "1.00"), created_at=moment, **fields))


def buffer(shop: str, item: str) -> int:
	return frappe.db.get_value("Marketplace Listing", {"shop": shop, "item": item}, "auto_buffer")


def promised(shop: str, item: str) -> tuple[int, str]:
	listing = frappe.db.get_value("Marketplace Listing", {"shop": shop, "item": item})
	(level,) = api.listing_stock(listing)
	return level["desired"], level["explanation"]


def test_what_sells_fast_is_offered_one_by_one_when_it_runs_short(slow_shop, books):
	item = builders.make_goods(slow_shop)
	sell(slow_shop, item, SOLD)
	velocity.daily()
	commit()
	assert buffer(slow_shop, item) == 3

	# The sold goods still wait to become Sales Orders: only what is free beyond them counts.
	builders.make_stock(books.company, {item: SOLD + 2}, books.warehouse)
	quantity, explanation = promised(slow_shop, item)
	assert quantity == 1
	assert "1 kept back for fast sale" in explanation

	builders.make_stock(books.company, {item: 10}, books.warehouse)
	assert promised(slow_shop, item)[0] == 12


def test_speed_is_counted_over_all_shops(open_shop):
	first, second = open_shop(enabled=1), open_shop(enabled=1)
	item = builders.make_goods(first)
	builders.make_listing(second, "same-thing", item)
	sell(first, item, SOLD)

	velocity.daily()

	assert buffer(second, item) == 3, "what one shop sells, the other must not sell again"


def test_the_lag_of_each_shop_is_its_own(open_shop):
	quick, slow = open_shop(enabled=1), open_shop(enabled=1)
	item = builders.make_goods(quick)
	builders.make_listing(slow, "same-thing", item)
	builders.change_shop(
		slow,
		lambda doc: [row.update({"interval_minutes": 60}) for row in doc.streams if row.stream == "stock"],
	)
	sell(quick, item, SOLD)

	velocity.daily()

	assert (buffer(quick, item), buffer(slow, item)) == (3, 36)


def test_how_long_runs_take_belongs_to_the_lag(slow_shop):
	log = frappe.get_doc(
		doctype="Marketplace Sync Log",
		shop=slow_shop,
		stream="stock",
		status="Success",
		started_at=clock.site_now(),
		seconds=300,
	).insert()

	assert velocity.shop_lags()[slow_shop] == timedelta(minutes=10)
	log.delete()
	assert velocity.shop_lags()[slow_shop] == timedelta(minutes=5)


def test_sets_are_kept_back_for_their_fastest_goods(slow_shop):
	cup = builders.make_goods(slow_shop)
	listing = builders.make_listing(slow_shop, "two-cups")
	api.link_listing(listing, components=[{"item": cup, "qty": 2}])
	sell(slow_shop, cup, SOLD)

	velocity.daily()

	assert frappe.db.get_value("Marketplace Listing", listing, "auto_buffer") == 2


@pytest.mark.parametrize(
	("quantity", "fields"),
	[
		(14, {}),
		(SOLD, {"days_ago": 20}),
		(SOLD, {"status": OrderStatus.CANCELLED, "vendor_status": "cancelled"}),
	],
	ids=["slow", "long ago", "cancelled"],
)
def test_what_sells_slowly_is_not_kept_back(slow_shop, quantity, fields):
	item = builders.make_goods(slow_shop)
	sell(slow_shop, item, quantity, **fields)

	velocity.daily()

	assert buffer(slow_shop, item) == 0


def test_a_rush_that_is_over_is_forgotten(slow_shop):
	item = builders.make_goods(slow_shop)
	sell(slow_shop, item, SOLD)
	velocity.daily()
	frappe.db.set_value(
		"Marketplace Order", {"shop": slow_shop}, "ordered_at", clock.site_now() - timedelta(days=15)
	)

	velocity.daily()

	assert buffer(slow_shop, item) == 0


def test_a_second_day_without_news_changes_nothing(slow_shop):
	sell(slow_shop, builders.make_goods(slow_shop), SOLD)
	velocity.daily()

	assert velocity.daily() == 0


@pytest.mark.parametrize("where", ["Marketplace Shop", "Marketplace Listing"])
def test_it_can_be_switched_off_for_a_shop_and_for_a_listing(slow_shop, books, where):
	item = builders.make_goods(slow_shop)
	sell(slow_shop, item, SOLD)
	velocity.daily()
	builders.make_stock(books.company, {item: SOLD + 2}, books.warehouse)
	assert promised(slow_shop, item)[0] == 1

	filters = {"name": slow_shop} if where == "Marketplace Shop" else {"shop": slow_shop}
	frappe.db.set_value(where, filters, "automatic_buffer", 0)
	commit()

	assert promised(slow_shop, item)[0] == 2


def test_a_shop_that_keeps_no_stock_is_left_alone(shop):
	item = builders.make_goods(shop)
	sell(shop, item, SOLD)

	velocity.daily()

	assert buffer(shop, item) == 0
