"""Triggers about deals: the ready ones as they come, a stage that is moved, and who may make them."""

from __future__ import annotations

import json
from datetime import timedelta

import frappe
import pytest

from crm_marketplace.rules.deals import Kind
from crm_marketplace.setup.roles import DEALS_MANAGER, DEALS_USER
from crm_marketplace.sync import clock
from crm_marketplace.triggers import api
from crm_marketplace.triggers.engine import timetable
from tests.harness.committing import commit
from tests.site import deals_world, triggers
from tests.site.triggers import action, make, run, the_log

pytestmark = pytest.mark.usefixtures("no_triggers")


@pytest.fixture
def deal(site):
	"""A deal in a pipeline of its own; workers commit, so both are taken away by hand."""
	made = deals_world.make_deal(
		deals_world.make_pipeline(),
		party_type="Customer",
		party=deals_world.make_customer(),
		amount=1000,
		expected_close=frappe.utils.add_days(frappe.utils.today(), 7),
	)
	yield made
	frappe.db.rollback()
	frappe.db.delete("ToDo", {"reference_type": "Deal", "reference_name": made.name})
	frappe.delete_doc("Deal", made.name, force=True)
	frappe.db.delete("Deal Stage", {"pipeline": made.pipeline})
	frappe.delete_doc("Deal Pipeline", made.pipeline, force=True)
	commit()


def test_a_deal_without_a_next_step_gives_its_person_a_task(deal):
	rule = frappe.get_doc("Trigger", api.take("deal_without_step")["name"])
	rule.conditions = json.dumps({"all": [*json.loads(rule.conditions)["all"], _this(deal)]})
	rule.enabled = 1
	rule.save()
	frappe.db.set_value("Deal", deal.name, "next_step", None)  # the stage's own tasks are its next step
	frappe.db.set_value("Trigger", rule.name, "next_run_at", clock.site_now() - timedelta(minutes=1))
	commit()

	timetable.tick()
	run()

	row = the_log(rule).actions[0]
	assert (row.status, row.given_to) == ("Done", "Administrator")
	task = frappe.get_doc("ToDo", row.reference_name)
	assert (task.reference_type, task.reference_name) == ("Deal", deal.name)


def test_a_stage_is_moved(deal):
	there = next(name for name in deals_world.stage_names(deal.pipeline) if name != deal.stage)
	rule = make(
		"Changed",
		"Deal",
		action("Set Fields", values=[{"field": "stage", "value": there}]),
		watched_fields="title",
		conditions=_this(deal),
	)
	deal.title = "moved by a trigger"
	deal.save()
	run()
	assert the_log(rule).status == "Done", the_log(rule).reason_values
	assert frappe.db.get_value("Deal", deal.name, "stage") == there


def test_a_stage_is_told_by_its_title(deal):
	there = next(name for name in deals_world.stage_names(deal.pipeline) if name != deal.stage)
	titles = {name: frappe.db.get_value("Deal Stage", name, "stage_name") for name in (deal.stage, there)}
	values = {
		"title": "stages",
		"event": "Status Changed",
		"document_type": "Deal",
		"event_field": "stage",
		"to_value": there,
		"conditions": {"all": [{"field": "stage", "op": "in", "value": [deal.stage, there]}]},
		"actions": [
			{"action_type": "Set Fields", "settings": {"values": [{"field": "stage", "value": deal.stage}]}},
			{
				"action_type": "Create Document",
				"settings": {"doctype": "Deal", "values": [{"field": "stage", "value": there}]},
			},
			{
				"action_type": "Create Document",
				"settings": {"doctype": "Deal St", "values": [{"field": "x"}]},
			},
		],
	}
	told = api.describe(values)
	assert f"“{titles[there]}”" in told["when"]
	assert f"is one of “{titles[deal.stage]}”, “{titles[there]}”" in told["if"]
	assert f"= {titles[deal.stage]}" in told["then"]
	assert not any(name in " ".join(told.values()) for name in titles)

	del values["actions"][1:]
	tried = api.try_document(values, deal.name)
	assert tried["conditions"][0]["found"] == titles[deal.stage]
	assert f"stage = {titles[deal.stage]}" in tried["actions"][0]["sentence"]


def test_sentences_of_many_triggers_look_titles_up_once(deal):
	rule = {"field": "stage", "op": "=", "value": deal.stage}
	for _number in range(2):
		make("Created", "Deal", triggers.comment(), conditions=rule)
	api.triggers()
	few = triggers.queries_of(api.triggers)
	for _number in range(5):
		make("Created", "Deal", triggers.comment(), conditions=rule)
	for name in frappe.get_all("Trigger", pluck="name"):
		frappe.get_cached_doc("Trigger", name)
	assert triggers.queries_of(api.triggers) == few


def test_stages_are_found_by_their_title_and_pipeline(deal, user_with_role, as_user):
	stage, pipeline = (
		frappe.db.get_value("Deal Stage", deal.stage, "stage_name"),
		frappe.db.get_value("Deal Pipeline", deal.pipeline, "pipeline_name"),
	)
	found = api.names("Deal Stage", stage, {"pipeline": deal.pipeline})
	assert [(row["value"], row["label"]) for row in found] == [(deal.stage, stage)]
	assert found[0]["description"].startswith(pipeline) and deal.pipeline not in found[0]["description"]
	assert api.names("Deal Stage", stage, {"pipeline": "no such one"}) == []
	with as_user(user_with_role("Marketplace Viewer")), pytest.raises(frappe.PermissionError):
		api.names("Deal Stage", stage)


def test_a_won_deal_is_heard_of(deal):
	rule = make("Status Changed", "Deal", triggers.comment(), event_field="stage_kind", to_value="Won")
	deals_world.move(deal, deals_world.stage_of(deal.pipeline, Kind.WON))
	run()
	assert (the_log(rule).document_name, the_log(rule).status) == (deal.name, "Done")


def test_those_of_deals_make_and_see_triggers(user_with_role, as_user):
	with as_user(user_with_role(DEALS_MANAGER)):
		name = api.take("deal_step_overdue")["name"]
		assert api.switch(name, 1)["enabled"]
	with as_user(user_with_role(DEALS_USER)):
		assert api.trigger(name)["title"]
		with pytest.raises(frappe.PermissionError):
			api.switch(name, 0)


def _this(deal) -> dict:
	return {"field": "name", "op": "=", "value": deal.name}
