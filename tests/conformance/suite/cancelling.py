"""Cancellations: once is enough, and what cannot be cancelled says why."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import RejectedError, TemporaryError
from crm_marketplace.integrations.records import OrderStatus
from tests.conformance.suite.base import Base, one


class Cancelling(Base):
	@pytest.fixture(autouse=True)
	def _offers_cancellation(self, request):
		if request.function.__name__ in vars(Cancelling):
			self.need(Capability.CANCELLATION)

	def reason(self, connector: Any, order_id: str, *, needs_message: bool = False) -> str:
		reasons = connector.cancel_reasons(order_id)
		assert all(reason.external_id and reason.title for reason in reasons)
		found = [reason.external_id for reason in reasons if reason.needs_message is needs_message]
		if not found:
			pytest.skip("no reason wants words there")
		return found[0]

	def test_a_cancelled_order_is_cancelled_and_its_goods_are_free(self, sandbox, connect):
		connector = connect(sandbox)
		offer_id = sandbox.offer_ids(sellable=True)[0]
		sandbox.set_stock(offer_id, 5)
		order_id = sandbox.create_order({offer_id: self.units(3)})
		assert connector.cancel_order(order_id, self.reason(connector, order_id)) is None
		order = one(connector, order_id)
		assert order.status is OrderStatus.CANCELLED
		assert order.cancellation.reason
		place = sandbox.order(order_id)["warehouse_id"]
		assert sandbox.stock(offer_id, place) == {"present": 5, "reserved": 0, "free": 5}

	def test_cancelling_again_is_success(self, sandbox, connect):
		connector = connect(sandbox)
		order_id = sandbox.create_order()
		reason = self.reason(connector, order_id)
		connector.cancel_order(order_id, reason)
		first = one(connector, order_id).digest
		connector.cancel_order(order_id, reason)
		assert one(connector, order_id).digest == first

	def test_an_answer_that_was_lost_does_no_harm(self, sandbox, connect):
		connector = connect(sandbox)
		order_id = sandbox.create_order()
		reason = self.reason(connector, order_id)
		sandbox.fault("lost_answer")
		try:
			connector.cancel_order(order_id, reason)
		except TemporaryError:
			connector.cancel_order(order_id, reason)
		assert one(connector, order_id).status is OrderStatus.CANCELLED

	def test_what_was_delivered_cannot_be_cancelled(self, sandbox, connect):
		connector = connect(sandbox)
		order_id = sandbox.create_order()
		reason = self.reason(connector, order_id)
		sandbox.move_order(order_id, self.delivered)
		with pytest.raises(RejectedError) as caught:
			connector.cancel_order(order_id, reason)
		assert caught.value.record_id == order_id
		assert sandbox.order(order_id)["status"] == self.delivered

	def test_an_unknown_order_is_refused(self, sandbox, connect):
		connector = connect(sandbox)
		reason = self.reason(connector, sandbox.create_order())
		with pytest.raises(RejectedError) as caught:
			connector.cancel_order("0000000000-0000-9", reason)
		assert caught.value.record_id == "0000000000-0000-9"

	def test_an_unknown_reason_is_refused(self, sandbox, connect):
		order_id = sandbox.create_order()
		status = sandbox.order(order_id)["status"]
		with pytest.raises(RejectedError):
			connect(sandbox).cancel_order(order_id, "123456")
		assert sandbox.order(order_id)["status"] == status

	def test_a_reason_that_wants_words_gets_them(self, sandbox, connect):
		connector = connect(sandbox)
		order_id = sandbox.create_order()
		reason = self.reason(connector, order_id, needs_message=True)
		with pytest.raises(RejectedError) as caught:
			connector.cancel_order(order_id, reason, message=" ")
		assert caught.value.next_step
		connector.cancel_order(order_id, reason, message="Разбилась при сборке")
		assert one(connector, order_id).status is OrderStatus.CANCELLED

	def test_some_units_of_a_line(self, sandbox, connect):
		self.need_larger_orders()
		connector = connect(sandbox)
		first, second = sandbox.offer_ids(sellable=True, limit=2)
		sandbox.set_stock(first, 9)
		sandbox.set_stock(second, 9)
		order_id = sandbox.create_order({first: 3, second: 2})
		lines = {line.offer_id: line for line in one(connector, order_id).lines}
		reason = self.reason(connector, order_id)
		connector.cancel_lines(order_id, {lines[first].line_id: 2}, reason, "Не нашли на складе")
		left = {line.offer_id: int(line.quantity) for line in one(connector, order_id).lines}
		assert left == {first: 1, second: 2}
		assert sandbox.stock(first, sandbox.order(order_id)["warehouse_id"])["free"] == 8

	def test_more_units_than_there_are_is_refused(self, sandbox, connect):
		connector = connect(sandbox)
		order_id = sandbox.create_order()
		line = one(connector, order_id).lines[0]
		with pytest.raises(RejectedError):
			connector.cancel_lines(order_id, {line.line_id: 99}, self.reason(connector, order_id), "Нет")
		assert one(connector, order_id).lines[0].quantity == line.quantity

	line_cancelling = "*"  # path of the method that takes units out of an order
	says_what_stays = False  # it is told how many units stay, and not how many go

	def test_units_are_never_cancelled_twice(self, sandbox, connect, naps):
		"""After a lost answer only a person may try again, unless the marketplace was told what is to stay."""
		self.need_larger_orders()
		connector = connect(sandbox)
		offer_id = sandbox.offer_ids(sellable=True)[0]
		sandbox.set_stock(offer_id, 9)
		order_id = sandbox.create_order({offer_id: 5})
		line = one(connector, order_id).lines[0]
		reason = self.reason(connector, order_id)
		sandbox.fault("lost_answer", path=self.line_cancelling)
		with nullcontext() if self.says_what_stays else pytest.raises(TemporaryError):
			connector.cancel_lines(order_id, {line.line_id: 2}, reason, "Не нашли на складе")
		assert sandbox.order(order_id)["lines"] == {offer_id: 3}
		assert bool(naps) is self.says_what_stays
