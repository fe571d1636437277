"""Cancelling orders, whole or in part, as the state of the order allows. It lowers the seller's quality index,
so only people ask for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from crm_marketplace.integrations.errors import RejectedError, _
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.boxes import boxes_without
from crm_marketplace.integrations.marketplaces.yandex_market.order_records import (
	campaign_of,
	item_of,
	read_order,
)
from crm_marketplace.integrations.marketplaces.yandex_market.orders import ListsYandexMarketOrders
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import (
	CANCEL_CAUSES,
	transitions,
)
from crm_marketplace.integrations.records import CancelReason, Order, OrderAction, OrderStatus, Scheme

# Saying yes to a buyer who wants to cancel what is on its way (DBS); it waits 48 hours for an answer.
BUYER_ASKED = "BUYER_ASKED"
BUYER_ASKED_TITLE = _("The buyer asked to cancel the order.")
CANCELLED = "CANCELLED"
BY_SELLER = "PARTNER_REQUESTED_REMOVE"


class CancelsYandexMarketOrders(ListsYandexMarketOrders):
	def cancel_reasons(self, order_id: str) -> Sequence[CancelReason]:
		"""The reasons a seller may give for this order where it stands now. One request. See `CancelsOrders`."""
		raw, order = self._order_now(order_id)
		return _reasons(raw, order)

	def cancel_order(self, order_id: str, reason_id: str, message: str = "") -> None:
		"""Two requests. After a refusal the order is looked at: if it is cancelled, all is well. The vendor
		takes no words with it. See `CancelsOrders`.
		"""
		raw, order = self._order_now(order_id)
		if order.status is OrderStatus.CANCELLED:
			return
		reasons = {reason.external_id for reason in _reasons(raw, order)}
		if not reasons:
			raise RejectedError(
				_("The order cannot be cancelled any more."),
				next_step=_("Ask the marketplace's support, or wait for the goods to come back."),
				record_id=order_id,
			)
		if reason_id not in reasons:
			raise RejectedError(_("This reason cannot be used for this order."), record_id=order_id)
		ids = {"campaignId": campaign_of(raw), "orderId": order_id}
		try:
			if reason_id == BUYER_ASKED:
				self.call(endpoints.CANCELLATION_ACCEPT, {"accepted": True}, **ids)
			else:
				change = {"status": CANCELLED, "substatus": reason_id}
				self.call(endpoints.ORDER_STATUS, {"order": change}, **ids)
		except RejectedError as error:
			error.record_id = order_id
			if self._order_now(order_id)[1].status is not OrderStatus.CANCELLED:
				raise

	def cancel_lines(
		self, order_id: str, lines: Mapping[str, int], reason_id: str, message: str = ""
	) -> None:
		"""Two requests: the order is read, and told how it is to be, so that a repeat changes nothing more.
		What was taken out cannot be put back. See `CancelsOrders`.

		Raises:
			RejectedError: also where nothing would be left, or it is packed already.
		"""
		raw, order = self._order_now(order_id)
		if OrderAction.CANCEL_LINES not in order.actions:
			raise RejectedError(
				_("Goods can be taken out of an order only before it is packed."),
				next_step=_("Cancel the whole order if it cannot be shipped."),
				record_id=order_id,
			)
		left = _left(order, lines)
		ids = {"campaignId": campaign_of(raw), "orderId": order_id}
		try:
			if order.scheme is Scheme.DBS:
				items = [{"id": int(item), "count": count} for item, count in left.items()]
				self.call(endpoints.ORDER_ITEMS, {"items": items, "reason": BY_SELLER}, **ids)
			else:
				body = {"boxes": boxes_without(raw, left), "allowRemove": True}
				self.call(endpoints.ORDER_BOXES, body, **ids)
		except RejectedError as error:
			error.record_id = order_id
			raise

	def _order_now(self, order_id: str) -> tuple[Mapping[str, Any], Order]:
		raw = self.raw_order(order_id)
		item = read_order(raw)
		if item.record is None:
			raise item.error or RejectedError(record_id=order_id)
		return raw, item.record


def _reasons(raw: Mapping[str, Any], order: Order) -> tuple[CancelReason, ...]:
	steps = transitions(order.scheme, order.vendor_status, order.vendor_substatus or "")
	found = [
		CancelReason(external_id=step.substatus, title=CANCEL_CAUSES[step.substatus].sentence)
		for step in steps
		if step.action is OrderAction.CANCEL
	]
	if raw.get("cancelRequested") is True and order.status is OrderStatus.SHIPPED and found:
		found.insert(0, CancelReason(external_id=BUYER_ASKED, title=BUYER_ASKED_TITLE))
	return tuple(found)


def _left(order: Order, lines: Mapping[str, int]) -> dict[str, int]:
	"""Item → units that stay. Raises RejectedError where that cannot be."""
	left: Counter[str] = Counter()
	for line in order.lines:
		left[item_of(line.line_id)] += int(line.quantity)
	for line_id, units in lines.items():
		item = item_of(line_id)
		if units < 0 or units > left[item]:
			raise RejectedError(_("The order has fewer units of this product."), record_id=order.external_id)
		left[item] -= units
	if not any(left.values()):
		raise RejectedError(
			_("Nothing would be left of the order."),
			next_step=_("Cancel the whole order instead."),
			record_id=order.external_id,
		)
	return dict(left)
