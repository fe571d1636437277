"""Cancelling postings, whole or in part. It hurts the seller's rating, so only people ask for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from crm_marketplace.integrations.errors import ContractError, RejectedError, _
from crm_marketplace.integrations.marketplaces.ozon import endpoints, payloads
from crm_marketplace.integrations.marketplaces.ozon.orders import ListsOzonOrders
from crm_marketplace.integrations.marketplaces.ozon.postings import sku_of
from crm_marketplace.integrations.records import CancelReason, OrderStatus, Scheme
from crm_marketplace.integrations.translation import contract_error, rows

OTHER_REASON = "402"  # "Другое (вина продавца)": the vendor wants it explained
BY_SELLER = "seller"  # the other reasons, "buyer", are not the seller's to give


class CancelsOzonOrders(ListsOzonOrders):
	def cancel_reasons(self, order_id: str) -> Sequence[CancelReason]:
		"""The reasons a seller may give for this posting. See `CancelsOrders`."""
		data = self.post(endpoints.CANCEL_REASONS, {"related_posting_numbers": [order_id]}).data
		found: list[CancelReason] = []
		for posting in rows(data, "result"):
			if isinstance(posting, Mapping) and posting.get("posting_number") == order_id:
				found += (reason for raw in rows(posting, "reasons") if (reason := _reason(raw)))
		return tuple(found)

	def cancel_order(self, order_id: str, reason_id: str, message: str = "") -> None:
		"""See `CancelsOrders`. After a refusal the posting is looked at: if it is cancelled, all is well."""
		if reason_id == OTHER_REASON and not message.strip():
			raise _needs_message(order_id)
		body = {
			"posting_number": order_id,
			"cancel_reason_id": _number(reason_id, order_id),
			"cancel_reason_message": message,
		}
		try:
			data = self.post(endpoints.CANCEL, body).data
		except RejectedError as error:
			error.record_id = order_id
			if not self._is_cancelled(order_id):
				raise
			return
		if not isinstance(data, Mapping) or data.get("result") is not True:
			raise RejectedError(_("The marketplace did not cancel the order."), record_id=order_id)

	def cancel_lines(
		self, order_id: str, lines: Mapping[str, int], reason_id: str, message: str = ""
	) -> None:
		"""See `CancelsOrders`. The vendor always wants a message here. Never repeated by itself."""
		if not message.strip():
			raise _needs_message(order_id)
		units: Counter[str] = Counter()
		for line_id, quantity in lines.items():
			units[sku_of(line_id)] += quantity
		body = {
			"posting_number": order_id,
			"cancel_reason_id": _number(reason_id, order_id),
			"cancel_reason_message": message,
			"items": [
				{"sku": _number(sku, order_id), "quantity": quantity} for sku, quantity in units.items()
			],
		}
		try:
			self.post(endpoints.CANCEL_LINES, body)
		except RejectedError as error:
			error.record_id = order_id
			raise

	def _is_cancelled(self, order_id: str) -> bool:
		try:
			order = self.order(order_id, Scheme.FBS).record
		except (RejectedError, ContractError):
			return False
		return order is not None and order.status is OrderStatus.CANCELLED


def _reason(raw: Any) -> CancelReason | None:
	try:
		reason = payloads.CancelReason.model_validate(raw)
	except ValidationError as error:
		raise contract_error(error) from None
	if reason.type_id not in (BY_SELLER, "", None):
		return None
	return CancelReason(
		external_id=reason.id, title=reason.title or reason.id, needs_message=reason.id == OTHER_REASON
	)


def _needs_message(order_id: str) -> RejectedError:
	return RejectedError(
		_("The marketplace wants a few words on why the order is cancelled."),
		next_step=_("Write the reason in the message field and try again."),
		record_id=order_id,
	)


def _number(text: str, order_id: str) -> int:
	if not text.isdecimal():
		raise RejectedError(_("{0} is no id of the marketplace."), values=(text,), record_id=order_id)
	return int(text)
