"""Deals as a sales manager works: the first day, the board by mouse and keyboard, two windows, a phone."""

from __future__ import annotations

from secrets import token_hex

import frappe
import pytest
from erpnext.selling.doctype.quotation.quotation import make_sales_order
from playwright.sync_api import Locator, Page, expect

from tests.browser.deals_world import MANAGER, make_customer, only_pipelines_of_ours, sales
from tests.browser.hands import Hands
from tests.harness.committing import commit


@pytest.fixture
def world(site):
	with sales() as found:
		yield found


def stored(deal: str, field: str):
	frappe.db.rollback()
	return frappe.db.get_value("Deal", deal, field)


def card(page: Page, title: str) -> Locator:
	return page.locator(".deals-card", has_text=title)


def column(page: Page, stage: str) -> Locator:
	return page.locator(f".deals-column[data-stage='{stage}']")


def open_board(page: Page, world) -> Hands:
	hands = Hands(page)
	hands.open(f"deals?pipeline={world.pipeline}")
	expect(page.locator(".deals-column").first).to_be_visible()
	return hands


def drag(page: Page, title: str, stage: str) -> None:
	"""Drop a card; gone on when the server has answered."""
	with page.expect_response("**/*board.move_deal"):
		card(page, title).drag_to(column(page, stage).locator(".deals-cards"))


def test_the_first_day(log_in, world, screenshot):
	with only_pipelines_of_ours():
		page = log_in(MANAGER)
		hands = Hands(page)
		hands.open("deals")
		expect(page.locator(".deals-template")).to_have_count(4)
		screenshot(page, "deals-first-day")
		page.locator(".deals-template[data-key=wholesale]").click()
		expect(page.locator(".deals-column")).to_have_count(6)

		page.locator(".deals-add").first.click()
		for number in range(10):
			form = page.locator(".deals-quick-add")
			form.locator("[name=title]").fill(f"Сделка {number}")
			form.locator("[name=amount]").fill(f"{number + 1} 000,50")
			form.locator("[name=task]").fill("позвонить завтра в 15:00" if number == 9 else "")
			page.keyboard.press("Enter") if number % 2 else form.get_by_role("button", name="Add").click()
			expect(card(page, f"Сделка {number}")).to_be_visible()
		page.keyboard.press("Escape")
		deal = card(page, "Сделка 9").get_attribute("data-name")
		assert stored(deal, "amount") == 10000.5

		second = page.locator(".deals-column").nth(1)
		card(page, "Сделка 9").drag_to(second.locator(".deals-cards"))
		expect(hands.dialog).to_contain_text("To go to “Needs are clear”, fill in:")
		hands.choose_link(hands.dialog.locator("[data-fieldname=party]"), world.customer)
		hands.dialog.locator("[data-fieldname=expected_close] input").fill("31-12-2026")
		page.keyboard.press("Tab")
		with page.expect_response("**/*board.move_deal"):
			hands.dialog.get_by_role("button", name="Go On").click()
		expect(second.locator(".deals-card", has_text="Сделка 9")).to_be_visible()
		assert stored(deal, "party") == world.customer
		screenshot(page, "deals-board")

		quotation = quote(page, hands, deal, world)
		order = make_sales_order(quotation)
		order.delivery_date = "2027-01-15"
		order.insert().submit()
		commit()
		hands.open("deals")
		won = page.locator(".deals-column[data-kind=Won]")
		expect(won.locator(".deals-card", has_text="Сделка 9")).to_be_visible()
		for name in frappe.get_all("Deal Pipeline", filters={"archived": 0}, pluck="name"):
			frappe.db.set_value("Deal Pipeline", name, "archived", 1)
		commit()


def quote(page: Page, hands: Hands, deal: str, world) -> str:
	"""A quotation out of the deal's form, submitted. Returns its name."""
	doc = frappe.get_doc("Deal", deal)
	doc.append("items", {"item_code": world.item, "qty": 2, "rate": 500})
	doc.save()
	commit()
	hands.open_form("Deal", deal)
	expect(page.locator(".deals-stage-present")).to_contain_text("Needs are clear")
	screenshot_of_form = page.locator(".deals-tasks")
	expect(screenshot_of_form.first).to_be_visible()
	page.get_by_role("button", name="Create").click()
	page.locator(".dropdown-menu:visible").get_by_text("Quotation", exact=True).click()
	page.wait_for_function("cur_frm && cur_frm.doctype === 'Quotation' && cur_frm.doc.items.length === 1")
	hands.save()
	name = page.evaluate("cur_frm.doc.name")
	hands.button("Submit").click()
	hands.dialog.get_by_role("button", name="Yes").click()
	page.wait_for_function("cur_frm.doc.docstatus === 1")
	frappe.db.rollback()
	# Before taxes: ERPNext's form brings the company's own in, or is saved before it has asked for them.
	assert frappe.db.get_value("Quotation", name, ["deal", "total"]) == (deal, 1000)
	return name


def test_who_thinks_better_of_it_has_the_card_back(log_in, world):
	world.add("Передумали")
	page = log_in(MANAGER)
	hands = open_board(page, world)
	first, second = world.stages[:2]
	drag(page, "Передумали", second)
	expect(hands.dialog).to_contain_text("fill in")
	hands.close_dialog()
	expect(column(page, first).locator(".deals-card", has_text="Передумали")).to_be_visible()
	assert stored(world.deals[0], "stage") == first


def test_a_stage_renamed_half_way(log_in, world):
	deal = world.add("Поставка", amount=10)
	board = log_in(MANAGER)
	open_board(board, world)
	third = world.stages[2]
	other = log_in(MANAGER)
	hands = Hands(other)
	hands.open_form("Deal Pipeline", world.pipeline)
	other.locator(f".deals-stage-row[data-stage='{third}'] [data-action=rename]").click()
	hands.dialog.locator("[data-fieldname=title] input").fill("Отправили цену")
	hands.dialog.get_by_role("button", name="Save").click()
	expect(other.locator(".deals-stage-list")).to_contain_text("Отправили цену")
	drag(board, "Поставка", third)
	expect(column(board, third).locator(".deals-card", has_text="Поставка")).to_be_visible()
	assert stored(deal, "stage") == third
	open_board(board, world)
	expect(column(board, third).locator("h3")).to_have_text("Отправили цену")


def test_two_windows_see_each_other(log_in, world):
	world.add("Общая", amount=10)
	one, other = log_in(MANAGER), log_in("Deals Viewer")
	open_board(one, world), open_board(other, world)
	third = world.stages[2]
	drag(one, "Общая", third)
	expect(column(other, third).locator(".deals-card", has_text="Общая")).to_be_visible()
	expect(column(other, third).locator(".deals-count")).to_have_text("1")


REFRESH = """async names => {
	const { board } = frappe.pages.deals;
	names.forEach(name => board.changed.add(name));
	await board.refresh_changed().catch(() => {});
	return board.changed.size;
}"""


def test_an_import_leaves_no_board_stale(log_in, world):
	"""More deals than the server is asked for by name."""
	deal = world.add("До загрузки")
	page = log_in(MANAGER)
	open_board(page, world)
	page.evaluate("frappe.realtime.off('list_update')")
	frappe.db.set_value("Deal", deal, "title", "После загрузки")
	commit()
	assert page.evaluate(REFRESH, [deal, *(f"deal-{number}" for number in range(250))]) == 0
	expect(card(page, "После загрузки")).to_be_visible()


@pytest.mark.console_errors_expected
def test_a_change_that_was_not_told_is_asked_for_again(log_in, world):
	deal = world.add("До обрыва")
	page = log_in(MANAGER)
	open_board(page, world)
	page.evaluate("frappe.realtime.off('list_update')")
	frappe.db.set_value("Deal", deal, "title", "После обрыва")
	commit()
	page.route("**/*board.changed_cards", lambda route: route.fulfill(status=500, json={}))
	assert page.evaluate(REFRESH, [deal]) == 1
	page.unroute("**/*board.changed_cards")
	assert page.evaluate(REFRESH, []) == 0
	expect(card(page, "После обрыва")).to_be_visible()


@pytest.mark.console_errors_expected
def test_two_people_drag_one_card(log_in, world):
	deal = world.add("Спорная", amount=10)
	page = log_in(MANAGER)
	hands = open_board(page, world)
	third, fourth = world.stages[2:4]
	# The other person's move, before this window hears of it.
	page.evaluate("frappe.realtime.off('list_update')")
	doc = frappe.get_doc("Deal", deal)
	doc.stage = fourth
	doc.save()
	commit()
	drag(page, "Спорная", third)
	expect(page.locator(".modal.show .msgprint, .modal.show .modal-body").last).to_contain_text(
		"in the meantime"
	)
	hands.close_dialog()
	expect(column(page, fourth).locator(".deals-card", has_text="Спорная")).to_be_visible()
	assert stored(deal, "stage") == fourth


def test_the_board_by_keyboard(log_in, world):
	deal = world.add("Клавишами", amount=10)
	world.add("Вторая")
	page = log_in(MANAGER)
	hands = open_board(page, world)
	third = world.stages[2]
	card(page, "Клавишами").focus()
	page.keyboard.press("m")
	hands.dialog.locator("select").select_option(third)
	hands.dialog.get_by_role("button", name="Move").click()
	expect(column(page, third).locator(".deals-card")).to_be_focused()
	page.keyboard.press("Shift+ArrowRight")
	expect(column(page, world.stages[3]).locator(".deals-card")).to_be_focused()
	assert stored(deal, "stage") == world.stages[3]
	page.keyboard.press("ArrowLeft")
	expect(card(page, "Вторая")).to_be_focused()
	page.keyboard.press("/")
	expect(page.locator(".deals-search")).to_be_focused()
	page.keyboard.type("клавиш")
	expect(page.locator(".deals-card")).to_have_count(1)


def test_quick_filters_and_views(log_in, world):
	world.add("Без шага", stage=world.stages[2], amount=1)
	late = world.add("Просрочена")
	frappe.db.set_value("ToDo", {"reference_name": late}, "due_at", "2026-01-01 10:00:00")
	frappe.db.set_value("Deal", late, "next_step_on", "2026-01-01 10:00:00")
	task = frappe.get_all("ToDo", filters={"reference_name": world.deals[0]}, pluck="name")
	for name in task:
		frappe.delete_doc("ToDo", name)
	commit()
	page = log_in(MANAGER)
	hands = open_board(page, world)
	expect(page.locator("[data-chip=overdue] .marketplace-count")).to_have_text("1")
	page.locator("[data-chip=no_step]").click()
	expect(page.locator(".deals-card")).to_have_count(1)
	expect(card(page, "Без шага")).to_be_visible()
	page.locator(".deals-views").select_option("__save")
	hands.dialog.locator("[data-fieldname=title] input").fill("Без шага")
	hands.dialog.get_by_role("button", name="Save").click()
	hands.wait_for_alert("The view is saved.")
	page.locator("[data-chip=no_step]").click()
	expect(page.locator(".deals-card")).to_have_count(2)
	page.locator(".deals-views").select_option(label="Без шага")
	expect(page.locator(".deals-card")).to_have_count(1)


def test_cards_come_as_one_scrolls(log_in, world):
	for number in range(28):
		world.add(f"Много {number}")
	page = log_in(MANAGER)
	open_board(page, world)
	cards = column(page, world.stages[0]).locator(".deals-card")
	expect(cards).to_have_count(20)
	column(page, world.stages[0]).locator(".deals-cards").evaluate("box => box.scrollTo(0, box.scrollHeight)")
	expect(cards).to_have_count(28)


def test_a_deal_on_a_phone(log_in, world, screenshot):
	world.add("На ходу", amount=125000)
	page = log_in(MANAGER, language="ru", phone=True)
	open_board(page, world)
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	page.locator(".deals-add").first.click()
	page.locator(".deals-quick-add [name=title]").fill("С телефона")
	page.keyboard.press("Enter")
	expect(card(page, "С телефона")).to_be_visible()
	screenshot(page, "phone-deals")
	card(page, "На ходу").locator(".deals-party, .deals-facts").first.click()
	page.wait_for_function("window.cur_frm && cur_frm.doctype === 'Deal'")
	expect(page.locator(".deals-stage-bar")).to_be_visible()
	assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
	screenshot(page, "phone-deal")


def test_my_day(log_in, world, screenshot):
	user = "deals-manager-sales-manager-sales-user.en@example.com"
	page = log_in(MANAGER)
	mark = token_hex(3)  # the same person has tasks of other runs
	deal = world.add(f"Сделка дня {mark}", responsible=user)
	Hands(page).open("my-day")
	page.locator(".deals-task-line input").fill(f"отчёт {mark} сегодня 23:59")
	page.keyboard.press("Enter")
	expect(page.locator(".deals-task", has_text=f"отчёт {mark}")).to_be_visible()
	screenshot(page, "my-day")
	call = page.locator(".deals-task", has_text=f"Сделка дня {mark}").first
	call.locator("[data-action=done]").click()
	# The deal is left with nothing to do: its next step is asked for at once.
	dialog = page.locator(".modal.show .modal-dialog:visible").last
	dialog.locator("[data-fieldname=line] input").fill(f"встреча {mark} завтра в 11:00")
	expect(dialog.locator(".deals-read")).to_contain_text(f"встреча {mark}")
	dialog.get_by_role("button", name="Add").click()
	expect(page.locator(".deals-task", has_text=f"встреча {mark}")).to_be_visible()
	assert stored(deal, "next_step") == f"встреча {mark}"


def test_the_story_of_a_customer(log_in, world, screenshot):
	world.add("Сделка истории", party_type="Customer", party=world.customer)
	frappe.get_doc("Customer", world.customer).add_comment("Comment", "Любят <b>зелёный</b> чай")
	commit()
	page = log_in(MANAGER)
	hands = Hands(page)
	hands.open_form("Customer", world.customer)
	hands.tab("Story")
	events = page.locator(".deals-event")
	expect(events.filter(has_text="Сделка истории").first).to_be_visible()
	expect(events.filter(has_text="Любят зелёный чай")).to_be_visible()
	screenshot(page, "story")
	page.locator("[data-group=talk]").click()
	expect(events.filter(has_text="Сделка истории")).to_have_count(0)


def test_a_duplicate_is_told_while_it_is_typed(log_in, world):
	page = log_in(MANAGER)
	hands = Hands(page)
	hands.open("prospect/new")
	title = frappe.db.get_value("Customer", world.customer, "customer_name")
	hands.field("company_name").locator("input").press_sequentially(title.replace("ООО ", ""))
	expect(page.locator(".deals-similar")).to_contain_text(title)


def test_a_script_in_a_title_is_text(log_in, world):
	deal = world.add("Чай")
	frappe.db.set_value(
		"Deal", deal, {"title": "<img src=x onerror=alert(1)>", "next_step": "<script>alert(2)</script>"}
	)
	commit()
	page = log_in(MANAGER)
	page.on("dialog", lambda dialog: pytest.fail(dialog.message))
	open_board(page, world)
	expect(page.locator(".deals-title")).to_have_text("<img src=x onerror=alert(1)>")
	assert page.locator(".deals-card img").count() == 0


@pytest.mark.parametrize(("roles", "compares"), [(MANAGER, 1), (("Deals Manager",), 0)])
def test_merging_is_offered_to_who_may_change_the_parties(log_in, world, roles, compares):
	other = make_customer()
	one, other = sorted((world.customer, other))
	pair = frappe.get_doc(
		doctype="Party Duplicate", party_type="Customer", one=one, other=other, state="Suspected"
	).insert(ignore_permissions=True)
	commit()
	page = log_in(roles)
	hands = Hands(page)
	hands.open_form("Party Duplicate", pair.name)
	expect(page.get_by_role("button", name="Not duplicates")).to_be_visible()
	expect(page.get_by_role("button", name="Compare")).to_have_count(compares)
