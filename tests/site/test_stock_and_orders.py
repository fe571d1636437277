"""Orders and cancellations move the marketplace's own number: what it shows is not taken for known then."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.integrations.records import OrderStatus, Scheme
from crm_marketplace.marketplace import api
from crm_marketplace.sync import changes
from crm_marketplace.sync.shops import get_shop
from crm_marketplace.sync.stock import drift, levels, push
from tests.harness.committing import commit
from tests.site import builders

ON_HAND = 9


@pytest.fixture
def sent(sandbox, open_shop, books) -> str:
	"""A shop with six listings, nine units of each published some time ago."""
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), ON_HAND), books.warehouse)
	builders.run(shop, "stock")
	builders.let_time_pass(shop)
	return shop


def item_of(level) -> str:
	return frappe.db.get_value("Marketplace Listing", level.listing, "item")


def shown(sandbox, level) -> int:
	return sandbox.stock(level.offer_id, level.channel_warehouse_id)["free"]


def row_of(level) -> frappe._dict:
	return builders.levels(level.shop, name=level.name)[0]


def in_doubt(shop: str) -> list[str]:
	return [row.name for row in builders.levels(shop, confirmed=levels.UNKNOWN, pending=1)]


def issue(books, item: str, quantity: int = 1) -> None:
	entry = frappe.get_doc(
		doctype="Stock Entry",
		stock_entry_type="Material Issue",
		company=books.company,
		items=[{"item_code": item, "qty": quantity, "s_warehouse": books.warehouse}],
	)
	entry.docstatus = 1
	entry.insert()
	commit()


def order_of(level, **fields):
	"""An order of a unit, from the channel warehouse of the level."""
	return builders.make_order(
		builders.line(level.offer_id), warehouse_id=level.channel_warehouse_id, **fields
	)


# --- what is sent ----------------------------------------------------------------------------------


def test_what_was_sold_below_the_maximum_is_put_on_sale_again(sandbox, sent):
	builders.change_shop(sent, stock_maximum=5)
	builders.run(sent, "stock")
	builders.let_time_pass(sent)
	level = builders.levels(sent)[0]
	sandbox.create_order({level.offer_id: 3}, warehouse_id=level.channel_warehouse_id)
	assert shown(sandbox, level) == 2

	log = builders.run(sent, "stock")

	assert (log.sent, shown(sandbox, level)) == (1, 5)
	assert (row_of(level).desired, row_of(level).confirmed, row_of(level).pending) == (5, 5, 0)


def test_a_cancellation_and_a_sale_at_the_desk_between_two_runs_are_both_seen(sandbox, sent, books):
	level = builders.levels(sent)[0]
	number = sandbox.create_order({level.offer_id: 1}, warehouse_id=level.channel_warehouse_id)
	builders.run(sent, "stock")
	builders.let_time_pass(sent)
	assert row_of(level).confirmed == ON_HAND - 1

	sandbox.cancel_order(number)
	issue(books, item_of(level))
	assert shown(sandbox, level) == ON_HAND, "more than there is"
	builders.run(sent, "stock")

	assert shown(sandbox, level) == row_of(level).confirmed == ON_HAND - 1


def test_repair_sends_every_number_again(sandbox, sent):
	wrong, left_alone, *others = builders.levels(sent)
	sandbox.set_stock(wrong.offer_id, 77, wrong.channel_warehouse_id)
	frappe.db.set_value("Marketplace Listing", left_alone.listing, "publish_stock", 0)

	assert api.repair_stock([sent])["queued"] == [sent]
	assert len(in_doubt(sent)) == 1 + len(others)
	log = builders.run(sent, "stock")

	assert (log.sent, shown(sandbox, wrong)) == (1 + len(others), ON_HAND)
	assert row_of(left_alone).confirmed == ON_HAND, "what is not published is not sent"


def test_of_a_number_in_doubt_less_is_sent_while_orders_cannot_be_read(sandbox, sent, books):
	less, more, *_others = builders.levels(sent)
	builders.store(sent, order_of(less), order_of(more))
	builders.make_stock(books.company, {item_of(more): 5}, books.warehouse)
	sandbox.fault("503", path="/v4/posting/*", times=100)

	log = builders.run(sent, "stock")

	assert log.sent == 1
	assert (row_of(less).confirmed, row_of(more).confirmed) == (ON_HAND - 1, levels.UNKNOWN)


# --- which numbers ---------------------------------------------------------------------------------


def test_an_order_puts_the_numbers_of_its_own_listings_in_doubt(sent):
	level = builders.levels(sent)[0]
	order = order_of(level)

	builders.store(sent, order)

	assert in_doubt(sent) == [level.name]
	assert row_of(level).doubts == 1
	builders.store(sent, order)
	assert row_of(level).doubts == 1, "nothing new was told"


def test_an_order_of_one_channel_warehouse_leaves_the_others_alone(sandbox, sent):
	builders.change_shop(sent, lambda doc: [row.update({"publish_stock": 1}) for row in doc.warehouses])
	builders.run(sent, "stock")
	frappe.db.set_value("Marketplace Stock Level", {"shop": sent}, {"confirmed": 8, "pending": 0})
	level = builders.levels(sent)[0]
	places = {row.channel_warehouse_id for row in builders.levels(sent, listing=level.listing)}
	assert len(places) > 1

	def doubtful() -> set[str]:
		return {row.channel_warehouse_id for row in builders.levels(sent, confirmed=levels.UNKNOWN)}

	builders.store(sent, order_of(level))
	assert doubtful() == {level.channel_warehouse_id}
	builders.store(sent, builders.make_order(builders.line(level.offer_id), warehouse_id="unheard of"))
	assert doubtful() == places, "it may be any of them"


def test_goods_of_the_marketplaces_own_warehouse_put_nothing_in_doubt(sent):
	builders.store(sent, order_of(builders.levels(sent)[0], scheme=Scheme.FBO))

	assert in_doubt(sent) == []


def test_an_order_on_its_way_puts_nothing_in_doubt(sent):
	level = builders.levels(sent)[0]
	order = order_of(level)
	builders.store(sent, order)
	frappe.db.set_value("Marketplace Stock Level", level.name, {"confirmed": 8, "pending": 0})

	builders.store(sent, builders.changed(order, status=OrderStatus.SHIPPED))

	assert in_doubt(sent) == []


def test_goods_taken_out_of_an_order_are_in_doubt_too(sent):
	kept, lost, *_others = builders.levels(sent)
	order = builders.make_order(
		builders.line(kept.offer_id), builders.line(lost.offer_id), warehouse_id=kept.channel_warehouse_id
	)
	builders.store(sent, order)
	frappe.db.set_value("Marketplace Stock Level", {"shop": sent}, {"confirmed": 8, "pending": 0})

	builders.store(sent, builders.changed(order, lines=order.lines[:1]))

	assert sorted(in_doubt(sent)) == sorted([kept.name, lost.name])


def test_a_page_of_orders_costs_the_same_queries_as_one_order(sent):
	rows = builders.levels(sent)

	def queries(orders) -> int:
		before = int(frappe.db.sql("show session status like 'Questions'")[0][1])
		builders.store(sent, *orders)
		return int(frappe.db.sql("show session status like 'Questions'")[0][1]) - before

	queries([order_of(rows[0])])  # what is read once in a process

	assert queries([order_of(rows[0])]) == queries([order_of(row) for row in rows])


# --- while a run is under way ----------------------------------------------------------------------


def test_an_order_that_comes_while_its_number_is_sent_is_not_forgotten(sandbox, sent, books, monkeypatch):
	level = builders.levels(sent)[0]
	builders.make_stock(books.company, {item_of(level): 5}, books.warehouse)
	send = push._send

	def meanwhile(shop, *args):
		send(shop, *args)
		builders.store(sent, order_of(level))

	monkeypatch.setattr(push, "_send", meanwhile)
	builders.run(sent, "stock")
	monkeypatch.setattr(push, "_send", send)

	assert in_doubt(sent) == [level.name]
	assert sent in changes.take_set(changes.UNSENT), "the next minute sends it"
	builders.let_time_pass(sent)
	assert builders.run(sent, "stock").sent == 1
	assert row_of(level).confirmed == shown(sandbox, level) == ON_HAND + 4


def test_the_daily_check_does_not_vouch_for_a_number_in_doubt(sent):
	"""It may have read the number before the order came."""
	level = builders.levels(sent)[0]
	builders.store(sent, order_of(level))

	found = drift.compare(
		get_shop(sent),
		[
			drift.StockLevel(
				listing_id=level.listing_external_id,
				offer_id=level.offer_id,
				warehouse_id=level.channel_warehouse_id,
				quantity=ON_HAND,
			)
		],
	)

	assert found == 0
	assert in_doubt(sent) == [level.name]
	assert row_of(level).remote == ON_HAND


# --- how it is shown -------------------------------------------------------------------------------


def test_a_number_in_doubt_is_shown_as_not_known(sent):
	level = builders.levels(sent)[0]
	builders.store(sent, order_of(level))

	(row,) = api.listing_stock(level.listing)

	assert (row["desired"], row["confirmed"], row["pending"]) == (ON_HAND - 1, None, True)
