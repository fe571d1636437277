"""What the vendor says, and what it means."""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from crm_marketplace.integrations.errors import (
	ConfigurationError,
	ContractError,
	PermissionMissing,
	RateLimited,
	RejectedError,
	TemporaryError,
)
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.errors import (
	MEANINGS,
	OUTCOMES,
	PARALLEL_PAUSE,
	Refusal,
	classify,
)
from tests.unit.yandex_market.shop import NOW


def body(*messages: Any) -> dict[str, Any]:
	return {"status": "ERROR", "errors": [{"code": "CODE", "message": message} for message in messages]}


def said(message: str, status: int = 400, headers: dict[str, str] | None = None):
	return classify(status, body(message), headers or {})


@pytest.mark.parametrize("meaning", MEANINGS, ids=lambda meaning: meaning.fragment)
def test_every_message_of_the_table_is_found(meaning):
	error = said(f"Error 12: {meaning.fragment.upper()} (21653214)")
	assert type(error) is meaning.kind
	assert meaning.sentence is None or error.sentence == meaning.sentence
	assert error.next_step


def test_the_second_of_several_messages_is_heard():
	error = classify(400, body("Something", None, "Campaign not found: 5"), {})
	assert isinstance(error, ConfigurationError)


def test_words_nobody_knows_are_kept_for_finding_the_row():
	error = classify(400, {"errors": [{"code": "A"}, {"message": "Б"}, {}, "x"]}, {})
	assert isinstance(error, Refusal) and error.messages == ("A", "Б", "")


@pytest.mark.parametrize("status", [200, 401, 403, 404, 420, 423, 500])
def test_words_nobody_knows_leave_other_statuses_to_their_meaning(status):
	assert said("unheard of", status) is None


@pytest.mark.parametrize("errors", [None, "all", {}, [None, 5]])
def test_answers_without_words(errors):
	error = classify(400, {"errors": errors}, {})
	assert isinstance(error, Refusal) and error.messages == ()


# --- pauses ----------------------------------------------------------------------------------------


def test_one_request_too_many_at_once_waits_a_second():
	error = said("Hit rate limit of 4 parallel requests", 420)
	assert isinstance(error, RateLimited) and error.retry_after == PARALLEL_PAUSE


def test_a_limit_ends_when_the_vendor_says():
	headers = {
		"Date": format_datetime(NOW, usegmt=True),
		"X-RateLimit-Resource-Until": format_datetime(NOW + timedelta(seconds=40), usegmt=True),
	}
	error = said("Hit rate limit of 50 requests per 1 minute", 420, headers)
	assert isinstance(error, RateLimited) and 39 <= error.retry_after <= 41


def test_a_limit_that_does_not_say_when_it_ends():
	assert said("Hit rate limit of 50 requests per 1 minute", 420).retry_after == RateLimited().retry_after


def test_a_limit_in_words_we_do_not_know(shop):
	shop.refuse(endpoints.ORDERS, 420, "Enhance your calm")
	with pytest.raises(RateLimited):
		shop.connector.open_orders()


# --- answers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("message", "kind"),
	[
		("Something is wrong with offers", RejectedError),
		("Partner use only default price", ConfigurationError),
		("Token does not have any of the scopes: [pricing]", PermissionMissing),
	],
)
def test_an_error_with_http_status_200_is_an_error(shop, message, kind):
	shop.answer(endpoints.ORDERS, body(message))
	with pytest.raises(kind):
		shop.connector.open_orders()


def test_its_words_are_told(shop):
	shop.answer(endpoints.ORDERS, body("Something is wrong", "and more"))
	with pytest.raises(RejectedError, match="Something is wrong; and more"):
		shop.connector.open_orders()


def test_a_method_that_cannot_be_used_here_is_a_matter_of_settings(shop):
	assert OUTCOMES[423] is ConfigurationError
	shop.refuse(endpoints.ORDERS, 423, "something new")
	with pytest.raises(ConfigurationError):
		shop.connector.open_orders()


@pytest.mark.parametrize("status", [404, 410])
def test_a_method_that_is_gone(status):
	error = classify(status, "404 page not found", {})
	assert isinstance(error, ContractError) and "no longer has this method" in error.text


@pytest.mark.parametrize("status", [401, 403])
def test_a_firewall_says_nothing_about_the_key(status):
	assert isinstance(classify(status, "<html>Доступ ограничен</html>", {}), TemporaryError)


@pytest.mark.parametrize(("status", "page"), [(500, "<html>"), (400, "nonsense"), (502, None)])
def test_the_rest_is_left_to_the_status(status, page):
	assert classify(status, page, {}) is None
