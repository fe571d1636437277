"""Orders from the marketplace's own warehouses (FBW, to us FBO), out of the order feed.

The feed tells the present status of each order and takes a period of the time of that status, so that it is
a list of changes. The older reports of orders and sales (/api/v1/supplier/orders, /sales) tell an order and its
sale apart, half an hour late and without the size; they are not used.
https://dev.wildberries.ru/openapi/analytics#tag/orderFeed/operation/postV1OrderFeed
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from crm_marketplace.integrations.marketplaces.wildberries import endpoints, payloads
from crm_marketplace.integrations.marketplaces.wildberries.session import (
	Part,
	WildberriesSession,
	page_size,
	stamp,
)
from crm_marketplace.integrations.marketplaces.wildberries.statuses import (
	CANCELLERS,
	SHIPPED_CANCELS,
	UNKNOWN_CANCELLER,
	order_status,
)
from crm_marketplace.integrations.paging import bad_token
from crm_marketplace.integrations.records import (
	Address,
	Cancellation,
	Fetched,
	Money,
	Order,
	OrderLine,
	OrderStatus,
	Party,
	Scheme,
)
from crm_marketplace.integrations.translation import identity, rows, text_of, translate, unexpected

FEED_PAGE = 10_000  # the largest: a page costs a minute of the feed's budget
FEED_PACE = "feed_changes"  # group of the budget that spaces the looks at changes
LONGEST_LOOK_BACK = timedelta(days=31)
MARGIN = timedelta(minutes=10)  # the vendor's clock may be ahead of ours


class ReadsWildberriesFeed(WildberriesSession):
	def feed_part(
		self, since: datetime, until: datetime | None, position: Mapping[str, Any], limit: int | None
	) -> Part[Order]:
		"""Orders from the marketplace's warehouses whose status is of [since, until), the latest first. One
		request. Those from the seller's warehouses are in the feed too and are left out, so that a page may
		be empty.

		Args:
			until: None: now.
			position: the `following` of the page before; it holds the period too, as places are of it.
		"""
		now, size = self.clock(), page_size(limit, FEED_PAGE)
		start = position.get("from") or stamp(max(since, now - LONGEST_LOOK_BACK + MARGIN))
		end = position.get("to") or stamp(now if until is None else min(until, now))
		if start >= end:
			return Part((), None, None)
		offset = position.get("offset", 0)
		if not isinstance(offset, int):
			raise bad_token()
		pagination = {"offset": offset, "limit": size}
		if snapshot := position.get("snapshot"):
			pagination["snapshotTime"] = snapshot
		body = {"selectedPeriod": {"start": start, "end": end}, "pagination": pagination}
		answer = self.call(endpoints.ORDER_FEED, body)
		orders = rows(answer.data, "data", "orders")
		currency = text_of(answer.data, "data", "currency")
		items = tuple(
			read_feed_order({**raw, "currency": currency} if isinstance(raw, Mapping) else raw)
			for raw in orders
			if not (isinstance(raw, Mapping) and raw.get("isMp") is True)
		)
		following = None
		if len(orders) >= size:
			snapshot = snapshot or text_of(answer.data, "data", "snapshotTime")
			following = {"from": start, "to": end, "snapshot": snapshot, "offset": offset + size}
		return Part(items, following, answer.date)

	def keep_feed_pace(self) -> None:
		"""Raises BudgetExhausted where changes were looked at a moment ago: the nightly reconciliation, and
		people, want their share of one request a minute.
		"""
		self.transport.budget.acquire(FEED_PACE, 0)

	def find_in_feed(self, srid: str) -> Fetched[Order] | None:
		"""An order by its id, however many pages that takes; None: it is not in the feed."""
		position: dict[str, Any] | None = {}
		while position is not None:
			part = self.feed_part(self.clock() - LONGEST_LOOK_BACK, None, position, None)
			for item in part.items:
				if item.external_id == srid:
					return item
			position = part.following
		return None


def read_feed_order(raw: Any) -> Fetched[Order]:
	"""A row of the feed, with the currency of its answer. Makes no request."""
	return translate(raw, payloads.FeedOrder, _order, identity(raw, "srid"))


def _order(row: payloads.FeedOrder) -> Order:
	if row.created_at is None:
		raise unexpected("createdAt", "nothing")
	if row.seller_price is None:
		raise unexpected("sellerPrice", "nothing")
	status = order_status(row.status)
	return Order(
		external_id=row.srid,
		order_number=row.srid,
		status=status,
		vendor_status=row.status,
		vendor_substatus=row.cancel_type or None,
		scheme=Scheme.FBO,
		currency=row.currency,
		lines=(
			OrderLine(
				line_id=row.chrt_id,
				listing_id=row.chrt_id,
				offer_id="",  # the feed knows no articles
				quantity=1,
				price=Money(amount=row.seller_price, currency=row.currency),
				marketplace_ids={"nmID": row.nm_id, "chrtID": row.chrt_id, "srid": row.srid},
			),
		),
		created_at=row.created_at,
		changed_at=row.updated_at,
		delivered_at=row.updated_at if status is OrderStatus.DELIVERED else None,
		delivery_method=row.warehouse_name or None,
		buyer=Party(is_company=True) if row.is_b2b else None,
		address=Address(city=row.city or None, region=row.district or None)
		if row.city or row.district
		else None,
		cancellation=_cancellation(row, status),
	)


def _cancellation(row: payloads.FeedOrder, status: OrderStatus) -> Cancellation | None:
	if status is not OrderStatus.CANCELLED:
		return None
	who = CANCELLERS.get(row.cancel_type or "", UNKNOWN_CANCELLER)
	return Cancellation(
		reason=who.reason,
		initiator=who.initiator,
		after_shipping=row.cancel_type in SHIPPED_CANCELS,
		cancelled_at=row.updated_at,
	)
