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
	log = builders.run(shop, "stock")
	assert log.status in ("Failed", "Partial") or log.sent == 0
	assert builders.error_sentences(log), "and says why"


def test_fetched_warehouses_know_whose_number_they_share(cabinet, shop):
	groups = frappe.get_all(
		"Marketplace Shop Warehouse", filters={"parent": shop}, fields=["channel_warehouse_id", "stock_group"]
	)
	known = {row.external_id: row.stock_group for row in _warehouses(shop)}
	assert {row.channel_warehouse_id: row.stock_group or None for row in groups} == known


def _warehouses(shop: str):
	page = get_shop(shop).connect().warehouses()
	return [item.record for item in page.items]
