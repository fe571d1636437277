"""Reports of stock: what is promised where, what the daily check found, and sending it again."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.integrations.records import StockLevel
from crm_marketplace.marketplace import api
from crm_marketplace.marketplace.report.marketplace_stock_differences import marketplace_stock_differences
from crm_marketplace.marketplace.report.marketplace_stock_in_shops import marketplace_stock_in_shops
from crm_marketplace.sync.shops import get_shop
from crm_marketplace.sync.stock import drift
from tests.harness.committing import commit
from tests.site import builders
from tests.site.builders import line, make_order


@pytest.fixture
def stocked(open_sandbox, open_shop, books):
	"""A sandbox and its shop, listings matched, ten pieces of everything, all of it published."""
	sandbox = open_sandbox(listings=6)
	shop = open_shop(sandbox, enabled=1)
	builders.run(shop, "listings")
	items = builders.link_all(shop)
	builders.make_stock(books.company, dict.fromkeys(items, 10), books.warehouse)
	builders.run(shop, "stock")
	return sandbox, shop


def in_shops(**filters) -> list[dict]:
	return marketplace_stock_in_shops.execute(filters)[1]


def differences(**filters) -> list[dict]:
	return marketplace_stock_differences.execute(filters)[1]


def seen(shop: str, level: frappe._dict, quantity: int) -> int:
	"""The daily check reads this quantity at the marketplace."""
	found = drift.compare(
		get_shop(shop),
		[
			StockLevel(
				listing_id=level.listing_external_id,
				offer_id=level.offer_id,
				warehouse_id=level.channel_warehouse_id,
				quantity=quantity,
			)
		],
	)
	commit()
	return found


# --- stock in shops --------------------------------------------------------------------------------


def test_each_item_is_shown_in_each_shop_with_what_is_there_and_what_is_promised(open_shop, books):
	first, second = open_shop(stock_share=50), open_shop()
	item = builders.make_goods(first)
	builders.make_listing(second, "same-thing", item)
	builders.make_stock(books.company, {item: 10}, books.warehouse)
	builders.take_in(first, make_order(line(item, 2)))
	for shop in (first, second):
		api.listing_stock(frappe.db.get_value("Marketplace Listing", {"shop": shop, "item": item}))
		builders.run(shop, "stock")

	rows = {row["shop"]: row for row in in_shops(item=item)}

	assert set(rows) == {first, second}
	for row in rows.values():
		assert (row["on_hand"], row["reserved"], row["free"]) == (10, 2, 8)
	shown = {row["shop"]: row["desired"] for row in api.item_in_shops(item)}
	assert {shop: row["desired"] for shop, row in rows.items()} == shown


def test_only_differences_are_shown_on_request_and_the_reason_with_them(stocked):
	_sandbox, shop = stocked
	assert in_shops(shop=shop, only_differences=1) == []
	assert in_shops(shop=shop)

	level = builders.levels(shop)[0]
	frappe.db.set_value("Marketplace Stock Level", level.name, {"desired": 3, "pending": 1})
	frappe.db.set_value("Marketplace Listing", level.listing, "stock_state", "Waiting")
	(row,) = in_shops(shop=shop, only_differences=1)

	assert (row["listing"], row["kind"], row["desired"], row["published"]) == (
		level.listing,
		"Waiting",
		3,
		10,
	)
	assert row["difference"] == 7
	assert "next stock run" in row["reason"] and "on hand" in row["explanation"]


def test_a_refusal_is_the_reason(stocked):
	_sandbox, shop = stocked
	level = builders.levels(shop)[0]
	frappe.db.set_value(
		"Marketplace Stock Level",
		level.name,
		{"desired": 3, "pending": 1, "last_error": "The card is blocked."},
	)
	frappe.db.set_value("Marketplace Listing", level.listing, "stock_state", "Error")

	(row,) = in_shops(shop=shop, only_differences=1)

	assert (row["kind"], row["reason"]) == ("Error", "The card is blocked.")


def test_a_set_is_shown_without_numbers_of_its_own(shop):
	listing = builders.make_listing(shop, "tea-set")
	api.link_listing(listing, components=[{"item": builders.make_item(), "qty": 2}])
	commit()

	(row,) = in_shops(shop=shop)

	assert (row["item"], row["on_hand"], row["kind"]) == (None, None, None)
	assert row["reason"]


def test_the_warehouse_filter_counts_that_warehouse_alone(open_shop, books):
	item = builders.make_item()
	mapping = [
		builders.channel_warehouse("1", books.warehouse),
		builders.channel_warehouse("2", books.other_warehouse),
	]
	shop = open_shop(warehouses=mapping)
	builders.make_listing(shop, item, item)
	builders.make_stock(books.company, {item: 4}, books.warehouse)
	builders.make_stock(books.company, {item: 6}, books.other_warehouse)

	both = in_shops(item=item)
	one = in_shops(item=item, warehouse=books.other_warehouse)

	assert [row["on_hand"] for row in (*both, *one)] == [10, 6]


def test_the_group_filter_takes_in_the_groups_below(shop):
	group = builders.unique("Group")
	for name, parent, is_group in ((group, "All Item Groups", 1), (f"{group} below", group, 0)):
		frappe.get_doc(
			doctype="Item Group", item_group_name=name, parent_item_group=parent, is_group=is_group
		).insert()
	inside = builders.make_goods(shop, item_group=f"{group} below")
	builders.make_goods(shop)
	commit()

	assert [row["item"] for row in in_shops(shop=shop, item_group=group)] == [inside]


def test_a_page_holds_so_many_rows_and_the_next_one_the_others(shop, monkeypatch):
	monkeypatch.setattr(marketplace_stock_in_shops, "PAGE", 2)
	for _ in range(3):
		builders.make_goods(shop)
	commit()

	first = marketplace_stock_in_shops.execute({"shop": shop})
	second = marketplace_stock_in_shops.execute({"shop": shop, "page": 2})

	assert (len(first[1]), len(second[1])) == (2, 1)
	assert first[2] and second[2] is None
	assert {row["listing"] for row in first[1]}.isdisjoint(row["listing"] for row in second[1])


def test_the_report_asks_as_often_for_many_listings_as_for_few(shop):
	counted = []
	for _ in range(2):
		for _listing in range(5):
			builders.make_goods(shop)
		commit()
		counted.append(queries_of(lambda: in_shops(shop=shop)))

	assert counted[0] == counted[1]


def queries_of(work) -> int:
	count = 0
	sql = frappe.db.sql

	def counting(*args, **kwargs):
		nonlocal count
		count += 1
		return sql(*args, **kwargs)

	frappe.db.sql = counting
	try:
		work()
	finally:
		frappe.db.sql = sql
	return count


@pytest.mark.parametrize("report", ["Marketplace Stock in Shops", "Marketplace Stock Differences"])
@pytest.mark.parametrize("role", ["Marketplace Viewer", "Marketplace Operator", "Marketplace Manager"])
def test_each_role_can_open_the_reports(stocked, user_with_role, as_user, report, role):
	from frappe.desk.query_report import run

	_sandbox, shop = stocked
	with as_user(user_with_role(role)):
		answer = run(report, {"shop": shop})

	assert answer["columns"]
	assert report.endswith("Differences") or answer["result"]


# --- what the daily check finds --------------------------------------------------------------------


def test_a_drift_is_kept_with_what_was_believed_until_it_is_repaired(stocked):
	sandbox, shop = stocked
	level = builders.levels(shop)[0]

	assert seen(shop, level, 3) == 1

	(row,) = differences(shop=shop)
	assert (row["kind"], row["desired"], row["confirmed"], row["remote"], row["believed"]) == (
		"Drift",
		10,
		3,
		3,
		10,
	)
	assert row["difference"] == 7 and row["drift_found_at"]
	assert "on hand" in row["explanation"], "a sentence, not its parts"

	builders.let_time_pass(shop)
	builders.run(shop, "stock")

	(row,) = differences(shop=shop)
	assert (row["kind"], row["confirmed"], row["believed"]) == ("Repaired", 10, 10)
	assert sandbox.stock(level.offer_id, level.channel_warehouse_id)["free"] == 10

	assert seen(shop, level, 10) == 0
	assert differences(shop=shop) == []


def test_what_changed_since_the_last_check_is_no_drift(stocked, books):
	_sandbox, shop = stocked
	builders.run(shop, "drift")
	item = frappe.db.get_value("Marketplace Listing", builders.levels(shop)[0].listing, "item")
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	builders.let_time_pass(shop)

	builders.run(shop, "stock")

	assert differences(shop=shop) == []


def test_a_level_never_confirmed_cannot_drift(stocked):
	_sandbox, shop = stocked
	level = builders.levels(shop)[0]
	frappe.db.set_value("Marketplace Stock Level", level.name, {"confirmed": -1, "pending": 1})

	assert seen(shop, level, 4) == 0
	assert [row["kind"] for row in differences(shop=shop)] == ["Waiting"]


@pytest.mark.parametrize("kind", ["Waiting", "Error", "Drift", "Repaired"])
def test_the_differences_are_filtered_by_kind(stocked, kind):
	_sandbox, shop = stocked
	waiting, refused, drifted, repaired, *_others = builders.levels(shop)
	now = frappe.utils.now_datetime()
	for level, values in (
		(waiting, {"pending": 1}),
		(refused, {"pending": 1, "last_error": "No."}),
		(drifted, {"pending": 1, "drift_found_at": now}),
		(repaired, {"drift_found_at": now}),
	):
		frappe.db.set_value("Marketplace Stock Level", level.name, values)

	assert [row["kind"] for row in differences(shop=shop, kind=kind)] == [kind]
	assert len(differences(shop=shop)) == 4


# --- repair ----------------------------------------------------------------------------------------


def test_repairing_queues_the_stock_of_the_shops_and_waits_for_nothing(stocked, queued):
	sandbox, shop = stocked
	level = builders.levels(shop)[0]
	later = frappe.utils.add_days(None, 1)
	frappe.db.set_value(
		"Marketplace Stock Level",
		level.name,
		{"desired": 4, "pending": 1, "last_error": "No.", "next_attempt_at": later, "sent_at": None},
	)
	commit()
	queued.clear()

	result = api.repair_stock([shop])

	assert result == {"queued": [shop], "skipped": {}}
	assert queued == [{"shop": shop, "stream": "stock", "started_by": "Button"}]
	builders.run(shop, "stock")
	assert sandbox.stock(level.offer_id, level.channel_warehouse_id)["free"] == 10


def test_a_shop_that_cannot_be_repaired_is_left_out_with_the_reason(open_shop, queued):
	paused, off, fine = open_shop(enabled=1), open_shop(), open_shop(enabled=1)
	frappe.db.set_value("Marketplace Shop", paused, "breaker_state", "Open")
	builders.change_shop(
		off, lambda doc: [row.update({"enabled": 0}) for row in doc.streams if row.stream == "stock"]
	)
	queued.clear()

	result = api.repair_stock([paused, off, fine])

	assert result["queued"] == [fine]
	assert set(result["skipped"]) == {paused, off}
	assert [call["shop"] for call in queued] == [fine]
