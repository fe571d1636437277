"""A deal changes hands: who may give and take it, whose tasks move, who is told, which team it is of."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
import pytest
from frappe.client import set_value
from frappe.desk.form.save import savedocs
from frappe.utils import now_datetime

from crm_marketplace.deals import reminders, tasks
from crm_marketplace.permissions.deals import forget_scopes
from tests.harness.users import make_user
from tests.site.builders import unique
from tests.site.deals_world import make_colleague, make_deal, make_pipeline


@pytest.fixture(scope="session")
def people(site):
	"""Made before anything else, because making a user commits."""
	return {
		**{
			name: make_user(["Deals User"], email=f"hands-{name}@example.com")
			for name in ("anna", "boris", "head")
		},
		"manager": make_user(["Deals Manager"], email="hands-manager@example.com"),
	}


@pytest.fixture
def pipeline(site, people):
	name = make_pipeline(users_see="Own")
	forget_scopes()
	yield name
	forget_scopes()


@pytest.fixture
def deal(pipeline, people):
	deal = make_deal(pipeline, responsible=people["anna"])
	tasks.drop_stage_tasks(deal.name)
	return deal.reload()


def by_api(deal, **values):
	set_value("Deal", deal.name, json.dumps(values))


def by_form(deal, **values):
	savedocs(frappe.as_json({**deal.as_dict(convert_dates_to_str=True), **values}), "Save")


WAYS = pytest.mark.parametrize("way", [by_api, by_form])


@WAYS
def test_nobody_makes_a_deal_theirs_by_writing_their_name_into_it(deal, people, as_user, way):
	with as_user(people["boris"]), pytest.raises(frappe.PermissionError):
		way(deal, responsible=people["boris"])
	assert frappe.db.get_value("Deal", deal.name, "responsible") == people["anna"]


def test_nobody_reaches_a_deal_by_writing_another_pipeline_into_it(deal, people, as_user):
	open_to_all = make_pipeline(users_see="All")
	forget_scopes()
	with as_user(people["boris"]), pytest.raises(frappe.PermissionError):
		by_api(deal, pipeline=open_to_all)


@WAYS
def test_who_has_a_deal_may_hand_it_on(deal, people, as_user, way):
	with as_user(people["anna"]):
		way(deal, responsible=people["boris"])
		assert not frappe.has_permission("Deal", "read", frappe.get_doc("Deal", deal.name))
	with as_user(people["boris"]):
		assert frappe.has_permission("Deal", "write", frappe.get_doc("Deal", deal.name))


def test_into_a_pipeline_one_does_not_see_it_does_not_go(deal, people, as_user):
	hidden = make_pipeline(roles=[{"role": "Accounts Manager"}])
	forget_scopes()
	with as_user(people["anna"]), pytest.raises(frappe.PermissionError):
		by_api(deal, pipeline=hidden)


def add(deal, user, hours=1):
	due_at = (now_datetime() + timedelta(hours=hours)).replace(microsecond=0)
	return tasks.add("Deal", deal.name, "Call them", due_at=due_at, user=user, kind="Call", by_system=True)


def doer(task):
	return frappe.db.get_value("ToDo", task, "allocated_to")


def notices(user, deal):
	return frappe.get_all(
		"Notification Log", filters={"for_user": user, "document_name": deal.name}, pluck="subject"
	)


def test_tasks_of_the_former_person_follow_and_those_of_others_stay(deal, people):
	own, others = add(deal, people["anna"]), add(deal, people["head"])
	frappe.db.set_value("ToDo", own, "reminded_at", now_datetime())
	deal.update({"responsible": people["boris"]}).save()
	assert (doer(own), doer(others)) == (people["boris"], people["head"])
	assert not frappe.db.get_value("ToDo", own, "reminded_at")
	assert people["boris"] in frappe.db.get_value("Deal", deal.name, "_assign")
	assert people["anna"] not in frappe.db.get_value("Deal", deal.name, "_assign")


def test_who_gets_a_deal_is_told_and_who_takes_it_is_not(deal, people, as_user):
	deal.update({"responsible": people["boris"]}).save()
	assert len(notices(people["boris"], deal)) == 1
	deal.update({"title": "Another title"}).save()
	assert len(notices(people["boris"], deal)) == 1
	with as_user(people["manager"]):
		frappe.get_doc("Deal", deal.name).update({"responsible": people["manager"]}).save()
	assert notices(people["manager"], deal) == []


def test_who_gets_a_new_deal_is_told_and_an_import_tells_nobody(pipeline, people, monkeypatch):
	assert len(notices(people["anna"], make_deal(pipeline, responsible=people["anna"]))) == 1
	monkeypatch.setattr(frappe.flags, "in_import", True)
	assert notices(people["anna"], make_deal(pipeline, responsible=people["anna"])) == []


def test_deals_of_people_who_are_gone_are_told_to_their_supervisor(deal, people):
	make_colleague(people["anna"], above=make_colleague(people["head"]))
	frappe.db.set_value("User", people["anna"], "enabled", 0)
	left = reminders.digest_parts(now_datetime())[people["head"]]["left"]
	assert [row.name for row in left] == [deal.name]


def test_without_a_supervisor_managers_are_told(deal, people):
	frappe.db.set_value("User", people["anna"], "enabled", 0)
	parts = reminders.digest_parts(now_datetime())
	assert deal.name in [row.name for row in parts[people["manager"]]["left"]]
	reminders.digest()
	(subject,) = frappe.get_all(
		"Notification Log", filters={"for_user": people["manager"], "link": "/app/my-day"}, pluck="subject"
	)
	assert "not here any more" in subject


@pytest.fixture
def teams(people):
	"""Groups of Sales Persons: one of Anna's, one of nobody."""
	root = frappe.db.get_value("Sales Person", {"parent_sales_person": ("in", ("", None))})
	groups = [
		frappe.get_doc(
			doctype="Sales Person", sales_person_name=unique("Team"), is_group=1, parent_sales_person=root
		).insert()
		for _number in range(2)
	]
	frappe.get_doc(
		doctype="Sales Person",
		sales_person_name=unique("Anna"),
		employee=make_colleague(people["anna"]),
		parent_sales_person=groups[0].name,
	).insert()
	return [group.name for group in groups]


def test_a_team_that_was_chosen_stays(pipeline, people, teams):
	of_anna, other = teams
	assert make_deal(pipeline, responsible=people["anna"]).team == of_anna
	deal = make_deal(pipeline, responsible=people["anna"], team=other)
	assert deal.team == other
	deal.update({"responsible": people["boris"]}).save()
	assert deal.team is None  # Boris is of no team
	deal.update({"responsible": people["anna"], "team": other}).save()
	assert deal.team == other
