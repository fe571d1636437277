"""A deal made of a letter in the story of a customer: one, however often the button is pressed."""

from __future__ import annotations

import re

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.deals_world import MANAGER, sales
from tests.browser.hands import Hands
from tests.harness.committing import commit


@pytest.fixture
def world(site):
	with sales() as found:
		yield found


@pytest.fixture
def letter(world):
	doc = frappe.get_doc(
		doctype="Communication",
		communication_type="Communication",
		communication_medium="Chat",
		sent_or_received="Received",
		subject="Сколько стоит чай?",
		content="Нужно сто пачек",
		reference_doctype="Customer",
		reference_name=world.customer,
	).insert()
	commit()
	return doc.name


def story_tab(page):
	"""Not the tab "History"."""
	return page.locator(".form-tabs .nav-link:visible").filter(has_text=re.compile(r"^\s*Story\s*$"))


@pytest.mark.role((*MANAGER, "System Manager"))
def test_pressed_twice_and_once_more_later(page, world, letter, screenshot):
	hands = Hands(page)
	hands.open_form("Customer", world.customer)
	story_tab(page).click()
	button = page.locator(f".deals-event [data-action=deal][data-name='{letter}']")
	expect(button).to_be_visible()
	screenshot(page, "deals-story-make-a-deal")
	button.dblclick()
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Deal' && cur_frm.is_new()")
	assert page.evaluate("Object.values(locals.Deal).filter(doc => doc.__islocal).length") == 1
	expect(hands.field("title").locator("input")).to_have_value("Сколько стоит чай?")
	assert page.evaluate("cur_frm.doc.party") == world.customer
	page.evaluate("pipeline => cur_frm.set_value('pipeline', pipeline)", world.pipeline)
	hands.save()
	deal = page.evaluate("cur_frm.doc.name")

	hands.open_form("Communication", letter)
	page.locator(".inner-group-button:visible", has_text="Actions").locator("button").first.click()
	page.locator(".inner-group-button .dropdown-item:visible", has_text="Deal").first.click()
	page.wait_for_function("name => cur_frm.doctype === 'Deal' && cur_frm.doc.name === name", arg=deal)
	hands.wait_for_alert("already")
	frappe.db.rollback()
	assert frappe.db.count("Deal", {"conversation": letter}) == 1

	story_tab(page).click()
	expect(page.locator(".deals-event[data-kind=letter]:visible")).to_contain_text("Сколько стоит чай?")
