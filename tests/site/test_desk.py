"""What the desk asks the server beside the API: counts, timelines, reports, rights, standard records."""

from __future__ import annotations

import frappe
import pytest
from frappe.permissions import get_role_permissions

from crm_marketplace.marketplace import cards, timeline
from crm_marketplace.marketplace.report.marketplace_orders_to_ship import marketplace_orders_to_ship
from crm_marketplace.marketplace.report.marketplace_sales_by_day import marketplace_sales_by_day
from crm_marketplace.marketplace.report.marketplace_stock_differences import marketplace_stock_differences
from crm_marketplace.setup import lookups
from crm_marketplace.setup.roles import MANAGER, OPERATOR, VIEWER
from tests.site import builders
from tests.site.builders import line, make_order, take_in

REPORTS = (marketplace_orders_to_ship, marketplace_sales_by_day, marketplace_stock_differences)


@pytest.fixture
def held(shop):
	"""A shop with an order of an unknown product; gives the order's name."""
	order = make_order(line("НЕИЗВЕСТНЫЙ-1"))
	take_in(shop, order)
	return builders.order_row(shop, order.external_id).name


# --- counts ----------------------------------------------------------------------------------------


def test_counts_are_those_of_the_list(shop, held):
	asked = {
		"held": [["shop", "=", shop], ["state", "=", "On Hold"]],
		"done": [["shop", "=", shop], ["state", "=", "Done"]],
	}
	assert cards.counts("Marketplace Order", asked) == {"held": 1, "done": 0}


@pytest.mark.parametrize(
	("doctype", "filters"),
	[
		("User", {"all": []}),
		("Marketplace Order", "[]"),
		("Marketplace Order", {str(n): [] for n in range(11)}),
	],
)
def test_nothing_else_is_counted(site, doctype, filters):
	with pytest.raises(frappe.ValidationError):
		cards.counts(doctype, filters)


def test_counting_needs_the_right_to_read(as_user, user_with_role):
	with as_user(user_with_role()), pytest.raises(frappe.PermissionError):
		cards.counts("Marketplace Order", {"all": []})


# --- timelines -------------------------------------------------------------------------------------


def test_the_story_of_an_order_is_told_newest_first(held):
	entries = timeline.order_events("Marketplace Order", held)
	assert [entry["creation"] for entry in entries] == sorted(
		(entry["creation"] for entry in entries), reverse=True
	)
	assert "НЕИЗВЕСТНЫЙ-1" in entries[0]["content"]


def test_the_story_is_told_in_the_language_of_the_reader(held):
	frappe.local.lang = "ru"
	assert any(
		"Ждёт человека" in entry["content"] for entry in timeline.order_events("Marketplace Order", held)
	)


def test_markup_in_the_story_is_text(shop):
	order = make_order(line("<img src=x onerror=alert(1)>"))
	take_in(shop, order)
	entries = timeline.order_events("Marketplace Order", builders.order_row(shop, order.external_id).name)
	story = "".join(entry["content"] for entry in entries)
	assert "&lt;img src=x" in story
	assert "<img" not in story


def test_an_event_of_another_version_does_not_break_the_page(held):
	frappe.db.set_value("Marketplace Order Event", {"parent": held, "event": "held"}, "values", "[]")
	assert timeline.order_events("Marketplace Order", held)


# --- reports ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("role", [MANAGER, OPERATOR, VIEWER])
def test_a_report_opens_for_each_role(shop, held, as_user, user_with_role, report, role):
	name = frappe.unscrub(report.__name__.rpartition(".")[2]).replace(" By ", " by ").replace(" To ", " to ")
	with as_user(user_with_role(role)):
		result = frappe.get_attr("frappe.desk.query_report.run")(name, filters={"shop": shop})
	assert result["columns"]


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_shows_nothing_of_shops_one_may_not_see(shop, held, as_user, user_with_role, report):
	with as_user(user_with_role()), pytest.raises(frappe.PermissionError):
		report.execute({"shop": shop})


def test_orders_to_ship_are_those_that_wait(shop, held):
	_columns, rows, message, chart, summary = marketplace_orders_to_ship.execute({"shop": shop})
	assert [row["order"] for row in rows] == [held]
	assert "НЕИЗВЕСТНЫЙ-1" in rows[0]["goods"]
	assert message is None
	assert sum(chart["data"]["datasets"][0]["values"]) == 1
	assert summary[0]["value"] == 1
	assert marketplace_orders_to_ship.execute({"shop": shop, "hide_held": 1})[1] == []


def test_sales_add_up_to_the_orders(shop, held):
	total, ordered_at = frappe.db.get_value("Marketplace Order", held, ["total", "ordered_at"])
	that_day = {"shop": shop, "from_date": ordered_at.date(), "to_date": ordered_at.date()}
	*_rest, summary = marketplace_sales_by_day.execute({**that_day, "measure": "Revenue"})
	assert [(entry["value"], entry["currency"]) for entry in summary] == [(total, "RUB")]
	_columns, rows, *_rest = marketplace_sales_by_day.execute({**that_day, "measure": "Orders"})
	assert sum(row["total"] for row in rows) == 1


@pytest.mark.parametrize(
	"filters", [{"from_date": "2026-02-02", "to_date": "2026-02-01"}, {"from_date": "2020-01-01"}]
)
def test_a_senseless_period_is_said(site, filters):
	with pytest.raises(frappe.ValidationError):
		marketplace_sales_by_day.execute(filters)


@pytest.mark.parametrize("report", REPORTS)
def test_queries_do_not_grow_with_orders(shop, monkeypatch, report):
	take_in(shop, *(make_order(line("НЕТ-1")) for _number in range(3)))
	few = _queries(report, shop, monkeypatch)
	take_in(shop, *(make_order(line("НЕТ-1")) for _number in range(30)))
	assert _queries(report, shop, monkeypatch) == few


def _queries(report, shop: str, monkeypatch) -> int:
	count = 0
	original = frappe.db.sql

	def counted(*args, **kwargs):
		nonlocal count
		count += 1
		return original(*args, **kwargs)

	report.execute({"shop": shop})  # fills the caches of metas and roles
	with monkeypatch.context() as patch:
		patch.setattr(frappe.db, "sql", counted)
		report.execute({"shop": shop})
	return count


# --- rights ----------------------------------------------------------------------------------------


def test_a_manager_may_choose_what_a_shop_needs(site, user_with_role):
	user = user_with_role(MANAGER)
	for doctype in (name for name, roles in lookups.RIGHTS.items() if MANAGER in roles):
		rights = get_role_permissions(frappe.get_meta(doctype), user=user)
		assert rights.get("select"), doctype
		assert not (rights.get("write") or rights.get("create") or rights.get("delete")), doctype


def test_taken_back_rights_leave_erpnext_as_it_was(site):
	lookups.revoke()
	for doctype in lookups.RIGHTS:
		assert not frappe.db.exists("Custom DocPerm", {"parent": doctype}), doctype
	lookups.grant()
	assert frappe.db.exists("Custom DocPerm", {"parent": "Warehouse", "role": MANAGER})


def test_rules_of_an_administrator_stay(site):
	lookups.revoke()
	frappe.permissions.add_permission("Warehouse", "Employee", ptype="select")
	lookups.grant()
	lookups.revoke()
	assert frappe.db.exists("Custom DocPerm", {"parent": "Warehouse", "role": "Employee"})


# --- standard records ------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("doctype", "name"),
	[
		("Workspace", "Marketplace"),
		("Module Onboarding", "Marketplace"),
		("Form Tour", "Marketplace Shop"),
		("Page", "marketplace-matching"),
		("Number Card", "Marketplace Orders on Hold"),
		("Dashboard Chart", "Marketplace Orders by Day"),
		("Report", "Marketplace Orders to Ship"),
	],
)
def test_standard_records_come_with_the_app(site, doctype, name):
	assert frappe.db.exists(doctype, name)


def test_the_workspace_points_to_what_exists(site):
	workspace = frappe.get_doc("Workspace", "Marketplace")
	for link in [row for row in workspace.links if row.type == "Link"]:
		assert frappe.db.exists(link.link_type, link.link_to), link.link_to
	for shortcut in workspace.shortcuts:
		assert frappe.db.exists(shortcut.type, shortcut.link_to), shortcut.link_to
