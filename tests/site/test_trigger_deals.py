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
