"""The rules a process keeps in memory are those that were committed last, whatever else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import pytest
from redis.exceptions import ConnectionError as NoRedis

from crm_marketplace.triggers.engine import index
from tests.harness.committing import commit
from tests.site import triggers
from tests.site.triggers import comment, make

pytestmark = pytest.mark.usefixtures("no_triggers")


@contextmanager
def another_process() -> Iterator[None]:
	"""With a connection of its own, and nothing kept."""
	db, kept, cache = frappe.local.db, dict(index._kept), frappe.local.cache
	index._kept.clear()
	frappe.local.cache = {}
	frappe.connect()
	try:
		yield
	finally:
		frappe.local.db.close()
		frappe.local.db, frappe.local.cache = db, cache
		index._kept.clear()
		index._kept.update(kept)


def next_request() -> None:
	frappe.db.rollback()
	frappe.local.cache = {}


def names() -> set[str]:
	return {rule.name for rule in index.current().get("ToDo", "insert")}


def test_rules_read_in_an_old_snapshot_are_not_kept(site):
	rule = make("Created", "ToDo", comment(), enabled=0)
	commit()
	next_request()
	frappe.db.count("ToDo")  # from here on this transaction sees what was there before
	with another_process():
		there = frappe.get_doc("Trigger", rule.name)
		there.enabled = 1
		there.save()
		frappe.db.commit()  # nosemgrep: the other process is one that ends its request
	assert names() == set()
	next_request()
	assert names() == {rule.name}


@pytest.mark.parametrize("is_cold", [True, False], ids=["nothing kept", "kept"])
def test_rules_that_are_rolled_back_are_forgotten(site, is_cold):
	commit()
	names()
	if is_cold:
		index._kept.clear()
	rule = make("Created", "ToDo", comment())
	assert names() == {rule.name}
	next_request()
	assert names() == set()


def test_who_comes_late_does_not_bring_an_old_number_back(site):
	make("Created", "ToDo", comment())
	commit()
	latest = index.current().version
	index._committed(latest - 1)
	next_request()
	assert frappe.cache.get_value(index.VERSION) == latest


def test_a_cache_that_was_emptied_is_told_again(site):
	rule = make("Created", "ToDo", comment())
	commit()
	frappe.cache.delete_value(index.VERSION)
	next_request()
	assert names() == {rule.name}
	next_request()
	assert triggers.queries_of(names) == 0


def test_without_redis_rules_are_read_once_a_request(site, monkeypatch):
	rule = make("Created", "ToDo", comment())
	commit()
	next_request()

	def away(*args, **options):
		raise NoRedis

	monkeypatch.setattr(frappe.cache, "get", away)
	monkeypatch.setattr(frappe.cache, "transaction", away)
	assert names() == {rule.name}
	assert triggers.queries_of(names) == 0
