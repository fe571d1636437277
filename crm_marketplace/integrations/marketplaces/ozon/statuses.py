"""The vendor's words → ours. The words are from the specification: `status`, `integration_type_flow` and
`available_actions` of /v4/posting/fbs/list, `status` of /v3/posting/fbo/list, `statuses` and `errors` of
/v3/product/info/list, `status` of /v1/warehouse/list (v2 gives the same words but does not list them).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crm_marketplace.integrations.records import OrderAction, OrderStatus, Scheme
from crm_marketplace.integrations.translation import unexpected

ORDER_STATUSES: Mapping[str, OrderStatus] = {
	"awaiting_registration": OrderStatus.PENDING,
	"awaiting_verification": OrderStatus.PENDING,
	"awaiting_approve": OrderStatus.PENDING,
	"awaiting_packaging": OrderStatus.AWAITING_PACKING,
	"awaiting_deliver": OrderStatus.AWAITING_SHIPMENT,
	# Brought to the sorting centre, which has not yet said that it took it: it may end in "not_accepted".
	"acceptance_in_progress": OrderStatus.AWAITING_SHIPMENT,
	"sent_by_seller": OrderStatus.SHIPPED,
	"driver_pickup": OrderStatus.SHIPPED,
	"delivering": OrderStatus.SHIPPED,
	"delivered": OrderStatus.DELIVERED,
	# The vendor's cabinet shows these under "Спорные": a person has to look.
	"not_accepted": OrderStatus.DISPUTED,
	"arbitration": OrderStatus.DISPUTED,
	"client_arbitration": OrderStatus.DISPUTED,
	"cancelled": OrderStatus.CANCELLED,
	"cancelled_from_split_pending": OrderStatus.CANCELLED,
}

# What the seller has yet to pack or hand over, as a filter of /v4/posting/fbs/unfulfilled/list.
OPEN_STATUSES = ("awaiting_registration", "awaiting_approve", "awaiting_packaging", "awaiting_deliver")

OZON_DELIVERS = "ozon"
# Stored and packed at a partner's warehouse: "FBP postings need no assembly" (error table of /v4/posting/fbs/ship).
PARTNER_WAREHOUSE = "FBP"

ORDER_ACTIONS: Mapping[str, OrderAction] = {
	"ship": OrderAction.PACK,
	"ship_async": OrderAction.PACK,
	"ship_async_retry": OrderAction.PACK,
	"ship_with_additional_info": OrderAction.PACK,
	"cancel": OrderAction.CANCEL,
	"product_cancel": OrderAction.CANCEL_LINES,
	"label_download": OrderAction.LABEL,
	"label_download_big": OrderAction.LABEL,
	"label_download_small": OrderAction.LABEL,
	"non_int_delivering": OrderAction.HAND_OVER,
	"set_track_number": OrderAction.SET_TRACKING,
	"set_cutoff": OrderAction.SET_DEADLINE,
	"can_create_chat": OrderAction.CHAT,
}

ACTIVE_WAREHOUSE = "created"  # others: new, disabled, blocked, disabled_due_to_limit, error
ACTIVE_DELIVERY = "ACTIVE"  # others: NEW, EDITED, DISABLED, WAITING, BROKEN

# "Critical error, the product cannot be sold." The specification's own example writes it short.
CRITICAL_LEVELS = frozenset({"ERROR_LEVEL_ERROR", "ERROR"})
# The specification has no list of the words in `statuses`; these are compared in lower case. UNCONFIRMED:
# words missing here make a blocked card look merely inactive, nothing worse.
DECLINED = frozenset({"declined", "rejected", "banned", "blocked", "fail", "failed"})
NO_FAILURE = frozenset({"", "none"})  # of `status_failed`: the status in which something went wrong
# Of `availabilities`, in upper case. UNCONFIRMED for the same reason.
HIDDEN = frozenset({"HIDDEN", "UNAVAILABLE"})


def order_status(word: str) -> OrderStatus:
	"""Raises ContractError for a status we do not know: guessing what may be done with an order is worse
	than telling that we cannot.
	"""
	status = ORDER_STATUSES.get(word)
	if status is None:
		raise unexpected("status", "unknown status", word[:60])
	return status


def order_scheme(flow: str, is_express: bool) -> Scheme:
	"""Who holds and ships the goods of a posting that is not FBO.

	Args:
		flow: `integration_type_flow`, or the older `tpl_integration_type`.
	"""
	if flow == PARTNER_WAREHOUSE:
		return Scheme.FBO
	if is_express:
		return Scheme.EXPRESS
	# All other flows are ways of delivery that are not Ozon's own: rFBS.
	return Scheme.FBS if flow in (OZON_DELIVERS, "") else Scheme.DBS


def order_actions(words: Iterable[str]) -> tuple[OrderAction, ...]:
	found = {ORDER_ACTIONS[word] for word in words if word in ORDER_ACTIONS}
	return tuple(action for action in OrderAction if action in found)


def warehouse_scheme(is_rfbs: bool, is_express: bool) -> Scheme:
	if is_express:
		return Scheme.EXPRESS
	return Scheme.DBS if is_rfbs else Scheme.FBS
