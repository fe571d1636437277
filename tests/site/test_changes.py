"""Goods that move in ERPNext: the shops that sell them are told within a minute, once, and nobody else is."""

from __future__ import annotations

import frappe
import pytest
from erpnext.selling.doctype.sales_order.sales_order import update_status
from frappe.utils import add_days, today

from crm_marketplace.marketplace import api
from crm_marketplace.sync import changes, scheduler
from tests.harness.committing import commit
from tests.site import builders


@pytest.fixture(autouse=True)
def nothing_waits(site):
	"""What other tests moved is not ours."""
	for key in (changes.CHANGED, changes.UNSENT):
		changes.take_set(key)
	yield
	for key in (changes.CHANGED, changes.UNSENT):
		changes.take_set(key)


@pytest.fixture
def shop(open_shop) -> str:
	"""A shop whose streams run by themselves."""
	return open_shop(enabled=1)


@pytest.fixture
def marked():
	"""A function: the items that wait, taken off."""
	return lambda: changes.take_set(changes.CHANGED)


def stock_runs(queued: list[dict]) -> list[str]:
	"""Shops whose stock run was queued, taken off."""
	found = [call["shop"] for call in queued if call["stream"] == "stock"]
	queued.clear()
	return sorted(found)


# --- documents -------------------------------------------------------------------------------------


def party(doctype: str, **fields) -> str:
	name = f"Changes Test {doctype}"
	if not frappe.db.exists(doctype, name):
		frappe.get_doc(doctype=doctype, **{f"{doctype.lower()}_name": name}, **fields).insert()
	return name


def submitted(**values):
	doc = frappe.get_doc(values)
	doc.insert()
	doc.submit()
	return doc


def sales_order(books, item):
	return submitted(
		doctype="Sales Order",
		company=books.company,
		customer=party("Customer"),
		delivery_date=add_days(today(), 3),
		items=[{"item_code": item, "qty": 1, "rate": 100, "warehouse": books.warehouse}],
	)


def delivery_note(books, item):
	return submitted(
		doctype="Delivery Note",
		company=books.company,
		customer=party("Customer"),
		items=[{"item_code": item, "qty": 1, "rate": 100, "warehouse": books.warehouse}],
	)


def purchase_receipt(books, item):
	return submitted(
		doctype="Purchase Receipt",
		company=books.company,
		supplier=party("Supplier"),
		items=[{"item_code": item, "qty": 1, "rate": 10, "warehouse": books.warehouse}],
	)


def stock_entry(books, item):
	return submitted(
		doctype="Stock Entry",
		stock_entry_type="Material Issue",
		company=books.company,
		items=[{"item_code": item, "qty": 1, "s_warehouse": books.warehouse}],
	)


def stock_reconciliation(books, item):
	return submitted(
		doctype="Stock Reconciliation",
		company=books.company,
		purpose="Stock Reconciliation",
		items=[{"item_code": item, "warehouse": books.warehouse, "qty": 7, "valuation_rate": 10}],
	)


DOCUMENTS = (sales_order, delivery_note, purchase_receipt, stock_entry, stock_reconciliation)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.__name__)
def test_a_document_marks_its_goods_when_it_is_submitted_and_when_it_is_cancelled(document, books, marked):
	item = builders.make_item()
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	marked()

	doc = document(books, item)
	assert marked() == set(), "nothing is told before the books have it"
	commit()
	assert marked() == {item}

	doc.cancel()
	commit()
	assert marked() == {item}


def test_a_draft_marks_nothing(books, marked):
	item = builders.make_item()
	frappe.get_doc(
		doctype="Stock Entry",
		stock_entry_type="Material Receipt",
		company=books.company,
		items=[{"item_code": item, "qty": 1, "t_warehouse": books.warehouse, "basic_rate": 1}],
	).insert()
	commit()

	assert marked() == set()


def test_what_is_rolled_back_marks_nothing(books, marked):
	item = builders.make_item()
	commit()

	submitted(
		doctype="Stock Entry",
		stock_entry_type="Material Receipt",
		company=books.company,
		items=[{"item_code": item, "qty": 1, "t_warehouse": books.warehouse, "basic_rate": 1}],
	)
	frappe.db.rollback()
	commit()

	assert marked() == set()


def test_goods_a_work_order_takes_are_marked(marked):
	order = frappe.new_doc("Work Order")
	order.production_item = "CUP"
	order.append("required_items", {"item_code": "CLAY"})

	changes.mark_document(order)
	commit()

	assert marked() == {"CUP", "CLAY"}


def test_closing_and_opening_a_sales_order_marks_its_goods(books, marked):
	item = builders.make_item()
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	order = sales_order(books, item)
	commit()
	marked()

	for status in ("Closed", "Draft", "On Hold"):
		update_status(status, order.name)
		commit()
		assert marked() == {item}, status

	frappe.get_doc("Sales Order", order.name).db_set("customer_name", "Somebody")
	commit()
	assert marked() == set(), "nothing is reserved anew"


# --- runs ------------------------------------------------------------------------------------------


def test_each_shop_that_lists_the_goods_gets_one_run(open_shop, queued):
	first, second, other = (open_shop(enabled=1) for _ in range(3))
	item = builders.make_goods(first)
	builders.make_listing(second, item, item)
	builders.make_goods(other)
	commit()
	queued.clear()

	changes.mark([item])
	commit()

	assert changes.dispatch() == sorted([first, second])
	assert stock_runs(queued) == sorted([first, second])
	assert changes.dispatch() == [], "told once"


def test_a_set_is_told_of_its_goods(shop, queued):
	cup, spoon = builders.make_item(), builders.make_item()
	listing = builders.make_listing(shop, "tea-set")
	api.link_listing(listing, components=[{"item": cup, "qty": 2}, {"item": spoon, "qty": 1}])
	commit()
	queued.clear()

	changes.mark([spoon])
	commit()
	changes.dispatch()

	assert stock_runs(queued) == [shop]
	assert changes.listings_of(shop, [spoon]) == [listing]


def test_goods_nobody_sells_wake_nobody(shop, queued):
	builders.make_goods(shop)
	changes.mark([builders.make_item()])
	commit()
	queued.clear()

	assert changes.dispatch() == []
	assert stock_runs(queued) == []


@pytest.mark.parametrize("fields", [{"publish_stock": 0}, {"match_status": "Ignored", "item": None}])
def test_listings_that_publish_nothing_wake_nobody(shop, queued, fields):
	item = builders.make_goods(shop)
	frappe.db.set_value("Marketplace Listing", {"shop": shop}, fields)
	changes.mark([item])
	commit()
	queued.clear()

	assert changes.dispatch() == []


def test_a_shop_whose_stock_is_not_kept_is_left_alone(shop, queued):
	item = builders.make_goods(shop)
	builders.change_shop(
		shop, lambda doc: [row.update({"enabled": 0}) for row in doc.streams if row.stream == "stock"]
	)
	changes.mark([item])
	commit()
	queued.clear()

	assert changes.dispatch() == []


def test_ten_thousand_lines_make_one_run(shop, queued):
	items = [builders.make_goods(shop) for _ in range(20)]
	commit()
	queued.clear()

	for _ in range(500):
		changes.mark(items)
	commit()

	assert changes.dispatch() == [shop]
	assert stock_runs(queued) == [shop]
	assert changes.take_for(shop) == set(items)


def test_the_minute_tick_dispatches(shop, queued):
	item = builders.make_goods(shop)
	changes.mark([item])
	commit()
	queued.clear()

	scheduler.tick()

	assert shop in stock_runs(queued)
