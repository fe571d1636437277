"""What a marketplace may do wrong: each with a clear sentence, nothing lost, and the rest goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import frappe
import pytest

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.records import Fetched
from crm_marketplace.marketplace import api
from crm_marketplace.sandbox.clock import Clock
from crm_marketplace.sync import clock
from tests.harness.committing import commit
from tests.site import builders

ORDERS = "/v4/posting/fbs/list"
MEGABYTE = 1024 * 1024


@pytest.fixture
def shop(sandbox, open_shop) -> str:
	"""A shop connected to the sandbox, with every listing linked to an item."""
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	builders.link_all(shop)
	return shop


@pytest.fixture
def orders(sandbox) -> list[str]:
	"""Seven orders that wait for packing."""
	return [sandbox.create_order() for _ in range(7)]


def stored(shop: str) -> set[str]:
	return {row.external_id for row in builders.order_rows(shop)}


def assert_all_made(shop: str, orders: list[str]) -> None:
	"""The next run gets everything, and every order has one Sales Order."""
	log = builders.run(shop, "orders")
	assert log.status == "Success", builders.error_sentences(log)
	assert stored(shop) == set(orders)
	made = builders.sales_orders(shop)
	assert sorted(order.po_no for order in made) == sorted(orders)


# --- keys ------------------------------------------------------------------------------------------


def test_a_wrong_key_is_told_and_the_right_one_goes_on(sandbox, shop, orders):
	builders.change_key(shop, {**sandbox.credentials, "api_key": "00000000-0000-0000-0000-000000000000"})

	log = builders.run(shop, "orders")

	assert log.status == "Failed"
	assert builders.error_sentences(log) == ["The marketplace does not know this API key."]
	assert log.errors[0].next_step.startswith("Make a new key")
	tested = api.test_connection(shop)
	assert (tested["status"], tested["message"]) == ("Refused", "The marketplace does not know this API key.")
	assert api.shop_health(shop)["sentence"] == "The marketplace refuses the key of this shop."

	builders.change_key(shop, sandbox.credentials)
	assert api.test_connection(shop)["status"] == "Working"
	assert_all_made(shop, orders)


def test_an_empty_key_is_told_without_asking_the_marketplace(sandbox, shop):
	frappe.db.set_value("Marketplace Shop", shop, "public_credential_1", None)
	commit()
	sandbox.journal.clear()

	log = builders.run(shop, "orders")

	assert (log.status, builders.error_sentences(log)) == ("Failed", ["Client ID is missing."])
	assert sandbox.journal.count() == 0


def test_a_key_without_the_right_to_orders_leaves_the_other_streams_alone(sandbox, shop, orders):
	builders.change_key(shop, sandbox.make_key(without=["orders"]))

	log = builders.run(shop, "orders")

	assert log.status == "Failed"
	assert "no right for /v4/posting/fbs/list" in builders.error_sentences(log)[0]
	assert "access level" in log.errors[0].next_step
	state = builders.stream_row(shop, "orders")
	assert state.next_run_at > clock.site_now() + timedelta(minutes=50), "a person has to mend it first"
	assert builders.run(shop, "listings").status == "Success"


def test_the_connection_test_names_the_missing_right(sandbox, shop):
	builders.change_key(shop, sandbox.make_key(without=["stock"]))

	tested = api.test_connection(shop)

	assert tested["status"] == "Limited"
	rights = {right["capability"]: right for right in tested["rights"]}
	assert (rights["stock"]["granted"], rights["orders"]["granted"]) == (False, True)
	assert rights["stock"]["missing"]


def test_a_key_revoked_in_the_middle_of_a_run_loses_nothing(sandbox, shop, orders, small_pages):
	key = sandbox.make_key()
	builders.change_key(shop, key)

	def revoke(exchange, request, answer):
		if exchange.path == ORDERS:
			sandbox.revoke_key(key)

	sandbox.journal.listeners.append(revoke)
	log = builders.run(shop, "orders")

	assert log.status == "Failed"
	assert len(stored(shop)) == 3, "the page that came before is kept"
	assert {row.state for row in builders.order_rows(shop)} == {"Done"}, "and processed"

	builders.change_key(shop, sandbox.credentials)
	assert_all_made(shop, orders)


# --- answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("fault", "options", "sentence"),
	[
		("html", {}, "The marketplace answered with something that is not JSON."),
		("broken_json", {}, "The marketplace answered with something that is not JSON."),
		("html", {"status": 502}, "The marketplace does not answer at the moment."),
		("500", {}, "The marketplace does not answer at the moment."),
		("503", {}, "The marketplace does not answer at the moment."),
		("drop_connection", {}, "The marketplace does not answer at the moment."),
		("cut_answer", {}, "The marketplace does not answer at the moment."),
		("429", {"seconds": 90}, "The marketplace asks us to slow down."),
	],
)
@pytest.mark.parametrize("skip", [0, 1], ids=["at once", "in the middle"])
def test_an_answer_that_is_none(sandbox, shop, orders, small_pages, fault, options, sentence, skip):
	sandbox.fault(fault, path=ORDERS, skip=skip, **options)

	log = builders.run(shop, "orders")

	assert (log.status, builders.error_sentences(log)) == ("Failed", [sentence])
	assert len(stored(shop)) == 3 * skip
	assert builders.stream_row(shop, "orders").last_error == sentence
	assert_all_made(shop, orders)


def test_a_marketplace_that_asks_to_slow_down_is_left_alone_for_as_long(sandbox, shop):
	sandbox.fault("429", path=ORDERS, seconds=900)
	before = clock.site_now()

	builders.run(shop, "orders")

	assert builders.stream_row(shop, "orders").next_run_at >= before + timedelta(seconds=900)


def test_a_page_of_50_megabytes_is_asked_for_in_smaller_ones(sandbox, shop, orders):
	sandbox.fault("huge_page", path=ORDERS, bytes=50 * MEGABYTE, above=3, times=100)

	assert_all_made(shop, orders)

	assert sandbox.journal.count(ORDERS) > 3


def test_an_order_of_50_megabytes_fails_with_a_sentence_and_the_other_streams_go_on(sandbox, shop, orders):
	sandbox.fault("huge_page", path=ORDERS, bytes=50 * MEGABYTE, above=1, times=100)

	log = builders.run(shop, "orders")

	assert builders.error_sentences(log) == ["The marketplace sent an answer that is too large."]
	assert builders.run(shop, "listings").status == "Success"
	sandbox.faults.clear()
	assert_all_made(shop, orders)


def test_a_page_that_repeats_ends_the_run_and_the_next_one_goes_on(sandbox, shop, orders, small_pages):
	sandbox.fault("repeat_page", path=ORDERS, skip=1)

	log = builders.run(shop, "orders")

	assert log.status == "Failed"
	assert builders.error_sentences(log) == ["The marketplace sends the same page again and again."]
	assert len(stored(shop)) == 3
	assert_all_made(shop, orders)


@pytest.mark.parametrize("fault", ["duplicate_items", "out_of_order"])
def test_rows_that_come_twice_or_in_any_order(sandbox, shop, orders, small_pages, fault):
	sandbox.fault(fault, path=ORDERS, times=3)

	assert_all_made(shop, orders)


def test_one_order_that_cannot_be_read_does_not_cost_the_others(sandbox, shop, orders):
	sandbox.fault("bad_record", path=ORDERS)
	sandbox.fault("bad_record", path="/v4/posting/fbs/unfulfilled/list")

	log = builders.run(shop, "orders")

	assert (log.status, log.created_count) == ("Partial", 6)
	assert stored(shop) == set(orders)
	(held,) = builders.order_rows(shop, state="On Hold")
	assert held.hold_code == "unreadable"
	assert log.errors[0].record_ids == held.external_id
	assert_all_made(shop, orders)


def test_one_card_that_cannot_be_read_does_not_cost_the_others(sandbox, open_shop):
	shop = open_shop(sandbox)
	sandbox.fault("bad_record", path="/v3/product/info/list")

	log = builders.run(shop, "listings")

	assert (log.status, log.created_count, log.failed) == ("Partial", 5, 1)
	assert builders.run(shop, "listings").created_count == 1


def telling_of_warehouses(monkeypatch, change) -> None:
	"""Let the marketplace list its warehouses otherwise."""
	cls = builders.connector_class()
	told = cls.warehouses

	def warehouses(self, token=None):
		page = told(self, token)
		return replace(page, items=tuple(change(page.items)))

	monkeypatch.setattr(cls, "warehouses", warehouses)


def hide(items, external_id: str, under: str | None = None):
	"""The list with one warehouse that cannot be read, or whose id cannot be read either."""
	error = ContractError(
		"The field {0} of the marketplace's answer holds something unexpected ({1}).",
		values=("kind", "unknown"),
	)
	for item in items:
		if item.external_id == external_id:
			item = Fetched(under or external_id, item.raw, error=error)
		yield item


def active_warehouses(shop: str) -> dict[str, int]:
	rows = frappe.get_doc("Marketplace Shop", shop).warehouses
	return {row.channel_warehouse_id: row.is_active for row in rows}


def test_a_warehouse_that_cannot_be_read_is_named_and_stays_as_it_is(sandbox, shop, monkeypatch):
	before = active_warehouses(shop)
	unread = sandbox.warehouse_ids("FBS")[0]
	builders.change_shop(shop, lambda doc: doc.append("warehouses", builders.channel_warehouse("gone", None)))
	telling_of_warehouses(monkeypatch, lambda items: hide(items, unread))

	told = api.fetch_warehouses(shop)

	assert before[unread] == 1
	assert active_warehouses(shop) == {**before, "gone": 0}
	assert (told["added"], told["unread"]) == (0, 1)
	assert f"The warehouse {unread} could not be read" in told["message"] and "kind" in told["message"]


def test_where_a_warehouse_hides_its_id_none_is_taken_for_gone(sandbox, shop, monkeypatch):
	before = active_warehouses(shop)
	unread = sandbox.warehouse_ids("FBS")[0]
	telling_of_warehouses(monkeypatch, lambda items: hide(items, unread, under="unreadable-1"))

	api.fetch_warehouses(shop)

	assert active_warehouses(shop) == before


def test_a_warehouse_that_is_not_listed_any_more_becomes_inactive(sandbox, shop, monkeypatch):
	gone = sandbox.warehouse_ids("FBS")[0]
	telling_of_warehouses(monkeypatch, lambda items: [item for item in items if item.external_id != gone])

	told = api.fetch_warehouses(shop)

	assert (active_warehouses(shop)[gone], told["unread"]) == (0, 0)


def test_stored_orders_are_processed_while_the_marketplace_is_down(sandbox, shop):
	builders.store(shop, builders.make_order(builders.line(builders.make_goods(shop)), warehouse_id=None))
	builders.change_shop(shop, lambda doc: doc.set("warehouses", doc.warehouses[:1]))
	sandbox.fault("503", times=100)

	log = builders.run(shop, "orders")

	assert (log.status, log.created_count) == ("Failed", 1)
	assert builders.only_sales_order(shop).docstatus == 1


def test_an_answer_to_stock_that_gets_lost_is_sent_again(sandbox, shop, books):
	builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), 7), books.warehouse)
	sandbox.fault("lost_answer", path="/v2/products/stocks")

	assert builders.run(shop, "stock").status == "Failed"
	assert all(row.pending for row in builders.levels(shop))
	log = builders.run(shop, "stock")

	assert log.status == "Success", builders.error_sentences(log)
	for row in builders.levels(shop):
		assert (
			sandbox.stock(row.offer_id, row.channel_warehouse_id)["free"] == row.desired == row.confirmed == 7
		)


# --- clocks ----------------------------------------------------------------------------------------


def under_way(sandbox, number: str) -> None:
	"""An order that no list of open orders shows: only its change tells of it."""
	for _ in range(3):
		sandbox.move_order(number)
	assert sandbox.order(number)["status"] == "delivering"


def test_a_wrong_date_in_one_answer_makes_us_miss_nothing(sandbox, shop):
	sandbox.fault("clock_skew", path=ORDERS, seconds=3600)
	builders.run(shop, "orders")

	number = sandbox.create_order()
	under_way(sandbox, number)

	assert_all_made(shop, [number])


@pytest.mark.parametrize("hours", [-5, 5], ids=["behind us", "ahead of us"])
def test_a_marketplace_whose_clock_differs_from_ours(open_sandbox, open_shop, hours):
	sandbox = open_sandbox(clock=Clock(ahead=timedelta(hours=hours)))
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	builders.link_all(shop)
	seen = []
	for _ in range(2):
		number = sandbox.create_order()
		under_way(sandbox, number)
		seen.append(number)
		assert_all_made(shop, seen)


def test_the_cursor_never_moves_back(sandbox, shop):
	builders.run(shop, "orders")
	before = builders.stream_row(shop, "orders").cursor
	sandbox.fault("clock_skew", path=ORDERS, seconds=-86400)

	builders.run(shop, "orders")

	assert builders.stream_row(shop, "orders").cursor == before
