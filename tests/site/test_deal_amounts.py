"""The amount of a deal follows its documents, and lets go of those that do not count any more."""

from __future__ import annotations

import frappe
import pytest
from erpnext.selling.doctype.quotation.quotation import make_sales_order, set_expired_status

from crm_marketplace.deals import documents
from crm_marketplace.rules.deals import Kind
from tests.site.builders import make_item
from tests.site.deals_world import make_customer, make_deal, make_pipeline, move, stage_of


@pytest.fixture
def pipeline(site):
	return make_pipeline()


@pytest.fixture
def deal(pipeline):
	"""A deal with a customer and a line of two pieces at 500."""
	item = make_item(is_stock_item=0)
	return make_deal(pipeline, party=make_customer(), items=[{"item_code": item, "qty": 2, "rate": 500}])


def quote(deal, rate=None):
	quotation = documents.make_quotation(deal.name)
	if rate:
		quotation.items[0].rate = rate
	quotation.insert().submit()
	deal.reload()
	return quotation


@pytest.mark.parametrize("to", [None, "another"])
def test_a_submitted_quotation_that_leaves_its_deal_takes_the_amount_along(deal, pipeline, to):
	quotation, other = quote(deal, rate=700), make_deal(pipeline, party=deal.party)
	quotation.deal = to and other.name
	quotation.save()
	deal.reload(), other.reload()
	assert (deal.amount, deal.amount_from) == (1000, "Items")
	assert other.amount == (1400 if to else 0)


def test_an_order_that_leaves_its_deal_takes_the_amount_along(deal):
	frappe.get_doc("Deal Pipeline", deal.pipeline).update({"won_on": "By hand"}).save()
	sales_order = make_sales_order(quote(deal).name)
	sales_order.delivery_date = "2027-01-15"
	sales_order.items[0].rate = 600
	sales_order.insert().submit()
	frappe.get_doc("Sales Order", sales_order.name).update({"deal": None}).save()
	deal.reload()
	assert (deal.amount, deal.amount_from) == (1000, "Quotation")


def expire(*quotations):
	"""As ERPNext's nightly job does it, past the documents."""
	for quotation in quotations:
		frappe.db.set_value("Quotation", quotation.name, "valid_till", "2020-01-01")
	set_expired_status()
	assert {frappe.db.get_value("Quotation", one.name, "status") for one in quotations} == {"Expired"}


def test_an_expired_quotation_gives_the_amount_back(deal, pipeline):
	older = quote(deal, rate=600)
	newer = quote(deal, rate=700)
	frappe.db.set_value("Quotation", older.name, "creation", "2020-01-01 00:00:00")
	untouched = make_deal(pipeline, party=deal.party, items=[{"item_name": "Tea", "qty": 1, "rate": 5}])
	for expired, amount, source in ((newer, 1200, "Quotation"), (older, 1000, "Items")):
		expire(expired)
		documents.follow_expired()
		deal.reload()
		assert (deal.amount, deal.amount_from) == (amount, source)
	assert documents.follow_expired() == 0
	assert untouched.amount == 5


def test_a_deal_that_cannot_be_saved_stops_no_other(deal, pipeline, monkeypatch):
	quotation, original, asked = quote(deal, rate=700), documents.follow, []

	def follow(name, without=None):
		asked.append(name)
		if len(asked) == 1:
			frappe.throw("No")
		original(name)

	other = make_deal(
		pipeline, party=deal.party, items=[{"item_code": deal.items[0].item_code, "qty": 1, "rate": 5}]
	)
	expire(quotation, quote(other, rate=7))
	monkeypatch.setattr(documents, "follow", follow)
	assert documents.follow_expired() == 2
	sources_now = {frappe.db.get_value("Deal", name, "amount_from") for name in asked}
	assert sources_now == {"Quotation", "Items"}


def test_a_closed_deal_keeps_the_amount_of_an_expired_quotation(deal):
	quotation = quote(deal, rate=700)
	move(deal, stage_of(deal.pipeline, Kind.WON))
	expire(quotation)
	documents.follow_expired()
	deal.reload()
	assert deal.amount == 1400


def quote_in(deal, currency, rate):
	"""A quotation of 200 of another currency, with the rate it names."""
	return frappe.get_doc(
		doctype="Quotation",
		quotation_to="Customer",
		party_name=deal.party,
		deal=deal.name,
		currency=currency,
		conversion_rate=rate,
		plc_conversion_rate=rate,
		ignore_pricing_rule=1,
		items=[{"item_code": deal.items[0].item_code, "qty": 2, "rate": 100}],
	)


def test_the_rate_of_the_document_itself_counts(deal):
	frappe.db.delete("Currency Exchange")
	quote_in(deal, "EUR", 90).insert().submit()
	deal.reload()
	assert (deal.amount, deal.amount_from) == (18000, "Quotation")


def test_without_a_rate_the_amount_stays_with_the_person(deal, pipeline):
	frappe.db.delete("Currency Exchange")
	foreign = make_deal(pipeline, party=deal.party, currency="USD", conversion_rate=80, amount=10)
	foreign.items = deal.items
	quote_in(foreign, "EUR", 90).insert().submit()
	foreign.reload()
	assert (foreign.amount, foreign.amount_from) == (10, "By hand")
	foreign.update({"amount": 20}).save()
	assert foreign.amount == 20
