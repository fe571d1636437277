"""Preview: what the next order run would write, found out without writing anything."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.integrations.records import OrderStatus
from crm_marketplace.marketplace import api
from tests.harness.committing import commit
from tests.site import builders


@pytest.fixture
def shop(sandbox, open_shop) -> str:
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	builders.link_all(shop)
	return shop


def everything(shop: str) -> dict:
	"""What a preview must not change, beside the rows of the shop."""
	return builders.snapshot(shop) | {
		"customers": frappe.get_all("Customer", pluck="name"),
		"cursor": builders.stream_row(shop, "orders").cursor,
		"logs": [log.name for log in builders.logs(shop)],
		"series": frappe.db.sql("select name, current from tabSeries order by name"),
	}


def by_number(preview: dict) -> dict[str, dict]:
	return {order["external_id"]: order for order in preview["orders"]}


def test_it_writes_nothing(sandbox, shop):
	for _ in range(3):
		sandbox.create_order()
	before = everything(shop)

	preview = api.preview_orders(shop)

	assert preview["summary"]["create"] == 3
	assert preview["message"] == "Nothing was written."
	commit()
	assert everything(shop) == before


def test_it_says_what_the_run_then_does(sandbox, shop):
	offers = sandbox.offer_ids(sellable=True)
	numbers = [sandbox.create_order({offer: 1}) for offer in offers[:2]]
	own = sandbox.create_order(scheme="FBO")
	linked = {"shop": shop, "offer_id": offers[1]}
	frappe.db.set_value("Marketplace Listing", linked, {"item": None, "match_status": "Unmatched"})
	commit()

	preview = api.preview_orders(shop)
	builders.run(shop, "orders")

	assert preview["summary"] == {"create": 1, "update": 0, "cancel": 0, "hold": 1, "nothing": 1}
	told = by_number(preview)
	made = builders.only_sales_order(shop)
	good = told[numbers[0]]
	assert (good["kind"], good["grand_total"], good["buyer"]) == ("create", made.grand_total, made.customer)
	assert good["taxes_total"] == made.total_taxes_and_charges
	assert "Makes a Sales Order" in good["documents"]
	held = told[numbers[1]]
	assert held["kind"] == "hold"
	assert held["hold"] == api.order_hold(builders.order_row(shop, numbers[1]).name)["sentence"]
	assert (told[own]["kind"], builders.order_row(shop, own).sales_order) == ("nothing", None)


def test_every_order_of_a_new_shop_is_previewed_with_a_customer(sandbox, shop):
	"""The first one would make it; the others are looked at after that was taken back."""
	for _ in range(3):
		sandbox.create_order()

	preview = api.preview_orders(shop)

	assert {order["kind"] for order in preview["orders"]} == {"create"}
	assert {order["buyer"] for order in preview["orders"]} == {shop}


def test_a_cancellation_is_told_as_one(sandbox, shop):
	number = sandbox.create_order()
	builders.run(shop, "orders")
	sandbox.cancel_order(number)

	preview = api.preview_orders(shop)

	assert preview["summary"]["cancel"] == 1
	assert by_number(preview)[number]["documents"] == ["Cancels the Sales Order"]
	assert builders.only_sales_order(shop).docstatus == 1


def test_what_erpnext_would_refuse_shows_before_it_does(sandbox, shop):
	offer = sandbox.offer_ids(sellable=True)[0]
	sandbox.create_order({offer: 1})
	item = frappe.db.get_value("Marketplace Listing", {"shop": shop, "offer_id": offer}, "item")
	frappe.db.set_value("Item", item, "end_of_life", "2020-01-01")
	commit()

	(order,) = api.preview_orders(shop)["orders"]

	assert order["kind"] == "hold"
	assert "end of life" in order["hold"]


def test_it_follows_the_policy(sandbox, shop):
	sandbox.create_order()
	builders.set_policy(shop, {OrderStatus.AWAITING_PACKING: ("Draft", "Nothing", "Nothing")})

	(order,) = api.preview_orders(shop)["orders"]

	assert order["documents"] == ["Makes a Sales Order"], "and does not submit it"


def test_it_shows_as_many_as_are_wanted(sandbox, shop):
	for _ in range(4):
		sandbox.create_order()

	assert len(api.preview_orders(shop, 2)["orders"]) == 2


def test_a_marketplace_that_does_not_answer_is_said_to_the_user(sandbox, shop):
	sandbox.fault("503", path="/v4/posting/*")

	with pytest.raises(frappe.ValidationError, match="does not answer at the moment"):
		api.preview_orders(shop)
