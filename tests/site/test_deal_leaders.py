"""The leader board: places, periods, plans; whose work a reader sees; the same number of queries always."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, add_months, get_first_day, get_quarter_start, getdate, nowdate

from crm_marketplace.deals.api import plans as calls
from crm_marketplace.permissions.deals import forget_scopes
from tests.harness.users import make_user
from tests.site.deals_world import counted, make_colleague, make_pipeline
from tests.site.test_deal_plans import finish, make_plan, win


@pytest.fixture(scope="session")
def people(site):
	"""Made before anything else, because making a user commits."""
	return {
		name: make_user(["Deals User"], email=f"leaders-{name}@example.com")
		for name in ("anna", "boris", "vera", "head")
	}


@pytest.fixture
def pipeline(site, people):
	return make_pipeline(users_see="All")


def places(answer):
	return [(row["place"], row["user"]) for row in answer["rows"]]


def row_of(answer, user):
	return next(row for row in answer["rows"] if row["user"] == user)


def test_who_sold_most_is_first_and_equals_share_a_place(pipeline, people):
	win(pipeline, people["anna"], 100)
	win(pipeline, people["boris"], 60)
	win(pipeline, people["boris"], 40)
	win(pipeline, people["vera"], 70)
	assert places(calls.leaders(pipeline)) == [(1, people["boris"]), (1, people["anna"]), (3, people["vera"])]


def test_numbers_of_a_person(pipeline, people):
	anna = people["anna"]
	make_plan(pipeline, user=anna, amount=200, calls=10)
	deal = win(pipeline, anna, 300)
	for kind in ("Call", "Call", "Meeting", "Letter"):
		finish(deal, kind, anna)
	row = row_of(calls.leaders(pipeline), anna)
	assert (row["amount"], row["won"], row["calls"], row["meetings"], row["percent"]) == (300, 1, 2, 1, 150)


def test_a_plan_without_money_counts_what_it_plans(pipeline, people):
	make_plan(pipeline, user=people["anna"], calls=4)
	finish(win(pipeline, people["anna"], 5), "Call", people["anna"])
	row = row_of(calls.leaders(pipeline), people["anna"])
	assert row["percent"] == 25


def test_who_has_a_plan_and_did_nothing_is_last(pipeline, people):
	win(pipeline, people["anna"], 1)
	make_plan(pipeline, user=people["vera"], amount=10)
	answer = calls.leaders(pipeline)
	assert places(answer)[-1] == (2, people["vera"]) and row_of(answer, people["vera"])["percent"] == 0
	assert row_of(answer, people["anna"])["percent"] is None


def test_deals_of_nobody_have_no_place(pipeline, people):
	win(pipeline, "", 500)
	assert not calls.leaders(pipeline)["rows"]


def test_month_quarter_and_year(pipeline, people):
	"""The days of the deals are set by hand, so that the test says the same in every month."""
	day = getdate("2026-05-15")
	for user, closed, amount in (
		(people["anna"], "2026-05-02 10:00:00", 10),
		(people["anna"], "2026-04-30 23:59:59", 100),
		(people["boris"], "2026-06-30 12:00:00", 50),
		(people["vera"], "2026-01-01 00:00:00", 1000),
	):
		deal = win(pipeline, user, amount)
		frappe.db.set_value("Deal", deal.name, "closed_at", closed)
	for month, amount in (("2026-05-01", 20), ("2026-06-01", 200), ("2026-07-01", 9999)):
		frappe.get_doc(
			doctype="Sales Plan", month=month, pipeline=pipeline, user=people["anna"], amount=amount
		).insert()
	month, quarter, year = (
		calls.leaders(pipeline, period, day.isoformat()) for period in ("month", "quarter", "year")
	)
	assert places(month) == [(1, people["anna"])]
	assert (month["first"], month["last"]) == (getdate("2026-05-01"), getdate("2026-05-31"))
	assert [(row["user"], row["amount"]) for row in quarter["rows"]] == [
		(people["anna"], 110),
		(people["boris"], 50),
	]
	assert row_of(quarter, people["anna"])["percent"] == 50
	assert quarter["first"] == getdate(get_quarter_start(day))
	assert [row["amount"] for row in year["rows"]] == [1000, 110, 50]
	earlier = calls.leaders(pipeline, "quarter", str(quarter["previous"]))
	assert places(earlier) == [(1, people["vera"])]
	later = calls.leaders(pipeline, "month", str(month["next"]))
	assert places(later)[0] == (1, people["boris"])


def test_another_pipeline_does_not_count(pipeline, people):
	win(make_pipeline(), people["anna"], 10)
	assert not calls.leaders(pipeline)["rows"]


@pytest.mark.parametrize(
	("users_see", "seen"),
	[("Own", {"head"}), ("Team", {"head", "anna"}), ("All", {"head", "anna", "boris"})],
)
def test_rights_are_those_of_deals(pipeline, people, as_user, users_see, seen):
	frappe.db.set_value("Deal Pipeline", pipeline, "users_see", users_see)
	make_colleague(people["anna"], above=make_colleague(people["head"]))
	for user in ("head", "anna", "boris"):
		finish(win(pipeline, people[user], 10), "Call", people[user])
	with as_user(people["head"]):
		forget_scopes()
		answer = calls.leaders(pipeline)
	assert {row["user"] for row in answer["rows"]} == {people[name] for name in seen}
	assert row_of(answer, people["head"])["own"]


def test_a_hidden_pipeline_is_not_shown(pipeline, people, as_user):
	win(pipeline, people["anna"], 10)
	frappe.get_doc("Deal Pipeline", pipeline).update({"roles": [{"role": "Accounts Manager"}]}).save()
	with as_user(people["anna"]):
		forget_scopes()
		answer = calls.leaders(pipeline)
		assert pipeline not in [row.name for row in answer["pipelines"]]
		assert not answer["pipeline"] or answer["pipeline"].name != pipeline


def test_who_reads_no_deals_is_refused(pipeline, as_user):
	with as_user("Guest"), pytest.raises(frappe.PermissionError):
		calls.leaders(pipeline)


@pytest.mark.parametrize("arguments", [("week", None), ("", None), ("month", "9999-12-31")])
def test_nonsense_is_refused(pipeline, arguments):
	with pytest.raises(frappe.ValidationError):
		calls.leaders(pipeline, *arguments)


def test_the_same_queries_for_any_number_of_people_and_months(pipeline, people, as_user):
	win(pipeline, people["anna"], 1)
	make_plan(pipeline, user=people["anna"], amount=1)
	calls.leaders(pipeline)
	with as_user(people["head"]):
		forget_scopes()
		with counted() as few:
			calls.leaders(pipeline)
	for user in people.values():
		for _number in range(5):
			win(pipeline, user, 1)
	make_plan(pipeline, user=people["boris"], amount=1)
	frappe.get_doc(
		doctype="Sales Plan",
		month=add_months(get_first_day(nowdate()), 1),
		pipeline=pipeline,
		user=people["boris"],
		won=3,
	).insert()
	with as_user(people["head"]):
		forget_scopes()
		with counted() as many:
			calls.leaders(pipeline, "year", add_days(nowdate(), 0))
	assert len(few) == len(many) <= 12, "\n".join(many)
