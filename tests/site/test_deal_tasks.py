"""Tasks: made by stages and by hand, the next step of a deal, reminders, escalation, series, the day, the digest."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest
from frappe.utils import get_datetime, now_datetime

from crm_marketplace.deals import reminders, stages, tasks
from crm_marketplace.deals.api import tasks as calls
from crm_marketplace.deals.day import my_day
from crm_marketplace.patches.v0_4 import next_steps
from crm_marketplace.rules.deals import Kind
from tests.harness.users import make_user
from tests.site.builders import unique
from tests.site.deals_world import (
	last_notice,
	make_colleague,
	make_customer,
	make_deal,
	make_pipeline,
	move,
	speak,
	stage_of,
)


@pytest.fixture(scope="session")
def people(site):
	"""Made before anything else, because making a user commits."""
	return {name: make_user(["Deals User"], email=f"tasks-{name}@example.com") for name in ("seller", "head")}


@pytest.fixture
def seller(people):
	return people["seller"]


@pytest.fixture
def pipeline(site, seller):
	return make_pipeline()


@pytest.fixture
def deal(pipeline, seller):
	"""A deal of the seller without the task its stage made."""
	deal = make_deal(pipeline, responsible=seller)
	tasks.drop_stage_tasks(deal.name)
	return deal.reload()


def open_tasks(deal):
	return frappe.get_all(
		"ToDo",
		filters={"reference_type": "Deal", "reference_name": deal.name, "status": "Open"},
		fields=["name", "description", "task_kind", "allocated_to", "due_at", "date", "deal_stage"],
		order_by="due_at",
	)


def add(deal, subject="Task", hours=1.0, **fields):
	due_at = (now_datetime() + timedelta(hours=hours)).replace(microsecond=0)
	return tasks.add("Deal", deal.name, subject, due_at=due_at, user=deal.responsible, **fields)


# --- stages ----------------------------------------------------------------------------------------


def test_a_stage_makes_its_tasks_for_the_responsible_person(pipeline, seller):
	deal = make_deal(pipeline, responsible=seller)
	(task,) = open_tasks(deal)
	assert (task.task_kind, task.allocated_to, task.deal_stage) == ("Call", seller, deal.stage)
	assert abs(task.due_at - now_datetime() - timedelta(hours=2)) < timedelta(minutes=1)


def make_template(**fields):
	return frappe.get_doc(
		doctype="Task Template",
		template_name=unique("Call plan"),
		subject="Call",
		kind="Call",
		checklist=[{"item": "Ask for the budget"}, {"item": "Offer {{ doc.title }}"}],
		**fields,
	).insert()


def ask_for_checklist(pipeline, template):
	"""The first stage's task takes its details from a template."""
	stage = frappe.get_doc("Deal Stage", stage_of(pipeline, Kind.OPEN))
	stage.tasks[0].task_template = template
	stage.save()


def test_a_stage_brings_its_checklist(pipeline, seller):
	ask_for_checklist(pipeline, make_template(description="<p>Before noon</p>").name)
	deal = make_deal(pipeline, responsible=seller, title="Tea <b>")
	(task,) = open_tasks(deal)
	text = frappe.db.get_value("ToDo", task.name, "description")
	subject = frappe.get_doc("Deal Stage", deal.stage).tasks[0].subject
	assert text.startswith(f"<p>{subject}</p>") and "Before noon" in text
	assert text.count('<li data-list="unchecked">') == 2 and "Offer Tea &lt;b&gt;" in text
	assert frappe.db.get_value("Deal", deal.name, "next_step") == f"{subject} Before noon"


@pytest.mark.parametrize("trouble", ["disabled", "unreadable"])
def test_a_template_in_trouble_keeps_no_deal_from_its_stage(pipeline, seller, trouble):
	template = make_template()
	ask_for_checklist(pipeline, template.name)
	if trouble == "disabled":
		template.update({"disabled": 1}).save()
	else:
		frappe.db.set_value(
			"Task Template Item", template.checklist[0].name, "item", "{{ doc.title | nothing }}"
		)
		frappe.clear_document_cache("Task Template", template.name)
	deal = make_deal(pipeline, responsible=seller)
	(task,) = open_tasks(deal)
	assert task.description == frappe.get_doc("Deal Stage", deal.stage).tasks[0].subject


def test_a_stage_makes_no_task_while_one_of_its_kind_is_open(pipeline, deal):
	add(deal, kind="Call")
	first = deal.stage
	move(deal, stage_of(pipeline, Kind.LOST), loss_reason="No answer")
	move(deal, first)
	assert [task.task_kind for task in open_tasks(deal)] == ["Call"]


def test_a_closed_deal_drops_what_stages_asked_for_and_keeps_what_people_promised(pipeline, seller):
	deal = make_deal(pipeline, responsible=seller, amount=1)
	add(deal, "Congratulate them")
	move(deal, stage_of(pipeline, Kind.WON))
	assert [task.description for task in open_tasks(deal)] == ["Congratulate them"]


def test_a_deleted_deal_leaves_no_tasks(deal):
	add(deal)
	frappe.delete_doc("Deal", deal.name)
	assert not frappe.db.exists("ToDo", {"reference_name": deal.name})


# --- the next step ---------------------------------------------------------------------------------


def next_step(deal):
	return frappe.db.get_value("Deal", deal.name, ["next_step", "next_step_on"])


def test_the_next_step_is_the_nearest_open_task(deal):
	assert next_step(deal) == (None, None)
	add(deal, "Later", hours=48)
	soon = add(deal, "Soon <b>&</b>", hours=1)
	assert next_step(deal)[0] == "Soon <b>&</b>"
	calls.finish_task(soon)
	assert next_step(deal)[0] == "Later"


def test_a_deleted_task_is_no_next_step(deal):
	frappe.delete_doc("ToDo", add(deal))
	assert next_step(deal) == (None, None)


def test_who_finishes_the_last_task_is_asked_for_the_next_step(deal):
	first, second = add(deal), add(deal, hours=2)
	assert calls.finish_task(first) == {}
	assert calls.finish_task(second, result="They think") == {"deal_without_step": deal.name}
	assert frappe.db.exists("Comment", {"reference_name": deal.name, "content": "They think"})


def test_saving_a_deal_keeps_the_next_step(deal):
	add(deal, "Soon")
	doc = frappe.get_doc("Deal", deal.name)
	doc.title = "Renamed"
	doc.save()
	assert next_step(deal)[0] == "Soon"


def test_a_task_without_an_hour_is_no_next_step(deal):
	frappe.get_doc("ToDo", add(deal, "Some day")).update({"date": None, "due_at": None}).save()
	assert next_step(deal) == (None, None)
	assert deal.name in [row.name for row in reminders.deals_without_step()]


def test_the_calendar_moves_the_task_behind_the_step(deal):
	later, soon = add(deal, "Later", hours=48), add(deal, "Soon")
	calls.move_next_step(deal.name, "2020-05-06 07:08:00")
	assert str(frappe.db.get_value("ToDo", soon, "due_at")) == "2020-05-06 07:08:00"
	assert next_step(deal) == ("Soon", get_datetime("2020-05-06 07:08:00"))
	for task in (soon, later):
		calls.finish_task(task)
	with pytest.raises(frappe.ValidationError, match="no next step"):
		calls.move_next_step(deal.name, "2027-05-06 07:08:00")


def test_who_may_not_change_the_deal_moves_no_step(deal, as_user, people):
	task = add(deal)
	before = frappe.db.get_value("ToDo", task, "due_at")
	frappe.get_doc("Deal Pipeline", deal.pipeline).update({"users_see": "Own"}).save()
	with as_user(people["head"]), pytest.raises(frappe.PermissionError):
		calls.move_next_step(deal.name, "2027-05-06 07:08:00")
	assert frappe.db.get_value("ToDo", task, "due_at") == before


def test_nobody_writes_a_next_step_past_its_task(deal, pipeline):
	"""Neither a slot chosen in the calendar, nor one's drop into it by Frappe's own call, nor a form opened long ago."""
	frappe.db.delete("Deal Stage Task", {"parent": ("in", [row.name for row in stages.rows_of(pipeline)])})
	made = make_deal(pipeline, next_step="x", next_step_on="2027-05-06 07:08:00")
	assert next_step(made) == (None, None)
	add(deal, "Soon")
	known = next_step(deal)
	frappe.get_doc("Deal", deal.name).update({"next_step_on": "2027-05-06 07:08:00"}).save()
	assert next_step(deal) == known


def test_steps_that_went_astray_are_found_again(deal):
	add(deal, "Soon")
	known = next_step(deal)
	for astray in ({"next_step_on": "2027-05-06 07:08:00"}, {"next_step": None, "next_step_on": None}):
		frappe.db.set_value("Deal", deal.name, astray)
		next_steps.execute()
		assert next_step(deal) == known


# --- by hand ---------------------------------------------------------------------------------------


def test_a_task_in_one_line_on_any_document(site):
	customer = make_customer()
	task = calls.add_task("Customer", customer, "позвонить завтра в 15:00")
	assert (task["subject"], task["kind"]) == ("позвонить", "Call")
	assert get_datetime(task["due_at"]).hour == 15
	assert [row["name"] for row in calls.tasks_of("Customer", customer)] == [task["name"]]


def test_not_if_one_is_open(deal):
	assert calls.add_task("Deal", deal.name, "call tomorrow", unless_open=1)
	assert calls.add_task("Deal", deal.name, "call again", unless_open=1) == {}
	assert calls.add_task("Deal", deal.name, "write a letter", unless_open=1)


def test_a_script_in_a_task_is_text(deal):
	task = calls.add_task("Deal", deal.name, "<script>alert(1)</script> tomorrow")
	assert task["subject"] == "<script>alert(1)</script>"
	assert "<script" not in frappe.db.get_value("ToDo", task["name"], "description")


def test_who_may_not_read_the_document_makes_no_task_on_it(deal, as_user, people):
	frappe.get_doc("Deal Pipeline", deal.pipeline).update({"users_see": "Own"}).save()
	with as_user(people["head"]), pytest.raises(frappe.PermissionError):
		calls.add_task("Deal", deal.name, "call")


def test_somebody_elses_task_is_not_finished(as_user, people):
	task = tasks.add(None, None, "Private", due_at=now_datetime(), user="Administrator")
	with as_user(people["head"]), pytest.raises(frappe.PermissionError):
		calls.finish_task(task)


def test_a_task_is_moved_by_words_or_by_a_moment(deal):
	task = add(deal)
	assert get_datetime(calls.move_task(task, "tomorrow 10:00")["due_at"]).hour == 10
	assert str(calls.move_task(task, "2027-05-06 07:08:00")["due_at"]) == "2027-05-06 07:08:00"
	assert str(frappe.db.get_value("ToDo", task, "date")) == "2027-05-06"


def test_frappes_own_day_of_a_task_becomes_an_hour(deal):
	doc = frappe.get_doc(
		doctype="ToDo", description="x", reference_type="Deal", reference_name=deal.name, date="2027-05-06"
	).insert()
	assert str(doc.due_at) == "2027-05-06 18:00:00"


# --- series ----------------------------------------------------------------------------------------


def test_a_repeated_task_brings_the_next_one_when_it_is_done(deal):
	task = add(deal, "Weekly call", kind="Call", repeat_every="Week")
	due = frappe.db.get_value("ToDo", task, "due_at")
	calls.finish_task(task)
	(following,) = open_tasks(deal)
	assert (following.description, following.due_at) == ("Weekly call", due + timedelta(days=7))
	calls.move_task(following.name, "tomorrow")
	assert len(open_tasks(deal)) == 1


# --- reminders -------------------------------------------------------------------------------------


def notices(user):
	return frappe.db.count("Notification Log", {"for_user": user, "type": "Alert"})


def test_a_task_is_reminded_of_once_and_again_when_it_was_moved(deal, seller):
	task, before = add(deal, hours=0.1), notices(seller)
	for _number in range(2):
		reminders.remind(now_datetime(), 15, by_email=False)
	assert notices(seller) == before + 1
	calls.move_task(task, str(now_datetime() + timedelta(minutes=5)))
	reminders.remind(now_datetime(), 15, by_email=False)
	assert notices(seller) == before + 2


def test_tasks_of_other_days_and_done_ones_are_not_reminded_of(deal, seller):
	add(deal, hours=5)
	calls.finish_task(add(deal, hours=0.1))
	before = notices(seller)
	reminders.remind(now_datetime(), 15, by_email=False)
	assert notices(seller) == before


def test_an_overdue_task_goes_to_the_supervisor_once(deal, people):
	make_colleague(people["seller"], above=make_colleague(people["head"]))
	add(deal, hours=-25)
	add(deal, hours=-23)
	before = notices(people["head"])
	for _number in range(2):
		reminders.escalate(now_datetime(), 24, by_email=False)
	assert notices(people["head"]) == before + 1
	assert reminders.escalate(now_datetime(), 0, by_email=False) == 0


@pytest.mark.parametrize("chosen", ["ru", None])
def test_notices_are_in_the_language_of_who_gets_them(deal, people, monkeypatch, chosen):
	"""A job runs in English; who chose no language reads the site's."""
	make_colleague(people["seller"], above=make_colleague(people["head"]))
	speak(monkeypatch, "de" if chosen else "ru", people["head"])
	frappe.db.set_value("User", people["head"], "language", chosen)
	add(deal, hours=-25)
	reminders.escalate(now_datetime(), 24, by_email=False)
	assert last_notice(people["head"]).startswith("Просроченная задача у ")
	assert frappe.local.lang == "en"


def test_who_has_nobody_above_stops_nothing(deal):
	add(deal, hours=-25)
	assert reminders.escalate(now_datetime(), 24, by_email=False) >= 1


# --- the day ---------------------------------------------------------------------------------------


def test_my_day(deal, seller, pipeline):
	late, today = add(deal, "Late", hours=-5, kind="Call"), add(deal, "Soon", hours=24 * 3)
	bare = make_deal(pipeline, responsible=seller)
	tasks.drop_stage_tasks(bare.name)
	day = my_day(seller)
	assert [row["name"] for row in day["overdue"]] == [late]
	assert [row["name"] for row in day["later"]] == [today]
	assert day["overdue"][0]["title"] == deal.title
	assert (day["calls"], [row.name for row in day["deals"]]) == (1, [bare.name])


def test_the_digest_tells_each_person_their_own(deal, seller, pipeline):
	add(deal, "Late", hours=-5)
	bare = make_deal(pipeline, responsible=seller)
	tasks.drop_stage_tasks(bare.name)
	found = reminders.digest_parts(now_datetime())[seller]
	assert [row.description for row in found["overdue"]] == ["Late"]
	assert [row.name for row in found["no_step"]] == [bare.name]
	before = notices(seller)
	reminders.digest()
	assert notices(seller) == before + 1


def test_closed_deals_need_no_next_step(deal, pipeline):
	move(frappe.get_doc("Deal", deal.name), stage_of(pipeline, Kind.LOST), loss_reason="No answer")
	assert deal.name not in [row.name for row in reminders.deals_without_step()]
