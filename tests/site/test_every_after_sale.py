"""Returns, reviews and labels with each marketplace that has them: the same jobs and documents for all."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.records import OrderStatus
from crm_marketplace.marketplace import api
from crm_marketplace.sandbox import Sandbox
from crm_marketplace.sandbox.limits import UNLIMITED
from crm_marketplace.sync import labels
from tests.site import builders

MOVES = 12  # more than any marketplace has statuses in a row


def with_capability(capability: Capability) -> list[str]:
	return sorted(
		name for name, connector in registry.connectors().items() if capability in connector.info.capabilities
	)


@pytest.fixture
def set_up(request, open_shop, books):
	"""A sandbox and a shop whose cards are known; its streams of returns and reviews are on."""
	with Sandbox(request.param, listings=8, orders=0, limits=UNLIMITED) as sandbox:
		shop = open_shop(sandbox, charges_account=books.charges_account)
		assert api.test_connection(shop)["status"] == "Working"
		builders.run(shop, "listings")
		builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), 50), books.warehouse)
		builders.switch_streams(shop, returns=1, reviews=1)
		yield sandbox, shop


def for_each(name: str):
	"""For each marketplace that has a capability."""
	return pytest.mark.parametrize("set_up", with_capability(Capability(name)), indirect=True)


def moved_until(sandbox: Sandbox, shop: str, status: OrderStatus) -> frappe._dict:
	"""A new order, moved on until it has this status of ours."""
	number = sandbox.create_order()
	for _move in range(MOVES):
		builders.run(shop, "orders")
		(row,) = builders.order_rows(shop, external_id=number)
		if row.status == status.value:
			return row
		sandbox.move_order(number)
	raise AssertionError(f"the order ended as {row.status}")


def ran_well(shop: str, stream: str):
	log = builders.run(shop, stream)
	assert (log.status, log.failed) == ("Success", 0), builders.error_sentences(log)
	return log


@for_each("returns")
def test_a_return_is_linked_to_its_order_and_goods(set_up):
	sandbox, shop = set_up
	order = moved_until(sandbox, shop, OrderStatus.DELIVERED)
	number = sandbox.create_return(order.external_id)

	log = ran_well(shop, "returns")

	assert (log.created_count, log.updated_count) == (1, 0)
	(row,) = frappe.get_all("Marketplace Return", filters={"shop": shop}, fields=["*"])
	assert (row.external_id, row.kind) == (number, "Returned")
	assert row.state == sandbox.goods_return(number)["state"]
	assert (row.marketplace_order, row.order_external_id) == (order.name, order.external_id)
	assert row.sales_order == order.sales_order
	(line,) = frappe.get_doc("Marketplace Return", row.name).lines
	listing = frappe.get_doc("Marketplace Listing", line.listing)
	assert listing.offer_id == sandbox.goods_return(number)["offer_id"] == line.offer_id
	assert line.item == listing.item


@for_each("returns")
def test_returns_move_on_and_a_second_run_writes_nothing(set_up):
	sandbox, shop = set_up
	order = moved_until(sandbox, shop, OrderStatus.DELIVERED)
	number = sandbox.create_return(order.external_id)
	ran_well(shop, "returns")
	sandbox.advance(3600)
	state = sandbox.move_return(number)

	log = ran_well(shop, "returns")
	assert log.updated_count == 1
	assert frappe.db.get_value("Marketplace Return", {"shop": shop}, "state") == state

	again = ran_well(shop, "returns")
	assert (again.created_count, again.updated_count) == (0, 0)
	assert frappe.db.count("Marketplace Return", {"shop": shop}) == 1


@for_each("feedback")
def test_a_review_is_linked_to_its_card_and_answered(set_up):
	sandbox, shop = set_up
	offer = sandbox.offer_ids(sellable=True)[0]
	number = sandbox.create_review(offer, 2, "Протекает")

	ran_well(shop, "reviews")

	(row,) = frappe.get_all("Marketplace Review", filters={"shop": shop}, fields=["*"])
	assert (row.external_id, row.rating, row.text, row.is_answered) == (number, 2, "Протекает", 0)
	listing = frappe.get_doc("Marketplace Listing", row.listing)
	assert (listing.offer_id, row.item) == (offer, listing.item)

	api.answer_review(row.name, "Извините! Пришлём другой.")
	assert list(sandbox.review(number)["answers"]) == ["Извините! Пришлём другой."]
	log = ran_well(shop, "reviews")
	assert log.created_count == 0
	doc = frappe.get_doc("Marketplace Review", row.name)
	assert (doc.is_answered, doc.answer) == (1, "Извините! Пришлём другой.")


@for_each("feedback")
def test_what_reviews_say_can_be_tested_beforehand(set_up):
	_sandbox, shop = set_up
	report = api.test_connection(shop)
	rights = {right["capability"]: right["granted"] for right in report["rights"]}
	assert rights["feedback"] and rights["returns"]


@for_each("labels")
@pytest.mark.usefixtures("patient")
def test_a_packed_order_has_a_label(set_up):
	sandbox, shop = set_up
	order = moved_until(sandbox, shop, OrderStatus.AWAITING_SHIPMENT)
	name, content = labels.label_file(order.name)
	assert content.startswith((b"%PDF-", b"\x89PNG"))
	assert name.endswith((".pdf", ".png")) and order.external_id in name


@for_each("returns")
def test_a_notification_of_nothing_new_costs_one_run(set_up):
	"""The streams run with nothing to tell, too."""
	_sandbox, shop = set_up
	for stream in ("returns", "reviews"):
		log = ran_well(shop, stream)
		assert log.stored == 0
