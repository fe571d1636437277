"""What a connector says of itself before it connects."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.connector import CAPABILITY_PROTOCOLS, Capability
from crm_marketplace.integrations.errors import ConfigurationError
from crm_marketplace.integrations.records import OrderStatus, Scheme
from tests.conformance.suite.base import Base


class SelfDescription(Base):
	def test_the_registry_knows_it(self):
		assert registry.get(self.connector.info.name) is self.connector

	def test_info_is_complete(self):
		info = self.connector.info
		assert info.name and info.title and info.api_version
		for url in (info.documentation_url, info.base_url, *info.help_urls.values()):
			assert urlsplit(url).scheme == "https", url
		assert info.credential_fields
		assert all(field.name and field.label for field in info.credential_fields)
		assert any(field.secret for field in info.credential_fields)
		assert len({field.name for field in info.credential_fields}) == len(info.credential_fields)
		assert "credentials" in info.help_urls
		assert info.schemes and set(info.schemes) <= set(Scheme)

	def test_statuses_lead_to_ours(self):
		info = self.connector.info
		if Capability.ORDERS not in info.capabilities:
			pytest.skip("no orders, no statuses")
		assert info.statuses and set(info.statuses.values()) <= set(OrderStatus)
		for needed in (OrderStatus.AWAITING_PACKING, OrderStatus.DELIVERED, OrderStatus.CANCELLED):
			assert needed in info.statuses.values()

	def test_limits_make_sense(self):
		info = self.connector.info
		assert "default" in info.rate_limits
		for limits in info.rate_limits.values():
			assert limits
			assert all(limit.requests > 0 and limit.per > timedelta(0) for limit in limits)
		assert info.stock_batch > 0 and info.price_batch > 0 and info.order_page_size > 0
		assert info.maximum_stock > 0 and info.stock_repeat_after >= timedelta(0)
		assert info.label_batch > 0 and info.review_answer_length > 0
		assert info.cursor_overlap > timedelta(0) and info.first_orders_window > timedelta(0)

	def test_every_capability_has_its_methods(self, sandbox, connect):
		connector = connect(sandbox)
		for capability in self.connector.info.capabilities:
			assert isinstance(connector, CAPABILITY_PROTOCOLS[capability]), capability
		assert Capability.CREDENTIALS in self.connector.info.capabilities

	def test_connecting_makes_no_request(self, sandbox, connect):
		connect(sandbox)
		assert sandbox.journal.count() == 0

	def test_a_missing_credential_is_told_at_once(self, sandbox, connect):
		for field in self.connector.info.credential_fields:
			if field.required:
				with pytest.raises(ConfigurationError) as caught:
					connect(sandbox, {**sandbox.credentials, field.name: " "})
				assert caught.value.next_step
		assert sandbox.journal.count() == 0
