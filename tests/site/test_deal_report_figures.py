"""From a figure of a report to the records it is made of: as many as the figure says, and none the reader may not see."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest
from frappe.desk.query_report import run
from frappe.utils import now_datetime, nowdate

from crm_marketplace.deals import documents, tasks
from crm_marketplace.deals.api import reports as calls
from crm_marketplace.rules.deals import Kind
from crm_marketplace.sync.orders.events import add_events
from tests.harness.users import make_user
from tests.site import builders
from tests.site.builders import make_order
from tests.site.deals_world import make_customer, make_deal, make_pipeline, move, stage_names, stage_of

FIGURES = {
	"Deal Forecast": {"deals"},
	"Deal Funnel": {"deals", "left", "deals_0", "deals_1"},
	"Deal Loss Reasons": {"deals"},
	"Deal Staff Activity": {
		"made",
		"won",
		"lost",
		"orders_made",
		"shop_orders",
		"tasks_done",
		"calls_done",
		"meetings_done",
		"tasks_overdue",
	},
	"Deal Time in Stage": {"passed", "late"},
	"Deals Plan and Fact": {"amount_fact", "won_fact", "calls_fact", "meetings_fact"},
	"Deals by Source": {"deals", "won", "lost"},
}


@pytest.fixture(scope="session")
def seller(site):
	"""Made before anything else, because making a user commits."""
	return make_user(["Deals User", "Sales User"], email="figures-seller@example.com")


@pytest.fixture(scope="session")
def colleague(site):
	return make_user(["Deals User"], email="figures-colleague@example.com")


@pytest.fixture
def pipeline(site, seller, colleague):
	return make_pipeline()


@pytest.fixture
def busy(pipeline, seller, colleague, as_user):
	"""A pipeline in which everything has happened that a report counts. Returns its name."""
	source = frappe.get_doc(doctype="Lead Source", source_name=builders.unique("Fair")).insert().name
	item = builders.make_item(is_stock_item=0)
	common = {"amount": 100, "expected_close": nowdate(), "party": make_customer()}
	won = make_deal(
		pipeline,
		responsible=seller,
		source=source,
		items=[{"item_code": item, "qty": 1, "rate": 100}],
		**common,
	)
	slow = make_deal(pipeline, responsible=seller, **common)
	make_deal(pipeline, responsible=colleague, source=source, amount=100)
	frappe.db.set_value(
		"Deal Stage Change", {"parent": slow.name}, "entered_at", now_datetime() - timedelta(days=9)
	)
	move(frappe.get_doc("Deal", slow.name), stage_names(pipeline)[2])
	for number in range(2):
		lost = make_deal(pipeline, responsible=seller, amount=5)
		move(lost, stage_of(pipeline, Kind.LOST), loss_reason="No answer" if number else "Too expensive")
	for kind in ("Call", "Meeting"):
		done = tasks.add("Deal", won.name, kind, due_at=now_datetime(), kind=kind, user=seller)
		frappe.get_doc("ToDo", done).update({"status": "Closed"}).save()
	tasks.add("Deal", slow.name, "Late", due_at=now_datetime() - timedelta(days=1), user=seller)
	order = documents.make_sales_order(won.name)
	order.insert()
	order.submit()
	frappe.db.set_value("Sales Order", order.name, "owner", seller)
	move(frappe.get_doc("Deal", won.name), stage_of(pipeline, Kind.WON))
	frappe.get_doc(
		doctype="Sales Plan",
		month=nowdate(),
		pipeline=pipeline,
		user=seller,
		amount=10,
		won=1,
		calls=1,
		meetings=1,
	).insert()
	return pipeline


def figures(report, pipeline, **filters):
	"""(row key, column) → the figure, for each one that leads somewhere."""
	answer = run(report, filters={"pipeline": pipeline, **filters}, ignore_prepared_report=True)
	columns = [column["fieldname"] for column in answer["columns"] if column.get("behind")]
	return {
		(row["key"], column): row[column]
		for row in answer["result"]
		if isinstance(row, dict)
		for column in columns
		if row[column]
	}


@pytest.mark.parametrize("report", FIGURES)
def test_as_many_records_are_shown_as_the_figure_says(busy, report):
	filters = {"by_source": 1} if report == "Deal Funnel" else {}
	found = figures(report, busy, **filters)
	# Shop orders have a test of their own: they are committed.
	assert {column for _key, column in found} | {"shop_orders"} == FIGURES[report] | {"shop_orders"}
	for (key, column), figure in found.items():
		answer = calls.behind(report, key, column, {"pipeline": busy, **filters})
		if column == "amount_fact":
			figure_found = sum(row["amount"] for row in answer["rows"])
		else:
			figure_found = answer["total"]
			assert len(answer["rows"]) == min(figure, calls.PAGE)
		assert figure_found == figure, (key, column)
		assert all(row["title"] for row in answer["rows"])


def test_who_settled_orders_of_shops(pipeline, shop, seller, as_user):
	builders.make_listing(shop, "cup", builders.make_item())
	order = builders.take_in(shop, make_order(builders.line("cup", 1)))
	name = getattr(order, "name", order)
	with as_user(seller):
		add_events([{"order": name, "event": "settled", "values": ["by phone"]}])
		add_events([{"order": name, "event": "released", "values": ["by phone"]}])
	found = figures("Deal Staff Activity", pipeline)
	assert found[seller, "shop_orders"] == 1
	(row,) = calls.behind("Deal Staff Activity", seller, "shop_orders", {"pipeline": pipeline})["rows"]
	assert row["name"] == name


@pytest.mark.parametrize("report", FIGURES)
def test_a_reader_sees_no_records_of_others(busy, report, colleague, as_user):
	found = figures(report, busy, **({"by_source": 1} if report == "Deal Funnel" else {}))
	of_pipeline = frappe.get_all("Deal", filters={"pipeline": busy}, fields=["name", "responsible"])
	mine = {deal.name for deal in of_pipeline if deal.responsible == colleague}
	others = {deal.name for deal in of_pipeline} - mine
	with as_user(colleague):
		for key, column in found:
			try:
				answer = calls.behind(report, key, column, {"pipeline": busy})
			except frappe.ValidationError:
				continue  # a plan or a source that is not theirs to see
			if answer["doctype"] == "Deal":
				assert {row["name"] for row in answer["rows"]} <= mine
			else:
				# People are of the whole site: what others leave open elsewhere may be theirs to see.
				assert not [row for row in answer["rows"] if row["about"] in others], (report, key, column)


@pytest.mark.parametrize(
	"arguments",
	[
		("Deal Nothing", "x", "deals"),
		("General Ledger", "x", "deals"),
		("Deal Funnel", "no such stage", "deals"),
		("Deal Funnel", "x", "deals_99"),
		("Deal Funnel", "x", "deals_x"),
		("Deals Plan and Fact", "no such plan", "won_fact"),
		("Deal Staff Activity", "x", "password"),
	],
)
def test_nonsense_is_refused(busy, arguments):
	with pytest.raises(frappe.ValidationError):
		calls.behind(*arguments, {"pipeline": busy})


def test_whoever_may_not_see_the_report_sees_nothing_behind_it(busy, user_with_role, as_user):
	with as_user(user_with_role("Marketplace Viewer")), pytest.raises(frappe.PermissionError):
		calls.behind("Deal Funnel", stage_names(busy)[0], "deals", {"pipeline": busy})


def test_many_come_page_by_page(pipeline, monkeypatch):
	monkeypatch.setattr(calls, "PAGE", 2)
	made = {make_deal(pipeline, expected_close="2099-05-10").name for _number in range(5)}
	shown = []
	while True:
		answer = calls.behind(
			"Deal Forecast", "2099-05-01", "deals", {"pipeline": pipeline}, start=len(shown)
		)
		assert answer["total"] == 5
		if not answer["rows"]:
			break
		shown += [row["name"] for row in answer["rows"]]
	assert len(shown) == 5 and set(shown) == made


def test_the_funnel_of_each_source(pipeline):
	source = frappe.get_doc(doctype="Lead Source", source_name=builders.unique("Fair")).insert().name
	won, _other = make_deal(pipeline, source=source, amount=1), make_deal(pipeline, source=source, amount=1)
	make_deal(pipeline)
	move(won, stage_of(pipeline, Kind.WON))
	answer = run("Deal Funnel", filters={"pipeline": pipeline, "by_source": 1}, ignore_prepared_report=True)
	labels = {column["fieldname"]: column["label"] for column in answer["columns"]}
	first, last = answer["result"][0], answer["result"][-1]
	assert (labels["deals_0"], first["deals_0"], last["deals_0"], last["share_0"]) == (source, 2, 1, 50)
	assert (labels["deals_1"], first["deals_1"], last["deals_1"]) == ("Not told", 1, 0)
	assert [part["name"] for part in answer["chart"]["data"]["datasets"]] == [source, "Not told"]
