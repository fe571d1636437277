"""An assembly task of the vendor → an order. No network: stored tasks can be read again.

A task is one unit of one size. What is kept of it is `{"order": …, "status": …, "buyer": …}`, for the lists
tell no statuses and no buyers. The record says the same whichever list the task came from: what only one
of them has (the seller's price, what has to be marked) is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm_marketplace.integrations.marketplaces.wildberries import payloads
from crm_marketplace.integrations.marketplaces.wildberries.money import task_price
from crm_marketplace.integrations.marketplaces.wildberries.statuses import (
	CANCELLERS,
	HANDED_OVER,
	UNKNOWN_CANCELLER,
	WB_STATUSES,
	deciding,
	order_status,
	task_actions,
	task_scheme,
)
from crm_marketplace.integrations.records import (
	Address,
	Cancellation,
	Fetched,
	Order,
	OrderLine,
	OrderStatus,
	Party,
	Scheme,
)
from crm_marketplace.integrations.translation import identity, translate, unexpected

# wbStatus with which goods have been on their way, whatever the seller's status says.
CANCELLED_ON_THE_WAY = frozenset({"canceled_by_client", "canceled_by_carrier", "canceled_by_missed_call"})


def read_task(raw: Any) -> Fetched[Order]:
	"""The order of a task as it is kept, see above. Makes no request.

	Returns:
		The record, or a ContractError in its place. Nothing is raised.
	"""
	external_id = identity(raw.get("order") if isinstance(raw, Mapping) else raw, "id")
	return translate(raw, payloads.StoredTask, _order, external_id)


def refreshed(known: Order, raw_status: Any) -> Fetched[Order]:
	"""A known order with a fresh status: says the same as reading the task anew would."""

	def build(kept: _FreshStatus) -> Order:
		return Order.model_validate({**dict(known), **_standing(kept.status)})

	return translate({"status": raw_status}, _FreshStatus, build, known.external_id)


class _FreshStatus(payloads.Payload):
	status: payloads.TaskStatus


def _order(kept: payloads.StoredTask) -> Order:
	task = kept.order
	if task.created_at is None:
		raise unexpected("createdAt", "nothing")
	price = task_price(task)
	scheme = task_scheme(task.delivery_type)
	ids = {"nmID": task.nm_id, "chrtID": task.chrt_id}
	if task.rid:
		ids["srid"] = task.rid  # what the reports of money, returns and sales call it
	return Order(
		**_standing(kept.status),
		external_id=task.id,
		order_number=task.order_uid or task.rid or task.id,
		scheme=scheme,
		currency=price.currency,
		lines=(
			OrderLine(
				line_id=task.chrt_id,
				listing_id=task.chrt_id,
				offer_id=task.article or "",
				quantity=1,
				price=price,
				marketplace_ids=ids,
			),
		),
		created_at=task.created_at,
		warehouse_id=task.warehouse_id,
		delivery_method=task.delivery_type,
		is_express=scheme is Scheme.EXPRESS,
		buyer=_buyer(kept.buyer, task.options),
		address=_address(task),
	)


def _standing(status: payloads.TaskStatus) -> dict[str, Any]:
	"""The fields of an order that follow its status."""
	word, other = deciding(status.supplier_status, status.wb_status)
	ours = order_status(word)
	cancellation = None
	if ours is OrderStatus.CANCELLED:
		who = CANCELLERS.get(word, UNKNOWN_CANCELLER)
		cancellation = Cancellation(
			reason=who.reason,
			initiator=who.initiator,
			after_shipping=status.supplier_status in HANDED_OVER or word in CANCELLED_ON_THE_WAY,
		)
	return {
		"status": ours,
		"vendor_status": word,
		"vendor_substatus": other,
		"cancellation": cancellation,
		"actions": () if word in WB_STATUSES else task_actions(word, status.is_cancellable),
	}


def _buyer(given: payloads.TaskBuyer | None, options: payloads.TaskOptions | None) -> Party | None:
	"""FBS tells no more than whether a company bought; DBS a name and a forwarding number."""
	given = given or payloads.TaskBuyer()
	phone = given.replacement_phone or given.phone or None
	if phone and phone.isdecimal():
		phone = f"+{phone}"  # told with its country, without the sign of it
	if phone and not given.replacement_phone and given.phone_code:
		phone = f"{phone},{given.phone_code}"  # a comma is a pause: the extension is dialled by itself
	party = Party(
		name=given.full_name or given.first_name or None,
		phone=phone,
		phone_is_masked=bool(phone),
		is_company=bool(given.inn or given.org_name or (options and options.is_b2b)),
		company_name=given.org_name or None,
		tax_id=given.inn or None,
	)
	return None if party == Party() else party


def _address(task: payloads.Task) -> Address | None:
	"""The vendor gives a whole address as one text."""
	given = task.address or payloads.TaskAddress()
	if not given.full_address:
		return None
	return Address(
		street=given.full_address,
		comment=task.comment or None,
		latitude=given.latitude or None,
		longitude=given.longitude or None,
	)
