"""Keys: good ones, bad ones, and ones that may not do everything."""

from __future__ import annotations

from datetime import timedelta, timezone

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import AuthenticationError, PermissionMissing
from crm_marketplace.integrations.records import StockLevel
from tests.conformance.suite.base import FOREVER, Base, one

# Something harmless to ask of each capability.
ATTEMPTS = {
	Capability.WAREHOUSES: lambda connector, sandbox: connector.warehouses(),
	Capability.LISTINGS: lambda connector, sandbox: connector.listings(),
	Capability.ORDERS: lambda connector, sandbox: connector.open_orders(),
	Capability.STOCK: lambda connector, sandbox: connector.push_stock([
		StockLevel(
			listing_id=sandbox.listing_ids(sellable=True)[0],
			offer_id=sandbox.offer_ids(sellable=True)[0],
			warehouse_id=sandbox.warehouse_ids()[0],
			quantity=1,
		)
	]),
	Capability.PRICES: lambda connector, sandbox: connector.prices(),
	Capability.CANCELLATION: lambda connector, sandbox: connector.cancel_reasons(sandbox.order_ids()[-1]),
	Capability.RETURNS: lambda connector, sandbox: connector.returns(*FOREVER),
	Capability.FEEDBACK: lambda connector, sandbox: connector.reviews(*FOREVER),
}  # fmt: skip


class Credentials(Base):
	def test_a_good_key_has_all_rights(self, sandbox, connect):
		report = connect(sandbox).check_credentials()
		assert report.account_id
		assert report.account_name == sandbox.shop.name
		granted = {right.capability: right.granted for right in report.rights}
		for capability in self.connector.info.capabilities - {Capability.CREDENTIALS}:
			assert granted.get(capability.value) is True, capability
		assert all(not right.missing for right in report.rights)

	def test_a_key_tells_when_it_expires(self, sandbox, connect):
		expires_at = connect(sandbox).check_credentials().expires_at
		if expires_at is None:
			pytest.skip("the marketplace does not tell")
		assert expires_at.utcoffset() == timedelta(0)
		assert abs(expires_at - sandbox.clock.now() - self.key_lifetime) < timedelta(minutes=1)

	def test_the_check_writes_nothing(self, sandbox, connect):
		before = (sandbox.counts(), sandbox.order_ids())
		connect(sandbox).check_credentials()
		assert (sandbox.counts(), sandbox.order_ids()) == before

	def test_a_wrong_key_is_refused_and_not_tried_again(self, sandbox, connect, naps):
		secret = next(field.name for field in self.connector.info.credential_fields if field.secret)
		connector = connect(sandbox, {**sandbox.credentials, secret: "00000000-0000-0000-0000-000000000000"})
		with pytest.raises(AuthenticationError) as caught:
			connector.check_credentials()
		assert not isinstance(caught.value, PermissionMissing)
		assert caught.value.next_step
		assert sandbox.journal.count() <= 1 and not naps  # none where the key itself tells

	def test_another_account_is_refused(self, sandbox, connect):
		open_fields = [field.name for field in self.connector.info.credential_fields if not field.secret]
		if not open_fields:
			pytest.skip("the key alone says whose it is")
		connector = connect(sandbox, {**sandbox.credentials, open_fields[0]: "999999"})
		with pytest.raises(AuthenticationError) as caught:
			connector.check_credentials()
		assert not isinstance(caught.value, PermissionMissing)

	def test_an_expired_key_is_refused(self, sandbox, connect):
		credentials = sandbox.make_key(lifetime=timedelta(hours=1))
		connector = connect(sandbox, credentials)
		connector.check_credentials()
		sandbox.advance(timedelta(hours=1))
		with pytest.raises(AuthenticationError) as caught:
			connector.check_credentials()
		assert not isinstance(caught.value, PermissionMissing)

	def test_a_key_revoked_in_the_middle_stops_the_work(self, sandbox, connect):
		self.need(Capability.LISTINGS)
		credentials = sandbox.make_key()
		connector = connect(sandbox, credentials)
		page = connector.listings(limit=5)
		sandbox.revoke_key(credentials)
		with pytest.raises(AuthenticationError) as caught:
			connector.listings(page.token, limit=5)
		assert caught.value.policy.stops_run

	@pytest.mark.parametrize("capability", ATTEMPTS, ids=lambda capability: capability.value)
	def test_a_missing_right_is_told_apart(self, sandbox, connect, capability):
		self.need(capability)
		connector = connect(sandbox, sandbox.make_key(without=[capability.value]))
		rights = {right.capability: right for right in connector.check_credentials().rights}
		assert rights[capability.value].granted is False
		assert rights[capability.value].missing
		with pytest.raises(PermissionMissing) as caught:
			ATTEMPTS[capability](connector, sandbox)
		assert not caught.value.policy.trips_breaker

	def test_a_key_without_labels_is_told_apart(self, sandbox, connect):
		self.need(Capability.LABELS)
		order = one(connect(sandbox), self.packed_order(sandbox))
		connector = connect(sandbox, sandbox.make_key(without=[Capability.LABELS.value]))
		rights = {right.capability: right for right in connector.check_credentials().rights}
		assert rights["labels"].granted is False and rights["labels"].missing
		with pytest.raises(PermissionMissing) as caught:
			connector.labels([order])
		assert not caught.value.policy.trips_breaker

	def test_times_are_utc(self, sandbox, connect):
		expires_at = connect(sandbox).check_credentials().expires_at
		assert expires_at is None or expires_at.tzinfo is timezone.utc
