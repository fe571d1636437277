"""The forecast on the board's page and the leader board, as a manager would use them: on a desk, in Russian, by phone."""

from __future__ import annotations

import re

import frappe
import pytest
from frappe.utils import add_days, add_months, get_first_day, nowdate
from playwright.sync_api import expect

from crm_marketplace.deals import stages, tasks
from crm_marketplace.rules.deals import Kind
from tests.browser.deals_world import MANAGER, sales
from tests.browser.hands import Hands
from tests.harness.committing import commit
from tests.harness.users import make_user


@pytest.fixture
def world(site):
	"""Deals of this and the next months, two won by two people, plans."""
	seller = make_user(["Deals User"], email="leader-anna@example.com")
	with sales() as found:
		for by, title, amount in (
			(0, "Чай", 120_000),
			(1, "Кофе", 80_000),
			(1, "Какао", 20_000),
			(-1, "Мёд", 5_000),
		):
			day = add_days(add_months(get_first_day(nowdate()), by), 20)
			found.add(title, amount=amount, expected_close=day, party=found.customer)
		for title, amount, user in (("Сахар", 60_000, seller), ("Соль", 90_000, "Administrator")):
			deal = frappe.get_doc("Deal", found.add(title, amount=amount, responsible=user))
			deal.update({"stage": stages.closing_of(found.pipeline, Kind.WON)}).save()
		call = tasks.add("Deal", found.deals[-2], "Позвонить", due_at=nowdate(), kind="Call", user=seller)
		frappe.get_doc("ToDo", call).update({"status": "Closed"}).save()
		for user, amount in ((None, 400_000), (seller, 50_000)):
			frappe.get_doc(
				doctype="Sales Plan", month=nowdate(), pipeline=found.pipeline, user=user, amount=amount
			).insert()
		commit()
		yield found
		frappe.db.delete("Sales Plan", {"pipeline": found.pipeline})
		commit()


def column(page, by=0):
	key = add_months(get_first_day(nowdate()), by).isoformat()
	return page.locator(f".deals-month[data-column='{key}']")


def digits(locator):
	"""The number in a text, however the site writes thousands."""
	return int(re.sub(r"\D", "", locator.inner_text()))


@pytest.mark.role(MANAGER)
def test_months_with_sums_plan_and_cards(page, world, screenshot):
	hands = Hands(page)
	hands.open(f"deals?pipeline={world.pipeline}")
	page.locator("[data-view=forecast]").click()
	now = column(page)
	expect(now.locator(".deals-card")).to_contain_text("Чай")
	assert digits(now.locator("[data-sum=amount] dd")) == 120_000
	assert digits(now.locator("[data-sum=won] dd")) == 150_000
	assert digits(now.locator("[data-sum=plan] dd")) == 400_000
	assert digits(column(page, 1).locator("[data-sum=amount] dd")) == 100_000
	expect(page.locator(".deals-month[data-column=earlier] .deals-card")).to_contain_text("Мёд")
	screenshot(page, "deals-forecast")

	page.locator(".deals-search").fill("кофе")
	expect(column(page).locator(".deals-card")).to_have_count(0)
	expect(column(page, 1).locator(".deals-card")).to_have_count(1)
	page.locator(".deals-search").fill("")
	expect(column(page).locator(".deals-card")).to_have_count(1)

	page.locator("[data-go=next]").click()
	expect(column(page)).to_have_count(0)
	expect(page.locator(".deals-month[data-column=earlier] .deals-card")).to_have_count(4)
	page.locator("[data-go=now]").click()
	expect(column(page).locator(".deals-card")).to_have_count(1)

	column(page).locator("[data-action=won]").click()
	expect(page.locator(".list-row-container:visible .list-subject")).to_have_count(2)
	page.go_back()
	page.locator("[data-view=board]").click()
	expect(page.locator(".deals-board .deals-column").first).to_be_visible()
	expect(page.locator(".deals-months")).to_be_hidden()


@pytest.mark.role(MANAGER)
def test_a_card_opens_its_deal_and_takes_a_task(page, world):
	Hands(page).open(f"deals?pipeline={world.pipeline}&view=forecast")
	card = column(page, 1).locator(".deals-card", has_text="Кофе")
	card.locator("[data-action=task]").click()
	dialog = Hands(page).dialog
	dialog.locator("[data-fieldname=line] input").fill("call tomorrow 15:00")
	dialog.locator(".btn-primary:visible").click()
	expect(dialog).to_be_hidden()
	expect(column(page, 1).locator(".deals-card", has_text="Кофе")).to_be_visible()
	column(page, 1).locator(".deals-card", has_text="Кофе").focus()
	page.keyboard.press("Enter")
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Deal' && cur_frm.doc.title === 'Кофе'")


def test_the_forecast_by_phone_in_russian(log_in, world, screenshot):
	page = log_in(MANAGER, language="ru", phone=True)
	Hands(page).open(f"deals?pipeline={world.pipeline}&view=forecast")
	expect(column(page).locator(".deals-card")).to_contain_text("Чай")
	expect(page.locator(".deals-month").first).to_contain_text("Раньше")
	expect(column(page).locator("h3")).to_have_text(re.compile(r"^[А-Я][а-я]+ \d{4}$"))
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	column(page).scroll_into_view_if_needed()
	screenshot(page, "phone-ru-deals-forecast")


def test_leaders(log_in, world, screenshot):
	page = log_in(MANAGER)
	Hands(page).open(f"deals?pipeline={world.pipeline}")
	page.locator(".menu-btn-group:visible > button").click()
	page.locator(".menu-btn-group .dropdown-item:visible", has_text="Leaders").click()
	rows = page.locator(".deals-leaders-table tbody tr")
	expect(rows).to_have_count(2)
	expect(rows.first.locator(".deals-leader-name")).to_contain_text("Administrator")
	expect(rows.nth(1).locator(".deals-leader-plan")).to_contain_text("120")
	screenshot(page, "deals-leaders")
	page.locator("[data-period=year]").click()
	expect(page.locator("[data-period=year]")).to_have_attribute("aria-pressed", "true")
	page.locator("[data-step=next]").click()
	expect(page.locator(".deals-leaders-list")).to_contain_text("Nobody has sold")
	page.locator("[data-step=previous]").click()
	expect(rows).to_have_count(2)
	rows.first.locator("[data-action=won]").click()
	expect(page.locator(".list-row-container:visible .list-subject")).to_have_count(1)


def test_leaders_by_phone_in_russian(log_in, world, screenshot):
	page = log_in(MANAGER, language="ru", phone=True)
	Hands(page).open("deal-leaders")
	page.locator(".deals-leaders .deals-pipeline").select_option(world.pipeline)
	expect(page.locator(".deals-leaders-table tbody tr")).to_have_count(2)
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	screenshot(page, "phone-ru-deals-leaders")
