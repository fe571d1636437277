"""The forecast of the board: sums by month, the plan beside them, filters, rights; the same number of queries always."""

from __future__ import annotations

import frappe
import pytest
from frappe.utils import add_days, add_months, get_first_day, getdate, now_datetime, nowdate

from crm_marketplace.deals import tasks
from crm_marketplace.deals.api import forecast
from crm_marketplace.deals.board import PAGE
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


def this_month(by=0):
	return add_months(get_first_day(nowdate()), by)


def expect(pipeline, by=0, **fields):
	"""A deal expected to close some months from now."""
	return make_deal(pipeline, expected_close=add_days(this_month(by), 14), **fields)


def column(page, by=0):
	key = by if isinstance(by, str) else getdate(this_month(by)).isoformat()
	return next((row for row in page["columns"] if row["key"] == key), None)


def names(page, by=0):
	key = by if isinstance(by, str) else getdate(this_month(by)).isoformat()
	return [card["name"] for card in page["cards"] if card["column"] == key]


def make_plan(pipeline, by=0, **fields):
	return frappe.get_doc(doctype="Sales Plan", month=this_month(by), pipeline=pipeline, **fields).insert()


def test_sums_of_months_and_what_is_around_them(pipeline):
	now, soon = expect(pipeline, amount=100), expect(pipeline, 2, amount=50)
	late, far = expect(pipeline, -1, amount=7), expect(pipeline, 9, amount=9)
	bare = make_deal(pipeline, amount=3, expected_close=None)
	page = forecast.forecast_page(pipeline)
	assert (column(page)["deals"], column(page)["amount"], column(page)["weighted"]) == (1, 100, 10)
	assert column(page)["current"] and column(page, 2)["amount"] == 50 and column(page, 1)["deals"] == 0
	assert [column(page, key)["amount"] for key in ("earlier", "later", "no_date")] == [7, 9, 3]
	assert [names(page, key) for key in (0, 2, "earlier", "later", "no_date")] == [
		[deal.name] for deal in (now, soon, late, far, bare)
	]


def test_columns_beside_the_months_stand_only_where_deals_are(pipeline):
	expect(pipeline)
	assert len(forecast.forecast_page(pipeline)["columns"]) == 6


def test_won_deals_count_in_the_month_they_were_won_in(pipeline):
	deal = expect(pipeline, 3, amount=40)
	move(deal, stage_of(pipeline, Kind.WON))
	lost = expect(pipeline, amount=80)
	move(lost, stage_of(pipeline, Kind.LOST), loss_reason=frappe.get_all("Deal Loss Reason", pluck="name")[0])
	page = forecast.forecast_page(pipeline)
	assert (column(page)["won_deals"], column(page)["won"], column(page)["amount"]) == (1, 40, 0)
	assert column(page, 3)["deals"] == 0 and not page["cards"]


def test_amounts_are_in_the_currency_of_the_pipeline(pipeline):
	other = "USD" if frappe.db.get_value("Deal Pipeline", pipeline, "currency") != "USD" else "EUR"
	expect(pipeline, amount=10, currency=other, conversion_rate=90)
	assert column(forecast.forecast_page(pipeline))["amount"] == 900


def test_other_months(pipeline):
	expect(pipeline, 7, amount=5)
	page = forecast.forecast_page(pipeline)
	later = forecast.forecast_page(pipeline, month=page["next"])
	assert column(later, 7)["amount"] == 5 and later["previous"] == page["first"]
	assert page["begins_now"] and not later["begins_now"]
	assert forecast.forecast_page(pipeline, month="9999-12-31")["columns"]
	with pytest.raises(frappe.ValidationError):
		forecast.forecast_page(pipeline, month="next month")


def test_a_column_shows_its_first_cards_and_more_when_asked(pipeline):
	made = {expect(pipeline).name for _number in range(PAGE + 3)}
	page = forecast.forecast_page(pipeline)
	assert len(names(page)) == PAGE and column(page)["deals"] == PAGE + 3
	more = forecast.forecast_column(pipeline, column(page)["key"], PAGE, month=page["first"])
	assert set(names(page)) | {card["name"] for card in more["cards"]} == made
	with pytest.raises(frappe.ValidationError):
		forecast.forecast_column(pipeline, "'; drop table", 0)


def test_the_filters_of_the_board(pipeline, seller):
	late = expect(pipeline, title="Поставка чая", responsible=seller)
	stuck = expect(pipeline, title="Кофе", party=make_customer("Кафе на углу"))
	nobody = expect(pipeline, title="Какао", responsible="")
	for deal in (late, stuck, nobody):
		tasks.drop_stage_tasks(deal.name)
	tasks.add("Deal", late.name, "late", due_at=add_days(now_datetime(), -1))
	frappe.db.set_value(
		"Deal", stuck.name, "stage_since", add_days(now_datetime(), -30), update_modified=False
	)
	stuck.add_tag("VIP")

	def shown(**filters):
		page = forecast.forecast_page(pipeline, filters=filters)
		assert column(page)["deals"] == len(names(page))
		return set(names(page))

	assert shown(search="чая") == {late.name}
	assert shown(responsible=seller) == {late.name}
	assert shown(responsible="__me") == {stuck.name}
	assert shown(responsible="__nobody") == {nobody.name}
	assert shown(attention="overdue") == {late.name}
	assert shown(attention="no_step") == {stuck.name, nobody.name}
	assert shown(attention="stuck") == {stuck.name}
	assert shown(tag="VIP") == {stuck.name}
	assert shown(no_such_filter="x") == {late.name, stuck.name, nobody.name}


def test_the_plan_of_whom_the_board_shows(pipeline, seller):
	make_plan(pipeline, amount=1000)
	make_plan(pipeline, 1, amount=2000)
	make_plan(pipeline, user=seller, amount=300)
	make_plan(pipeline, user="Administrator", calls=5)

	def plans(**filters):
		page = forecast.forecast_page(pipeline, filters=filters)
		return column(page)["plan"], column(page, 1)["plan"]

	assert plans() == (1000, 2000)
	assert plans(responsible=seller) == (300, None)
	assert plans(responsible="__me") == (None, None), "a plan of calls is no plan of money"
	assert plans(search="чай") == plans(responsible="__nobody") == (None, None)


def test_sellers_see_their_own(pipeline, seller, as_user):
	frappe.db.set_value("Deal Pipeline", pipeline, "users_see", "Own")
	own = expect(pipeline, responsible=seller, amount=5)
	expect(pipeline, responsible="Administrator", amount=70)
	hidden = expect(pipeline, responsible="Administrator", amount=100)
	move(hidden, stage_of(pipeline, Kind.WON))
	make_plan(pipeline, user="Administrator", amount=9)
	with as_user(seller):
		forget_scopes()
		page = forecast.forecast_page(pipeline, filters={"responsible": "Administrator"})
		assert not page["cards"] and column(page)["plan"] is None
		page = forecast.forecast_page(pipeline)
		assert (names(page), column(page)["amount"], column(page)["won"]) == ([own.name], 5, 0)
	frappe.get_doc("Deal Pipeline", pipeline).update({"roles": [{"role": "Accounts Manager"}]}).save()
	with as_user(seller):
		forget_scopes()
		with pytest.raises(frappe.PermissionError):
			forecast.forecast_column(pipeline, "no_date", 0)


def test_queries_do_not_grow_with_deals_nor_with_months(pipeline, seller, as_user):
	expect(pipeline, responsible=seller)
	make_plan(pipeline, amount=1)
	with as_user(seller):
		forecast.forecast_page(pipeline)
		forget_scopes()
		with counted() as few:
			forecast.forecast_page(pipeline)
	for number in range(30):
		expect(
			pipeline,
			number % 9 - 1,
			responsible=seller if number % 2 else "Administrator",
			party=make_customer(),
		)
	make_plan(pipeline, 1, amount=1)
	with as_user(seller):
		forget_scopes()
		with counted() as many:
			forecast.forecast_page(pipeline)
	assert len(few) == len(many) <= MOST_QUERIES, "\n".join(many)


def test_a_deal_moves_with_its_date(pipeline):
	deal = expect(pipeline, stage=stage_names(pipeline)[0])
	deal.update({"expected_close": add_days(this_month(1), 3)}).save()
	page = forecast.forecast_page(pipeline)
	assert not names(page) and names(page, 1) == [deal.name]
