"""What the vendor's refusals mean."""

from __future__ import annotations

import pytest

from crm_marketplace.integrations.connector import QUARANTINE
from crm_marketplace.integrations.errors import (
	AuthenticationError,
	ConfigurationError,
	ContractError,
	IntegrationError,
	PermissionMissing,
	RateLimited,
	RejectedError,
	TemporaryError,
)
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.errors import (
	STOCK_MEANINGS,
	LinesRefused,
	classify,
	price_meaning,
)
from tests.unit.wildberries.specification import examples, needs_specification


def problem(detail: str, title: str = "unauthorized") -> dict[str, object]:
	return {"title": title, "detail": detail, "requestId": "7b80742415072fe8b6b7f7761f1d1211", "status": 401}


@pytest.mark.parametrize(
	("status", "body", "kind"),
	[
		(
			401,
			problem("token problem; token is malformed: could not base64 decode signature"),
			AuthenticationError,
		),
		(401, problem("token problem; token is expired"), AuthenticationError),
		(401, problem("access token problem; token withdrawn"), AuthenticationError),
		(401, problem("token scope not allowed for this API route"), PermissionMissing),
		(401, problem("read-only token scope not allowed for this route"), PermissionMissing),
		(403, problem("base token is not allowed", "forbidden"), PermissionMissing),
		(403, {"code": "AccessDenied", "message": "Доступ запрещён"}, PermissionMissing),
		(
			402,
			problem("wb solution for business has insufficient funds", "payment required"),
			PermissionMissing,
		),
		(404, problem("Please consult the https://dev.wildberries.ru", "path not found"), ContractError),
		(404, "404 page not found", ContractError),
		(404, {"code": "NotFound", "message": ""}, RejectedError),
		(401, "<html>Forbidden</html>", TemporaryError),
		(403, "<html>Forbidden</html>", TemporaryError),
		(
			406,
			{"code": "StatusNotAcceptable", "message": "Обновление остатков заблокировано"},
			ConfigurationError,
		),
		(406, {"code": "WarehouseStocksUpdateBlock", "message": "The warehouse is processing"}, LinesRefused),
		(409, [{"code": "NotFound", "message": "Not found", "data": [{"chrtId": 5}]}], LinesRefused),
		(409, {"code": "StatusMismatch", "message": "Несоответствие статусов"}, RejectedError),
		(400, {"data": None, "error": True, "errorText": "Duplicate item Nos."}, RejectedError),
		(422, {"data": None, "error": True, "errorText": "Unexpected result"}, RejectedError),
		(429, problem("limited by c122a060", "too many requests"), RateLimited),
		(500, {"code": "InternalServerError", "message": ""}, TemporaryError),
		(504, "upstream request timeout", TemporaryError),
	],
)
def test_kinds(shop, status, body, kind):
	shop.answer(endpoints.FBS_NEW, body.encode() if isinstance(body, str) else body, status=status)
	with pytest.raises(IntegrationError) as caught:
		shop.connector.call(endpoints.FBS_NEW)
	assert type(caught.value) is kind
	assert caught.value.http_status == status
	assert caught.value.text and caught.value.next_step


def test_the_pause_of_a_429_is_in_a_header_of_their_own(shop):
	shop.answer(
		endpoints.FBS_NEW,
		problem("limited by c122a060", "too many requests"),
		status=429,
		headers={"X-Ratelimit-Retry": "29", "X-Ratelimit-Reset": "290"},
	)
	with pytest.raises(RateLimited) as caught:
		shop.connector.call(endpoints.FBS_NEW)
	assert caught.value.retry_after == 29


def test_a_refusal_with_status_200(shop):
	body = {"data": None, "error": True, "errorText": "Некорректный запрос", "additionalErrors": None}
	shop.answer(endpoints.CARDS, body)
	with pytest.raises(RejectedError, match="Некорректный запрос"):
		shop.connector.listings()


def test_the_request_id_is_in_the_body():
	error = classify(401, problem("token problem; token is expired"), {})
	assert error.request_id == "7b80742415072fe8b6b7f7761f1d1211"


def test_words_of_the_vendor_are_in_the_sentence(shop):
	shop.answer(endpoints.FBS_NEW, {"title": "IncorrectRequest", "detail": {}, "origin": "dbs"}, status=400)
	with pytest.raises(RejectedError, match="IncorrectRequest"):
		shop.connector.call(endpoints.FBS_NEW)


# --- stock -----------------------------------------------------------------------------------------


@needs_specification
def test_every_code_of_the_specification_is_known():
	path = endpoints.STOCK_PUSH.path
	codes = {row["code"] for example in examples("PUT", path, "409").values() for row in example}
	codes |= {example["code"] for example in examples("PUT", path, "406").values()}
	assert len(codes) >= 9
	assert codes - {"StatusNotAcceptable"} <= set(STOCK_MEANINGS)


def test_lines_are_named_by_size_or_in_the_old_way():
	body = [
		{"code": "NotFound", "message": "Not found", "data": [{"sku": "", "chrtId": 5, "amount": 1}]},
		{
			"code": "UploadDataLimit",
			"message": "Upload limit exceeded.",
			"data": [{"sku": "7", "amount": 100001}],
		},
	]
	refused = classify(409, body, {})
	assert refused.lines == {
		"5": ("NotFound", "Not found"),
		"7": ("UploadDataLimit", "Upload limit exceeded."),
	}
	assert refused.everything is None


@pytest.mark.parametrize(
	"body", [[], [None], ["x"], [{"code": 5, "data": {"chrtId": 1}}], [{"data": [None, {"chrtId": None}]}]]
)
def test_a_refusal_that_makes_no_sense_names_nothing(body):
	refused = classify(409, body, {})
	assert (refused.lines, refused.everything) == ({}, None)


def test_a_warehouse_that_is_busy():
	refused = classify(409, [{"code": "StoreIsProcessing", "message": "The store is processing"}], {})
	assert refused.everything == ("StoreIsProcessing", "The store is processing")


# --- prices ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("words", "code"),
	[
		(
			"The new price is several times lower than the current price. Item has been moved to Price Quarantine",
			QUARANTINE,
		),
		("You can't change the item price. Item was added to the Sale due to high inventory", "clearance"),
		("Something else", "refused"),
		("", "refused"),
	],
)
def test_words_about_prices(words, code):
	found, meaning = price_meaning(words)
	assert found == code and meaning.sentence and meaning.retry_after is None
