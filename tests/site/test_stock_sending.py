"""Stock on its way out: what differs is sent, each row's fate is kept, the next run mends what went wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import frappe
import pytest

from crm_marketplace.marketplace import api
from crm_marketplace.sandbox import Sandbox
from crm_marketplace.sandbox.limits import UNLIMITED
from crm_marketplace.sync import clock
from crm_marketplace.sync.shops import get_shop
from crm_marketplace.sync.stock import desired, levels
from tests.harness.committing import commit
from tests.site import builders

PUSH = "/v2/products/stocks"
ON_HAND = 9


@pytest.fixture
def shop(sandbox, open_shop, books) -> str:
	"""A shop with six listings, nine units of each on hand, nothing sent yet."""
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), ON_HAND), books.warehouse)
	return shop


@pytest.fixture
def sent(shop) -> str:
	"""The same shop after its first stock run, some time ago."""
	log = builders.run(shop, "stock")
	assert (log.status, log.sent) == ("Success", 6), builders.error_sentences(log)
	builders.let_time_pass(shop)
	return shop


def in_shop(sandbox, shop: str) -> list[int]:
	return [sandbox.stock(row.offer_id, row.channel_warehouse_id)["free"] for row in builders.levels(shop)]


def receive(shop: str, books, quantity: int = 5) -> str:
	"""More of the first listing's item comes in. Returns its offer id."""
	first = builders.levels(shop)[0]
	item = frappe.db.get_value("Marketplace Listing", first.listing, "item")
	builders.make_stock(books.company, {item: quantity}, books.warehouse)
	return first.offer_id


def issue(shop: str, books, offer: str, quantity: int = 5) -> None:
	"""Goods of a listing leave the warehouse."""
	item = frappe.db.get_value("Marketplace Listing", {"shop": shop, "offer_id": offer}, "item")
	entry = frappe.get_doc(
		doctype="Stock Entry",
		stock_entry_type="Material Issue",
		company=books.company,
		items=[{"item_code": item, "qty": quantity, "s_warehouse": books.warehouse}],
	)
	entry.docstatus = 1
	entry.insert()
	commit()


# --- what is sent ----------------------------------------------------------------------------------


def test_only_what_differs_is_sent(sandbox, sent, books):
	offer = receive(sent, books)

	log = builders.run(sent, "stock")

	assert (log.updated_count, log.sent) == (1, 1)
	(level,) = builders.levels(sent, offer_id=offer)
	assert (level.desired, level.confirmed, level.pending) == (ON_HAND + 5, ON_HAND + 5, 0)
	assert sandbox.stock(offer, level.channel_warehouse_id)["free"] == ON_HAND + 5


def test_in_as_few_requests_as_the_marketplace_takes(sandbox, shop, monkeypatch):
	cls = builders.connector_class()
	monkeypatch.setattr(cls, "info", replace(cls.info, stock_batch=4))

	builders.run(shop, "stock")

	assert sandbox.journal.count(PUSH) == 2, "six rows, four to a request"


def test_what_was_sent_a_moment_ago_is_sent_again_only_after_the_pause(sandbox, shop, books):
	builders.run(shop, "stock")
	offer = receive(shop, books)

	assert builders.run(shop, "stock").sent == 0
	builders.let_time_pass(shop, timedelta(seconds=31))
	assert builders.run(shop, "stock").sent == 1

	assert ON_HAND + 5 in in_shop(sandbox, shop)
	assert builders.levels(shop, offer_id=offer)[0].pending == 0


def test_the_listing_shows_what_its_levels_add_up_to(sent):
	for listing in frappe.get_all(
		"Marketplace Listing",
		filters={"shop": sent},
		fields=["desired_quantity", "confirmed_quantity", "stock_state"],
	):
		assert listing == {
			"desired_quantity": ON_HAND,
			"confirmed_quantity": ON_HAND,
			"stock_state": "In Sync",
		}


def test_a_listing_tells_where_each_number_stands(sent, books):
	offer = receive(sent, books)
	listing = frappe.db.get_value("Marketplace Listing", {"shop": sent, "offer_id": offer})

	(row,) = api.listing_stock(listing)

	assert (row["desired"], row["sent"], row["confirmed"], row["pending"]) == (
		ON_HAND + 5,
		ON_HAND,
		ON_HAND,
		True,
	)
	assert row["explanation"] == "14 on hand = 14"


# --- orders first ----------------------------------------------------------------------------------


def test_what_was_sold_meanwhile_is_not_promised_again(sandbox, sent):
	level = builders.levels(sent)[0]
	sandbox.create_order({level.offer_id: 4}, warehouse_id=level.channel_warehouse_id)

	builders.run(sent, "stock")

	assert sandbox.stock(level.offer_id, level.channel_warehouse_id)["free"] == ON_HAND - 4
	assert [log.stream for log in builders.logs(sent)].count("orders") == 2, "each stock run reads them first"


def test_only_less_is_promised_while_orders_cannot_be_read(sandbox, sent, books):
	more = receive(sent, books)
	less = builders.levels(sent)[1].offer_id
	issue(sent, books, less)
	sandbox.fault("503", path="/v4/posting/*", times=100)

	log = builders.run(sent, "stock")

	assert (log.status, log.sent) == ("Success", 1)
	assert log.summary == "New orders could not be read, so only decreases were sent."
	confirmed = {row.offer_id: row.confirmed for row in builders.levels(sent)}
	assert (confirmed[less], confirmed[more]) == (ON_HAND - 5, ON_HAND)

	sandbox.faults.clear()
	builders.run(sent, "stock")
	assert builders.levels(sent, offer_id=more)[0].confirmed == ON_HAND + 5


def test_only_less_is_promised_while_another_worker_reads_the_orders(sent, books):
	receive(sent, books)

	with builders.lock_of_another_worker(sent, "orders"):
		log = builders.run(sent, "stock")

	assert log.sent == 0
	assert builders.run(sent, "stock").sent == 1


def test_a_shop_that_imports_no_orders_here_sends_its_stock_all_the_same(sandbox, shop):
	builders.switch_streams(shop, orders=0)
	sandbox.journal.clear()

	assert builders.run(shop, "stock").sent == 6
	assert sandbox.journal.count("/v4/posting/*") == 0


# --- refusals --------------------------------------------------------------------------------------


@pytest.fixture
def refused(sandbox, shop) -> str:
	"""Goods are published in a second warehouse, too, which the marketplace no longer knows."""
	closed = "1020005009999999"

	def publish(doc) -> None:
		right = next(row for row in doc.warehouses if row.publish_stock)
		doc.append("warehouses", builders.channel_warehouse(closed, right.warehouse))

	builders.change_shop(shop, publish)
	return closed


def test_a_refused_row_does_not_keep_the_others(sandbox, shop, refused):
	log = builders.run(shop, "stock")

	assert (log.status, log.sent, log.failed) == ("Partial", 6, 6)
	assert {row.pending for row in builders.levels(shop) if row.channel_warehouse_id != refused} == {0}


def test_a_refusal_is_shown_where_it_belongs(shop, refused):
	log = builders.run(shop, "stock")

	(error,) = log.errors
	assert "does not exist" in error.sentence
	assert len(error.record_ids.splitlines()) == 6
	for level in builders.levels(shop, channel_warehouse_id=refused):
		assert (level.pending, level.attempts) == (1, 1)
		assert "does not exist" in level.last_error
		assert level.next_attempt_at > clock.site_now()
	assert set(frappe.get_all("Marketplace Listing", filters={"shop": shop}, pluck="stock_state")) == {
		"Error"
	}


def test_a_refused_row_is_tried_again_later_and_later(shop, refused):
	waits = []
	for _ in range(3):
		builders.run(shop, "stock")
		level = builders.levels(shop, channel_warehouse_id=refused)[0]
		waits.append(level.next_attempt_at - level.sent_at)
		assert builders.run(shop, "stock").fetched == 0, "not before its time"
		builders.let_time_pass(shop)

	assert waits[0] < waits[1] < waits[2]
	assert builders.levels(shop, channel_warehouse_id=refused)[0].attempts == 3


def test_a_new_number_is_sent_at_once_whatever_became_of_the_old_one(shop, refused, books):
	builders.run(shop, "stock")
	offer = receive(shop, books, 50)
	builders.let_time_pass(shop, timedelta(seconds=31))

	builders.run(shop, "stock")

	(level,) = builders.levels(shop, channel_warehouse_id=refused, offer_id=offer)
	assert level.attempts == 1, "the first attempt of the new number"


def test_a_marketplace_that_stops_us_half_way_keeps_what_it_took(sandbox, shop, monkeypatch):
	cls = builders.connector_class()
	monkeypatch.setattr(cls, "info", replace(cls.info, stock_batch=2))
	sandbox.fault("429", path=PUSH, skip=1, seconds=30)

	log = builders.run(shop, "stock")

	assert (log.status, log.sent) == ("Failed", 2)
	assert sum(row.pending for row in builders.levels(shop)) == 4
	assert builders.run(shop, "stock").sent == 4
	assert in_shop(sandbox, shop) == [ON_HAND] * 6


# --- the daily check -------------------------------------------------------------------------------


def test_what_somebody_changed_in_the_cabinet_is_found_and_mended(sandbox, sent):
	wrong = builders.levels(sent)[0]
	sandbox.set_stock(wrong.offer_id, 77, wrong.channel_warehouse_id)

	log = builders.run(sent, "drift")

	assert (log.status, log.updated_count) == ("Success", 1)
	assert log.summary == "1 quantities differed from what the marketplace had confirmed."
	(level,) = builders.levels(sent, name=wrong.name)
	assert (level.remote, level.confirmed, level.desired, level.pending) == (77, 77, ON_HAND, 1)

	assert builders.run(sent, "stock").sent == 1
	assert sandbox.stock(wrong.offer_id, wrong.channel_warehouse_id)["free"] == ON_HAND


def test_nothing_differs_where_nothing_was_changed(sent):
	assert builders.run(sent, "drift").updated_count == 0


# --- what is left alone ----------------------------------------------------------------------------


def test_a_listing_that_is_no_longer_published_is_left_alone(sandbox, sent, books):
	offer = receive(sent, books)
	frappe.db.set_value("Marketplace Listing", {"shop": sent, "offer_id": offer}, "publish_stock", 0)

	log = builders.run(sent, "stock")

	(level,) = builders.levels(sent, offer_id=offer)
	assert (log.sent, level.pending) == (0, 0)
	assert sandbox.stock(offer, level.channel_warehouse_id)["free"] == ON_HAND


def test_a_number_that_waited_is_forgotten_with_its_listing(sandbox, sent, books):
	offer = receive(sent, books)
	sandbox.fault("503", path=PUSH)
	builders.run(sent, "stock")
	assert builders.levels(sent, offer_id=offer)[0].pending
	frappe.db.set_value("Marketplace Listing", {"shop": sent, "offer_id": offer}, "publish_stock", 0)

	assert builders.run(sent, "stock").sent == 0

	assert not builders.levels(sent, offer_id=offer)[0].pending


def test_a_listing_that_is_published_again_goes_on(sandbox, sent, books):
	"""Its number is the one that waited when it was taken out."""
	offer = receive(sent, books)
	sandbox.fault("503", path=PUSH)
	builders.run(sent, "stock")
	listing = {"shop": sent, "offer_id": offer}
	frappe.db.set_value("Marketplace Listing", listing, "publish_stock", 0)
	builders.run(sent, "stock")
	frappe.db.set_value("Marketplace Listing", listing, "publish_stock", 1)

	log = builders.run(sent, "stock")

	assert log.sent == 1
	assert builders.levels(sent, offer_id=offer)[0].confirmed == ON_HAND + 5


def test_a_warehouse_that_is_no_longer_published_is_left_alone(sandbox, shop, refused):
	builders.run(shop, "stock")
	builders.let_time_pass(shop)
	builders.change_shop(
		shop,
		lambda doc: [
			row.update({"publish_stock": 0}) for row in doc.warehouses if row.channel_warehouse_id == refused
		],
	)

	log = builders.run(shop, "stock")

	assert (log.status, log.failed) == ("Success", 0)
	assert {row.pending for row in builders.levels(shop, channel_warehouse_id=refused)} == {0}
	assert "Error" not in frappe.get_all("Marketplace Listing", filters={"shop": shop}, pluck="stock_state")


def test_the_goods_of_the_marketplaces_own_warehouse_are_not_ours_to_set(sandbox, shop):
	builders.run(shop, "stock")

	ours = set(sandbox.warehouse_ids())
	assert {row.channel_warehouse_id for row in builders.levels(shop)} <= ours


# --- warehouses that do not take a product ---------------------------------------------------------


@pytest.fixture
def picky(sandbox, open_shop, books) -> str:
	"""A shop whose warehouses share the goods, and one of them takes bulky goods only."""
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	builders.map_warehouses(shop, books.warehouse, publish=sandbox.warehouse_ids("FBS"))
	builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), ON_HAND), books.warehouse)
	return shop


def test_a_warehouse_that_never_takes_a_product_gets_no_part_of_it(sandbox, picky):
	first = builders.run(picky, "stock")
	refused = builders.levels(picky, refused_until=("is", "set"))
	assert refused and all("bulky" in row.last_error for row in refused)
	assert (first.failed, builders.error_sentences(first)) == (0, []), "nothing a person could mend"

	builders.let_time_pass(picky, timedelta(minutes=1))
	builders.run(picky, "stock")
	last = builders.run(picky, "stock")

	assert (last.sent, last.failed) == (0, 0), "and nobody asks again"
	for row in builders.levels(picky, refused_until=("is", "set")):
		assert (row.desired, row.pending) == (0, 0)
	for offer in sandbox.offer_ids(sellable=True):
		rows = builders.levels(picky, offer_id=offer)
		if rows and any(row.refused_until is None for row in rows):
			assert sum(row.confirmed for row in rows if row.refused_until is None) == ON_HAND
	assert not frappe.db.exists("Marketplace Listing", {"shop": picky, "stock_state": "Error"})


def test_warehouses_for_bulky_and_for_small_goods_share_one_of_ours(open_shop, books):
	"""At a marketplace where each refused request counts as ten."""
	with Sandbox("Wildberries", listings=12, orders=0, limits=UNLIMITED) as sandbox:
		shop = open_shop(sandbox)
		builders.run(shop, "listings")
		builders.map_warehouses(shop, books.warehouse, publish=sandbox.warehouse_ids("FBS")[:2])
		builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), ON_HAND), books.warehouse)

		first = builders.run(shop, "stock")
		builders.let_time_pass(shop, timedelta(minutes=1))
		builders.run(shop, "stock")
		last = builders.run(shop, "stock")
		offers = sandbox.offer_ids(sellable=True)

	assert (first.status, first.failed) == ("Success", 0), builders.error_sentences(first)
	assert (last.status, last.sent) == ("Success", 0), "nobody asks again"
	rows = builders.levels(shop)
	refused = {(row.listing, row.channel_warehouse_id) for row in rows if row.refused_until}
	assert refused
	for offer in offers:
		taken = [row.confirmed for row in rows if row.offer_id == offer and not row.refused_until]
		assert sum(taken) == ON_HAND, offer


def test_a_refused_pair_is_tried_again_when_its_time_is_over_or_somebody_asks(sandbox, picky):
	builders.run(picky, "stock")
	name = builders.levels(picky, refused_until=("is", "set"))[0].name
	builders.let_time_pass(picky, timedelta(minutes=1))
	builders.run(picky, "stock")

	def is_asked_again() -> bool:
		before = sandbox.journal.count(PUSH)
		builders.let_time_pass(picky, timedelta(minutes=1))
		builders.run(picky, "stock")
		return sandbox.journal.count(PUSH) > before

	assert not is_asked_again()
	frappe.db.set_value("Marketplace Stock Level", name, "refused_until", clock.site_now())
	commit()
	assert is_asked_again()
	levels.send_again(picky, desired.channel_warehouses(get_shop(picky)))
	commit()
	assert is_asked_again()
