"""Servers that go away in the middle of a run, full disks, two workers at once: nothing is lost or made twice."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import frappe
import pytest
from frappe.utils.redis_wrapper import RedisWrapper
from pymysql.err import OperationalError
from redis.exceptions import RedisError

from crm_marketplace.sync import breaker, clock, locks, reader, shops
from crm_marketplace.sync.orders import documents, fetch
from crm_marketplace.sync.shops import Shop
from tests.site import builders

DATABASE_AWAY = "The database was not available for a moment."
ORDERS = 7


@pytest.fixture
def shop(sandbox, open_shop) -> str:
	"""A shop with orders waiting at the marketplace, every listing linked."""
	shop = open_shop(sandbox)
	builders.run(shop, "listings")
	builders.link_all(shop)
	for _ in range(ORDERS):
		sandbox.create_order()
	return shop


def assert_all_made(shop: str, sandbox) -> None:
	"""The next run gets everything, and every order has one Sales Order."""
	log = builders.run(shop, "orders")
	assert log.status == "Success", builders.error_sentences(log)
	assert_each_made_once(shop, sandbox.order_ids())


def assert_each_made_once(shop: str, numbers) -> None:
	rows = builders.order_rows(shop)
	assert sorted(row.external_id for row in rows) == sorted(numbers)
	assert {row.state for row in rows} == {"Done"}
	assert sorted(order.po_no for order in builders.sales_orders(shop)) == sorted(numbers)


# --- the database ----------------------------------------------------------------------------------


def cut_connection() -> None:
	"""What a restarted server does to a connection that is in use."""
	own = frappe.db._conn.thread_id()
	with reader.reading() as other:
		other.sql("kill connection %s", own)


def at_call(number: int, function, act):
	"""The same function, with something happening just before its so-manyth call."""
	calls = iter(range(1, 1000))

	def wrapped(*args, **options):
		if next(calls) == number:
			act()
		return function(*args, **options)

	return wrapped


@pytest.mark.parametrize(
	("module", "name", "call"),
	[
		pytest.param(fetch, "store_page", 1, id="before the first page"),
		pytest.param(fetch, "store_page", 2, id="between two pages"),
		pytest.param(documents, "make_sales_order", 1, id="before the first document"),
		pytest.param(documents, "make_sales_order", 4, id="between two documents"),
		pytest.param(documents, "_difference", 2, id="in the middle of a document"),
	],
)
def test_a_database_that_goes_away(sandbox, shop, small_pages, monkeypatch, module, name, call):
	with monkeypatch.context() as patch:
		patch.setattr(module, name, at_call(call, getattr(module, name), cut_connection))
		log = builders.run(shop, "orders")

	assert (log.status, builders.error_sentences(log)) == ("Failed", [DATABASE_AWAY])
	assert locks.is_free(shop, "orders")
	assert_all_made(shop, sandbox)


@pytest.mark.parametrize(
	"error",
	[
		pytest.param((1021, "Disk full (/tmp/#sql); waiting for someone to free some space"), id="disk full"),
		pytest.param((1114, "The table 'tabMarketplace Order' is full"), id="table full"),
		pytest.param(
			(1030, 'Got error 28 "No space left on device" from storage engine InnoDB'), id="no space"
		),
	],
)
def test_no_space_for_a_payload(sandbox, shop, small_pages, monkeypatch, error):
	insert = frappe.db.bulk_insert
	pages = iter(range(100))

	def full(doctype, *args, **options):
		if doctype == "Marketplace Order" and next(pages) == 1:
			raise OperationalError(*error)
		return insert(doctype, *args, **options)

	with monkeypatch.context() as patch:
		patch.setattr(frappe.db, "bulk_insert", full)
		log = builders.run(shop, "orders")

	assert (log.status, builders.error_sentences(log)) == (
		"Failed",
		["The disk of the database server is full."],
	)
	assert "free space" in log.errors[0].next_step
	assert len(builders.order_rows(shop)) == 3, "the page before is kept"
	assert builders.stream_row(shop, "orders").cursor is None, "and the rest is asked for again"
	assert_all_made(shop, sandbox)


# --- Redis -----------------------------------------------------------------------------------------


class Redis:
	"""A Redis of our own, which may be killed and started again on the same port."""

	def __init__(self, folder: Path) -> None:
		program = shutil.which("redis-server")
		if not program:
			pytest.skip("redis-server is not installed here")
		with socket.socket() as free:
			free.bind(("127.0.0.1", 0))
			self.port = free.getsockname()[1]
		self._command = [
			program,
			"--port",
			str(self.port),
			"--bind",
			"127.0.0.1",
			"--save",
			"",
			"--dir",
			str(folder),
		]
		self.client = RedisWrapper.from_url(f"redis://127.0.0.1:{self.port}")

	def start(self) -> None:
		self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
		for line in self._process.stdout:
			if "Ready to accept connections" in line:
				return
		pytest.fail("redis-server did not start")

	def kill(self) -> None:
		self._process.send_signal(signal.SIGKILL)
		self._process.wait()
		self._process.stdout.close()

	def restart(self) -> None:
		self.kill()
		self.start()


@pytest.fixture
def redis(tmp_path, monkeypatch, real_budget):
	"""The site's cache, budgets and locks live in a Redis that belongs to this test."""
	own = Redis(tmp_path)
	own.start()
	monkeypatch.setattr(frappe, "cache", own.client)
	shops._account_budget.cache_clear()
	yield own
	own.kill()
	shops._account_budget.cache_clear()


def test_a_redis_that_forgets_everything_in_the_middle_of_a_run(
	sandbox, shop, small_pages, monkeypatch, redis
):
	def forget() -> None:
		redis.client.script_flush()
		redis.client.flushall()

	monkeypatch.setattr(fetch, "store_page", at_call(2, fetch.store_page, forget))

	assert_all_made(shop, sandbox)


def test_a_redis_that_is_restarted_in_the_middle_of_a_run(sandbox, shop, small_pages, monkeypatch, redis):
	monkeypatch.setattr(fetch, "store_page", at_call(2, fetch.store_page, redis.restart))

	assert_all_made(shop, sandbox)


def test_a_redis_that_stays_away(sandbox, shop, small_pages, monkeypatch, redis):
	with monkeypatch.context() as patch:
		patch.setattr(fetch, "store_page", at_call(2, fetch.store_page, redis.kill))
		log = builders.run(shop, "orders")

	assert log.status == "Failed"
	assert builders.error_sentences(log) == ["The server that counts our requests does not answer."]
	redis.start()
	assert_all_made(shop, sandbox)


def test_documents_of_people_are_saved_while_redis_is_away(shop, books, redis):
	item = builders.make_item()
	redis.kill()
	try:
		builders.make_stock(books.company, {item: 5}, books.warehouse)
	finally:
		redis.start()

	assert frappe.db.get_value("Bin", {"item_code": item, "warehouse": books.warehouse}, "actual_qty") == 5


# --- two workers -----------------------------------------------------------------------------------


def run_workers(site: str, *arguments: str | int) -> None:
	"""Run tests/site/workers.py to its end."""
	script = Path(__file__).with_name("workers.py")
	done = subprocess.run(
		[sys.executable, str(script), site, *map(str, arguments)], capture_output=True, text=True, timeout=240
	)
	assert done.returncode == 0, done.stdout + done.stderr
	# What other processes committed is seen by a new transaction only.
	frappe.db.rollback()


def test_two_workers_on_one_shop_make_each_order_once(site, sandbox, shop):
	run_workers(site, shop, "orders", "once", 2)

	assert_each_made_once(shop, sandbox.order_ids())
	assert sum(log.created_count for log in builders.logs(shop, stream="orders")) == ORDERS


def test_a_worker_that_finds_the_shop_busy_does_nothing(sandbox, shop):
	with builders.lock_of_another_worker(shop, "orders"):
		sandbox.journal.clear()

		assert builders.run(shop, "orders") is None

	assert sandbox.journal.count() == 0
	assert builders.logs(shop, stream="orders") == []
	assert_all_made(shop, sandbox)


def test_streams_of_one_shop_do_not_wait_for_each_other(shop):
	with locks.held(shop, "orders") as free:
		assert free
		assert builders.run(shop, "listings").status == "Success"


def test_the_same_stream_of_another_shop_does_not_wait(shop, open_shop, sandbox):
	with locks.held(shop, "listings"):
		assert builders.run(open_shop(sandbox), "listings").status == "Success"


def test_a_killed_worker_holds_no_lock(shop):
	with builders.lock_of_another_worker(shop, "orders"):
		assert not locks.is_free(shop, "orders")

	assert locks.is_free(shop, "orders")


# --- one order, two workers ------------------------------------------------------------------------


def test_an_order_another_worker_has_at_hand_is_left_to_it(shop):
	order = builders.make_order(builders.line(builders.make_goods(shop)), warehouse_id=None)
	builders.change_shop(shop, lambda doc: doc.set("warehouses", doc.warehouses[:1]))
	builders.store(shop, order)
	name = builders.order_row(shop, order.external_id).name
	with reader.reading() as other:
		other.begin()
		other.sql("select name from `tabMarketplace Order` where name = %s for update", name)

		assert builders.process_all(shop).counts["created_count"] == 0

		other.rollback()
	assert builders.process_all(shop).counts["created_count"] == 1


def test_an_order_stored_by_another_worker_in_this_moment_is_left_to_it(shop):
	"""Ours has looked and found nothing; the row of the other one stays, with its lines."""
	order = builders.make_order(builders.line(builders.make_goods(shop)))
	assert builders.order_rows(shop) == []
	with reader.reading() as other:
		other.sql(
			"insert into `tabMarketplace Order` (name, shop, external_id, state) values (%s, %s, %s, 'To Process')",
			(builders.unique("theirs"), shop, order.external_id),
		)
		other.commit()

	builders.store(shop, order)

	(row,) = builders.order_rows(shop)
	assert row.name.startswith("theirs")
	assert builders.events_of(row.name) == []
	assert frappe.db.count("Marketplace Order Line", {"parent": row.name}) == 0
