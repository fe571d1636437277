"""Actions in the builder: what is asked for follows what was chosen, and what the shop can do is offered."""

from __future__ import annotations

import frappe
import pytest
from playwright.sync_api import expect

from tests.browser.hands import Hands
from tests.harness.committing import commit

TEMPLATE = "Call the buyer"


@pytest.fixture(autouse=True)
def no_triggers(site):
	yield
	frappe.db.rollback()
	for name in frappe.get_all("Trigger", pluck="name"):
		frappe.delete_doc("Trigger", name)
	commit()


@pytest.fixture
def template(site):
	frappe.get_doc(
		doctype="Task Template",
		template_name=TEMPLATE,
		subject="Call {{ doc.buyer_name }}",
		kind="Call",
		assign_to="Role",
		role="Marketplace Manager",
		checklist=[{"item": "Say who we are"}, {"item": "Ask what went wrong"}],
	).insert()
	commit()
	yield
	frappe.db.rollback()
	frappe.delete_doc("Task Template", TEMPLATE)
	commit()


@pytest.fixture
def open_shop(showroom):
	"""A shop that is switched on: what it can do is offered. Its streams stay as they are."""
	for enabled in (1, 0):
		frappe.db.rollback()
		frappe.db.set_value("Marketplace Shop", showroom.shop, "enabled", enabled)
		commit()
		if enabled:
			yield showroom.shop


def new_trigger(page, event: str) -> Hands:
	hands = Hands(page)
	hands.open("trigger-builder/new")
	page.locator("[data-part=when] select").first.select_option(event)
	expect(page.locator(".trigger-sentence .trigger-word")).to_have_count(1)  # all parts are drawn by then
	return hands


def add_action(page, action_type: str):
	page.locator("[data-part=then] .dropdown-toggle").last.click()
	page.locator(f".dropdown-item[data-type='{action_type}']").click()
	return page.locator(".trigger-action").last


def test_a_task_by_template(page, showroom, template, screenshot):
	new_trigger(page, "New Order")
	card = add_action(page, "Create Task")
	expect(card.locator("[data-name=description]")).to_be_visible()
	expect(card.get_by_role("link", name="Make a new one")).to_have_attribute(
		"href", "/app/task-template/new"
	)
	expect(card.get_by_label("Who", exact=True).locator("option[value=address]")).to_have_count(0)
	screenshot(page, "trigger-task-plain", full_page=True)

	card.locator("[data-name=template] input").fill("Call")
	card.locator("[data-name=template] .awesomplete li", has_text=TEMPLATE).click()
	expect(card.locator("[data-name=description]")).to_be_hidden()
	expect(card.locator("[data-name=due_days]")).to_be_hidden()
	expect(page.locator(".trigger-sentence")).to_contain_text(f"create the task “{TEMPLATE}”")

	page.get_by_role("button", name="On the latest document").click()
	result = page.locator(".trigger-result")
	expect(result).to_contain_text("would get a task, due")
	expect(result.frame_locator("iframe").locator("li")).to_have_text(
		["Say who we are", "Ask what went wrong"]
	)
	screenshot(page, "trigger-task-template", full_page=True)


def test_what_the_shop_can_do_is_offered(page, open_shop, screenshot):
	new_trigger(page, "New Order")
	card = add_action(page, "Marketplace Action")
	reason = card.locator("[data-name=reason]")
	expect(reason).to_be_hidden()
	card.get_by_label("What", exact=True).select_option("cancel")
	expect(reason).to_be_visible()
	expect(page.locator(".trigger-sentence")).to_contain_text("cancel the order at the marketplace")
	screenshot(page, "trigger-shop-action", full_page=True)
	card.get_by_label("What", exact=True).select_option("reconciliation")
	expect(reason).to_be_hidden()
	expect(page.locator(".trigger-sentence")).to_contain_text("start the run “Reconciliation of orders”")

	page.locator("[data-part=when] select").first.select_option("Price Held")
	expect(page.locator(".trigger-sentence")).to_contain_text("Price held back")
	card = page.locator(".trigger-action").last
	expect(card.get_by_label("What", exact=True).locator("option[value=cancel]")).to_have_count(0)


def test_a_document_of_no_shop_has_no_actions_in_shops(page, open_shop):
	new_trigger(page, "Schedule")
	page.locator("[data-part=then] .dropdown-toggle").last.click()
	expect(page.locator(".dropdown-item[data-type='Send E-mail']")).to_be_visible()
	expect(page.locator(".dropdown-item[data-type='Marketplace Action']")).to_have_count(0)


def test_actions_on_a_phone_in_russian(log_in, open_shop, template, screenshot):
	page = log_in(language="ru", phone=True)
	new_trigger(page, "New Order")
	page.locator("[data-part=then] .dropdown-toggle").last.click()
	expect(page.locator(".trigger-action-menu")).to_be_visible()
	screenshot(page, "trigger-phone-menu")
	page.locator(".dropdown-item[data-type='Create Task']").click()
	add_action(page, "Send E-mail")
	add_action(page, "Marketplace Action").locator("select").first.select_option("cancel")
	page.get_by_role("button", name="Добавить условие").click()
	page.locator(".trigger-builder details").evaluate_all("all => all.forEach((one) => (one.open = true))")
	expect(page.locator(".trigger-sentence")).to_contain_text("отменить заказ на маркетплейсе")
	width = page.evaluate("document.scrollingElement.scrollWidth")
	assert width <= page.viewport_size["width"]
	screenshot(page, "trigger-phone-actions", full_page=True)
	page.goto("/app/task-template/" + TEMPLATE)
	expect(page.locator("[data-fieldname=checklist]").first).to_be_visible()
	screenshot(page, "task-template-phone", full_page=True)
