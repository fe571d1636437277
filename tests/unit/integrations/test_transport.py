"""Timeouts, retries, limits: what one call does, seen from outside."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from decimal import Decimal

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, NewConnectionError

from crm_marketplace.integrations import transport as transport_module
from crm_marketplace.integrations.budget import BudgetExhausted, Unlimited
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
from crm_marketplace.integrations.transport import PageTooLarge
from tests.unit.integrations.fakes import BASE, SECRET, World, answers

REFUSED = requests.ConnectionError(
	MaxRetryError(None, BASE, NewConnectionError(None, "[Errno 111] Connection refused"))
)
RESET = requests.ConnectionError("Connection aborted.", ConnectionResetError(104, "reset by peer"))


@pytest.mark.parametrize(
	("status", "kind"),
	[
		(301, ContractError),
		(400, RejectedError),
		(401, AuthenticationError),
		(402, PermissionMissing),
		(403, PermissionMissing),
		(404, RejectedError),
		(405, ContractError),
		(408, TemporaryError),
		(409, RejectedError),
		(410, ContractError),
		(418, ContractError),
		(422, RejectedError),
		(429, RateLimited),
		(500, TemporaryError),
		(502, TemporaryError),
		(599, TemporaryError),
	],
)
def test_status_decides_the_kind(http, status, kind):
	world = World(max_attempts=1)
	answers((status, {"message": "no"}))
	with pytest.raises(IntegrationError) as caught:
		world.call()
	assert type(caught.value) is kind
	assert caught.value.http_status == status
	assert caught.value.detail == f"POST /v1/things: HTTP {status}: no"


def test_a_connector_overrides_a_status(http):
	answers((404, {}))
	with pytest.raises(TemporaryError):
		World(outcomes={404: TemporaryError}, max_attempts=1).call()


def test_numbers_keep_their_digits_both_ways(http, world):
	answers((200, b'{"price": 1234567890.12, "big": 123456789012345678901234567890}'))
	assert world.call(body={"sum": Decimal("0.10"), "whole": Decimal("7.00")}) == {
		"price": Decimal("1234567890.12"),
		"big": 123456789012345678901234567890,
	}
	assert http.calls[0].request.body == b'{"sum": 0.1, "whole": 7}'


def test_a_number_json_cannot_carry_is_not_sent(http, world):
	with pytest.raises(ValueError, match="send it as text"):
		world.call(body={"sum": Decimal("0.12345678901234567890")})
	assert world.transport.request_count == 0


def test_answer_tells_the_remote_clock_and_request_id(http, world):
	answers((200, {}, {"Date": "Sun, 29 Mar 2026 01:30:00 GMT", "X-Request-Id": "req-5"}))
	answer = world.transport.call(transport_module.Endpoint("/v1/things"))
	assert answer.date == datetime(2026, 3, 29, 1, 30, tzinfo=timezone.utc)
	assert answer.request_id == "req-5"


def test_timeouts_are_always_set(http, world):
	answers((200, {}))
	world.call(read_timeout=7.0)
	assert http.calls[0].request.req_kwargs["timeout"] == (transport_module.CONNECT_TIMEOUT, 7.0)


# --- repeating -------------------------------------------------------------------------------------


def test_a_safe_call_is_repeated_with_growing_pauses(http, world):
	answers((500, {}), (503, {}), RESET, (200, {"ok": True}))
	assert world.call() == {"ok": True}
	assert len(world.clock.slept) == 3
	assert world.clock.slept == sorted(world.clock.slept)
	assert [record.attempt for record in world.log] == [1, 2, 3, 4]
	assert [record.status for record in world.log] == [500, 503, None, 200]


def test_attempts_end(http, world):
	answers(*[(500, {})] * 9)
	with pytest.raises(TemporaryError):
		world.call()
	assert world.transport.request_count == transport_module.MAX_ATTEMPTS


@pytest.mark.parametrize("reply", [(500, {}), (408, {}), RESET, requests.ReadTimeout("slow")])
def test_an_unsafe_call_is_not_repeated_when_it_may_have_worked(http, world, reply):
	answers(reply, (200, {}))
	with pytest.raises(TemporaryError):
		world.call(safe=False)
	assert world.transport.request_count == 1


@pytest.mark.parametrize("reply", [(429, {}, {"Retry-After": "3"}), REFUSED])
def test_an_unsafe_call_is_repeated_when_nothing_was_done(http, world, reply):
	answers(reply, (200, {"ok": True}))
	assert world.call(safe=False) == {"ok": True}


@pytest.mark.parametrize("reply", [(400, {}), (401, {}), (403, {}), (404, {}), (410, {}), (200, "<html>")])
def test_what_will_not_change_is_not_repeated(http, world, reply):
	answers(reply, (200, {}))
	with pytest.raises(IntegrationError):
		world.call()
	assert world.transport.request_count == 1


def test_retry_after_is_honoured_to_the_second(http, world):
	answers((429, {}, {"Retry-After": "17"}), (200, {}))
	world.call()
	assert world.clock.slept == [17.0]


def test_retry_after_as_a_date_counts_on_the_remote_clock(http, world):
	headers = {"Date": "Mon, 28 Sep 2026 10:00:00 GMT", "Retry-After": "Mon, 28 Sep 2026 10:00:40 GMT"}
	answers((429, {}, headers), (200, {}))
	world.call()
	assert world.clock.slept == [40.0]


def test_a_wait_beyond_the_patience_is_not_begun(http):
	world = World(patience=20.0)
	answers((429, {}, {"Retry-After": "21"}))
	with pytest.raises(RateLimited) as caught:
		world.call()
	assert caught.value.retry_after == 21.0
	assert world.clock.slept == []


def test_patience_is_for_all_calls_together(http):
	world = World(patience=20.0)
	answers((429, {}, {"Retry-After": "15"}), (200, {}), (429, {}, {"Retry-After": "15"}))
	world.call()
	with pytest.raises(RateLimited):
		world.call()
	assert world.clock.slept == [15.0]


@pytest.mark.parametrize(
	"reply", [(500, {}), (429, {}), (429, {}, {"Retry-After": "1"}), REFUSED, requests.ReadTimeout("slow")]
)
def test_without_patience_nothing_sleeps(http, reply):
	world = World(patience=0)
	answers(reply, (200, {}))
	with pytest.raises(IntegrationError):
		world.call()
	assert world.clock.slept == []


class Miserly(Unlimited):
	"""A budget that lets so many requests through."""

	def __init__(self, *waits: float | Exception) -> None:
		self.waits = list(waits)
		self.asked: list[tuple[str, float]] = []

	def acquire(self, group: str, patience: float) -> float:
		self.asked.append((group, patience))
		wait = self.waits.pop(0)
		if isinstance(wait, Exception):
			raise wait
		return wait


def test_an_exhausted_budget_is_not_waited_for_twice(http):
	budget = Miserly(BudgetExhausted(retry_after=2.0))
	world = World(budget=budget, patience=30.0)
	with pytest.raises(BudgetExhausted) as caught:
		world.call(group="writes")
	assert caught.value.retry_after == 2.0
	assert world.clock.slept == []
	assert world.transport.request_count == 0


def test_waiting_for_the_budget_uses_up_patience(http):
	budget = Miserly(12.0, 0.0)
	world = World(budget=budget, patience=30.0)
	answers((200, {}), (200, {}))
	world.call(group="writes")
	world.call()
	assert budget.asked == [("writes", 30.0), ("default", 18.0)]
	assert [record.waited for record in world.log] == [12.0, 0.0]


# --- answers that are none -------------------------------------------------------------------------


def test_html_instead_of_json(http, world):
	answers((200, "<html><body>Сервис временно недоступен</body></html>", {"Content-Type": "text/html"}))
	with pytest.raises(ContractError, match="not JSON") as caught:
		world.call()
	assert "text/html" in caught.value.detail


@pytest.mark.parametrize("body", ['{"a": ', "[1, 2", '{"a": NaN}', "\xff\xfe", "[" * 100_000])
def test_broken_json(http, world, body):
	answers((200, body.encode("latin-1")))
	with pytest.raises(ContractError):
		world.call()


def test_an_empty_body_is_an_empty_object(http, world):
	answers((200, b"  "))
	assert world.call() == {}


def test_an_answer_that_is_too_large(http, world):
	answers((200, b"[" + b" " * 5000 + b"]"))
	with pytest.raises(PageTooLarge):
		world.call(max_bytes=4096)


def test_an_answer_that_drips_for_ever(http, world, monkeypatch):
	monkeypatch.setattr(transport_module, "ANSWER_TIMEOUT", -1.0)
	answers((200, b"{}"))
	with pytest.raises(TemporaryError, match="took longer"):
		World(max_attempts=1).call()


def test_a_broken_transfer_is_temporary(http):
	answers(requests.exceptions.ChunkedEncodingError("connection broken"))
	with pytest.raises(TemporaryError):
		World(max_attempts=1).call()


def test_a_failed_handshake_says_so(http):
	answers(requests.exceptions.SSLError("certificate verify failed"))
	with pytest.raises(TemporaryError, match="secure connection"):
		World(max_attempts=1).call()


@pytest.mark.parametrize("value", ["ключ", "two\nlines"])
def test_a_key_that_no_header_can_hold(http, value):
	world = World(headers={"Api-Key": value}, secrets=(value,))
	with pytest.raises(ConfigurationError) as caught:
		world.call()
	assert value not in str(caught.value)


# --- where things go -------------------------------------------------------------------------------


def test_redirects_are_not_followed(http, world):
	answers((302, b"", {"Location": "https://elsewhere.example/v1/things"}))
	with pytest.raises(ContractError):
		world.call()
	assert len(http.calls) == 1


@pytest.mark.parametrize(
	"url",
	[
		"https://cdn.elsewhere.example/label.pdf",
		"http://api.market.example/label.pdf",
		"https://api.market.example:8443/label.pdf",
		"https://api.market.example.evil.example/label.pdf",
	],
)
def test_no_credentials_for_other_hosts(http, world, url):
	responses.add("GET", url, body=b"%PDF")
	assert world.transport.get_file(url) == b"%PDF"
	assert "Api-Key" not in http.calls[0].request.headers


def test_credentials_for_the_own_host(http, world):
	responses.add("GET", f"{BASE}/files/label.pdf", body=b"%PDF")
	world.transport.get_file(f"{BASE}/files/label.pdf")
	assert http.calls[0].request.headers["Api-Key"]


def test_a_file_address_of_another_scheme(world):
	with pytest.raises(ConfigurationError):
		world.transport.get_file("file:///etc/passwd")


def test_netrc_is_not_consulted(http, world, tmp_path, monkeypatch):
	netrc = tmp_path / "netrc"
	netrc.write_text("machine api.market.example login somebody password something\n")
	monkeypatch.setenv("NETRC", str(netrc))
	answers((200, {}))
	world.call()
	assert "Authorization" not in http.calls[0].request.headers


@pytest.mark.parametrize(
	("host", "through"), [("http://127.0.0.1:8899", False), ("https://api.market.example", True)]
)
def test_proxies_of_the_environment_are_for_others_than_this_machine(http, host, through, monkeypatch):
	for name in ("http_proxy", "https_proxy"):
		monkeypatch.setenv(name, "http://proxy.company.example:3128")
	monkeypatch.delenv("no_proxy", raising=False)
	monkeypatch.delenv("NO_PROXY", raising=False)
	responses.add("POST", f"{host}/v1/things", json={})
	transport_module.Transport(host).call(transport_module.Endpoint("/v1/things"))
	assert bool(http.calls[0].request.req_kwargs["proxies"]) is through


def test_closing_lets_go_of_connections(world, monkeypatch):
	closed = []
	monkeypatch.setattr(world.transport._session, "close", lambda: closed.append(True))
	with world.transport:
		pass
	assert closed == [True]


def test_parameters_and_empty_bodies(http, world):
	responses.add("GET", f"{BASE}/v1/things", json={})
	world.transport.call(transport_module.Endpoint("/v1/things", method="GET"), params={"page": 2})
	request = http.calls[0].request
	assert request.url == f"{BASE}/v1/things?page=2"
	assert request.body is None and "Content-Type" not in request.headers


def test_text_is_sent_as_it_is(http, world):
	answers((200, {}))
	world.call(body={"offer_id": "ЧАШКА"})
	request = http.calls[0].request
	assert json.loads(request.body) == {"offer_id": "ЧАШКА"}
	assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(
	("body", "words"),
	[
		({"message": "too late", "errors": [{"message": "other"}]}, "too late"),
		({"status": "ERROR", "errors": [{"code": "A", "message": "too late"}, {"code": "B"}]}, "too late; B"),
		({"errors": [{"code": "A", "message": f"{SECRET} is bad"}]}, "••• is bad"),
		({"errors": "no list"}, '{"errors": "no list"}'),
		({"errors": []}, '{"errors": []}'),
	],
)
def test_the_vendors_words_are_found_and_masked(http, world, body, words):
	answers((400, body))
	with pytest.raises(RejectedError) as caught:
		world.call()
	assert caught.value.values == (words,)
