"""The calendar of deals: a step is dragged to another day, and the task behind it goes there."""

from __future__ import annotations

from secrets import token_hex

import frappe
import pytest
from playwright.sync_api import Locator, Page, expect

from crm_marketplace.deals import tasks
from tests.browser.deals_world import MANAGER, sales
from tests.browser.hands import Hands
from tests.harness.committing import commit


@pytest.fixture
def world(site):
	with sales() as found:
		yield found


def drag(page: Page, what: Locator, to: Locator) -> None:
	"""By the mouse itself: cells of the calendar lie under its events, so nothing can be dropped on them directly."""
	for place, press in ((what, page.mouse.down), (to, page.mouse.up)):
		box = place.bounding_box()
		page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=10)
		press()


def test_a_step_is_dragged_to_another_day(log_in, world):
	title = f"Перетащи меня {token_hex(3)}"
	deal = world.add(title)
	tasks.drop_stage_tasks(deal)
	task = tasks.add("Deal", deal, "Call", due_at=frappe.utils.get_datetime("2031-05-06 10:30:00"))
	commit()
	page = log_in(MANAGER)
	Hands(page).open("deal/view/calendar/default")
	page.wait_for_function("window.cur_list?.calendar?.$cal")
	page.evaluate("cur_list.calendar.$cal.fullCalendar('gotoDate', '2031-05-06')")
	event = page.locator(".fc-event", has_text=title)
	expect(event).to_be_visible()
	with page.expect_response("**/*tasks.move_next_step"):
		drag(page, event, page.locator(".fc-bg td[data-date='2031-05-08']"))
	frappe.db.rollback()
	assert str(frappe.db.get_value("ToDo", task, "due_at")) == "2031-05-08 10:30:00"
	assert str(frappe.db.get_value("Deal", deal, "next_step_on")) == "2031-05-08 10:30:00"
