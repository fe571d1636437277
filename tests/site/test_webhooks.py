"""Notifications at the secret address of a shop, through the door they come in: each is a hint, and no more."""

from __future__ import annotations

import json
from threading import Thread
from typing import Any

import frappe
import frappe.app
import pytest
from werkzeug.test import Client, TestResponse

from crm_marketplace.marketplace import api
from crm_marketplace.sync import changes, webhooks
from crm_marketplace.sync.shops import get_shop
from tests.harness.committing import commit
from tests.site import builders

VENDOR = "195.34.21.17"  # one of the marketplace's own addresses
STRANGER = "203.0.113.9"
NOT_FOUND = {"error": "not found"}
TAKEN = {"result": True}


@pytest.fixture(autouse=True)
def jobs(monkeypatch) -> list[dict]:
	"""The fetches that would be queued."""
	found: list[dict] = []
	enqueue = frappe.enqueue

	def remember(method, *args, **options):
		if method == "crm_marketplace.sync.webhooks.fetch_hinted":
			found.append(options)
			return None
		return enqueue(method, *args, **options)

	monkeypatch.setattr(frappe, "enqueue", remember)
	return found


@pytest.fixture
def shop(open_sandbox, open_shop):
	"""A shop of the sandbox that takes notifications. Its sandbox is `shop.sandbox`."""
	sandbox = open_sandbox(orders=4)
	name = open_shop(sandbox, enabled=1, webhooks_enabled=1)
	changes.take_set(f"{webhooks.WAITING}:{name}")
	found = frappe._dict(name=name, sandbox=sandbox, address=webhooks.address(get_shop(name)))
	found.path = "/" + found.address.split("/", 3)[3]
	return found


def send(
	path: str, body: Any = None, *, sender: str = VENDOR, method: str = "POST", **options
) -> TestResponse:
	"""A request as the web server passes it on. In a thread: a request has a Frappe of its own."""
	data = body if isinstance(body, bytes) else json.dumps(body).encode()
	headers = {"X-Frappe-Site-Name": frappe.local.site, "X-Forwarded-For": sender}
	answers: list[TestResponse] = []

	def ask() -> None:
		client = Client(frappe.app.application)
		options.setdefault("content_type", "application/json")
		answers.append(client.open(path, method=method, data=data, headers=headers, **options))

	commit()
	thread = Thread(target=ask)
	thread.start()
	thread.join()
	frappe.db.commit()  # or this connection goes on seeing what it saw before
	return answers[0]


def posting(number: str, kind: str = "TYPE_NEW_POSTING") -> dict[str, Any]:
	return {"message_type": kind, "posting_number": number, "seller_id": 1, "products": []}


def waiting(shop: str) -> set[str]:
	return changes.take_set(f"{webhooks.WAITING}:{shop}")


def traces() -> tuple[int, int, int]:
	"""What a forged notification must not add to."""
	commit()
	return tuple(
		frappe.db.count(doctype) for doctype in ("Error Log", "Marketplace Sync Log", "Activity Log")
	)


# --- a notification --------------------------------------------------------------------------------


def test_a_notification_is_taken_and_becomes_a_fetch(shop, jobs):
	answer = send(shop.path, posting("1234-5678-1"))

	assert (answer.status_code, answer.json) == (200, TAKEN)
	assert [job["shop"] for job in jobs] == [shop.name]
	assert waiting(shop.name) == {"1234-5678-1"}
	assert frappe.db.get_value("Marketplace Shop", shop.name, "webhook_received_at")
	assert builders.order_rows(shop.name) == [], "nothing of the body is believed"


def test_the_order_is_fetched_processed_and_the_other_shops_are_told(shop, open_shop, queued):
	builders.run(shop.name, "listings")
	builders.link_all(shop.name)
	number = shop.sandbox.create_order()
	(sold,) = shop.sandbox.order(number)["lines"]
	item = frappe.db.get_value("Marketplace Listing", {"shop": shop.name, "offer_id": sold}, "item")
	neighbour = open_shop(enabled=1)
	builders.make_listing(neighbour, "same-thing", item)
	commit()
	changes.take_set(changes.CHANGED)
	queued.clear()

	send(shop.path, posting(number))
	webhooks.fetch_hinted(shop.name)

	row = builders.order_row(shop.name, number)
	assert row.state == "Done" and row.sales_order
	assert {"shop": neighbour, "stream": "stock", "started_by": changes.STARTED_BY} in queued
	(log,) = builders.logs(shop.name, stream="orders")
	assert (log.started_by, log.fetched, log.status) == ("Webhook", 1, "Success")


def test_a_ping_is_answered_with_who_we_are(shop, jobs):
	answer = send(shop.path, {"message_type": "TYPE_PING", "time": "2026-09-28T09:30:00Z"})

	assert answer.status_code == 200
	assert set(answer.json) == {"version", "name", "time"}
	assert jobs == [] and waiting(shop.name) == set()


def test_a_kind_we_do_not_know_is_taken_and_means_nothing(shop, jobs, queued):
	queued.clear()
	answer = send(shop.path, {"message_type": "TYPE_OF_TOMORROW", "posting_number": "1-1"})

	assert (answer.status_code, answer.json) == (200, TAKEN)
	assert jobs == [] and queued == []


def test_news_of_a_card_starts_its_stream(shop, queued):
	queued.clear()
	send(shop.path, {"message_type": "TYPE_CREATE_OR_UPDATE_ITEM", "offer_id": "red-cup"})

	assert queued == [{"shop": shop.name, "stream": "listings", "started_by": "Webhook"}]


def test_the_same_hint_twice_is_one_fetch(shop):
	number = shop.sandbox.order_ids(scheme="FBS")[0]
	for kind in ("TYPE_NEW_POSTING", "TYPE_NEW_POSTING", "TYPE_STATE_CHANGED"):
		assert send(shop.path, posting(number, kind)).status_code == 200
	asked = shop.sandbox.journal.count("/v3/posting/fbs/get")

	webhooks.fetch_hinted(shop.name)
	webhooks.fetch_hinted(shop.name)

	assert shop.sandbox.journal.count("/v3/posting/fbs/get") == asked + 1
	assert [row.external_id for row in builders.order_rows(shop.name)] == [number]


def test_an_invented_order_costs_the_others_nothing(shop):
	number = shop.sandbox.order_ids(scheme="FBS")[0]
	for name in ("00000000-0000-0", number):
		send(shop.path, posting(name))

	webhooks.fetch_hinted(shop.name)

	assert [row.external_id for row in builders.order_rows(shop.name)] == [number]
	(log,) = builders.logs(shop.name, stream="orders")
	assert (log.fetched, log.failed) == (1, 1)


def test_a_flood_of_hints_is_bounded(shop, monkeypatch, jobs):
	monkeypatch.setattr(webhooks, "MAX_WAITING", 3)
	for number in range(6):
		assert send(shop.path, posting(f"1-{number}")).status_code == 200

	assert len(waiting(shop.name)) == 3


# --- what is no notification -----------------------------------------------------------------------


NO_JSON = {
	"no JSON": b"hello",
	"broken JSON": b'{"message_type": ',
	"nothing": b"",
	"not a letter": b"\xff\xfe\x00",
}
OTHERS = {
	"a list": b"[1, 2]",
	"no kind": b"{}",
	"no number": b'{"message_type": "TYPE_NEW_POSTING"}',
	"a path for a number": b'{"message_type": "TYPE_NEW_POSTING", "posting_number": "../../etc/passwd"}',
	"half a number": b'{"message_type": "TYPE_NEW_POSTING", "posting_number": "\\ud800"}',
	"a number of another kind": b'{"message_type": "TYPE_NEW_POSTING", "posting_number": {"a": 1}}',
}
# What says it is JSON and is none, Frappe itself refuses before it looks at the address.
FORGERIES = [
	pytest.param(body, content_type, id=f"{name}, {content_type}")
	for bodies, content_types in (
		(NO_JSON, ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")),
		(OTHERS, ("application/json", "text/plain", "application/x-www-form-urlencoded")),
	)
	for name, body in bodies.items()
	for content_type in content_types
]


@pytest.mark.parametrize(("body", "content_type"), FORGERIES)
def test_a_forged_body_is_not_found_and_leaves_no_trace(shop, jobs, body, content_type):
	before = traces()

	answer = send(shop.path, body, content_type=content_type)

	assert (answer.status_code, answer.json) == (404, NOT_FOUND)
	assert jobs == [] and waiting(shop.name) == set()
	assert traces() == before


@pytest.mark.parametrize("secret", ["", "x", "../../app", "%00", "a" * 500])
def test_a_wrong_address_is_not_found_and_leaves_no_trace(shop, jobs, secret):
	before = traces()

	answer = send(f"/{webhooks.ROUTE}/{secret}", posting("1-1"))

	assert answer.status_code == 404
	assert jobs == [] and traces() == before


def test_a_look_at_the_address_shows_nothing(shop):
	for method in ("GET", "HEAD"):
		assert send(shop.path, b"", method=method).status_code == 404


def test_a_large_body_is_not_read(shop, jobs):
	answer = send(shop.path, {**posting("1-1"), "padding": "x" * (webhooks.MAX_BODY + 1)})

	assert (answer.status_code, answer.json) == (404, NOT_FOUND)
	assert jobs == []


def test_only_the_marketplaces_own_networks_are_heard(open_shop, jobs):
	name = open_shop(enabled=1, webhooks_enabled=1)  # not a training shop
	path = "/" + webhooks.address(get_shop(name)).split("/", 3)[3]
	before = traces()

	assert send(path, posting("1-1"), sender=STRANGER).status_code == 404
	assert send(path, posting("1-1"), sender="nonsense").status_code == 404
	assert jobs == [] and traces() == before
	assert send(path, posting("1-1"), sender=VENDOR).status_code == 200
	assert waiting(name) == {"1-1"}


@pytest.mark.parametrize("fields", [{"webhooks_enabled": 0}, {"enabled": 0}])
def test_a_shop_that_takes_none_has_no_address(shop, fields, jobs):
	builders.change_shop(shop.name, **fields)

	assert send(shop.path, posting("1-1")).status_code == 404
	assert jobs == []


def test_a_new_address_ends_the_old_one(shop):
	new = api.new_webhook_address(shop.name)["address"]
	commit()

	assert new and new != shop.address
	assert send(shop.path, posting("1-1")).status_code == 404
	assert send("/" + new.split("/", 3)[3], posting("1-1")).status_code == 200


def test_the_address_is_shown_to_those_who_may_change_the_shop(shop, user_with_role, as_user):
	for role, seen in (
		("Marketplace Manager", True),
		("Marketplace Operator", False),
		("Marketplace Viewer", False),
	):
		with as_user(user_with_role(role)):
			doc = frappe.get_doc("Marketplace Shop", shop.name)
			assert bool(doc.webhook_address) is seen, role
			assert shop.address.rpartition("/")[2] not in json.dumps(
				{**doc.as_dict(), "webhook_address": None}, default=str
			)
