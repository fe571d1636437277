"""Deals without a responsible person: whose turn it is, who is at work, what waits until the morning."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest
from frappe.utils import add_days, nowdate

from crm_marketplace.deals import assignment
from crm_marketplace.deals.api.board import take_deal
from crm_marketplace.rules.deals import Kind
from tests.harness.users import make_user
from tests.site.builders import unique
from tests.site.deals_world import make_customer, make_deal, make_pipeline, move, speak, stage_of


@pytest.fixture(scope="session")
def people(site):
	"""Made before anything else, because making a user commits."""
	return [make_user(["Deals User"], email=f"turn-{name}@example.com") for name in ("one", "two", "three")]


@pytest.fixture
def pipeline(site, people):
	frappe.db.delete("Deal Assignment Rule")
	return make_pipeline()


def make_rule(pipeline, people, **fields):
	values = {"title": unique("Rule"), "pipeline": pipeline, "method": "In Turn", **fields}
	return frappe.get_doc(
		doctype="Deal Assignment Rule", people=[{"user": user} for user in people], **values
	).insert()


def make_absence(user, begins=0, ends=0):
	return frappe.get_doc(
		doctype="Deal Absence",
		user=user,
		from_date=add_days(nowdate(), begins),
		to_date=add_days(nowdate(), ends),
	).insert()


def incoming(pipeline, **fields):
	"""A deal as the API or a web form makes it."""
	return make_deal(pipeline, responsible=None, **fields)


def shut():
	"""Working hours that are over, whatever the hour of the test."""
	hour = frappe.utils.now_datetime()
	return {
		"work_from": (hour + timedelta(hours=2)).strftime("%H:00"),
		"work_to": (hour + timedelta(hours=3)).strftime("%H:00"),
	}


def test_deals_go_round(pipeline, people):
	make_rule(pipeline, people)
	assert [incoming(pipeline).responsible for _turn in range(4)] == [*people, people[0]]


def test_who_has_least_in_hand_gets_the_next(pipeline, people):
	for user in (people[0], people[0], people[1], people[2], people[2]):
		make_deal(pipeline, responsible=user)
	make_rule(pipeline, people, method="Least Loaded")
	assert incoming(pipeline).responsible == people[1]


def test_who_gets_a_deal_is_told_in_their_language(pipeline, people, monkeypatch):
	make_rule(pipeline, people[:1])
	speak(monkeypatch, "ru", people[0])
	deal = incoming(pipeline)
	notice = frappe.get_last_doc("Notification Log", {"for_user": people[0]})
	assert notice.subject == f"Вам новая сделка: {deal.title}"


def test_without_a_rule_a_deal_is_nobodys_and_waits_for_nothing(pipeline, people):
	make_rule(make_pipeline(), people)
	deal = incoming(pipeline)
	assert (deal.responsible, deal.awaits_assignment) == (None, 0)


def test_who_is_named_stays(pipeline, people):
	make_rule(pipeline, people)
	assert make_deal(pipeline, responsible="Administrator").responsible == "Administrator"


def test_the_first_rule_that_fits_counts(pipeline, people):
	source = frappe.get_doc(doctype="Lead Source", source_name=unique("Fair")).insert().name
	make_rule(pipeline, people[:1], position=20)
	make_rule(pipeline, people[1:2], position=10, source=source)
	make_rule(pipeline, people[2:], position=1, enabled=0)
	assert incoming(pipeline, source=source).responsible == people[1]
	assert incoming(pipeline).responsible == people[0]


def test_a_region_means_those_below_it(pipeline, people):
	region = frappe.get_doc(
		doctype="Territory", territory_name=unique("Region"), parent_territory="All Territories", is_group=1
	).insert()
	town = frappe.get_doc(
		doctype="Territory", territory_name=unique("Town"), parent_territory=region.name
	).insert()
	make_rule(pipeline, people[:1], territory=region.name)
	customer = make_customer()
	assert not incoming(pipeline, party_type="Customer", party=customer).responsible
	frappe.db.set_value("Customer", customer, "territory", town.name)
	assert incoming(pipeline, party_type="Customer", party=customer).responsible == people[0]


def test_who_is_away_is_passed_over(pipeline, people):
	make_rule(pipeline, people)
	make_absence(people[0])
	make_absence(people[1], begins=1, ends=3)  # from tomorrow
	assert incoming(pipeline).responsible == people[1]


def test_a_disabled_person_gets_nothing(pipeline, people):
	make_rule(pipeline, people[:2])
	frappe.db.set_value("User", people[0], "enabled", 0)
	frappe.clear_document_cache("User", people[0])
	assert {incoming(pipeline).responsible for _turn in range(3)} == {people[1]}


@pytest.mark.parametrize("closed", ["hours", "holiday", "everybody away"])
def test_outside_of_work_a_deal_waits_and_is_handed_out_later(pipeline, people, closed):
	rule = make_rule(pipeline, people[:1], **(shut() if closed == "hours" else {}))
	if closed == "holiday":
		holidays = frappe.get_doc(
			doctype="Holiday List",
			holiday_list_name=unique("Holidays"),
			from_date=add_days(nowdate(), -5),
			to_date=add_days(nowdate(), 5),
			holidays=[{"holiday_date": nowdate(), "description": "Holiday"}],
		).insert()
		rule.update({"holiday_list": holidays.name}).save()
	absence = make_absence(people[0]) if closed == "everybody away" else None
	deal = incoming(pipeline)
	assert (deal.responsible, deal.awaits_assignment) == (None, 1)
	assignment.tick()
	assert not deal.reload().responsible

	rule.reload().update({"work_from": None, "work_to": None, "holiday_list": None}).save()
	if absence:
		absence.delete()
	assignment.tick()

	deal.reload()
	assert (deal.responsible, deal.awaits_assignment) == (people[0], 0)
	tasks = frappe.get_all(
		"ToDo", filters={"reference_name": deal.name, "status": "Open"}, pluck="allocated_to"
	)
	assert set(tasks) == {people[0]}
	assert frappe.db.exists("Notification Log", {"for_user": people[0], "document_name": deal.name})


def test_a_waiting_deal_may_be_taken(pipeline, people, as_user):
	make_rule(pipeline, people[:1], **shut())
	deal = incoming(pipeline)
	with as_user(people[2]):
		take_deal(deal.name)
	assignment.tick()
	deal.reload()
	assert (deal.responsible, deal.awaits_assignment) == (people[2], 0)


def test_a_deal_closed_meanwhile_waits_no_longer(pipeline, people):
	make_rule(pipeline, people[:1], **shut())
	deal = incoming(pipeline)
	move(deal, stage_of(pipeline, Kind.LOST), loss_reason="No answer")
	assignment.tick()
	deal.reload()
	assert (deal.responsible, deal.awaits_assignment) == (None, 0)


def test_a_waiting_deal_that_cannot_be_saved_does_not_stop_the_others(pipeline, people):
	rule = make_rule(pipeline, people[:1], **shut())
	bad, good = incoming(pipeline), incoming(pipeline)
	frappe.db.set_value("Deal", bad.name, "title", "")
	rule.update({"work_from": None, "work_to": None}).save()
	assignment.tick()
	assert not bad.reload().responsible
	assert good.reload().responsible == people[0]


def test_a_deal_of_a_web_form_finds_its_person(pipeline, people, as_user):
	make_rule(pipeline, people)
	form = frappe.get_doc(
		doctype="Web Form",
		title=unique("Ask us"),
		route=unique("ask-us").lower(),
		doc_type="Deal",
		module="Website",
		published=1,
		login_required=0,
		web_form_fields=[
			{"fieldname": "title", "fieldtype": "Data", "label": "What", "reqd": 1},
			{
				"fieldname": "pipeline",
				"fieldtype": "Data",
				"label": "Pipeline",
				"hidden": 1,
				"default": pipeline,
			},
			{"fieldname": "utm_source", "fieldtype": "Data", "label": "From"},
		],
	).insert()
	from frappe.website.doctype.web_form.web_form import accept

	with as_user("Guest"):
		made = accept(
			web_form=form.name,
			data=frappe.as_json({"title": "A lorry of tea", "pipeline": pipeline, "utm_source": "site"}),
		)
	deal = frappe.get_doc("Deal", made.name)
	assert (deal.title, deal.utm_source, deal.responsible) == ("A lorry of tea", "site", people[0])


def test_nonsense_is_refused(pipeline, people):
	with pytest.raises(frappe.ValidationError, match="twice"):
		make_rule(pipeline, [people[0], people[0]])
	with pytest.raises(frappe.ValidationError, match="beginning"):
		make_rule(pipeline, people, work_from="9")
	with pytest.raises(frappe.ValidationError, match="not an hour"):
		make_rule(pipeline, people, work_from="early", work_to="18:00")
	with pytest.raises(frappe.ValidationError, match="after the last"):
		make_absence(people[0], begins=2, ends=1)


def test_people_say_when_they_are_away_themselves_only(pipeline, people, as_user):
	with as_user(people[0]):
		make_absence(people[0])
		with pytest.raises(frappe.PermissionError):
			make_absence(people[1])
		with pytest.raises(frappe.PermissionError):
			make_rule(pipeline, people)
