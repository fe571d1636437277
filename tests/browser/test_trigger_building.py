"""Triggers built by clicking alone: stages by their titles, groups, rows, old values, documents that are made."""

from __future__ import annotations

import frappe
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.deals_world import MANAGER, sales
from tests.browser.hands import Hands
from tests.harness.committing import commit

WORK = (*MANAGER, "Stock Manager", "Purchase Manager", "Support Team")


@pytest.fixture
def world(site):
	with sales() as found:
		yield found


@pytest.fixture(autouse=True)
def no_triggers(site):
	yield
	frappe.db.rollback()
	for name in frappe.get_all("Trigger", pluck="name"):
		frappe.delete_doc("Trigger", name)
	commit()


def title_of(stage: str) -> str:
	return frappe.db.get_value("Deal Stage", stage, "stage_name")


def new_trigger(page: Page, title: str, event: str, document: str) -> Hands:
	hands = Hands(page)
	hands.open("trigger-builder/new")
	page.locator(".trigger-title").fill(title)
	part(page, "when").get_by_label("When", exact=True).select_option(event)
	part(page, "when").get_by_label("Document", exact=True).select_option(document)
	expect(page.locator(".trigger-sentence")).to_contain_text(document)
	return hands


def part(page: Page, name: str) -> Locator:
	return page.locator(f"[data-part={name}]")


def add_action(page: Page, action_type: str) -> Locator:
	part(page, "then").locator(".dropdown-toggle").last.click()
	page.locator(f".dropdown-item[data-type='{action_type}']").click()
	return page.locator(".trigger-action").last


def offered(page: Page) -> Locator:
	return page.locator(".awesomplete [role=option]:visible")


def choose(page: Page, box: Locator, text: str) -> None:
	"""Type into a box that suggests documents, and take what it offers."""
	box.click()
	box.fill(text)
	offered(page).filter(has_text=text).first.click()


def saved(hands: Hands):
	hands.page.get_by_role("button", name="Save", exact=True).click()
	hands.wait_for_alert("Saved. It is off.")
	hands.settle()  # the page is drawn again
	frappe.db.rollback()
	return frappe.get_last_doc("Trigger")


def test_a_stage_is_chosen_by_its_title(log_in, world, screenshot):
	with sales() as other:  # its stages are called the same
		page = log_in(MANAGER)
		pipeline = frappe.db.get_value("Deal Pipeline", world.pipeline, "pipeline_name")
		first, second, won = title_of(world.stages[0]), title_of(world.stages[1]), title_of(world.stages[4])
		assert title_of(other.stages[4]) == won

		hands = new_trigger(page, "Stages", "Status Changed", "Deal")
		part(page, "when").get_by_label("Field", exact=True).select_option("stage")
		part(page, "if").get_by_role("button", name="Add a condition").click()
		test = page.locator(".trigger-test").first
		test.get_by_label("Field", exact=True).select_option("pipeline")
		choose(page, page.locator(".trigger-test").first.get_by_label("Value"), pipeline)
		expect(page.locator(".trigger-test").first.get_by_label("Value")).to_have_value(pipeline)

		to = part(page, "when").get_by_label("To", exact=True)
		to.fill(won)
		expect(offered(page)).to_have_count(1)  # of this pipeline only
		screenshot(page, "trigger-stage-offered")
		offered(page).click()
		expect(to).to_have_value(won)
		expect(page.locator(".trigger-sentence")).to_contain_text(f"becomes “{won}”")

		card = add_action(page, "Set Fields")
		card.get_by_role("button", name="Add a field").click()
		card.get_by_label("Field", exact=True).select_option("stage")
		choose(page, card.get_by_label("Value"), first)
		expect(page.locator(".trigger-sentence")).to_contain_text(f"= {first}")

		part(page, "if").get_by_role("button", name="Add a condition").click()
		test = page.locator(".trigger-test").last
		test.get_by_label("Field", exact=True).select_option("stage")
		page.locator(".trigger-test").last.get_by_label("Comparison").select_option("not in")
		for title in (first, second):
			choose(page, page.locator(".trigger-test").last.get_by_label("Value"), title)
		expect(page.locator(".trigger-test").last.locator(".trigger-chip")).to_have_text([first, second])
		expect(page.locator(".trigger-sentence")).to_contain_text(f"is none of “{first}”, “{second}”")

		rule = saved(hands)
		assert (rule.event_field, rule.to_value) == ("stage", world.stages[4])
		assert frappe.parse_json(rule.conditions) == {
			"all": [
				{"field": "pipeline", "op": "=", "value": world.pipeline},
				{"field": "stage", "op": "not in", "value": world.stages[:2]},
			]
		}
		[entry] = frappe.parse_json(rule.actions[0].settings)["values"]
		assert (entry["field"], entry["value"]) == ("stage", world.stages[0])
		page.reload()
		expect(part(page, "when").get_by_label("To", exact=True)).to_have_value(won)
		expect(page.locator(".trigger-action").get_by_label("Value")).to_have_value(first)
		expect(page.locator(".trigger-test .trigger-chip")).to_have_text([first, second])
		screenshot(page, "trigger-stages", full_page=True)


def test_conditions_of_groups_rows_and_old_values(log_in, world, screenshot):
	page = log_in(MANAGER)
	hands = new_trigger(page, "Conditions", "Changed", "Deal")
	box = part(page, "if")

	def add_test(group: Locator, field: str, op: str, value: str = "") -> None:
		group.locator(":scope > .marketplace-buttons").get_by_role("button", name="Add a condition").click()
		fill_test(group.locator(":scope > .trigger-test").last, field, op, value)

	def fill_test(test: Locator, field: str, op: str, value: str = "") -> None:
		test.get_by_label("Field", exact=True).first.select_option(field)
		test.get_by_label("Comparison").first.select_option(op)
		if value:
			test.get_by_label("Value").first.fill(value)

	def add_group(group: Locator) -> Locator:
		group.locator(":scope > .marketplace-buttons").get_by_role("button", name="Add a group").click()
		return group.locator(":scope > .trigger-group").last

	top = box.locator(":scope > .trigger-group")
	add_test(top, "amount", "old >", "100")
	outer = add_group(top)
	fill_test(outer.locator(":scope > .trigger-test").first, "title", "contains", "tea")
	inner = add_group(outer)
	fill_test(inner.locator(":scope > .trigger-test").first, "title", "contains", "cup")
	add_test(inner, "amount", "increased")

	top.locator(":scope > .marketplace-buttons").get_by_role("button", name="More").click()
	page.locator(".dropdown-item:visible", has_text="Rows of a table").click()
	rows = top.locator(":scope > .trigger-test").last
	rows.get_by_label("Table", exact=True).select_option("items")
	where = top.locator(":scope > .trigger-test").last.locator(".trigger-rows")
	fill_test(where.locator(":scope > .trigger-test").first, "qty", ">", "5")
	add_test(where, "rate", "<", "10")

	top.locator(":scope > .marketplace-buttons").get_by_role("button", name="Add a condition").click()
	linked = top.locator(":scope > .trigger-test").last
	linked.get_by_label("Field", exact=True).select_option("pipeline")
	top.locator(":scope > .trigger-test").last.get_by_label("Field of the linked document").select_option(
		"lost_with_quotations"
	)
	expect(top.locator(":scope > .trigger-test").last.get_by_label("Value")).to_have_value("1")
	screenshot(page, "trigger-conditions", full_page=True)
	expect(page.locator(".trigger-sentence")).to_contain_text("Amount before the change is more than 100")

	page.locator(".trigger-builder details").evaluate_all("all => all.forEach((one) => (one.open = true))")
	limits = part(page, "limits")
	limits.get_by_role("button", name="Add a condition").click()
	fill_test(limits.locator(".trigger-test").first, "title", "=", "over")
	part(page, "when").get_by_label("Only these fields").select_option("amount")  # the card is drawn again
	expect(part(page, "when").locator(".trigger-chip")).to_have_text("Amount")

	rule = saved(hands)
	assert frappe.parse_json(rule.conditions) == {
		"all": [
			{"field": "amount", "op": ">", "value": 100, "of": "old"},
			{
				"any": [
					{"field": "title", "op": "contains", "value": "tea"},
					{
						"all": [
							{"field": "title", "op": "contains", "value": "cup"},
							{"field": "amount", "op": "increased"},
						]
					},
				]
			},
			{
				"table": "items",
				"how": "any",
				"where": {
					"all": [
						{"field": "qty", "op": ">", "value": 5},
						{"field": "rate", "op": "<", "value": 10},
					]
				},
			},
			{"field": "pipeline.lost_with_quotations", "op": "=", "value": 1},
		]
	}
	assert frappe.parse_json(rule.repeat_until) == {"all": [{"field": "title", "op": "=", "value": "over"}]}

	# A sum keeps the filter of its rows.
	expect(page.locator(".trigger-rows .trigger-test")).to_have_count(2)
	part(page, "if").get_by_label("Question").select_option("sum")
	test = part(page, "if").locator(".trigger-test", has=page.get_by_label("Question")).first
	test.locator(":scope > .trigger-field").select_option("qty")
	test.locator(":scope > .trigger-value").fill("7")
	expect(page.locator(".trigger-sentence")).to_contain_text("rows where")
	screenshot(page, "trigger-sum-of-rows", full_page=True)
	node = frappe.parse_json(saved(hands).conditions)["all"][2]
	assert (node["how"], node["field"], node["value"], len(node["where"]["all"])) == ("sum", "qty", 7, 2)

	# Of another document the fields of this one mean nothing.
	part(page, "when").get_by_label("Document", exact=True).select_option("Customer")
	expect(page.locator(".trigger-sentence")).to_contain_text("Customer")
	rule = saved(hands)
	assert (rule.document_type, rule.conditions, rule.repeat_until) == ("Customer", None, None)


def test_a_document_to_be_made(log_in, world, screenshot):
	page = log_in(WORK)
	hands = new_trigger(page, "Make one", "Created", "Deal")
	card = add_action(page, "Create Document")
	choose(page, card.locator("[data-name=doctype] input"), "Material Request")
	fields = card.locator("[data-name=values]")
	fields.get_by_role("button", name="Add a field").click()
	fields.get_by_label("Field", exact=True).select_option("schedule_date")
	fields.get_by_label("Value").fill("{{ today }}")

	card.locator("details").evaluate("one => (one.open = true)")
	rows = card.locator("[data-name=rows]")
	rows.get_by_label("Add a row of …").select_option("items")
	rows.get_by_label("Field", exact=True).select_option("item_code")
	choose(page, rows.get_by_label("Value"), world.item)
	rows.get_by_role("button", name="Add a field").click()
	rows.get_by_label("Field", exact=True).last.select_option("qty")
	rows.get_by_label("Value").last.fill("3")
	screenshot(page, "trigger-document", full_page=True)

	rule = saved(hands)
	settings = frappe.parse_json(rule.actions[0].settings)
	assert settings["doctype"] == "Material Request"
	assert [(one["field"], one["value"]) for one in settings["values"]] == [("schedule_date", "{{ today }}")]
	assert settings["rows"] == {"items": [{"item_code": world.item, "qty": "3"}]}
	page.reload()
	expect(page.locator("[data-name=rows]").get_by_label("Value").last).to_have_value("3")


def test_building_on_a_phone_in_russian(log_in, world, screenshot):
	page = log_in(WORK, language="ru", phone=True)
	hands = Hands(page)
	hands.open("trigger-builder/new")
	part(page, "when").locator("select").first.select_option("Changed")
	part(page, "when").locator("select").nth(1).select_option("Deal")
	expect(page.locator(".trigger-sentence .trigger-word")).to_have_count(1)
	part(page, "if").get_by_role("button", name="Ещё").click()
	page.locator(".dropdown-item:visible", has_text="Строки таблицы").click()
	part(page, "if").locator(".trigger-rows").get_by_role("button", name="Добавить группу").click()
	card = add_action(page, "Create Document")
	choose(page, card.locator("[data-name=doctype] input"), frappe._("Material Request", lang="ru"))
	card.locator("details").evaluate("one => (one.open = true)")
	card.locator("[data-name=rows] select").last.select_option("items")
	card.get_by_role("button", name="Добавить поле").first.click()
	expect(card.locator("[data-name=values] .trigger-line")).to_have_count(1)
	width = page.evaluate("document.scrollingElement.scrollWidth")
	assert width <= page.viewport_size["width"]
	screenshot(page, "trigger-phone-building", full_page=True)
