"""How a posting moves, what that does to stock, and what the seller may do meanwhile.

Statuses and substatuses: https://docs.ozon.ru/api/seller/#operation/PostingFbsList (fields `status`,
`substatus`, `available_actions`) and #operation/PostingFboList.
"""

from __future__ import annotations

from dataclasses import dataclass

FBS, RFBS, EXPRESS, FBO = "fbs", "rfbs", "express", "fbo"
SCHEMES = {"FBS": FBS, "DBS": RFBS, "EXPRESS": EXPRESS, "FBO": FBO}  # as the trade calls them → ours
SELLER_SCHEMES = (FBS, RFBS, EXPRESS)


@dataclass(frozen=True, slots=True)
class Step:
	"""A place on a posting's way and how many hours it stays there, at least and at most."""

	status: str
	substatus: str
	hours: tuple[float, float]


_PACKING = Step("awaiting_packaging", "posting_created", (2, 22))
PATHS: dict[str, tuple[Step, ...]] = {
	FBS: (
		_PACKING,
		Step("awaiting_deliver", "posting_in_carriage", (3, 20)),
		Step("acceptance_in_progress", "posting_acceptance_in_progress", (2, 8)),
		Step("delivering", "posting_on_way_to_city", (20, 90)),
		Step("delivering", "posting_in_pickup_point", (2, 70)),
		Step("delivered", "posting_received", (0, 0)),
	),
	RFBS: (
		_PACKING,
		Step("awaiting_deliver", "posting_transferring_to_delivery", (3, 30)),
		Step("delivering", "posting_in_courier_service", (20, 100)),
		Step("delivered", "posting_conditionally_delivered", (20, 40)),
		Step("delivered", "posting_delivered", (0, 0)),
	),
	EXPRESS: (
		Step("awaiting_packaging", "posting_created", (0.1, 0.4)),
		Step("awaiting_deliver", "posting_transferring_to_delivery", (0.1, 0.3)),
		Step("driver_pickup", "posting_driver_pick_up", (0.1, 0.5)),
		Step("delivering", "posting_in_courier_service", (0.2, 0.9)),
		Step("delivered", "posting_delivered", (0, 0)),
	),
	FBO: (
		_PACKING,
		Step("awaiting_deliver", "posting_packing", (2, 12)),
		Step("delivering", "posting_on_way_to_city", (20, 90)),
		Step("delivering", "posting_in_pickup_point", (2, 70)),
		Step("delivered", "posting_received", (0, 0)),
	),
}

# Beside the way: the substatus a posting has there, and the status it returns to.
_ASIDE = {
	"awaiting_registration": ("posting_awaiting_registration", "awaiting_packaging"),
	"awaiting_approve": ("posting_awaiting_passport_data", "awaiting_packaging"),
	"awaiting_verification": ("posting_created", "awaiting_packaging"),
	"arbitration": ("posting_in_arbitration", "delivering"),
	"client_arbitration": ("posting_in_client_arbitration", "delivered"),
	"not_accepted": ("posting_not_in_sort_center", "awaiting_deliver"),
}
CANCELLED = Step("cancelled", "posting_canceled", (0, 0))
SPLIT = Step("cancelled_from_split_pending", "posting_canceled", (0, 0))

# The goods still lie in the seller's warehouse, reserved for the buyer.
RESERVING = frozenset(
	"awaiting_registration awaiting_approve awaiting_verification awaiting_packaging awaiting_deliver".split()
)
FINAL = frozenset({"delivered", CANCELLED.status, SPLIT.status})
# https://docs.ozon.ru/api/seller/#operation/PostingFbsUnfulfilledList
UNFULFILLED = frozenset(
	"""awaiting_registration acceptance_in_progress awaiting_approve awaiting_packaging awaiting_deliver
	arbitration client_arbitration delivering driver_pickup cancelled not_accepted""".split()
)
FBS_STATUSES = UNFULFILLED | {"delivered", "sent_by_seller", "awaiting_verification", SPLIT.status}
FBO_STATUSES = frozenset("awaiting_packaging awaiting_deliver delivering delivered cancelled".split())


def step(scheme: str, status: str, substatus: str | None = None) -> Step:
	"""A posting's place by its status.

	Raises:
		ValueError: a posting of the scheme has no such status.
	"""
	if status == CANCELLED.status:
		return CANCELLED
	for place in PATHS[scheme]:
		if place.status == status and substatus in (None, place.substatus):
			return place
	if scheme != FBO and status in FBS_STATUSES and (substatus or status in _ASIDE):
		return Step(status, substatus or _ASIDE[status][0], (1, 10))
	raise ValueError(f"a posting of {scheme} has no status {status!r} with substatus {substatus!r}")


def following(scheme: str, status: str, substatus: str) -> Step | None:
	"""Where a posting goes from here; None at the end of its way."""
	path = PATHS[scheme]
	for place, here in enumerate(path[:-1]):
		if (here.status, here.substatus) == (status, substatus):
			return path[place + 1]
	if status in FINAL:
		return None
	return step(scheme, _ASIDE.get(status, ("", status))[1])


def may_cancel(scheme: str, status: str) -> bool:
	"""Whether the seller may cancel. Goods that Ozon carries cannot be called back."""
	return scheme in SELLER_SCHEMES and (status in RESERVING or (scheme != FBS and status == "delivering"))


def actions(scheme: str, status: str, units: int, is_marked: bool) -> list[str]:
	"""`available_actions` of a posting."""
	found = []
	if may_cancel(scheme, status):
		found.append("cancel")
		if units > 1 and status == "awaiting_packaging":
			found.append("product_cancel")
	if status == "awaiting_packaging":
		found += ["ship_with_additional_info"] if is_marked else ["ship", "ship_async"]
	if status == "awaiting_deliver":
		found += ["label_download", "label_download_big", "label_download_small"]
		if scheme != FBS:
			found += ["set_track_number", "set_timeslot", "non_int_delivering"]
	if status == "delivering":
		found += ["non_int_last_mile", "non_int_delivered"] if scheme != FBS else ["can_create_chat"]
	if status == "acceptance_in_progress":
		found.append("arbitration")
	return sorted(found)
