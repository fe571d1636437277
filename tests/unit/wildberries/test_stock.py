"""Stock: what is sent, and what is made of refusals."""

from __future__ import annotations

from typing import Any

import pytest

from crm_marketplace.integrations.connector import NOT_FOR_WAREHOUSE
from crm_marketplace.integrations.errors import ConfigurationError, ContractError, TemporaryError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.stock import MOST_REQUESTS
from crm_marketplace.integrations.records import StockLevel
from tests.unit.wildberries.shop import AS_OF, golden

PLACE = "658434"
WAREHOUSES = [
	{
		"id": 658434,
		"name": "Основной",
		"deliveryType": 1,
		"cargoType": 1,
		"isDeleting": False,
		"isProcessing": False,
	},
	{
		"id": 658435,
		"name": "Свой",
		"deliveryType": 2,
		"cargoType": 1,
		"isDeleting": False,
		"isProcessing": True,
	},
	{
		"id": 658436,
		"name": "Старый",
		"deliveryType": 1,
		"cargoType": 1,
		"isDeleting": True,
		"isProcessing": False,
	},
	{
		"id": 658437,
		"name": "Курьеры",
		"deliveryType": 3,
		"cargoType": 1,
		"isDeleting": False,
		"isProcessing": False,
	},
]


def level(listing_id: Any, quantity: int = 5, warehouse_id: str = PLACE) -> StockLevel:
	return StockLevel(listing_id=str(listing_id), offer_id="A", warehouse_id=warehouse_id, quantity=quantity)


def refusal(*rows: tuple[str, list[int] | None]) -> list[dict[str, Any]]:
	return [
		{
			"code": code,
			"message": f"{code}!",
			"data": None if ids is None else [{"sku": "", "chrtId": id_, "amount": 1} for id_ in ids],
		}
		for code, ids in rows
	]


def lines(body: Any) -> dict[int, int]:
	return {row["chrtId"]: row["amount"] for row in body["stocks"]}


# --- pushing ---------------------------------------------------------------------------------------


def test_one_request_per_warehouse_by_size(shop):
	for place in (PLACE, "658435"):
		shop.answer(endpoints.STOCK_PUSH, b"", status=204, warehouseId=place)
	results = shop.connector.push_stock([level(1), level(2, 0), level(1, 9, "658435")])
	assert [(result.ok, result.listing_id, result.warehouse_id) for result in results] == [
		(True, "1", PLACE),
		(True, "2", PLACE),
		(True, "1", "658435"),
	]
	assert shop.requests == [
		(f"PUT /api/v3/stocks/{PLACE}", {"stocks": [{"chrtId": 1, "amount": 5}, {"chrtId": 2, "amount": 0}]}),
		("PUT /api/v3/stocks/658435", {"stocks": [{"chrtId": 1, "amount": 9}]}),
	]


def test_named_lines_fail_with_their_codes_and_the_others_are_sent_again(shop):
	shop.answer(
		endpoints.STOCK_PUSH,
		refusal(("NotFound", [2]), ("CargoWarehouseRestrictionMGT", [4, 5])),
		status=409,
		warehouseId=PLACE,
	)
	shop.answer(endpoints.STOCK_PUSH, b"", status=204, warehouseId=PLACE)
	results = shop.connector.push_stock([level(id_) for id_ in range(1, 7)])
	assert [result.code for result in results] == [
		None, "NotFound", None, NOT_FOR_WAREHOUSE, NOT_FOR_WAREHOUSE, None,
	]  # fmt: skip
	assert all(result.message and result.retry_after is None for result in results if not result.ok)
	assert set(lines(shop.bodies[1])) == {1, 3, 6}


@pytest.mark.parametrize(
	("code", "never"),
	[
		("CargoWarehouseRestrictionMGT", True),
		("CargoWarehouseRestrictionSGT", True),
		("CargoWarehouseRestrictionSGTKGTPlus", True),
		("CargoWarehouseRestrictionKGTPlus", True),
		("DeliveryTypeRestriction", True),
		("ProductPropertyConflict", True),
		("NotFound", False),
		("UploadDataLimit", False),
	],
)
def test_a_warehouse_that_never_takes_a_product_is_told_apart(shop, code, never):
	shop.answer(endpoints.STOCK_PUSH, refusal((code, [1])), status=409, warehouseId=PLACE)
	(result,) = shop.connector.push_stock([level(1)])
	assert result.code == (NOT_FOR_WAREHOUSE if never else code)


def test_lines_named_in_the_old_way(shop):
	shop.answer(
		endpoints.STOCK_PUSH,
		[
			{
				"code": "UploadDataLimit",
				"message": "Upload limit exceeded.",
				"data": [{"sku": "2", "amount": 1}],
			}
		],
		status=409,
		warehouseId=PLACE,
	)
	shop.answer(endpoints.STOCK_PUSH, b"", status=204, warehouseId=PLACE)
	assert [result.ok for result in shop.connector.push_stock([level(1), level(2)])] == [True, False]


def test_an_unknown_code_keeps_the_vendors_words(shop):
	shop.answer(endpoints.STOCK_PUSH, refusal(("NewRule", [1])), status=409, warehouseId=PLACE)
	(result,) = shop.connector.push_stock([level(1)])
	assert (result.code, result.message, result.retry_after) == ("NewRule", "NewRule!", None)


@pytest.mark.parametrize(
	("status", "body", "code"),
	[
		(409, refusal(("ProductPropertyConflict", None)), NOT_FOR_WAREHOUSE),
		(409, refusal(("NotFound", [77])), "NotFound"),  # a line that was not sent
		(409, [], "HTTP 409"),
		(400, {"code": "IncorrectRequest", "message": "Переданы некорректные данные"}, "HTTP 400"),
		(413, {"message": "too large"}, "HTTP 413"),
	],
)
def test_a_line_nobody_names_is_found_by_halves(shop, status, body, code):
	ok = b""
	for answer, said in ((body, status), (body, status), (ok, 204), (body, status), (ok, 204)):
		shop.answer(endpoints.STOCK_PUSH, answer, status=said, warehouseId=PLACE)
	results = shop.connector.push_stock([level(id_) for id_ in range(1, 5)])
	assert [set(lines(sent)) for sent in shop.bodies] == [{1, 2, 3, 4}, {1, 2}, {1}, {2}, {3, 4}]
	assert [result.ok for result in results] == [True, False, True, True]
	assert results[1].code == code and results[1].message


def test_an_unknown_warehouse_fails_its_rows_only(shop):
	shop.answer(endpoints.STOCK_PUSH, {"code": "NotFound", "message": ""}, status=404, warehouseId="404")
	shop.answer(endpoints.STOCK_PUSH, b"", status=204, warehouseId=PLACE)
	results = shop.connector.push_stock([level(1, 1, "404"), level(2, 1, "404"), level(3)])
	assert [(result.ok, result.code) for result in results] == [
		(False, "NotFound"),
		(False, "NotFound"),
		(True, None),
	]


@pytest.mark.parametrize(
	("status", "body", "code"),
	[
		(409, refusal(("StoreIsProcessing", None)), "StoreIsProcessing"),
		(
			406,
			{"code": "WarehouseStocksUpdateBlock", "message": "The warehouse is processing"},
			"WarehouseStocksUpdateBlock",
		),
	],
)
def test_a_warehouse_being_worked_on_is_waited_for(shop, status, body, code):
	shop.answer(endpoints.STOCK_PUSH, body, status=status, warehouseId=PLACE)
	results = shop.connector.push_stock([level(1), level(2)])
	assert {result.code for result in results} == {code}
	assert all(60 <= result.retry_after <= 300 for result in results)


def test_a_seller_whose_stock_is_blocked(shop):
	body = {
		"code": "StatusNotAcceptable",
		"message": "Обновление остатков заблокировано в связи с баном поставщика",
	}
	shop.answer(endpoints.STOCK_PUSH, body, status=406, warehouseId=PLACE)
	with pytest.raises(ConfigurationError, match="blocked") as caught:
		shop.connector.push_stock([level(1)])
	assert caught.value.policy.stops_run


@pytest.mark.parametrize(
	("row", "code"),
	[
		(level("abc"), "NotFound"),
		(level(1, 5, "no number"), "NotFound"),
		(level(1, 5, "../../x"), "NotFound"),
		(level(1, 100_001), "UploadDataLimit"),
	],
)
def test_what_would_be_refused_is_not_sent(shop, row, code):
	(result,) = shop.connector.push_stock([row])
	assert (result.ok, result.code) == (False, code) and result.message
	assert shop.requests == []


def test_what_was_found_out_is_not_lost_to_a_later_failure(shop):
	shop.answer(endpoints.STOCK_PUSH, refusal(("NotFound", [2])), status=409, warehouseId=PLACE)
	shop.answer(endpoints.STOCK_PUSH, b"", status=502, warehouseId=PLACE)
	one, two = shop.connector.push_stock([level(1), level(2)])
	assert (one.ok, one.code) == (False, "NotSent") and one.retry_after
	assert (two.ok, two.code) == (False, "NotFound")


def test_what_one_warehouse_took_is_not_lost_to_the_failure_of_another(shop):
	shop.answer(endpoints.STOCK_PUSH, b"", status=204, warehouseId=PLACE)
	shop.answer(endpoints.STOCK_PUSH, b"", status=502, warehouseId="658435")
	one, other = shop.connector.push_stock([level(1), level(1, 5, "658435")])
	assert one.ok and (other.ok, other.code) == (False, "NotSent")


def test_a_failure_before_anything_is_found_out_is_told(shop):
	shop.answer(endpoints.STOCK_PUSH, b"", status=502, warehouseId=PLACE)
	with pytest.raises(TemporaryError):
		shop.connector.push_stock([level(1), level(2)])


def test_a_push_has_an_end(shop):
	for id_ in range(1, MOST_REQUESTS + 1):
		shop.answer(endpoints.STOCK_PUSH, refusal(("NotFound", [id_])), status=409, warehouseId=PLACE)
	results = shop.connector.push_stock([level(id_) for id_ in range(1, 100)])
	assert [result.code for result in results] == ["NotFound"] * MOST_REQUESTS + ["NotSent"] * (
		99 - MOST_REQUESTS
	)
	assert all(result.retry_after for result in results[MOST_REQUESTS:])


# --- reading ---------------------------------------------------------------------------------------


def cards(*names: str) -> dict[str, Any]:
	return {"cards": [golden(name)["payload"] for name in names], "cursor": {"total": len(names)}}


def test_amounts_of_the_cards_in_every_warehouse_that_is_read(shop):
	shop.answer(endpoints.CARDS, cards("card_of_sizes", "card_of_one_size"))
	shop.answer(endpoints.WAREHOUSES, WAREHOUSES)
	shop.answer(
		endpoints.STOCK,
		{"stocks": [{"chrtId": 316399238, "amount": 4}, {"chrtId": 316399250, "amount": 0}]},
		warehouseId=PLACE,
	)
	shop.answer(endpoints.STOCK, {"stocks": []}, warehouseId="658435")
	page = shop.connector.stock_levels()
	assert [item.record for item in page.items] == [
		StockLevel(listing_id="316399238", offer_id="SHIRT-01-M", warehouse_id=PLACE, quantity=4),
		StockLevel(listing_id="316399250", offer_id="CUP-7", warehouse_id=PLACE, quantity=0),
	]
	assert (page.token, page.as_of) == (None, AS_OF)
	assert shop.bodies[2] == {"chrtIds": [316399238, 316399239, 316399240, 316399250]}


def test_amounts_of_certain_sizes(shop):
	shop.answer(endpoints.WAREHOUSES, WAREHOUSES[:1])
	shop.answer(endpoints.STOCK, {"stocks": [{"chrtId": 5, "amount": 4}]}, {"stocks": []}, warehouseId=PLACE)
	first = shop.connector.stock_levels(None, ["5", "6", "7"], 2)
	assert [(item.external_id, item.record.quantity) for item in first.items] == [("5:658434", 4)]
	second = shop.connector.stock_levels(first.token, ["5", "6", "7"], 2)
	assert (second.items, second.token) == ((), None)
	assert [body for body in shop.bodies if body] == [{"chrtIds": [5, 6]}, {"chrtIds": [7]}]


def test_no_sizes_no_request(shop):
	assert shop.connector.stock_levels(listing_ids=[]).items == ()
	assert shop.connector.stock_levels(listing_ids=["abc"]).items == ()
	assert shop.requests == []


@pytest.mark.parametrize("token", ['{"start":9}', '{"start":-1}', '{"start":"x"}', "x"])
def test_tokens_that_lead_nowhere(shop, token):
	with pytest.raises(ContractError):
		shop.connector.stock_levels(token, ["5"])


def test_an_answer_without_its_list_is_not_an_empty_one(shop):
	shop.answer(endpoints.WAREHOUSES, WAREHOUSES[:1])
	shop.answer(endpoints.STOCK, {}, warehouseId=PLACE)
	with pytest.raises(ContractError):
		shop.connector.stock_levels(listing_ids=["5"])
