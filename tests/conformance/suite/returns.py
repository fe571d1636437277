"""Returns: whose they are, where the goods are, and what changed when."""

from __future__ import annotations

from datetime import timedelta, timezone
from itertools import pairwise
from typing import Any, ClassVar

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.records import ReturnKind
from crm_marketplace.sandbox.shop import RETURN_STATES
from tests.conformance.suite.base import FOREVER, NOW, Base, ids, records
from tests.conformance.suite.orders import moments, window


def found(connector: Any, return_id: str, since: Any = FOREVER[0], until: Any = FOREVER[1]) -> Any:
	"""The record of one return among those that changed in a window."""
	items = window(connector, "returns", since, until)
	return next(record for record in records(items) if record.external_id == return_id)


class Returns(Base):
	# States of the sandbox's `RETURN_STATES` a return of a delivered FBS order can have.
	return_states: ClassVar[tuple[str, ...]] = ("On The Way", "Ready For Pickup", "Received")
	tells_not_redeemed = True  # returns of goods no buyer has had are told, beside those of delivered ones

	@pytest.fixture(autouse=True)
	def _offers_returns(self, request):
		if request.function.__name__ in vars(Returns):
			self.need(Capability.RETURNS)

	def sold(self, sandbox: Any, units: int, status: str) -> tuple[str, str]:
		"""An order of so many units of one offer, in a status; its id and the offer's."""
		offer_id = sandbox.offer_ids(sellable=True)[0]
		sandbox.set_stock(offer_id, 9)
		order_id = sandbox.create_order({offer_id: units}, prices={offer_id: "1499.50"})
		sandbox.move_order(order_id, status)
		return order_id, offer_id

	def offer_of(self, line: Any, sandbox: Any) -> str:
		"""The offer a line names, by whichever id it has."""
		offers = dict(zip(sandbox.listing_ids(), sandbox.offer_ids(), strict=True))
		return line.offer_id or offers[line.listing_id]

	def test_a_delivered_order_comes_back(self, sandbox, connect):
		order_id, offer_id = self.sold(sandbox, self.units(2), self.delivered)
		return_id = sandbox.create_return(order_id, offer_id, 1)
		record = found(connect(sandbox), return_id)
		assert record.kind is ReturnKind.RETURNED
		assert record.order_id == order_id
		assert record.state.value == sandbox.goods_return(return_id)["state"]
		assert record.vendor_status and (record.reason or record.comment)
		line = record.lines[0]
		assert len(record.lines) == 1 and self.offer_of(line, sandbox) == offer_id
		assert line.quantity == 1
		assert line.price is None or str(line.price) == "1499.50 RUB"

	def test_what_was_cancelled_on_the_way_was_not_redeemed(self, sandbox, connect):
		if not self.tells_not_redeemed:
			pytest.skip("only returns of delivered goods are told there")
		order_id, offer_id = self.sold(sandbox, self.units(2), self.shipped)
		sandbox.cancel_order(order_id, by="client")
		known = [sandbox.goods_return(return_id) for return_id in sandbox.return_ids()]
		made = [row["id"] for row in known if row["order_id"] == order_id]
		record = found(connect(sandbox), made[0] if made else sandbox.create_return(order_id))
		assert record.kind is ReturnKind.NOT_REDEEMED
		assert record.order_id == order_id
		assert self.offer_of(record.lines[0], sandbox) == offer_id

	def test_a_return_moves_on(self, sandbox, connect):
		connector = connect(sandbox)
		order_id, _offer_id = self.sold(sandbox, 1, self.delivered)
		return_id = sandbox.create_return(order_id)
		assert {"On The Way", "Received"} & set(self.return_states)
		digests = set()
		for state in self.return_states:
			assert state in RETURN_STATES
			sandbox.advance(timedelta(hours=1))
			assert sandbox.move_return(return_id, state) == state
			now = sandbox.clock.now()
			record = found(connector, return_id, now - timedelta(minutes=30), now + timedelta(seconds=1))
			assert record.state.value == state
			assert record.received_at is None or state != "On The Way"
			digests.add(record.digest)
		assert len(digests) == len(self.return_states)

	def test_windows_side_by_side_cover_all_returns(self, busy_shop, connect):
		"""Also where the edge falls on the very moment of a change."""
		connector = connect(busy_shop)
		everything = window(connector, "returns", *FOREVER)
		times = sorted(
			moment
			for record in records(everything)
			if (moment := record.changed_at or record.created_at) is not None
		)
		edges = [FOREVER[0], *sorted(set(times[3:27:4])), FOREVER[1]]
		covered: set[str] = set()
		for since, until in pairwise(edges):
			covered |= set(ids(window(connector, "returns", since, until)))
		assert covered >= set(ids(everything)) == self.what_there_is("returns", busy_shop)

	def test_returns_say_what_the_shop_knows(self, busy_shop, connect):
		everything = records(window(connect(busy_shop), "returns", *FOREVER))
		assert len({record.state for record in everything}) > 1
		for record in everything:
			known = busy_shop.goods_return(record.external_id)
			assert (record.order_id, record.state.value, record.kind.value) == (
				known["order_id"],
				known["state"],
				known["kind"],
			)
			offers = {self.offer_of(line, busy_shop): line.quantity for line in record.lines}
			assert offers[known["offer_id"]] == known["quantity"]
			line_ids = [line.line_id for line in record.lines]
			assert line_ids and len(set(line_ids)) == len(line_ids)

	def test_times_of_returns_are_aware_utc(self, busy_shop, connect):
		for record in records(window(connect(busy_shop), "returns", *FOREVER)):
			assert all(moment.tzinfo is timezone.utc for moment in moments(record))
			assert record.created_at is None or record.created_at <= NOW
