"""The other side, or the way to it, misbehaves. Nothing is lost, nothing hangs, and each fault is told by
its kind.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
import requests

from crm_marketplace.integrations import paging
from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import (
	AuthenticationError,
	ContractError,
	PermissionMissing,
	RateLimited,
	TemporaryError,
)
from crm_marketplace.integrations.transport import PageTooLarge
from crm_marketplace.sandbox import Limits
from tests.conformance.suite.base import LISTS, NOW, Base, ids, read, records
from tests.conformance.suite.stock import level

PASSING = ("500", "502", "503", "504", "drop_connection", "cut_answer", "lost_answer")
# Lists whose rows the sandbox can spoil one by one, by capability.
SPOILABLE = {
	Capability.LISTINGS: "listings",
	Capability.ORDERS: "orders_created",
	Capability.STOCK: "stock_levels",
	Capability.PRICES: "prices",
	Capability.WAREHOUSES: "warehouses",
	Capability.RETURNS: "returns",
	Capability.FEEDBACK: "reviews",
}
spoilable = pytest.mark.parametrize("capability", SPOILABLE, ids=lambda capability: capability.value)


class Misfortunes(Base):
	# --- it comes back -------------------------------------------------------------------------

	@pytest.mark.parametrize("name", LISTS)
	def test_reads_are_tried_again(self, sandbox, connect, naps, name):
		self.need(LISTS[name][0])
		self.furnish(sandbox, name)
		expected = ids(read(connect(sandbox), name))
		sandbox.fault("503", times=2)
		assert ids(read(connect(sandbox), name)) == expected
		assert len(naps) == 2

	@pytest.mark.parametrize("kind", PASSING)
	def test_every_passing_fault_is_survived(self, sandbox, connect, naps, kind):
		connector = connect(sandbox, patience=900.0)
		expected = connector.check_credentials()
		sandbox.fault(kind, times=2)
		assert connector.check_credentials() == expected
		assert len(naps) == 2 and all(nap > 0 for nap in naps)

	@pytest.mark.parametrize("kind", ["500", "drop_connection"])
	def test_a_fault_that_stays_is_told(self, sandbox, connect, naps, kind):
		sandbox.fault(kind, times=100)
		with pytest.raises(TemporaryError) as caught:
			connect(sandbox, patience=900.0).check_credentials()
		assert caught.value.policy.retry and caught.value.policy.trips_breaker
		assert 2 <= sandbox.journal.count() <= 10
		assert len(naps) == sandbox.journal.count() - 1

	def test_without_patience_nothing_waits(self, sandbox, connect, naps):
		sandbox.fault("500", times=100)
		with pytest.raises(TemporaryError):
			connect(sandbox, patience=0.0).check_credentials()
		assert sandbox.journal.count() == 1 and not naps

	def test_silence_is_not_listened_to_for_ever(self, sandbox, connect, naps, monkeypatch):
		given = []
		request = requests.Session.request

		def in_a_hurry(session, *args, timeout=None, **settings):
			given.append(timeout)
			# Only where nothing is coming: an answer may be slow on a busy machine.
			hurried = (1, 0.05) if len(given) <= 2 else timeout
			return request(session, *args, timeout=hurried, **settings)

		connector = connect(sandbox)
		monkeypatch.setattr(requests.Session, "request", in_a_hurry)
		sandbox.fault("timeout", times=2)
		connector.check_credentials()
		assert len(naps) == 2
		assert all(0 < seconds <= 120 for timeouts in given for seconds in timeouts)

	def test_a_setting_of_stock_is_tried_again(self, sandbox, connect):
		self.need(Capability.STOCK)
		row = level(sandbox, quantity=6)
		sandbox.fault("drop_connection")
		assert connect(sandbox).push_stock([row])[0].ok
		assert sandbox.stock(row.offer_id, row.warehouse_id)["free"] == 6

	# --- slower, please ------------------------------------------------------------------------

	def test_429_is_waited_out(self, sandbox, connect, naps):
		connector = connect(sandbox)
		sandbox.fault("429", seconds=7, times=2)
		connector.check_credentials()
		assert len(naps) == 2 and all(nap >= 7 for nap in naps)

	def test_429_without_patience_is_told_with_its_pause(self, sandbox, connect, naps):
		sandbox.fault("429", seconds=7)
		with pytest.raises(RateLimited) as caught:
			connect(sandbox, patience=0.0).check_credentials()
		assert caught.value.retry_after == 7
		assert not naps

	def test_a_pause_longer_than_the_patience_is_not_begun(self, sandbox, connect, naps):
		sandbox.fault("429", seconds=3600)
		with pytest.raises(RateLimited) as caught:
			connect(sandbox, patience=60.0).check_credentials()
		assert caught.value.retry_after == 3600
		assert not naps

	def test_the_vendors_own_limits_are_kept_to(self, connect):
		"""Many requests at once, against a marketplace that really counts."""
		with self.open_sandbox(limits=Limits()) as sandbox:
			connector = connect(sandbox, patience=900.0)
			connector.transport.sleep = sandbox.advance
			for _ in range(70):
				self.ask_often(connector)
			assert sandbox.clock.now() > NOW

	def ask_often(self, connector: Any) -> None:
		"""A question that may be asked many times a minute."""
		connector.check_credentials()

	# --- it talks nonsense -----------------------------------------------------------------------

	@pytest.mark.parametrize("kind", ["broken_json", "html"])
	def test_what_is_no_json_is_told_and_not_tried_again(self, sandbox, connect, naps, kind):
		sandbox.fault(kind, times=100)
		with pytest.raises(ContractError):
			connect(sandbox).check_credentials()
		assert sandbox.journal.count() == 1 and not naps

	def test_a_proxys_error_page_is_a_passing_fault(self, sandbox, connect, naps):
		connector = connect(sandbox)
		sandbox.fault("html", status=502)
		connector.check_credentials()
		assert len(naps) == 1

	@pytest.mark.parametrize(
		"kind, expected, is_missing_right",
		[
			("wrong_key", AuthenticationError, False),
			("expired_key", AuthenticationError, False),
			("missing_role", PermissionMissing, True),
		],
	)
	def test_refusals_in_the_middle_of_the_work(
		self, sandbox, connect, naps, kind, expected, is_missing_right
	):
		self.need(Capability.LISTINGS)
		connector = connect(sandbox)
		page = connector.listings(limit=5)
		sandbox.fault(kind)
		with pytest.raises(expected) as caught:
			connector.listings(page.token, limit=5)
		assert isinstance(caught.value, PermissionMissing) is is_missing_right
		assert not naps

	@spoilable
	def test_one_bad_record_costs_nothing_but_itself(self, sandbox, connect, capability):
		path = self.need_rows(capability)
		self.furnish(sandbox, SPOILABLE[capability])
		expected = ids(read(connect(sandbox), SPOILABLE[capability]))
		sandbox.fault("bad_record", path=path)
		items = read(connect(sandbox), SPOILABLE[capability])
		bad = [item for item in items if item.error is not None]
		assert len(bad) == 1
		assert bad[0].record is None and bad[0].raw
		assert isinstance(bad[0].error, ContractError)
		assert bad[0].error.field and bad[0].error.value_kind
		assert bad[0].error.record_id == bad[0].external_id
		assert bad[0].external_id in expected
		assert sorted(ids(items)) == sorted(expected)
		assert all(item.record is not None for item in items if item is not bad[0])

	@spoilable
	def test_items_sent_twice_are_the_same_item(self, sandbox, connect, capability):
		path = self.need_rows(capability)
		name = SPOILABLE[capability]
		self.furnish(sandbox, name)
		expected = {item.external_id: item.record.digest for item in read(connect(sandbox), name)}
		sandbox.fault("duplicate_items", path=path)
		found = read(connect(sandbox), name)
		assert {item.external_id: item.record.digest for item in found} == expected
		assert max(Counter(ids(found)).values()) <= 2

	@spoilable
	def test_the_order_of_a_page_does_not_matter(self, sandbox, connect, capability):
		path = self.need_rows(capability)
		name = SPOILABLE[capability]
		self.furnish(sandbox, name)
		expected = sorted(ids(read(connect(sandbox), name, 10)))
		sandbox.fault("out_of_order", path=path, times=3)
		assert sorted(ids(read(connect(sandbox), name, 10))) == expected

	# --- pages that are no pages -------------------------------------------------------------------

	def paged(self, capability: Capability) -> str:
		return self.lists.get(capability) or self.need_rows(capability)

	@pytest.mark.parametrize(
		"capability", [Capability.LISTINGS, Capability.ORDERS, Capability.PRICES], ids=lambda each: each.value
	)
	def test_a_page_that_repeats_ends_the_walk(self, busy_shop, connect, capability):
		self.need(capability)
		_capability, fetch = LISTS[SPOILABLE[capability]]
		if (
			capability is Capability.ORDERS
		):  # where a long period takes several questions, their answers differ
			recently = (NOW - timedelta(days=20), NOW + timedelta(hours=1))
			fetch = lambda connector, *page: connector.orders_created(*recently, *page)  # noqa: E731
		connector = connect(busy_shop)
		fetch(connector, None, 20)  # the page that will come again and again
		busy_shop.fault("repeat_page", path=self.paged(capability), times=1000)
		try:
			with pytest.raises(ContractError):
				for _page in paging.walk(lambda token, limit: fetch(connector, token, limit), limit=20):
					assert busy_shop.journal.count() < 5_000
		finally:
			busy_shop.faults.clear()

	@spoilable
	def test_a_huge_page_is_asked_for_in_smaller_ones(self, sandbox, connect, capability):
		self.need(capability)
		if capability is Capability.WAREHOUSES:
			pytest.skip("its page has no size")
		name = SPOILABLE[capability]
		path = self.paged(capability)
		self.furnish(sandbox, name)
		expected = sorted(ids(read(connect(sandbox), name)))
		sandbox.fault("huge_page", path=path, above=21, times=100)
		connector = connect(sandbox)
		with pytest.raises(PageTooLarge):
			token = LISTS[name][1](connector, None, 1000).token
			while token is not None:
				token = LISTS[name][1](connector, token, 1000).token
		assert sorted(ids(read(connector, name))) == expected

	def test_an_endless_record_is_told(self, sandbox, connect):
		self.need(Capability.ORDERS)
		sandbox.fault("huge_page", path=self.paged(Capability.ORDERS), above=1, times=100)
		with pytest.raises(PageTooLarge):
			read(connect(sandbox), "orders_created")

	# --- clocks --------------------------------------------------------------------------------

	@pytest.mark.parametrize("seconds", [-7200, 7200])
	def test_time_is_the_marketplaces(self, sandbox, connect, seconds):
		"""Cursors follow the remote clock, however wrong ours or theirs is."""
		self.need(Capability.ORDERS)
		connector = connect(sandbox)
		sandbox.fault("clock_skew", seconds=seconds)
		since = sandbox.clock.now() - timedelta(days=1)
		page = connector.order_changes(since, sandbox.clock.now())
		assert page.as_of == NOW + timedelta(seconds=seconds)

	def test_run_twice_it_finds_the_same(self, sandbox, connect):
		"""Whatever went wrong in between: equal records have equal digests, so nothing is written twice."""
		names = [
			name
			for name, (capability, _fetch) in LISTS.items()
			if capability in self.connector.info.capabilities
		]
		before = {name: self.digests(connect(sandbox), name) for name in names}
		sandbox.fault("500", times=2)
		sandbox.fault("cut_answer", skip=3, times=2)
		after = {name: self.digests(connect(sandbox, patience=900.0), name) for name in names}
		assert after == before

	def digests(self, connector: Any, name: str) -> list[str]:
		return [record.digest for record in records(read(connector, name, 15))]
