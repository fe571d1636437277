"""Goods that come back: how a return is made and where it goes.

Kinds, statuses and their order: https://yandex.ru/dev/market/partner-api/doc/ru/step-by-step/returns
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import DAY
from crm_marketplace.sandbox.yandex_market.statuses import CANCELLED, DBS, FBY

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

UNREDEEMED, RETURN = "UNREDEEMED", "RETURN"
KINDS = {UNREDEEMED: "Not Redeemed", RETURN: "Returned"}  # as the trade says it
SHIPMENTS = (
	"CREATED", "RECEIVED", "IN_TRANSIT", "READY_FOR_PICKUP", "PICKED", "LOST", "EXPIRED", "CANCELLED",
	"FULFILMENT_RECEIVED", "PREPARED_FOR_UTILIZATION", "NOT_IN_DEMAND", "UTILIZED", "READY_FOR_EXPROPRIATION",
	"RECEIVED_FOR_EXPROPRIATION", "UNKNOWN",
)  # fmt: skip
REFUNDS = (
	"STARTED_BY_USER", "REFUND_IN_PROGRESS", "REFUNDED", "FAILED", "WAITING_FOR_DECISION", "DECISION_MADE",
	"REFUNDED_WITH_BONUSES", "REFUNDED_BY_SHOP", "CANCELLED", "REJECTED", "COMPLETE_WITHOUT_REFUND",
	"PREMODERATION_DISPUTE", "PREMODERATION_DECISION_WAITING", "PREMODERATION_DECISION_MADE",
	"PREMODERATION_SELECT_DELIVERY", "UNKNOWN",
)  # fmt: skip
REFUNDED = "REFUNDED"
ASKED_FOR = "CREATED"
READY = "READY_FOR_PICKUP"
STORED_FOR = 7 * DAY  # at the point where the seller fetches goods


@dataclass(frozen=True, slots=True)
class Place:
	"""Where a return is: of the goods, and of the buyer's money."""

	shipment: str
	refund: str


# As the trade says it → the vendor's.
_PLACES: Mapping[str, Place] = {
	"Requested": Place(ASKED_FOR, "STARTED_BY_USER"),
	"On The Way": Place("IN_TRANSIT", "REFUND_IN_PROGRESS"),
	"Ready For Pickup": Place(READY, "REFUND_IN_PROGRESS"),
	"Received": Place("PICKED", REFUNDED),
	"At Marketplace": Place("FULFILMENT_RECEIVED", REFUNDED),
	"Disposed Of": Place("UTILIZED", REFUNDED),
	"Refused": Place("CANCELLED", "REJECTED"),
	"Lost": Place("LOST", REFUNDED),
}
_STATES = {place.shipment: state for state, place in _PLACES.items()}
TO_SELLER = ("Requested", "On The Way", "Ready For Pickup", "Received")
TO_MARKETPLACE = ("Requested", "On The Way", "At Marketplace")

# What buyers say, with the vendor's words for it.
_COMPLAINTS = (
	("DOES_NOT_FIT", "USER_DID_NOT_LIKE", "Не понравился цвет"),
	("BAD_QUALITY", "DAMAGED", "Царапина на корпусе"),
	("BAD_QUALITY", "NOT_WORKING", "Не включается"),
	("WRONG_ITEM", "WRONG_ITEM", "Привезли другое"),
	("DAMAGE_DELIVERY", "UNKNOWN", ""),
)


def state_of(row: Any) -> str:
	"""A return's state as the trade says it. What nobody asked back was never only asked for."""
	state = _STATES[row["shipment"]]
	return "On The Way" if state == "Requested" and row["kind"] == UNREDEEMED else state


def following(row: Any) -> str | None:
	"""The state after this one on the usual way; None at its end."""
	path = TO_MARKETPLACE if row["program"] == FBY else TO_SELLER
	state = state_of(row)
	if state not in path or state == path[-1]:
		return None
	return path[path.index(state) + 1]


def kind_of(purchase: Any) -> str:
	"""Which kind of return an order's goods can make now.

	Raises:
		ValueError: they are neither with the buyer nor on their way.
	"""
	if purchase["status"] in ("DELIVERED", "PARTIALLY_RETURNED", "RETURNED"):
		return RETURN
	if purchase["status"] == CANCELLED and purchase["was_shipped"]:
		return UNREDEEMED
	raise ValueError(f"the goods of order {purchase['id']} are not with the buyer, nor on their way")


def add(shop: YandexMarketShop, purchase: Any, goods: Mapping[Any, int], kind: str, at: int) -> int:
	"""Write a return.

	Args:
		goods: row of `item` → units.

	Returns:
		Its id.
	"""
	last = shop.state.value("SELECT max(id) FROM goods_return") or 30_000_000 + shop.number * 1_000_000
	id_ = last + 7
	chance = random.Random(f"return {shop.plan.seed}/{id_}")
	reason, subreason, comment = chance.choice(_COMPLAINTS) if kind == RETURN else ("", "", "")
	refund = "WAITING_FOR_DECISION" if purchase["program"] == DBS else "STARTED_BY_USER"
	shop.state.insert(
		"goods_return",
		id=id_,
		purchase_id=purchase["id"],
		campaign_id=purchase["campaign_id"],
		kind=kind,
		shipment=ASKED_FOR,
		refund=refund,
		reason=reason,
		subreason=subreason,
		comment=comment,
		created_at=at,
		changed_at=at,
		moves_at=shop.plan.next_move(ASKED_FOR, at),
	)
	for item, units in goods.items():
		paid = item["payment"] + item["cashback"]
		shop.state.insert(
			"return_item",
			return_id=id_,
			item_id=item["id"],
			offer_id=item["offer_id"],
			count=units,
			amount=paid * units // item["count"],
		)
	return id_


def move(shop: YandexMarketShop, row: Any, state: str, at: int | None = None) -> None:
	"""Put a return into a state.

	Raises:
		ValueError: it cannot have that one.
	"""
	place = _PLACES.get(state)
	if place is None or (state == "Requested" and row["kind"] == UNREDEEMED):
		raise ValueError(f"a return of the kind {row['kind']} has no state {state!r}")
	at = shop.clock.micros() if at is None else at
	is_over = state in (TO_SELLER[-1], TO_MARKETPLACE[-1], "Disposed Of", "Refused", "Lost")
	shop.state.update(
		"goods_return",
		{"id": row["id"]},
		shipment=place.shipment,
		refund=place.refund,
		changed_at=at,
		pickup_till=at + STORED_FOR if place.shipment == READY else None,
		moves_at=None if is_over else shop.plan.next_move(place.shipment, at),
	)


def units_left(shop: YandexMarketShop, items: list[Any]) -> dict[Any, int]:
	"""Rows of `item` → units that are not on their way back yet."""
	found = {}
	for item in items:
		gone = shop.state.value(
			"""SELECT coalesce(sum(i.count), 0) FROM return_item i JOIN goods_return r ON r.id = i.return_id
			WHERE i.item_id = ? AND r.shipment NOT IN ('CANCELLED', 'EXPIRED')""",
			(item["id"],),
		)
		if item["count"] > gone:
			found[item] = item["count"] - gone
	return found


def has_all_back(shop: YandexMarketShop, purchase_id: int) -> bool:
	"""Whether every unit of an order was paid back."""
	sold = shop.state.value("SELECT sum(count) FROM item WHERE purchase_id = ?", (purchase_id,))
	back = shop.state.value(
		"""SELECT coalesce(sum(i.count), 0) FROM return_item i JOIN goods_return r ON r.id = i.return_id
		WHERE r.purchase_id = ? AND r.refund = ?""",
		(purchase_id, REFUNDED),
	)
	return back >= sold
