"""Cancelling tasks. It costs the seller a penalty, unless the goods were sold out, so only people ask for it.

The vendor wants no reason. A task is one unit, so there is nothing to cancel in part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_marketplace.integrations.errors import RejectedError, _
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.models import FBS, MODELS, Model
from crm_marketplace.integrations.marketplaces.wildberries.orders import ListsWildberriesOrders
from crm_marketplace.integrations.marketplaces.wildberries.statuses import (
	ORDER_STATUSES,
	deciding,
	task_actions,
)
from crm_marketplace.integrations.records import CancelReason, OrderAction, OrderStatus
from crm_marketplace.integrations.translation import rows

NO_REASON = CancelReason(external_id="seller", title="Отменено продавцом")


class CancelsWildberriesOrders(ListsWildberriesOrders):
	def cancel_reasons(self, order_id: str) -> Sequence[CancelReason]:
		"""The one there is. No request. See `CancelsOrders`."""
		self.need(endpoints.FBS_CANCEL)
		return (NO_REASON,)

	def cancel_order(self, order_id: str, reason_id: str, message: str = "") -> None:
		"""See `CancelsOrders`. One request for the status, one to cancel: a refusal would count as ten."""
		if reason_id != NO_REASON.external_id:
			raise RejectedError(_("This reason cannot be used for this order."), record_id=order_id)
		model, status = self._standing(order_id)
		word, _other = deciding(str(status.get("supplierStatus")), status.get("wbStatus"))
		if ORDER_STATUSES.get(word) is OrderStatus.CANCELLED:
			return
		if OrderAction.CANCEL not in task_actions(word, status.get("isCancellable")):
			raise _too_late(order_id)
		try:
			self._cancel(model, order_id)
		except RejectedError as error:
			error.record_id = order_id
			raise

	def cancel_lines(
		self, order_id: str, lines: Mapping[str, int], reason_id: str, message: str = ""
	) -> None:
		"""See `CancelsOrders`. Always refused."""
		raise RejectedError(
			_("An order of one unit can only be cancelled as a whole."),
			next_step=_("Cancel the order."),
			record_id=order_id,
		)

	def _standing(self, order_id: str) -> tuple[Model, Mapping[str, Any]]:
		for model in MODELS if order_id.isdecimal() else ():
			found, _answer = self.statuses(model, [order_id])
			if order_id in found:
				return model, found[order_id]
		raise RejectedError(_("The marketplace does not know this order."), record_id=order_id)

	def _cancel(self, model: Model, order_id: str) -> None:
		if model is FBS:
			self.call(endpoints.FBS_CANCEL, orderId=order_id)
			return
		data = self.call(endpoints.DBS_CANCEL, {"ordersIds": [int(order_id)]}).data
		for row in rows(data, "results"):
			if isinstance(row, Mapping) and row.get("isError"):
				raise _too_late(order_id)


def _too_late(order_id: str) -> RejectedError:
	return RejectedError(
		_("The order can no longer be cancelled: its goods are on their way, or it is over."),
		next_step=_("Nothing to do: what the buyer does not take comes back."),
		record_id=order_id,
	)
