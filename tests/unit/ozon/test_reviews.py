from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm_marketplace.integrations.errors import (
	ContractError,
	PermissionMissing,
	RejectedError,
	TemporaryError,
)
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.reviews import read_review
from crm_marketplace.integrations.marketplaces.ozon.statuses import PROCESSED_REVIEW
from tests.unit.ozon.shop import AS_OF, NOW
from tests.unit.ozon.specification import needs_specification, response_schema, schema_at

SINCE = NOW - timedelta(days=1)
REVIEW = {
	"id": "017c0d1c-66d3-b838-3d29-cf9b95a6ac48",
	"sku": 148591503,
	"text": "Не лучший товар",
	"published_at": "2026-09-27T10:00:00.5Z",
	"rating": 2,
	"status": "NEW",
	"comments_amount": 0,
	"photos_amount": 0,
	"videos_amount": 0,
	"order_status": "DELIVERED",
	"is_rating_participant": True,
}
SUBSCRIPTION = "The method is not available with existing subscription"


def page_of(*rows: Any, last_id: str = "", has_next: bool = False) -> dict[str, Any]:
	return {"reviews": list(rows), "has_next": has_next, "last_id": last_id}


def test_pages_of_a_window(shop):
	shop.answer(endpoints.REVIEWS, page_of(REVIEW, last_id="a", has_next=True), page_of())
	first = shop.connector.reviews(SINCE, NOW)
	second = shop.connector.reviews(SINCE, NOW, first.token)
	assert [item.external_id for item in first.items] == [REVIEW["id"]]
	assert (first.as_of, tuple(second.items), second.token) == (AS_OF, (), None)
	filters = {
		"order_status": "ALL",
		"status": "ALL",
		"published_from": "2026-09-27T09:30:00.000Z",
		"published_to": "2026-09-28T09:30:00.000Z",
	}
	body = {"filters": filters, "limit": 100, "sort_dir": "ASC"}
	assert shop.bodies == [{**body, "last_id": ""}, {**body, "last_id": "a"}]


@pytest.mark.parametrize("limit, asked", [(1, 20), (20, 20), (57, 57), (5000, 100)])
def test_the_vendor_gives_no_fewer_than_twenty(shop, limit, asked):
	shop.answer(endpoints.REVIEWS, page_of())
	shop.connector.reviews(SINCE, NOW, None, limit)
	assert shop.bodies[0]["limit"] == asked


def test_pictures_and_comments_are_asked_for_where_there_are_some(shop):
	other = {**REVIEW, "id": "other", "photos_amount": "2", "comments_amount": 3}
	shop.answer(endpoints.REVIEWS, page_of(REVIEW, other))
	photos = [{"url": "https://cdn1.ozone.ru/1.jpeg"}, {"url": None}]
	shop.answer(endpoints.REVIEW_DETAILS, {"id": "other", "photos": photos})
	comments = [
		{"text": "И я так думаю", "is_owner": False, "is_rejected": False},
		{"text": "Отклонён", "is_owner": True, "is_rejected": True},
		{"text": "Исправимся", "is_owner": True, "is_rejected": False},
	]
	shop.answer(endpoints.REVIEW_COMMENTS, {"comments": comments, "offset": 3})
	first, second = shop.connector.reviews(SINCE, NOW).items
	assert (first.record.photos, first.record.answer, first.record.is_answered) == ((), "", False)
	assert second.record.photos == ("https://cdn1.ozone.ru/1.jpeg",)
	assert (second.record.answer, second.record.is_answered) == ("Исправимся", True)
	assert second.raw["comments"] == comments
	assert shop.bodies[1:] == [
		{"review_id": "other"},
		{"review_id": "other", "limit": 100, "offset": 0, "sort_dir": "ASC"},
	]


def test_what_the_seller_marked_in_the_cabinet_is_dealt_with():
	review = read_review({**REVIEW, "status": PROCESSED_REVIEW}).record
	assert (review.is_answered, review.answer) == (True, "")


def test_one_bad_review_costs_no_other(shop):
	rows = [
		{**REVIEW, "id": "1", "rating": 0},
		{**REVIEW, "id": "2", "published_at": None},
		{**REVIEW, "id": "3", "comments_amount": 1},
		None,
		{**REVIEW, "id": "5"},
	]
	shop.answer(endpoints.REVIEWS, page_of(*rows))
	shop.answer(endpoints.REVIEW_COMMENTS, {"comments": "нет"})
	items = shop.connector.reviews(SINCE, NOW).items
	assert [item.record is not None for item in items] == [False, False, False, False, True]
	assert [item.external_id for item in items[:3]] == ["1", "2", "3"]
	assert [item.error.field for item in items[:3]] == ["rating", "published_at", "comments"]
	assert all(item.error.record_id == item.external_id for item in items[:4])


def test_a_list_that_goes_on_nowhere_is_told(shop):
	shop.answer(endpoints.REVIEWS, page_of(REVIEW, has_next=True))
	with pytest.raises(ContractError):
		shop.connector.reviews(SINCE, NOW)


@pytest.mark.parametrize("token", ['{"last_id":5}', "soon"])
def test_a_token_that_leads_nowhere(shop, token):
	with pytest.raises(ContractError):
		shop.connector.reviews(SINCE, NOW, token)


def test_without_the_subscription_it_is_told(shop):
	shop.refuse(endpoints.REVIEWS, 403, SUBSCRIPTION, 7)
	with pytest.raises(PermissionMissing, match="paid subscription"):
		shop.connector.reviews(SINCE, NOW)


# --- answers -----------------------------------------------------------------------------------------


def test_an_answer_marks_the_review_as_dealt_with(shop):
	shop.answer(endpoints.REVIEW_ANSWER, {"comment_id": "1"})
	shop.connector.answer_review(REVIEW["id"], "  Спасибо! ")
	assert shop.bodies == [{"review_id": REVIEW["id"], "text": "Спасибо!", "mark_review_as_processed": True}]


@pytest.mark.parametrize("text, words", [(" \n", "empty"), ("ы" * 1001, "longer than 1000")])
def test_what_the_vendor_would_not_take_is_not_sent(shop, text, words):
	with pytest.raises(RejectedError, match=words) as caught:
		shop.connector.answer_review("1", text)
	assert caught.value.record_id == "1"
	assert shop.requests == []


def test_an_answer_is_never_sent_twice(shop):
	shop.connector.transport.patience = 60.0
	shop.refuse(endpoints.REVIEW_ANSWER, 500, "Internal error", 13)
	with pytest.raises(TemporaryError):
		shop.connector.answer_review("1", "Спасибо")
	assert len(shop.requests) == 1


def test_a_refused_answer_names_its_review(shop):
	shop.refuse(endpoints.REVIEW_ANSWER, 404, "review not found", 5)
	with pytest.raises(RejectedError, match="review not found") as caught:
		shop.connector.answer_review("1", "Спасибо")
	assert caught.value.record_id == "1"


@needs_specification
def test_the_status_is_the_specifications():
	status = schema_at(response_schema(endpoints.REVIEWS.path), "reviews", "[]", "status")
	assert PROCESSED_REVIEW in status["enum"]
