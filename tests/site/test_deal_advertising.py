"""What a source costs by the books: real entries of the ledger, chosen by records, in the report of sources."""

from __future__ import annotations

import frappe
import pytest
from frappe.desk.query_report import run
from frappe.utils import add_days, flt, nowdate

from crm_marketplace.permissions.deals import forget_scopes
from crm_marketplace.rules.deals import Kind
from tests.site.builders import make_item, unique
from tests.site.deals_world import counted, make_deal, make_pipeline, move, stage_of


@pytest.fixture(scope="session")
def manager(user_with_role):
	"""Made before anything else, because making a user commits."""
	return user_with_role("Deals Manager")


@pytest.fixture(scope="session")
def seller(user_with_role):
	return user_with_role("Deals User")


@pytest.fixture
def pipeline(site, manager, seller):
	return make_pipeline()


@pytest.fixture
def source(site):
	return make_source()


@pytest.fixture
def group(company):
	"""A group of expense accounts of the test's own."""
	return make_account(company, parent_account=a_parent(company), is_group=1)


def make_source():
	return frappe.get_doc(doctype="Lead Source", source_name=unique("Source")).insert().name


def a_parent(company):
	return frappe.get_all(
		"Account",
		filters={"company": company, "root_type": "Expense", "is_group": 1, "parent_account": ("is", "set")},
		pluck="name",
		order_by="lft",
		limit=1,
	)[0]


def make_account(company, **fields):
	return (
		frappe.get_doc(doctype="Account", account_name=unique("Advertising"), company=company, **fields)
		.insert()
		.name
	)


def make_cost_center(company, **fields):
	root = frappe.get_all(
		"Cost Center", filters={"company": company, "is_group": 1}, pluck="name", order_by="lft"
	)[0]
	return (
		frappe.get_doc(
			doctype="Cost Center",
			cost_center_name=unique("Advertising"),
			company=company,
			**{"parent_cost_center": root, **fields},
		)
		.insert()
		.name
	)


def default_cost_center(company):
	return frappe.get_cached_value("Company", company, "cost_center")


def pay(company, account, amount, day=None, **fields):
	"""A Journal Entry: the expense against a bank."""
	bank = frappe.get_all(
		"Account",
		filters={
			"company": company,
			"root_type": "Asset",
			"is_group": 0,
			"account_type": ("in", ["Cash", "Bank"]),
		},
		pluck="name",
	)[0]
	entry = frappe.get_doc(
		doctype="Journal Entry",
		company=company,
		posting_date=day or nowdate(),
		accounts=[
			{
				"account": account,
				"debit_in_account_currency": max(amount, 0),
				"credit_in_account_currency": max(-amount, 0),
				"cost_center": default_cost_center(company),
				**fields,
			},
			{
				"account": bank,
				"credit_in_account_currency": max(amount, 0),
				"debit_in_account_currency": max(-amount, 0),
				"cost_center": default_cost_center(company),
			},
		],
	).insert()
	entry.submit()
	return entry


def bill(company, account, amount, **fields):
	"""A Purchase Invoice of an advertising agency."""
	supplier = frappe.get_doc(
		doctype="Supplier",
		supplier_name=unique("Agency"),
		supplier_group=frappe.get_all("Supplier Group", filters={"is_group": 0}, pluck="name")[0],
	).insert()
	invoice = frappe.get_doc(
		doctype="Purchase Invoice",
		supplier=supplier.name,
		company=company,
		currency="RUB",
		conversion_rate=1,
		items=[
			{
				"item_code": make_item(is_stock_item=0),
				"qty": 1,
				"rate": amount,
				"expense_account": account,
				"cost_center": default_cost_center(company),
				**fields,
			}
		],
	).insert()
	invoice.submit()
	return invoice


def name_expense(pipeline, source, company, **fields):
	values = {"by": "Source", "source": source, "pipeline": pipeline, "company": company, **fields}
	return frappe.get_doc(doctype="Advertising Expense", **values).insert()


def report(pipeline, **filters):
	answer = run(
		"Deals by Source",
		filters={
			"pipeline": pipeline,
			"from_date": add_days(nowdate(), -30),
			"to_date": nowdate(),
			**filters,
		},
		ignore_prepared_report=True,
	)
	return {row["source"]: row for row in answer["result"] if isinstance(row, dict)}, answer


def spent(pipeline, source, **filters):
	rows, _answer = report(pipeline, **filters)
	return rows[source]["cost_booked"] if source in rows else 0


# --- sums --------------------------------------------------------------------------------------------


def test_journal_entries_and_invoices_of_an_account_beside_figures_entered(pipeline, source, company, group):
	account = make_account(company, parent_account=group)
	name_expense(pipeline, source, company, account=account)
	frappe.get_doc(
		doctype="Advertising Cost",
		by="Source",
		source=source,
		pipeline=pipeline,
		from_date=nowdate(),
		to_date=nowdate(),
		amount=100,
	).insert()
	pay(company, account, 400)
	bill(company, account, 250)
	move(make_deal(pipeline, source=source, amount=3000), stage_of(pipeline, Kind.WON))
	row = report(pipeline)[0][source]
	assert (row["cost_entered"], row["cost_booked"], row["cost"], row["roi"]) == (100, 650, 750, 300)
	assert row["ledger"] == [{"company": company, "account": account, "cost_center": None, "project": None}]


def test_the_report_agrees_with_erpnexts_ledger(pipeline, source, company, group):
	account = make_account(company, parent_account=group)
	name_expense(pipeline, source, company, account=account)
	pay(company, account, 400)
	pay(company, account, -150)
	bill(company, account, 33.33)
	answer = run(
		"General Ledger",
		filters={
			"company": company,
			"from_date": add_days(nowdate(), -30),
			"to_date": nowdate(),
			"account": [account],
			"group_by": "Group by Voucher (Consolidated)",
		},
		ignore_prepared_report=True,
	)
	total = next(row for row in answer["result"] if row.get("account") == "'Total'")
	assert spent(pipeline, source) == flt(total["debit"] - total["credit"], 2) == 283.33


def test_what_was_cancelled_or_is_of_other_days_does_not_count(pipeline, source, company, group):
	account = make_account(company, parent_account=group)
	name_expense(pipeline, source, company, account=account)
	pay(company, account, 10)
	pay(company, account, 500).cancel()
	pay(company, account, 700, day=add_days(nowdate(), -31))
	assert spent(pipeline, source) == 10
	assert spent(pipeline, source, from_date=add_days(nowdate(), -40)) == 710


def test_a_group_means_everything_below_it(pipeline, source, company, group):
	name_expense(pipeline, source, company, account=group)
	for amount in (10, 20):
		pay(company, make_account(company, parent_account=group), amount)
	assert spent(pipeline, source) == 30


def test_by_cost_center_and_by_project(pipeline, source, company, group):
	account = make_account(company, parent_account=group)
	above = make_cost_center(company, is_group=1)
	below = make_cost_center(company, parent_cost_center=above)
	project = (
		frappe.get_doc(doctype="Project", project_name=unique("Campaign"), company=company).insert().name
	)
	of_project = make_source()
	name_expense(pipeline, source, company, cost_center=above)
	name_expense(pipeline, of_project, company, project=project, account=account)
	pay(company, account, 40, cost_center=below)
	pay(company, account, 7, project=project)
	pay(company, account, 1000)
	assert (spent(pipeline, source), spent(pipeline, of_project)) == (40, 7)


def test_an_entry_named_twice_for_a_source_counts_once(pipeline, source, company, group):
	account, center = make_account(company, parent_account=group), make_cost_center(company)
	for place in ({"account": account}, {"account": group}, {"cost_center": center}):
		name_expense(pipeline, source, company, **place)
	pay(company, account, 50, cost_center=center)
	assert spent(pipeline, source) == 50
	assert len(report(pipeline)[0][source]["ledger"]) == 3


def test_closing_the_year_is_no_income_of_a_source(pipeline, source, company, group):
	account = make_account(company, parent_account=group)
	name_expense(pipeline, source, company, account=account)
	pay(company, account, 80)
	closing = pay(company, account, -80)
	assert spent(pipeline, source) == 0
	frappe.db.set_value("GL Entry", {"voucher_no": closing.name}, "voucher_type", "Period Closing Voucher")
	assert spent(pipeline, source) == 80


def test_a_campaign_has_costs_of_its_own(pipeline, company, group):
	account = make_account(company, parent_account=group)
	campaign = frappe.get_doc(doctype="Campaign", campaign_name=unique("Campaign")).insert().name
	name_expense(pipeline, None, company, by="Campaign", campaign=campaign, account=account)
	pay(company, account, 60)
	assert report(pipeline, by="Campaign")[0][campaign]["cost_booked"] == 60
	assert campaign not in report(pipeline)[0]


def test_books_in_another_currency(pipeline, source, company, group):
	account = make_account(company, parent_account=group)
	name_expense(pipeline, source, company, account=account)
	pay(company, account, 900)
	frappe.db.set_value("Deal Pipeline", pipeline, "currency", "USD")
	frappe.clear_document_cache("Deal Pipeline", pipeline)
	frappe.db.delete("Currency Exchange")
	rows, answer = report(pipeline)
	assert source not in rows and "RUB" in answer["message"]
	frappe.get_doc(
		doctype="Currency Exchange",
		date=nowdate(),
		from_currency="USD",
		to_currency="RUB",
		exchange_rate=90,
		for_buying=1,
		for_selling=1,
	).insert()
	rows, answer = report(pipeline)
	assert rows[source]["cost_booked"] == 10 and not answer.get("message")


def test_the_same_queries_for_any_number_of_sources(pipeline, source, company, group):
	account = make_account(company, parent_account=group)
	name_expense(pipeline, source, company, account=account)
	pay(company, account, 1)
	report(pipeline)
	with counted() as few:
		report(pipeline)
	for _number in range(5):
		name_expense(pipeline, make_source(), company, account=account)
	with counted() as many:
		report(pipeline)
	assert len(few) == len(many)


# --- who says what ------------------------------------------------------------------------------------


def test_only_who_reads_the_ledger_names_expenses(pipeline, source, company, group, manager, as_user):
	account = make_account(company, parent_account=group)
	with as_user(manager), pytest.raises(frappe.PermissionError, match="General Ledger"):
		name_expense(pipeline, source, company, account=account)
	name_expense(pipeline, source, company, account=account)
	pay(company, account, 5)
	with as_user(manager):
		assert spent(pipeline, source) == 5


def test_sellers_are_told_no_costs(pipeline, source, company, group, as_user, seller):
	account = make_account(company, parent_account=group)
	name_expense(pipeline, source, company, account=account)
	pay(company, account, 5)
	make_deal(pipeline, source=source, responsible="")
	with as_user(seller):
		forget_scopes()
		row = report(pipeline)[0][source]
	assert (row["deals"], row["cost"], row["ledger"]) == (1, 0, [])


def test_nonsense_is_refused(pipeline, source, company, group):
	asset = frappe.get_all(
		"Account", filters={"company": company, "root_type": "Asset", "is_group": 0}, pluck="name"
	)[0]
	for fields, sentence in (({}, "Choose an account"), ({"account": asset}, "expense account")):
		with pytest.raises(frappe.ValidationError, match=sentence):
			name_expense(pipeline, source, company, **fields)
	name_expense(pipeline, source, company, account=group)
	with pytest.raises(frappe.DuplicateEntryError):
		name_expense(pipeline, source, company, account=group)
