"""Labels for the parcels of orders, as PDF: of one order at once, of several in a file the vendor makes first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from crm_marketplace.integrations.errors import ContractError, RejectedError, TemporaryError, _
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.aftersales_payloads import FileOrdered, FileState
from crm_marketplace.integrations.marketplaces.yandex_market.errors import words_of
from crm_marketplace.integrations.marketplaces.yandex_market.order_records import campaign_of, read_order
from crm_marketplace.integrations.marketplaces.yandex_market.orders import (
	ORDER_PAGE,
	TEST_ORDER,
	UNKNOWN_ORDER,
	ListsYandexMarketOrders,
)
from crm_marketplace.integrations.marketplaces.yandex_market.session import is_id
from crm_marketplace.integrations.records import Label, Order, OrderStatus, Scheme
from crm_marketplace.integrations.translation import contract_error, rows, unexpected

# The vendor makes a thousand at once; so many are one roll, and a file that is not too large.
LABEL_BATCH = 100
LABEL_FORMAT = (
	"A7"  # 75 × 120 mm; others: A9 (40 × 58), A9_HORIZONTALLY (58 × 40), A4 (as set in the cabinet)
)
AS_GIVEN = "SORT_BY_GIVEN_ORDER"
# Seconds between looks at a file. One of a few labels takes seconds, one of a hundred up to a minute.
LOOKS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
DONE, FAILED = "DONE", "FAILED"

NOT_READY = _("The marketplace is still making the labels.")
NOT_MADE = _("The marketplace could not make the labels.")
AGAIN = _("Print the labels again in a minute.")
BY_MARKETPLACE = _("The marketplace ships this order itself.")
NO_LABEL: Mapping[OrderStatus, str] = {
	OrderStatus.PENDING: _("The order cannot be packed yet."),
	OrderStatus.DELIVERED: _("The buyer has this order already."),
	OrderStatus.RETURNED: _("The buyer had this order already."),
	OrderStatus.CANCELLED: _("The order is cancelled."),
}


class PrintsYandexMarketLabels(ListsYandexMarketOrders):
	def labels(self, orders: Sequence[Order]) -> Label:
		"""Labels of all boxes of the orders. They are looked at first, 50 in a request, so that nobody packs what
		was cancelled meanwhile. Then one request for a single order; for several three or more, and where the
		vendor leaves some out, one for each of them to know why. See `PrintsLabels`.
		"""
		if len(orders) > LABEL_BATCH:
			raise ValueError(f"{len(orders)} orders; at most {LABEL_BATCH} in one file")
		wanted = list(dict.fromkeys(order.external_id for order in orders))
		now = self._orders_now(wanted)
		problems = {id_: why for id_ in wanted if (why := self._why_none(now.get(id_)))}
		content, more = self._file({id_: now[id_] for id_ in wanted if id_ not in problems})
		problems.update(more)
		return Label(
			order_ids=tuple(id_ for id_ in wanted if id_ not in problems), content=content, problems=problems
		)

	# --- inside --------------------------------------------------------------------------------

	def _orders_now(self, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
		"""Orders as the vendor gives them; those he does not know are missing."""
		known = [int(id_) for id_ in ids if is_id(id_)]
		found: dict[str, Mapping[str, Any]] = {}
		for start in range(0, len(known), ORDER_PAGE):
			data = self._ask({"orderIds": known[start : start + ORDER_PAGE]}, {}, None).data
			found.update(
				(str(raw.get("orderId")), raw) for raw in rows(data, "orders") if isinstance(raw, Mapping)
			)
		return found

	def _why_none(self, raw: Mapping[str, Any] | None) -> str | None:
		"""Why an order has no label; None where the vendor is to be asked."""
		if raw is None:
			return UNKNOWN_ORDER
		if self._is_test(raw):
			return TEST_ORDER
		order = read_order(raw).record
		if order is None:
			return None
		return BY_MARKETPLACE if order.scheme is Scheme.FBO else NO_LABEL.get(order.status)

	def _file(self, orders: Mapping[str, Mapping[str, Any]]) -> tuple[bytes, dict[str, str]]:
		"""The labels of these orders, and why some of them have none after all."""
		if not orders:
			return b"", {}
		if len(orders) == 1:
			((order_id, raw),) = orders.items()
			try:
				return self._of_one(raw), {}
			except RejectedError as error:
				return b"", {order_id: words_of(error)}
		refusal: RejectedError | None = None
		try:
			content, is_complete = self._of_several(list(orders))
		except RejectedError as error:
			refusal, content, is_complete = error, b"", False
		if is_complete:
			return content, {}
		problems = self._without_label(orders)
		if not problems:
			raise refusal or TemporaryError(NOT_MADE, next_step=AGAIN)
		left = {id_: raw for id_, raw in orders.items() if id_ not in problems}
		if content:
			return content if left else b"", problems
		content, more = self._file(left)
		return content, {**problems, **more}

	def _of_one(self, raw: Mapping[str, Any]) -> bytes:
		return _pdf(
			self.call(
				endpoints.ORDER_LABELS,
				params={"format": LABEL_FORMAT},
				campaignId=campaign_of(raw),
				orderId=str(raw["orderId"]),
				expect_json=False,
			).content
		)

	def _of_several(self, order_ids: Sequence[str]) -> tuple[bytes, bool]:
		"""A file of labels, and whether all of them are in it. The vendor does not say which ones are not."""
		if not is_id(self.business_id):
			raise unexpected("business.id", "text")
		body = {
			"businessId": int(self.business_id),
			"orderIds": [int(id_) for id_ in order_ids],
			"sortingType": AS_GIVEN,
		}
		data = self.call(endpoints.LABELS, body, params={"format": LABEL_FORMAT}).data
		try:
			report_id = FileOrdered.model_validate(data).report_id
		except ValidationError as error:
			raise contract_error(error) from None
		state = self._wait_for(report_id)
		if state.status == FAILED or not state.file:
			return b"", False
		return _pdf(self.transport.get_file(_link(state.file))), state.sub_status is None

	def _wait_for(self, report_id: str) -> FileState:
		"""How a file came out.

		Raises:
			TemporaryError: the patience ends before it is made.
		"""
		for seconds in (*LOOKS, None):
			data = self.call(endpoints.REPORT_INFO, reportId=report_id).data
			try:
				state = FileState.model_validate(data)
			except ValidationError as error:
				raise contract_error(error) from None
			if state.status in (DONE, FAILED):
				return state
			if seconds is None or not self.transport.pause(seconds):
				break
		raise TemporaryError(NOT_READY, next_step=AGAIN)

	def _without_label(self, orders: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
		"""Which of the orders have no label, and why. One request each."""
		problems = {}
		for order_id, raw in orders.items():
			try:
				self._of_one(raw)
			except RejectedError as error:
				problems[order_id] = words_of(error)
		return problems


def _link(text: str) -> str:
	try:
		parts = urlsplit(text)
		if parts.scheme in ("http", "https") and parts.hostname:
			return text
	except ValueError:
		pass
	raise unexpected("file", "text that is no link")


def _pdf(content: bytes) -> bytes:
	if not content.startswith(b"%PDF"):
		raise ContractError(
			_("The marketplace sent something that is not a PDF file."), detail=f"{len(content)} bytes"
		)
	return content
