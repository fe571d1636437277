"""From an order in one shop to the lowered stock in the others, through the real scheduler and workers.

Frappe's scheduler looks once a minute what is due, so a shop that is only polled waits longest for an order
placed just after it was read: that is what is measured. A notification does not wait for the scheduler.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import frappe
import requests

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.connector import Capability
from crm_marketplace.sandbox import Sandbox
from crm_marketplace.sync import webhooks
from crm_marketplace.sync.shops import get_shop
from tests.benchmarks.books import fresh_books
from tests.harness import bench, desk
from tests.site import builders
from tests.site.builders import Books

TICK = 60.0  # seconds, as Frappe is installed
REPEATS = 3
ON_HAND = 90
GLANCE = 0.2  # seconds between two looks
PATIENCE = 300.0  # seconds until a number that should have changed is given up


@dataclass(frozen=True)
class Stall:
	"""A shop, its sandbox, and the offer all of them sell."""

	shop: str
	sandbox: Sandbox
	offer: str

	def published(self) -> int:
		return self.sandbox.stock(self.offer)["free"]


def measure(figure) -> None:
	books = fresh_books()
	frappe.local.conf.pop("bench_id", None)  # here workers shall find what is queued
	with ExitStack() as open_things:
		stalls = _open_stalls(books, open_things)
		first, *others = stalls
		running = open_things.enter_context(desk.serve(bench.find(), frappe.local.site, tick=TICK))
		_wait(lambda: _was_read(first, since=None), "the first run of the scheduler")
		polled = [_after(others, lambda: _order_just_after_reading(first)) for _ in range(REPEATS)]
		told = [_after(others, lambda: _order_with_notification(first, running.url)) for _ in range(REPEATS)]
	names = " and ".join(stall.sandbox.marketplace.name for stall in others)
	figure(
		"order_to_stock_seconds",
		max(polled),
		budget=90,
		detail=f"from an order in {first.sandbox.marketplace.name}, placed just after it was read, to the stock in {names}, "
		f"with the intervals as installed; {REPEATS} times: {_listed(polled)}",
	)
	figure(
		"notified_order_to_stock_seconds",
		max(told),
		budget=10,
		detail=f"the same where the shop sends a notification: {_listed(told)}",
	)


# --- inside ----------------------------------------------------------------------------------------


def _open_stalls(books: Books, open_things: ExitStack) -> list[Stall]:
	"""A shop of every marketplace, selling one item, with all of it published."""
	item = builders.make_item()
	builders.make_stock(books.company, {item: ON_HAND}, books.warehouse)
	stalls = []
	for name, connector in registry.connectors().items():
		if Capability.STOCK in connector.info.capabilities:
			sandbox = open_things.enter_context(Sandbox(name, listings=6, orders=0))
			stalls.append(_open_stall(books, sandbox, item))
	for stall in stalls:
		builders.run(stall.shop, "stock")
	return stalls


def _open_stall(books: Books, sandbox: Sandbox, item: str) -> Stall:
	shop = builders.make_shop(books, sandbox)
	builders.run(shop, "listings")
	offer = sandbox.offer_ids(sellable=True)[0]
	listing = frappe.get_doc("Marketplace Listing", {"shop": shop, "offer_id": offer})
	listing.item = item
	listing.save()
	builders.change_shop(shop, enabled=1, webhooks_enabled=1)
	return Stall(shop, sandbox, offer)


def _after(others: list[Stall], order: Callable[[], None]) -> float:
	"""Seconds from an order to the moment when each of the other shops offers fewer."""
	before = {stall.shop: stall.published() for stall in others}
	order()
	started = time.monotonic()
	_wait(lambda: all(stall.published() < before[stall.shop] for stall in others), "the lowered stock")
	return time.monotonic() - started


def _order_just_after_reading(stall: Stall) -> None:
	before = _last_reading(stall)
	_wait(lambda: _was_read(stall, since=before), "a regular run of the orders")
	stall.sandbox.create_order({stall.offer: 6})


def _order_with_notification(stall: Stall, url: str) -> None:
	number = stall.sandbox.create_order({stall.offer: 6})
	path = "/" + webhooks.address(get_shop(stall.shop)).split("/", 3)[3]
	headers: Mapping[str, str] = {"X-Frappe-Site-Name": frappe.local.site}
	body = {"message_type": "TYPE_NEW_POSTING", "posting_number": number, "seller_id": 1, "products": []}
	requests.post(url + path, json=body, headers=headers, timeout=30).raise_for_status()


def _last_reading(stall: Stall):
	frappe.db.rollback()
	return builders.stream_row(stall.shop, "orders").last_success_at


def _was_read(stall: Stall, since) -> bool:
	return _last_reading(stall) != since


def _wait(is_so: Callable[[], bool], what: str) -> None:
	end = time.monotonic() + PATIENCE
	while not is_so():
		if time.monotonic() > end:
			raise AssertionError(f"{what} did not come within {PATIENCE:g} seconds")
		threading.Event().wait(GLANCE)


def _listed(seconds: list[float]) -> str:
	return ", ".join(f"{number:.1f}" for number in seconds) + " s"
