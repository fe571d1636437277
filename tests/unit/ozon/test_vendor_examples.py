"""The vendor's own examples of every method we use, from the specification. They are written by hand and
sometimes nonsense, which is what makes them good payloads.
"""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal

import pytest

from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.records import (
	CancelReason,
	ListingState,
	Money,
	OrderStatus,
	Price,
	PushResult,
	ReturnKind,
	ReturnState,
	Scheme,
	StockLevel,
)
from tests.unit.ozon.shop import NOW
from tests.unit.ozon.specification import example, needs_specification

pytestmark = needs_specification

PAIR = {"listing_id": "118597312", "offer_id": "PH11042", "warehouse_id": "22142605386000"}


def rub(amount: str) -> Money:
	return Money(amount=amount, currency="RUB")


def test_roles(shop):
	shop.answer(endpoints.ROLES, example(endpoints.ROLES.path))
	shop.answer(endpoints.SELLER, example(endpoints.SELLER.path))
	shop.answer(endpoints.REVIEW_COUNTS, example(endpoints.REVIEW_COUNTS.path))
	report = shop.connector.check_credentials()
	assert report.expires_at == datetime(2026, 2, 18, 9, 54, 23, 296000, tzinfo=timezone.utc)
	assert report.account_name == "ООО 'Ромашка'"
	assert report.legal_name == "Общество с ограниченной ответственностью 'Ромашка'"
	assert (report.tax_id, report.currency, report.country) == ("7707083893", "RUB", "Россия")
	assert all(right.granted for right in report.rights)  # the example's key has the role Admin


def test_warehouses(shop):
	shop.answer(endpoints.WAREHOUSES, example(endpoints.WAREHOUSES.path))
	shop.answer(endpoints.DELIVERY_METHODS, {"delivery_methods": [], "cursor": "", "has_next": False})
	page = shop.connector.warehouses()
	(warehouse,) = [item.record for item in page.items]
	assert (warehouse.external_id, warehouse.name) == ("20605650762000", "17023")
	assert warehouse.scheme is Scheme.EXPRESS and warehouse.is_active
	assert page.token is None  # "has_next": "string" is no promise of more


def test_products(shop):
	listed = example(endpoints.PRODUCTS.path)
	details = example(endpoints.PRODUCT_DETAILS.path)
	details["items"][0]["id"] = listed["result"]["items"][0][
		"product_id"
	]  # the two examples are of two products
	shop.answer(endpoints.PRODUCTS, listed)
	shop.answer(endpoints.PRODUCT_DETAILS, details)
	(listing,) = [item.record for item in shop.connector.listings().items]
	assert listing.external_id == "3397917680"
	assert listing.marketplace_ids == {"product_id": "3397917680", "sku": "123456789"}
	assert (listing.title, listing.barcodes) == ("Тестовый товар 123", ("123456789012",))
	assert (listing.price, listing.old_price, listing.minimum_price) == (
		rub("1299.99"),
		rub("1499.99"),
		rub("999.99"),
	)
	assert listing.tax_rate == Decimal(20)
	assert (listing.state, listing.state_reason) == (ListingState.BLOCKED, "Исправьте цену")
	assert listing.image_url == "https://example.com/primary_image.jpg"


def test_prices(shop):
	shop.answer(endpoints.PRICES, example(endpoints.PRICES.path))
	page = shop.connector.prices()
	assert page.token is None
	assert [item.record for item in page.items] == [
		Price(
			listing_id="1000123456",
			offer_id="test-offer-123456",
			price=rub("2999.99"),
			old_price=rub("3499.99"),
			minimum_price=rub("2799.99"),
			cost_price=rub("2000"),
			expected_fees=rub("420.00"),  # 12 % and 60 for the last mile
			fee_rate=Decimal(12),
		),
		Price(
			listing_id="1000123457",
			offer_id="test-offer-123457",
			price=rub("5999.99"),
			old_price=rub("6999.99"),
			minimum_price=rub("5499.99"),
			cost_price=rub("4000"),
			expected_fees=rub("555.00"),  # 8 % and 75
			fee_rate=Decimal(8),
		),
	]


def test_price_push(shop):
	shop.answer(endpoints.PRICE_PUSH, example(endpoints.PRICE_PUSH.path))
	result = shop.connector.push_prices([Price(listing_id="1386", offer_id="PH8865", price=rub("1448"))])
	assert result == (PushResult(listing_id="1386", ok=True),)


def test_stock_push(shop):
	shop.answer(endpoints.STOCK_PUSH, example(endpoints.STOCK_PUSH.path))
	result = shop.connector.push_stock([StockLevel(**PAIR, quantity=100)])
	assert result == (PushResult(listing_id="118597312", warehouse_id="22142605386000", ok=True),)


def test_fbs_list(shop):
	shop.answer(endpoints.FBS_LIST, example(endpoints.FBS_LIST.path))
	(order,) = [
		item.record for item in shop.connector.orders_created(NOW.replace(year=2025, day=30), NOW).items
	]
	assert (order.external_id, order.order_number) == ("0208245774-0029-1", "0208245774-0029")
	assert (order.status, order.scheme) == (OrderStatus.AWAITING_PACKING, Scheme.FBS)
	assert [(line.offer_id, line.quantity, line.price) for line in order.lines] == [
		("b4408110", 1, rub("12990")),
		("h667722", 2, rub("3490")),
	]
	assert order.total == rub("19970")
	assert order.stated_total is None  # the example prices one of the two products
	assert order.buyer.email == "ivan.petrov@example.com" and order.buyer.tax_id == "7701234567"
	assert (order.address.street, order.address.pickup_point) == ("д. 15, кв. 78", "PVZ123")
	assert order.barcodes == ("601302481800001",)


def test_fbs_unfulfilled_list(shop):
	shop.answer(endpoints.FBS_OPEN, example(endpoints.FBS_OPEN.path))
	page = shop.connector.open_orders()
	(order,) = [item.record for item in page.items]
	assert (order.external_id, order.status) == ("41517061-0214-1", OrderStatus.AWAITING_SHIPMENT)
	assert order.total == order.stated_total == rub("300")
	assert order.barcodes == ()
	assert page.token is not None


def test_fbs_get(shop):
	shop.answer(endpoints.FBS_GET, example(endpoints.FBS_GET.path))
	order = shop.connector.order("0132112277-0101-1", Scheme.FBS).record
	assert (order.external_id, order.total) == ("0132112277-0101-1", rub("1530"))
	assert order.delivery_method == "Доставка Ozon самостоятельно, Ногинск"


def test_fbo_list(shop):
	shop.answer(endpoints.FBS_LIST, {"postings": [], "cursor": "", "has_next": False})
	shop.answer(endpoints.FBO_LIST, example(endpoints.FBO_LIST.path))
	since = NOW.replace(day=1)
	first = shop.connector.orders_created(since, NOW)
	(order,) = [item.record for item in shop.connector.orders_created(since, NOW, first.token).items]
	assert (order.external_id, order.scheme) == ("9121072335-0187-1", Scheme.FBO)
	assert (order.status, order.total, order.stated_total) == (
		OrderStatus.DELIVERED,
		rub("28990"),
		rub("28990"),
	)
	assert order.warehouse_id == "1020001835658000"


def test_fbo_get(shop):
	shop.answer(endpoints.FBO_GET, example(endpoints.FBO_GET.path))
	order = shop.connector.order("50520644-0012-7", Scheme.FBO).record
	assert (order.scheme, order.total, order.stated_total) == (Scheme.FBO, rub("137"), rub("137"))
	assert order.lines[0].commission == rub("13.70")


def test_cancel_reasons(shop):
	shop.answer(endpoints.CANCEL_REASONS, example(endpoints.CANCEL_REASONS.path))
	assert shop.connector.cancel_reasons("73837363-0010-3") == (
		CancelReason(external_id="352", title="Товар закончился на складе продавца"),
		CancelReason(external_id="400", title="Остался только бракованный товар"),
		CancelReason(external_id="402", title="Другое (вина продавца)", needs_message=True),
	)


def test_cancel(shop):
	shop.answer(endpoints.CANCEL, example(endpoints.CANCEL.path))
	shop.connector.cancel_order("33920113-1231-1", "352", "Product is out of stock")
	assert shop.bodies == [
		{
			"posting_number": "33920113-1231-1",
			"cancel_reason_id": 352,
			"cancel_reason_message": "Product is out of stock",
		}
	]


def test_cancel_lines(shop):
	shop.answer(endpoints.CANCEL_LINES, example(endpoints.CANCEL_LINES.path))
	shop.connector.cancel_lines("33920113-1231-1", {"150587396": 5}, "352", "Product is out of stock")
	(body,) = shop.bodies
	assert body["items"] == [{"sku": 150587396, "quantity": 5}]


def test_returns(shop):
	shop.answer(endpoints.RETURNS, example(endpoints.RETURNS.path))
	(found,) = [item.record for item in shop.connector.returns(NOW.replace(day=1), NOW).items]
	assert (found.external_id, found.order_id) == ("1000015552", "58544282-0057-1")
	assert (found.kind, found.state, found.scheme) == (
		ReturnKind.NOT_REDEEMED,
		ReturnState.READY,
		Scheme.FBS,
	)
	assert found.reason == "Покупатель отказался при вручении: недоволен качеством товара"
	assert found.place.startswith("СЦ_Львовский_Возвраты, Россия, обл. Московская")
	(line,) = found.lines
	assert (line.offer_id, line.marketplace_ids) == ("81451", {"sku": "1100526203"})
	assert (line.quantity, line.price) == (1, rub("3318"))
	assert found.barcode == "ii5275210303"
	assert found.pickup_until == found.changed_at == datetime(2024, 7, 29, 6, 15, 48, 998146, timezone.utc)
	assert found.received_at is None  # the example waits at the point and is over at once


def test_requests_of_rfbs_buyers(shop):
	shop.answer(endpoints.RFBS_RETURNS, example(endpoints.RFBS_RETURNS.path))
	page = shop.connector.returns(NOW.replace(day=1), NOW, '{"phase":"rfbs"}')
	(found,) = [item.record for item in page.items]
	assert (found.external_id, found.order_id) == ("rfbs-8000123456", "789456123-0002-3")
	assert (found.kind, found.state, found.scheme) == (
		ReturnKind.RETURNED,
		ReturnState.REQUESTED,
		Scheme.DBS,
	)
	assert found.vendor_status == "ON_APPROVAL"
	assert (found.lines[0].offer_id, found.lines[0].price) == ("test-offer-123456", rub("2999"))


def test_reviews(shop):
	shop.answer(endpoints.REVIEWS, example(endpoints.REVIEWS.path))
	page = shop.connector.reviews(NOW.replace(day=1), NOW)
	(review,) = [item.record for item in page.items]
	assert review.external_id == "017c0d1c-66d3-b838-3d29-cf9b95a6ac48"
	assert (review.rating, review.marketplace_ids) == (2, {"sku": "148591503"})
	assert review.text == "Не лучший товар, встречал и получше за те же деньги."
	assert (review.is_answered, review.vendor_status) == (False, "UNPROCESSED")
	assert review.created_at == datetime(2024, 10, 10, 7, 23, 55, 970000, tzinfo=timezone.utc)
	assert page.token == '{"last_id":"017c0d53-a7c8-81ef-53de-7d32fcbd7421"}'


def test_comments_on_a_review(shop):
	listed = example(endpoints.REVIEWS.path)
	listed["reviews"][0]["comments_amount"] = 1
	shop.answer(endpoints.REVIEWS, listed)
	shop.answer(endpoints.REVIEW_COMMENTS, example(endpoints.REVIEW_COMMENTS.path))
	(review,) = [item.record for item in shop.connector.reviews(NOW.replace(day=1), NOW).items]
	assert review.answer == "" and not review.is_answered  # the example's comment is published and rejected


def test_every_method_with_an_example_is_tried_here():
	"""Of the others the specification shows no answer."""
	without = {
		endpoints.STOCK.path,
		endpoints.DELIVERY_METHODS.path,
		endpoints.LABELS_CREATE.path,
		endpoints.LABELS_GET.path,
		endpoints.REVIEW_DETAILS.path,
		endpoints.REVIEW_ANSWER.path,
	}
	tried = {
		endpoints.ROLES.path,
		endpoints.SELLER.path,
		endpoints.WAREHOUSES.path,
		endpoints.PRODUCTS.path,
		endpoints.PRODUCT_DETAILS.path,
		endpoints.PRICES.path,
		endpoints.PRICE_PUSH.path,
		endpoints.STOCK_PUSH.path,
		endpoints.FBS_LIST.path,
		endpoints.FBS_OPEN.path,
		endpoints.FBS_GET.path,
		endpoints.FBO_LIST.path,
		endpoints.FBO_GET.path,
		endpoints.CANCEL_REASONS.path,
		endpoints.CANCEL.path,
		endpoints.CANCEL_LINES.path,
		endpoints.RETURNS.path,
		endpoints.RFBS_RETURNS.path,
		endpoints.REVIEWS.path,
		endpoints.REVIEW_COUNTS.path,
		endpoints.REVIEW_COMMENTS.path,
	}
	used = {method.path for methods in endpoints.NEEDED.values() for method in methods}
	used |= {method.path for method in (*endpoints.FBO, *endpoints.RFBS, endpoints.ROLES, endpoints.SELLER)}
	assert used == tried | without
	for path in without:
		with pytest.raises(KeyError):
			example(path)
