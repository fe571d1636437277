"""Orders: none lost at the edge of a window, every scheme, exact money, times in UTC."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from pydantic import BaseModel

from crm_marketplace.integrations import paging
from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import RejectedError
from crm_marketplace.integrations.records import OrderStatus, Scheme
from tests.conformance.suite.base import FOREVER, NOW, Base, ids, one, read, records, sold

OPEN = {OrderStatus.AWAITING_PACKING, OrderStatus.AWAITING_SHIPMENT}
OVER = {OrderStatus.DELIVERED, OrderStatus.CANCELLED, OrderStatus.RETURNED}


def window(connector: Any, method: str, since: datetime, until: datetime) -> list[Any]:
	"""Every item of a window."""
	ask = getattr(connector, method)
	pages = paging.walk(lambda token, limit: ask(since, until, token, limit))
	return [item for page in pages for item in page.items]


def moments(value: Any) -> Iterator[datetime]:
	"""Every datetime in a record."""
	if isinstance(value, datetime):
		yield value
	elif isinstance(value, BaseModel):
		for name in type(value).model_fields:
			yield from moments(getattr(value, name))
	elif isinstance(value, tuple):
		for inner in value:
			yield from moments(inner)


def changes(connector: Any, since: datetime, until: datetime, known: list[Any] = ()) -> list[Any]:
	"""What a run of the core reads: changes, and known orders anew where the marketplace tells no changes."""
	found = window(connector, "order_changes", since, until)
	batch = connector.info.refresh_batch
	for start in range(0, len(known) if batch else 0, batch or 1):
		found += connector.refresh_orders(known[start : start + batch]).items
	return found


class Orders(Base):
	@pytest.fixture(autouse=True)
	def _offers_orders(self, request):
		if request.function.__name__ in vars(Orders):
			self.need(Capability.ORDERS)

	# --- windows -------------------------------------------------------------------------------

	@pytest.mark.parametrize("method", ["orders_created", "order_changes"])
	def test_windows_side_by_side_cover_everything(self, busy_shop, connect, method):
		"""Also where the edge falls on the very moment of an order."""
		connector = connect(busy_shop)
		everything = window(connector, "orders_created", *FOREVER)
		times = sorted(record.created_at for record in records(everything))
		edges = [FOREVER[0], *times[10:60:9], times[-1], FOREVER[1]]
		found = set()
		for since, until in pairwise(edges):
			found |= set(ids(window(connector, method, since, until)))
		assert found >= set(ids(everything))

	def test_changes_may_leave_out_what_the_marketplace_ships(self, busy_shop, connect):
		connector = connect(busy_shop)

		def asked(with_fbo: bool) -> tuple[list[Any], int]:
			before = busy_shop.journal.count()
			pages = paging.walk(
				lambda token, limit: connector.order_changes(*FOREVER, token, limit, with_fbo=with_fbo)
			)
			found = records(item for page in pages for item in page.items)
			return found, busy_shop.journal.count() - before

		everything, most = asked(True)
		sellers, fewer = asked(False)
		assert {order.external_id for order in everything if order.scheme is not Scheme.FBO} <= {
			order.external_id for order in sellers
		}
		assert {order.external_id for order in sellers} <= {order.external_id for order in everything}
		assert fewer <= most

	def test_created_windows_hold_what_was_placed_then(self, busy_shop, connect):
		since, until = NOW - timedelta(days=9), NOW - timedelta(days=2)
		found = records(window(connect(busy_shop), "orders_created", since, until))
		assert 0 < len(found) < len(busy_shop.order_ids())
		assert all(since - timedelta(seconds=1) <= order.created_at <= until for order in found)

	def test_an_empty_window_is_empty(self, busy_shop, connect):
		connector = connect(busy_shop)
		assert window(connector, "orders_created", NOW, NOW) == []
		far = NOW + timedelta(days=2)
		assert window(connector, "orders_created", far, far + timedelta(hours=1)) == []

	def test_a_long_window_is_taken(self, busy_shop, connect):
		found = window(connect(busy_shop), "orders_created", NOW - timedelta(days=800), FOREVER[1])
		assert set(ids(found)) == self.what_there_is("orders_created", busy_shop)

	@pytest.mark.parametrize("zone", [timezone(timedelta(hours=3)), timezone(timedelta(hours=-11))])
	def test_the_zone_of_the_question_does_not_matter(self, busy_shop, connect, zone):
		connector = connect(busy_shop)
		since, until = NOW - timedelta(days=4), NOW
		asked_in_utc = window(connector, "orders_created", since, until)
		asked_there = window(connector, "orders_created", since.astimezone(zone), until.astimezone(zone))
		assert ids(asked_there) == ids(asked_in_utc)

	def test_no_change_is_lost_between_two_runs(self, sandbox, connect):
		"""The core asks from the remote time of its last run on. What happens in the very instant of a run,
		but after it was answered, must come with the next one.
		"""
		connector = connect(sandbox)
		happened: dict[str, str] = {}
		told: dict[str, Any] = {}
		known = {order.external_id: order for order in records(read(connector, "orders_created"))}
		cursor = sandbox.clock.now()
		for step in range(7):
			sandbox.advance(timedelta(minutes=3, milliseconds=417))
			now = sandbox.clock.now()
			for item in changes(connector, cursor, now, list(known.values())):
				known[item.external_id] = told[item.external_id] = item.record
			cursor = connector.order_changes(cursor, now).as_of
			if step < 6:
				order_id = [id_ for id_ in sandbox.order_ids(*self.open_statuses) if id_ in known][step]
				happened[order_id] = sandbox.move_order(order_id)
				order_id = sandbox.create_order(scheme=("FBS", "DBS", "FBO")[step % 3])
				happened[order_id] = sandbox.order(order_id)["status"]
		assert len(happened) >= 8
		assert {id_: told[id_].vendor_status for id_ in happened if id_ in told} == happened

	def test_a_new_order_is_a_change(self, sandbox, connect):
		connector = connect(sandbox)
		since = sandbox.clock.now()
		made = {scheme.value: sandbox.create_order(scheme=scheme.value) for scheme in self.schemes(sandbox)}
		sandbox.advance(60)
		found = {
			item.external_id: item.record
			for item in window(connector, "order_changes", since, sandbox.clock.now())
		}
		for scheme, order_id in made.items():
			assert found[order_id].scheme == scheme

	def schemes(self, sandbox) -> list[Scheme]:
		"""The schemes the connector speaks and the sandbox can make an order of."""
		own = [scheme for scheme in self.connector.info.schemes if scheme is not Scheme.FBO]
		return [scheme for scheme in own if sandbox.warehouse_ids(scheme.value)] + [
			scheme for scheme in self.connector.info.schemes if scheme is Scheme.FBO
		]

	# --- what an order says ----------------------------------------------------------------------

	def test_every_scheme_and_status_is_understood(self, busy_shop, connect):
		info = self.connector.info
		orders = records(read(connect(busy_shop), "orders_created"))
		assert {order.scheme for order in orders} == set(info.schemes)
		assert len({order.vendor_status for order in orders}) >= 5
		for order in orders:
			assert order.status is info.status_of(order.vendor_status, order.vendor_substatus)
			assert order.vendor_status == busy_shop.order(order.external_id)["status"]
			assert order.scheme == busy_shop.order(order.external_id)["scheme"]

	def test_lines_and_money_are_exact(self, busy_shop, connect):
		for order in records(read(connect(busy_shop), "orders_created")):
			known = busy_shop.order(order.external_id)
			assert sold(order, busy_shop) == {
				offer_id: Decimal(units) for offer_id, units in known["lines"].items()
			}
			goods = sum((line.total.amount for line in order.lines), Decimal(0))
			assert isinstance(goods, Decimal) and goods == Decimal(known["total"])
			assert order.currency == known["currency"]
			assert {line.price.currency for line in order.lines} == {known["currency"]}
			if order.stated_total is not None:
				assert order.stated_total == order.total
			line_ids = [line.line_id for line in order.lines]
			assert len(set(line_ids)) == len(line_ids)

	@pytest.mark.parametrize("price", ["33.33", "1999999.99", "0.01"])
	def test_kopecks_survive(self, sandbox, connect, price):
		offer_id = sandbox.offer_ids(sellable=True)[0]
		sandbox.set_stock(offer_id, 9)
		made = sandbox.create_order({offer_id: 1}, prices={offer_id: price})
		order = one(connect(sandbox), made)
		assert str(order.lines[0].price.amount) == str(order.total.amount) == price

	def test_kopecks_add_up(self, sandbox, connect):
		self.need_larger_orders()
		first, second = sandbox.offer_ids(sellable=True, limit=2)
		sandbox.set_stock(first, 9)
		sandbox.set_stock(second, 9)
		made = sandbox.create_order({first: 3, second: 1}, prices={first: "33.33", second: "1999999.99"})
		order = one(connect(sandbox), made)
		assert [str(line.price.amount) for line in order.lines] == ["33.33", "1999999.99"]
		assert str(sum((line.total.amount for line in order.lines), Decimal(0))) == "2000099.98"

	def test_times_are_aware_utc(self, busy_shop, connect):
		for order in records(read(connect(busy_shop), "orders_created")):
			assert all(moment.tzinfo is timezone.utc for moment in moments(order))
			assert order.created_at <= NOW
			assert order.ship_by is None or order.ship_by > order.created_at
			assert (
				order.deliver_from is None
				or order.deliver_to is None
				or order.deliver_from <= order.deliver_to
			)

	def test_open_orders_are_those_to_pack_or_hand_over(self, busy_shop, connect):
		"""With those that are asked for anew, where the marketplace lists them only while they are new."""
		connector = connect(busy_shop)
		everything = records(read(connector, "orders_created"))
		to_do = {
			order.external_id
			for order in everything
			if order.status in OPEN and order.scheme != Scheme.FBO and order.actions
		}
		found = records(read(connector, "open_orders"))
		if batch := self.connector.info.refresh_batch:
			still = [order for order in everything if order.external_id in to_do]
			assert len(still) <= batch
			found += records(list(connector.refresh_orders(still).items))
		assert to_do
		assert to_do <= {order.external_id for order in found}
		assert not {order.status for order in found} & OVER
		assert all(order.actions for order in found if order.status is OrderStatus.AWAITING_PACKING)

	orders_are_split = True  # what a buyer placed at once may be several orders to us

	def test_parts_of_one_order_belong_together(self, busy_shop, connect):
		if not self.orders_are_split:
			pytest.skip("orders are not split there")
		groups: dict[str, list[str]] = {}
		for order in records(read(connect(busy_shop), "orders_created")):
			groups.setdefault(order.order_number, []).append(order.external_id)
			assert busy_shop.order(order.external_id)["order_number"] == order.order_number
		assert any(len(parts) > 1 for parts in groups.values())

	def test_boxes_are_counted(self, sandbox, connect):
		self.need_larger_orders()
		single, several = sandbox.create_order(), sandbox.create_order(boxes=3)
		connector = connect(sandbox)
		assert (one(connector, single).is_multibox, one(connector, single).box_count) == (False, 1)
		assert (one(connector, several).is_multibox, one(connector, several).box_count) == (True, 3)

	names_companies = True  # who bought, beside that a company did

	def test_a_company_is_told_from_a_person(self, sandbox, connect):
		company, person = sandbox.create_order(is_company=True), sandbox.create_order()
		connector = connect(sandbox)
		buyer = one(connector, company).buyer
		assert buyer.is_company
		assert (bool(buyer.company_name), bool(buyer.tax_id)) == (self.names_companies, self.names_companies)
		other = one(connector, person).buyer
		assert other is None or not other.is_company

	def test_a_seller_who_delivers_knows_the_way(self, sandbox, connect):
		if Scheme.DBS not in self.connector.info.schemes:
			pytest.skip("sellers do not deliver themselves there")
		order = one(connect(sandbox), sandbox.create_order(scheme="DBS"))
		assert order.address and (order.address.city or order.address.street)
		assert (order.buyer or order.recipient).phone

	def test_a_cancelled_order_says_by_whom_and_why(self, sandbox, connect):
		order_id = sandbox.create_order()
		sandbox.cancel_order(order_id, by="client")
		order = one(connect(sandbox), order_id)
		assert order.status is OrderStatus.CANCELLED
		assert order.cancellation.reason and order.cancellation.initiator
		assert order.cancellation.after_shipping is False

	def test_one_order_says_what_the_list_says(self, busy_shop, connect):
		connector = connect(busy_shop)
		listed = {order.external_id: order for order in records(read(connector, "orders_created"))}
		for order_id in sorted(listed)[::16]:
			alone = one(connector, order_id)
			for field in ("status", "vendor_status", "scheme", "order_number", "lines", "total", "created_at",
				"ship_by", "warehouse_id", "box_count", "cancellation", "actions"):  # fmt: skip
				assert getattr(alone, field) == getattr(listed[order_id], field), f"{field} of {order_id}"

	def test_an_unknown_order_is_refused(self, sandbox, connect):
		with pytest.raises(RejectedError) as caught:
			connect(sandbox).order("0000000000-0000-9")
		assert caught.value.record_id == "0000000000-0000-9"

	def test_an_order_moves_on(self, sandbox, connect):
		connector = connect(sandbox)
		order_id = sandbox.create_order()
		seen = [one(connector, order_id)]
		while seen[-1].status is not OrderStatus.DELIVERED:
			sandbox.advance(timedelta(hours=5))
			sandbox.move_order(order_id)
			seen.append(one(connector, order_id))
			assert seen[-1].digest != seen[-2].digest
			assert len(seen) < 12
		assert seen[0].status is OrderStatus.AWAITING_PACKING
		assert OrderStatus.SHIPPED in {order.status for order in seen}
