"""What was switched off is still on sale at its marketplace: nobody else promises that, until it is gone."""

from __future__ import annotations

import frappe
import pytest

from crm_marketplace.marketplace import api
from crm_marketplace.sync import changes, reader
from crm_marketplace.sync.shops import get_shop
from crm_marketplace.sync.stock import desired, leftovers
from crm_marketplace.sync.stock.sharing import OFFER_ALL
from tests.harness.committing import commit
from tests.site import builders
from tests.site.builders import CHANNEL


@pytest.fixture
def shops(open_shop):
	"""Two enabled shops that take their goods from one warehouse."""
	return [open_shop(enabled=1) for _index in range(2)]


@pytest.fixture
def item(shops, books):
	"""An item both sell, 10 on hand; the first shows 5."""
	code = builders.make_item()
	for shop in shops:
		builders.make_listing(shop, code, code)
	builders.make_stock(books.company, {code: 10}, books.warehouse)
	publish(shops[0], code, 5)
	return code


def publish(shop: str, offer_id: str, quantity: int, **values) -> str:
	"""A number the marketplace took earlier. Returns the level."""
	listing = frappe.get_doc("Marketplace Listing", {"shop": shop, "offer_id": offer_id})
	doc = frappe.get_doc(
		{
			"doctype": "Marketplace Stock Level",
			"listing": listing.name,
			"shop": shop,
			"offer_id": offer_id,
			"listing_external_id": listing.external_id,
			"channel_warehouse_id": CHANNEL,
			"desired": quantity,
			"sent": quantity,
			"confirmed": quantity,
			**values,
		}
	).insert()
	commit()
	return doc.name


def number(shop: str, offer_id: str) -> desired.Desired:
	target = get_shop(shop)
	with reader.reading() as connection:
		found = desired.compute(target, desired.channel_warehouses(target), connection)
		(wanted,) = [number for number, _before in found if number.offer_id == offer_id]
		return wanted


def promised(shop: str, offer_id: str) -> int:
	return number(shop, offer_id).result.quantity


def change_listing(shop: str, offer_id: str, **values) -> None:
	doc = frappe.get_doc("Marketplace Listing", {"shop": shop, "offer_id": offer_id})
	doc.update(values)
	doc.save()
	commit()


def unpublish_warehouse(doc) -> None:
	doc.warehouses[0].publish_stock = 0


def drop_warehouse(doc) -> None:
	doc.warehouses[0].is_active = 0


WAYS = {
	"listing": lambda shop, item: change_listing(shop, item, publish_stock=0),
	"channel warehouse": lambda shop, item: builders.change_shop(shop, unpublish_warehouse),
	"warehouse that is gone": lambda shop, item: builders.change_shop(shop, drop_warehouse),
	"stream": lambda shop, item: builders.switch_streams(shop, stock=0),
	"shop": lambda shop, item: builders.change_shop(shop, enabled=0),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_a_switch_leaves_on_sale_is_promised_by_nobody_else(shops, item, way):
	off, on = shops
	assert promised(on, item) == 5, "each has its half"

	WAYS[way](off, item)

	assert promised(on, item) == 5
	assert "− 5 still on sale where no stock is sent any more" in number(on, item).result.sentence


@pytest.mark.parametrize("way", WAYS)
def test_once_nothing_is_left_there_the_others_have_it_all(shops, item, way):
	off, on = shops
	WAYS[way](off, item)

	frappe.db.set_value("Marketplace Stock Level", {"shop": off}, "confirmed", 0)
	commit()

	assert promised(on, item) == 10


def test_what_is_switched_on_again_is_divided_as_before(shops, item):
	off, on = shops
	builders.change_shop(off, enabled=0)
	builders.change_shop(off, enabled=1)

	assert (promised(off, item), promised(on, item)) == (5, 5)


def test_of_a_number_in_doubt_the_last_one_sent_counts(shops, item):
	off, on = shops
	frappe.db.set_value("Marketplace Stock Level", {"shop": off}, {"confirmed": -1, "sent": 4})
	WAYS["shop"](off, item)

	assert promised(on, item) == 6


def test_sets_that_are_left_hold_their_parts(shops, item, books):
	off, on = shops
	kit = builders.unique("kit")
	doc = frappe.get_doc("Marketplace Listing", builders.make_listing(off, kit))
	doc.update({"is_kit": 1, "components": [{"item": item, "qty": 2}]})
	doc.save()
	publish(off, kit, 2)

	WAYS["shop"](off, item)

	assert promised(on, item) == 10 - 5 - 2 * 2


def test_archived_cards_are_not_on_sale(shops, item):
	off, on = shops
	change_listing(off, item, publish_stock=0, state="Archived")

	assert promised(on, item) == 10


def test_a_warehouse_taken_out_of_the_mapping_holds_nothing(shops, item):
	off, on = shops
	builders.change_shop(off, lambda doc: doc.warehouses[0].update({"warehouse": None}), enabled=0)

	assert promised(on, item) == 10


def test_a_number_another_warehouse_goes_on_to_show_is_not_left(shops, item, books):
	"""Both hold one number: it is sent by the one that is still published."""
	off, on = shops

	def change(doc) -> None:
		doc.warehouses[0].update({"stock_group": "7", "publish_stock": 0})
		doc.append("warehouses", builders.channel_warehouse("other", books.warehouse, stock_group="7"))

	builders.change_shop(off, change)

	assert promised(on, item) == 5, "divided, and nothing beside"


def test_another_card_of_the_shop_does_not_promise_it_either(shops, item):
	off, _on = shops
	second = builders.unique("second")
	builders.make_listing(off, second, item)
	builders.change_shop(_on, enabled=0)
	change_listing(off, item, publish_stock=0)

	assert promised(off, second) == 5


def test_where_all_is_offered_everywhere_nothing_is_held(shops, item):
	off, on = shops
	WAYS["shop"](off, item)
	before = frappe.db.get_single_value("Marketplace Settings", "shared_stock")
	frappe.db.set_single_value("Marketplace Settings", "shared_stock", OFFER_ALL)
	try:
		assert promised(on, item) == 10
	finally:
		frappe.db.set_single_value("Marketplace Settings", "shared_stock", before)


def test_the_reason_is_shown_with_the_number(shops, item):
	off, on = shops
	WAYS["shop"](off, item)
	listing = frappe.db.get_value("Marketplace Listing", {"shop": on, "offer_id": item})

	(row,) = api.listing_stock(listing)

	assert {"code": "left", "value": -5.0} in [
		{"code": term["code"], "value": term["value"]} for term in row["terms"]
	]


def test_looking_for_leftovers_costs_the_same_queries_however_many_there_are(shops, books):
	def queries() -> int:
		before = int(frappe.db.sql("show session status like 'Questions'")[0][1])
		leftovers.left_on_sale(shops[1], [books.warehouse])
		return int(frappe.db.sql("show session status like 'Questions'")[0][1]) - before - 1

	builders.change_shop(shops[0], enabled=0)
	few = queries()
	for _index in range(5):
		publish(shops[0], builders.make_goods(shops[0]), 3)

	assert queries() == few <= 3


def unlink(level) -> str:
	"""Take a card's item away. Returns the item."""
	item = frappe.db.get_value("Marketplace Listing", level.listing, "item")
	# Sandboxes sell the same goods each time: the next shop must not find this one's item by its barcode.
	frappe.db.delete("Item Barcode", {"parent": item})
	change_listing(level.shop, level.offer_id, item=None)
	return item


# --- the way out -----------------------------------------------------------------------------------


@pytest.fixture
def sent(sandbox, open_shop, books) -> str:
	shop = open_shop(sandbox, enabled=1)
	builders.run(shop, "listings")
	builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), 9), books.warehouse)
	builders.run(shop, "stock")
	builders.let_time_pass(shop)
	return shop


def test_what_was_set_to_nothing_in_the_cabinet_is_found_and_stays_so(sandbox, sent):
	level = builders.levels(sent)[0]
	frappe.db.set_value("Marketplace Listing", level.listing, "publish_stock", 0)
	commit()
	sandbox.set_stock(level.offer_id, 0, level.channel_warehouse_id)

	builders.run(sent, "drift")
	changes.take_for(sent)
	builders.run(sent, "stock", started_by=changes.STARTED_BY)

	assert builders.levels(sent, name=level.name)[0].confirmed == 0
	assert sandbox.stock(level.offer_id, level.channel_warehouse_id)["free"] == 0, "not sent again"
	assert sent not in changes.take_set(changes.UNSENT)


def test_a_card_that_is_unlinked_is_taken_off_sale_once(sandbox, sent, queued):
	level = builders.levels(sent)[0]
	place = (level.offer_id, level.channel_warehouse_id)
	changes.take_set(changes.CHANGED)

	item = unlink(level)
	assert changes.take_set(changes.CHANGED) == {item}, "the others are told"
	assert changes.send_unsent() == [sent]
	log = builders.run(sent, "stock", started_by=changes.STARTED_BY)
	assert (log.sent, sandbox.stock(*place)["free"]) == (1, 0)

	sandbox.set_stock(level.offer_id, 7, level.channel_warehouse_id)
	builders.run(sent, "drift")
	builders.let_time_pass(sent)
	assert builders.run(sent, "stock").sent == 0
	assert sandbox.stock(*place)["free"] == 7, "what somebody does with it then is his own affair"


def test_taking_it_off_sale_is_tried_again_where_the_marketplace_refused(sandbox, sent):
	level = builders.levels(sent)[0]
	unlink(level)
	frappe.db.set_value(
		"Marketplace Stock Level", level.name, {"sent": 0, "attempts": 1, "last_error": "Not now."}
	)
	commit()

	assert builders.run(sent, "stock").sent == 1
	assert sandbox.stock(level.offer_id, level.channel_warehouse_id)["free"] == 0


def test_a_card_that_was_not_published_keeps_its_number_when_it_is_unlinked(sandbox, sent):
	level = builders.levels(sent)[0]
	change_listing(sent, level.offer_id, publish_stock=0)

	unlink(level)

	assert builders.run(sent, "stock").sent == 0
	assert sandbox.stock(level.offer_id, level.channel_warehouse_id)["free"] == 9


def test_a_card_linked_to_other_goods_tells_the_sellers_of_both(shops, item):
	other = builders.make_item()
	changes.take_set(changes.CHANGED)

	change_listing(shops[0], item, item=other)

	assert changes.take_set(changes.CHANGED) == {item, other}
