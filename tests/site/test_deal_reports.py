"""Reports, the workspace's numbers and the customer's card: against deals made for the test, and by rights."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest
from frappe.desk.doctype.number_card.number_card import get_result
from frappe.desk.query_report import run
from frappe.utils import now_datetime

from crm_marketplace.deals import customers, documents, tasks
from crm_marketplace.deals.report.deals_needing_attention import deals_needing_attention
from crm_marketplace.rules.deals import Kind
from tests.harness.users import make_user
from tests.site.builders import make_item
from tests.site.deals_world import make_customer, make_deal, make_pipeline, move, stage_names, stage_of

REPORTS = (
	"Deal Funnel",
	"Deal Time in Stage",
	"Deals Needing Attention",
	"Deal Loss Reasons",
	"Deal Forecast",
	"Deals by Source",
	"Deal Staff Activity",
)


@pytest.fixture(scope="session")
def seller(site):
	"""Made before anything else, because making a user commits."""
	return make_user(["Deals User"], email="reports-seller@example.com")


@pytest.fixture
def pipeline(site, seller):
	return make_pipeline()


def result(report, pipeline, **filters):
	answer = run(report, filters={"pipeline": pipeline, **filters}, ignore_prepared_report=True)
	return [row for row in answer["result"] if isinstance(row, dict)]


def test_the_funnel(pipeline):
	one, other = make_deal(pipeline, amount=10), make_deal(pipeline, amount=10)
	move(one, stage_of(pipeline, Kind.WON))
	move(other, stage_of(pipeline, Kind.LOST), loss_reason="No answer")
	rows = result("Deal Funnel", pipeline)
	assert [(row["deals"], row["left"]) for row in rows] == [(2, 1), (1, 0), (1, 0), (1, 0), (1, 1)]
	assert rows[-1]["from_first"] == 50


def test_time_in_a_stage(pipeline):
	deal = make_deal(pipeline, amount=10)
	frappe.db.set_value(
		"Deal Stage Change", {"parent": deal.name}, "entered_at", now_datetime() - timedelta(days=4)
	)
	deal.reload()
	move(deal, stage_names(pipeline)[2])
	(row,) = result("Deal Time in Stage", pipeline)
	assert (row["passed"], row["average"], row["allowed"], row["late"]) == (1, 4.0, 2, 1)


def test_what_needs_attention(pipeline):
	bare, late, fine, stuck = (make_deal(pipeline) for _number in range(4))
	tasks.drop_stage_tasks(bare.name)
	frappe.db.set_value("Deal", late.name, "next_step_on", now_datetime() - timedelta(hours=1))
	frappe.db.set_value("Deal", stuck.name, "stage_since", now_datetime() - timedelta(days=3))
	found = {row["name"]: row["codes"] for row in result("Deals Needing Attention", pipeline)}
	assert found == {bare.name: ["No next step"], late.name: ["Overdue"], stuck.name: ["Stuck"]}
	assert fine.name not in found
	assert [row["name"] for row in result("Deals Needing Attention", pipeline, trouble="Stuck")] == [
		stuck.name
	]


def test_what_needs_attention_is_found_among_many_deals(pipeline, monkeypatch):
	"""The oldest deals may be fine, and the trouble behind them."""
	for _number in range(3):
		make_deal(pipeline)
	frappe.db.set_value("Deal", {"pipeline": pipeline}, "stage_since", now_datetime() - timedelta(hours=30))
	bare = [make_deal(pipeline).name for _number in range(3)]
	for name in bare:
		tasks.drop_stage_tasks(name)
	monkeypatch.setattr(deals_needing_attention, "MOST", 2)
	answer = run("Deals Needing Attention", filters={"pipeline": pipeline}, ignore_prepared_report=True)
	rows = [row for row in answer["result"] if isinstance(row, dict)]
	assert {row["name"] for row in rows} < set(bare) and len(rows) == 2
	assert [entry["value"] for entry in answer["report_summary"]] == [3, 0, 0]
	assert "3 deals" in answer["message"]


def test_why_deals_are_lost(pipeline):
	for reason in ("No answer", "No answer", "Too expensive"):
		move(make_deal(pipeline, amount=5), stage_of(pipeline, Kind.LOST), loss_reason=reason)
	rows = result("Deal Loss Reasons", pipeline)
	assert [(row["reason"], row["deals"], row["amount"]) for row in rows] == [
		("No answer", 2, 10),
		("Too expensive", 1, 5),
	]


def test_the_forecast(pipeline):
	make_deal(pipeline, amount=100, expected_close="2099-05-10")
	make_deal(pipeline, amount=100, expected_close="2099-05-20")
	make_deal(pipeline, amount=7)
	rows = result("Deal Forecast", pipeline)
	assert [(row["month"], row["deals"], row["amount"], row["weighted"]) for row in rows] == [
		("05.2099", 2, 200, 20),
		("No date", 1, 7, 0.7),
	]


def test_sources(pipeline):
	source = frappe.get_doc(doctype="Lead Source", source_name="Выставка").insert().name
	move(make_deal(pipeline, amount=50, source=source), stage_of(pipeline, Kind.WON))
	make_deal(pipeline, source=source)
	make_deal(pipeline)
	rows = {row["source"]: row for row in result("Deals by Source", pipeline)}
	assert (rows[source]["deals"], rows[source]["won"], rows[source]["conversion"]) == (2, 1, 50)
	assert rows["Not told"]["deals"] == 1


def test_what_people_did(pipeline, seller):
	deal = make_deal(pipeline, amount=50, responsible=seller)
	task = tasks.add("Deal", deal.name, "x", due_at=now_datetime(), kind="Call", user=seller)
	doc = frappe.get_doc("ToDo", task)
	doc.status = "Closed"
	doc.save()
	tasks.add("Deal", deal.name, "y", due_at=now_datetime() - timedelta(days=1), user=seller)
	move(deal, stage_of(pipeline, Kind.WON))
	(row,) = result("Deal Staff Activity", pipeline, responsible=seller)
	assert (row["made"], row["won"], row["won_amount"]) == (1, 1, 50)
	assert (row["tasks_done"], row["calls_done"], row["tasks_overdue"]) == (1, 1, 1)


@pytest.mark.parametrize("report", REPORTS)
def test_reports_show_the_readers_deals_only(pipeline, seller, as_user, report):
	frappe.get_doc("Deal Pipeline", pipeline).update({"users_see": "Own"}).save()
	deal = make_deal(pipeline, amount=10, responsible="Administrator", expected_close="2099-01-01")
	tasks.drop_stage_tasks(deal.name)
	with as_user(seller):
		assert result(report, pipeline) == []


@pytest.mark.parametrize("report", REPORTS)
def test_reports_open_on_an_empty_site(site, report):
	for name in frappe.get_all("Deal Pipeline", pluck="name"):
		frappe.db.set_value("Deal Pipeline", name, "archived", 1)
	run(report, filters={}, ignore_prepared_report=True)


def test_a_number_card_counts(pipeline):
	doc = frappe.get_doc("Number Card", "Deals Open")
	before = get_result(doc, doc.filters_json)
	make_deal(pipeline)
	assert get_result(doc, doc.filters_json) == before + 1


# --- the customer's card ----------------------------------------------------------------------------


def test_numbers_of_a_customer(pipeline, company):
	customer = make_customer()
	item = make_item(is_stock_item=0)
	deal = make_deal(pipeline, party=customer, items=[{"item_code": item, "qty": 1, "rate": 300}])
	make_deal(pipeline, party=customer, amount=50)
	order = documents.make_sales_order(deal.name)
	order.transaction_date = "2026-03-01"
	order.insert().submit()
	invoice = frappe.get_doc(
		doctype="Sales Invoice",
		customer=customer,
		company=company,
		currency="RUB",
		items=[{"item_code": item, "qty": 1, "rate": 200}],
	).insert()
	invoice.submit()
	found = customers.numbers(customer)
	(row,) = found["currencies"]
	assert (row["currency"], row["turnover"], row["balance"]) == ("RUB", 200, 200)
	assert (row["orders"], row["average"], row["rhythm"], row["late"]) == (1, 300, None, False)
	assert [(part["deals"], part["amount"]) for part in found["deals"]] == [(1, 50)]


def test_numbers_are_those_the_reader_may_know(pipeline, seller, as_user):
	customer = make_customer()
	make_deal(pipeline, party=customer, amount=50, responsible="Administrator")
	frappe.get_doc("Deal Pipeline", pipeline).update({"users_see": "Own"}).save()
	with as_user(seller):
		assert customers.numbers(customer) == {"currencies": [], "deals": []}


def test_numbers_take_the_same_queries_for_any_customer(pipeline):
	def counted(customer):
		queries, original = [], frappe.db.sql
		frappe.db.sql = lambda *args, **kwargs: queries.append(1) or original(*args, **kwargs)
		try:
			customers.numbers(customer)
		finally:
			frappe.db.sql = original
		return len(queries)

	new, old = make_customer(), make_customer()
	for _number in range(5):
		make_deal(pipeline, party=old, amount=5)
	counted(new)
	assert counted(new) == counted(old) <= 8
