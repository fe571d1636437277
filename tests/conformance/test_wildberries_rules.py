"""What is Wildberries' own: categories of tokens, refusals that count as ten, uploads that take their time,
and orders that no list tells.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pyrate_limiter import InMemoryBucket

from crm_marketplace.integrations.budget import LimiterBudget
from crm_marketplace.integrations.connector import NOT_FOR_WAREHOUSE, PENDING, QUARANTINE
from crm_marketplace.integrations.errors import PermissionMissing, RateLimited, RejectedError
from crm_marketplace.integrations.marketplaces.wildberries.connector import INFO
from crm_marketplace.integrations.records import ListingState, Money, OrderStatus, Price, Scheme, StockLevel
from crm_marketplace.sandbox import Limits, Sandbox
from tests.conformance.suite.base import ids, one, read, records
from tests.conformance.test_wildberries import WildberriesBase

STOCK = "/api/v3/stocks/*"


def level(sandbox: Sandbox, place: int, quantity: int = 7, **changes: Any) -> StockLevel:
	values = {
		"listing_id": sandbox.listing_ids(sellable=True)[place],
		"offer_id": sandbox.offer_ids(sellable=True)[place],
		"warehouse_id": sandbox.warehouse_ids()[0],
		"quantity": quantity,
	}
	return StockLevel(**{**values, **changes})


def unknown(sandbox: Sandbox, number: int) -> StockLevel:
	return level(sandbox, 0, listing_id=str(10**9 + number), offer_id="gone")


def budget_on(sandbox: Sandbox) -> LimiterBudget:
	"""The connector's own budget, on the sandbox's clock."""

	class Bucket(InMemoryBucket):
		def now(self) -> int:
			return sandbox.clock.micros() // 1000

	return LimiterBudget(INFO.rate_limits, lambda _group, rates: Bucket(rates), sleep=sandbox.advance)


class TestTokens(WildberriesBase):
	@pytest.mark.parametrize(
		("without", "missing"),
		[
			("listings", {"listings": ("Контент",), "stock": ("Контент",)}),
			("prices", {"prices": ("Цены и скидки",)}),
			(
				"orders",
				dict.fromkeys(("orders", "warehouses", "stock", "cancellation", "labels"), ("Маркетплейс",)),
			),
			("returns", {"returns": ("Аналитика",)}),
			("claims", {}),
			("feedback", {"feedback": ("Вопросы и отзывы",)}),
			(
				"writing",
				dict.fromkeys(("stock", "prices", "cancellation", "feedback"), ("Только на чтение",)),
			),
		],
	)
	def test_a_missing_category_names_the_streams_it_blocks(self, sandbox, connect, without, missing):
		report = connect(sandbox, sandbox.make_key(without=[without])).check_credentials()
		assert {right.capability: right.missing for right in report.rights if not right.granted} == missing

	def test_what_the_token_may_not_is_not_even_asked(self, sandbox, connect):
		"""A refused request would count as ten."""
		connector = connect(sandbox, sandbox.make_key(without=["orders", "prices"]))
		for ask in (connector.warehouses, connector.open_orders, connector.prices):
			with pytest.raises(PermissionMissing):
				ask()
		assert sandbox.journal.count() == 0

	def test_the_marketplaces_word_counts_where_the_token_says_otherwise(self, sandbox, connect):
		sandbox.fault("missing_role")
		with pytest.raises(PermissionMissing):
			connect(sandbox).listings()

	def test_without_analytics_the_sellers_own_orders_still_come(self, sandbox, connect):
		connector = connect(sandbox, sandbox.make_key(without=["fbo_orders"]))
		report = connector.check_credentials()
		assert {right.capability for right in report.rights if not right.granted} == {"returns"}
		assert any("Аналитика" in note for note in report.notes)
		found = records(read(connector, "orders_created"))
		assert found and Scheme.FBO not in {order.scheme for order in found}

	def test_a_token_pasted_with_its_scheme(self, sandbox, connect):
		credentials = {"token": "Bearer " + sandbox.credentials["token"]}
		assert connect(sandbox, credentials).check_credentials().account_id


class TestStock(WildberriesBase):
	def test_refused_lines_are_named_and_the_others_set(self, sandbox, connect):
		rows = [level(sandbox, place) for place in range(40)]
		rows[3], rows[17] = unknown(sandbox, 3), unknown(sandbox, 17)
		results = connect(sandbox).push_stock(rows)
		assert [place for place, result in enumerate(results) if not result.ok] == [3, 17]
		assert {result.code for result in results if not result.ok} == {"NotFound"}
		assert sandbox.journal.count(STOCK) == 2
		assert sandbox.stock(rows[5].offer_id, rows[5].warehouse_id)["free"] == 7

	@pytest.mark.parametrize("named", [0, 1])
	def test_a_bad_line_nobody_names_is_found(self, sandbox, connect, named):
		sandbox.shop.name_refused_lines(named)
		rows = [level(sandbox, place) for place in range(50)]
		rows[31] = unknown(sandbox, 31)
		results = connect(sandbox).push_stock(rows)
		assert [place for place, result in enumerate(results) if not result.ok] == [31]
		assert results[31].message
		assert sandbox.journal.count(STOCK) <= 12

	def test_what_is_not_found_out_in_one_push_waits_for_the_next(self, sandbox, connect):
		sandbox.shop.name_refused_lines(1)
		rows = [unknown(sandbox, place) for place in range(60)]
		results = connect(sandbox).push_stock(rows)
		assert not any(result.ok for result in results)
		assert {result.code for result in results} == {"NotFound", "NotSent"}
		assert all(result.retry_after for result in results if result.code == "NotSent")
		assert sandbox.journal.count(STOCK) == 24

	def test_a_thousand_conflicts_in_one_push_are_one_request(self, sandbox, connect):
		results = connect(sandbox).push_stock([unknown(sandbox, number) for number in range(1000)])
		assert {(result.ok, result.code, result.retry_after) for result in results} == {
			(False, "NotFound", None)
		}
		assert sandbox.journal.count() == 1

	def test_a_thousand_conflicts_in_a_row_leave_the_budget_whole(self, connect):
		"""Each counts as ten: our own budget spaces them, so that the marketplace never says 429, and the
		other streams have theirs.
		"""
		with self.open_sandbox(limits=Limits()) as sandbox:
			connector = connect(sandbox, budget=budget_on(sandbox), patience=10_000.0)
			connector.transport.sleep = sandbox.advance
			for number in range(1000):
				assert connector.push_stock([unknown(sandbox, number)])[0].code == "NotFound"
				if number % 100 == 0:
					connector.open_orders()
			assert sandbox.journal.count(STOCK) == 1000
			assert {exchange.status for exchange in sandbox.journal.last(limit=2000)} == {200, 409}

	def test_what_was_said_is_kept_when_the_marketplace_then_fails(self, sandbox, connect):
		rows = [level(sandbox, 0), unknown(sandbox, 1)]
		sandbox.fault("429", path=STOCK, skip=1, times=100, seconds=33)
		taken, refused = connect(sandbox, patience=0.0).push_stock(rows)
		assert (refused.ok, refused.code) == (False, "NotFound")
		assert (taken.ok, taken.code, taken.retry_after) == (False, "NotSent", 33)

	def test_a_failure_at_once_is_told(self, sandbox, connect):
		sandbox.fault("429", path=STOCK, times=100, seconds=33)
		with pytest.raises(RateLimited):
			connect(sandbox, patience=0.0).push_stock([level(sandbox, 0)])

	def test_a_warehouse_that_is_being_changed_is_waited_for(self, sandbox, connect):
		rows = [
			level(sandbox, 0),
			level(sandbox, 1),
			level(sandbox, 0, warehouse_id=sandbox.warehouse_ids("DBS")[0]),
		]
		sandbox.shop.close_warehouse(rows[0].warehouse_id)
		results = connect(sandbox).push_stock(rows)
		assert [(result.ok, result.code) for result in results[:2]] == [(False, "StoreIsProcessing")] * 2
		assert all(result.retry_after for result in results[:2])
		assert results[2].ok
		warehouses = records(list(connect(sandbox).warehouses().items))
		assert next(row for row in warehouses if row.external_id == rows[0].warehouse_id).is_active

	def test_goods_of_two_sizes_are_taken_by_their_own_warehouse_only(self, sandbox, connect):
		small, bulky = (
			sandbox.shop.state.one(
				"SELECT chrt_id, offer_id FROM size JOIN card USING (nm_id) "
				"WHERE cargo_type = ? AND trashed_at IS NULL",
				(kind,),
			)
			for kind in (1, 2)
		)
		places = sandbox.warehouse_ids("FBS")[:2]  # for small goods, and for bulky ones
		rows = [
			level(sandbox, 0, warehouse_id=place, listing_id=str(size["chrt_id"]), offer_id=size["offer_id"])
			for place in places
			for size in (small, bulky)
		]
		results = connect(sandbox).push_stock(rows)
		assert [(result.ok, result.code) for result in results] == [
			(True, None),
			(False, NOT_FOR_WAREHOUSE),
			(False, NOT_FOR_WAREHOUSE),
			(True, None),
		]
		assert "СГТ" in results[1].message and "not bulky" in results[2].message

	def test_a_request_per_warehouse(self, sandbox, connect):
		places = sandbox.warehouse_ids()
		rows = [level(sandbox, place, warehouse_id=places[place % 2 * 2]) for place in range(10)]
		assert all(result.ok for result in connect(sandbox).push_stock(rows))
		assert sandbox.journal.count(STOCK) == 2

	def test_models_whose_orders_are_not_read_are_inactive_warehouses(self, sandbox, connect):
		warehouses = records(list(connect(sandbox).warehouses().items))
		assert {row.vendor_status for row in warehouses if not row.is_active} == {"DBW", "C&C", "deleting"}


class TestPrices(WildberriesBase):
	def row(
		self, connector: Any, sandbox: Sandbox, amount: int, *, sizes_priced: int = 0, place: int = 0
	) -> Price:
		row = sandbox.shop.state.all(
			"""SELECT nm_id, chrt_id, offer_id FROM size JOIN card USING (nm_id)
			WHERE sizes_priced = ? AND trashed_at IS NULL ORDER BY chrt_id""",
			(sizes_priced,),
		)[place]
		return Price(
			listing_id=str(row["chrt_id"]),
			offer_id=row["offer_id"],
			marketplace_ids={"nmID": str(row["nm_id"])},
			price=Money(amount=Decimal(amount), currency="RUB"),
		)

	def there(self, connector: Any, row: Price) -> Price:
		return records(list(connector.prices(listing_ids=[row.listing_id]).items))[0]

	def test_a_price_in_quarantine_is_told_with_the_way_out(self, sandbox, connect):
		connector = connect(sandbox)
		row = self.row(connector, sandbox, 1)
		result = connector.push_prices([row])[0]
		assert (result.ok, result.code, result.retry_after) == (False, QUARANTINE, None)
		assert "Quarantine" in result.message
		shown = self.there(connect(sandbox), row)
		assert shown.price.amount > 1 and shown.held == row.price and "Quarantine" in shown.held_reason
		other = self.there(connector, self.row(connector, sandbox, 1, place=30))
		assert other.held is None and other.held_reason == ""

	def test_an_upload_that_takes_its_time_is_waited_for(self, sandbox, connect, naps):
		sandbox.shop.slow_down_uploads(4)
		connector = connect(sandbox)
		row = self.row(connector, sandbox, 999_999)
		assert connector.push_prices([row])[0].ok
		assert naps == [0.5, 1.0, 2.0, 4.0]
		assert self.there(connector, row).price == row.price

	def test_an_upload_that_takes_longer_than_the_patience_is_pending(self, sandbox, connect):
		sandbox.shop.slow_down_uploads(3)
		row = self.row(None, sandbox, 999_999)
		result = connect(sandbox, patience=0.0).push_prices([row])[0]
		assert (result.ok, result.code) == (False, PENDING)
		assert result.retry_after and result.message
		# Pushed again while the marketplace works on it, it is the same upload; then there is nothing to do.
		result = connect(sandbox, patience=60.0).push_prices([row])[0]
		assert result.ok
		assert self.there(connect(sandbox), row).price == row.price
		uploads = sandbox.journal.count("/api/v2/upload/task")
		assert connect(sandbox).push_prices([row])[0].ok
		assert sandbox.journal.count("/api/v2/upload/task") == uploads == 2
		assert sandbox.shop.state.value("SELECT count(*) FROM upload") == 1

	def test_a_card_whose_sizes_have_prices_of_their_own(self, sandbox, connect):
		connector = connect(sandbox)
		rows = [
			self.row(connector, sandbox, 2000 + place, sizes_priced=1, place=place).model_copy(
				update={"marketplace_ids": {}}  # looked up
			)
			for place in range(2)
		]
		assert rows[0].listing_id != rows[1].listing_id
		assert [result.ok for result in connector.push_prices(rows)] == [True, True]
		assert [self.there(connector, row).price for row in rows] == [row.price for row in rows]
		assert sandbox.journal.count("/api/v2/upload/task/size") == 1
		assert all(self.there(connector, row).old_price_fixed for row in rows)

	def test_sizes_of_one_price_must_agree(self, sandbox, connect):
		nm_id = sandbox.shop.state.value(
			"""SELECT nm_id FROM size JOIN card USING (nm_id) WHERE NOT sizes_priced AND trashed_at IS NULL
			GROUP BY nm_id HAVING count(*) > 1"""
		)
		sizes = [
			str(row[0])
			for row in sandbox.shop.state.all("SELECT chrt_id FROM size WHERE nm_id = ?", (nm_id,))
		]
		rows = [
			Price(
				listing_id=size,
				offer_id="",
				marketplace_ids={"nmID": str(nm_id)},
				price=Money(amount=Decimal(amount), currency="RUB"),
			)
			for size, amount in zip(sizes, (500_000, 600_000), strict=False)
		]
		results = connect(sandbox).push_prices(rows)
		assert [(result.ok, result.code) for result in results] == [(False, "sizes_differ")] * 2
		same = [row.model_copy(update={"price": rows[0].price}) for row in rows]
		assert [result.ok for result in connect(sandbox).push_prices(same)] == [True, True]
		assert sandbox.journal.count("/api/v2/upload/task") == 1

	@pytest.mark.parametrize(("amount", "code"), [("0", "zero"), ("99.90", "not_whole"), ("-5", "zero")])
	def test_what_is_no_price_is_not_sent(self, sandbox, connect, amount, code):
		row = self.row(None, sandbox, 1).model_copy(
			update={"price": Money(amount=Decimal(amount), currency="RUB")}
		)
		result = connect(sandbox).push_prices([row])[0]
		assert (result.ok, result.code) == (False, code) and result.message
		assert sandbox.journal.count("/api/v2/upload/task") == 0


class TestOrders(WildberriesBase):
	def test_a_basket_is_an_order_per_unit(self, sandbox, connect):
		offer_id = sandbox.offer_ids(sellable=True)[0]
		sandbox.set_stock(offer_id, 9)
		sandbox.create_order({offer_id: 3})
		orders = records(list(connect(sandbox).open_orders().items))
		basket = one(connect(sandbox), sandbox.order_ids()[-1]).order_number
		assert [order.lines[0].quantity for order in orders if order.order_number == basket] == [1, 1, 1]

	def test_lines_name_their_listing(self, sandbox, connect):
		connector = connect(sandbox)
		listings = {item.external_id for item in read(connector, "listings")}
		for order in records(read(connector, "orders_created")):
			assert order.lines[0].listing_id in listings
			assert order.lines[0].marketplace_ids["chrtID"] == order.lines[0].listing_id
			assert order.lines[0].marketplace_ids["srid"]

	def test_sums_are_in_the_sellers_currency(self, sandbox, connect):
		"""Also of what is sold abroad, in another one."""
		connector = connect(sandbox)
		abroad = [
			item
			for item in read(connector, "orders_created")
			if item.raw.get("order", {}).get("currencyCode") == 933
		]
		assert abroad
		for item in abroad:
			assert item.record.currency == "RUB"
			assert item.record.total.amount * 100 == item.raw["order"]["convertedPrice"]

	def test_a_company_that_the_seller_delivers_to_has_a_name(self, sandbox, connect):
		buyer = one(connect(sandbox), sandbox.create_order(scheme="DBS", is_company=True)).buyer
		assert buyer.is_company and buyer.company_name and buyer.tax_id and buyer.phone_is_masked

	def test_an_order_between_the_lists_is_followed_by_its_record(self, sandbox, connect):
		connector = connect(sandbox)
		order = one(connector, sandbox.create_order(scheme="DBS"))
		sandbox.move_order(order.external_id)
		with pytest.raises(RejectedError) as caught:
			connector.order(order.external_id)
		assert caught.value.record_id == order.external_id
		fresh = records(list(connector.refresh_orders([order]).items))[0]
		assert fresh.status is OrderStatus.AWAITING_SHIPMENT
		assert (fresh.address, fresh.buyer, fresh.lines) == (order.address, order.buyer, order.lines)

	@pytest.mark.parametrize("scheme", ["FBS", "DBS", "Express"])
	def test_cancelling_in_every_scheme(self, sandbox, connect, scheme):
		connector = connect(sandbox)
		order_id = sandbox.create_order(scheme=scheme)
		connector.cancel_order(order_id, connector.cancel_reasons(order_id)[0].external_id)
		order = one(connector, order_id)
		assert order.status is OrderStatus.CANCELLED
		assert order.cancellation.initiator and order.cancellation.reason
		assert not order.cancellation.after_shipping and not order.actions

	def test_fbo_orders_come_without_holding_up_the_others(self, connect):
		"""The feed may be asked once a minute: where that is used up, a walk does without it."""
		with self.open_sandbox(limits=Limits()) as sandbox:
			connector = connect(sandbox, budget=budget_on(sandbox), patience=0.0)
			since = sandbox.clock.now() - timedelta(hours=1)
			sandbox.advance(timedelta(hours=1))
			order_id = sandbox.create_order(scheme="FBO")
			sandbox.advance(timedelta(seconds=5))
			seen = [self.changes(connector, since, sandbox) for _run in range(2)]
			assert order_id in seen[0] and order_id not in seen[1]
			own = {id_ for id_ in sandbox.order_ids() if id_.isdecimal()}
			assert seen[0] & own == seen[1] & own
			sandbox.advance(timedelta(minutes=6))
			assert order_id in self.changes(connector, since, sandbox)
			assert sandbox.journal.count("/api/analytics/v1/order-feed") == 2

	@pytest.mark.parametrize("kind", ["503", "drop_connection", "html"])
	def test_a_feed_that_fails_does_not_cost_the_others(self, sandbox, connect, naps, kind):
		connector = connect(sandbox)
		since = sandbox.clock.now() - timedelta(hours=1)
		order_id = sandbox.create_order(scheme="FBS")
		sandbox.advance(timedelta(seconds=5))
		sandbox.fault(kind, path="/api/analytics/v1/order-feed", times=1000)
		assert order_id in self.changes(connector, since, sandbox)
		assert order_id in ids(read(connector, "orders_created"))

	def changes(self, connector: Any, since: Any, sandbox: Sandbox) -> set[str]:
		found: list[Any] = []
		token = None
		while True:
			page = connector.order_changes(since, sandbox.clock.now(), token)
			found += page.items
			token = page.token
			if token is None:
				return set(ids(found))


class TestListings(WildberriesBase):
	def test_cards_in_the_bin_are_archived(self, busy_shop, connect):
		listings = records(read(connect(busy_shop), "listings"))
		archived = {row.external_id for row in listings if row.state is ListingState.ARCHIVED}
		assert archived == set(busy_shop.listing_ids()) - set(busy_shop.listing_ids(sellable=True))
		assert archived

	def test_sizes_share_an_article_and_are_told_apart(self, busy_shop, connect):
		listings = records(read(connect(busy_shop), "listings"))
		cards: dict[str, list[Any]] = {}
		for row in listings:
			cards.setdefault(row.marketplace_ids["nmID"], []).append(row)
		several = [rows for rows in cards.values() if len(rows) > 1]
		assert several and len(several) < len(cards)
		assert len({row.offer_id for row in listings}) == len(listings)

	def test_a_size_without_a_barcode_is_a_listing_like_others(self, busy_shop, connect):
		connector = connect(busy_shop)
		bare = [row for row in records(read(connector, "listings")) if not row.barcodes]
		on_sale = [row for row in bare if row.state is ListingState.ACTIVE]
		assert on_sale
		levels = {row.listing_id for row in records(read(connector, "stock_levels"))}
		assert {row.external_id for row in on_sale} <= levels
