"""What a merge must not stumble over, and who hears of it: leads and their addresses, prospects, deals, other pairs."""

from __future__ import annotations

import frappe
import pytest
from frappe.desk.search import search_link

from crm_marketplace.deals import tasks
from crm_marketplace.deals.api import duplicates as calls
from crm_marketplace.deals.duplicates import keys, merge
from crm_marketplace.patches.v0_4 import merged_parties
from tests.site.deals_world import make_customer, make_deal, make_lead, make_pipeline


@pytest.fixture(autouse=True)
def one_transaction(monkeypatch, site):
	"""Making all keys anew commits chunk by chunk; here nothing is kept."""
	monkeypatch.setattr(frappe.db, "commit", lambda: None)


@pytest.fixture
def two_leads():
	"""The first has an e-mail and a deal, the second has neither."""
	source, target = make_lead(first_name="Первый лид"), make_lead(first_name="Второй лид", email_id=None)
	return source, target, make_deal(make_pipeline(), party_type="Lead", party=source)


def test_a_leads_address_goes_with_it_and_comes_back(two_leads):
	"""ERPNext lets one lead only have an address, one that is disabled counts, too."""
	source, target, _deal = two_leads
	address = frappe.db.get_value("Lead", source, "email_id")
	journal = merge.merge("Lead", source, target)
	assert frappe.db.get_value("Lead", source, ["email_id", "disabled"]) == (None, 1)
	assert frappe.db.get_value("Lead", target, "email_id") == address
	frappe.get_doc("Lead", target).save()
	merge.undo(journal)
	assert frappe.db.get_value("Lead", source, ["email_id", "disabled"]) == (address, 0)
	assert not frappe.db.get_value("Lead", target, "email_id")


def test_deals_bear_the_name_of_the_party_they_are_with(two_leads, monkeypatch):
	source, target, deal = two_leads
	told = []
	monkeypatch.setattr(tasks, "tell_boards", told.append)

	def name():
		return frappe.db.get_value("Deal", deal.name, "party_name")

	journal = merge.merge("Lead", source, target)
	assert (name(), told) == ("Второй лид", [deal.name])
	frappe.get_doc("Lead", target).update({"first_name": "Новое имя"}).save()
	assert name() == "Новое имя"
	merge.undo(journal)
	assert (name(), told) == ("Первый лид", [deal.name] * 3)


def test_deals_follow_a_renamed_party(monkeypatch):
	# Frappe remembers what dynamic links point to, and some of its versions fail to ask.
	monkeypatch.setattr(
		"frappe.model.dynamic_links.fetch_distinct_link_doctypes",
		lambda doctype, fieldname: ["Customer"] if doctype == "Deal" else [],
	)
	customer = make_customer("Имя до брака")
	deal = make_deal(make_pipeline(), party=customer)
	frappe.rename_doc("Customer", customer, "Имя после брака")
	title = frappe.db.get_value("Customer", "Имя после брака", "customer_name")
	assert frappe.db.get_value("Deal", deal.name, ["party", "party_name"]) == ("Имя после брака", title)


def make_prospect(title, **fields):
	company = frappe.db.get_value("Company", {})
	return frappe.get_doc(doctype="Prospect", company_name=title, company=company, **fields).insert().name


def test_a_merged_prospect_is_not_chosen_nor_found_again():
	source, target = make_prospect("Кувшинка Опт", website="https://example.com"), make_prospect("Кувшинка")
	journal = merge.merge("Prospect", source, target)
	frappe.get_doc("Prospect", source).save()
	keys.rebuild()
	assert not frappe.db.count("Party Key", {"party": source})
	assert source not in [row["value"] for row in search_link("Prospect", source)]
	assert frappe.db.get_value("Prospect", target, ["name", "website"]) == (target, "https://example.com")
	merge.undo(journal)
	assert source in [row["value"] for row in search_link("Prospect", source)]
	assert frappe.db.count("Party Key", {"party": source})


def test_prospects_that_were_merged_before_are_taken_out_of_use(monkeypatch):
	source, target = make_prospect("Камыш Опт"), make_prospect("Камыш")
	deal = make_deal(make_pipeline(), party_type="Prospect", party=source)
	journal = merge.merge("Prospect", source, target)
	frappe.db.set_value("Prospect", source, "disabled", 0)
	frappe.db.set_value("Party Merge", journal, "values_before", '{"target": {}, "source": {}}')
	frappe.db.set_value("Deal", deal.name, "party_name", source)
	monkeypatch.setattr(merged_parties, "create_custom_fields", lambda fields: None)
	merged_parties.execute()
	assert frappe.db.get_value("Prospect", source, "disabled") == 1
	assert frappe.db.get_value("Deal", deal.name, "party_name") == target
	merge.undo(journal)
	assert frappe.db.get_value("Prospect", source, "disabled") == 0


def suspect(word):
	"""A pair of customers somebody is to judge. Returns it, the older and the younger."""
	older, younger = make_customer(f"Цветы {word}"), make_customer(f"{word} цветы")
	frappe.db.set_value("Customer", older, "creation", "2020-01-01 00:00:00")
	frappe.db.set_value("Customer", younger, "website", "https://example.com")
	one, other = sorted((older, younger))
	pair = frappe.get_doc(
		doctype="Party Duplicate", party_type="Customer", one=one, other=other, state="Suspected"
	).insert(ignore_permissions=True)
	return pair.name, older, younger


def test_a_pair_that_is_refused_stops_no_other(monkeypatch):
	pairs = sorted(suspect(word) for word in ("Василёк", "Незабудка", "Ромашка"))
	_pair, refused, goes = pairs[1]

	def refuse(doc, method=None):
		if doc.name == refused:
			doc.db_set("website", "half done")
			frappe.throw("Not <b>this</b> one")

	monkeypatch.setattr("erpnext.selling.doctype.customer.customer.Customer.on_update", refuse)
	answer = calls.merge_many([pair for pair, _older, _younger in pairs])
	assert answer["merged"] == 2
	(failed,) = answer["failed"]
	assert (failed["source"], failed["target"], failed["reason"]) == (goes, refused, "Not this one")
	assert not frappe.db.get_value("Customer", refused, "website")
	assert not frappe.db.get_value("Customer", goes, "disabled")
	assert not frappe.get_message_log()
