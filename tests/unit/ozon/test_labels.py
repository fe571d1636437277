from __future__ import annotations

import json
from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError, PermissionMissing, TemporaryError
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.errors import (
	LABEL_NOT_READY,
	NO_LABEL_NOW,
	UNEXPLAINED_LABEL,
	UNKNOWN_ORDER,
)
from crm_marketplace.integrations.marketplaces.ozon.postings import read_posting
from crm_marketplace.integrations.marketplaces.ozon.statuses import LABEL_FAILED, LABEL_READY, LABEL_SIZES
from crm_marketplace.integrations.records import OrderAction, Scheme
from tests.unit.ozon.shop import CREDENTIALS, golden
from tests.unit.ozon.specification import needs_specification, response_schema, schema_at

CDN = "https://ir.ozone.ru/s3/ord-tmp-12/small_label/ticket-00-0000-0000.pdf"
PDF = b"%PDF-1.7\n%labels"
TASKS = {"tasks": [{"task_id": 11, "task_type": "small_label"}, {"task_id": 12, "task_type": "big_label"}]}
FRESH = golden("fbs_awaiting_packaging")["payload"]


def order(number: str, *actions: OrderAction, scheme: Scheme = Scheme.FBS) -> Any:
	made = read_posting({**FRESH, "posting_number": number}).record
	return made.model_copy(update={"actions": actions or (OrderAction.LABEL,), "scheme": scheme})


def posting(number: str, *actions: str) -> dict[str, Any]:
	return {"result": {**FRESH, "posting_number": number, "available_actions": list(actions)}}


def finished(
	*unprinted: tuple[str, str], url: str = CDN, code: str = "completed", **more: Any
) -> dict[str, Any]:
	rows = [{"posting_number": number, "message": message} for number, message in unprinted]
	return {"file_url": url, "status": {"code": code, "unprinted_postings": rows}, **more}


@pytest.fixture
def store(shop):
	"""Where the vendor's links lead. Returns the requests that came."""

	def store(body: bytes = PDF, status: int = 200, url: str = CDN) -> None:
		shop._mock.add("GET", url, body=body, status=status)

	return store


def test_the_ordinary_label_is_waited_for_and_downloaded_without_the_key(shop, store):
	shop.connector.transport.patience = 60.0
	naps: list[float] = []
	shop.connector.transport.sleep = naps.append
	shop.answer(endpoints.LABELS_CREATE, TASKS)
	shop.answer(
		endpoints.LABELS_GET,
		{"status": {"code": "pending"}},
		{"file_url": "", "status": {"code": "in_progress"}},
		finished(),
	)
	store()
	label = shop.connector.labels([order("1-1-1"), order("2-1-1")])
	assert (label.content, label.media_type) == (PDF, "application/pdf")
	assert (label.order_ids, dict(label.problems)) == (("1-1-1", "2-1-1"), {})
	assert naps == [1.0, 2.0]
	*asked, download = [call.request for call in shop._mock.calls]
	bodies = [json.loads(request.body) for request in asked]
	assert bodies == [{"posting_numbers": ["1-1-1", "2-1-1"]}, *[{"task_id": 12}] * 3]
	assert all(request.headers["Api-Key"] == CREDENTIALS["api_key"] for request in asked)
	assert download.url == CDN
	assert not {"Api-Key", "Client-Id", "Authorization"} & set(download.headers)
	assert CREDENTIALS["api_key"] not in str(download.headers)


def test_small_labels_where_there_are_no_others(shop, store):
	shop.answer(endpoints.LABELS_CREATE, {"tasks": [{"task_id": 11, "task_type": "small_label"}]})
	shop.answer(endpoints.LABELS_GET, finished())
	store()
	assert shop.connector.labels([order("1-1-1")]).content == PDF
	assert json.loads(shop._mock.calls[1].request.body) == {"task_id": 11}


def test_orders_that_cannot_have_a_label_are_not_asked_for(shop):
	orders = [order("1-1-1", OrderAction.PACK), order("2-1-1", scheme=Scheme.FBO)]
	label = shop.connector.labels(orders)
	assert (label.content, label.order_ids) == (b"", ())
	assert label.problems == {"1-1-1": NO_LABEL_NOW, "2-1-1": NO_LABEL_NOW}
	assert shop.requests == []


def test_what_was_not_printed_says_why(shop, store):
	shop.answer(endpoints.LABELS_CREATE, TASKS)
	unprinted = [
		("1", "label not allowed for delivered postings"),
		("2", "The next postings aren't ready"),
		("3", "Принтер сломался"),
		("4", ""),
	]
	shop.answer(endpoints.LABELS_GET, finished(*unprinted))
	store()
	label = shop.connector.labels([order(number) for number in "12345"])
	assert label.order_ids == ("5",)
	assert label.problems == {
		"1": NO_LABEL_NOW,
		"2": LABEL_NOT_READY,
		"3": "Принтер сломался",
		"4": UNEXPLAINED_LABEL,
	}


def test_a_task_that_failed_has_no_file(shop):
	shop.answer(endpoints.LABELS_CREATE, TASKS)
	error = {"code": "INTERNAL", "message": "Не получилось"}
	shop.answer(endpoints.LABELS_GET, finished(("1", "Нет адреса"), url="", code="error", error=error))
	label = shop.connector.labels([order("1"), order("2")])
	assert (label.content, label.order_ids) == (b"", ())
	assert label.problems == {"1": "Нет адреса", "2": "Не получилось"}


# --- not yet -----------------------------------------------------------------------------------------


def test_without_patience_nothing_is_waited_for(shop):
	shop.answer(endpoints.LABELS_CREATE, TASKS)
	shop.answer(endpoints.LABELS_GET, {"status": {"code": "pending"}})
	with pytest.raises(TemporaryError, match="not ready yet") as caught:
		shop.connector.labels([order("1")])
	assert "minute" in caught.value.next_step


@pytest.mark.parametrize("by_row", [True, False])
def test_labels_that_are_not_made_yet_are_a_passing_fault(shop, by_row):
	words = "The next postings aren't ready"
	if by_row:
		shop.answer(endpoints.LABELS_CREATE, TASKS)
		shop.answer(endpoints.LABELS_GET, finished(("1", words), url="", code="error"))
	else:
		shop.refuse(endpoints.LABELS_CREATE, 400, words)
	with pytest.raises(TemporaryError, match="not ready yet"):
		shop.connector.labels([order("1")])


# --- refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"message, problem",
	[
		("POSTING_NUMBERS_IS_INCORRECT_FOR_COMPANY", UNKNOWN_ORDER),
		("NO_POSTINGS_FOR_BATCH_DOWNLOAD", NO_LABEL_NOW),
		("Something new", "Something new"),
	],
)
def test_a_refusal_of_one_is_its_problem(shop, message, problem):
	shop.refuse(endpoints.LABELS_CREATE, 400, message)
	label = shop.connector.labels([order("1")])
	assert (label.content, dict(label.problems)) == (b"", {"1": problem})


def test_one_of_several_costs_no_other(shop, store):
	"""The postings are looked at, and those that still can have a label are asked for again."""
	shop.refuse(endpoints.LABELS_CREATE, 400, "INVALID_ARGUMENT")
	shop.answer(endpoints.FBS_GET, posting("1", "label_download"), posting("2", "arbitration"))
	shop.refuse(endpoints.FBS_GET, 404, "POSTING_NOT_FOUND", 5)
	shop.answer(endpoints.LABELS_CREATE, TASKS)
	shop.answer(endpoints.LABELS_GET, finished())
	store()
	label = shop.connector.labels([order("1"), order("2"), order("3")])
	assert (label.order_ids, label.content) == (("1",), PDF)
	assert label.problems == {"2": NO_LABEL_NOW, "3": UNKNOWN_ORDER}


def test_a_refusal_that_is_for_none_of_them_is_not_repeated(shop):
	shop.refuse(endpoints.LABELS_CREATE, 400, "Something new")
	shop.answer(endpoints.FBS_GET, posting("1", "label_download"), posting("2", "label_download"))
	label = shop.connector.labels([order("1"), order("2")])
	assert label.problems == {"1": "Something new", "2": "Something new"}


def test_a_key_without_the_right_is_told(shop):
	shop.refuse(endpoints.LABELS_CREATE, 403, "Api-Key is missing a required role for a method", 7)
	with pytest.raises(PermissionMissing):
		shop.connector.labels([order("1")])


# --- the file ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"url", ["", "http://ir.ozone.ru/1.pdf", "file:///etc/passwd", "//ir.ozone.ru/1.pdf", "1.pdf"]
)
def test_a_link_that_is_not_safe_is_not_followed(shop, url):
	shop.answer(endpoints.LABELS_CREATE, TASKS)
	shop.answer(endpoints.LABELS_GET, finished(url=url))
	with pytest.raises(ContractError, match="file_url"):
		shop.connector.labels([order("1")])


@pytest.mark.parametrize("status, body", [(404, b"NoSuchKey"), (400, b"InvalidRequest"), (403, b"<Error/>")])
def test_a_file_that_is_gone_is_a_passing_fault_and_not_the_keys(shop, store, status, body):
	shop.answer(endpoints.LABELS_CREATE, TASKS)
	shop.answer(endpoints.LABELS_GET, finished())
	store(body, status)
	with pytest.raises(TemporaryError):
		shop.connector.labels([order("1")])


def test_a_file_that_is_no_pdf_is_told(shop, store):
	shop.answer(endpoints.LABELS_CREATE, TASKS)
	shop.answer(endpoints.LABELS_GET, finished())
	store(b"<html>")
	with pytest.raises(ContractError):
		shop.connector.labels([order("1")])


@pytest.mark.parametrize(
	"tasks", [[], [{"task_id": None}], [{"task_id": "soon", "task_type": "big_label"}], None]
)
def test_tasks_that_cannot_be_read(shop, tasks):
	shop.answer(endpoints.LABELS_CREATE, {"tasks": tasks})
	with pytest.raises(ContractError):
		shop.connector.labels([order("1")])


def test_more_than_a_batch(shop):
	with pytest.raises(ValueError):
		shop.connector.labels([order("1")] * 101)


@needs_specification
def test_the_words_are_the_specifications():
	created = schema_at(response_schema(endpoints.LABELS_CREATE.path), "tasks", "[]", "task_type")
	assert set(created["enum"]) == set(LABEL_SIZES)
	status = schema_at(response_schema(endpoints.LABELS_GET.path), "status", "code")
	assert set(status["enum"]) >= {LABEL_READY, LABEL_FAILED}
