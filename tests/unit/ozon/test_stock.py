from __future__ import annotations

from typing import Any

import pytest

from crm_marketplace.integrations.connector import NOT_FOR_WAREHOUSE
from crm_marketplace.integrations.errors import ContractError, RejectedError
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.stock import read_stock_level
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import PushResult, StockLevel
from tests.unit.ozon.shop import AS_OF


def listed(*ids: int, last_id: str = "") -> dict[str, Any]:
	return {
		"result": {"items": [{"product_id": id_, "offer_id": f"A-{id_}"} for id_ in ids], "last_id": last_id}
	}


def row(id_: int, warehouse: int = 9, free: int = 5, **changes: Any) -> dict[str, Any]:
	return {
		"product_id": id_,
		"offer_id": f"A-{id_}",
		"warehouse_id": warehouse,
		"present": free + 1,
		"reserved": 1,
		"free_stock": free,
		**changes,
	}


def stock(*rows: Any, cursor: str = "") -> dict[str, Any]:
	return {"products": list(rows), "cursor": cursor, "has_next": bool(cursor)}


def level(id_: int, warehouse: str = "9", quantity: int = 5) -> StockLevel:
	return StockLevel(listing_id=str(id_), offer_id=f"A-{id_}", warehouse_id=warehouse, quantity=quantity)


def found(pages: Any) -> list[tuple[str, str, int]]:
	return [
		(item.record.listing_id, item.record.warehouse_id, item.record.quantity)
		for page in pages
		for item in page.items
	]


# --- reading ---------------------------------------------------------------------------------------


def test_all_stock_page_by_page(shop):
	# Two products of a page have four rows, which come in two pages of their own.
	shop.answer(
		endpoints.PRODUCTS,
		listed(1, 2, last_id="x"),
		listed(1, 2, last_id="x"),
		listed(3, last_id="y"),
		listed(),
	)
	shop.answer(
		endpoints.STOCK, stock(row(1), row(1, 8), cursor="c"), stock(row(2), row(2, 8)), stock(row(3))
	)
	pages = list(walk(lambda token, limit: shop.connector.stock_levels(token, None, limit), limit=2))
	assert found(pages) == [("1", "9", 5), ("1", "8", 5), ("2", "9", 5), ("2", "8", 5), ("3", "9", 5)]
	assert {page.as_of for page in pages} == {AS_OF}
	assert [body for path, body in shop.requests if path == endpoints.STOCK.path] == [
		{"offer_id": ["A-1", "A-2"], "limit": 2, "cursor": ""},
		{"offer_id": ["A-1", "A-2"], "limit": 2, "cursor": "c"},
		{"offer_id": ["A-3"], "limit": 2, "cursor": ""},
	]
	lists = [body for path, body in shop.requests if path == endpoints.PRODUCTS.path]
	assert [(body["last_id"], body["limit"]) for body in lists] == [("", 2), ("", 2), ("x", 2), ("y", 2)]


def test_a_smaller_page_in_between_keeps_the_products_of_its_cursor(shop):
	shop.answer(endpoints.PRODUCTS, listed(1, 2, last_id="x"), listed(1, 2, last_id="x"))
	shop.answer(endpoints.STOCK, stock(row(1), cursor="c"), stock(row(2)))
	token = shop.connector.stock_levels(limit=100).token
	shop.connector.stock_levels(token, limit=50)
	assert [(body["limit"], body.get("offer_id")) for body in shop.bodies] == [
		(100, None),
		(100, ["A-1", "A-2"]),
		(100, None),
		(50, ["A-1", "A-2"]),
	]


def test_stock_of_some_listings(shop):
	shop.answer(endpoints.PRODUCTS, listed(1, 2), listed(3))
	shop.answer(endpoints.STOCK, stock(row(1), row(2)), stock(row(3)))
	wanted = ["1", "2", "3"]
	pages = list(walk(lambda token, limit: shop.connector.stock_levels(token, wanted, limit), limit=2))
	assert found(pages) == [("1", "9", 5), ("2", "9", 5), ("3", "9", 5)]
	lists = [body for path, body in shop.requests if path == endpoints.PRODUCTS.path]
	assert [body["filter"] for body in lists] == [{"product_id": ["1", "2"]}, {"product_id": ["3"]}]


def test_listings_the_shop_no_longer_has(shop):
	shop.answer(endpoints.PRODUCTS, listed(), listed(3))
	shop.answer(endpoints.STOCK, stock(row(3)))
	wanted = ["1", "2", "3"]
	pages = list(walk(lambda token, limit: shop.connector.stock_levels(token, wanted, limit), limit=2))
	assert found(pages) == [("3", "9", 5)]


def test_stock_of_no_listings_needs_no_request(shop):
	page = shop.connector.stock_levels(listing_ids=[])
	assert page.items == () and page.token is None
	assert shop.requests == []


def test_an_empty_shop(shop):
	shop.answer(endpoints.PRODUCTS, listed())
	assert shop.connector.stock_levels().token is None


def test_a_page_of_products_without_articles_is_not_the_end(shop):
	nameless = {"result": {"items": [{"product_id": 1, "offer_id": None}, None], "last_id": "x"}}
	shop.answer(endpoints.PRODUCTS, nameless, listed(2, last_id="y"), listed())
	shop.answer(endpoints.STOCK, stock(row(2)))
	assert found(walk(lambda token, limit: shop.connector.stock_levels(token, None, limit))) == [
		("2", "9", 5)
	]


@pytest.mark.parametrize("token", ['{"size":"all"}', '{"start":9}', '{"start":-1}', '{"start":"0"}'])
def test_tokens_that_lead_nowhere(shop, token):
	with pytest.raises(ContractError, match="saved position"):
		shop.connector.stock_levels(token, ["1"])


def test_the_listing_is_known_from_the_list_of_products(shop):
	shop.answer(endpoints.PRODUCTS, listed(1, last_id="x"))
	shop.answer(endpoints.STOCK, stock(row(1, product_id=0)))
	assert found([shop.connector.stock_levels()]) == [("1", "9", 5)]


def test_a_bad_row_does_not_cost_the_others(shop):
	shop.answer(endpoints.PRODUCTS, listed(1, 2, last_id="x"))
	shop.answer(endpoints.STOCK, stock(row(1, warehouse_id=None), row(2)))
	bad, good = shop.connector.stock_levels().items
	assert isinstance(bad.error, ContractError) and good.record


@pytest.mark.parametrize(
	("numbers", "quantity", "reserved"),
	[
		({"present": 37, "reserved": 2, "free_stock": 35}, 35, 2),
		({"present": 37, "reserved": 2, "free_stock": None}, 35, 2),
		({"present": 1, "reserved": 3, "free_stock": -2}, 0, 3),
		({"present": None, "reserved": None, "free_stock": None}, 0, 0),
	],
)
def test_what_can_be_sold_has_no_reserved_units_in_it(numbers, quantity, reserved):
	record = read_stock_level(row(1, **numbers)).record
	assert (record.quantity, record.reserved) == (quantity, reserved)


# --- sending ---------------------------------------------------------------------------------------


def result(id_: int, warehouse: int = 9, *, updated: bool = True, errors: Any = ()) -> dict[str, Any]:
	return {
		"product_id": id_,
		"offer_id": f"A-{id_}",
		"warehouse_id": warehouse,
		"updated": updated,
		"errors": [{"code": code, "message": message} for code, message in errors],
	}


def test_a_batch_is_one_request_with_articles_only(shop):
	shop.answer(endpoints.STOCK_PUSH, {"result": [result(2), result(1)]})
	results = shop.connector.push_stock([level(1, quantity=0), level(2, quantity=7)])
	assert shop.bodies == [
		{
			"stocks": [
				{"offer_id": "A-1", "warehouse_id": 9, "stock": 0},
				{"offer_id": "A-2", "warehouse_id": 9, "stock": 7},
			]
		}
	]
	assert results == tuple(PushResult(listing_id=id_, warehouse_id="9", ok=True) for id_ in ("1", "2"))
	assert shop.log[0].group == "stock_push"


@pytest.mark.parametrize(
	("code", "message", "said", "again"),
	[
		("TOO_MANY_REQUESTS", "too many requests", "a moment ago", 30),
		("", "Stock is updated too frequently", "a moment ago", 30),
		("product_is_not_created", "x", "not passed moderation", 3600),
		("PRODUCT_HAS_NOT_BEEN_TAGGED_YET", "x", "by size", 3600),
		("offer_id_not_found", "x", "no product with this article", None),
		("NOT_FOUND_ERROR", "x", "no such product", None),
		("WAREHOUSE_NOT_FOUND", "x", "warehouse does not exist", None),
		("PRODUCT_IS_ARCHIVED", "x", "archived", None),
		("STOCK_TOO_BIG", "x", "below one million", None),
		("NON_KGT_ON_KGT_WAREHOUSE", "x", "bulky", None),
		("OVER_MAX_OVH_KGT", "x", "too heavy", None),
		("SIZE_REQUIRED_FOR_NOT_UNIQUE_OFFER_ID", "x", "Two products", None),
		("CB_DELIVERY_ONLY_FBP", "x", "partner's warehouse", None),
		("SOMETHING_NEW", "Товар на карантине", "Товар на карантине", None),
		("SOMETHING_NEW", "", "SOMETHING_NEW", None),
	],
)
def test_refused_rows_say_why_and_when_to_try_again(shop, code, message, said, again):
	shop.answer(
		endpoints.STOCK_PUSH, {"result": [result(1, updated=False, errors=[(code, message)]), result(2)]}
	)
	refused, taken = shop.connector.push_stock([level(1), level(2)])
	assert not refused.ok and taken.ok
	never = said in ("bulky", "too heavy", "partner's warehouse")
	assert (refused.code, refused.retry_after) == (NOT_FOR_WAREHOUSE if never else code or None, again)
	assert said in refused.message


@pytest.mark.parametrize("rows", [[], [result(1, updated=False)], [result(1, warehouse=8)], None])
def test_rows_nobody_spoke_of_are_sent_again_later(shop, rows):
	shop.answer(endpoints.STOCK_PUSH, {"result": rows})
	(only,) = shop.connector.push_stock([level(1)])
	assert (only.ok, only.code, only.retry_after) == (False, None, 30)
	assert "did not say why" in only.message


def test_one_article_in_two_warehouses(shop):
	shop.answer(
		endpoints.STOCK_PUSH,
		{"result": [result(1, 8), result(1, 9, updated=False, errors=[("STOCK_TOO_BIG", "")])]},
	)
	nine, eight = shop.connector.push_stock([level(1, "9"), level(1, "8")])
	assert (nine.warehouse_id, nine.ok) == ("9", False)
	assert (eight.warehouse_id, eight.ok) == ("8", True)


def test_a_warehouse_that_cannot_be_one_does_not_stop_the_others(shop):
	shop.answer(endpoints.STOCK_PUSH, {"result": [result(2)]})
	bad, good = shop.connector.push_stock([level(1, "main"), level(2)])
	assert (bad.ok, bad.code) == (False, "WAREHOUSE_NOT_FOUND") and good.ok
	assert [entry["offer_id"] for entry in shop.bodies[0]["stocks"]] == ["A-2"]


def test_nothing_to_send_needs_no_request(shop):
	assert shop.connector.push_stock([]) == ()
	assert shop.requests == []


def test_a_full_batch_and_one_more(shop):
	shop.answer(endpoints.STOCK_PUSH, {"result": [result(id_) for id_ in range(100)]})
	assert all(entry.ok for entry in shop.connector.push_stock([level(id_) for id_ in range(100)]))
	with pytest.raises(ValueError, match="101 rows"):
		shop.connector.push_stock([level(id_) for id_ in range(101)])


def test_a_batch_refused_as_a_whole(shop):
	shop.refuse(
		endpoints.STOCK_PUSH, 400, "Request validation error: invalid ProductsStocksRequest.Stocks[0]"
	)
	with pytest.raises(RejectedError, match="Request validation error"):
		shop.connector.push_stock([level(1)])


def test_an_answer_whose_rows_cannot_be_read(shop):
	shop.answer(endpoints.STOCK_PUSH, {"result": [{"updated": "perhaps"}]})
	with pytest.raises(ContractError):
		shop.connector.push_stock([level(1)])
