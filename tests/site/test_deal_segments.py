"""Segments of customers, costs of sources."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, nowdate

from crm_marketplace.deals import segments
from crm_marketplace.patches.v0_4 import titles_of_segments
from tests.site.builders import make_item, unique
from tests.site.deals_world import counted, make_customer, make_deal, make_pipeline, speak


@pytest.fixture
def item(site):
	return make_item()


def order(customer, item, rate, company, days_ago=1):
	doc = frappe.get_doc(
		doctype="Sales Order",
		customer=customer,
		company=company,
		transaction_date=add_days(nowdate(), -days_ago),
		delivery_date=nowdate(),
		items=[{"item_code": item, "qty": 1, "rate": rate}],
	)
	doc.insert()
	doc.submit()
	return doc


def fields_of(customer):
	return frappe.db.get_value(
		"Customer", customer, ["segment_abc", "segment_rfm", "segment_channel"], as_dict=True
	)


@pytest.fixture
def customers(site, item, company):
	"""One that buys all the time and one that bought a trifle; so large that leftovers of other tests are small."""
	big, small, none = (make_customer(unique(title)) for title in ("Big", "Small", "None"))
	for _number in range(3):
		order(big, item, 10_000_000_000, company)
	order(small, item, 1, company, days_ago=300)
	return {"big": big, "small": small, "none": none}


def test_customers_have_their_segments(customers):
	segments.nightly()

	assert fields_of(customers["big"])["segment_abc"] == "ABC-A"
	assert fields_of(customers["small"])["segment_abc"] == "ABC-C"
	assert fields_of(customers["big"])["segment_rfm"].startswith("RFM-")
	assert fields_of(customers["small"])["segment_channel"] == "Channel-direct"
	assert not any(fields_of(customers["none"]).values())


def title_of(segment):
	return frappe.db.get_value("Customer Segment", segment, "segment_name")


def test_segments_are_called_in_the_language_of_the_site(customers, monkeypatch):
	frappe.db.delete("Customer Segment")
	speak(monkeypatch, "ru")
	segments.nightly()
	russian = title_of("ABC-A")
	assert russian == "A: основной оборот"
	frappe.db.set_value("Customer Segment", "ABC-A", "segment_name", "A: the most turnover")
	frappe.db.set_value("Customer Segment", "ABC-C", "segment_name", "Trifles")
	titles_of_segments.execute()
	assert (title_of("ABC-A"), title_of("ABC-C")) == (russian, "Trifles")


def test_segments_are_records_one_can_filter_by(customers):
	segments.nightly()

	found = frappe.get_list("Customer", filters={"segment_abc": "ABC-A"}, pluck="name", limit=0)
	assert customers["big"] in found and customers["small"] not in found
	record = frappe.get_doc("Customer Segment", "ABC-A")
	assert record.customers == frappe.db.count("Customer", {"segment_abc": "ABC-A"})
	assert record.turnover >= 30_000_000_000


def test_who_stops_buying_leaves_the_segments_and_a_given_title_stays(customers):
	segments.nightly()
	frappe.db.set_value("Customer Segment", "ABC-A", "segment_name", "Our best")
	frappe.db.set_value(
		"Sales Order", {"customer": customers["big"]}, "transaction_date", add_days(nowdate(), -500)
	)
	segments.nightly()

	assert not any(fields_of(customers["big"]).values())
	assert frappe.db.get_value("Customer Segment", "ABC-A", "segment_name") == "Our best"


def test_nothing_is_written_when_nothing_changed(customers):
	segments.nightly()
	before = frappe.db.get_value("Customer", customers["big"], "modified")
	with counted() as queries:
		segments.nightly()

	assert not [query for query in queries if "UPDATE `tabCustomer` " in query]
	assert frappe.db.get_value("Customer", customers["big"], "modified") == before


def test_orders_of_shops_make_the_channel(customers, company):
	shop = frappe.db.get_value("Marketplace Shop", {}, ["name", "marketplace"], as_dict=True)
	if not shop:
		pytest.skip("no shop on this site yet")
	frappe.db.set_value("Sales Order", {"customer": customers["big"]}, "marketplace_shop", shop.name)
	segments.nightly()

	assert fields_of(customers["big"])["segment_channel"] == f"Channel-{shop.marketplace}"


# --- whether a source pays --------------------------------------------------------------------------


def test_the_return_of_a_source(site):
	from frappe.desk.query_report import run

	pipeline = make_pipeline()
	source, silent = (
		frappe.get_doc(doctype="Lead Source", source_name=unique("Source")).insert().name for _one in range(2)
	)
	won = frappe.get_all("Deal Stage", filters={"pipeline": pipeline, "kind": "Won"}, pluck="name")[0]
	make_deal(pipeline, source=source, amount=3000).update({"stage": won}).save()
	for name, amount in ((source, 1000), (silent, 500)):
		frappe.get_doc(
			doctype="Advertising Cost",
			by="Source",
			source=name,
			pipeline=pipeline,
			from_date=add_days(nowdate(), -9),
			to_date=nowdate(),
			amount=amount,
		).insert()
	filters = {"pipeline": pipeline, "from_date": add_days(nowdate(), -4), "to_date": nowdate()}
	answer = run("Deals by Source", filters=filters, ignore_prepared_report=True)
	rows = {row["source"]: row for row in answer["result"] if isinstance(row, dict)}

	assert (rows[source]["cost"], rows[source]["roi"]) == (500, 500)
	assert (rows[silent]["cost"], rows[silent]["deals"], rows[silent]["roi"]) == (250, 0, -100)


def test_a_cost_of_a_source_names_no_campaign(site):
	campaign = frappe.get_doc(doctype="Campaign", campaign_name=unique("Campaign")).insert().name
	cost = frappe.get_doc(
		doctype="Advertising Cost",
		by="Campaign",
		campaign=campaign,
		source=frappe.get_doc(doctype="Lead Source", source_name=unique("Source")).insert().name,
		pipeline=make_pipeline(),
		from_date=nowdate(),
		to_date=nowdate(),
		amount=10,
	).insert()

	assert (cost.campaign, cost.source) == (campaign, None)
