from __future__ import annotations

import pickle

import pytest

from crm_marketplace.integrations.budget import BudgetExhausted
from crm_marketplace.integrations.errors import (
	KINDS,
	ContractError,
	IntegrationError,
	RateLimited,
	RejectedError,
	TemporaryError,
)


@pytest.mark.parametrize("cls", KINDS.values())
def test_every_kind_has_a_sentence_and_a_next_step(cls):
	error = cls()
	assert error.text and error.next_step
	assert str(error).startswith(error.text)
	assert error.policy.severity in ("info", "warning", "error")


def test_kinds_are_told_apart():
	assert all(kind == cls.kind for kind, cls in KINDS.items())
	assert set(KINDS) == {
		"unknown",
		"configuration",
		"authentication",
		"permission",
		"rate_limited",
		"temporary",
		"rejected",
		"contract",
		"fault",
	}


def test_values_are_filled_in():
	error = RejectedError(
		"The order {0} of {1}.", values=("17-1", "{odd}"), detail="HTTP 400", request_id="r5"
	)
	error.record_id = "17-1"
	assert str(error) == "The order 17-1 of {odd}. | record 17-1 | HTTP 400 | request r5"


@pytest.mark.parametrize("sentence", ["{0} and {1}", "{name}", "a { brace"])
def test_an_error_can_always_be_shown(sentence):
	assert IntegrationError(sentence, values=("one",)).text


@pytest.mark.parametrize(
	"error",
	[
		RateLimited(retry_after=7.0, detail="d", request_id="r"),
		BudgetExhausted(retry_after=7.0),
		TemporaryError("A {0}", values=("b",), not_sent=True, http_status=503),
		ContractError(field="price", value_kind="text", record_id="17-1"),
	],
)
def test_errors_travel_between_processes(error):
	copy = pickle.loads(pickle.dumps(error))
	assert type(copy) is type(error)
	assert vars(copy) == vars(error)
	assert str(copy) == str(error)
