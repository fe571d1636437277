"""The site layer runs with the bench's Python in its sites folder; see tests/harness/layers.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import frappe
import pytest

from crm_marketplace.integrations.budget import Unlimited
from crm_marketplace.sandbox import Sandbox
from crm_marketplace.sandbox.limits import UNLIMITED
from crm_marketplace.sync import listings, scheduler
from crm_marketplace.sync.shops import Shop
from crm_marketplace.triggers.engine import outbox
from tests.harness.site_fixtures import as_user, company, leave_no_trace, site, user_with_role
from tests.site import builders, triggers
from tests.site.builders import Books


@pytest.fixture(scope="session")
def books(company: str) -> Books:
	"""What a shop of the site's company needs."""
	return builders.open_books(company)


@pytest.fixture(scope="session")
def other_books(site: str) -> Books:
	"""A second company with books of its own."""
	return builders.open_books(builders.make_company("Вторая торговля", "ВТ"))


_connect = Shop.connect
_budget = Shop._budget
_enqueue = scheduler.enqueue


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch, site: str) -> None:
	"""Nothing sleeps in a test: no pauses before repeats, no request budget."""
	connect = Shop.connect

	def at_once(self: Shop, **options):
		return connect(self, **{**options, "patience": 0.0})

	monkeypatch.setattr(Shop, "connect", at_once)
	monkeypatch.setattr(Shop, "_budget", lambda self, credentials: Unlimited())


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch, no_waiting: None) -> None:
	"""What is made to order is waited for, and the waiting takes no time."""

	def connect(self: Shop, **options):
		connector = _connect(self, **options)
		connector.transport.sleep = lambda _seconds: None
		return connector

	monkeypatch.setattr(Shop, "connect", connect)


@pytest.fixture
def real_budget(monkeypatch: pytest.MonkeyPatch, no_waiting: None) -> None:
	"""Requests are counted in Redis, as they are on a site."""
	monkeypatch.setattr(Shop, "_budget", _budget)


@pytest.fixture(autouse=True)
def queued(monkeypatch: pytest.MonkeyPatch, site: str) -> list[dict]:
	"""The runs the app wanted to queue. None is queued: workers of this bench would run it under our feet."""
	calls: list[dict] = []

	def remember(shop: str, stream: str, **options) -> None:
		calls.append({"shop": shop, "stream": stream, **options})

	monkeypatch.setattr(scheduler, "enqueue", remember)
	monkeypatch.setattr(outbox, "start", lambda: True)
	# What Frappe and ERPNext queue themselves lands in queues no worker of the bench listens to.
	monkeypatch.setitem(frappe.local.conf, "bench_id", "crm-marketplace-tests")
	return calls


@pytest.fixture
def real_queue(monkeypatch: pytest.MonkeyPatch, queued: list[dict]) -> None:
	"""Runs are queued, where no worker finds them."""
	monkeypatch.setattr(scheduler, "enqueue", _enqueue)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch, site: str) -> None:
	"""Lists of orders and listings come in pages of three, so that little is enough for many pages."""
	cls = builders.connector_class()
	monkeypatch.setattr(cls, "info", replace(cls.info, order_page_size=3))
	monkeypatch.setattr(listings, "PAGE", 3)


@pytest.fixture
def open_shop(books: Books) -> Iterator[Callable[..., str]]:
	"""A function that makes shops (see `builders.make_shop`), which are taken away after the test."""
	shops: list[str] = []

	def make(sandbox: Sandbox | None = None, *, of: Books = books, **fields) -> str:
		shops.append(builders.make_shop(of, sandbox, **fields))
		return shops[-1]

	yield make
	frappe.set_user("Administrator")
	for name in shops:
		builders.remove_shop(name)


@pytest.fixture
def shop(open_shop: Callable[..., str]) -> str:
	"""A shop without a sandbox: orders are put into it by hand."""
	return open_shop()


@pytest.fixture
def open_sandbox(site: str) -> Iterator[Callable[..., Sandbox]]:
	"""A function that starts sandboxes without rate limits; they stop after the test."""
	with ExitStack() as stack:

		def start(listings: int = 6, orders: int = 0, **options) -> Sandbox:
			options.setdefault("limits", UNLIMITED)
			return stack.enter_context(
				Sandbox(builders.MARKETPLACE, listings=listings, orders=orders, **options)
			)

		yield start


@pytest.fixture
def sandbox(open_sandbox: Callable[..., Sandbox]) -> Sandbox:
	return open_sandbox()


@pytest.fixture
def no_triggers(site: str) -> Iterator[None]:
	"""Begin and end without triggers and without what they left: workers commit."""
	triggers.forget_all()
	yield
	triggers.forget_all()
