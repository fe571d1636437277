"""What a status makes in ERPNext: nothing, a draft, a submitted document; order, delivery and invoice apart."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import frappe
import pytest
from erpnext.selling.doctype.sales_order.sales_order import make_delivery_note

from crm_marketplace.integrations.records import OrderStatus, Scheme
from tests.harness.committing import commit
from tests.site import builders
from tests.site.builders import changed, line, make_order, only_sales_order, take_in

PACKING, SHIPPED = OrderStatus.AWAITING_PACKING, OrderStatus.SHIPPED


@pytest.fixture
def item(shop) -> str:
	"""An item the shop sells under its own code."""
	return builders.make_goods(shop)


@pytest.fixture
def order(item):
	"""Two units, 100.00 each."""
	return make_order(line(item, 2, "100.00"))


# --- the Sales Order -------------------------------------------------------------------------------


def test_a_new_order_becomes_a_submitted_sales_order(shop, order, item, books):
	row = take_in(shop, order)

	doc = only_sales_order(shop)
	assert (row.state, row.sales_order, doc.docstatus) == ("Done", doc.name, 1)
	assert (doc.po_no, str(doc.po_date), str(doc.transaction_date)) == (
		order.external_id,
		"2026-03-02",
		"2026-03-02",
	)
	assert (str(doc.delivery_date), str(doc.items[0].delivery_date)) == ("2026-03-04", "2026-03-04")
	assert (doc.items[0].item_code, doc.items[0].qty, doc.items[0].rate) == (item, 2, 100)
	assert (doc.set_warehouse, doc.items[0].warehouse) == (books.warehouse, books.warehouse)
	assert (doc.company, doc.selling_price_list, doc.currency) == (books.company, books.price_list, "RUB")
	assert builders.events_of(row.name) == ["received", "created_order"]


def test_prices_hold_the_tax(shop, order):
	take_in(shop, order)

	doc = only_sales_order(shop)
	assert doc.grand_total == 200
	assert Decimal(str(doc.total_taxes_and_charges)) == Decimal("33.33")
	assert doc.taxes[0].included_in_print_rate


@pytest.mark.parametrize("price", ["0.01", "0.07", "19.99", "33.33", "1234.56", "99999.99"])
def test_totals_are_the_marketplaces_to_the_kopeck(shop, item, price):
	order = make_order(line(item, 7, price), line(item, 3, price, line_id="again"))

	row = take_in(shop, order)

	assert row.state == "Done", (row.hold_code, row.hold_reason)
	assert Decimal(str(only_sales_order(shop).grand_total)) == order.total.amount


def test_an_order_without_a_deadline_is_due_the_day_it_was_placed(shop, order):
	take_in(shop, changed(order, ship_by=None))

	assert only_sales_order(shop).delivery_date == date(2026, 3, 2)


def test_a_deadline_before_the_order_does_not_date_the_delivery_before_it(shop, order):
	take_in(shop, changed(order, ship_by=order.created_at - timedelta(days=3)))

	assert only_sales_order(shop).delivery_date == date(2026, 3, 2)


def test_the_warehouse_is_the_one_the_channel_warehouse_is_mapped_to(open_shop, books):
	shop = open_shop(
		warehouses=[
			builders.channel_warehouse("1", books.warehouse),
			builders.channel_warehouse("2", books.other_warehouse),
		]
	)

	take_in(shop, make_order(line(builders.make_goods(shop)), warehouse_id="2"))

	doc = only_sales_order(shop)
	assert (doc.set_warehouse, doc.items[0].warehouse) == (books.other_warehouse, books.other_warehouse)


def test_an_order_that_names_no_warehouse_takes_the_only_one(shop, order, books):
	take_in(shop, changed(order, warehouse_id=None))

	assert only_sales_order(shop).set_warehouse == books.warehouse


def test_an_order_from_the_marketplaces_own_warehouse_is_stored_only(shop, order):
	row = take_in(shop, changed(order, scheme=Scheme.FBO))

	assert (row.state, row.sales_order) == ("Done", None)
	assert builders.events_of(row.name) == ["received", "nothing"]


def test_the_start_date_begins_at_midnight_of_the_site(open_shop):
	shop = open_shop(order_start_date="2026-03-03")
	item = builders.make_goods(shop)
	midnight = builders.ORDERED_AT.replace(hour=21, minute=0)  # in Moscow, of the third

	before, after = take_in(
		shop,
		make_order(line(item), created_at=midnight - timedelta(seconds=1)),
		make_order(line(item), created_at=midnight),
	)

	assert (before.state, before.sales_order) == ("Done", None)
	assert after.sales_order == only_sales_order(shop).name


def test_a_status_that_makes_nothing_waits_for_the_next_one(shop, order):
	row = take_in(shop, changed(order, status=OrderStatus.PENDING))
	assert (row.state, row.sales_order) == ("Done", None)

	row = take_in(shop, order)

	assert row.sales_order == only_sales_order(shop).name


def test_a_kit_becomes_its_components(shop):
	cup, saucer = builders.make_item(), builders.make_item()
	parts = [{"item": cup, "qty": 6}, {"item": saucer, "qty": 1}]
	builders.make_listing(shop, "tea-set", is_kit=1, components=parts)

	take_in(shop, make_order(line("tea-set", 2, "1000.00")))

	doc = only_sales_order(shop)
	assert [(row.item_code, row.qty) for row in doc.items] == [(cup, 12), (saucer, 2)]
	assert doc.grand_total == 2000


def test_the_lines_of_an_order_show_what_they_became(shop, order, item):
	row = take_in(shop, order)

	doc = frappe.get_doc("Marketplace Order", row.name)
	assert [
		(found.offer_id, found.item, found.quantity, found.price, found.amount) for found in doc.lines
	] == [(item, item, 2, 100, 200)]


# --- drafts ----------------------------------------------------------------------------------------


@pytest.fixture
def draft_policy(shop):
	builders.set_policy(shop, {PACKING: ("Draft", "Nothing", "Nothing")})


def test_a_draft_is_submitted_when_the_status_goes_on(shop, order, draft_policy):
	row = take_in(shop, order)
	draft = only_sales_order(shop)
	assert (draft.docstatus, row.sales_order) == (0, draft.name)

	take_in(shop, changed(order, status=OrderStatus.AWAITING_SHIPMENT))

	doc = only_sales_order(shop)
	assert (doc.name, doc.docstatus, doc.po_no) == (draft.name, 1, order.external_id)
	assert builders.events_of(row.name) == ["received", "created_draft", "status", "submitted_order"]


def test_a_draft_follows_changed_goods_and_keeps_its_name(shop, order, item, draft_policy):
	take_in(shop, order)
	draft = only_sales_order(shop)

	take_in(shop, changed(order, lines=(line(item, 5, "90.00"),)))

	doc = only_sales_order(shop)
	assert (doc.name, doc.docstatus, doc.grand_total, doc.items[0].qty) == (draft.name, 0, 450, 5)


def test_a_cancelled_order_takes_its_draft_with_it(shop, order, draft_policy):
	take_in(shop, order)

	row = take_in(shop, builders.cancelled(order))

	assert builders.sales_orders(shop) == []
	assert (row.state, row.sales_order) == ("Done", None)
	assert builders.events_of(row.name)[-1] == "deleted_draft"


# --- deliveries and invoices -----------------------------------------------------------------------


def test_a_shipped_order_is_delivered_and_invoiced_where_the_policy_says_so(shop, order, item, books):
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	builders.set_policy(shop, {SHIPPED: ("Submitted", "Submitted", "Submitted")})
	take_in(shop, order)

	row = take_in(shop, changed(order, status=SHIPPED))

	note = frappe.get_doc("Delivery Note", row.delivery_note)
	invoice = frappe.get_doc("Sales Invoice", row.sales_invoice)
	assert [(doc.docstatus, doc.grand_total) for doc in (note, invoice)] == [(1, 200), (1, 200)]
	assert note.items[0].against_sales_order == invoice.items[0].sales_order == row.sales_order
	doc = only_sales_order(shop)
	assert (doc.per_delivered, doc.per_billed) == (100, 100)


def test_deliveries_and_invoices_may_stay_drafts(shop, order):
	builders.set_policy(shop, {SHIPPED: ("Submitted", "Draft", "Draft")})
	take_in(shop, order)

	row = take_in(shop, changed(order, status=SHIPPED))

	assert frappe.db.get_value("Delivery Note", row.delivery_note, "docstatus") == 0
	assert frappe.db.get_value("Sales Invoice", row.sales_invoice, "docstatus") == 0


def test_an_order_first_seen_on_its_way_gets_the_sales_order_its_delivery_needs(shop, order, item, books):
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	builders.set_policy(shop, {SHIPPED: ("Nothing", "Submitted", "Nothing")})

	row = take_in(shop, changed(order, status=SHIPPED))

	assert only_sales_order(shop).docstatus == 1
	assert frappe.db.get_value("Delivery Note", row.delivery_note, "docstatus") == 1


def test_too_little_stock_leaves_the_delivery_a_draft_and_asks_a_person(shop, order, item, books):
	builders.make_stock(books.company, {item: 1}, books.warehouse)
	builders.set_policy(shop, {SHIPPED: ("Submitted", "Submitted", "Nothing")})
	take_in(shop, order)

	row = take_in(shop, changed(order, status=SHIPPED))

	assert frappe.db.get_value("Delivery Note", row.delivery_note, "docstatus") == 0
	assert (row.state, row.needs_resolution) == ("Done", 1)
	assert item in row.resolution_reason
	assert len(builders.open_tasks("Marketplace Order", row.name)) == 1
	assert "delivery_draft" in builders.events_of(row.name)


def test_a_delivery_that_waited_for_goods_is_submitted_with_the_next_status(shop, order, item, books):
	builders.make_stock(books.company, {item: 1}, books.warehouse)
	policy = ("Submitted", "Submitted", "Nothing")
	builders.set_policy(shop, {SHIPPED: policy, OrderStatus.DELIVERED: policy})
	row = take_in(shop, changed(order, status=SHIPPED))
	builders.make_stock(books.company, {item: 5}, books.warehouse)

	take_in(shop, changed(order, status=OrderStatus.DELIVERED))

	assert frappe.db.get_value("Delivery Note", row.delivery_note, "docstatus") == 1


def test_goods_delivered_by_hand_are_not_delivered_again(shop, order, item, books):
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	builders.set_policy(shop, {SHIPPED: ("Submitted", "Submitted", "Nothing")})
	row = take_in(shop, order)
	note = make_delivery_note(row.sales_order)
	note.insert()
	note.submit()
	commit()

	row = take_in(shop, changed(order, status=SHIPPED))

	assert row.state == "Done", row.hold_reason
	notes = frappe.get_all(
		"Delivery Note Item", filters={"against_sales_order": row.sales_order}, pluck="parent"
	)
	assert notes == [note.name]


# --- following the marketplace ---------------------------------------------------------------------


def test_a_new_status_alone_leaves_the_document_as_it_is(shop, order):
	take_in(shop, order)
	before = only_sales_order(shop)

	row = take_in(shop, changed(order, status=OrderStatus.AWAITING_SHIPMENT))

	assert (row.status, row.state) == ("Awaiting Shipment", "Done")
	assert only_sales_order(shop).modified == before.modified
	assert builders.events_of(row.name) == ["received", "created_order", "status"]


def test_a_deadline_that_moves_moves_the_delivery_date(shop, order):
	take_in(shop, order)
	before = only_sales_order(shop)

	row = take_in(shop, changed(order, ship_by=order.ship_by + timedelta(days=2)))

	doc = only_sales_order(shop)
	moved = date(2026, 3, 6)
	assert (doc.name, doc.delivery_date, doc.items[0].delivery_date) == (before.name, moved, moved)
	assert row.document_ship_by == row.ship_by
	assert builders.events_of(row.name)[-1] == "moved_deadline"


def test_a_deadline_that_did_not_move_leaves_the_document_as_it_is(shop, order):
	"""The site keeps whole seconds, the marketplace tells finer times."""
	exact = changed(order, ship_by=order.ship_by.replace(microsecond=123456))
	take_in(shop, exact)
	before = only_sales_order(shop)

	row = take_in(shop, changed(exact, status=OrderStatus.AWAITING_SHIPMENT))

	assert only_sales_order(shop).modified == before.modified
	assert "moved_deadline" not in builders.events_of(row.name)


def test_changed_goods_replace_the_sales_order(shop, order, item):
	old = take_in(shop, order).sales_order

	row = take_in(shop, changed(order, lines=(line(item, 1, "100.00"),)))

	new = frappe.get_doc("Sales Order", row.sales_order)
	assert (new.amended_from, new.docstatus, new.grand_total) == (old, 1, 100)
	assert frappe.db.get_value("Sales Order", old, "docstatus") == 2
	assert (new.po_no, new.marketplace_order) == (order.external_id, row.name)
	assert builders.events_of(row.name)[-1] == "replaced_order"


def test_every_sales_order_of_an_order_has_a_key_of_its_own(shop, order, item):
	for quantity in (2, 1, 3):
		row = take_in(shop, changed(order, lines=(line(item, quantity),)))

	made = builders.sales_orders(shop)
	assert sorted(doc.marketplace_order_key for doc in made) == [
		f"{row.name}:{number}" for number in range(3)
	]
	assert [doc.docstatus for doc in made].count(1) == 1


def test_changed_goods_with_a_rounding_row_leave_one_sales_order_in_force(open_shop, books):
	"""The new document is made twice, the second time with the rounding row; the old one stays cancelled."""
	shop = open_shop(rounding_account=books.rounding_account)
	tea = builders.make_goods(shop, stock_uom="Kg")
	order = make_order(line(tea, 1, "10.01"))
	take_in(shop, order)
	pinches = (line(tea, "0.333", "10.01"), line(tea, "0.333", "10.01", line_id="more"))

	row = take_in(shop, changed(order, lines=pinches))

	made = builders.sales_orders(shop)
	assert [(doc.docstatus, doc.grand_total) for doc in made] == [(2, 10.01), (1, 6.67)]
	assert row.sales_order == made[1].name
	assert "rounding" in builders.events_of(row.name)


def test_changed_goods_after_the_delivery_ask_a_person_once(shop, order, item, books):
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	builders.set_policy(shop, {SHIPPED: ("Submitted", "Submitted", "Nothing")})
	before = take_in(shop, changed(order, status=SHIPPED)).sales_order
	fewer = changed(order, status=SHIPPED, lines=(line(item, 1),))

	take_in(shop, fewer)
	row = take_in(shop, changed(fewer, vendor_substatus="posting_in_pickup_point"))

	assert (row.sales_order, row.needs_resolution) == (before, 1)
	assert frappe.db.get_value("Sales Order", before, "docstatus") == 1
	assert len(builders.open_tasks("Marketplace Order", row.name)) == 1
	assert builders.events_of(row.name).count("asked") == 1


def test_an_order_that_did_not_change_is_left_alone(shop, order):
	take_in(shop, order)
	before = builders.snapshot(shop)

	take_in(shop, order)

	assert builders.snapshot(shop) == before


# --- what people do in between ---------------------------------------------------------------------


def test_a_sales_order_deleted_by_hand_is_made_again(shop, order):
	take_in(shop, order)
	doc = only_sales_order(shop)
	doc.cancel()
	doc.delete()
	commit()
	assert builders.order_row(shop, order.external_id).state == "To Process"

	builders.process_all(shop)

	assert builders.order_row(shop, order.external_id).sales_order == only_sales_order(shop).name


def test_a_sales_order_cancelled_by_hand_is_not_made_again(shop, order):
	take_in(shop, order)
	only_sales_order(shop).cancel()
	commit()

	row = take_in(shop, changed(order, status=OrderStatus.AWAITING_SHIPMENT))

	assert [doc.docstatus for doc in builders.sales_orders(shop)] == [2]
	assert row.needs_resolution
	assert "asked" in builders.events_of(row.name)


def test_a_document_nobody_remembers_is_found_by_its_key(shop, order):
	row = take_in(shop, order)
	doc = only_sales_order(shop)
	forgotten = {"sales_order": None, "fingerprint": None, "state": "To Process"}
	frappe.db.set_value("Marketplace Order", row.name, forgotten)

	builders.process_all(shop)

	assert builders.order_row(shop, order.external_id).sales_order == only_sales_order(shop).name == doc.name
	assert builders.events_of(row.name)[-1] == "adopted_order"


def test_a_copy_amended_by_hand_does_not_claim_the_key(shop, order):
	row = take_in(shop, order)
	doc = only_sales_order(shop)
	doc.cancel()
	copy = frappe.copy_doc(doc)
	copy.docstatus = 0
	copy.amended_from = doc.name
	copy.marketplace_order_key = doc.marketplace_order_key

	copy.insert()

	assert copy.marketplace_order_key is None
	assert frappe.db.get_value("Sales Order", doc.name, "marketplace_order_key") == f"{row.name}:0"


def test_the_database_refuses_a_second_sales_order_of_one_order(shop, order):
	take_in(shop, order)
	first = only_sales_order(shop)
	doc = frappe.copy_doc(first)
	doc.docstatus, doc.po_no = 0, "another number"
	doc.marketplace_order_key = first.marketplace_order_key

	with pytest.raises(frappe.UniqueValidationError):
		doc.insert()


def test_an_order_with_a_sales_order_cannot_be_deleted(shop, order):
	row = take_in(shop, order)

	with pytest.raises(frappe.ValidationError, match=row.sales_order):
		frappe.delete_doc("Marketplace Order", row.name)
