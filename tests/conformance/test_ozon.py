"""The Ozon connector, held to the words of `connector.py`."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import PermissionMissing, TemporaryError
from crm_marketplace.integrations.marketplaces.ozon.connector import OzonConnector
from tests.conformance.ozon_specification import OZON
from tests.conformance.suite import ConnectorConformance
from tests.conformance.suite.base import FOREVER, ids, one, read
from tests.conformance.suite.misfortunes import spoilable


class TestOzon(ConnectorConformance):
	connector = OzonConnector
	specification = OZON
	rows = {  # noqa: RUF012
		Capability.WAREHOUSES: "/v2/warehouse/list",
		Capability.LISTINGS: "/v3/product/info/list",
		Capability.ORDERS: "/v4/posting/fbs/list",
		Capability.STOCK: "/v2/product/info/stocks-by-warehouse/fbs",
		Capability.PRICES: "/v5/product/info/prices",
		Capability.RETURNS: "/v1/returns/list",
		Capability.FEEDBACK: "/v2/review/list",
	}
	lists = {Capability.LISTINGS: "/v3/product/list"}  # noqa: RUF012

	def widest(self, name: str) -> int:
		"""Ozon gives no fewer than 20 reviews."""
		return 2 if name == "reviews" else super().widest(name)

	def offer_of(self, record: Any, sandbox: Any) -> str:
		"""Returns name the article, reviews the SKU only."""
		if getattr(record, "offer_id", ""):
			return record.offer_id
		query = "SELECT offer_id FROM listing WHERE sku = ?"
		return sandbox.shop.state.value(query, (int(record.marketplace_ids["sku"]),))

	@spoilable
	def test_the_order_of_a_page_does_not_matter(self, sandbox, connect, capability):
		"""Returns go on after the last row of a page: out of order they come twice, and none is lost."""
		if capability is not Capability.RETURNS:
			return super().test_the_order_of_a_page_does_not_matter(sandbox, connect, capability)
		self.furnish(sandbox, "returns")
		sandbox.fault("out_of_order", path="/v1/returns/list", times=3)
		assert set(ids(read(connect(sandbox), "returns", 10))) == set(sandbox.return_ids())

	@pytest.mark.parametrize("kind", ["503", "drop_connection", "html"])
	def test_a_list_of_fbo_that_fails_does_not_cost_the_others(self, sandbox, connect, naps, kind):
		connector = connect(sandbox)
		order_id = sandbox.create_order(scheme="FBS")
		sandbox.fault(kind, path="/v3/posting/fbo/list", times=1000)
		for method in ("order_changes", "orders_created"):
			assert order_id in ids(read(connector, method))

	def test_labels_are_waited_for_and_fetched_without_the_key(self, sandbox, connect, naps):
		connector = connect(sandbox)
		label = connector.labels([one(connector, self.packed_order(sandbox))])
		assert label.content and naps
		(asked,) = sandbox.files.asked
		assert urlsplit(sandbox.files.url).netloc != urlsplit(sandbox.url).netloc
		assert not {"Api-Key", "Client-Id"} & set(asked)

	def test_labels_without_patience_are_not_ready_yet(self, sandbox, connect, naps):
		connector = connect(sandbox, patience=0.0)
		order = one(connector, self.packed_order(sandbox))
		with pytest.raises(TemporaryError) as caught:
			connector.labels([order])
		assert caught.value.next_step and not naps and not sandbox.files.asked

	def test_a_shop_without_the_subscription_has_no_right_to_reviews(self, sandbox, connect):
		connector = connect(sandbox)
		for subscription, granted in (
			("UNSPECIFIED", False),
			("REVIEW_MANAGEMENT", True),
			("PREMIUM_PRO", True),
		):
			sandbox.shop.subscribe(subscription)
			rights = {right.capability: right.granted for right in connector.check_credentials().rights}
			assert rights["feedback"] is granted and rights["returns"]
		sandbox.shop.subscribe("UNSPECIFIED")
		with pytest.raises(PermissionMissing):
			connector.reviews(*FOREVER)
