"""Reviews: what is asked for, whose words the answer is, and answering once."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from crm_marketplace.integrations.errors import (
	ContractError,
	PermissionMissing,
	RateLimited,
	RejectedError,
	TemporaryError,
)
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.connector import INFO
from crm_marketplace.integrations.marketplaces.yandex_market.reviews import (
	ANSWER_LENGTH,
	BLOCKED,
	COMMENT_PAGE,
	OF_SELLER,
	REVIEW_PAGE,
	TAKEN_BACK,
	read_review,
)
from crm_marketplace.integrations.paging import walk
from tests.unit.yandex_market.shop import AS_OF, NOW, golden
from tests.unit.yandex_market.specification import needs_specification, specification, words

SINCE = NOW - timedelta(days=3)
TEXT = "Спасибо за отзыв!"


def review(number: int, *, comments: int = 0, **changes: Any) -> dict[str, Any]:
	payload = copy.deepcopy(golden("review_new")["payload"])
	payload["statistics"]["commentsCount"] = comments
	return {**payload, "feedbackId": 100 + number, **changes}


def page(*reviews: Any, token: str | None = None) -> dict[str, Any]:
	return {"status": "OK", "result": {"feedbacks": list(reviews), "paging": {"nextPageToken": token}}}


def comment(
	number: int, text: str = TEXT, *, author: str | None = OF_SELLER, **changes: Any
) -> dict[str, Any]:
	return {
		"id": number,
		"text": text,
		"canModify": author == OF_SELLER,
		"author": {"type": author, "name": "Кто-то"},
		"status": "PUBLISHED",
		"feedbackId": 101,
		**changes,
	}


def comments(*found: Any, token: str | None = None) -> dict[str, Any]:
	return {"status": "OK", "result": {"comments": list(found), "paging": {"nextPageToken": token}}}


def read(shop: Any, since: datetime = SINCE, until: datetime = NOW) -> list[list[str]]:
	pages = walk(lambda token, limit: shop.connector.reviews(since, until, token, limit))
	return [[item.external_id for item in one.items] for one in pages]


# --- what is asked for -----------------------------------------------------------------------------


def test_neither_end_of_the_vendors_period_belongs_to_it(shop):
	shop.answer(endpoints.REVIEWS, page(review(1)))
	one = shop.connector.reviews(SINCE, NOW.replace(microsecond=1))
	assert (one.token, one.as_of) == (None, AS_OF)
	_method, path, query, body = shop.requests[0]
	assert (path, query) == ("/v2/businesses/1043217/goods-feedback", {"limit": "50"})
	assert body == {"dateTimeFrom": "2026-09-25T09:29:59.999Z", "dateTimeTo": "2026-09-28T09:30:00.001Z"}


def test_pages_follow_each_other(shop):
	shop.answer(endpoints.REVIEWS, page(review(1), token="p2"), page(review(2)))
	assert read(shop) == [["101"], ["102"]]
	assert [query.get("pageToken") for _m, _p, query, _b in shop.requests] == [None, "p2"]


def test_long_periods_are_asked_for_in_pieces(shop):
	shop.answer(endpoints.REVIEWS, page(review(1), token="p2"), page(), page(review(2)), page())
	assert read(shop, NOW - timedelta(days=500)) == [["101"], [], ["102"], []]
	periods = [
		tuple(datetime.fromisoformat(body[name][:-1]) for name in ("dateTimeFrom", "dateTimeTo"))
		for body in shop.bodies[1:]
	]
	assert all(one[1] - after[0] == timedelta(milliseconds=1) for one, after in pairwise(periods))
	# Half a year may have 181 days only.
	assert all(end - start < timedelta(days=181) for start, end in periods)


@pytest.mark.parametrize(
	"token", ["{", "[]", '{"period":1}', '{"period":-1}', '{"period":"0"}', '{"page":7}']
)
def test_positions_that_lead_nowhere(shop, token):
	with pytest.raises(ContractError, match="position"):
		shop.connector.reviews(SINCE, NOW, token)


def test_an_empty_window_is_no_request(shop):
	assert shop.connector.reviews(NOW, NOW).items == ()
	assert shop.requests == []


@needs_specification
def test_sizes_and_words_are_the_vendors():
	known = specification()["components"]
	assert known["parameters"]["PageLimit50"]["schema"]["maximum"] == REVIEW_PAGE == COMMENT_PAGE
	assert known["schemas"]["GoodsFeedbackCommentText"]["maxLength"] == ANSWER_LENGTH
	assert INFO.review_answer_length == ANSWER_LENGTH
	assert {BLOCKED, TAKEN_BACK} < set(words("GoodsFeedbackCommentStatusType"))
	assert OF_SELLER in words("GoodsFeedbackCommentAuthorType")


# --- the seller's answer ---------------------------------------------------------------------------


def test_comments_are_asked_for_where_there_are_some(shop):
	shop.answer(endpoints.REVIEWS, page(review(1), review(2, comments=2), review(3)))
	shop.answer(endpoints.REVIEW_COMMENTS, comments(comment(1, "Согласен", author="USER"), token="p2"))
	shop.answer(endpoints.REVIEW_COMMENTS, comments(comment(2)))
	found = [item.record for item in shop.connector.reviews(SINCE, NOW).items]
	assert [(one.is_answered, one.answer) for one in found] == [(False, ""), (True, TEXT), (False, "")]
	assert shop.bodies[1:] == [{"feedbackId": 102}] * 2
	assert len(shop.requests) == 3


@pytest.mark.parametrize(
	("written", "answer", "is_answered", "status"),
	[
		([comment(1, author="USER")], "", False, "NEED_REACTION"),
		([comment(1, author="BRAND")], "", False, "NEED_REACTION"),
		([comment(1, author="BRAND", canModify=True)], TEXT, True, "PUBLISHED"),
		([comment(1, author=None, canModify=None)], "", False, "NEED_REACTION"),
		([{**comment(1), "author": None}], TEXT, True, "PUBLISHED"),
		([comment(1, canModify=None)], TEXT, True, "PUBLISHED"),
		([comment(1, status="UNMODERATED")], TEXT, True, "UNMODERATED"),
		([comment(1, status="DELETED")], "", False, "NEED_REACTION"),
		# A blocked answer is shown to nobody: it is told, and is none.
		([comment(1, status="BANNED")], TEXT, False, "BANNED"),
		([comment(1, "Первый"), comment(2, status="BANNED")], "Первый", True, "PUBLISHED"),
		([comment(1, "Первый"), comment(2, "Второй")], "Второй", True, "PUBLISHED"),
		# Below somebody's comment, not below the review.
		([comment(1, author="USER"), comment(2, parentId=1)], "", False, "NEED_REACTION"),
		([], "", False, "NEED_REACTION"),
	],
)
def test_whose_words_the_answer_is(written, answer, is_answered, status):
	record = read_review({**review(1, comments=2), "comments": written}).record
	assert (record.answer, record.is_answered, record.vendor_status) == (answer, is_answered, status)


def test_a_review_that_is_taken_back_in_this_moment_comes_without_comments(shop):
	shop.answer(endpoints.REVIEWS, page(review(1, comments=1), review(2)))
	shop.refuse(endpoints.REVIEW_COMMENTS, 404, "Feedback not found")
	first, second = shop.connector.reviews(SINCE, NOW).items
	assert first.record.is_answered is False and second.record


def test_comments_that_cannot_be_read_cost_their_review_only(shop):
	shop.answer(endpoints.REVIEWS, page(review(1, comments=1), review(2, comments=1), review(3)))
	shop.answer(endpoints.REVIEW_COMMENTS, {"result": {}}, comments({"id": 5}))
	first, second, third = shop.connector.reviews(SINCE, NOW).items
	assert third.record
	for item, external_id in ((first, "101"), (second, "102")):
		assert (
			isinstance(item.error, ContractError) and item.error.record_id == item.external_id == external_id
		)


@pytest.mark.parametrize(("status", "kind"), [(420, RateLimited), (500, TemporaryError)])
def test_a_review_whose_answer_could_not_be_asked_for_is_not_told_as_unanswered(shop, status, kind):
	shop.answer(endpoints.REVIEWS, page(review(1, comments=1)))
	shop.refuse(endpoints.REVIEW_COMMENTS, status, "…")
	with pytest.raises(kind):
		shop.connector.reviews(SINCE, NOW)


# --- what goes wrong -------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("changes", "field"),
	[
		({"statistics": {"rating": 6, "commentsCount": 0}}, "rating"),
		({"statistics": {"rating": None}}, "statistics.rating"),
		({"statistics": None}, "statistics"),
		({"createdAt": None}, "createdAt"),
		({"createdAt": 5}, "createdAt"),
		({"description": "хорошо"}, "description"),
	],
)
def test_one_bad_review_costs_no_other(shop, changes, field):
	shop.answer(endpoints.REVIEWS, page(review(1, **changes), review(2)))
	first, second = shop.connector.reviews(SINCE, NOW).items
	assert first.error.field == field and first.external_id == "101"
	assert second.record


def test_a_key_without_the_right(shop):
	shop.refuse(endpoints.REVIEWS, 403, "Token does not have any of the scopes to access the API method: …")
	with pytest.raises(PermissionMissing):
		shop.connector.reviews(SINCE, NOW)


# --- answering -------------------------------------------------------------------------------------


def sent(shop: Any) -> list[Any]:
	return [body for _m, path, _q, body in shop.requests if path.endswith("/update")]


def test_an_answer_is_a_comment_to_the_review(shop):
	shop.answer(endpoints.REVIEW_COMMENTS, comments(comment(1, author="USER")))
	shop.answer(endpoints.ANSWER_REVIEW, {"status": "OK", "result": comment(2)})
	assert shop.connector.answer_review("101", TEXT) is None
	assert sent(shop) == [{"feedbackId": 101, "comment": {"text": TEXT}}]


def test_an_answer_that_stands_there_is_not_given_again(shop):
	shop.answer(endpoints.REVIEW_COMMENTS, comments(comment(1)))
	shop.connector.answer_review("101", TEXT)
	assert sent(shop) == []


@pytest.mark.parametrize(
	("given", "id_"),
	[
		(comment(7, "Старый"), 7),
		(comment(7, status="BANNED"), 7),
		(comment(7, "Старый", canModify=False), None),
		(comment(7, "Старый", parentId=3), None),
	],
)
def test_another_answer_is_changed_where_it_may_be(shop, given, id_):
	shop.answer(endpoints.REVIEW_COMMENTS, comments(given))
	shop.answer(endpoints.ANSWER_REVIEW, {"status": "OK"})
	shop.connector.answer_review("101", TEXT)
	assert sent(shop)[0]["comment"] == ({"text": TEXT} if id_ is None else {"text": TEXT, "id": id_})


def test_an_answer_is_not_sent_twice_after_a_failure(shop):
	shop.connector.transport.patience = 60
	shop.connector.transport.sleep = lambda seconds: None
	shop.answer(endpoints.REVIEW_COMMENTS, comments())
	shop.refuse(endpoints.ANSWER_REVIEW, 500, "Internal error")
	with pytest.raises(TemporaryError):
		shop.connector.answer_review("101", TEXT)
	assert len(sent(shop)) == 1


@pytest.mark.parametrize("text", ["", " \n", "ы" * (ANSWER_LENGTH + 1)])
def test_an_answer_that_cannot_be_one_is_not_sent(shop, text):
	with pytest.raises(RejectedError, match="has 1 to 4096 characters") as caught:
		shop.connector.answer_review("101", text)
	assert caught.value.record_id == "101"
	assert shop.requests == []


@pytest.mark.parametrize("review_id", ["", "abc", "1" * 19, "../5"])
def test_a_review_that_cannot_be_one_is_not_asked_for(shop, review_id):
	with pytest.raises(RejectedError, match="does not know this review") as caught:
		shop.connector.answer_review(review_id, TEXT)
	assert caught.value.record_id == review_id
	assert shop.requests == []


def test_a_refused_answer_says_which_review(shop):
	shop.answer(endpoints.REVIEW_COMMENTS, comments())
	shop.refuse(endpoints.ANSWER_REVIEW, 400, "Text contains links")
	with pytest.raises(RejectedError, match="Text contains links") as caught:
		shop.connector.answer_review("101", TEXT)
	assert caught.value.record_id == "101"
