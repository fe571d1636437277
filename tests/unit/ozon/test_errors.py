"""What the vendor says, and what it means."""

from __future__ import annotations

import pytest

from crm_marketplace.integrations.errors import ContractError, PermissionMissing, RateLimited, TemporaryError
from crm_marketplace.integrations.marketplaces.ozon.errors import (
	MEANINGS,
	ROW_MEANINGS,
	UNEXPLAINED,
	classify,
	row_meaning,
)
from tests.unit.ozon.specification import needs_specification, specification


def said(message: str, status: int = 400, headers: dict[str, str] | None = None):
	return classify(status, {"code": 3, "message": message, "details": []}, headers or {})


@pytest.mark.parametrize("meaning", MEANINGS, ids=lambda meaning: meaning.fragment)
def test_every_message_of_the_table_is_found(meaning):
	error = said(f"Error: {meaning.fragment.upper()}!")
	assert type(error) is meaning.kind
	assert meaning.sentence is None or error.sentence == meaning.sentence
	assert error.next_step


@needs_specification
def test_the_general_messages_of_the_specification_are_known():
	text = next(tag["description"] for tag in specification()["tags"] if tag["name"] == "Errors")
	general = text.split("### ")[1]
	messages = [line.split("`")[1] for line in general.splitlines() if line.startswith("|") and "`" in line]
	assert "Circle is open" in messages
	assert [message for message in messages if said(message) is None] == []


@needs_specification
@pytest.mark.parametrize("method", ["/v2/products/stocks", "/v1/product/import/prices"])
def test_the_row_errors_of_the_specification_are_known(method):
	text = next(tag["description"] for tag in specification()["tags"] if tag["name"] == "Errors")
	section = text.split(f"### [{method}]")[1].split("\n### ")[0]
	codes = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
	assert len(codes) > 5
	# One of them is misspelt there, and one is about the whole request.
	odd = {"invalid_cat egory_price"} | {
		code for code in codes if code.startswith("Request validation error")
	}
	unknown = [code for code in codes if code not in odd and row_meaning([(code, code)])[1].sentence == code]
	assert unknown == []


def test_pauses_the_vendor_asks_for():
	assert said("Circle is open").retry_after == 180.0
	assert said("Circle is open", 429, {"Retry-After": "7"}).retry_after == 7.0
	assert said("You have reached request rate limit per second", 429).retry_after == 1.0
	assert isinstance(said("items limit: limit exceeded", 429), RateLimited)


def test_a_subscription_is_no_fault_of_the_key():
	error = said("not available with existing subscription", 403)
	assert isinstance(error, PermissionMissing) and "subscription" in error.text
	assert not error.policy.trips_breaker


@pytest.mark.parametrize("status", [404, 410])
def test_a_method_that_is_gone(status):
	error = classify(status, "404 page not found", {})
	assert isinstance(error, ContractError) and "no longer has this method" in error.text


@pytest.mark.parametrize("status", [401, 403])
def test_a_firewall_says_nothing_about_the_key(status):
	assert isinstance(classify(status, "<html>Доступ ограничен</html>", {}), TemporaryError)


@pytest.mark.parametrize(
	("status", "body"),
	[(500, "<html>"), (400, {"message": "unheard of"}), (400, {}), (400, {"message": None}), (409, [])],
)
def test_the_rest_is_left_to_the_status(status, body):
	assert classify(status, body, {}) is None


# --- rows ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", ROW_MEANINGS)
def test_every_row_error_of_the_table_is_found(words):
	assert row_meaning([(words.upper(), "")])[1] is ROW_MEANINGS[words]
	assert row_meaning([("", words)])[1] is ROW_MEANINGS[words]


def test_codes_are_compared_whole():
	assert row_meaning([("SOMETHING_NOT_FOUND_ERROR", "Нет")])[1].sentence == "Нет"


def test_the_first_known_of_several_errors():
	code, meaning = row_meaning([("NEW", "Новое"), ("STOCK_TOO_BIG", "")])
	assert (code, meaning) == ("STOCK_TOO_BIG", ROW_MEANINGS["stock_too_big"])


def test_no_reason_given():
	assert row_meaning([]) == (None, UNEXPLAINED)
