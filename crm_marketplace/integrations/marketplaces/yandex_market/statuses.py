"""The vendor's words → ours, and where an order may go from where it stands. The words are enumerations of
the specification: OrderStatusType, OrderSubstatusType, SellingProgramType, PlacementType, OrderVatType,
OfferCampaignStatusType, OfferCardStatusType, ApiAvailabilityStatusType.

Transitions: https://yandex.ru/dev/market/partner-api/doc/ru/reference/orders/updateOrderStatus and
https://yandex.ru/dev/market/partner-api/doc/ru/concepts/dbs-order-status-model
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from crm_marketplace.integrations.errors import _
from crm_marketplace.integrations.records import ListingState, OrderAction, OrderStatus, Scheme

# "STATUS" or "STATUS/SUBSTATUS". Of 125 substatuses the vendor describes a few and tells to ignore the rest.
ORDER_STATUSES: Mapping[str, OrderStatus] = {
	"PLACING": OrderStatus.PENDING,
	"RESERVED": OrderStatus.PENDING,
	"UNPAID": OrderStatus.PENDING,
	"PENDING": OrderStatus.PENDING,
	"PROCESSING": OrderStatus.AWAITING_PACKING,
	"PROCESSING/STARTED": OrderStatus.AWAITING_PACKING,
	"PROCESSING/READY_TO_SHIP": OrderStatus.AWAITING_SHIPMENT,
	# The courier has yet to come.
	"PROCESSING/COURIER_SEARCH": OrderStatus.AWAITING_SHIPMENT,
	"PROCESSING/COURIER_FOUND": OrderStatus.AWAITING_SHIPMENT,
	"PROCESSING/COURIER_IN_TRANSIT_TO_SENDER": OrderStatus.AWAITING_SHIPMENT,
	"PROCESSING/COURIER_ARRIVED_TO_SENDER": OrderStatus.AWAITING_SHIPMENT,
	"PROCESSING/SHIPPED": OrderStatus.SHIPPED,
	"DELIVERY": OrderStatus.SHIPPED,
	"PICKUP": OrderStatus.SHIPPED,
	"DELIVERED": OrderStatus.DELIVERED,
	# The buyer says he got nothing; the marketplace decides.
	"DELIVERY/DELIVERY_USER_NOT_RECEIVED": OrderStatus.DISPUTED,
	"DELIVERED/DELIVERED_USER_NOT_RECEIVED": OrderStatus.DISPUTED,
	"PARTIALLY_RETURNED": OrderStatus.DELIVERED,
	"RETURNED": OrderStatus.RETURNED,
	"CANCELLED": OrderStatus.CANCELLED,
	# The vendor's own word for "not known": a person has to look.
	"UNKNOWN": OrderStatus.DISPUTED,
}
# What the seller has yet to pack or hand over, as a filter.
OPEN_STATUSES = ("UNPAID", "PENDING", "PROCESSING")

SCHEMES: Mapping[str, Scheme] = {
	"FBS": Scheme.FBS,
	"FBY": Scheme.FBO,
	"DBS": Scheme.DBS,
	"EXPRESS": Scheme.EXPRESS,
}
SELLER_PROGRAMS = ("FBS", "DBS", "EXPRESS")  # the vendor ships FBY orders himself
# What kinds of orders a shop has by its `placementType`. Express shops are told as FBS.
PLACEMENTS: Mapping[str, tuple[Scheme, ...]] = {
	"FBS": (Scheme.FBS, Scheme.EXPRESS),
	"FBY": (Scheme.FBO,),
	"DBS": (Scheme.DBS,),
}

AVAILABLE = "AVAILABLE"
WHY_SWITCHED_OFF: Mapping[str, str] = {
	"DISABLED_BY_INACTIVITY": _("Switched off by the marketplace: no goods were on show for 90 days."),
	"DISABLED_BY_NO_ACTIVE_CONTRACT": _("Switched off by the marketplace: there is no active contract."),
	"MANUALLY_DISABLED": _("The integration was switched off by hand in the cabinet."),
	"DISABLED_BY_NO_PLACEMENT_TYPE": _("The shop has not joined a way of selling yet."),
}
SWITCHED_OFF = _("Switched off by the marketplace.")  # for words we do not know
ONLY_DELIVERY = _("This shop only orders delivery from the marketplace; nothing is sold in it.")

# Rates in per cent. "10/110" is the same rate taken out of an advance payment.
TAX_RATES: Mapping[str, Decimal] = {
	"NO_VAT": Decimal(0),
	"VAT_0": Decimal(0),
	"VAT_05": Decimal(5),
	"VAT_07": Decimal(7),
	"VAT_10": Decimal(10),
	"VAT_10_110": Decimal(10),
	"VAT_12": Decimal(12),
	"VAT_18": Decimal(18),
	"VAT_18_118": Decimal(18),
	"VAT_20": Decimal(20),
	"VAT_20_120": Decimal(20),
	"VAT_22": Decimal(22),
}

# --- orders: where they may go ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Transition:
	"""A step the seller may take with an order, and what it is to us."""

	status: str
	substatus: str
	action: OrderAction


_READY = Transition("PROCESSING", "READY_TO_SHIP", OrderAction.PACK)
_HANDED_OVER = Transition("DELIVERY", "DELIVERY_SERVICE_RECEIVED", OrderAction.HAND_OVER)
_AT_PICKUP = Transition("PICKUP", "PICKUP_SERVICE_RECEIVED", OrderAction.HAND_OVER)
_DELIVERED = Transition("DELIVERED", "DELIVERY_SERVICE_DELIVERED", OrderAction.HAND_OVER)
_SHOP_FAILED = Transition("CANCELLED", "SHOP_FAILED", OrderAction.CANCEL)
# A seller who delivers talks to the buyer and may cancel on his behalf.
_DBS_CANCELS = (
	_SHOP_FAILED,
	*(
		Transition("CANCELLED", substatus, OrderAction.CANCEL)
		for substatus in (
			"USER_UNREACHABLE",
			"USER_CHANGED_MIND",
			"USER_REFUSED_DELIVERY",
			"USER_REFUSED_PRODUCT",
			"USER_REFUSED_QUALITY",
		)
	),
)
_FBS = {
	"PROCESSING/STARTED": (_READY, _SHOP_FAILED),
	"PROCESSING/READY_TO_SHIP": (_SHOP_FAILED,),
}
_DBS = {
	"PROCESSING/STARTED": (_HANDED_OVER, *_DBS_CANCELS),
	"PROCESSING/READY_TO_SHIP": (_HANDED_OVER, *_DBS_CANCELS),
	"DELIVERY": (_AT_PICKUP, _DELIVERED, *_DBS_CANCELS),
	"PICKUP": (_DELIVERED, *_DBS_CANCELS),
}
TRANSITIONS: Mapping[Scheme, Mapping[str, tuple[Transition, ...]]] = {
	Scheme.FBS: _FBS,
	Scheme.EXPRESS: _FBS,
	Scheme.DBS: _DBS,
	Scheme.FBO: {},
}
# What may be done beside taking a step.
_FBS_BESIDE = {
	"PROCESSING/STARTED": (OrderAction.CANCEL_LINES, OrderAction.LABEL),
	"PROCESSING/READY_TO_SHIP": (OrderAction.LABEL,),
}
_DBS_BESIDE = {
	"PROCESSING/STARTED": (OrderAction.CANCEL_LINES, OrderAction.SET_TRACKING, OrderAction.SET_DEADLINE),
	"PROCESSING/READY_TO_SHIP": (OrderAction.SET_TRACKING, OrderAction.SET_DEADLINE),
	"DELIVERY": (OrderAction.SET_TRACKING, OrderAction.SET_DEADLINE),
}
_BESIDE: Mapping[Scheme, Mapping[str, tuple[OrderAction, ...]]] = {
	Scheme.FBS: _FBS_BESIDE,
	Scheme.EXPRESS: _FBS_BESIDE,
	Scheme.DBS: _DBS_BESIDE,
	Scheme.FBO: {},
}


def transitions(scheme: Scheme, status: str, substatus: str) -> tuple[Transition, ...]:
	"""The steps the seller may take with an order; none where the vendor moves it himself."""
	table = TRANSITIONS[scheme]
	return table.get(f"{status}/{substatus}", table.get(status, ()))


def order_actions(scheme: Scheme, status: str, substatus: str) -> tuple[OrderAction, ...]:
	"""What the seller may do with an order now."""
	table = _BESIDE[scheme]
	found = {step.action for step in transitions(scheme, status, substatus)}
	found.update(table.get(f"{status}/{substatus}", table.get(status, ())))
	return tuple(action for action in OrderAction if action in found)


# --- why an order was cancelled --------------------------------------------------------------------

BUYER, SHOP, MARKET = "buyer", "shop", "marketplace"


@dataclass(frozen=True, slots=True)
class CancelCause:
	"""Who cancelled and why; our sentence (a source string)."""

	initiator: str
	sentence: str


CANCEL_CAUSES: Mapping[str, CancelCause] = {
	"RESERVATION_EXPIRED": CancelCause(BUYER, _("The buyer did not finish placing the order.")),
	"USER_NOT_PAID": CancelCause(BUYER, _("The buyer did not pay in time.")),
	"USER_UNREACHABLE": CancelCause(BUYER, _("The buyer could not be reached.")),
	"USER_CHANGED_MIND": CancelCause(BUYER, _("The buyer changed their mind.")),
	"USER_REFUSED_DELIVERY": CancelCause(BUYER, _("The buyer did not agree with the delivery.")),
	"USER_REFUSED_PRODUCT": CancelCause(BUYER, _("The product did not suit the buyer.")),
	"SHOP_FAILED": CancelCause(SHOP, _("The shop cannot fulfil the order.")),
	"USER_REFUSED_QUALITY": CancelCause(BUYER, _("The buyer was not content with the quality.")),
	"USER_IDENTIFICATION_MISMATCH": CancelCause(BUYER, _("The buyer could not prove who they are.")),
	"PURCHASE_GROUP_THRESHOLD_NOT_REACHED_CANCELLED": CancelCause(
		MARKET, _("Too few people joined the group purchase.")
	),
	"REPLACING_ORDER": CancelCause(BUYER, _("The buyer replaced the order by another one.")),
	"PICKUP_EXPIRED": CancelCause(BUYER, _("The buyer did not come for the order in time.")),
	"TOO_MANY_DELIVERY_DATE_CHANGES": CancelCause(
		MARKET, _("The day of delivery was changed too many times.")
	),
	"TOO_LONG_DELIVERY": CancelCause(MARKET, _("The delivery takes too long.")),
	"INCORRECT_PERSONAL_DATA": CancelCause(
		BUYER, _("The buyer's data are wrong; customs would not pass it.")
	),
	"TECHNICAL_ERROR": CancelCause(MARKET, _("A technical error on the marketplace's side.")),
}


def cancel_cause(substatus: str) -> CancelCause:
	"""Why an order was cancelled; the vendor's own word where it is not one he describes."""
	known = CANCEL_CAUSES.get(substatus)
	return known or CancelCause(BUYER if substatus.startswith("USER_") else MARKET, substatus)


# --- cards -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CardState:
	"""What a word of the vendor means for a listing; the reason is our sentence (a source string)."""

	state: ListingState
	reason: str | None = None


ON_SALE = CardState(ListingState.ACTIVE)
ARCHIVED = CardState(ListingState.ARCHIVED)
_UNDER_REVIEW = CardState(ListingState.INACTIVE, _("The marketplace is checking the product."))

# By the shop's status of the card. In the cabinet as a whole the first of these words counts.
SHOP_STATES: Mapping[str, CardState] = {
	"PUBLISHED": ON_SALE,
	"NO_STOCKS": CardState(ListingState.INACTIVE, _("Out of stock.")),
	"CHECKING": _UNDER_REVIEW,
	"READY_FOR_PUBLICATION": CardState(ListingState.INACTIVE, _("The shop is not open for sale yet.")),
	"DISABLED_BY_PARTNER": CardState(ListingState.INACTIVE, _("Hidden by you in the cabinet.")),
	"CREATING_CARD": CardState(ListingState.INACTIVE, _("The marketplace is making the card.")),
	"NO_CARD": CardState(ListingState.INACTIVE, _("The product needs a card; make one in the cabinet.")),
	"DISABLED_AUTOMATICALLY": CardState(
		ListingState.BLOCKED, _("Hidden because of errors; correct them in the cabinet.")
	),
	"REJECTED_BY_MARKET": CardState(ListingState.BLOCKED, _("The marketplace has rejected the product.")),
	"ARCHIVED": ARCHIVED,
}
# By the card itself, for products that are in no shop yet. Others can be sold.
CARD_STATES: Mapping[str, CardState] = {
	"NO_CARD_NEED_CONTENT": CardState(
		ListingState.INACTIVE, _("The product needs a card; make one in the cabinet.")
	),
	"NO_CARD_MARKET_WILL_CREATE": CardState(ListingState.INACTIVE, _("The marketplace is making the card.")),
	"NO_CARD_PROCESSING": _UNDER_REVIEW,
	"NO_CARD_ERRORS": CardState(ListingState.BLOCKED, _("The card has errors; correct them in the cabinet.")),
	"NO_CARD_ADD_TO_CAMPAIGN": CardState(ListingState.INACTIVE, _("The product is in no shop yet.")),
}
IN_NO_SHOP = CardState(ListingState.INACTIVE, _("The product is in no shop yet."))
