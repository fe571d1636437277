"""The sandbox under command: several shops, a memory, the control API, training, a process of its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from click.testing import CliRunner

from crm_marketplace.sandbox import UNLIMITED, Clock, Sandbox, main
from crm_marketplace.sandbox.training import Trainer
from tests.conformance.sandbox_client import CARDS, FEW_CARDS, ROLES, STOCKS, Ask, asker, headers_of
from tests.conformance.suite.base import NOW


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
	with Sandbox("Ozon", listings=30, orders=10, clock=Clock(NOW), limits=UNLIMITED) as sandbox:
		yield sandbox


@pytest.fixture
def ask(session: requests.Session, sandbox: Sandbox) -> Ask:
	return asker(session, sandbox)


@pytest.fixture
def control(session: requests.Session, sandbox: Sandbox) -> Callable[..., Any]:
	"""Use the control API."""

	def control(method: str, command: str, expected: int = 200, /, **body: Any) -> Any:
		sent = {"params": body} if method == "GET" else {"json": body}
		answer = session.request(method, f"{sandbox.url}/_sandbox{command}", **sent)
		assert answer.status_code == expected, answer.text
		return answer.json().get("result")

	return control


# --- several shops, and a memory ---------------------------------------------------------------------


def test_shops_do_not_see_each_other(session):
	with Sandbox("Ozon", listings=20, orders=15, shops=3, limits=UNLIMITED) as sandbox:
		names = {shop.name for shop in sandbox.shops}
		assert len(names) == 3
		order_id = sandbox.shop_named(2).create_order()
		body = {"posting_number": order_id}
		statuses = [asker(session, sandbox, n)("/v3/posting/fbs/get", body).status_code for n in (1, 2, 3)]
		assert statuses == [404, 200, 404]
		keys = [shop.credentials for shop in sandbox.shops]
		mixed = {"Client-Id": keys[0]["client_id"], "Api-Key": keys[1]["api_key"]}
		assert session.post(sandbox.url + ROLES, json={}, headers=mixed).status_code == 404


def test_a_state_file_is_continued(tmp_path):
	path = tmp_path / "shop.sqlite"
	with Sandbox("Ozon", listings=20, orders=5, shops=2, state=path) as sandbox:
		order_id = sandbox.create_order()
		sandbox.advance(timedelta(hours=3))
		credentials, now = sandbox.credentials, sandbox.clock.now()
	assert {file.name for file in tmp_path.glob("*.sqlite")} == {"shop.sqlite", "shop-2.sqlite"}
	with Sandbox("Ozon", listings=99, orders=99, shops=2, state=path) as sandbox:
		assert sandbox.order(order_id)["status"] == "awaiting_packaging"
		assert sandbox.credentials == credentials
		assert len(sandbox.listing_ids()) == 20
		assert sandbox.clock.now() >= now


def test_reset_begins_again(sandbox, ask):
	before = sandbox.order_ids()
	sandbox.create_order()
	sandbox.fault("500", times=9)
	sandbox.reset()
	assert sandbox.order_ids() == before
	assert ask().status_code == 200
	assert sandbox.journal.count() == 1


def test_a_failure_of_the_sandbox_itself_is_told(session, monkeypatch):
	with pytest.raises(RuntimeError, match="itself"), Sandbox("Ozon", listings=5, orders=0) as sandbox:
		monkeypatch.setattr(sandbox.application, "handle", None)
		with pytest.raises(requests.ConnectionError):
			asker(session, sandbox)()


# --- the control API ---------------------------------------------------------------------------------


def test_orders_on_command(control, sandbox):
	order_id = control("POST", "/orders", scheme="DBS", is_company=True)["order_id"]
	assert sandbox.order(order_id)["is_company"]
	assert control("POST", "/orders/move", order_id=order_id) == {"status": "awaiting_deliver"}
	assert control("POST", "/orders/move", order_id=order_id, status="delivered") == {"status": "delivered"}
	other = control("POST", "/orders", at=NOW.isoformat())["order_id"]
	control("POST", "/orders/cancel", order_id=other, by="marketplace")
	assert other in control("GET", "/orders", status="cancelled")["order_ids"]


def test_returns_on_command(control, sandbox):
	order_id = control("POST", "/orders")["order_id"]
	control("POST", "/returns", 400, order_id=order_id)  # the buyer does not have it yet
	control("POST", "/orders/move", order_id=order_id, status="delivered")
	before = control("GET", "/returns", state="On The Way")["return_ids"]
	return_id = control("POST", "/returns", order_id=order_id, at=NOW.isoformat())["return_id"]
	assert control("GET", "/returns", state="On The Way")["return_ids"] == [*before, return_id]
	assert control("POST", "/returns/move", return_id=return_id) == {"state": "Ready For Pickup"}
	moved = control("POST", "/returns/move", return_id=return_id, state="Disposed Of")
	assert moved == {"state": sandbox.goods_return(return_id)["state"]} == {"state": "Disposed Of"}


def test_reviews_on_command(control, sandbox):
	offer_id = sandbox.offer_ids(sellable=True)[0]
	review_id = control("POST", "/reviews", offer_id=offer_id, rating=5, text="Отлично")["review_id"]
	assert review_id in control("GET", "/reviews")["review_ids"]
	assert sandbox.review(review_id)["text"] == "Отлично"


def test_stock_on_command(control, sandbox):
	offer_id, warehouse_id = sandbox.offer_ids(sellable=True)[0], sandbox.warehouse_ids()[0]
	control("POST", "/stock", offer_id=offer_id, warehouse_id=warehouse_id, quantity=42)
	assert control("GET", "/stock", offer_id=offer_id, warehouse_id=warehouse_id)["free"] == 42


def test_keys_on_command(control, sandbox, session):
	credentials = control("POST", "/keys", without=["stock"])["credentials"]
	headers = headers_of(credentials)
	assert session.post(sandbox.url + STOCKS, json={}, headers=headers).status_code == 403
	control("POST", "/keys/revoke", credentials=credentials)
	assert session.post(sandbox.url + ROLES, json={}, headers=headers).status_code == 403


def test_faults_and_requests_on_command(control, ask):
	assert control("POST", "/faults", kind="429", path=ROLES, times=2, seconds=9)["kind"] == "429"
	assert ask().headers["Retry-After"] == "9"
	assert control("GET", "/faults")[0]["struck"] == 1
	control("DELETE", "/faults")
	assert ask().status_code == 200
	ask(CARDS, FEW_CARDS)
	told = control("GET", "/requests", path="/v1/*")
	assert told["counts"] == {ROLES: 2}
	assert [request["status"] for request in told["requests"]] == [429, 200]
	assert "api_key" not in json.dumps(told).lower()
	control("DELETE", "/requests")
	assert control("GET", "/requests")["counts"] == {}


def test_time_on_command(control, sandbox):
	assert control("POST", "/clock", advance=3600)["now"] == (NOW + timedelta(hours=1)).isoformat()
	assert sandbox.clock.now() == NOW + timedelta(hours=1)


def test_everything_on_command(control, sandbox):
	order_id = control("POST", "/orders")["order_id"]
	told = control("GET", "")
	assert told["marketplace"] == "Ozon" and told["shops"][0]["credentials"] == sandbox.credentials
	control("POST", "/reset")
	assert order_id not in sandbox.order_ids()


@pytest.mark.parametrize(
	"method, path, body, status",
	[
		("POST", "/nothing", {}, 404),
		("POST", "/orders", {"lines": {"no such thing": 1}}, 404),
		("POST", "/orders", {"colour": "red"}, 400),
		("POST", "/orders/move", {}, 400),
		("POST", "/orders/move", {"order_id": "1-1-1"}, 404),
		("POST", "/returns", {"order_id": "1-1-1"}, 404),
		("POST", "/returns/move", {"return_id": "7"}, 404),
		("POST", "/reviews", {"offer_id": "no such thing", "rating": 5}, 404),
		("POST", "/faults", {"kind": "earthquake"}, 400),
		("POST", "/clock", {"advance": "soon"}, 400),
		("POST", "/orders", {"shop": 9}, 404),
	],
)
def test_commands_that_make_no_sense(control, method, path, body, status):
	control(method, path, status, **body)


def test_the_control_api_is_for_this_machine(session, sandbox):
	url = f"{sandbox.url}/_sandbox/reset"
	assert session.post(url, json={}, headers={"Host": "evil.example.com"}).status_code == 403
	assert session.post(url, data="{}", headers={"Content-Type": "text/plain"}).status_code == 415
	assert session.post(url, json={}).status_code == 200


def test_the_control_api_can_be_left_out(session):
	with Sandbox("Ozon", listings=5, orders=0, control=False) as sandbox:
		assert session.get(f"{sandbox.url}/_sandbox").status_code == 404


# --- training, and a process of its own ---------------------------------------------------------------


def test_training_brings_new_orders_by_itself(monkeypatch):
	came = threading.Event()
	with Sandbox("Ozon", listings=20, orders=0, order_every=timedelta(milliseconds=1)) as sandbox:
		monkeypatch.setattr(sandbox.shop, "create_order", came.set)
		assert came.wait(20)


def test_training_serves_the_shops_in_turn_and_survives_a_sale():
	with Sandbox("Ozon", listings=1, orders=0, shops=2, limits=UNLIMITED) as sandbox:
		trainer = Trainer(sandbox.shops, timedelta(seconds=1))
		for shop in sandbox.shops:
			shop.set_stock(shop.offer_ids()[0], 1)
		made = [trainer.step() for _ in range(5)]
		assert [bool(order_id) for order_id in made] == [True, True, False, False, False]
		assert [shop.order_ids() for shop in sandbox.shops] == [[made[0]], [made[1]]]


def test_training_lets_orders_move():
	clock = Clock(NOW)
	with Sandbox("Ozon", listings=20, orders=0, clock=clock, pace=timedelta(minutes=1)) as sandbox:
		order_id = sandbox.create_order()
		clock.advance(timedelta(minutes=2))
		assert Trainer(sandbox.shops, None).step() is None
		assert sandbox.order(order_id)["status"] != "awaiting_packaging"


def test_a_process_tells_where_it_is_and_stops_when_asked(session, tmp_path):
	command = [
		sys.executable,
		"-m",
		"crm_marketplace.sandbox",
		"--shops",
		"2",
		"--listings",
		"10",
		"--orders",
		"5",
	]
	process = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True)
	try:
		told = json.loads(process.stdout.readline())
		assert len(told["shops"]) == 2
		for shop in told["shops"]:
			credentials = shop["credentials"]
			headers = headers_of(credentials)
			assert session.post(told["url"] + ROLES, json={}, headers=headers).status_code == 200
		process.send_signal(signal.SIGTERM)
		assert process.wait(20) == 0
	finally:
		process.kill()
		process.stdout.close()


@pytest.mark.parametrize(
	"arguments, words",
	[
		(["--marketplace", "Nowhere"], "there is no sandbox for"),
		(["--shops", "0"], "--shops"),
		(["--listings", "0", "--orders", "5"], "at least one listing"),
	],
)
def test_the_command_refuses_what_makes_no_sense(arguments, words):
	result = CliRunner().invoke(main, arguments)
	assert result.exit_code != 0
	assert words in result.output
