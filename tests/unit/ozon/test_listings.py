from __future__ import annotations

import copy
from decimal import Decimal
from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.listings import read_listing
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import ListingState
from tests.unit.ozon.shop import AS_OF, golden


def product(id_: int, **changes: Any) -> dict[str, Any]:
	payload = copy.deepcopy(golden("listing_active")["payload"])
	return {**payload, "id": id_, "offer_id": f"A-{id_}", **changes}


def ref(id_: int, **changes: Any) -> dict[str, Any]:
	return {"product_id": id_, "offer_id": f"A-{id_}", "sku": 10 * id_, "archived": False, **changes}


def listed(*ids: int, last_id: str = "") -> dict[str, Any]:
	return {"result": {"items": [ref(id_) for id_ in ids], "last_id": last_id, "total": 99}}


def details(*ids: int, **changes: Any) -> dict[str, Any]:
	return {"items": [product(id_, **changes) for id_ in ids]}


def test_all_that_are_not_archived_then_the_archived_ones(shop):
	shop.answer(
		endpoints.PRODUCTS,
		listed(1, 2, last_id="x"),
		listed(3, last_id="y"),
		listed(last_id=""),
		listed(4, last_id="z"),
		listed(),
	)
	shop.answer(endpoints.PRODUCT_DETAILS, details(2, 1), details(3), details(4, is_archived=True))
	pages = list(walk(shop.connector.listings, limit=2))
	found = [item.record for page in pages for item in page.items]
	assert [listing.external_id for listing in found] == ["1", "2", "3", "4"]
	assert [listing.state for listing in found][2:] == [ListingState.ACTIVE, ListingState.ARCHIVED]
	assert {page.as_of for page in pages} == {AS_OF}
	lists = [body for path, body in shop.requests if path == endpoints.PRODUCTS.path]
	assert lists == [
		{"filter": {"visibility": visibility}, "last_id": last_id, "limit": 2}
		for visibility, last_id in [
			("ALL", ""),
			("ALL", "x"),
			("ALL", "y"),
			("ARCHIVED", ""),
			("ARCHIVED", "z"),
		]
	]
	asked = [body for path, body in shop.requests if path == endpoints.PRODUCT_DETAILS.path]
	assert asked == [{"product_id": ["1", "2"]}, {"product_id": ["3"]}, {"product_id": ["4"]}]


def test_an_empty_shop_costs_two_requests(shop):
	shop.answer(endpoints.PRODUCTS, listed(), listed())
	assert [page.items for page in walk(shop.connector.listings)] == [(), ()]


@pytest.mark.parametrize(("limit", "asked"), [(None, 1000), (5000, 1000), (10, 10)])
def test_page_sizes(shop, limit, asked):
	shop.answer(endpoints.PRODUCTS, listed())
	shop.connector.listings(limit=limit)
	assert shop.bodies[0]["limit"] == asked


def test_a_product_that_vanished_in_between(shop):
	shop.answer(endpoints.PRODUCTS, listed(1, 2))
	shop.answer(endpoints.PRODUCT_DETAILS, details(2))
	gone, there = shop.connector.listings().items
	assert gone.external_id == "1" and isinstance(gone.error, ContractError) and gone.raw == ref(1)
	assert there.record.external_id == "2"


def test_a_row_that_is_no_product(shop):
	shop.answer(endpoints.PRODUCTS, {"result": {"items": [None, ref(2)], "last_id": "x"}})
	shop.answer(endpoints.PRODUCT_DETAILS, details(2))
	broken, whole = shop.connector.listings().items
	assert broken.external_id.startswith("unreadable-") and broken.error
	assert whole.record


@pytest.mark.parametrize("body", [{}, {"result": {}}, {"result": {"items": {}}}, {"items": []}])
def test_an_answer_without_its_list(shop, body):
	shop.answer(endpoints.PRODUCTS, body)
	with pytest.raises(ContractError):
		shop.connector.listings()


def test_a_token_of_another_list(shop):
	with pytest.raises(ContractError, match="saved position"):
		shop.connector.listings('{"visibility":"EVERYTHING"}')


# --- states ----------------------------------------------------------------------------------------

FINE = golden("listing_active")["payload"]["statuses"]


@pytest.mark.parametrize(
	("changes", "state", "reason"),
	[
		({}, ListingState.ACTIVE, None),
		(
			{"is_archived": True, "statuses": {**FINE, "moderate_status": "declined"}},
			ListingState.ARCHIVED,
			None,
		),
		({"is_autoarchived": True}, ListingState.ARCHIVED, None),
		(
			{"statuses": {**FINE, "moderate_status": "declined", "status_tooltip": "Бренд закрыт"}},
			ListingState.BLOCKED,
			"Бренд закрыт",
		),
		({"statuses": {**FINE, "validation_status": "FAIL"}}, ListingState.BLOCKED, "Продаётся"),
		({"statuses": {**FINE, "status_failed": "imported"}}, ListingState.BLOCKED, "Продаётся"),
		({"statuses": {**FINE, "status_failed": "none"}}, ListingState.ACTIVE, None),
		(
			{"errors": [{"level": "ERROR_LEVEL_ERROR", "code": "BAD", "texts": None}]},
			ListingState.BLOCKED,
			"BAD",
		),
		({"errors": [{"level": "ERROR_LEVEL_WARNING", "code": "HM"}]}, ListingState.ACTIVE, None),
		({"visibility_details": {"has_price": False, "has_stock": True}}, ListingState.INACTIVE, "Продаётся"),
		({"visibility_details": {"has_price": True, "has_stock": False}}, ListingState.INACTIVE, "Продаётся"),
		({"statuses": {**FINE, "is_created": False, "status_name": ""}}, ListingState.INACTIVE, None),
		(
			{
				"availabilities": [
					{"availability": "HIDDEN", "reasons": [{"id": 1, "human_text": {"text": "Скрыт вами"}}]}
				]
			},
			ListingState.INACTIVE,
			"Скрыт вами",
		),
		({"availabilities": [{"availability": "AVAILABLE", "reasons": []}]}, ListingState.ACTIVE, None),
		({"statuses": None, "visibility_details": None, "errors": None}, ListingState.ACTIVE, None),
	],
)
def test_states(changes, state, reason):
	listing = read_listing(product(1, **changes)).record
	assert (listing.state, listing.state_reason) == (state, reason)


# --- fields ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("vat", "rate"),
	[
		("0", 0),
		("0.05", 5),
		("0.1", 10),
		("0.22", 22),
		("20%", 20),
		("20 %", 20),
		("", None),
		(None, None),
		("без НДС", None),
		("NaN", None),
		("-1", None),
		("700", None),
	],
)
def test_vat_rates(vat, rate):
	assert read_listing(product(1, vat=vat)).record.tax_rate == (None if rate is None else Decimal(rate))


@pytest.mark.parametrize(
	("main", "images", "url"),
	[
		(["a.jpg"], ["b.jpg"], "a.jpg"),
		("a.jpg", [], "a.jpg"),
		([], ["b.jpg"], "b.jpg"),
		(None, ["", "c.jpg"], "c.jpg"),
		("", None, None),
	],
)
def test_pictures(main, images, url):
	assert read_listing(product(1, primary_image=main, images=images)).record.image_url == url


def test_a_renamed_article_is_the_same_listing():
	before, after = read_listing(product(1)).record, read_listing(product(1, offer_id="новый")).record
	assert before.external_id == after.external_id == "1"
	assert before.digest != after.digest


def test_no_sku_no_page():
	listing = read_listing(product(1, sku=0)).record
	assert listing.url is None and listing.marketplace_ids == {"product_id": "1"}


def test_prices_that_are_not_set():
	listing = read_listing(product(1, price="", old_price="0", min_price=None)).record
	assert (listing.price, listing.old_price, listing.minimum_price) == (None, None, None)


def test_a_price_without_a_currency_is_told():
	error = read_listing(product(1, currency_code="")).error
	assert error.field == "currency" and error.record_id == "1"
