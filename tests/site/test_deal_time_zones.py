"""Tasks of people in another time zone than the site's: typed, reminded of and counted by their own clock."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import get_datetime

from crm_marketplace.deals import board, reminders, stages, tasks
from crm_marketplace.deals.api import tasks as calls
from crm_marketplace.deals.day import my_day
from crm_marketplace.sync import clock
from tests.harness.users import make_user
from tests.site.deals_world import last_notice, make_deal, make_pipeline


@pytest.fixture(scope="session")
def seller(site):
	"""Made before anything else, because making a user commits."""
	return make_user(["Deals User"], email="tasks-far@example.com")


@pytest.fixture
def deal(site, far):
	"""A deal of the seller without the task its stage made."""
	deal = make_deal(make_pipeline(), responsible=far)
	tasks.drop_stage_tasks(deal.name)
	return deal.reload()


@pytest.fixture
def far(seller, monkeypatch):
	"""The seller is in Vladivostok, seven hours ahead of a site in Moscow."""
	monkeypatch.setattr(clock, "get_system_timezone", lambda: "Europe/Moscow")
	frappe.db.set_value("User", seller, "time_zone", "Asia/Vladivostok")
	yield seller
	frappe.db.rollback()
	frappe.clear_document_cache("User", seller)


def test_a_line_is_read_by_the_clock_of_who_types_it(far, deal, as_user, monkeypatch):
	# In Vladivostok it is 3:00 of the third.
	monkeypatch.setattr(calls, "now_datetime", lambda: get_datetime("2026-03-02 20:00:00"))
	with as_user(far):
		assert str(calls.read_task("call tomorrow 15:00")["due_at"]) == "2026-03-04 08:00:00"
		task = calls.add_task("Deal", deal.name, "call today 15:00")
		assert (str(task["due_at"]), task["urgency"]) == ("2026-03-03 08:00:00", "today")
		assert str(calls.move_task(task["name"], "tomorrow 10:00")["due_at"]) == "2026-03-04 03:00:00"
	assert str(calls.read_task("call tomorrow 15:00")["due_at"]) == "2026-03-03 15:00:00"


def test_a_reminder_names_the_hour_of_who_is_reminded(far, deal):
	tasks.add("Deal", deal.name, "Call", due_at=get_datetime("2027-05-06 10:00:00"), user=far)
	reminders.remind(get_datetime("2027-05-06 09:55:00"), 15, by_email=False)
	assert last_notice(far) == "17:00: Call"


def test_today_ends_at_the_midnight_of_who_works(far, deal, as_user, monkeypatch):
	now = get_datetime("2027-05-06 18:00:00")  # in Vladivostok it is 1:00 of the seventh
	monkeypatch.setattr("crm_marketplace.deals.day.now_datetime", lambda: now)
	today, later = (
		tasks.add("Deal", deal.name, hour, due_at=get_datetime(f"2027-05-07 {hour}"), user=far)
		for hour in ("16:00:00", "18:00:00")
	)
	day = my_day(far)
	assert ([row["name"] for row in day["today"]], [row["name"] for row in day["later"]]) == (
		[today],
		[later],
	)
	assert [row.name for row in reminders.digest_parts(now)[far]["today"]] == [today]

	def on_board(user):
		with as_user(user):
			return board.totals_of(stages.rows_of(deal.pipeline), board.Filters({}), now)[deal.stage]["today"]

	assert (on_board(far), on_board("Administrator")) == (1, 0)
