"""A shop owner and a ready trigger: taken, changed, tried out, switched on; then an order comes in."""

from __future__ import annotations

import html
import re

import frappe
import pytest
from playwright.sync_api import expect

from crm_marketplace.sync import jobs
from tests.browser.hands import RUN_TIMEOUT, Hands
from tests.browser.world import forget, make_shop, world
from tests.harness import bench
from tests.harness.committing import commit
from tests.harness.mail import html_of, mail_server
from tests.harness.sites import configure
from tests.site.triggers import outgoing_mail

STOREKEEPER = "storekeeper@example.com"


@pytest.fixture(scope="module")
def here(site):
	with world() as made:
		yield made


@pytest.fixture(scope="module")
def shop(here):
	name = make_shop(here)
	yield name
	forget(name)


@pytest.fixture
def mailbox(site):
	"""The site's outgoing mail goes to a server of ours."""
	with mail_server() as box, outgoing_mail(smtp_port=str(box.port)):
		configure(bench.find(), site, mute_emails=0)
		yield box
		configure(bench.find(), site, mute_emails=1)


@pytest.fixture(autouse=True)
def no_triggers(site):
	yield
	frappe.db.rollback()
	for name in frappe.get_all("Trigger", pluck="name"):
		frappe.delete_doc("Trigger", name)
	commit()


def test_storekeeper_gets_a_letter_for_a_new_order(page, here, shop, mailbox, screenshot):
	hands = Hands(page)
	_take_the_ready_trigger(hands, screenshot)
	_change_the_recipient(hands, screenshot)
	_dry_run_on_yesterdays_orders(hands, screenshot)
	assert mailbox.is_empty and not frappe.db.count("Trigger Log")
	_switch_on(hands)

	offers = here.sandbox.offer_ids(sellable=True)[:2]
	for offer in offers:
		here.sandbox.set_stock(offer, 5)
	order = here.sandbox.create_order({offers[0]: 1, offers[1]: 2})
	frappe.local.cache.clear()  # as every job begins
	jobs.run_stream(shop, "orders", started_by="Button")
	commit()

	letter = mailbox.next_letter(RUN_TIMEOUT / 1000)
	_check_the_letter(letter, shop, order, {offers[0]: 1, offers[1]: 2})
	_see_it_in_the_log(hands, order, screenshot)
	assert mailbox.is_empty


def _take_the_ready_trigger(hands, screenshot):
	hands.open("trigger-builder")
	card = hands.page.locator("[data-key=storekeeper_letter]")
	expect(card).to_contain_text("letter to the storekeeper")
	screenshot(hands.page, "triggers")
	card.get_by_role("button", name="Take it").click()
	expect(hands.page.locator(".trigger-sentence")).to_contain_text("When New order in a shop")
	expect(hands.page.locator("[data-part=switch]")).to_contain_text("Off")


def _change_the_recipient(hands, screenshot):
	action = hands.page.locator(".trigger-action").first
	action.get_by_role("button", name="Remove Everybody with the role Marketplace Operator").click()
	action.locator("[data-name=to] .trigger-person input").fill(STOREKEEPER)
	action.locator("[data-name=to]").get_by_role("button", name="Add", exact=True).click()
	expect(action.locator(".trigger-chip")).to_have_text(STOREKEEPER)
	expect(hands.page.locator(".trigger-sentence")).to_contain_text(f"send an e-mail to {STOREKEEPER}")
	screenshot(hands.page, "trigger-builder", full_page=True)


def _dry_run_on_yesterdays_orders(hands, screenshot):
	test = hands.page.locator("[data-part=test]")
	test.get_by_role("button", name="Since yesterday").click()
	expect(test.locator(".trigger-count")).to_contain_text("Would have fired")
	assert not test.locator(".trigger-count").inner_text().startswith("Would have fired 0")
	test.locator(".trigger-days button").first.click()
	expect(test.locator(".marketplace-banner-green")).to_contain_text("It would fire on")
	expect(test).to_contain_text(f"An e-mail would go to {STOREKEEPER}.")
	letter = test.frame_locator("iframe.trigger-letter")
	expect(letter.locator("body")).to_contain_text("Hand over by")
	expect(letter.locator("img").first).to_be_attached()
	test.scroll_into_view_if_needed()
	screenshot(hands.page, "trigger-dry-run", full_page=True)


def _switch_on(hands):
	hands.page.get_by_role("button", name="Switch on").click()
	hands.wait_for_alert("Saved. It is on.")
	expect(hands.page.locator("[data-part=switch]")).to_contain_text("On")
	frappe.db.rollback()
	assert frappe.get_all("Trigger", pluck="enabled") == [1]


def _check_the_letter(letter, shop, order, bought):
	frappe.db.rollback()
	assert letter["X-Envelope-To"] == STOREKEEPER
	stored = frappe.get_doc("Marketplace Order", {"shop": shop, "external_id": order})
	text = html.unescape(html_of(letter))
	ship_by = stored.ship_by.strftime("%H:%M")
	assert order in letter["Subject"] and ship_by in letter["Subject"]
	assert ship_by in text
	for line in stored.lines:
		assert line.offer_id in text
		assert f"<b>{bought[line.offer_id]}</b>" in text
		picture = frappe.db.get_value(
			"Marketplace Listing", {"shop": shop, "offer_id": line.offer_id}, "image"
		)
		assert picture and f'src="{picture}"' in text
	assert re.search(f'href="http[^"]*/app/marketplace-order/{stored.name}"', text)


def _see_it_in_the_log(hands, order, screenshot):
	log = hands.page.locator("[data-part=log]")
	hands.page.reload()
	expect(log).to_contain_text("was handed to the outgoing mail, once")
	expect(log).to_contain_text("Done")
	screenshot(hands.page, "trigger-log", full_page=True)
	name = frappe.db.get_value("Marketplace Order", {"external_id": order})
	hands.open_form("Marketplace Order", name)
	entry = hands.page.locator(".timeline-item", has_text="letter to the storekeeper").first
	expect(entry).to_contain_text(STOREKEEPER)


def test_own_trigger_is_built_by_clicking(page, shop, screenshot):
	hands = Hands(page)
	hands.open("trigger-builder/new")
	hands.page.locator(".trigger-title").fill("Dear order")
	hands.page.get_by_label("When", exact=True).select_option("New Order")
	hands.page.get_by_role("button", name="Add a condition").click()
	test = hands.page.locator(".trigger-test").first
	test.get_by_label("Field", exact=True).select_option("total")
	test.get_by_label("Comparison").select_option(">")
	test.get_by_label("Value").fill("100")
	hands.page.get_by_role("button", name="Add an action").click()
	hands.page.locator(".dropdown-item[data-type='Notify on the Desk']").click()
	action = hands.page.locator(".trigger-action").first
	action.get_by_label("Who", exact=True).select_option("me")
	action.get_by_role("button", name="Add", exact=True).click()
	action.get_by_label("Text", exact=True).fill("{{ doc.external_id }}: ")
	action.get_by_role("button", name="Insert").click()
	action.locator(".trigger-insert .dropdown-item", has_text="Total").first.click()
	expect(hands.page.locator(".trigger-sentence")).to_contain_text("Total is more than 100")
	expect(hands.page.locator(".trigger-sentence")).to_contain_text("notify the owner of the trigger")
	hands.page.get_by_role("button", name="On the latest document").click()
	result = hands.page.locator(".trigger-result")
	expect(result.locator(".trigger-subject")).to_have_text(re.compile(r": .*\d"))
	screenshot(hands.page, "trigger-own", full_page=True)
	hands.page.get_by_role("button", name="Save", exact=True).click()
	hands.wait_for_alert("Saved. It is off.")
	frappe.db.rollback()
	saved = frappe.get_last_doc("Trigger")
	assert frappe.parse_json(saved.conditions) == {"all": [{"field": "total", "op": ">", "value": 100}]}
	assert saved.run_as == saved.owner != "Administrator"


def test_builder_on_a_phone_in_russian(log_in, shop, screenshot):
	page = log_in(language="ru", phone=True)
	hands = Hands(page)
	hands.open("trigger-builder")
	page.locator("[data-key=storekeeper_letter]").get_by_role("button").click()
	expect(page.locator(".trigger-sentence")).to_contain_text("Новый заказ в магазине")
	width = page.evaluate("document.scrollingElement.scrollWidth")
	assert width <= page.viewport_size["width"]
	screenshot(page, "trigger-phone", full_page=True)


def test_operator_sees_triggers_and_changes_nothing(log_in, shop):
	frappe.db.rollback()
	from crm_marketplace.triggers import api

	api.take("large_order")
	commit()
	page = log_in("Marketplace Operator")
	hands = Hands(page)
	hands.open("trigger-builder")
	expect(page.locator(".trigger-row")).to_contain_text("Large order")
	expect(page.get_by_role("button", name="Take it")).to_have_count(0)
	page.locator(".trigger-row a").click()
	expect(page.locator(".trigger-sentence")).to_contain_text("Total is more than 50000")
	expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
	expect(page.get_by_role("button", name="Switch on")).to_have_count(0)
	expect(page.locator("[data-part=test]")).to_be_hidden()
	expect(page.locator("[data-part=log]")).to_contain_text("It has not fired yet.")
