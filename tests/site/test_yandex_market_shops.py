"""What only a marketplace with several shops in one cabinet can do to a site."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.marketplace import api
from crm_marketplace.sandbox import Sandbox
from crm_marketplace.sandbox.limits import UNLIMITED
from crm_marketplace.sync.shops import get_shop
from tests.site import builders


@pytest.fixture
def cabinet(site):
	with Sandbox("Yandex Market", listings=6, orders=8, limits=UNLIMITED) as sandbox:
		yield sandbox


@pytest.fixture
def shop(cabinet, open_shop, books) -> str:
	"""One shop of the cabinet, at work."""
	campaign = cabinet.shop.campaign_ids("FBS")[0]
	name = open_shop(cabinet, charges_account=books.charges_account)
	builders.change_key(name, cabinet.shop.credentials_of(campaign))
	builders.run(name, "listings")
	builders.make_stock(books.company, dict.fromkeys(builders.link_all(name), 20), books.warehouse)
	return name


def test_a_shop_that_is_switched_off_in_the_cabinet_is_told(cabinet, shop):
	cabinet.shop.switch_off(cabinet.shop.campaign_ids("FBS")[0])

	tested = api.test_connection(shop)

	assert tested["status"] != "Working"
	assert any("90 days" in note for note in tested["notes"])


def test_runs_of_a_shop_that_is_switched_off_say_why_and_promise_nothing_more(cabinet, shop, books):
	assert builders.run(shop, "stock").sent > 0
	builders.let_time_pass(shop)
	cabinet.shop.switch_off(cabinet.shop.campaign_ids("FBS")[0])
	(item, *_others) = frappe.get_all(
		"Marketplace Listing", filters={"shop": shop, "match_status": "Matched"}, pluck="item"
	)
	builders.make_stock(books.company, {item: 7}, books.warehouse)

	logs = {stream: builders.run(shop, stream) for stream in ("orders", "listings", "stock")}

	for stream in ("orders", "listings"):
		assert logs[stream].status == "Failed"
		assert builders.error_sentences(logs[stream]) == [
			"The marketplace has switched this shop off for programs."
		]
	assert logs["stock"].sent == 0
	assert logs["stock"].summary == "New orders could not be read, so only decreases were sent."
	health = {row["stream"]: row["sentence"] for row in api.shop_health(shop)["streams"]}
	assert "switched this shop off" in health["orders"]


def test_fetched_warehouses_know_whose_number_they_share(cabinet, shop):
	groups = frappe.get_all(
		"Marketplace Shop Warehouse", filters={"parent": shop}, fields=["channel_warehouse_id", "stock_group"]
	)
	stored = {row.channel_warehouse_id: row.stock_group or None for row in groups}
	known = {row.external_id: row.stock_group for row in _warehouses(shop)}
	assert {channel: stored.get(channel) for channel in known} == known
	assert any(known.values())


def test_stock_goes_out_with_what_the_mapping_knows_of_groups(cabinet, open_shop, books):
	cabinet.shop.group_warehouses()
	shop = open_shop(cabinet, charges_account=books.charges_account)
	builders.run(shop, "listings")
	builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), 20), books.warehouse)
	cabinet.journal.clear()

	log = builders.run(shop, "stock")

	assert (log.status, log.failed) == ("Success", 0) and log.sent, builders.error_sentences(log)
	# The way of cabinets without groups is not even tried.
	assert cabinet.journal.count("/v3/businesses/*/warehouses") == 0
	assert cabinet.journal.count("/v3/businesses/*/offers/stocks/update") == 0


def _warehouses(shop: str):
	page = get_shop(shop).connect().warehouses()
	return [item.record for item in page.items]
