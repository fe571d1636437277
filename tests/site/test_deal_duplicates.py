"""Duplicates on the site: found while typed and at night, merged without losing a link, taken apart again."""

from __future__ import annotations

import random

import frappe
import pytest

from crm_marketplace.deals import documents
from crm_marketplace.deals.api import duplicates as calls
from crm_marketplace.deals.duplicates import keys, merge, night, search
from crm_marketplace.rules.duplicates import Party
from tests.site.builders import make_item, unique
from tests.site.customers_table import find_pairs, import_table, table_of
from tests.site.deals_world import make_customer, make_deal, make_lead, make_pipeline


@pytest.fixture(scope="session")
def seller(user_with_role):
	"""Made before anything else, because making a user commits."""
	return user_with_role("Deals User")


@pytest.fixture(autouse=True)
def one_transaction(monkeypatch, site, seller):
	"""The night's search commits chunk by chunk; here nothing is kept. What other tests left on the site is old,
	so that the night looks at this test's parties only.
	"""
	monkeypatch.setattr(frappe.db, "commit", lambda: None)
	for party_type in keys.PARTIES:
		party = frappe.qb.DocType(party_type)
		frappe.qb.update(party).set(party.modified, "2020-01-01").run()


def contact_of(customer, phone=None, email=None):
	return frappe.get_doc(
		doctype="Contact",
		first_name=unique("Contact"),
		email_ids=[{"email_id": email, "is_primary": 1}] if email else [],
		phone_nos=[{"phone": phone, "is_primary_mobile_no": 1}] if phone else [],
		links=[{"link_doctype": "Customer", "link_name": customer}],
	).insert()


def names(found):
	return [row["party"] for row in found]


# --- search ----------------------------------------------------------------------------------------


def test_a_phone_of_a_contact_is_a_key_of_its_customer():
	customer = make_customer()
	contact_of(customer, phone="+7 903 555-11-22")
	(row,) = calls.similar(phones=["8 (903) 555-11-22"])
	assert (row["party"], row["reasons"]) == (customer, ["phone"])


def test_a_phone_that_was_taken_away_is_no_key_any_more():
	customer = make_customer()
	contact = contact_of(customer, phone="+79035551133")
	contact.set("phone_nos", [])
	contact.save()
	assert calls.similar(phones=["+79035551133"]) == []


@pytest.mark.parametrize(
	("stored", "typed"),
	[
		("ООО «Хризантема Плюс»", "Хризантема плюс"),
		("ООО «Хризантема Плюс»", "Хризонтема Плюс ООО"),
		("Хризантемова Анна Викторовна", "анна викторовна хризантемова"),
	],
)
def test_a_name_is_found_as_people_type_it(stored, typed):
	customer = make_customer(stored)
	assert customer in names(calls.similar(name=typed))


def test_leads_and_customers_are_found_together():
	lead = make_lead(company_name="Акварель Сервис", email_id="aqua@example.com")
	customer = make_customer("Акварель-сервис")
	found = calls.similar(name="Акварель Сервис", emails=["AQUA@example.com"])
	assert names(found) == [lead, customer]
	assert found[0]["score"] > found[1]["score"]


def test_a_party_is_not_like_itself():
	customer = make_customer("Единственный в своём роде")
	assert customer not in names(calls.similar(name="Единственный в своём роде", own=customer))


def test_who_reads_no_customers_is_told_of_none(as_user, seller):
	customer = make_customer("Тайный покупатель услуг")
	with as_user(seller):
		assert customer in names(calls.similar(name="Тайный покупатель услуг"))
	frappe.db.delete("Custom DocPerm", {"parent": "Customer", "role": "Deals User"})
	frappe.clear_cache(doctype="Customer")
	with as_user(seller):
		assert customer not in names(calls.similar(name="Тайный покупатель услуг"))
	frappe.db.rollback()
	frappe.clear_cache(doctype="Customer")


def test_a_search_reads_along_an_index(monkeypatch):
	make_customer("Планета чая")
	asked, original = [], frappe.db.sql

	def remember(query, values=(), *args, **kwargs):
		asked.append((str(query), values))
		return original(query, values, *args, **kwargs)

	monkeypatch.setattr(frappe.db, "sql", remember)
	search.similar(Party("Планета чая", ("+79035550000",), ("x@example.com",), ("7707083893",)))
	monkeypatch.undo()
	of_keys = [(query, values) for query, values in asked if "tabParty Key" in query]
	assert len(of_keys) == 5, "three exact kinds, how common parts of the name are, who shares the rare ones"
	for query, values in of_keys:
		plans = [
			row
			for row in original(f"explain {query}", values, as_dict=True)
			if row["table"] == "tabParty Key"
		]
		assert plans
		for plan in plans:
			assert plan["key"] == "unique_key" and plan["type"] in ("range", "ref"), plan


def test_the_number_of_queries_does_not_depend_on_the_number_of_parties():
	def counted():
		queries, original = [], frappe.db.sql
		frappe.db.sql = lambda *args, **kwargs: queries.append(1) or original(*args, **kwargs)
		try:
			search.similar(Party("Тысяча мелочей", ("+79035550000",), ("x@example.com",)))
		finally:
			frappe.db.sql = original
		return len(queries)

	make_customer("Тысяча мелочей")
	counted()
	few = counted()
	for number in range(15):
		make_customer(f"Тысяча мелочей {number}")
	assert counted() == few


def test_a_renamed_and_a_deleted_party():
	customer = make_customer("Бывшее название чая")
	frappe.rename_doc("Customer", customer, "Новое имя клиента")
	assert frappe.db.count("Party Key", {"party": "Новое имя клиента"}) and not frappe.db.count(
		"Party Key", {"party": customer}
	)
	frappe.delete_doc("Customer", "Новое имя клиента")
	assert not frappe.db.count("Party Key", {"party": "Новое имя клиента"})


def test_keys_can_be_made_anew():
	customer = make_customer("Магазин на диване")
	frappe.db.delete("Party Key", {"party": customer})
	keys.rebuild()
	assert customer in names(calls.similar(name="Магазин на диване"))


# --- at night --------------------------------------------------------------------------------------


def suspicions(*parties):
	return frappe.get_all(
		"Party Duplicate",
		filters={"one": ("in", parties), "other": ("in", parties)},
		fields=["name", "state", "reasons", "score"],
	)


def test_the_night_finds_pairs_once_and_keeps_what_a_person_judged():
	one, other = make_customer("Зимняя вишня плюс"), make_customer("Вишня зимняя")
	contact_of(one, phone="+79035557788"), contact_of(other, phone="8 903 555 77 88")
	night.nightly()
	(pair,) = suspicions(one, other)
	assert (pair.state, pair.reasons.split(", ")[0]) == ("Suspected", "phone")
	calls.not_duplicates([pair.name])
	night.nightly()
	assert [row.state for row in suspicions(one, other)] == ["Not a Duplicate"]


def test_the_night_finds_names_too():
	one, other = make_customer("Одуванчик Экспресс"), make_customer("ООО Адуванчик Экспресс")
	night.nightly()
	assert [row.reasons for row in suspicions(one, other)] == ["name"]


def test_a_long_night_goes_on_in_the_next_job(monkeypatch):
	pairs = [
		(make_customer(f"{word} Северное Сияние"), make_customer(f"ООО {word} Севернае Сияние"))
		for word in ("Абрикос", "Яблоко")
	]
	jobs = []
	monkeypatch.setattr(night, "TOGETHER", 1)
	monkeypatch.setattr(night, "LONGEST", -1)
	monkeypatch.setattr(night.frappe, "enqueue", lambda method, **job: jobs.append({"method": method, **job}))
	night.search_all(since=frappe.utils.add_to_date(None, minutes=-5))
	while jobs and len(jobs) < 100:
		job = jobs[-1]
		assert frappe.get_attr(job["method"]) is night.search_all
		assert [earlier["job_id"] for earlier in jobs].count(job["job_id"]) == 1
		before = len(jobs)
		night.search_all(since=job["since"], after=job["after"])
		if len(jobs) == before:
			break
	assert len(jobs) > 3
	for one, other in pairs:
		assert [row.reasons for row in suspicions(one, other)] == ["name"]


def test_queries_of_the_night_do_not_grow_with_customers(monkeypatch):
	made = [make_customer(f"Ласточка номер {number}") for number in range(20)]
	counted = []
	for names in (made[:1], made):
		queries = []
		sql = frappe.db.sql
		with monkeypatch.context() as patched:
			patched.setattr(
				frappe.db, "sql", lambda *args, **kwargs: queries.append(1) or sql(*args, **kwargs)
			)
			night._alike("Customer", names, set())
		counted.append(len(queries))
	assert counted[0] == counted[1]


def test_customers_imported_from_a_table_are_compared():
	"""ERPNext's own import of an XLSX, as its job does it; the benchmark `customers_import` does it with 10,000 rows."""
	random.seed(11)
	rows, pairs = table_of(customers=200, twins=20)
	assert import_table(rows) == "Success"
	night.nightly()
	made = frappe.get_all(
		"Customer", filters={"customer_name": ("in", [row[0] for row in rows[1:]])}, pluck="name"
	)
	assert len(made) == len(rows) - 1
	assert find_pairs(pairs) == pairs
	suspected = suspicions(*made)
	assert len(suspected) <= len(pairs) + 2, "names that repeat words are no duplicates"


# --- merging ---------------------------------------------------------------------------------------


@pytest.fixture
def two():
	"""Two customers; the first has a deal, documents, a letter, a file, a task and a contact."""
	source = make_customer("Двойник первый", tax_id="7707083893")
	target = make_customer("Двойник второй")
	contact_of(source, phone="+79035559900")
	deal = make_deal(
		make_pipeline(),
		party=source,
		items=[{"item_code": make_item(is_stock_item=0), "qty": 1, "rate": 100}],
	)
	quotation = documents.make_quotation(deal.name).insert()
	order = documents.make_sales_order(deal.name).insert()
	order.submit()
	invoice = frappe.get_doc(
		doctype="Sales Invoice",
		customer=source,
		company=order.company,
		currency="RUB",
		items=[{"item_code": order.items[0].item_code, "qty": 1, "rate": 100}],
	).insert()
	invoice.submit()
	frappe.get_doc(
		doctype="Communication",
		communication_type="Communication",
		communication_medium="Email",
		subject="x",
		content="x",
		sender="x@example.com",
		reference_doctype="Customer",
		reference_name=source,
	).insert()
	frappe.get_doc(
		doctype="File",
		file_name="x.txt",
		content="x",
		attached_to_doctype="Customer",
		attached_to_name=source,
	).insert()
	frappe.get_doc(doctype="ToDo", description="x", reference_type="Customer", reference_name=source).insert()
	assert quotation and invoice
	return source, target


def counted(customer):
	"""What hangs on a customer, by table."""
	where = {
		"Sales Order": {"customer": customer},
		"Sales Invoice": {"customer": customer},
		"Quotation": {"party_name": customer},
		"GL Entry": {"party": customer},
		"Deal": {"party": customer},
		"Communication": {"reference_name": customer},
		"ToDo": {"reference_name": customer},
		"File": {"attached_to_name": customer},
		"Dynamic Link": {"link_name": customer},
	}
	return {doctype: frappe.db.count(doctype, filters) for doctype, filters in where.items()}


def test_a_merge_moves_every_link_and_an_undo_moves_it_back(two):
	source, target = two
	before, nothing = counted(source), counted(target)
	assert all(before.values()), before
	journal = merge.merge("Customer", source, target)
	assert counted(source) == dict.fromkeys(before, 0)
	assert counted(target) == before
	assert frappe.db.get_value("Customer", source, "disabled") == 1
	merge.undo(journal)
	assert (counted(source), counted(target)) == (before, nothing)
	assert frappe.db.get_value("Customer", source, "disabled") == 0


def test_gaps_are_filled_and_chosen_values_taken(two):
	source, target = two
	preview = merge.preview("Customer", source, target)
	assert {
		"fieldname": "customer_name",
		"label": "Customer Name",
		"source": "Двойник первый",
		"target": "Двойник второй",
	} in preview["fields"]
	assert {row["doctype"]: row["count"] for row in preview["links"]}["Sales Order"] == 1
	journal = merge.merge("Customer", source, target, ["customer_name"])
	kept = frappe.get_doc("Customer", target)
	assert (kept.customer_name, kept.tax_id) == ("Двойник первый", "7707083893")
	merge.undo(journal)
	kept.reload()
	assert (kept.customer_name, kept.tax_id or "") == ("Двойник второй", "")


def test_what_was_made_after_the_merge_stays(two):
	source, target = two
	journal = merge.merge("Customer", source, target)
	later = make_deal(make_pipeline(), party=target)
	merge.undo(journal)
	assert frappe.db.get_value("Deal", later.name, "party") == target


def test_a_link_somebody_moved_since_is_left(two):
	source, target = two
	other = make_customer()
	journal = merge.merge("Customer", source, target)
	deal = frappe.db.get_value("Deal", {"party": target})
	frappe.db.set_value("Deal", deal, "party", other)
	merge.undo(journal)
	assert frappe.db.get_value("Deal", deal, "party") == other


def test_an_undo_happens_once(two):
	journal = merge.merge("Customer", *two)
	merge.undo(journal)
	with pytest.raises(frappe.ValidationError, match="already"):
		merge.undo(journal)


def test_a_chain_is_taken_back_from_its_end(two):
	source, target = two
	last = make_customer()
	first = merge.merge("Customer", source, target)
	second = merge.merge("Customer", target, last)
	with pytest.raises(frappe.ValidationError, match="Take that merge back first"):
		merge.undo(first)
	merge.undo(second)
	merge.undo(first)


def test_a_merged_party_is_not_found_nor_merged_again(two):
	source, target = two
	merge.merge("Customer", source, target)
	assert source not in names(calls.similar(name="Двойник первый"))
	assert target in names(calls.similar(phones=["+79035559900"]))
	with pytest.raises(frappe.ValidationError, match="merged already"):
		merge.merge("Customer", source, make_customer())


@pytest.mark.parametrize("arguments", [("Customer", "same", "same"), ("User", "Administrator", "Guest")])
def test_nonsense_is_refused(arguments):
	with pytest.raises(frappe.ValidationError):
		merge.merge(*arguments)


def test_many_are_merged_into_the_older_after_a_preview():
	older, younger = make_customer("Парное молоко"), make_customer("Молоко парное")
	frappe.db.set_value("Customer", older, "creation", "2020-01-01 00:00:00")
	night.nightly()
	(found,) = suspicions(older, younger)
	(row,) = calls.preview_many([found.name])
	assert (row["source"], row["target"]) == (younger, older)
	assert calls.merge_many([found.name]) == {"merged": 1, "failed": []}
	assert suspicions(older, younger)[0].state == "Merged"
	with pytest.raises(frappe.ValidationError, match="at most"):
		calls.merge_many([str(number) for number in range(calls.MOST_AT_ONCE + 1)])


def test_merging_is_for_managers(two, as_user, seller):
	with as_user(seller):
		for call in (calls.preview_merge, calls.merge_parties):
			with pytest.raises(frappe.PermissionError):
				call("Customer", *two)
