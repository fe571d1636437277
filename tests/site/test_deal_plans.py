"""Sales plans: fact against plan, the board's bar, the report, who sees which."""

from __future__ import annotations

import frappe
import pytest
from frappe.desk.query_report import run
from frappe.utils import add_months, get_first_day, getdate, now_datetime, nowdate

from crm_marketplace.deals import tasks
from crm_marketplace.deals.api import plans as calls
from crm_marketplace.permissions.deals import forget_scopes
from crm_marketplace.rules.deals import Kind
from tests.harness.users import make_user
from tests.site.builders import unique
from tests.site.deals_world import counted, make_colleague, make_deal, make_pipeline, move, stage_of


@pytest.fixture(scope="session")
def people(site):
	"""Made before anything else, because making a user commits."""
	return {name: make_user(["Deals User"], email=f"plans-{name}@example.com") for name in ("seller", "head")}


@pytest.fixture
def pipeline(site, people):
	return make_pipeline(users_see="Team")


def make_plan(pipeline, **fields):
	return frappe.get_doc(doctype="Sales Plan", month=nowdate(), pipeline=pipeline, **fields).insert()


def win(pipeline, user, amount):
	deal = make_deal(pipeline, responsible=user, amount=amount)
	return move(deal, stage_of(pipeline, Kind.WON))


def finish(deal, kind, user):
	name = tasks.add("Deal", deal.name, "Talk", due_at=now_datetime(), kind=kind, user=user)
	task = frappe.get_doc("ToDo", name)
	task.update({"status": "Closed"}).save()


def rows_of(pipeline, **filters):
	answer = run(
		"Deals Plan and Fact",
		filters={"pipeline": pipeline, "month": nowdate(), **filters},
		ignore_prepared_report=True,
	)
	return [row for row in answer["result"] if isinstance(row, dict)]


def test_the_bar_above_the_board(pipeline, people, as_user):
	seller = people["seller"]
	make_plan(pipeline, user=seller, won=10, amount=1000, calls=4)
	deal = win(pipeline, seller, 300)
	win(pipeline, people["head"], 5000)
	finish(deal, "Call", seller)
	with as_user(seller):
		forget_scopes()
		answer = calls.progress(pipeline)
	assert answer["own"]
	assert [(part["fact"], part["plan"], part["percent"]) for part in answer["parts"]] == [
		(300, 1000, 30),
		(1, 10, 10),
		(1, 4, 25),
	]
	assert answer["done"] == pytest.approx(21.7)


def test_without_an_own_plan_it_is_the_whole_pipelines(pipeline, people, as_user):
	make_plan(pipeline, won=4)
	win(pipeline, people["seller"], 1)
	with as_user(people["head"]):
		forget_scopes()
		answer = calls.progress(pipeline)
	assert (answer["own"], answer["done"]) == (False, 25)


def test_no_plan_no_bar(pipeline):
	assert calls.progress(pipeline) is None


def test_another_month_and_another_pipeline_do_not_count(pipeline, people):
	seller = people["seller"]
	make_plan(pipeline, user=seller, won=2)
	old = win(pipeline, seller, 10)
	frappe.db.set_value("Deal", old.name, "closed_at", add_months(get_first_day(nowdate()), -1))
	win(make_pipeline(), seller, 10)
	(row,) = rows_of(pipeline)
	assert row["won_fact"] == 0


def test_a_team_is_everybody_below(pipeline, people):
	group = frappe.get_doc(
		doctype="Sales Person",
		sales_person_name=unique("Team"),
		parent_sales_person="Sales Team",
		is_group=1,
	).insert()
	frappe.get_doc(
		doctype="Sales Person",
		sales_person_name=unique("Seller"),
		parent_sales_person=group.name,
		employee=make_colleague(people["seller"]),
	).insert()
	make_plan(pipeline, team=group.name, amount=100)
	win(pipeline, people["seller"], 40)
	win(pipeline, people["head"], 900)
	(row,) = rows_of(pipeline)
	assert (row["amount_fact"], row["amount_percent"]) == (40, 40)


def test_the_first_in_the_report_sold_most(pipeline, people):
	for user in people.values():
		make_plan(pipeline, user=user, amount=100)
	make_plan(pipeline, amount=1000)
	win(pipeline, people["head"], 70)
	win(pipeline, people["seller"], 20)
	rows = rows_of(pipeline)
	assert [(row["place"], row["amount_fact"]) for row in rows] == [(1, 70), (2, 20), (None, 90)]


def test_the_same_queries_for_any_number_of_plans(pipeline, people):
	make_plan(pipeline, user=people["head"], won=1)
	rows_of(pipeline)
	with counted() as few:
		rows_of(pipeline)
	make_plan(pipeline, user=people["seller"], won=1)
	make_plan(pipeline, won=1)
	with counted() as many:
		rows_of(pipeline)
	assert len(many) == len(few)


def test_sellers_see_their_own_and_the_pipelines_plan(pipeline, people, as_user):
	own = make_plan(pipeline, user=people["seller"], won=1)
	whole = make_plan(pipeline, won=5)
	other = make_plan(pipeline, user=people["head"], won=3)
	with as_user(people["seller"]):
		forget_scopes()
		seen = frappe.get_list("Sales Plan", filters={"pipeline": pipeline}, pluck="name")
		assert set(seen) == {own.name, whole.name}
		assert {name for name in (own.name, whole.name, other.name) if may_read(name)} == set(seen)
		assert {row["won_plan"] for row in rows_of(pipeline)} == {1, 5}


def test_heads_see_those_below(pipeline, people, as_user):
	head = make_colleague(people["head"])
	make_colleague(people["seller"], above=head)
	plan = make_plan(pipeline, user=people["seller"], won=1)
	with as_user(people["head"]):
		forget_scopes()
		assert may_read(plan.name)
		assert plan.name in frappe.get_list("Sales Plan", pluck="name", limit=0)


def test_a_plan_of_a_hidden_pipeline_is_hidden(pipeline, people, as_user):
	plan = make_plan(pipeline, user=people["seller"], won=1)
	frappe.get_doc("Deal Pipeline", pipeline).update({"roles": [{"role": "Accounts Manager"}]}).save()
	with as_user(people["seller"]):
		forget_scopes()
		assert not may_read(plan.name)
		assert not rows_of(pipeline)
		with pytest.raises(frappe.PermissionError):
			calls.progress(pipeline)


def test_sellers_set_no_plans(pipeline, people, as_user):
	with as_user(people["seller"]), pytest.raises(frappe.PermissionError):
		make_plan(pipeline, user=people["seller"], won=1)


def test_nonsense_is_refused(pipeline, people):
	plan = make_plan(pipeline, user=people["seller"], won=1)
	assert plan.month == getdate(get_first_day(nowdate()))
	with pytest.raises(frappe.DuplicateEntryError):
		make_plan(pipeline, user=people["seller"], amount=5)
	with pytest.raises(frappe.ValidationError, match="needs a number"):
		make_plan(pipeline, user=people["head"])
	with pytest.raises(frappe.ValidationError, match="not for both"):
		make_plan(pipeline, user=people["head"], team="Sales Team", won=1)


def test_the_number_card(pipeline):
	answer = calls.done_card()
	assert answer["route"] == ["query-report", "Deals Plan and Fact"]


def may_read(name):
	return frappe.get_doc("Sales Plan", name).has_permission("read")
