"""Golden payloads: what the vendor sends, and exactly what it becomes."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from crm_marketplace.integrations.marketplaces.yandex_market.listings import read_listing
from crm_marketplace.integrations.marketplaces.yandex_market.order_records import read_order
from crm_marketplace.integrations.marketplaces.yandex_market.prices import read_price
from crm_marketplace.integrations.marketplaces.yandex_market.returns import read_return
from crm_marketplace.integrations.marketplaces.yandex_market.reviews import read_review
from crm_marketplace.integrations.marketplaces.yandex_market.stock import read_stock_level
from crm_marketplace.integrations.marketplaces.yandex_market.warehouses import (
	read_grouped_warehouse,
	read_warehouse,
)
from crm_marketplace.integrations.records import Scheme
from tests.conformance.yandex_market_specification import YANDEX_MARKET
from tests.unit.yandex_market.shop import GOLDEN, golden, goldens
from tests.unit.yandex_market.specification import needs_specification

READERS = {
	"order": read_order,
	"listing": read_listing,
	"price": read_price,
	"stock": read_stock_level,
	"return": read_return,
	"review": read_review,
	"warehouse": read_warehouse,
	"grouped_warehouse": lambda raw: read_grouped_warehouse(raw, (Scheme.FBS, Scheme.EXPRESS)),
}
NAMES = sorted(path.stem for path in GOLDEN.glob("*.json"))


@pytest.mark.parametrize("name", NAMES)
def test_payload_becomes_exactly_this_record(name):
	case = golden(name)
	fetched = READERS[case["kind"]](case["payload"])
	assert fetched.error is None
	assert json.loads(json.dumps(case["record"])) == fetched.record.model_dump(
		mode="json", exclude_defaults=True
	)
	assert fetched.raw is case["payload"]


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_payload_gives_the_same_record(name):
	case = golden(name)
	read = READERS[case["kind"]]
	stored = json.loads(json.dumps(case["payload"], default=str))
	assert read(stored).record.digest == read(case["payload"]).record.digest


@pytest.mark.parametrize("name", goldens("order"))
def test_totals_agree_with_the_vendors(name):
	order = read_order(golden(name)["payload"]).record
	assert order.stated_total == order.total
	goods = sum((line.price.amount * line.quantity for line in order.lines), Decimal(0))
	assert order.total.amount == goods + sum(charge.amount.amount for charge in order.charges)


# Added to an order or a review by ourselves: what another method tells of its buyer, or what was written below.
OUR_OWN = {"buyer", "comments"}


@needs_specification
@pytest.mark.parametrize("name", goldens("order"))
def test_golden_orders_are_such_as_the_vendor_sends(name):
	order = {key: value for key, value in golden(name)["payload"].items() if key not in OUR_OWN}
	answer = json.dumps({"orders": [order], "paging": {}}, default=float).encode()
	assert YANDEX_MARKET.faults("POST", "/v1/businesses/1/orders", b"{}", 200, answer) == []


@needs_specification
@pytest.mark.parametrize("name", goldens("listing"))
def test_golden_listings_are_such_as_the_vendor_sends(name):
	result = {"offerMappings": [golden(name)["payload"]], "paging": {}}
	answer = json.dumps({"status": "OK", "result": result}, default=float).encode()
	assert YANDEX_MARKET.faults("POST", "/v2/businesses/1/offer-mappings", b"{}", 200, answer) == []


@needs_specification
@pytest.mark.parametrize("name", goldens("return"))
def test_golden_returns_are_such_as_the_vendor_sends(name):
	result = {"returns": [golden(name)["payload"]], "paging": {}}
	answer = json.dumps({"status": "OK", "result": result}, default=float).encode()
	assert YANDEX_MARKET.faults("GET", "/v2/campaigns/1/returns", b"", 200, answer) == []


@needs_specification
@pytest.mark.parametrize("name", goldens("review"))
def test_golden_reviews_are_such_as_the_vendor_sends(name):
	payload = golden(name)["payload"]
	review = {key: value for key, value in payload.items() if key not in OUR_OWN}
	answer = json.dumps({"status": "OK", "result": {"feedbacks": [review]}}, default=float).encode()
	assert YANDEX_MARKET.faults("POST", "/v2/businesses/1/goods-feedback", b"{}", 200, answer) == []
	below = json.dumps({"status": "OK", "result": {"comments": payload.get("comments", [])}}).encode()
	path = "/v2/businesses/1/goods-feedback/comments"
	assert YANDEX_MARKET.faults("POST", path, b'{"feedbackId":1}', 200, below) == []
