"""The vendor's words about returns → ours. They are enumerations of the specification: ReturnType,
ReturnShipmentStatusType, RefundStatusType, ReturnDecisionReasonType, ReturnDecisionSubreasonType.

How they follow each other: https://yandex.ru/dev/market/partner-api/doc/ru/step-by-step/returns
"""

from __future__ import annotations

from collections.abc import Mapping

from crm_marketplace.integrations.errors import _
from crm_marketplace.integrations.records import ReturnKind, ReturnState

UNREDEEMED = "UNREDEEMED"
# A word we do not know is taken for a return: then somebody looks at it before goods are expected back.
RETURN_KINDS: Mapping[str, ReturnKind] = {
	UNREDEEMED: ReturnKind.NOT_REDEEMED,
	"RETURN": ReturnKind.RETURNED,
}

MOVING = ReturnState.ON_THE_WAY  # also for words we do not know: the marketplace carries the goods somewhere
# Where the goods are, by `shipmentStatus`.
SHIPMENT_STATES: Mapping[str, ReturnState] = {
	"CREATED": ReturnState.REQUESTED,
	"RECEIVED": MOVING,  # taken from the buyer
	"IN_TRANSIT": MOVING,
	"READY_FOR_PICKUP": ReturnState.READY,
	"NOT_IN_DEMAND": ReturnState.READY,  # still at the post office: nobody came for it
	"PICKED": ReturnState.RECEIVED,
	"FULFILMENT_RECEIVED": ReturnState.AT_MARKETPLACE,
	# It lies there until it is disposed of or sold for the marketplace's own account.
	"PREPARED_FOR_UTILIZATION": ReturnState.AT_MARKETPLACE,
	"READY_FOR_EXPROPRIATION": ReturnState.AT_MARKETPLACE,
	"RECEIVED_FOR_EXPROPRIATION": ReturnState.AT_MARKETPLACE,
	"UTILIZED": ReturnState.DISPOSED,
	"EXPIRED": ReturnState.REFUSED,  # the buyer did not bring it
	"CANCELLED": ReturnState.REFUSED,
	"LOST": ReturnState.LOST,
	"UNKNOWN": MOVING,
}
# The same for goods the buyer never had: the marketplace has them from the first day.
UNREDEEMED_STATES: Mapping[str, ReturnState] = {**SHIPMENT_STATES, "CREATED": MOVING}

# What is decided, by `refundStatus`: it counts where nothing is said of the goods. Returns of companies have no
# `shipmentStatus` until the goods are handed over.
REFUND_STATES: Mapping[str, ReturnState] = {
	"STARTED_BY_USER": ReturnState.REQUESTED,
	"WAITING_FOR_DECISION": ReturnState.REQUESTED,
	"DECISION_MADE": ReturnState.REQUESTED,
	"PREMODERATION_DECISION_WAITING": ReturnState.REQUESTED,
	"PREMODERATION_DECISION_MADE": ReturnState.REQUESTED,
	"PREMODERATION_DISPUTE": ReturnState.REQUESTED,
	"PREMODERATION_SELECT_DELIVERY": ReturnState.REQUESTED,
	"REFUND_IN_PROGRESS": ReturnState.REQUESTED,
	"FAILED": ReturnState.REQUESTED,
	"CANCELLED": ReturnState.REFUSED,
	"REJECTED": ReturnState.REFUSED,
	# Money without goods.
	"REFUNDED": ReturnState.REFUSED,
	"REFUNDED_WITH_BONUSES": ReturnState.REFUSED,
	"REFUNDED_BY_SHOP": ReturnState.REFUSED,
	"COMPLETE_WITHOUT_REFUND": ReturnState.REFUSED,
	"UNKNOWN": ReturnState.REQUESTED,
}
# Decisions by which a return that was only asked for is over.
TURNED_DOWN = frozenset({"CANCELLED", "REJECTED"})
# The buyer gets no money, whatever the amount of the return says.
NO_REFUND = frozenset({"CANCELLED", "REJECTED", "COMPLETE_WITHOUT_REFUND", "FAILED"})


def return_state(
	return_type: str | None, shipment_status: str | None, refund_status: str | None, *, is_kept: bool
) -> ReturnState:
	"""Where returned goods are.

	Args:
		is_kept: the buyer gets his money back and keeps the goods (`fastReturn`).
	"""
	if shipment_status:
		table = UNREDEEMED_STATES if return_type == UNREDEEMED else SHIPMENT_STATES
		state = table.get(shipment_status, MOVING)
		is_turned_down = state is ReturnState.REQUESTED and refund_status in TURNED_DOWN
		return ReturnState.REFUSED if is_turned_down else state
	if is_kept:
		return ReturnState.REFUSED
	if return_type == UNREDEEMED:
		return MOVING
	return REFUND_STATES.get(refund_status or "", ReturnState.REQUESTED)


# --- why goods come back; our sentences (source strings) --------------------------------------------

NOT_TOLD = "UNKNOWN"
REASONS: Mapping[str, str] = {
	"BAD_QUALITY": _("The product is faulty."),
	"DOES_NOT_FIT": _("The product did not suit the buyer."),
	"WRONG_ITEM": _("The wrong product came."),
	"DAMAGE_DELIVERY": _("The product was damaged on its way."),
	"LOYALTY_FAIL": _("It cannot be found out whose fault it was."),
	"CONTENT_FAIL": _("The marketplace described the product wrongly."),
	"DELIVERY_FAIL": _("The product was not delivered."),
}
SUBREASONS: Mapping[str, str] = {
	"USER_DID_NOT_LIKE": _("The buyer did not like the product."),
	"USER_CHANGED_MIND": _("The buyer changed their mind."),
	"DELIVERED_TOO_LONG": _("The delivery took too long."),
	"BAD_PACKAGE": _("The product's own packaging is damaged."),
	"DAMAGED": _("The product has scratches or chips."),
	"NOT_WORKING": _("The product does not work."),
	"INCOMPLETENESS": _("A part of the product is missing."),
	"WRAPPING_DAMAGED": _("The parcel's packaging is damaged."),
	"ITEM_WAS_USED": _("The product has traces of use."),
	"BROKEN": _("The product is broken."),
	"BAD_FLOWERS": _("The flowers are not fresh."),
	"WRONG_ITEM": _("The wrong product came."),
	"WRONG_COLOR": _("The colour is not the one that was ordered."),
	"DID_NOT_MATCH_DESCRIPTION": _("The product is not as described."),
	"WRONG_ORDER": _("Somebody else's order came."),
	"WRONG_AMOUNT_DELIVERED": _("The wrong quantity came."),
	"PARCEL_MISSING": _("A part of the order is missing."),
	"INCOMPLETE": _("The order did not come completely."),
}


def return_reason(reason: str | None, subreason: str | None) -> str:
	"""Why goods come back, as exactly as it is told; the vendor's own word where we have no sentence for it."""
	for word, sentences in ((subreason, SUBREASONS), (reason, REASONS)):
		if word and word != NOT_TOLD:
			return sentences.get(word, word)
	return ""
