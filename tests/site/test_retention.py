"""What is kept, and for how long: buyer data, payloads, sync logs."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone

import frappe
import pytest

from crm_marketplace.integrations.errors import RejectedError
from crm_marketplace.integrations.records import Address, OrderStatus, Party, Scheme
from crm_marketplace.marketplace.doctype.marketplace_sync_log.marketplace_sync_log import MarketplaceSyncLog
from crm_marketplace.sync import clock, retention
from crm_marketplace.sync.runs import Run
from tests.harness.committing import commit
from tests.site import after_sale, builders
from tests.site.builders import changed, line, make_order, take_in

BUYER = Party(external_id="17", name="Ирина Лебедева", phone="+79031234567", email="irina@example.com")
ADDRESS = Address(city="Казань", street="ул. Баумана, 5", postcode="420000")
PAYLOAD = {
	"posting_number": "1",
	"customer": {"name": "Ирина Лебедева", "phone": "+79031234567"},
	"products": [{"offer_id": "cup", "quantity": 1}],
}
SECRETS = ("Ирина", "79031234567", "irina@example.com", "Баумана")


@pytest.fixture
def delivered(shop):
	"""An order that was delivered to a buyer we know."""
	order = make_order(
		line(builders.make_goods(shop), 2, "100.00"),
		scheme=Scheme.DBS,
		status=OrderStatus.DELIVERED,
		buyer=BUYER,
		recipient=BUYER,
		address=ADDRESS,
	)
	take_in(shop, builders.fetched(order, {**PAYLOAD, "posting_number": order.external_id}))
	return order


def let_days_pass(shop: str, days: int) -> None:
	moment = clock.site_now() - timedelta(days=days)
	frappe.db.set_value("Marketplace Order", {"shop": shop}, {"fetched_at": moment}, update_modified=False)
	commit()


def everything_of(name: str) -> str:
	return json.dumps(frappe.get_doc("Marketplace Order", name).as_dict(), default=str, ensure_ascii=False)


# --- buyers ----------------------------------------------------------------------------------------


def test_buyer_data_goes_when_its_days_are_over_and_the_numbers_stay(shop, delivered):
	before = builders.order_row(shop, delivered.external_id)
	assert all(secret in everything_of(before.name) for secret in SECRETS)
	let_days_pass(shop, 91)

	retention.daily()

	row = builders.order_row(shop, delivered.external_id)
	assert [secret for secret in SECRETS if secret in everything_of(row.name)] == []
	assert row.buyer_removed_on == clock.site_now().date()
	kept = ("external_id", "status", "total", "currency", "sales_order", "ordered_at", "customer")
	assert [row[field] for field in kept] == [before[field] for field in kept]
	assert json.loads(row.payload)["products"] == PAYLOAD["products"], "the goods stay in the payload"
	assert builders.events_of(row.name)[-1] == "buyer_removed"
	assert frappe.db.count("Marketplace Order Line", {"parent": row.name}) == 1


def test_the_customers_own_documents_are_left_alone(shop, delivered):
	before = frappe.get_doc("Sales Order", builders.order_row(shop, delivered.external_id).sales_order)
	let_days_pass(shop, 91)

	retention.daily()

	assert frappe.get_doc("Sales Order", before.name).modified == before.modified


def test_it_happens_once(shop, delivered):
	let_days_pass(shop, 91)
	assert retention.anonymise_orders(shop, 90) == 1

	assert retention.anonymise_orders(shop, 90) == 0


def test_an_update_that_comes_later_does_not_bring_the_buyer_back(shop, delivered):
	let_days_pass(shop, 91)
	retention.daily()

	take_in(shop, builders.fetched(changed(delivered, vendor_substatus="posting_received"), PAYLOAD))

	row = builders.order_row(shop, delivered.external_id)
	assert row.vendor_substatus == "posting_received"
	assert [secret for secret in SECRETS if secret in everything_of(row.name)] == []


@pytest.mark.parametrize(
	("days", "passed", "status"),
	[
		pytest.param(90, 89, OrderStatus.DELIVERED, id="too early"),
		pytest.param(0, 900, OrderStatus.DELIVERED, id="kept for ever"),
		pytest.param(90, 170, OrderStatus.SHIPPED, id="still under way"),
	],
)
def test_buyer_data_is_kept(open_shop, days, passed, status):
	shop = open_shop(buyer_days=days)
	order = make_order(line(builders.make_goods(shop)), status=status, buyer=BUYER)
	take_in(shop, order)
	let_days_pass(shop, passed)

	retention.daily()

	assert builders.order_row(shop, order.external_id).buyer_name == BUYER.name


def test_an_order_nobody_hears_of_any_more_loses_its_buyer_in_the_end(shop):
	take_in(shop, make_order(line("unknown"), status=OrderStatus.SHIPPED, buyer=BUYER))
	let_days_pass(shop, 181)

	retention.daily()

	assert builders.order_rows(shop)[0].buyer_name is None


def test_each_shop_has_days_of_its_own(open_shop):
	shops = {days: open_shop(buyer_days=days) for days in (10, 100)}
	for shop in shops.values():
		take_in(shop, make_order(line("unknown"), status=OrderStatus.DELIVERED, buyer=BUYER))
		let_days_pass(shop, 50)

	retention.daily()

	assert [builders.order_rows(shop)[0].buyer_name for shop in shops.values()] == [None, BUYER.name]


def test_an_order_that_never_could_be_read_loses_its_buyer_too(shop):
	row = take_in(shop, builders.unreadable(builders.unique("1"), customer={"name": "Ирина"}))
	frappe.db.set_value("Marketplace Order", row.name, "status", "Delivered")
	let_days_pass(shop, 91)

	retention.daily()

	assert "Ирина" not in everything_of(row.name)


# --- payloads --------------------------------------------------------------------------------------


def test_payloads_of_ended_orders_go_and_the_records_stay(shop, delivered):
	let_days_pass(shop, 200)

	retention.drop_payloads(180)

	row = builders.order_row(shop, delivered.external_id)
	assert row.payload is None
	assert row.record


def test_payloads_of_open_orders_stay(shop):
	row = take_in(shop, make_order(line("unknown")))
	let_days_pass(shop, 2000)

	retention.drop_payloads(180)

	assert builders.order_row(shop, row.external_id).payload


# --- logs ------------------------------------------------------------------------------------------


@pytest.fixture
def log(shop) -> str:
	"""A run with an error, forty days old."""
	run = Run(shop, "orders", secrets=("the-api-key",))
	run.start()
	run.add_error(RejectedError(detail="Api-Key: the-api-key, irina@example.com, +79031234567"))
	run.finish()
	long_ago = clock.site_now() - timedelta(days=40)
	frappe.db.set_value("Marketplace Sync Log", run.log, "creation", long_ago, update_modified=False)
	return run.log


def test_frappes_log_settings_know_our_logs(site):
	assert frappe.get_hooks("default_log_clearing_doctypes")["Marketplace Sync Log"] == [30]
	settings = frappe.get_doc("Log Settings")
	settings.add_default_logtypes()

	days = {row.ref_doctype: row.days for row in settings.logs_to_clear}
	assert days["Marketplace Sync Log"] == frappe.db.get_single_value("Marketplace Settings", "log_days")


def test_old_logs_go_with_their_errors_and_new_ones_stay(shop, log):
	new = Run(shop, "stock")
	new.start()

	MarketplaceSyncLog.clear_old_logs(30)

	assert [row.name for row in builders.logs(shop)] == [new.log]
	assert frappe.db.count("Marketplace Sync Log Error", {"parent": log}) == 0


def test_logs_younger_than_the_days_stay(shop, log):
	MarketplaceSyncLog.clear_old_logs(50)

	assert [row.name for row in builders.logs(shop)] == [log]


def test_a_log_holds_neither_keys_nor_buyers(log):
	text = json.dumps(frappe.get_doc("Marketplace Sync Log", log).as_dict(), default=str)

	assert [word for word in ("the-api-key", "irina@example.com", "79031234567") if word in text] == []


def test_a_success_is_one_short_row(sandbox, open_shop):
	shop = open_shop(sandbox)

	log = builders.run(shop, "listings")

	assert (log.status, log.errors) == ("Success", [])
	assert len(builders.logs(shop)) == 1


def test_equal_errors_of_a_run_are_one_row_with_a_count(shop):
	run = Run(shop, "orders")
	run.start()
	for number in range(50):
		run.add_error(RejectedError(values=("too many",)), f"order {number}")
	run.finish()

	(row,) = frappe.get_doc("Marketplace Sync Log", run.log).errors
	assert (row.count, len(row.record_ids.splitlines())) == (50, 20)


def test_a_shop_that_goes_takes_its_numbers_along_but_not_its_history(shop):
	take_in(shop, make_order(line("unknown")))
	with pytest.raises(frappe.ValidationError, match="Switch it off instead"):
		frappe.delete_doc("Marketplace Shop", shop)


def test_who_wrote_a_review_is_forgotten_what_is_written_stays(open_shop):
	shop = open_shop(buyer_days=30)
	old = datetime.now(timezone.utc) - timedelta(days=31)
	young = datetime.now(timezone.utc) - timedelta(days=29)
	records = [after_sale.make_review(created_at=old), after_sale.make_review(created_at=young)]
	names = after_sale.store_reviews(shop, *records)
	# Read again after its time, it does not come back; written before it was over, it goes in the night.
	assert frappe.db.get_value("Marketplace Review", names[0], "author") is None
	frappe.db.set_value("Marketplace Review", names[0], "author", "Ирина")
	retention.forget_authors(shop, 30)
	first, second = (frappe.get_doc("Marketplace Review", name) for name in names)
	assert (first.author, first.payload, first.text) == (None, None, "It leaks")
	assert second.author == "Ирина" and second.payload


def test_payloads_of_returns_and_reviews_go_after_their_days(shop):
	now = datetime.now(timezone.utc)
	(review,) = after_sale.store_reviews(shop, after_sale.make_review(created_at=now))
	(back,) = after_sale.store_returns(shop, after_sale.make_return())
	long_ago = {"fetched_at": "2020-01-01 00:00:00"}
	for doctype, name in (("Marketplace Review", review), ("Marketplace Return", back)):
		retention.drop_payloads(30)
		assert frappe.db.get_value(doctype, name, "payload")
		frappe.db.set_value(doctype, name, long_ago)
	retention.drop_payloads(30)
	assert not frappe.db.get_value("Marketplace Review", review, "payload")
	assert not frappe.db.get_value("Marketplace Return", back, "payload")
