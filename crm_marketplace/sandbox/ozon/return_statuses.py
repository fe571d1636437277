"""How goods come back, in the vendor's words and the trade's.

Statuses of FBS and FBO: `visual_status_name` of https://docs.ozon.ru/api/seller/#operation/returnsList. Groups of
rFBS requests: `group_state` of #operation/RFBSReturnsAPI_ReturnsRfbsListV2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crm_marketplace.sandbox.ozon.statuses import EXPRESS, FBO, FBS, RFBS


@dataclass(frozen=True, slots=True)
class Status:
	"""A status of a return.

	Args:
		state: as the trade says it (`sandbox.shop.RETURN_STATES`).
		group: of rFBS requests.
	"""

	number: int
	word: str
	title: str
	state: str
	group: str = ""


_KNOWN = (
	Status(1, "OnSellerApproval", "На согласовании у продавца", "Requested", "New"),
	Status(2, "MovingToSeller", "На пути к вам", "On The Way", "Delivering"),
	Status(3, "ArrivedAtReturnPlace", "В пункте выдачи", "Ready For Pickup"),
	Status(4, "ReceivedBySeller", "Вы получили возврат", "Received", "Checkout"),
	Status(5, "MovingToOzon", "Едет на склад Ozon", "On The Way"),
	Status(6, "ReturnedToOzon", "На складе Ozon", "At Marketplace"),
	Status(7, "Utilized", "Утилизирован", "Disposed Of"),
	Status(8, "Rejected", "Заявка отклонена", "Refused", "Rejected"),
	Status(9, "WaitingCompensation", "Ожидает компенсации", "Lost"),
)
STATUSES: Mapping[str, Status] = {status.word: status for status in _KNOWN}

_TO_SELLER = ("MovingToSeller", "ArrivedAtReturnPlace", "ReceivedBySeller")
_TO_OZON = ("MovingToOzon", "ReturnedToOzon")
_BY_REQUEST = ("OnSellerApproval", "MovingToSeller", "ReceivedBySeller")
PATHS: Mapping[str, tuple[str, ...]] = {
	FBS: _TO_SELLER,
	FBO: _TO_OZON,
	RFBS: _BY_REQUEST,
	EXPRESS: _BY_REQUEST,
}
_ASIDE: Mapping[str, tuple[str, ...]] = {
	FBS: ("ReturnedToOzon", "Utilized", "WaitingCompensation"),
	FBO: ("Utilized", "WaitingCompensation"),
	RFBS: ("Rejected",),
	EXPRESS: ("Rejected",),
}


def following(scheme: str, word: str) -> str | None:
	"""Where a return goes from here; None at the end of its way."""
	path = PATHS[scheme]
	place = path.index(word) + 1 if word in path else len(path)
	return path[place] if place < len(path) else None


def in_state(scheme: str, state: str) -> str:
	"""The status of a state.

	Raises:
		ValueError: returns of the scheme have no such state.
	"""
	for word in (*PATHS[scheme], *_ASIDE[scheme]):
		if STATUSES[word].state == state:
			return word
	raise ValueError(f"a return of {scheme} has no state {state!r}")
