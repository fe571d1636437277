"""Nothing of a key or a buyer leaves through errors or the request log."""

from __future__ import annotations

import traceback

import pytest
import requests

from crm_marketplace.integrations.errors import IntegrationError, PermissionMissing, RejectedError
from tests.unit.integrations.fakes import SECRET, World, answers

BUYER = {"customer": {"name": "Оксана Вяземская", "phone": "+79990001122"}, "order": "17-1"}


def everything_seen(world: World, caught: pytest.ExceptionInfo[IntegrationError]) -> str:
	error = caught.value
	parts = [repr(record) for record in world.log]
	parts += [str(error), error.detail, error.text, *map(str, error.values)]
	parts += traceback.format_exception(error)
	return "\n".join(parts)


def test_a_key_in_the_answer(http):
	world = World()
	answers((400, {"message": f"Invalid Api-Key {SECRET}, call +7 999 000-11-22"}))
	with pytest.raises(RejectedError) as caught:
		world.call()
	seen = everything_seen(world, caught)
	assert SECRET not in seen and "000-11-22" not in seen
	assert "Invalid Api-Key •••" in caught.value.text


def test_a_key_in_a_network_error(http):
	world = World(max_attempts=1)
	answers(requests.ConnectionError(f"HTTPSConnectionPool: /v1/things?key={SECRET}"))
	with pytest.raises(IntegrationError) as caught:
		world.call()
	assert SECRET not in everything_seen(world, caught)


def test_buyers_in_bodies(http):
	world = World()
	answers((409, {"details": BUYER}))
	with pytest.raises(RejectedError) as caught:
		world.call(body=BUYER)
	seen = everything_seen(world, caught)
	assert "Вяземская" not in seen and "79990001122" not in seen
	assert world.log[0].request_body["order"] == "17-1"
	assert '"order": "17-1"' in world.log[0].response_body


def test_buyers_in_json_that_was_cut_off(http):
	world = World()
	answers((200, '{"postings": [{"customer": {"name": "Оксана Вяземская", "address_tail": "ул. Малыш'))
	with pytest.raises(IntegrationError) as caught:
		world.call()
	seen = everything_seen(world, caught)
	assert "Вяземская" not in seen and "Малыш" not in seen
	assert '"name": "•••"' in world.log[0].response_body


def test_numbers_too_fine_for_json_do_not_undo_the_masking(http):
	world = World()
	answers((409, b'{"customer": {"name": "Oxana"}, "latitude": 56.83432100000000300001}'))
	with pytest.raises(RejectedError) as caught:
		world.call()
	assert "Oxana" not in everything_seen(world, caught)


def test_bodies_are_kept_for_failures_only(http):
	world = World()
	answers((200, BUYER))
	world.call(body=BUYER)
	assert world.log[0].request_body is None and world.log[0].response_body is None
	assert world.log[0].sent_bytes and world.log[0].received_bytes


def test_long_answers_are_cut(http):
	world = World()
	answers((400, {"errors": ["x" * 100_000]}))
	with pytest.raises(RejectedError) as caught:
		world.call()
	assert len(world.log[0].response_body) <= 4000
	assert len(caught.value.detail) < 700 and len(caught.value.values[0]) <= 200


def test_a_missing_right_names_the_method(http):
	world = World()
	answers((403, {"message": "forbidden"}))
	with pytest.raises(PermissionMissing, match="no right for /v1/things") as caught:
		world.call()
	assert world.log[0].error_kind == "permission"
	assert caught.value.values == ("/v1/things",)


def test_the_log_has_paths_without_parameters(http):
	world = World(max_attempts=1)
	answers((500, {}), path="/v1/things")
	with pytest.raises(IntegrationError):
		world.call(f"/v1/things?key={SECRET}")
	assert world.log[0].path == "/v1/things"
