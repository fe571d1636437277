"""The sandbox against the vendor's document: every method, every kind of order, every refusal."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from crm_marketplace.sandbox import UNLIMITED, Clock, Sandbox
from crm_marketplace.sandbox.ozon import MARKETPLACE
from tests.conformance.ozon_specification import OZON
from tests.conformance.suite.base import NOW

Call = Callable[..., dict[str, Any]]

PERIOD = {"since": "2026-09-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}
CUTOFF = {"cutoff_from": PERIOD["since"], "cutoff_to": PERIOD["to"]}
FBO_EXTRAS = {"analytics_data": True, "financial_data": True, "legal_info": True}
EXTRAS = {**FBO_EXTRAS, "barcodes": True}


@pytest.fixture(autouse=True, scope="module")
def _document():
	OZON.skip_if_absent()


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
	with Sandbox("Ozon", listings=140, orders=220, clock=Clock(NOW), limits=UNLIMITED) as sandbox:
		yield sandbox


@pytest.fixture
def call(sandbox: Sandbox) -> Iterator[Call]:
	"""Make a call as a seller's program would; both sides are judged."""
	session = requests.Session()
	session.trust_env = False
	faults: list[str] = []

	def judge(exchange: Any, request: bytes, answer: bytes) -> None:
		faults.extend(OZON.faults(exchange.method, exchange.path, request, exchange.status, answer))

	def call(path: str, body: Any = None, status: int = 200, **headers: str) -> dict[str, Any]:
		credentials = sandbox.credentials
		sent = {"Client-Id": credentials["client_id"], "Api-Key": credentials["api_key"], **headers}
		answer = session.post(sandbox.url + path, json={} if body is None else body, headers=sent)
		assert answer.status_code == status, answer.text
		return answer.json()

	sandbox.journal.listeners.append(judge)
	yield call
	sandbox.journal.listeners.remove(judge)
	session.close()
	assert not faults, "\n".join(faults[:20])


def all_pages(call: Call, path: str, body: dict[str, Any], rows: str) -> list[dict[str, Any]]:
	found: list[dict[str, Any]] = []
	cursor = ""
	while True:
		page = call(path, {**body, "cursor": cursor})
		found += page[rows]
		cursor = page["cursor"]
		assert page.get("has_next", bool(cursor)) is bool(cursor)
		if not cursor:
			return found


def test_the_document_knows_every_method():
	unknown = [place for place in MARKETPLACE.routes if not OZON.knows(*place)]
	assert not unknown


@pytest.mark.parametrize("extras", [EXTRAS, {}], ids=["with everything", "plain"])
def test_postings_of_every_kind(call, sandbox, extras):
	body = {"filter": PERIOD, "limit": 100, "with": extras}
	listed = all_pages(call, "/v4/posting/fbs/list", body, "postings")
	assert {posting["posting_number"] for posting in listed} == {
		number for number in sandbox.order_ids() if sandbox.order(number)["scheme"] != "FBO"
	}
	assert len({posting["status"] for posting in listed}) >= 7
	for kind in ("is_express", "is_multibox"):
		assert {posting[kind] for posting in listed} == {True, False}
	assert any(len(posting["products"]) > 1 for posting in listed)
	assert any(posting["customer"] for posting in listed) and not all(
		posting["customer"] for posting in listed
	)
	assert any(posting["requirements"]["products_requiring_mandatory_mark"] for posting in listed)
	if extras:
		assert any(posting["legal_info"]["inn"] for posting in listed)
	for posting in listed[::5]:
		body = {"posting_number": posting["posting_number"], "with": {**extras, "related_postings": True}}
		alone = call("/v3/posting/fbs/get", body)["result"]
		assert alone["status"] == posting["status"]
		sums = [product["price"] for product in alone["products"]]
		assert [float(sum_) for sum_ in sums] == [
			float(product["price"]["amount"]) for product in posting["products"]
		]


def test_unfulfilled_postings(call):
	found = all_pages(
		call, "/v4/posting/fbs/unfulfilled/list", {"filter": CUTOFF, "limit": 40, "with": EXTRAS}, "postings"
	)
	statuses = {posting["status"] for posting in found}
	assert "awaiting_packaging" in statuses and "delivered" not in statuses
	assert [posting["shipment_date"] for posting in found] == sorted(
		posting["shipment_date"] for posting in found
	)


@pytest.mark.parametrize("extras", [FBO_EXTRAS, {}], ids=["with everything", "plain"])
def test_fbo_postings(call, sandbox, extras):
	body = {"filter": PERIOD, "limit": 7, "with": extras}
	listed = all_pages(call, "/v3/posting/fbo/list", body, "postings")
	assert {posting["posting_number"] for posting in listed} == set(sandbox.order_ids(scheme="FBO"))
	for posting in listed:
		call("/v2/posting/fbo/get", {"posting_number": posting["posting_number"], "with": extras})


def test_cards_and_their_details(call, sandbox):
	found: list[int] = []
	for visibility in ("ALL", "ARCHIVED"):
		last_id = ""
		while True:
			body = {"filter": {"visibility": visibility}, "last_id": last_id, "limit": 60}
			page = call("/v3/product/list", body)["result"]
			if not page["items"]:
				break
			found += [item["product_id"] for item in page["items"]]
			last_id = page["last_id"]
	assert sorted(map(str, found)) == sorted(sandbox.listing_ids())
	details = call("/v3/product/info/list", {"product_id": [str(id_) for id_ in found]})["items"]
	assert {item["id"] for item in details} == set(found)
	assert any(item["errors"] for item in details)
	assert any(item["is_autoarchived"] for item in details)


def test_every_visibility_of_the_document_is_known(call):
	schema = OZON.request_schema("POST", "/v3/product/list")
	for visibility in schema["properties"]["filter"]["properties"]["visibility"]["enum"]:
		call("/v3/product/list", {"filter": {"visibility": visibility}, "limit": 3})


def test_stock_and_prices(call, sandbox):
	offers = sandbox.offer_ids()
	rows = all_pages(
		call, "/v2/product/info/stocks-by-warehouse/fbs", {"offer_id": offers, "limit": 50}, "products"
	)
	assert all(row["free_stock"] == row["present"] - row["reserved"] for row in rows)
	totals = all_pages(
		call, "/v4/product/info/stocks", {"filter": {"visibility": "ALL"}, "limit": 50}, "items"
	)
	present = sum(
		stock["present"] for item in totals for stock in item["stocks"] if stock["type"] in ("fbs", "rfbs")
	)
	assert present == sum(row["present"] for row in rows)
	prices = all_pages(
		call, "/v5/product/info/prices", {"filter": {"visibility": "ALL"}, "limit": 50}, "items"
	)
	assert len(prices) == len(totals)


def test_pushes(call, sandbox):
	offer_id = sandbox.offer_ids(sellable=True)[0]
	warehouse_id = int(sandbox.warehouse_ids()[0])
	stocks = [
		{"offer_id": offer_id, "warehouse_id": warehouse_id, "stock": 4},
		{"offer_id": "нет такого", "warehouse_id": warehouse_id, "stock": 4},
	]
	result = call("/v2/products/stocks", {"stocks": stocks})["result"]
	assert [row["updated"] for row in result] == [True, False]
	prices = [{"offer_id": offer_id, "price": "900", "old_price": "1100", "currency_code": "RUB"}]
	assert call("/v1/product/import/prices", {"prices": prices})["result"][0]["updated"]


def test_places_people_and_rights(call):
	assert call("/v1/roles")["roles"]
	assert call("/v1/seller/info")["company"]["inn"]
	warehouses = call("/v2/warehouse/list", {"limit": 200})["warehouses"]
	methods = call("/v2/delivery-method/list", {"limit": 100})["delivery_methods"]
	assert {method["warehouse_id"] for method in methods} == {row["warehouse_id"] for row in warehouses}


def unmarked(call: Call, sandbox: Sandbox, number: int) -> list[str]:
	"""Offers in stock that can be packed without codes of "Честный знак"."""
	found: list[str] = []
	for offer_id in sandbox.offer_ids(sellable=True):
		sandbox.set_stock(offer_id, 50)
		posting_number = sandbox.create_order({offer_id: 1})
		posting = call("/v3/posting/fbs/get", {"posting_number": posting_number})["result"]
		if "ship" in posting["available_actions"]:
			found.append(offer_id)
		if len(found) == number:
			break
	return found


def test_packing_and_cancelling(call, sandbox):
	first, second = unmarked(call, sandbox, 2)
	packed, dropped, reduced = (sandbox.create_order({first: 1, second: 2}) for _ in range(3))
	posting = call("/v3/posting/fbs/get", {"posting_number": packed})["result"]
	boxes = [
		{"products": [{"product_id": product["sku"], "quantity": product["quantity"]}]}
		for product in posting["products"]
	]
	body = {"posting_number": packed, "packages": boxes, "with": {"additional_data": True}}
	shipped = call("/v4/posting/fbs/ship", body)
	assert len(shipped["result"]) == len(shipped["additional_data"]) == 2
	call("/v2/posting/fbs/cancel-reason/list")
	reasons = call("/v1/posting/fbs/cancel-reason", {"related_posting_numbers": [dropped]})["result"][0]
	body = {"posting_number": dropped, "cancel_reason_id": reasons["reasons"][0]["id"]}
	assert call("/v2/posting/fbs/cancel", body)["result"] is True
	body = {
		"posting_number": reduced,
		"cancel_reason_id": 352,
		"cancel_reason_message": "Нет на складе",
		"items": [{"sku": posting["products"][1]["sku"], "quantity": 1}],
	}
	assert call("/v2/posting/fbs/product/cancel", body)["result"] == reduced


def test_returns_of_every_scheme(call, sandbox):
	for scheme in ("FBS", "FBO", "DBS"):
		order_id = sandbox.create_order(scheme=scheme)
		sandbox.move_order(order_id, "delivered")
		sandbox.create_return(order_id)
	cancelled = sandbox.create_order()
	sandbox.move_order(cancelled, "delivering")
	sandbox.cancel_order(cancelled)
	found: list[dict[str, Any]] = []
	while True:
		body = {"filter": {}, "limit": 3, "last_id": found[-1]["id"] if found else 0}
		page = call("/v1/returns/list", body)
		found += page["returns"]
		if not page["has_next"]:
			break
	requests = call("/v2/returns/rfbs/list", {"filter": {"group_state": ["All"]}, "limit": 100})["returns"]
	names = {str(row["id"]) for row in found} | {f"rfbs-{row['return_id']}" for row in requests}
	assert names == set(sandbox.return_ids())
	assert {row["schema"] for row in found} == {"Fbs", "Fbo"} and requests
	assert {row["type"] for row in found} == {"Cancellation", "ClientReturn"}
	period = {"time_from": NOW.isoformat(), "time_to": NOW.isoformat()}
	lately = call("/v1/returns/list", {"filter": {"visual_status_change_moment": period}, "limit": 500})
	assert len(lately["returns"]) == 3
	waiting = {"filter": {"visual_status_name": "ArrivedAtReturnPlace"}, "limit": 500}
	before = len(call("/v1/returns/list", waiting)["returns"])
	sandbox.move_return(str(lately["returns"][0]["id"]), "Ready For Pickup")
	assert len(call("/v1/returns/list", waiting)["returns"]) == before + 1


def test_reviews_and_comments(call, sandbox):
	review_id = sandbox.create_review(sandbox.offer_ids(sellable=True)[0], 3, "Нормально")
	filters = {"status": "ALL", "order_status": "ALL", "published_from": NOW.isoformat()}
	listed = call("/v2/review/list", {"filters": filters, "limit": 20, "sort_dir": "DESC"})
	assert [row["id"] for row in listed["reviews"]] == [review_id] and not listed["has_next"]
	assert call("/v2/review/info", {"review_id": review_id})["photos"] == []
	new = call("/v2/review/count")["new"]
	body = {"review_id": review_id, "text": "Спасибо", "mark_review_as_processed": True}
	comment_id = call("/v1/review/comment/create", body)["comment_id"]
	comments = call("/v1/review/comment/list", {"review_id": review_id, "limit": 20})["comments"]
	assert [(row["id"], row["is_owner"]) for row in comments] == [(comment_id, True)]
	assert call("/v2/review/count")["new"] == new - 1
	first = call("/v2/review/list", {"filters": {}, "limit": 20, "sort_dir": "ASC"})
	if first["has_next"]:
		body = {"filters": {}, "limit": 20, "sort_dir": "ASC", "last_id": first["last_id"]}
		second = call("/v2/review/list", body)
		assert not {row["id"] for row in first["reviews"]} & {row["id"] for row in second["reviews"]}


def test_reviews_need_a_subscription(call, sandbox):
	sandbox.shop.subscribe("UNSPECIFIED")
	try:
		answer = call("/v2/review/list", {"limit": 20}, 403)
		assert "not available with existing subscription" in answer["message"]
		assert call("/v1/seller/info")["subscription"] == {"is_premium": False, "type": "UNSPECIFIED"}
		sandbox.shop.subscribe("REVIEW_MANAGEMENT")
		assert call("/v1/seller/info")["subscription"]["type"] == "UNSPECIFIED"
		call("/v2/review/count")
	finally:
		sandbox.shop.subscribe("PREMIUM_PRO")


def test_labels_take_a_moment(call, sandbox):
	packed, new = sandbox.create_order(boxes=2), sandbox.create_order()
	sandbox.move_order(packed, "awaiting_deliver")
	tasks = call("/v3/posting/fbs/package-label/create", {"posting_numbers": [packed, new]})["tasks"]
	assert [task["task_type"] for task in tasks] == ["big_label", "small_label"]
	body = {"task_id": tasks[0]["task_id"]}
	seen = [call("/v2/posting/fbs/package-label/get", body) for _ in range(3)]
	assert [answer["status"]["code"] for answer in seen] == ["pending", "in_progress", "completed"]
	status = seen[-1]["status"]
	assert (status["postings_count"], status["printed_postings_count"]) == (2, 1)
	assert [row["posting_number"] for row in status["unprinted_postings"]] == [new]


@pytest.mark.parametrize(
	"path, body, status, code, words",
	[
		("/v3/product/list", {"filter": {}, "limit": 1001}, 400, 3, "inside range [1, 1000]"),
		("/v3/product/list", {"limit": 10}, 400, 3, "Filter: value is required"),
		("/v3/product/list", {"filter": {"visibility": "MAYBE"}, "limit": 10}, 400, 3, "MAYBE"),
		("/v3/product/list", {"filter": {}, "limit": 10, "last_id": "%%%"}, 400, 3, "last_id"),
		("/v3/product/info/list", {}, 400, 3, "between 1 and 1000"),
		("/v4/posting/fbs/list", {"filter": PERIOD, "limit": 101}, 400, 3, "inside range [1, 100]"),
		("/v4/posting/fbs/list", {"filter": {"since": PERIOD["since"]}, "limit": 9}, 400, 3, "value is required"),
		("/v4/posting/fbs/list", {"filter": {**PERIOD, "since": "2020-01-01T00:00:00Z"}, "limit": 9}, 400, 3,
			"PERIOD_IS_TOO_LONG"),
		("/v4/posting/fbs/list", {"filter": {**PERIOD, "since": "yesterday"}, "limit": 9}, 400, 3, "Timestamp"),
		("/v4/posting/fbs/list", {"filter": {**PERIOD, "statuses": ["lost"]}, "limit": 9}, 400, 3, "lost"),
		("/v4/posting/fbs/unfulfilled/list", {"filter": {}, "limit": 9}, 400, 3, "cutoff_from"),
		("/v3/posting/fbo/list", {"limit": 0}, 400, 3, "inside range [1, 100]"),
		("/v3/posting/fbs/get", {"posting_number": "1-1-1"}, 404, 5, "POSTING_NOT_FOUND"),
		("/v2/posting/fbo/get", {"posting_number": "1-1-1"}, 404, 5, "POSTING_NOT_FOUND"),
		("/v2/product/info/stocks-by-warehouse/fbs", {"limit": 9}, 400, 3, "offer_id or sku"),
		("/v2/products/stocks", {"stocks": []}, 400, 3, "between 1 and 100 items"),
		("/v2/products/stocks", {"stocks": [{"offer_id": "a", "stock": 1}]}, 400, 3,
			"WarehouseId: value must be greater than 0"),
		("/v1/product/import/prices", {"prices": []}, 400, 3, "between 1 and 1000 items"),
		("/v2/posting/fbs/cancel", {"posting_number": "1-1-1", "cancel_reason_id": 352}, 404, 5,
			"POSTING_NOT_FOUND"),
		("/v4/posting/fbs/ship", {"posting_number": "1-1-1", "packages": []}, 404, 5, "POSTING_NOT_FOUND"),
		("/v3/posting/fbs/package-label/create", {"posting_numbers": []}, 400, 3, "at least 1 item"),
		("/v3/posting/fbs/package-label/create", {"posting_numbers": ["1-1-1"]}, 400, 3,
			"POSTING_NUMBERS_IS_INCORRECT_FOR_COMPANY"),
		("/v2/posting/fbs/package-label/get", {"task_id": 999}, 404, 5, "TASK_NOT_FOUND"),
		("/v1/returns/list", {"limit": 501}, 400, 3, "inside range [1, 500]"),
		("/v1/returns/list", {"limit": 9, "filter": {
			"logistic_return_date": {"time_from": PERIOD["since"], "time_to": PERIOD["to"]},
			"visual_status_change_moment": {"time_from": PERIOD["since"], "time_to": PERIOD["to"]},
		}}, 400, 3, "only one of the date filters"),
		("/v2/returns/rfbs/list", {"limit": 0}, 400, 3, "inside range"),
		("/v2/review/list", {"limit": 19}, 400, 3, "inside range [20, 100]"),
		("/v2/review/list", {"limit": 20, "filters": {"status": "OLD"}}, 400, 3, "OLD"),
		("/v2/review/list", {"limit": 20, "last_id": "0"}, 404, 5, "review not found"),
		("/v1/review/comment/create", {"review_id": "0", "text": "Спасибо"}, 404, 5, "review not found"),
	],
)  # fmt: skip
def test_refusals_are_the_vendors(call, path, body, status, code, words):
	answer = call(path, body, status)
	assert answer["code"] == code
	assert words in answer["message"]


@pytest.mark.parametrize(
	"headers, status, code, words",
	[
		({"Client-Id": ""}, 401, 16, "Client-Id and Api-Key headers are required"),
		({"Client-Id": "abc"}, 400, 3, "positive integer"),
		({"Client-Id": "1"}, 404, 5, "Invalid Api-Key"),
		({"Api-Key": "0"}, 404, 5, "Invalid Api-Key"),
	],
)
def test_strangers_are_turned_away(call, headers, status, code, words):
	answer = call("/v1/roles", {}, status, **headers)
	assert answer["code"] == code
	assert words in answer["message"]


def test_a_key_without_a_role(call, sandbox):
	key = sandbox.make_key(without=["prices"])["api_key"]
	roles = call("/v1/roles", **{"Api-Key": key})["roles"]
	methods = {path for role in roles for path in role["methods"]}
	assert "/v5/product/info/prices" not in methods and "/v2/products/stocks" in methods
	body = {"filter": {}, "limit": 5}
	answer = call("/v5/product/info/prices", body, 403, **{"Api-Key": key})
	assert answer == {
		"code": 7,
		"message": "Api-Key is missing a required role for a method",
		"details": [],
	}


def test_the_judge_sees_what_does_not_fit():
	"""A judge that finds nothing would let everything pass."""
	path, good = "/v2/products/stocks", b'{"result":[]}'
	row = {"offer_id": "a", "warehouse_id": 1, "stock": 5}

	def faults(request: Any, answer: bytes = good, status: int = 200) -> str:
		return "\n".join(OZON.faults("POST", path, json.dumps(request).encode(), status, answer))

	assert faults({"stocks": [row]}) == ""
	assert faults({"stocks": [{**row, "warehouse_id": "1020005000000000"}]}) == ""
	assert "required" in faults({})
	assert "required" in faults({"stocks": [{"offer_id": "a"}]})
	assert "Additional properties" in faults({"stocks": [{**row, "price": 5}]})
	assert "not of type" in faults({"stocks": [{**row, "stock": None}]})
	assert "int64" in faults({"stocks": [{**row, "warehouse_id": "far away"}]})
	assert "not of type" in faults({"stocks": [row]}, b'{"result":[{"updated":"yes"}]}')
	assert "no JSON" in faults({"stocks": [row]}, b"<html>")
	assert "Additional properties" in faults({}, b'{"oops":1}', 400)
	assert OZON.faults("POST", "/v1/nowhere", b"{}", 200, b"{}")
	listed = json.dumps({"filter": {"since": "2026-01-01", "to": PERIOD["to"]}, "limit": 101}).encode()
	found = "\n".join(OZON.faults("POST", "/v4/posting/fbs/list", listed, 200, b'{"postings":[]}'))
	assert "date-time" in found and "maximum" in found
