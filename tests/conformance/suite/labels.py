"""Labels: one file for the parcels asked for, and a word on each that has none."""

from __future__ import annotations

from typing import Any

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import RejectedError
from tests.conformance.suite.base import Base, one

MAGIC = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG\r\n", "application/zip": b"PK"}


class Labels(Base):
	@pytest.fixture(autouse=True)
	def _offers_labels(self, request):
		if request.function.__name__ in vars(Labels):
			self.need(Capability.LABELS)

	def packed(self, sandbox: Any, connector: Any, number: int = 1) -> list[Any]:
		"""Orders that have labels."""
		return [one(connector, self.packed_order(sandbox)) for _ in range(number)]

	def order_of_labels(self, content: bytes, order_ids: tuple[str, ...]) -> list[str]:
		"""Whose labels are in a file of the sandbox, in their order. There they stand in plain words."""
		places = {order_id: content.find(order_id.encode()) for order_id in order_ids}
		return sorted((id_ for id_, place in places.items() if place >= 0), key=places.__getitem__)

	def test_packed_orders_have_labels_in_the_order_given(self, sandbox, connect):
		connector = connect(sandbox)
		orders = self.packed(sandbox, connector, min(3, self.connector.info.label_batch))[::-1]
		label = connector.labels(orders)
		wanted = tuple(order.external_id for order in orders)
		assert label.order_ids == wanted
		assert not label.problems
		assert label.content.startswith(MAGIC[label.media_type])
		assert self.order_of_labels(label.content, wanted) == list(wanted)

	def test_an_order_without_a_label_costs_no_other(self, sandbox, connect):
		if self.connector.info.label_batch == 1:
			pytest.skip("labels come one by one")
		connector = connect(sandbox)
		first, last = self.packed(sandbox, connector, 2)
		new = one(connector, sandbox.create_order())
		label = connector.labels([first, new, last])
		assert set(label.problems) == {new.external_id} and label.problems[new.external_id]
		assert label.order_ids == (first.external_id, last.external_id)
		assert self.order_of_labels(label.content, label.order_ids) == list(label.order_ids)

	def test_without_any_label_there_is_no_file(self, sandbox, connect):
		connector = connect(sandbox)
		new = one(connector, sandbox.create_order())
		label = connector.labels([new])
		assert (label.content, label.order_ids) == (b"", ())
		assert set(label.problems) == {new.external_id} and label.problems[new.external_id]

	def test_an_order_the_marketplace_does_not_know_has_no_label(self, sandbox, connect):
		connector = connect(sandbox)
		order = self.packed(sandbox, connector)[0].model_copy(update={"external_id": "9999999999"})
		try:
			label = connector.labels([order])
		except RejectedError as error:
			assert error.record_id == order.external_id
		else:
			assert label.content == b"" and set(label.problems) == {order.external_id}

	def test_printed_twice_it_is_the_same(self, sandbox, connect):
		connector = connect(sandbox)
		orders = self.packed(sandbox, connector)
		assert connector.labels(orders) == connector.labels(orders)
		assert one(connector, orders[0].external_id).digest == orders[0].digest

	def test_more_orders_than_a_batch_are_not_asked_for(self, sandbox, connect):
		connector = connect(sandbox)
		order = self.packed(sandbox, connector)[0]
		before = sandbox.journal.count()
		with pytest.raises(ValueError):
			connector.labels([order] * (self.connector.info.label_batch + 1))
		assert sandbox.journal.count() == before

	def test_no_orders_are_no_request(self, sandbox, connect):
		label = connect(sandbox).labels([])
		assert (label.content, label.order_ids, dict(label.problems)) == (b"", (), {})
		assert sandbox.journal.count() == 0
