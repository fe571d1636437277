"""Known orders, asked for anew where the marketplace does not tell which of them changed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm_marketplace.integrations.connector import RefreshesOrders
from crm_marketplace.integrations.records import OrderStatus, Scheme
from tests.conformance.suite.base import Base, ids, one, read, records


class Refreshing(Base):
	@pytest.fixture(autouse=True)
	def _offers_refreshing(self, request):
		if request.function.__name__ in vars(Refreshing) and not self.connector.info.refresh_batch:
			pytest.skip("changes tell everything there")

	def refreshable(self, connector: Any) -> list[Any]:
		"""Known orders of which changes are not told."""
		orders = records(read(connector, "orders_created"))
		return [order for order in orders if order.scheme is not Scheme.FBO]

	def test_it_has_the_method(self, sandbox, connect):
		assert isinstance(connect(sandbox), RefreshesOrders)

	def test_nothing_changed_nothing_differs(self, busy_shop, connect):
		connector = connect(busy_shop)
		known = self.refreshable(connector)[: self.connector.info.refresh_batch]
		page = connector.refresh_orders(known)
		assert len(known) > 50 and page.token is None and page.as_of
		assert {record.external_id: record.digest for record in records(list(page.items))} == {
			order.external_id: order.digest for order in known
		}

	def test_what_changed_is_what_reading_it_anew_tells(self, sandbox, connect):
		connector = connect(sandbox)
		orders = [one(connector, sandbox.create_order(scheme=scheme)) for scheme in ("FBS", "FBS", "FBS")]
		sandbox.advance(timedelta(hours=2))
		sandbox.move_order(orders[0].external_id)
		sandbox.cancel_order(orders[1].external_id)
		fresh = {order.external_id: order for order in records(list(connector.refresh_orders(orders).items))}
		for order in orders:
			assert fresh[order.external_id] == one(connector, order.external_id)
			assert fresh[order.external_id].digest == one(connector, order.external_id).digest
		assert fresh[orders[0].external_id].status is not OrderStatus.AWAITING_PACKING
		assert fresh[orders[1].external_id].status is OrderStatus.CANCELLED
		assert fresh[orders[2].external_id] == orders[2]

	def test_every_seller_scheme_is_followed_to_its_end(self, sandbox, connect):
		connector = connect(sandbox)
		schemes = [scheme for scheme in self.connector.info.schemes if sandbox.warehouse_ids(scheme.value)]
		known = {}
		for scheme in schemes:
			order = one(connector, sandbox.create_order(scheme=scheme.value))
			known[order.external_id] = order
		for _step in range(12):
			for order_id, order in known.items():
				if order.status is not OrderStatus.DELIVERED:
					sandbox.move_order(order_id)
			for item in connector.refresh_orders(list(known.values())).items:
				known[item.external_id] = item.record
				assert item.record.vendor_status == sandbox.order(item.external_id)["status"]
		assert {order.status for order in known.values()} == {OrderStatus.DELIVERED}

	def test_an_order_that_is_gone_is_left_out(self, sandbox, connect):
		connector = connect(sandbox)
		order = one(connector, sandbox.create_order())
		gone = order.model_copy(update={"external_id": "999999999999"})
		assert ids(list(connector.refresh_orders([gone, order]).items)) == [order.external_id]

	def test_a_full_batch_is_a_request_for_each_method(self, sandbox, connect):
		connector = connect(sandbox)
		order = one(connector, sandbox.create_order())
		batch = [
			order.model_copy(update={"external_id": str(10**9 + number)})
			for number in range(self.connector.info.refresh_batch)
		]
		before = sandbox.journal.count()
		assert connector.refresh_orders(batch).items == ()
		assert sandbox.journal.count() - before == 1
		with pytest.raises(ValueError):
			connector.refresh_orders([*batch, order])
		assert sandbox.journal.count() - before == 1

	def test_nothing_to_refresh_is_no_request(self, sandbox, connect):
		assert connect(sandbox).refresh_orders([]).items == ()
		assert sandbox.journal.count() == 0
