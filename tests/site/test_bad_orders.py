"""Orders that cannot become a Sales Order: stored, held with a clear sentence, the others go on.

Each kind is mended as a person would mend it, and the order then goes on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import frappe
import pytest

from crm_marketplace.integrations.records import OrderStatus, Party
from crm_marketplace.marketplace import api
from crm_marketplace.sync import clock
from crm_marketplace.sync.orders import documents, process
from crm_marketplace.sync.stock.waiting import waiting_by_warehouse
from tests.harness.committing import commit
from tests.site import builders
from tests.site.builders import cancelled, changed, line, make_order, take_in

Step = Callable[[str, str], Any]  # shop, item


def nothing(shop: str, item: str) -> None: ...


@dataclass(frozen=True)
class Case:
	"""A kind of bad order.

	Args:
		code: of the hold.
		sentence: what the person reads; {item} is the item's code.
		spoil: makes it bad, before the order comes.
		order: fields and lines that make it bad.
		mend: what a person does about it.
	"""

	code: str
	sentence: str
	spoil: Step = nothing
	order: Callable[[str], dict] = lambda item: {}
	mend: Step | None = None


def set_item(**fields) -> Step:
	return lambda shop, item: frappe.db.set_value("Item", item, fields)


def set_shop(**fields) -> Step:
	return lambda shop, item: builders.change_shop(shop, **fields)


def list_unlinked(shop: str, item: str) -> None:
	builders.make_listing(shop, f"card-of-{item}")


def link(shop: str, item: str) -> None:
	api.link_listing(
		frappe.db.get_value("Marketplace Listing", {"shop": shop, "offer_id": f"card-of-{item}"}), item
	)


def other_price_list(**fields) -> Step:
	def step(shop: str, item: str) -> None:
		name = f"Prices of {shop}"
		doc = frappe.get_doc(doctype="Price List", price_list_name=name, currency="RUB", enabled=1, selling=1)
		doc.insert()
		builders.change_shop(shop, selling_price_list=name)
		doc.update(fields)
		doc.save()

	return step


def broken_taxes(shop: str, item: str) -> None:
	"""A template of the shop's own, disabled afterwards."""
	company = frappe.db.get_value("Marketplace Shop", shop, "company")
	name = builders.make_taxes(company, 10 + int(frappe.generate_hash(length=4), 16) / 1e6, included=True)
	builders.change_shop(shop, taxes_and_charges=name)
	frappe.db.set_value("Sales Taxes and Charges Template", name, "disabled", 1)


CASES = {
	"a product nobody linked": Case(
		"unknown_product",
		"No item is linked to card-of-{item}.",
		list_unlinked,
		order=lambda item: {"lines": (line(f"card-of-{item}"),)},
		mend=link,
	),
	"a disabled item": Case(
		"item_disabled", "Item {item} is disabled.", set_item(disabled=1), mend=set_item(disabled=0)
	),
	"a template of variants": Case(
		"item_is_template",
		"Item {item} is a template with variants and cannot be sold itself.",
		set_item(has_variants=1),
		mend=set_item(has_variants=0),
	),
	"no price list": Case(
		"price_list_missing",
		"The shop has no price list.",
		lambda shop, item: frappe.db.set_value("Marketplace Shop", shop, "selling_price_list", None),
		mend=set_shop(selling_price_list="Standard Selling"),
	),
	"a disabled price list": Case(
		"price_list_disabled",
		"Price list Prices of {shop} is disabled or is not for selling.",
		other_price_list(enabled=0),
		mend=set_shop(selling_price_list="Standard Selling"),
	),
	"a price list for buying": Case(
		"price_list_disabled",
		"Price list Prices of {shop} is disabled or is not for selling.",
		other_price_list(selling=0, buying=1),
		mend=set_shop(selling_price_list="Standard Selling"),
	),
	"a disabled taxes template": Case(
		"taxes_missing",
		"The taxes template {taxes} does not exist, is disabled, or belongs to another company.",
		broken_taxes,
		mend=set_shop(taxes_and_charges=None),
	),
	"a warehouse nobody mapped": Case(
		"warehouse_missing",
		"The channel warehouse 777 has no ERPNext warehouse.",
		order=lambda item: {"warehouse_id": "777"},
		mend=lambda shop, item: builders.change_shop(
			shop,
			lambda doc: doc.append(
				"warehouses", builders.channel_warehouse("777", doc.warehouses[0].warehouse)
			),
		),
	),
	"a negative quantity": Case(
		"bad_quantity",
		"The quantity -1 of Goods {item} cannot be ordered.",
		order=lambda item: {"lines": (line(item, -1),)},
	),
	"a quantity of zero": Case(
		"bad_quantity",
		"The quantity 0 of Goods {item} cannot be ordered.",
		order=lambda item: {"lines": (line(item, 0),)},
	),
	"half a piece": Case(
		"bad_quantity",
		"The quantity 0.5 of {item} cannot be ordered.",
		order=lambda item: {"lines": (line(item, "0.5"),)},
	),
	"a currency without a rate": Case(
		"currency_missing",
		"The order is in XAU, and there is no way to bring it to the currency of the company.",
		order=lambda item: {"lines": (line(item, currency="XAU"),), "currency": "XAU"},
	),
	"no goods at all": Case("no_lines", "The order has no goods in it.", order=lambda item: {"lines": ()}),
	"an item past its end of life": Case(
		"refused_by_erpnext",
		"ERPNext does not take the order: Item {item} has reached its end of life on 01-01-2020",
		set_item(end_of_life="2020-01-01"),
		mend=set_item(end_of_life="2099-12-31"),
	),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_a_bad_order_waits_with_a_clear_sentence_and_the_others_go_on(shop, case):
	item, good = builders.make_goods(shop), builders.make_goods(shop)
	case.spoil(shop, item)
	commit()
	# The bad one is the older one, so it is processed first.
	bad = make_order(line(item))
	bad = changed(bad, **case.order(item), created_at=bad.created_at - timedelta(hours=1))

	rows = take_in(shop, bad, make_order(line(good)))

	row, other = rows
	assert (row.state, row.hold_code, row.sales_order) == ("On Hold", case.code, None)
	assert row.hold_since and row.payload and row.record, "nothing of it is lost"
	hold = api.order_hold(row.name)
	facts = {
		"item": item,
		"shop": shop,
		"taxes": frappe.db.get_value("Marketplace Shop", shop, "taxes_and_charges"),
	}
	assert hold["sentence"] == case.sentence.format(**facts)
	assert hold["next_step"] and hold["actions"]
	assert builders.events_of(row.name) == ["received", "held"]
	shop_is_bad = case.code.startswith(("price_list", "taxes"))
	assert other.state == ("On Hold" if shop_is_bad else "Done")


@pytest.mark.parametrize(
	"case",
	[case for case in CASES.values() if case.mend],
	ids=[key for key, case in CASES.items() if case.mend],
)
def test_a_mended_order_goes_on(shop, case):
	item = builders.make_goods(shop)
	case.spoil(shop, item)
	order = changed(make_order(line(item)), **case.order(item))
	row = take_in(shop, order)

	case.mend(shop, item)
	if builders.order_row(shop, order.external_id).state == "On Hold":
		api.process_orders([row.name])
	builders.process_all(shop)

	row = builders.order_row(shop, order.external_id)
	assert (row.state, row.hold_code, row.hold_reason) == ("Done", None, None), row.hold_reason
	assert row.sales_order == builders.only_sales_order(shop).name


# --- waiting ---------------------------------------------------------------------------------------


@pytest.fixture
def held(shop):
	"""An order of a product nobody linked."""
	return take_in(shop, make_order(line("unknown")))


def test_waiting_for_the_same_thing_is_told_once(shop, held):
	for _ in range(3):
		api.process_orders([held.name])
		builders.process_all(shop)

	row = builders.order_row(shop, held.external_id)
	assert builders.events_of(held.name) == ["received", "held"]
	assert (row.hold_since, row.attempts) == (held.hold_since, 4)


def test_orders_that_wait_try_again_by_themselves_after_half_an_hour(shop):
	item = builders.make_goods(shop)
	frappe.db.set_value("Item", item, "disabled", 1)
	row = take_in(shop, make_order(line(item)))
	frappe.db.set_value("Item", item, "disabled", 0)
	process.retry_old_holds(shop)
	assert builders.order_row(shop, row.external_id).state == "On Hold", "it was tried a moment ago"

	long_ago = clock.site_now() - timedelta(minutes=process.RETRY_HOLDS_AFTER + 1)
	frappe.db.set_value("Marketplace Order", row.name, "processed_at", long_ago)
	process.retry_old_holds(shop)
	builders.process_all(shop)

	assert builders.order_row(shop, row.external_id).state == "Done"


def test_a_held_order_still_follows_the_marketplace(shop, held):
	order = make_order(line("unknown"), external_id=held.external_id, status=OrderStatus.AWAITING_SHIPMENT)

	row = take_in(shop, order)

	assert (row.state, row.hold_code, row.status) == ("On Hold", "unknown_product", "Awaiting Shipment")


def test_linking_the_listing_releases_every_order_that_waited_for_it(shop):
	item = builders.make_item()
	listing = builders.make_listing(shop, "red-cup")
	rows = take_in(shop, *(make_order(line("red-cup")) for _ in range(3)), make_order(line("blue-cup")))
	assert {row.hold_code for row in rows} == {"unknown_product"}

	assert api.link_listing(listing, item) == {"released_orders": 3}
	builders.process_all(shop)

	states = [builders.order_row(shop, row.external_id).state for row in rows]
	assert states == ["Done", "Done", "Done", "On Hold"]


def test_the_button_on_an_order_links_its_listing_and_makes_the_sales_order_at_once(shop, queued):
	item = builders.make_item()
	builders.make_listing(shop, "red-cup")
	row = take_in(shop, make_order(line("red-cup")))

	result = api.release_order(row.name, "map_listing", {"offer_id": "red-cup", "item": item})

	assert (result["state"], result["sales_order"]) == ("Done", builders.only_sales_order(shop).name)
	assert {"shop": shop, "stream": "orders", "started_by": "Button"} in queued, "the others go on, too"


def test_the_button_on_an_order_makes_the_item(shop):
	offer = builders.unique("red-cup")
	builders.make_listing(shop, offer, title="Red cup, 300 ml", barcodes="4600000000017")
	row = take_in(shop, make_order(line(offer)))

	result = api.release_order(row.name, "create_item", {"offer_id": offer, "item_group": "Products"})

	assert result["state"] == "Done"
	item = frappe.get_doc("Item", offer)
	assert (item.item_name, item.item_group, item.is_stock_item) == ("Red cup, 300 ml", "Products", 1)


def test_a_listing_that_was_not_pulled_yet_is_taken_for_the_item_of_that_code(shop):
	item = builders.make_item()

	row = take_in(shop, make_order(line(item)))

	assert (row.state, builders.only_sales_order(shop).items[0].item_code) == ("Done", item)


def test_ignoring_needs_a_reason_and_keeps_it(shop, held):
	with pytest.raises(frappe.ValidationError, match="why"):
		api.release_order(held.name, "ignore", {"reason": ""})

	api.release_order(held.name, "ignore", {"reason": "A test order of our own"})

	row = builders.order_row(shop, held.external_id)
	assert (row.state, row.ignore_reason, row.hold_code) == ("Ignored", "A test order of our own", None)
	assert builders.events_of(held.name)[-1] == "ignored"


def test_an_ignored_order_stays_ignored_whatever_the_marketplace_says(shop, held):
	api.ignore_orders([held.name], "A test order of our own")
	builders.make_listing(shop, "unknown", builders.make_item())

	order = make_order(line("unknown"), external_id=held.external_id, status=OrderStatus.SHIPPED)
	row = take_in(shop, order)

	assert (row.state, row.status, row.sales_order) == ("Ignored", "Shipped", None)


def test_an_ignored_order_is_taken_back_by_its_own_button_only(shop, held):
	api.ignore_orders([held.name], "By mistake")
	builders.make_listing(shop, "unknown", builders.make_item())

	# "Try Again" of the list, with other orders.
	assert api.process_orders([held.name]) == {"queued": 0}
	assert api.process_orders([held.name], ignored=True) == {"queued": 1}
	builders.process_all(shop)

	row = builders.order_row(shop, held.external_id)
	assert (row.state, row.ignore_reason) == ("Done", None)
	assert row.sales_order == builders.only_sales_order(shop).name
	assert builders.events_of(held.name) == ["received", "held", "ignored", "taken_back", "created_order"]


def test_goods_of_an_ignored_order_are_not_offered_again(shop, books):
	item = builders.make_goods(shop)
	frappe.db.set_value("Item", item, "disabled", 1)
	row = take_in(shop, make_order(line(item, 3)))
	api.ignore_orders([row.name], "Will be settled by hand")
	assert waiting_by_warehouse([books.warehouse])[(item, books.warehouse)] == 3

	take_in(shop, cancelled(make_order(line(item, 3), external_id=row.external_id)))

	assert (item, books.warehouse) not in waiting_by_warehouse([books.warehouse])


def test_an_order_with_a_sales_order_is_not_ignored(shop):
	row = take_in(shop, make_order(line(builders.make_goods(shop))))

	assert api.ignore_orders([row.name], "By mistake") == {"ignored": 0}
	assert builders.order_row(shop, row.external_id).state == "Done"


def test_a_button_of_another_hold_does_nothing(shop, held):
	with pytest.raises(frappe.ValidationError, match="Reload the page"):
		api.release_order(held.name, "accept_rounding")


def test_texts_longer_than_any_field_do_not_stop_the_order(shop):
	"""At first, and when they change later."""
	item = builders.make_goods(shop)
	long = "ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ " * 10
	texts = dict.fromkeys(("carrier", "delivery_method", "payment_method", "tracking_number"), long)
	order = make_order(line(item, title=long), buyer=Party(company_name=long, is_company=True), **texts)

	for status in (OrderStatus.AWAITING_PACKING, OrderStatus.SHIPPED):
		row = take_in(shop, changed(order, status=status))
		assert (row.state, row.status) == ("Done", status.value), row.hold_reason
		assert row.carrier == row.buyer_company == long[:140]


@pytest.mark.parametrize("slip", [ZeroDivisionError, IndexError, frappe.PermissionError, UnicodeError])
def test_a_hook_of_another_app_that_breaks_over_one_order_does_not_stop_the_others(shop, slip, monkeypatch):
	bad, good = make_order(line(builders.make_goods(shop))), make_order(line(builders.make_goods(shop)))
	make = documents.make_sales_order

	def break_over_one(target, row, order, *args, **options):
		made = make(target, row, order, *args, **options)
		if order.external_id == bad.external_id:
			raise slip("half way")
		return made

	monkeypatch.setattr(documents, "make_sales_order", break_over_one)

	held, made = take_in(shop, bad, good)

	assert (held.state, held.hold_code, held.sales_order) == ("On Hold", "refused_by_erpnext", None)
	assert "half way" in api.order_hold(held.name)["sentence"]
	assert builders.only_sales_order(shop).name == made.sales_order, "nothing of the bad one stayed"


# --- what cannot be read ---------------------------------------------------------------------------


def test_an_order_that_cannot_be_read_is_stored_and_the_others_go_on(shop):
	good = make_order(line(builders.make_goods(shop)))
	bad = builders.unreadable(builders.unique("40001234"), status="flying")

	row, other = take_in(shop, bad, good)

	assert (row.state, row.hold_code, row.record) == ("On Hold", "unreadable", None)
	assert '"status":"flying"' in row.payload
	assert builders.events_of(row.name) == ["unreadable"]
	assert "cannot read" in api.order_hold(row.name)["sentence"]
	assert api.order_hold(row.name)["details"] == {"field": "in_process_at"}
	assert other.state == "Done"


def test_an_order_becomes_readable_with_the_next_fetch(shop):
	number = builders.unique("40001234")
	take_in(shop, builders.unreadable(number))

	row = take_in(shop, make_order(line(builders.make_goods(shop)), external_id=number))

	assert (row.state, row.hold_code, row.hold_reason) == ("Done", None, None)
	assert row.sales_order == builders.only_sales_order(shop).name


def test_an_update_that_cannot_be_read_takes_nothing_from_what_is_known(shop):
	order = make_order(line(builders.make_goods(shop)), status=OrderStatus.SHIPPED)
	before = take_in(shop, order)

	row = take_in(shop, builders.unreadable(order.external_id, status="flying"))

	assert (row.state, row.hold_code) == ("On Hold", "unreadable")
	kept = ("status", "order_number", "record", "sales_order", "total")
	assert [row[field] for field in kept] == [before[field] for field in kept]
	assert builders.only_sales_order(shop).docstatus == 1


def test_an_order_with_an_unreadable_update_goes_on_when_it_can_be_read(shop):
	order = make_order(line(builders.make_goods(shop)))
	take_in(shop, order)
	take_in(shop, builders.unreadable(order.external_id))

	row = take_in(shop, builders.cancelled(order))

	assert (row.state, row.hold_code, row.status) == ("Done", None, "Cancelled")
	assert builders.only_sales_order(shop).docstatus == 2


def test_trying_again_to_read_the_unreadable_keeps_its_reason(shop):
	row = take_in(shop, builders.unreadable(builders.unique("40001234")))
	before = api.order_hold(row.name)

	api.process_orders([row.name])
	builders.process_all(shop)

	assert api.order_hold(row.name) == before


def test_an_unreadable_update_does_not_let_the_old_state_be_processed(shop):
	"""Somebody links the listing while the newest state of the order cannot be read."""
	listing = builders.make_listing(shop, "red-cup")
	order = make_order(line("red-cup"))
	take_in(shop, order)
	take_in(shop, builders.unreadable(order.external_id))

	api.link_listing(listing, builders.make_item())
	builders.process_all(shop)

	row = builders.order_row(shop, order.external_id)
	assert (row.state, row.hold_code, row.sales_order) == ("On Hold", "unreadable", None)
