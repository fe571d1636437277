"""Prices of a shop: read, made from the price list, guarded, sent, and read back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import frappe
import pytest

from crm_marketplace.integrations.connector import PENDING, QUARANTINE
from crm_marketplace.integrations.marketplaces.ozon.connector import OzonConnector
from crm_marketplace.integrations.records import Fetched, Money, Page, PushResult
from crm_marketplace.marketplace import api
from crm_marketplace.sync import clock, jobs
from crm_marketplace.sync.prices import desired
from crm_marketplace.sync.shops import get_shop
from tests.harness.committing import commit
from tests.site import builders, triggers

PRICES, PUSH = "/v5/product/info/prices", "/v1/product/import/prices"


@pytest.fixture
def set_up(open_sandbox, open_shop):
	"""A sandbox and a shop that keeps its prices: every listing has an item, and every item its present price."""
	sandbox = open_sandbox(listings=8)
	shop = open_shop(sandbox, maximum_price_change=0, margin_guard=0)
	switch_on(shop)
	builders.run(shop, "listings")
	for name, offer_id in cards(shop):
		item = builders.make_item()
		api.link_listing(name, item)
		set_price(item, sandbox.price(offer_id)["price"])
	commit()
	return sandbox, shop


def cards(shop: str) -> list[list[str]]:
	return frappe.get_all(
		"Marketplace Listing",
		filters={"shop": shop, "state": ("!=", "Archived")},
		fields=["name", "offer_id"],
		as_list=True,
	)


def switch_on(shop: str) -> None:
	def change(doc) -> None:
		for row in doc.streams:
			row.enabled |= row.stream == "prices"

	builders.change_shop(shop, change)


def listings(shop: str) -> list[frappe._dict]:
	return frappe.get_all(
		"Marketplace Listing",
		filters={"shop": shop, "match_status": "Matched", "state": ("!=", "Archived")},
		fields=["name", "offer_id", "item", "external_id"],
		order_by="offer_id",
	)


def set_price(item: str, rate: str | float, price_list: str = "Standard Selling", **fields) -> str:
	doc = frappe.get_doc(
		doctype="Item Price", item_code=item, price_list=price_list, price_list_rate=float(rate), **fields
	)
	return doc.insert().name


def change_price(item: str, rate: str | float) -> None:
	(name,) = frappe.get_all("Item Price", filters={"item_code": item}, pluck="name")
	doc = frappe.get_doc("Item Price", name)
	doc.price_list_rate = float(rate)
	doc.save()
	commit()


def row(listing: str) -> frappe._dict:
	return frappe.get_all("Marketplace Listing Price", filters={"listing": listing}, fields=["*"])[0]


def rows(shop: str) -> list[frappe._dict]:
	return frappe.get_all(
		"Marketplace Listing Price",
		filters={"shop": shop},
		fields=["name", "desired", "confirmed", "pending", "hold_code", "modified"],
		order_by="offer_id",
	)


def published(sandbox, listing: frappe._dict) -> Decimal:
	return Decimal(sandbox.price(listing.offer_id)["price"])


# --- the way of a price ----------------------------------------------------------------------------


def test_a_changed_price_goes_to_the_marketplace_and_nothing_else_does(set_up):
	sandbox, shop = set_up
	first, *others = listings(shop)
	before = {other.offer_id: published(sandbox, other) for other in others}
	new = published(sandbox, first) - 10
	change_price(first.item, new)

	log = builders.run(shop, "prices")

	assert (log.status, log.sent, log.held, log.failed) == ("Success", 1, 0, 0), builders.error_sentences(log)
	assert published(sandbox, first) == new
	assert {other.offer_id: published(sandbox, other) for other in others} == before
	price = row(first.name)
	assert (price.desired, price.confirmed, price.pending) == (float(new), float(new), 0)


def test_a_second_run_sends_and_writes_nothing(set_up):
	sandbox, shop = set_up
	change_price(listings(shop)[0].item, published(sandbox, listings(shop)[0]) - 10)
	builders.run(shop, "prices")
	before, pushes = (
		[(price.name, price.desired, price.confirmed) for price in rows(shop)],
		sandbox.journal.count(PUSH),
	)

	log = builders.run(shop, "prices")

	assert (log.status, log.sent, log.updated_count) == ("Success", 0, 0)
	assert [(price.name, price.desired, price.confirmed) for price in rows(shop)] == before
	assert sandbox.journal.count(PUSH) == pushes


def test_what_somebody_changed_in_the_cabinet_is_set_right_again(set_up):
	sandbox, shop = set_up
	builders.run(shop, "prices")
	first = listings(shop)[0]
	ours = published(sandbox, first)
	connector = get_shop(shop).connect()
	(there,) = [item.record for item in connector.prices(listing_ids=[first.external_id]).items]
	other = there.price.model_copy(update={"amount": there.price.amount - 5})
	connector.push_prices(
		[there.model_copy(update={"price": other, "old_price": None, "minimum_price": None})]
	)
	assert published(sandbox, first) == ours - 5

	builders.run(shop, "prices")

	assert published(sandbox, first) == ours


def test_markup_rounding_and_the_sums_around_the_price_are_sent(set_up):
	sandbox, shop = set_up
	first = listings(shop)[0]
	builders.change_shop(
		shop, price_markup=10, price_rounding="Ends in 9", old_price_markup=25, minimum_price_share=80
	)
	change_price(first.item, 2000)

	log = builders.run(shop, "prices")

	assert log.failed == 0, builders.error_sentences(log)
	there = {key: value for key, value in sandbox.price(first.offer_id).items() if key != "currency"}
	assert {key: Decimal(value) for key, value in there.items()} == {
		"price": 2199,  # 2000 + 10 % = 2200
		"old_price": 2749,
		"minimum_price": 1759,
	}


def test_a_set_costs_what_its_goods_cost(set_up):
	sandbox, shop = set_up
	first = listings(shop)[0]
	one, other = builders.make_item(), builders.make_item()
	set_price(one, 300)
	set_price(other, 150)
	api.link_listing(first.name, components=[{"item": one, "qty": 2}, {"item": other, "qty": 1}])
	commit()

	builders.run(shop, "prices")

	assert published(sandbox, first) == 750


def test_of_several_prices_the_one_that_holds_today_counts(set_up):
	sandbox, shop = set_up
	first, second, third = listings(shop)[:3]
	today = clock.site_now().date()
	frappe.db.delete("Item Price", {"item_code": first.item})
	set_price(first.item, 1000, valid_from=today - timedelta(days=60))
	set_price(first.item, 900, valid_from=today - timedelta(days=3))
	set_price(first.item, 800, valid_from=today - timedelta(days=30), valid_upto=today - timedelta(days=10))
	set_price(first.item, 700, valid_from=today + timedelta(days=1))
	set_price(second.item, 1, customer=_customer())
	set_price(second.item, 2, uom="Box")
	before = published(sandbox, second)
	frappe.db.set_value("Item Price", {"item_code": third.item}, "valid_upto", today - timedelta(days=1))
	commit()

	log = builders.run(shop, "prices")

	assert published(sandbox, first) == 900
	assert published(sandbox, second) == before
	assert row(third.name).hold_code == "no_price"
	assert log.held == 1


def _customer() -> str:
	name = "Price Test Customer"
	if not frappe.db.exists("Customer", name):
		frappe.get_doc(doctype="Customer", customer_name=name).insert()
	return name


def test_listings_nobody_linked_keep_their_prices(set_up):
	sandbox, shop = set_up
	first = listings(shop)[0]
	builders.run(shop, "prices")
	change_price(first.item, published(sandbox, first) - 10)
	desired.refresh(get_shop(shop))
	frappe.db.set_value("Marketplace Listing", first.name, "match_status", "Ignored")
	commit()
	before = published(sandbox, first)

	builders.run(shop, "prices")

	assert published(sandbox, first) == before


# --- preview ---------------------------------------------------------------------------------------


def test_the_preview_writes_nothing_and_says_what_a_run_would_do(set_up):
	sandbox, shop = set_up
	first, second, third = listings(shop)[:3]
	change_price(first.item, float(published(sandbox, first)) * 0.5)
	change_price(second.item, float(published(sandbox, second)) * 0.9)
	frappe.db.delete("Item Price", {"item_code": third.item})
	commit()
	asked = sandbox.journal.count()

	preview = api.preview_prices(shop)

	assert preview["counts"] == {"change": 2, "held": 1, "same": len(listings(shop)) - 3}
	assert [(change["offer_id"], round(change["change"])) for change in preview["changes"]] == [
		(first.offer_id, -50),
		(second.offer_id, -10),
	]
	(held,) = preview["holds"]
	assert (held["offer_id"], held["hold_code"], held["may_be_allowed"]) == (
		third.offer_id,
		"no_price",
		False,
	)
	assert third.item in held["reason"] and held["way_out"]
	assert rows(shop) == []
	assert sandbox.journal.count() == asked

	log = builders.run(shop, "prices")
	assert (log.sent, log.held) == (2, 1)


def test_an_operator_may_look_but_a_stranger_may_not(set_up, user_with_role, as_user):
	_sandbox, shop = set_up
	with as_user(user_with_role("Marketplace Operator")):
		assert api.preview_prices(shop)["counts"]
		assert api.listing_price(listings(shop)[0].name)
	with as_user(user_with_role("Sales User")), pytest.raises(frappe.PermissionError):
		api.preview_prices(shop)


# --- holds -----------------------------------------------------------------------------------------


def test_a_price_of_zero_is_never_sent(set_up):
	sandbox, shop = set_up
	first = listings(shop)[0]
	before = published(sandbox, first)
	frappe.db.set_value("Item Price", {"item_code": first.item}, "price_list_rate", 0)
	commit()

	log = builders.run(shop, "prices")

	assert (log.held, log.sent) == (1, 0)
	assert row(first.name).hold_code == "zero_price"
	assert published(sandbox, first) == before


def test_a_price_list_in_another_currency_holds_everything(set_up):
	sandbox, shop = set_up
	price_list = "Price Test Dollars"
	if not frappe.db.exists("Price List", price_list):
		frappe.get_doc(doctype="Price List", price_list_name=price_list, currency="USD", selling=1).insert()
	for listing in listings(shop):
		set_price(listing.item, 10, price_list)
	builders.change_shop(shop, selling_price_list=price_list)

	log = builders.run(shop, "prices")

	assert (log.held, log.sent) == (len(listings(shop)), 0)
	assert {price.hold_code for price in rows(shop)} == {"currency"}
	assert "USD" in api.listing_price(listings(shop)[0].name)["reason"]
	assert sandbox.journal.count(PUSH) == 0


def test_a_loss_is_held_with_the_sum_until_somebody_lets_it_through(set_up, books):
	sandbox, shop = set_up
	first = listings(shop)[0]
	builders.make_stock(books.company, {first.item: 5}, books.warehouse)  # 10 roubles a piece
	builders.change_shop(shop, margin_guard=1, minimum_margin=20)
	before = published(sandbox, first)
	change_price(first.item, 30)  # delivery alone costs more

	log = builders.run(shop, "prices")

	assert (log.held, log.sent) == (1, 0)
	told = api.listing_price(first.name)
	assert (told["hold_code"], told["cost"], told["may_be_allowed"]) == ("loss", 10.0, True)
	reason = told["reason"].replace(",", ".")  # sums are written as the site writes them
	assert f"{told['fees']:.2f}" in reason and "6.00" in reason
	assert published(sandbox, first) == before

	api.allow_price(first.name, 30)
	log = builders.run(shop, "prices")
	assert (log.held, log.sent + log.failed) == (0, 1)
	assert row(first.name).allowed_by == "Administrator"


@pytest.mark.parametrize(
	("worth", "cost"),
	[
		({}, None),
		({"last_purchase_rate": 40}, 40.0),
		({"last_purchase_rate": 40, "valuation_rate": 50}, 50.0),
	],
)
def test_goods_that_are_not_in_stock_have_a_cost_too(shop, worth, cost):
	builders.change_shop(shop, margin_guard=1, minimum_margin=0)
	item = builders.make_item()
	frappe.db.set_value("Item", item, worth or {"valuation_rate": 0})
	set_price(item, 30)
	listing = builders.make_listing(shop, item, item)
	commit()

	told = api.listing_price(listing)

	assert (told["cost"], told["hold_code"]) == (cost, "loss" if cost else None)


def test_goods_in_stock_that_are_worth_nothing_cost_what_they_were_bought_for(shop, books):
	builders.change_shop(shop, margin_guard=1, minimum_margin=0)
	item = builders.make_item()
	builders.make_stock(books.company, {item: 5}, books.warehouse)
	frappe.db.set_value("Bin", {"item_code": item}, "stock_value", 0)
	frappe.db.set_value("Item", item, {"valuation_rate": 0, "last_purchase_rate": 40})
	set_price(item, 30)
	listing = builders.make_listing(shop, item, item)
	commit()

	assert api.listing_price(listing)["cost"] == 40.0


@pytest.fixture
def shop_abroad(shop):
	"""A shop that sells in another currency than the company's, for which there is no rate yet; and a card of
	5000 there, of goods that cost 1000 here."""
	currency, price_list = "KZT", "Price Test Tenge"
	frappe.db.set_value("Currency", currency, "enabled", 1)
	frappe.db.delete("Currency Exchange", {"from_currency": currency})
	if not frappe.db.exists("Price List", price_list):
		frappe.get_doc(
			doctype="Price List", price_list_name=price_list, currency=currency, selling=1
		).insert()
	builders.change_shop(
		shop, account_currency=currency, selling_price_list=price_list, margin_guard=1, minimum_margin=0
	)
	item = builders.make_item()
	frappe.db.set_value("Item", item, "valuation_rate", 1000)
	set_price(item, 5000, price_list)
	listing = builders.make_listing(shop, item, item, currency=currency)
	commit()
	yield listing
	frappe.db.delete("Currency Exchange", {"from_currency": currency})
	commit()


@pytest.mark.parametrize(("rate", "cost", "hold"), [(0.25, 4000.0, None), (0.1, 10000.0, "loss")])
def test_the_cost_is_compared_in_the_currency_of_the_shop(shop_abroad, rate, cost, hold):
	frappe.get_doc(
		doctype="Currency Exchange",
		date="2020-01-01",
		from_currency="KZT",
		to_currency="RUB",
		exchange_rate=rate,
		for_selling=1,
	).insert()
	commit()

	told = api.listing_price(shop_abroad)

	assert (told["new"], told["cost"], told["hold_code"]) == (5000.0, cost, hold)


def test_without_a_rate_a_price_in_another_currency_waits(shop_abroad):
	told = api.listing_price(shop_abroad)

	assert (told["hold_code"], told["cost"], told["may_be_allowed"]) == ("cost_currency", None, False)
	assert "KZT" in told["reason"] and "RUB" in told["reason"] and "Currency Exchange" in told["way_out"]


def test_a_price_that_is_held_sets_off_a_trigger_once(set_up):
	_sandbox, shop = set_up
	first = listings(shop)[0]
	builders.change_shop(shop, maximum_price_change=10)
	triggers.forget_all()
	rule = triggers.make("Price Held", None, triggers.comment("{{ given.reason }} {{ given.price }}"))
	try:
		change_price(first.item, 1)
		builders.run(shop, "prices")
		builders.run(shop, "prices")
		triggers.run()
		log = triggers.the_log(rule)
		assert (log.document_name, log.status) == (first.name, "Done")
		assert triggers.comments(frappe.get_doc("Marketplace Listing", first.name)) == ["leap 1.0"]
	finally:
		triggers.forget_all()


def test_a_leap_is_held_and_another_price_is_a_new_question(set_up):
	sandbox, shop = set_up
	first = listings(shop)[0]
	builders.change_shop(shop, maximum_price_change=20)
	before = published(sandbox, first)
	slip = round(float(before) * 10, 2)
	change_price(first.item, slip)
	assert builders.run(shop, "prices").held == 1
	api.allow_price(first.name, slip)

	change_price(first.item, slip * 2)
	log = builders.run(shop, "prices")

	assert (log.held, log.sent) == (1, 0)
	assert (row(first.name).hold_code, row(first.name).allowed_price) == ("leap", 0)
	change_price(first.item, slip)
	assert builders.run(shop, "prices").held == 1, "the old permission must not come back"
	assert published(sandbox, first) == before


def test_a_price_is_let_through_from_the_preview_before_any_run(set_up):
	sandbox, shop = set_up
	first = listings(shop)[0]
	builders.change_shop(shop, maximum_price_change=20)
	half = round(float(published(sandbox, first)) / 2, 2)
	change_price(first.item, half)
	(held,) = api.preview_prices(shop)["holds"]

	api.allow_price(held["listing"], held["new"])

	assert builders.run(shop, "prices").sent == 1
	assert float(published(sandbox, first)) == half


def test_only_the_price_that_was_seen_is_let_through(set_up):
	_sandbox, shop = set_up
	builders.change_shop(shop, maximum_price_change=20)
	chosen = listings(shop)[:3]
	for listing in chosen:
		change_price(listing.item, 1)
	builders.run(shop, "prices")
	change_price(chosen[0].item, 2)
	seen = [{"listing": listing.name, "price": 1} for listing in chosen]

	result = api.allow_prices(seen)

	assert result == {"allowed": 2, "skipped": 1}
	with pytest.raises(frappe.ValidationError):
		api.allow_price(chosen[0].name, 1)


def test_what_makes_no_sense_cannot_be_let_through(set_up):
	_sandbox, shop = set_up
	first = listings(shop)[0]
	frappe.db.delete("Item Price", {"item_code": first.item})
	commit()
	builders.run(shop, "prices")

	with pytest.raises(frappe.ValidationError):
		api.allow_price(first.name, 0)


def test_letting_a_price_through_is_the_managers(set_up, user_with_role, as_user):
	sandbox, shop = set_up
	first = listings(shop)[0]
	builders.change_shop(shop, maximum_price_change=20)
	lower = round(float(published(sandbox, first)) * 0.7, 2)
	change_price(first.item, lower)
	for role in ("Marketplace Operator", "Marketplace Viewer", "Sales User"):
		with as_user(user_with_role(role)), pytest.raises((frappe.PermissionError, frappe.ValidationError)):
			api.allow_price(first.name, lower)

	assert builders.run(shop, "prices").sent == 0
	with as_user(user_with_role("Marketplace Manager")):
		api.allow_price(first.name, lower)
	assert builders.run(shop, "prices").sent == 1
	assert float(published(sandbox, first)) == lower


# --- what the marketplace answers ------------------------------------------------------------------


def test_a_refused_price_waits_with_the_reason_and_the_others_go(set_up):
	_sandbox, shop = set_up
	first, second = listings(shop)[:2]
	builders.change_shop(shop, minimum_price_share=30)  # this marketplace wants at least half
	log = builders.run(shop, "prices")

	assert (log.status, log.sent) == ("Partial", 0)
	price = row(first.name)
	assert price.pending and price.attempts == 1 and "half" in price.last_error and price.next_attempt_at
	assert "half" in api.listing_price(first.name)["last_error"]

	builders.change_shop(shop, minimum_price_share=60)
	assert builders.run(shop, "prices").status == "Success"
	assert row(second.name).last_error is None


def answering(monkeypatch, **result):
	"""Let the marketplace answer every pushed price like this."""

	def push_prices(self, prices):
		return [PushResult(listing_id=price.listing_id, ok=False, **result) for price in prices]

	monkeypatch.setattr(OzonConnector, "push_prices", push_prices)


def test_a_quarantine_is_shown_until_the_price_is_published(set_up, monkeypatch):
	sandbox, shop = set_up
	first = listings(shop)[0]
	new = published(sandbox, first) - 10
	change_price(first.item, new)
	with monkeypatch.context() as patch:
		answering(patch, code=QUARANTINE, message="Confirm it in the cabinet.")
		builders.run(shop, "prices")

	told = api.listing_price(first.name)
	assert (
		told["in_quarantine"] and told["last_error"] == "Confirm it in the cabinet." and told["cabinet_url"]
	)

	# Somebody confirms it in the cabinet.
	connector = get_shop(shop).connect()
	(there,) = [item.record for item in connector.prices(listing_ids=[first.external_id]).items]
	confirmed = Money(amount=new, currency="RUB")
	connector.push_prices(
		[there.model_copy(update={"price": confirmed, "old_price": None, "minimum_price": None})]
	)
	builders.run(shop, "prices")

	told = api.listing_price(first.name)
	assert (told["in_quarantine"], told["last_error"], told["pending"]) == (0, None, False)


def test_a_quarantine_the_marketplace_tells_of_when_prices_are_read(set_up, monkeypatch):
	_sandbox, shop = set_up
	first = listings(shop)[0]
	read = OzonConnector.prices

	def prices(self, *args, **kwargs):
		page = read(self, *args, **kwargs)
		items = []
		for item in page.items:
			record = item.record
			if record.listing_id == first.external_id:
				record = record.model_copy(update={"held": record.price, "held_reason": "Confirm it."})
			items.append(Fetched(item.external_id, item.raw, record))
		return Page(tuple(items), page.token, page.as_of)

	monkeypatch.setattr(OzonConnector, "prices", prices)
	builders.run(shop, "prices")

	assert (row(first.name).in_quarantine, row(first.name).last_error) == (1, "Confirm it.")
	assert frappe.db.count("Marketplace Listing Price", {"shop": shop, "in_quarantine": 1}) == 1


def test_a_price_that_is_being_looked_at_is_no_failure(set_up, monkeypatch):
	sandbox, shop = set_up
	first = listings(shop)[0]
	new = published(sandbox, first) - 10
	change_price(first.item, new)
	with monkeypatch.context() as patch:
		answering(patch, code=PENDING, retry_after=0.0)
		log = builders.run(shop, "prices")

	assert (log.status, log.failed) == ("Success", 0)
	assert (row(first.name).pending, row(first.name).attempts, row(first.name).last_error) == (1, 0, None)
	builders.run(shop, "prices")
	assert published(sandbox, first) == new


# --- the switch, and the size ----------------------------------------------------------------------


def test_prices_are_off_as_installed(open_sandbox, open_shop):
	shop = open_shop(open_sandbox())

	assert builders.stream_row(shop, "prices").enabled == 0
	with pytest.raises(frappe.ValidationError):
		api.sync_now(shop, "prices")


@pytest.fixture
def failed_run(set_up, user_with_role, as_user):
	"""A run that did not reach the marketplace, and a new price that waits. An operator looks at it."""
	sandbox, shop = set_up
	builders.change_shop(shop, enabled=1)
	change_price(listings(shop)[0].item, published(sandbox, listings(shop)[0]) - 10)
	sandbox.fault("503", path=PRICES)
	log = builders.run(shop, "prices")
	assert (log.status, sandbox.journal.count(PUSH)) == ("Failed", 0)
	with as_user(user_with_role("Marketplace Operator")):
		yield sandbox, shop, log.name


@pytest.mark.parametrize(
	("switch_off", "why"),
	[
		(lambda shop: builders.switch_streams(shop, prices=0), "their stream is off"),
		(lambda shop: builders.change_shop(shop, enabled=0), "the shop is off"),
		(
			lambda shop: frappe.db.set_value(
				"Marketplace Shop", shop, {"breaker_state": "Open", "breaker_reason": "It does not answer."}
			),
			"It does not answer",
		),
	],
	ids=["prices are off", "the shop is off", "the shop is paused"],
)
def test_a_run_that_failed_is_not_run_again_where_it_could_not_be_started(
	failed_run, as_user, queued, switch_off, why
):
	_sandbox, shop, log = failed_run
	with as_user("Administrator"):
		switch_off(shop)

	for start in (lambda: api.retry_run(log), lambda: api.sync_now(shop, "prices")):
		with pytest.raises(frappe.ValidationError, match=why):
			start()
	assert queued == []


def test_an_operator_runs_a_failed_run_again(failed_run, queued):
	_sandbox, _shop, log = failed_run

	started = api.retry_run(log)["log"]

	(call,) = queued
	assert (call["stream"], call["log"]) == ("prices", started)


def test_prices_switched_off_meanwhile_are_not_sent_by_what_was_queued_before(failed_run, as_user, queued):
	sandbox, shop, log = failed_run
	started = api.retry_run(log)["log"]
	with as_user("Administrator"):
		builders.switch_streams(shop, prices=0)

	assert jobs.run_stream(**queued[0]) is None

	ended = frappe.get_doc("Marketplace Sync Log", started)
	assert (ended.status, ended.summary) == (
		"Interrupted",
		"The stream of prices is off, so nothing was sent.",
	)
	assert sandbox.journal.count(PUSH) == 0


def test_a_run_asks_the_database_as_often_for_many_listings_as_for_few(open_sandbox, open_shop):
	counted = []
	for size in (5, 60):
		sandbox = open_sandbox(listings=size)
		shop = open_shop(sandbox, maximum_price_change=0, margin_guard=0, old_price_markup=50)
		switch_on(shop)
		builders.run(shop, "listings")
		item = builders.make_item()
		set_price(item, 777)
		frappe.db.set_value(
			"Marketplace Listing",
			{"shop": shop, "state": ("!=", "Archived")},
			{"item": item, "match_status": "Matched"},
		)
		commit()
		counted.append(queries_of(lambda shop=shop: builders.run(shop, "prices")))

	assert counted[0] == counted[1]


def queries_of(work) -> int:
	"""Statements the job's own connection sends while `work` runs."""
	count = 0
	sql = frappe.db.sql

	def counting(*args, **kwargs):
		nonlocal count
		count += 1
		return sql(*args, **kwargs)

	frappe.db.sql = counting
	try:
		work()
	finally:
		frappe.db.sql = sql
	return count


@pytest.mark.parametrize(
	"rule",
	[{"price_markup": -100}, {"minimum_price_share": 101}, {"minimum_margin": 150}, {"fee_share": 120}],
)
def test_rules_that_make_no_sense_are_not_saved(shop, rule):
	with pytest.raises(frappe.ValidationError):
		builders.change_shop(shop, **rule)
