"""The vendor's words → ours. The words are from the specification: `supplierStatus` and `wbStatus` of
/api/v3/orders/status and /api/marketplace/v3/dbs/orders/status/info, `status` and `cancelType` of
/api/analytics/v1/order-feed, `deliveryType` of /api/v3/warehouses and of tasks.

A task has two statuses: what the seller did with it (`supplierStatus`) and what became of it at the
marketplace (`wbStatus`). While the second says "waiting", the first decides; else the second does. The word
that decides is the order's `vendor_status`, the other one its `vendor_substatus`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm_marketplace.integrations.records import (
	OrderAction,
	OrderStatus,
	ReturnKind,
	ReturnState,
	Scheme,
)
from crm_marketplace.integrations.translation import unexpected

# --- tasks -----------------------------------------------------------------------------------------

NEW, ASSEMBLY = "new", "confirm"
WAITING = "waiting"  # wbStatus: the seller's word decides

SUPPLIER_STATUSES: Mapping[str, OrderStatus] = {
	NEW: OrderStatus.AWAITING_PACKING,
	ASSEMBLY: OrderStatus.AWAITING_SHIPMENT,
	"complete": OrderStatus.SHIPPED,  # FBS: its supply was handed over
	"deliver": OrderStatus.SHIPPED,  # DBS: on its way to the buyer
	"receive": OrderStatus.DELIVERED,  # DBS: the buyer has it
	"reject": OrderStatus.CANCELLED,  # DBS: refused at the door
	"cancel": OrderStatus.CANCELLED,
	"cancel_missed_call": OrderStatus.CANCELLED,
	"cancel_carrier": OrderStatus.CANCELLED,
}
WB_STATUSES: Mapping[str, OrderStatus] = {
	"sorted": OrderStatus.SHIPPED,
	"accepted_by_carrier": OrderStatus.SHIPPED,
	"sent_to_carrier": OrderStatus.SHIPPED,
	"ready_for_pickup": OrderStatus.SHIPPED,
	"postponed_delivery": OrderStatus.SHIPPED,
	"sold": OrderStatus.DELIVERED,
	"canceled": OrderStatus.CANCELLED,
	"canceled_by_client": OrderStatus.CANCELLED,
	"declined_by_client": OrderStatus.CANCELLED,
	"canceled_by_missed_call": OrderStatus.CANCELLED,
	"canceled_by_carrier": OrderStatus.CANCELLED,
	"defect": OrderStatus.CANCELLED,
}
# The goods have left the seller: whatever happens to the order now, they come back by themselves.
HANDED_OVER = frozenset({"complete", "deliver", "receive", "reject"})

# --- orders from the marketplace's warehouses ------------------------------------------------------

# "created" is all that is told until the sale: the marketplace packs and ships on its own.
FEED_STATUSES: Mapping[str, OrderStatus] = {
	"created": OrderStatus.AWAITING_SHIPMENT,
	"buyout": OrderStatus.DELIVERED,
	"cancel": OrderStatus.CANCELLED,
	"return": OrderStatus.RETURNED,
	"returnDefective": OrderStatus.RETURNED,
}
SHIPPED_CANCELS = frozenset({"receipt", "expire"})  # refused or not collected at the pick-up point

ORDER_STATUSES: Mapping[str, OrderStatus] = {**SUPPLIER_STATUSES, **WB_STATUSES, **FEED_STATUSES}


@dataclass(frozen=True, slots=True)
class Canceller:
	"""Who cancelled an order of a status, and why, in the vendor's own words."""

	initiator: str
	reason: str


SELLER, BUYER, CARRIER, VENDOR = "Продавец", "Покупатель", "Перевозчик", "Wildberries"
CANCELLERS: Mapping[str, Canceller] = {
	"cancel": Canceller(SELLER, "Отменено продавцом"),
	"cancel_missed_call": Canceller(SELLER, "Отмена по причине недозвона"),
	"cancel_carrier": Canceller(CARRIER, "Отменено перевозчиком"),
	"reject": Canceller(BUYER, "Отказ покупателя при получении"),
	"canceled": Canceller(VENDOR, "Отмена сборочного задания"),
	"canceled_by_client": Canceller(BUYER, "Покупатель отменил заказ при получении"),
	"declined_by_client": Canceller(BUYER, "Покупатель отменил заказ в первый час"),
	"canceled_by_missed_call": Canceller(SELLER, "Отмена по причине недозвона"),
	"canceled_by_carrier": Canceller(CARRIER, "Заказ отменён перевозчиком"),
	"defect": Canceller(VENDOR, "Отмена заказа по причине брака"),
	# The feed's `cancelType`.
	"app": Canceller(BUYER, "Отказ до получения"),
	"receipt": Canceller(BUYER, "Отказ при получении"),
	"expire": Canceller(BUYER, "Истёк срок получения"),
	"other": Canceller(VENDOR, "Техническая отмена"),
}
UNKNOWN_CANCELLER = Canceller(VENDOR, "Отмена заказа")


def deciding(supplier_status: str, wb_status: str | None) -> tuple[str, str | None]:
	"""The status word that decides what a task is, and the other one."""
	if wb_status in (None, "", WAITING):
		return supplier_status, wb_status or None
	return wb_status, supplier_status


def order_status(word: str) -> OrderStatus:
	"""Raises ContractError for a status we do not know: guessing what may be done with an order is worse
	than telling that we cannot.
	"""
	status = ORDER_STATUSES.get(word)
	if status is None:
		raise unexpected("status", "unknown status", word[:60])
	return status


def task_actions(word: str, is_cancellable: bool | None) -> tuple[OrderAction, ...]:
	"""What the seller may do with a task now.

	Args:
		word: the status word that decides.
		is_cancellable: as the vendor tells for FBS; None where it does not, see /status/cancel of DBS.
	"""
	actions = {NEW: [OrderAction.PACK], ASSEMBLY: [OrderAction.LABEL, OrderAction.HAND_OVER]}.get(word, [])
	may_cancel = word in (NEW, ASSEMBLY) if is_cancellable is None else is_cancellable
	found = {*actions, OrderAction.CANCEL} if may_cancel else set(actions)
	return tuple(action for action in OrderAction if action in found)


# --- who delivers ----------------------------------------------------------------------------------

# `deliveryType` of a warehouse. Orders of the other two (3: the marketplace's courier collects, 5: the buyer
# collects) are not read, so such warehouses are listed as inactive: nothing is promised there.
WAREHOUSE_SCHEMES: Mapping[int, Scheme] = {1: Scheme.FBS, 2: Scheme.DBS, 6: Scheme.EXPRESS}
OTHER_WAREHOUSES: Mapping[int, str] = {3: "DBW", 5: "C&C"}

# `deliveryType` of a task.
TASK_SCHEMES: Mapping[str, Scheme] = {
	"fbs": Scheme.FBS,
	"dbs": Scheme.DBS,
	"dbsPickupPoint": Scheme.DBS,
	"edbs": Scheme.EXPRESS,
}


def task_scheme(delivery_type: str) -> Scheme:
	"""Raises ContractError for a way of delivery we do not know."""
	scheme = TASK_SCHEMES.get(delivery_type)
	if scheme is None:
		raise unexpected("deliveryType", "unknown way of delivery", delivery_type[:60])
	return scheme


# --- returns ---------------------------------------------------------------------------------------

# `returnStatus` of /api/analytics/v1/item-returns, in lower case and without "ё". UNCONFIRMED: no
# document lists the words; these are what sellers see.
ITEM_RETURN_STATES: Mapping[str, ReturnState] = {
	"оформлен": ReturnState.ON_THE_WAY,
	"погружен в машину до сц/рц": ReturnState.ON_THE_WAY,
	"в пути в пвз": ReturnState.ON_THE_WAY,
	"готов к выдаче": ReturnState.READY,
	"ожидает забор": ReturnState.READY,
	"выдано": ReturnState.RECEIVED,
	"выдан": ReturnState.RECEIVED,
	# Not fetched in time: it is taken away from the point to be disposed of.
	"истек срок хранения": ReturnState.DISPOSED,
	"истек срок хранения на пвз": ReturnState.DISPOSED,
	# It was not found in the warehouse, or its way back was called off: it may be asked for again.
	"неподбор": ReturnState.AT_MARKETPLACE,
	"отмена по задержке": ReturnState.AT_MARKETPLACE,
	"отмена оператором кц": ReturnState.AT_MARKETPLACE,
}

# `status_ex` of /api/v1/claims.
CLAIM_STATES: Mapping[int, ReturnState] = {
	0: ReturnState.REQUESTED,
	1: ReturnState.REFUSED,  # the buyer keeps it, the claim is turned down
	2: ReturnState.DISPOSED,
	5: ReturnState.REFUSED,  # the buyer keeps it and gets the money
	8: ReturnState.AT_MARKETPLACE,  # back on sale after a check
	10: ReturnState.ON_THE_WAY,  # to the seller
}
# `status` of a claim, where its `status_ex` says nothing we know.
CLAIM_DECISIONS: Mapping[int, ReturnState] = {
	0: ReturnState.REQUESTED,
	1: ReturnState.REFUSED,
	2: ReturnState.ON_THE_WAY,
}
APPROVED = 2

# Pieces of `returnType` (lower case) that say whether a buyer ever had the goods, where no task does.
# UNCONFIRMED: no document lists the types.
RETURN_KINDS: tuple[tuple[str, ReturnKind], ...] = (
	("по отзыву", ReturnKind.RETURNED),
	("брак", ReturnKind.RETURNED),
)


def item_return_state(word: str, *, is_active: bool | None, is_ready: bool, is_over: bool) -> ReturnState:
	"""Where goods are, by the report's word, or by its times and list where we do not know the word.

	Args:
		is_active: it was in the list of active ones; None: not known.
		is_ready: it has come to where it can be fetched.
		is_over: the seller has fetched it.
	"""
	known = ITEM_RETURN_STATES.get(_plain(word))
	if known is not None:
		return known
	if is_over:
		return ReturnState.RECEIVED
	if is_active is False:
		return ReturnState.AT_MARKETPLACE
	return ReturnState.READY if is_ready else ReturnState.ON_THE_WAY


def claim_state(status: int | None, status_ex: int | None) -> ReturnState:
	"""What became of a claim; an unknown one has yet to be decided, as far as we know."""
	known = CLAIM_STATES.get(-1 if status_ex is None else status_ex)
	return known or CLAIM_DECISIONS.get(-1 if status is None else status, ReturnState.REQUESTED)


def return_kind(return_type: str, task_word: str | None) -> ReturnKind:
	"""Whether a buyer ever had the goods: as their task says; else as the type of the return does; else no
	buyer did, as of those the seller has called back from the marketplace's warehouses.

	Args:
		task_word: the status word that decides what the task is, if one is known.
	"""
	order = ORDER_STATUSES.get(task_word or "")
	if order in (OrderStatus.DELIVERED, OrderStatus.RETURNED):
		return ReturnKind.RETURNED
	if order is not None:
		return ReturnKind.NOT_REDEEMED
	plain = _plain(return_type)
	return next((kind for piece, kind in RETURN_KINDS if piece in plain), ReturnKind.NOT_REDEEMED)


def _plain(words: str) -> str:
	return " ".join(words.lower().replace("ё", "е").split())


# --- reviews ---------------------------------------------------------------------------------------

ANSWER_REFUSED = "rejected"  # `state` of an answer; others: none, wbRu, reviewRequired
