"""The vendor's words → ours. The words are from the specification: `status`, `integration_type_flow` and
`available_actions` of /v4/posting/fbs/list, `status` of /v3/posting/fbo/list, `statuses` and `errors` of
/v3/product/info/list, `status` of /v1/warehouse/list (v2 gives the same words but does not list them),
`visual_status_name` and `type` of /v1/returns/list, `group_state` of /v2/returns/rfbs/list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crm_marketplace.integrations.records import OrderAction, OrderStatus, ReturnKind, ReturnState, Scheme
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


# --- returns ---------------------------------------------------------------------------------------

# The vendor's statuses tell of goods, of money, and of disputes. Those of the second kind say where the
# goods are only together with the date they arrived (see `return_state`). UNCONFIRMED: what of the goods is
# meant by the statuses of money and disputes; the words are translated in the specification, not explained.
RETURN_STATES: Mapping[str, ReturnState] = {
	"OnSellerApproval": ReturnState.REQUESTED,
	"OnSellerClarification": ReturnState.REQUESTED,
	"OnSellerClarificationAfterPartialCompensation": ReturnState.REQUESTED,
	"OfferedPartialCompensation": ReturnState.REQUESTED,
	"DisputeOpened": ReturnState.REQUESTED,
	"Approved": ReturnState.ON_THE_WAY,
	"ApprovedByOzon": ReturnState.ON_THE_WAY,
	"WaitingShipment": ReturnState.ON_THE_WAY,
	"MovingToSeller": ReturnState.ON_THE_WAY,
	"ReturningToSellerByCourier": ReturnState.ON_THE_WAY,
	"MovingToOzon": ReturnState.ON_THE_WAY,
	"ArrivedAtReturnPlace": ReturnState.READY,
	"ReceivedBySeller": ReturnState.RECEIVED,
	"ReturnedToOzon": ReturnState.AT_MARKETPLACE,
	"Utilizing": ReturnState.DISPOSED,
	"Utilized": ReturnState.DISPOSED,
	"Rejected": ReturnState.REFUSED,
	"CrmRejected": ReturnState.REFUSED,
	"Cancelled": ReturnState.REFUSED,
	"CancelledDisputeNotOpen": ReturnState.REFUSED,
}
# Of money: the buyer keeps the goods, unless a date says that they came back.
MONEY_STATES: Mapping[str, ReturnState] = {
	"ReturnMoneyApproved": ReturnState.REFUSED,
	"PartialCompensationInProcess": ReturnState.REFUSED,
	"PartialCompensationReturned": ReturnState.REFUSED,
	"MoneyReturned": ReturnState.REFUSED,
	"MoneyReturnedBySystem": ReturnState.REFUSED,
	# The seller and the marketplace argue about goods that did not come, or came spoilt.
	"DisputeYouOpened": ReturnState.ON_THE_WAY,
	"DisputeOpening": ReturnState.ON_THE_WAY,
	"SendingError": ReturnState.ON_THE_WAY,
	"CompensationOffered": ReturnState.LOST,
	"WaitingCompensation": ReturnState.LOST,
	"CompensationRejected": ReturnState.LOST,
	"CompensationRejectedBySla": ReturnState.LOST,
	"CompensationRejectedBySeller": ReturnState.LOST,
}

RETURN_KINDS: Mapping[str, ReturnKind] = {
	"Cancellation": ReturnKind.NOT_REDEEMED,
	"FullReturn": ReturnKind.NOT_REDEEMED,  # all of it refused when it was handed over
	"PartialReturn": ReturnKind.NOT_REDEEMED,  # some of it
	"ClientReturn": ReturnKind.RETURNED,
	"Unknown": ReturnKind.NOT_REDEEMED,  # "technical return"
}

# Of requests of rFBS buyers, where `state` is none of the words above: the specification does not list its
# words. UNCONFIRMED: "Checkout" ("на проверке") is taken for goods the seller has and looks at.
RFBS_GROUP_STATES: Mapping[str, ReturnState] = {
	"New": ReturnState.REQUESTED,
	"Delivering": ReturnState.ON_THE_WAY,
	"Checkout": ReturnState.RECEIVED,
	"Arbitration": ReturnState.REQUESTED,
	"Approved": ReturnState.ON_THE_WAY,
	"Rejected": ReturnState.REFUSED,
}


def return_state(word: str, *, is_fbo: bool, has_arrived: bool, is_over: bool) -> ReturnState:
	"""Where the goods of an FBS or FBO return are. A word that is not known, or not about the goods, is
	judged by what else the return tells.

	Args:
		has_arrived: they have come to where they wait for the seller.
		is_over: the seller has them, or, of FBO, the marketplace's warehouse.
	"""
	known = RETURN_STATES.get(word)
	if known is not None:
		return known
	if is_over:
		return ReturnState.AT_MARKETPLACE if is_fbo else ReturnState.RECEIVED
	if word in MONEY_STATES:
		return MONEY_STATES[word]
	return ReturnState.READY if has_arrived and not is_fbo else ReturnState.ON_THE_WAY


def rfbs_return_state(word: str, group: str) -> ReturnState:
	"""Where the goods of an rFBS request are, by its status or, where that is not known, by its group."""
	known = RETURN_STATES.get(word) or MONEY_STATES.get(word) or RFBS_GROUP_STATES.get(group)
	return known or ReturnState.REQUESTED


def return_kind(word: str) -> ReturnKind:
	"""Whether the buyer had the goods. Of a word that is not known nothing but a refusal is sure."""
	return RETURN_KINDS.get(word, ReturnKind.NOT_REDEEMED)


def return_scheme(word: str) -> Scheme | None:
	"""The scheme of a return: "FBS" and "FBO" in the specification, "Fbs" in its example."""
	return {"FBS": Scheme.FBS, "FBO": Scheme.FBO}.get(word.upper())


# --- reviews ---------------------------------------------------------------------------------------

# The seller has dealt with it: answered, or marked it so in the cabinet. Others: NEW, VIEWED.
PROCESSED_REVIEW = "PROCESSED"

# --- labels ----------------------------------------------------------------------------------------

# Of the tasks of one request: the ordinary size first. UNCONFIRMED: both are taken to hold all postings.
LABEL_SIZES = ("big_label", "small_label")
LABEL_READY, LABEL_FAILED = "completed", "error"  # others: pending, in_progress
