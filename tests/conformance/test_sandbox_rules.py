"""The vendor's rules, as the sandbox holds them: why a row, a cancellation or a package is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from crm_marketplace.sandbox import UNLIMITED, Clock, Sandbox
from tests.conformance.sandbox_client import STOCKS, asker
from tests.conformance.suite.base import NOW

Say = Callable[..., dict[str, Any]]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
	with Sandbox("Ozon", listings=120, orders=0, clock=Clock(NOW), limits=UNLIMITED) as sandbox:
		yield sandbox


@pytest.fixture
def say(session: requests.Session, sandbox: Sandbox) -> Say:
	"""Ask, and get the answer's JSON."""
	ask = asker(session, sandbox)

	def say(path: str, body: dict[str, Any], expected: int = 200) -> dict[str, Any]:
		answer = ask(path, body)
		assert answer.status_code == expected, answer.text
		return answer.json()

	return say


def cards(say: Say, **wanted: Any) -> list[dict[str, Any]]:
	"""The details of the cards of which these things are true."""
	found = []
	for visibility in ("ALL", "ARCHIVED"):
		page = say("/v3/product/list", {"filter": {"visibility": visibility}, "limit": 1000})["result"]
		ids = [str(item["product_id"]) for item in page["items"]]
		found += say("/v3/product/info/list", {"product_id": ids})["items"]
	return [card for card in found if all(card[name] == value for name, value in wanted.items())]


# --- stock -----------------------------------------------------------------------------------------


def push(say: Say, **row: Any) -> str | None:
	"""The code of the error of a row of stock; None: it was taken."""
	result = say(STOCKS, {"stocks": [{"stock": 1, **row}]})["result"][0]
	assert result["updated"] is not bool(result["errors"])
	return result["errors"][0]["code"] if result["errors"] else None


def test_rows_of_stock(say, sandbox):
	main, bulky, *_others = map(int, sandbox.warehouse_ids("FBS"))
	small = cards(say, is_kgt=False, is_archived=False)[0]
	large = cards(say, is_kgt=True, is_archived=False)[0]
	archived = cards(say, is_archived=True)[0]
	created = {card["statuses"]["status"]: card for card in cards(say)}
	closed = next(
		row["warehouse_id"]
		for row in say("/v2/warehouse/list", {"limit": 200})["warehouses"]
		if row["status"] == "disabled"
	)
	assert push(say, offer_id=small["offer_id"], warehouse_id=main) is None
	assert push(say, product_id=small["id"], warehouse_id=main) is None
	assert push(say, offer_id=small["offer_id"], product_id=1, warehouse_id=main) is None
	assert push(say, offer_id="нет", warehouse_id=main) == "offer_id_not_found"
	assert push(say, product_id=1, warehouse_id=main) == "NOT_FOUND_ERROR"
	assert push(say, offer_id=archived["offer_id"], warehouse_id=main) == "PRODUCT_IS_ARCHIVED"
	for state in ("failed_moderation", "failed_validation", "moderating"):
		assert push(say, offer_id=created[state]["offer_id"], warehouse_id=main) == "product_is_not_created"
	for warehouse_id in (404, closed):
		assert push(say, offer_id=small["offer_id"], warehouse_id=warehouse_id) == "WAREHOUSE_NOT_FOUND"
	assert push(say, offer_id=small["offer_id"], warehouse_id=bulky) == "NON_KGT_ON_KGT_WAREHOUSE"
	assert push(say, offer_id=large["offer_id"], warehouse_id=main) == "OVER_MAX_OVH_NON_KGT"
	assert push(say, offer_id=large["offer_id"], warehouse_id=bulky) is None
	assert push(say, offer_id=small["offer_id"], warehouse_id=main, stock=999_999) is None
	assert push(say, offer_id=small["offer_id"], warehouse_id=main, stock=1_000_000) == "STOCK_TOO_BIG"


def test_a_batch_that_makes_no_sense_is_refused_as_a_whole(say, sandbox):
	row = {
		"offer_id": sandbox.offer_ids()[0],
		"warehouse_id": int(sandbox.warehouse_ids()[0]),
		"stock": 5,
	}
	before = sandbox.stock(row["offer_id"])
	assert say(STOCKS, {"stocks": [row] * 101}, 400)["code"] == 3
	assert "Stocks[1]" in say(STOCKS, {"stocks": [row, {**row, "stock": -1}]}, 400)["message"]
	assert say(STOCKS, {"stocks": [row, {**row, "stock": "many"}]}, 400)["code"] == 3
	assert sandbox.stock(row["offer_id"]) == before


# --- prices ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"row, code",
	[
		({"price": "1000", "old_price": "1500"}, None),
		({"price": "1000.50", "old_price": "0"}, None),
		({"price": "399", "old_price": "419"}, "discount_for_low_price_is_too_small"),
		({"price": "399", "old_price": "419.01"}, None),
		({"price": "950", "old_price": "1000"}, "discount_for_average_price_is_too_small"),
		({"price": "949", "old_price": "1000"}, None),
		({"price": "20000", "old_price": "20500"}, "discount_for_top_price_is_too_small"),
		({"price": "20000", "old_price": "20501"}, None),
		({"price": "100", "old_price": "1000"}, "discount_too_big"),
		({"price": "-5", "old_price": "0"}, "price_negative"),
		({"price": "0", "old_price": "0"}, "price_negative"),
		({"price": "cheap", "old_price": "0"}, "invalid_price"),
		({"price": "10.001", "old_price": "0"}, "invalid_price"),
		({"price": "1000", "old_price": "0", "min_price": "499"}, "min_auto_price_too_small"),
		({"price": "1000", "old_price": "0", "min_price": "500"}, None),
		({"price": "1000", "old_price": "0", "currency_code": "KZT"}, "invalid_currency"),
		({"price": "1000", "old_price": "0", "vat": "0.18"}, "invalid_vat"),
		({"price": "1000", "old_price": "0", "vat": "0.22"}, None),
		({"offer_id": "нет", "price": "1000"}, "NOT_FOUND_ERROR"),
	],
)
def test_rows_of_prices(say, sandbox, row, code):
	row = {"offer_id": sandbox.offer_ids(sellable=True)[0], **row}
	before = sandbox.price(sandbox.offer_ids(sellable=True)[0])
	result = say("/v1/product/import/prices", {"prices": [row]})["result"][0]
	assert [error["code"] for error in result["errors"]] == ([code] if code else [])
	assert result["updated"] is (code is None)
	after = sandbox.price(sandbox.offer_ids(sellable=True)[0])
	assert (after == before) is (code is not None)


# --- cancelling ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"status, reason, message, words",
	[
		("awaiting_packaging", 352, "", None),
		("awaiting_deliver", 402, "Потеряли", None),
		("awaiting_packaging", 402, "", "CancelReasonMessage"),
		("awaiting_packaging", 401, "", "HAS_INCORRECT_CANCEL_REASON"),
		("awaiting_packaging", 1, "", "HAS_INCORRECT_CANCEL_REASON"),
		("acceptance_in_progress", 352, "", "HAS_INCORRECT_STATUS"),
		("delivered", 352, "", "HAS_INCORRECT_STATUS"),
		("cancelled", 352, "", "POSTING_ALREADY_CANCELLED"),
	],
)
def test_cancellations(say, sandbox, status, reason, message, words):
	number = sandbox.create_order()
	if status != "awaiting_packaging":
		sandbox.move_order(number, status)
	body = {"posting_number": number, "cancel_reason_id": reason, "cancel_reason_message": message}
	answer = say("/v2/posting/fbs/cancel", body, 400 if words else 200)
	assert words is None or words in answer["message"]
	expected = status if words else "cancelled"
	assert sandbox.order(number)["status"] == expected


def test_cancelling_all_units_cancels_the_posting(say, sandbox):
	offer_id = sandbox.offer_ids(sellable=True)[0]
	sandbox.set_stock(offer_id, 3)
	number = sandbox.create_order({offer_id: 3})
	sku = say("/v3/posting/fbs/get", {"posting_number": number})["result"]["products"][0]["sku"]

	def cancel(units: int, expected: int = 200) -> dict[str, Any]:
		body = {
			"posting_number": number,
			"cancel_reason_id": 352,
			"cancel_reason_message": "Нет",
			"items": [{"sku": sku, "quantity": units}],
		}
		return say("/v2/posting/fbs/product/cancel", body, expected)

	assert "HAS_INCORRECT_PRODUCT_QUANTITY" in cancel(4, 400)["message"]
	cancel(2)
	assert sandbox.order(number)["lines"] == {offer_id: 1}
	cancel(1)
	assert sandbox.order(number)["status"] == "cancelled"
	assert sandbox.stock(offer_id, sandbox.warehouse_ids()[0]) == {"present": 3, "reserved": 0, "free": 3}


# --- packing ---------------------------------------------------------------------------------------


@pytest.fixture
def order(say, sandbox) -> tuple[str, dict[str, int]]:
	"""A posting of two things, two and one: its number, and the SKUs of its offers."""
	plain: list[str] = []
	for offer_id in sandbox.offer_ids(sellable=True):
		sandbox.set_stock(offer_id, 9)
		number = sandbox.create_order({offer_id: 1})
		posting = say("/v3/posting/fbs/get", {"posting_number": number})["result"]
		if "ship" in posting["available_actions"]:
			plain.append(offer_id)
		if len(plain) == 2:
			break
	number = sandbox.create_order({plain[0]: 2, plain[1]: 1})
	products = say("/v3/posting/fbs/get", {"posting_number": number})["result"]["products"]
	return number, {product["offer_id"]: product["sku"] for product in products}


def packages(*boxes: dict[int, int]) -> list[dict[str, Any]]:
	return [
		{"products": [{"product_id": sku, "quantity": units} for sku, units in box.items()]} for box in boxes
	]


def ship(say: Say, number: str, *boxes: dict[int, int], expected: int = 200) -> dict[str, Any]:
	return say("/v4/posting/fbs/ship", {"posting_number": number, "packages": packages(*boxes)}, expected)


def test_one_package_is_one_posting(say, sandbox, order):
	number, skus = order
	first, second = skus.values()
	assert ship(say, number, {first: 2, second: 1}) == {"result": [number], "additional_data": []}
	assert sandbox.order(number)["status"] == "awaiting_deliver"
	assert "POSTING_ALREADY_SHIPPED" in ship(say, number, {first: 2, second: 1}, expected=400)["message"]


def test_several_packages_split_the_order(say, sandbox, order):
	number, skus = order
	(one, first), (two, second) = skus.items()
	result = ship(say, number, {first: 1}, {first: 1, second: 1})["result"]
	assert result == [number, number.rsplit("-", 1)[0] + "-2"]
	assert sandbox.order(result[0])["lines"] == {one: 1}
	assert sandbox.order(result[1])["lines"] == {one: 1, two: 1}
	assert sandbox.order(result[1])["parent_id"] == number
	for part in result:
		assert sandbox.order(part)["status"] == "awaiting_deliver"
		posting = say("/v3/posting/fbs/get", {"posting_number": part, "with": {"related_postings": True}})
		others = posting["result"]["related_postings"]["related_posting_numbers"]
		assert others == [other for other in result if other != part]
	reserved = {
		offer_id: sandbox.stock(offer_id, sandbox.warehouse_ids()[0])["reserved"] for offer_id in skus
	}
	assert reserved == {one: 3, two: 2}  # the two orders of single units among them


def test_packages_that_do_not_add_up(say, sandbox, order):
	number, skus = order
	first, second = skus.values()
	for boxes, words in (
		([{first: 2}], "HAS_INCORRECT_PRODUCT_QUANTITY"),
		([{first: 2, second: 2}], "HAS_INCORRECT_PRODUCT_QUANTITY"),
		([{first: 2, second: 1}, {second: 0}], "HAS_INCORRECT_PRODUCT_QUANTITY"),
		([{first: 2, 1: 1}], "UNKNOWN_PRODUCT_DEFINED"),
	):
		assert words in ship(say, number, *boxes, expected=400)["message"]
	assert sandbox.order(number)["status"] == "awaiting_packaging"
	sandbox.cancel_order(number)
	assert "POSTING_ALREADY_CANCELLED" in ship(say, number, {first: 2, second: 1}, expected=400)["message"]


def test_200_does_not_prove_that_it_is_packed(say, sandbox, order):
	number, skus = order
	first, second = skus.values()
	sandbox.fail_next_packing()
	assert ship(say, number, {first: 2, second: 1})["result"] == [number]
	known = sandbox.order(number)
	assert (known["status"], known["substatus"]) == ("awaiting_packaging", "ship_failed")
	ship(say, number, {first: 2, second: 1})
	assert sandbox.order(number)["status"] == "awaiting_deliver"


def test_marked_goods_need_their_codes(say, sandbox):
	for offer_id in sandbox.offer_ids(sellable=True):
		sandbox.set_stock(offer_id, 1)
		number = sandbox.create_order({offer_id: 1})
		posting = say("/v3/posting/fbs/get", {"posting_number": number})["result"]
		if posting["requirements"]["products_requiring_mandatory_mark"]:
			break
	else:
		raise AssertionError("no goods are marked")
	assert "ship_with_additional_info" in posting["available_actions"]
	answer = ship(say, number, {posting["products"][0]["sku"]: 1}, expected=400)
	assert "EXEMPLAR_INFO_NOT_FILLED_COMPLETELY" in answer["message"]
