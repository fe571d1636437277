"""The board's calls: columns, totals, filters, moving, quick add, views; the same number of queries always."""

from __future__ import annotations

from datetime import timedelta

import frappe
import pytest
from frappe.utils import now_datetime

from crm_marketplace.deals import board as data
from crm_marketplace.deals import tasks
from crm_marketplace.deals.api import board
from crm_marketplace.permissions.deals import forget_scopes
from crm_marketplace.rules.deals import Kind
from tests.site.deals_world import (
	counted,
	make_customer,
	make_deal,
	make_pipeline,
	move,
	stage_names,
	stage_of,
)

MOST_QUERIES = 15


@pytest.fixture(scope="session")
def seller(user_with_role):
	"""Made before anything else, because making a user commits."""
	return user_with_role("Deals User")


@pytest.fixture
def pipeline(site, seller):
	return make_pipeline()


def column(page, stage):
	return next(row for row in page["stages"] if row["name"] == stage)


def names(page, stage=None):
	return [card["name"] for card in page["cards"] if stage in (None, card["stage"])]


def age(deal, **span):
	frappe.db.set_value(
		"Deal", deal.name, "stage_since", now_datetime() - timedelta(**span), update_modified=False
	)


# --- the page --------------------------------------------------------------------------------------


def test_totals_and_weighted_totals_of_each_column(pipeline):
	first = stage_names(pipeline)[0]
	for amount in (100, 50):
		make_deal(pipeline, amount=amount)
	row = column(board.board_page(pipeline), first)
	assert (row["deals"], row["amount"], row["weighted"]) == (2, 150, 15)


def test_queries_do_not_grow_with_deals_nor_with_users(pipeline, seller, as_user):
	make_deal(pipeline, responsible=seller)
	with as_user(seller):
		board.board_page(pipeline)
		forget_scopes()
		with counted() as few:
			board.board_page(pipeline)
	for number in range(30):
		make_deal(pipeline, responsible=seller if number % 2 else "Administrator", party=make_customer())
	with as_user(seller):
		forget_scopes()
		with counted() as many:
			board.board_page(pipeline)
	assert len(few) == len(many) <= MOST_QUERIES, "\n".join(many)


def test_a_column_shows_its_first_cards_and_more_when_scrolled(pipeline):
	first = stage_names(pipeline)[0]
	made = {make_deal(pipeline).name for _number in range(data.PAGE + 5)}
	page = board.board_page(pipeline)
	assert len(names(page, first)) == data.PAGE and column(page, first)["deals"] == data.PAGE + 5
	more = board.column_page(first, data.PAGE)
	assert set(names(page, first)) | {card["name"] for card in more["cards"]} == made


def test_deals_without_a_next_step_come_first_then_the_most_pressing(pipeline):
	now = now_datetime()
	bare, late, soon = (make_deal(pipeline) for _number in range(3))
	for deal in (bare, late, soon):
		tasks.drop_stage_tasks(deal.name)
	tasks.add("Deal", soon.name, "soon", due_at=now + timedelta(days=1))
	tasks.add("Deal", late.name, "late", due_at=now - timedelta(days=1))
	page = board.board_page(pipeline)
	assert names(page) == [bare.name, late.name, soon.name]
	assert [card["urgency"] for card in page["cards"]] == ["none", "overdue", "later"]


@pytest.mark.parametrize("sort", ["amount", "newest", "longest", "no such order"])
def test_other_orders(pipeline, sort):
	one, other = make_deal(pipeline, amount=1), make_deal(pipeline, amount=2)
	age(one, days=3)
	frappe.db.set_value(
		"Deal", one.name, "creation", now_datetime() - timedelta(days=3), update_modified=False
	)
	expected = {"amount": [other, one], "newest": [other, one], "longest": [one, other]}.get(sort)
	found = names(board.board_page(pipeline, sort=sort))
	assert found == [deal.name for deal in expected] if expected else len(found) == 2


def test_closed_columns_show_the_last_days_only(pipeline):
	won = stage_of(pipeline, Kind.WON)
	fresh, old = make_deal(pipeline, amount=1), make_deal(pipeline, amount=2)
	for deal in (fresh, old):
		move(deal, won)
	frappe.db.set_value("Deal", old.name, "closed_at", now_datetime() - timedelta(days=data.CLOSED_DAYS + 1))
	page = board.board_page(pipeline)
	assert names(page, won) == [fresh.name] and column(page, won)["amount"] == 1


def test_an_archived_stage_stays_while_deals_are_in_it(pipeline):
	deal = make_deal(pipeline)
	frappe.db.set_value("Deal Stage", deal.stage, "archived", 1)
	assert column(board.board_page(pipeline), deal.stage)["archived"] == 1
	frappe.delete_doc("Deal", deal.name)
	assert deal.stage not in [row["name"] for row in board.board_page(pipeline)["stages"]]


def test_a_site_without_pipelines_offers_the_first_day(site):
	for name in frappe.get_all("Deal Pipeline", pluck="name"):
		frappe.db.set_value("Deal Pipeline", name, "archived", 1)
	page = board.board_page()
	assert page["pipeline"] is None and page["may_make"]


def test_cards_tell_how_to_reach_the_contact(pipeline):
	customer = make_customer()
	frappe.get_doc(
		doctype="Contact",
		first_name="Ольга",
		email_ids=[{"email_id": "o@example.com", "is_primary": 1}],
		phone_nos=[{"phone": "+7 903 123-45-67", "is_primary_mobile_no": 1}],
		links=[{"link_doctype": "Customer", "link_name": customer}],
	).insert()
	make_deal(pipeline, party=customer)
	card = board.board_page(pipeline)["cards"][0]
	assert (card["phone"], card["email"]) == ("+7 903 123-45-67", "o@example.com")


# --- filters ---------------------------------------------------------------------------------------


def test_filters(pipeline, seller):
	late = make_deal(pipeline, title="Поставка чая", responsible=seller, expected_close="2026-05-01")
	stuck = make_deal(pipeline, title="Кофе", party=make_customer("Кафе 50 % скидки"))
	nobody = make_deal(pipeline, title="Какао", responsible="")
	for deal in (late, stuck, nobody):
		tasks.drop_stage_tasks(deal.name)
	tasks.add("Deal", late.name, "late", due_at=now_datetime() - timedelta(hours=1))
	age(stuck, days=30)
	stuck.add_tag("VIP")

	def shown(**filters):
		return set(names(board.board_page(pipeline, filters=filters)))

	assert shown(search="чая") == {late.name}
	assert shown(search="50 %") == {stuck.name}
	assert shown(search=nobody.name) == {nobody.name}
	assert shown(responsible=seller) == {late.name}
	assert shown(responsible="__me") == {stuck.name}
	assert shown(responsible="__nobody") == {nobody.name}
	assert shown(attention="overdue") == {late.name}
	assert shown(attention="no_step") == {stuck.name, nobody.name}
	assert shown(attention="stuck") == {stuck.name}
	assert shown(tag="VIP") == {stuck.name}
	assert shown(close_from="2026-04-01", close_to="2026-05-01") == {late.name}
	assert shown(no_such_filter="x", attention="'; drop table") == {late.name, stuck.name, nobody.name}


def test_numbers_on_the_quick_filters_do_not_depend_on_the_filter_chosen(pipeline):
	late, bare = make_deal(pipeline), make_deal(pipeline)
	for deal in (late, bare):
		tasks.drop_stage_tasks(deal.name)
	tasks.add("Deal", late.name, "late", due_at=now_datetime() - timedelta(hours=1))
	for filters in ({}, {"attention": "no_step"}):
		row = column(board.board_page(pipeline, filters=filters), late.stage)
		assert (row["overdue"], row["no_step"]) == (1, 1)
	assert row["deals"] == 1


# --- moving ----------------------------------------------------------------------------------------


def test_a_move_asks_for_what_the_stage_wants_and_then_moves(pipeline):
	deal = make_deal(pipeline)
	first, second = stage_names(pipeline)[:2]
	answer = board.move_deal(deal.name, second, first)
	assert [field["fieldname"] for field in answer["missing"]] == ["party_type", "party", "expected_close"]
	values = {
		"party_type": "Customer",
		"party": make_customer(),
		"expected_close": "2026-12-01",
		"amount": 999,
	}
	answer = board.move_deal(deal.name, second, first, values)
	assert answer["card"]["stage"] == second
	assert answer["card"]["amount"] == 0, "the stage did not ask for the amount"


def test_two_people_dragging_one_card(pipeline):
	deal = make_deal(pipeline, amount=5)
	first, second, third = stage_names(pipeline)[:3]
	board.move_deal(deal.name, third, first)
	with pytest.raises(frappe.ValidationError, match="in the meantime"):
		board.move_deal(deal.name, second, first, {"party": make_customer(), "expected_close": "2026-12-01"})
	assert frappe.db.get_value("Deal", deal.name, "stage") == third


def test_a_move_to_a_stage_that_is_gone(pipeline):
	deal = make_deal(pipeline)
	with pytest.raises(frappe.DoesNotExistError):
		board.move_deal(deal.name, "no such stage")


def test_open_boards_are_told(pipeline, monkeypatch):
	told = []
	monkeypatch.setattr(
		frappe, "publish_realtime", lambda event, message=None, **_options: told.append((event, message))
	)
	deal = make_deal(pipeline)
	assert ("list_update", deal.name) in [(event, (message or {}).get("name")) for event, message in told]


def test_what_changed_is_asked_for_by_name(pipeline):
	here, there = make_deal(pipeline, amount=7), make_deal(make_pipeline())
	answer = board.changed_cards(pipeline, [here.name, there.name, "DEAL-GONE"])
	assert [card["name"] for card in answer["cards"]] == [here.name]
	assert answer["totals"][here.stage]["amount"] == 7


# --- quick add -------------------------------------------------------------------------------------


def test_a_deal_in_one_line_with_its_next_step(pipeline):
	card = board.quick_add(pipeline, "Новый клиент", amount="1500.50", task="позвонить завтра в 15:00")[
		"card"
	]
	deal = frappe.get_doc("Deal", card["name"])
	assert (deal.title, deal.amount, deal.responsible) == ("Новый клиент", 1500.5, "Administrator")
	kinds = frappe.get_all("ToDo", filters={"reference_name": deal.name}, pluck="task_kind")
	assert kinds.count("Call") == 2


def test_quick_add_into_a_stage_that_asks(pipeline):
	third = stage_names(pipeline)[2]
	answer = board.quick_add(pipeline, "Сразу предложение", stage=third)
	assert [field["fieldname"] for field in answer["missing"]] == ["amount"]
	assert (
		board.quick_add(pipeline, "Сразу предложение", stage=third, values={"amount": 5})["card"]["amount"]
		== 5
	)


# --- views -----------------------------------------------------------------------------------------


def test_views_are_own_or_for_everybody(pipeline, seller, as_user):
	board.save_view("Mine", pipeline, {"responsible": "__me"})
	board.save_view("All late", pipeline, {"attention": "overdue"}, shared=1)
	board.save_view("Mine", pipeline, {"responsible": "__nobody"}, sort="amount")
	own = {view.title: view for view in board.views_of(pipeline)}
	assert own["Mine"].filters == {"responsible": "__nobody"} and own["Mine"].sort == "amount"
	with as_user(seller):
		seen = board.board_page(pipeline)["views"]
		assert [view.title for view in seen] == ["All late"]
		with pytest.raises(frappe.PermissionError):
			board.delete_view(seen[0].name)
		assert len(board.save_view("Theirs", pipeline, {})) == 2
	assert [view.title for view in board.delete_view(own["Mine"].name)] == ["All late"]
