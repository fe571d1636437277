"""Reviews, and answers whose review the vendor does not check."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError, PermissionMissing, RejectedError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints, reviews
from crm_marketplace.integrations.marketplaces.wildberries.reviews import read_review
from crm_marketplace.integrations.paging import walk
from tests.unit.wildberries.shop import AS_OF, EVERYTHING, NOW, golden, make_token
from tests.unit.wildberries.specification import document, examples, needs_specification

DAY = timedelta(days=1)
ID = "YX52RZEBhH9mrcYdEJuD"
PERIOD = "order=dateAsc&dateFrom=1790501400&dateTo=1790587800"
UNKNOWN = {
	"data": None,
	"error": True,
	"errorText": "Невозможно получить отзыв по id",
	"additionalErrors": None,
	"requestId": "87a2fe4d-d28b-4bae-b824-c0f498c72702",
}


def review(id_: str = ID, **changes: Any) -> dict[str, Any]:
	return {**golden("review_answered")["payload"], "id": id_, **changes}


def listed(*found: Any) -> dict[str, Any]:
	data = {"countUnanswered": 1, "countArchive": 1, "feedbacks": list(found)}
	return {"data": data, "error": False, "errorText": "", "additionalErrors": None}


def alone(**changes: Any) -> dict[str, Any]:
	return {"data": review(**changes), "error": False, "errorText": "", "additionalErrors": None}


def answer(text: str = "Спасибо!", *, editable: bool = True, state: str = "wbRu") -> dict[str, Any]:
	return {"text": text, "state": state, "editable": editable}


def record_of(**changes: Any) -> Any:
	fetched = read_review(review(**changes))
	assert fetched.error is None, fetched.error
	return fetched.record


# --- reading ---------------------------------------------------------------------------------------


def test_those_that_wait_come_first(shop):
	shop.answer(endpoints.REVIEWS, listed(review("a"), review("b")), listed(review("c")), listed(review("d")))
	pages = list(walk(lambda token, size: shop.connector.reviews(NOW - DAY, NOW, token, size), limit=2))
	assert [item.external_id for page in pages for item in page.items] == list("abcd")
	assert all(page.as_of == AS_OF for page in pages)
	assert shop.addresses == [
		f"GET /api/v1/feedbacks?isAnswered=false&take=2&skip=0&{PERIOD}",
		f"GET /api/v1/feedbacks?isAnswered=false&take=2&skip=2&{PERIOD}",
		f"GET /api/v1/feedbacks?isAnswered=true&take=2&skip=0&{PERIOD}",
	]


def test_where_no_more_may_be_skipped_the_list_goes_on_by_time(shop, monkeypatch):
	monkeypatch.setattr(reviews, "MOST_SKIPPED", 3)
	last = review("d", createdDate="2026-09-28T05:00:00Z")
	shop.answer(
		endpoints.REVIEWS,
		listed(review("a"), review("b")),
		listed(last, {**last, "id": "e", "createdDate": None}),
		listed(last),
		listed(),
	)
	found = walk(lambda token, size: shop.connector.reviews(NOW - DAY, NOW, token, size), limit=2)
	assert [item.external_id for page in found for item in page.items] == ["a", "b", "d", "e", "d"]
	assert "skip=0&order=dateAsc&dateFrom=1790571600&" in shop.addresses[2]
	assert shop.addresses[3] == f"GET /api/v1/feedbacks?isAnswered=true&take=2&skip=0&{PERIOD}"


def test_a_page_nobody_can_read_where_time_is_needed_is_told(shop, monkeypatch):
	monkeypatch.setattr(reviews, "MOST_SKIPPED", 0)
	shop.answer(endpoints.REVIEWS, listed(review(createdDate=None)))
	with pytest.raises(ContractError):
		shop.connector.reviews(NOW - DAY, NOW, limit=1)


@pytest.mark.parametrize(
	"token", ['{"phase":"lost"}', '{"phase":"done","skip":-1}', '{"skip":"2"}', '{"from":null}', "7"]
)
def test_a_token_that_leads_nowhere(shop, token):
	with pytest.raises(ContractError, match="saved position"):
		shop.connector.reviews(NOW - DAY, NOW, token)
	assert shop.requests == []


def test_an_empty_window_is_not_asked_for(shop):
	assert shop.connector.reviews(NOW, NOW).items == ()
	assert shop.requests == []


def test_a_refusal_with_status_200(shop):
	shop.answer(endpoints.REVIEWS, {**UNKNOWN, "errorText": "Something went wrong"})
	with pytest.raises(RejectedError, match="Something went wrong"):
		shop.connector.reviews(NOW - DAY, NOW)


@needs_specification
def test_the_vendors_example_of_a_list(shop):
	shop.answer(endpoints.REVIEWS, examples("GET", endpoints.REVIEWS.path)["example"])
	(found,) = shop.connector.reviews(NOW - DAY, NOW).items
	assert found.record == record_of()


@pytest.mark.parametrize(
	"changes",
	[
		{"productValuation": None},
		{"productValuation": 0},
		{"productValuation": 6},
		{"createdDate": None},
		{"createdDate": "2024-09-26T10:20:48"},
		{"productDetails": 5},
		{"text": []},
	],
)
def test_a_review_that_cannot_be_read_costs_no_other(shop, changes):
	shop.answer(endpoints.REVIEWS, listed(review("a"), review("b", **changes), None))
	good, bad, nothing = shop.connector.reviews(NOW - DAY, NOW).items
	assert good.record and nothing.error
	assert isinstance(bad.error, ContractError) and bad.error.record_id == "b"


def test_stars_alone_are_a_review():
	fields = ("text", "pros", "cons", "answer", "photoLinks", "productDetails", "userName", "state")
	found = record_of(**dict.fromkeys(fields))
	assert (found.rating, found.text, found.marketplace_ids, found.photos) == (5, "", {}, ())
	assert not found.is_answered and not found.vendor_status


def test_the_size_is_told_by_its_name():
	product = review()["productDetails"]
	found = record_of(productDetails={**product, "size": "42"})
	assert (found.title, found.offer_id) == ("ВАЗ, 42", "DP02/черный")


@pytest.mark.parametrize(
	("given", "is_answered"),
	[
		(None, False),
		(answer(""), False),
		(answer(state="none"), True),
		(answer(state="reviewRequired"), True),
		(answer(state="wbRu"), True),
		(answer(state="rejected"), False),
		(answer(state="something new"), True),
	],
)
def test_whether_it_is_answered(given, is_answered):
	assert record_of(answer=given).is_answered is is_answered


@needs_specification
def test_the_states_of_an_answer_are_those_of_the_specification():
	item = document("09-communications")["components"]["schemas"]["responseFeedback"]["items"]
	text = item["properties"]["answer"]["properties"]["state"]["description"]
	assert set(re.findall(r"`(\w+)`", text)) == {"none", "wbRu", "reviewRequired", "rejected"}


# --- answering -------------------------------------------------------------------------------------


def test_an_answer_is_sent_to_a_review_that_is_there(shop):
	shop.answer(endpoints.REVIEW, alone(answer=None))
	shop.answer(endpoints.REVIEW_ANSWER, b"", status=204)
	assert shop.connector.answer_review(ID, " Спасибо!\n") is None
	assert shop.requests == [
		(f"GET /api/v1/feedback?id={ID}", None),
		("POST /api/v1/feedbacks/answer", {"id": ID, "text": "Спасибо!"}),
	]


def test_an_answer_that_is_there_is_changed(shop):
	shop.answer(endpoints.REVIEW, alone(answer=answer()))
	shop.answer(endpoints.REVIEW_EDIT, b"", status=204)
	shop.connector.answer_review(ID, "Иначе")
	assert shop.requests[-1] == ("PATCH /api/v1/feedbacks/answer", {"id": ID, "text": "Иначе"})


def test_the_same_answer_is_not_sent_again(shop):
	shop.answer(endpoints.REVIEW, alone(answer=answer()))
	shop.connector.answer_review(ID, "Спасибо!")
	assert len(shop.requests) == 1


@pytest.mark.parametrize(
	("editable", "method"), [(True, endpoints.REVIEW_EDIT), (False, endpoints.REVIEW_ANSWER)]
)
def test_one_that_was_not_let_pass_is_sent_again(shop, editable, method):
	shop.answer(endpoints.REVIEW, alone(answer=answer(state="rejected", editable=editable)))
	shop.answer(method, b"", status=204)
	shop.connector.answer_review(ID, "Спасибо!")


@pytest.mark.parametrize("text", ["Иначе", "Спасибо!!"])
def test_one_that_is_final_is_not_changed(shop, text):
	shop.answer(endpoints.REVIEW, alone(answer=answer(editable=False)))
	with pytest.raises(RejectedError, match="no longer be changed") as caught:
		shop.connector.answer_review(ID, text)
	assert caught.value.record_id == ID and caught.value.next_step


def test_the_same_final_answer_is_success(shop):
	shop.answer(endpoints.REVIEW, alone(answer=answer(editable=False)))
	shop.connector.answer_review(ID, "Спасибо!")


def test_a_review_nobody_knows(shop):
	shop.answer(endpoints.REVIEW, UNKNOWN, status=422)
	with pytest.raises(RejectedError, match="does not know this review") as caught:
		shop.connector.answer_review("nobody", "Спасибо!")
	assert caught.value.record_id == "nobody"
	assert caught.value.request_id == UNKNOWN["requestId"]


def test_an_answer_that_is_refused(shop):
	shop.answer(endpoints.REVIEW, alone(answer=None))
	refusal = {
		"title": "bad request",
		"requestId": "e6c4",
		"origin": "fbapi",
		"detail": "text is not allowed",
	}
	shop.answer(endpoints.REVIEW_ANSWER, refusal, status=400)
	with pytest.raises(RejectedError, match="text is not allowed") as caught:
		shop.connector.answer_review(ID, "Спасибо!")
	assert caught.value.record_id == ID


@pytest.mark.parametrize("text", ["", " ", "a", " a ", "ы" * 5001])
def test_what_is_too_short_or_too_long_is_not_sent(shop, text):
	with pytest.raises(RejectedError, match="2 to 5000 characters") as caught:
		shop.connector.answer_review(ID, text)
	assert caught.value.record_id == ID and shop.requests == []


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": {"answer": None}}, []])
def test_a_review_that_cannot_be_read_is_not_answered(shop, body):
	shop.answer(endpoints.REVIEW, body)
	with pytest.raises(ContractError):
		shop.connector.answer_review(ID, "Спасибо!")
	assert len(shop.requests) == 1


@pytest.mark.parametrize(
	("rights", "missing"),
	[(EVERYTHING & ~(1 << 7), "Вопросы и отзывы"), (EVERYTHING | 1 << 30, "Только на чтение")],
)
def test_without_the_right_nothing_is_asked(shop_with, rights, missing):
	shop = shop_with(token=make_token(s=rights))
	with pytest.raises(PermissionMissing, match=missing):
		shop.connector.answer_review(ID, "Спасибо!")
	assert shop.requests == []
