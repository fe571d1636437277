"""Documents made of one another by a trigger, with their goods."""

from __future__ import annotations

import json

import frappe
import pytest

from tests.harness.committing import commit
from tests.site import builders, deals_world, triggers
from tests.site.triggers import action, failed, make, run, the_log

pytestmark = pytest.mark.usefixtures("no_triggers")


@pytest.fixture
def pipeline(site):
	name = deals_world.make_pipeline()
	yield name
	frappe.db.rollback()
	for deal in frappe.get_all("Deal", filters={"pipeline": name}, pluck="name"):
		frappe.delete_doc("Deal", deal, force=True)
	frappe.db.delete("Deal Stage", {"pipeline": name})
	frappe.delete_doc("Deal Pipeline", name, force=True)
	commit()


@pytest.fixture
def made(pipeline):
	"""Gives a function that makes documents of one by a trigger; they are taken away again."""
	found = []

	def by_trigger(source, *targets: str, **settings):
		rule = make(
			"Comment Added",
			source.doctype,
			*(action("Create Document", doctype=doctype, take_over=1, **settings) for doctype in targets),
		)
		source.add_comment("Comment", "make them")
		run()
		log = the_log(rule)
		assert log.status == "Done", [(row.message, row.message_values, row.error) for row in log.actions]
		docs = [frappe.get_doc(row.reference_doctype, row.reference_name) for row in log.actions]
		found.extend(docs)
		return docs

	yield by_trigger
	frappe.db.rollback()
	for doc in reversed(found):
		frappe.delete_doc(doc.doctype, doc.name, force=True)
	commit()


def test_of_an_order_of_a_shop(shop, books, pipeline, made):
	offer = builders.make_goods(shop)
	order = builders.take_in(shop, builders.make_order(builders.line(offer, quantity=2)))
	order = frappe.get_doc("Marketplace Order", order.name)
	item = order.lines[0].item
	assert item and order.sales_order

	[deal] = made(order, "Deal", values=[{"field": "pipeline", "value": pipeline}])
	assert (deal.marketplace_order, deal.pipeline, deal.party) == (order.name, pipeline, order.customer)
	assert [(row.item_code, row.qty) for row in deal.items] == [(item, 2)]

	triggers.forget_all()
	issue, request = made(order, "Issue", "Material Request")
	assert order.order_number in issue.subject and "× 2" in issue.description
	assert [(row.item_code, row.qty, row.sales_order) for row in request.items] == [
		(item, 2, order.sales_order)
	]

	triggers.forget_all()
	frappe.db.set_value("Marketplace Order", order.name, {"sales_order": None, "warehouse": books.warehouse})
	[request] = made(order, "Material Request")
	assert [(row.item_code, row.qty, row.warehouse) for row in request.items] == [(item, 2, books.warehouse)]


def test_goods_that_are_no_items_yet_cannot_be_requested(shop):
	order = frappe.get_doc("Marketplace Order", triggers.take_in_order(shop))
	rule = make(
		"Comment Added",
		"Marketplace Order",
		action("Create Document", doctype="Material Request", take_over=1),
	)
	order.add_comment("Comment", "make it")
	run()
	assert "not linked to Items yet" in failed(rule).message


def test_of_a_deal_and_to_a_deal(pipeline, made):
	item = builders.make_item(is_stock_item=0)
	deal = deals_world.make_deal(
		pipeline,
		party_type="Customer",
		party=deals_world.make_customer(),
		items=[{"item_code": item, "item_name": item, "qty": 3, "rate": 10}],
	)
	quotation, order, project = made(deal, "Quotation", "Sales Order", "Project")
	assert (quotation.deal, quotation.items[0].qty, order.deal) == (deal.name, 3, deal.name)
	assert project.deal == deal.name

	triggers.forget_all()
	lead = frappe.get_doc("Lead", deals_world.make_lead())
	[other] = made(lead, "Deal", values=[{"field": "pipeline", "value": pipeline}])
	assert (other.party_type, other.party) == ("Lead", lead.name)


def test_of_a_sales_order_to_a_purchase_order(books, made):
	item = builders.make_item()
	supplier = frappe.get_doc(
		doctype="Supplier", supplier_name=builders.unique("supplier"), supplier_group="All Supplier Groups"
	).insert()
	order = frappe.get_doc(
		doctype="Sales Order",
		company=books.company,
		customer=deals_world.make_customer(),
		delivery_date=frappe.utils.today(),
		items=[{"item_code": item, "qty": 2, "rate": 10, "warehouse": books.warehouse}],
	).insert()
	order.submit()
	[bought] = made(
		order,
		"Purchase Order",
		values=[
			{"field": "supplier", "value": supplier.name},
			{"field": "schedule_date", "value": "{{ today }}"},
		],
	)
	assert [(row.item_code, row.qty, row.sales_order) for row in bought.items] == [(item, 2, order.name)]


def test_a_box_that_did_nothing_is_off_in_rules_that_stood(site):
	from crm_marketplace.patches.v0_3 import take_over_that_did_nothing as patch

	fill_in = [{"field": "title", "value": "x"}]
	rules = [
		make("Created", source, action("Create Document", doctype=target, take_over=1, values=fill_in))
		for source, target in (("Lead", "Deal"), ("Task", "Deal"))
	]
	patch.execute()
	patch.execute()
	settings = [json.loads(frappe.get_doc("Trigger", rule.name).actions[0].settings) for rule in rules]
	assert [(one["take_over"], one["values"]) for one in settings] == [(0, fill_in), (1, fill_in)]
