"""How an order moves, what that does to stock, and what the seller may do meanwhile.

Statuses, substatuses and who changes them: https://yandex.ru/dev/market/partner-api/doc/ru/reference/orders/updateOrderStatus,
https://yandex.ru/dev/market/partner-api/doc/ru/concepts/dbs-order-status-model
"""

from __future__ import annotations

from dataclasses import dataclass

FBS, DBS, EXPRESS, FBY = "FBS", "DBS", "EXPRESS", "FBY"
SCHEMES = {"FBS": FBS, "DBS": DBS, "EXPRESS": EXPRESS, "FBO": FBY}  # as the trade calls them → vendor's
AS_THE_TRADE_SAYS = {FBS: "FBS", DBS: "DBS", EXPRESS: "Express", FBY: "FBO"}
PROGRAMS = (FBY, FBS, DBS, EXPRESS, "LAAS")


@dataclass(frozen=True, slots=True)
class Step:
	"""A place on an order's way and how many hours it stays there, at least and at most."""

	status: str
	substatus: str
	hours: tuple[float, float] = (0, 0)

	@property
	def joined(self) -> str:
		return f"{self.status}/{self.substatus}"


STARTED = Step("PROCESSING", "STARTED", (2, 22))
READY = Step("PROCESSING", "READY_TO_SHIP", (3, 20))
SHIPPED = Step("PROCESSING", "SHIPPED", (2, 8))
DELIVERY = Step("DELIVERY", "DELIVERY_SERVICE_RECEIVED", (20, 90))
PICKUP = Step("PICKUP", "PICKUP_SERVICE_RECEIVED", (2, 70))
DELIVERED = Step("DELIVERED", "DELIVERY_SERVICE_DELIVERED")
PATHS: dict[str, tuple[Step, ...]] = {
	FBS: (STARTED, READY, SHIPPED, DELIVERY, PICKUP, DELIVERED),
	DBS: (STARTED, DELIVERY, DELIVERED),
	EXPRESS: (
		Step("PROCESSING", "STARTED", (0.1, 0.4)),
		Step("PROCESSING", "READY_TO_SHIP", (0.1, 0.3)),
		Step("DELIVERY", "COURIER_RECEIVED", (0.3, 1.2)),
		DELIVERED,
	),
	FBY: (STARTED, DELIVERY, PICKUP, DELIVERED),
}
# Beside the way: the substatus an order has there, and where it goes from there.
_ASIDE = {
	"PLACING": ("UNKNOWN", "PROCESSING"),
	"UNPAID": ("WAITING_USER_INPUT", "PROCESSING"),
	"PENDING": ("AWAIT_CONFIRMATION", "PROCESSING"),
	"RETURNED": ("UNKNOWN", "RETURNED"),
	"PARTIALLY_RETURNED": ("UNKNOWN", "PARTIALLY_RETURNED"),
}
STATUSES = (
	"PLACING", "RESERVED", "UNPAID", "PROCESSING", "DELIVERY", "PICKUP", "DELIVERED", "CANCELLED", "PENDING",
	"PARTIALLY_RETURNED", "RETURNED", "UNKNOWN",
)  # fmt: skip
FINAL = frozenset({"DELIVERED", "CANCELLED", "RETURNED", "PARTIALLY_RETURNED"})
CANCELLED = "CANCELLED"

# The goods still lie in the seller's warehouse, reserved for the buyer.
_RESERVING = frozenset({"PLACING", "UNPAID", "PENDING"})

# Who cancels → the reason he usually gives.
CANCELLERS = {
	"client": "USER_CHANGED_MIND",
	"marketplace": "TECHNICAL_ERROR",
	"system": "USER_NOT_PAID",
	"delivery": "PICKUP_EXPIRED",
	"seller": "SHOP_FAILED",
}
_SELLER_CANCELS = frozenset({"SHOP_FAILED"})
_DBS_CANCELS = _SELLER_CANCELS | {
	"USER_UNREACHABLE", "USER_CHANGED_MIND", "USER_REFUSED_DELIVERY", "USER_REFUSED_PRODUCT",
	"USER_REFUSED_QUALITY",
}  # fmt: skip


def is_reserving(step: Step) -> bool:
	return step.status in _RESERVING or step.joined in (STARTED.joined, READY.joined)


def step(program: str, status: str, substatus: str | None = None) -> Step:
	"""An order's place by its status, in any case, with or without a substatus ("STATUS/SUBSTATUS" too).

	Raises:
		ValueError: an order of the program has no such status.
	"""
	status, _slash, joined = status.upper().partition("/")
	substatus = (substatus or joined).upper() or None
	if status == CANCELLED:
		return Step(CANCELLED, substatus or CANCELLERS["client"])
	for place in PATHS[program]:
		if place.status == status and substatus in (None, place.substatus):
			return place
	if status in STATUSES and (substatus or status in _ASIDE):
		return Step(status, substatus or _ASIDE[status][0], (1, 10))
	raise ValueError(f"an order of {program} has no status {status!r} with substatus {substatus!r}")


def following(program: str, here: Step) -> Step | None:
	"""Where an order goes from here; None at the end of its way."""
	path = PATHS[program]
	for place, there in enumerate(path[:-1]):
		if there.joined == here.joined:
			return path[place + 1]
	if here.status in FINAL:
		return None
	return step(program, _ASIDE.get(here.status, ("", here.status))[1])


def may_change(program: str, here: Step, wanted: Step) -> bool:
	"""Whether the seller may take this step through the API."""
	if wanted.status == CANCELLED:
		reasons = _DBS_CANCELS if program == DBS else _SELLER_CANCELS
		on_its_way = program == DBS and here.status in ("DELIVERY", "PICKUP")
		return (
			wanted.substatus in reasons
			and (here.status == "PROCESSING" or on_its_way)
			and (program in (FBS, EXPRESS, DBS) and here.substatus != SHIPPED.substatus)
		)
	if program == DBS:
		order = ("PROCESSING", "DELIVERY", "PICKUP", "DELIVERED")
		return wanted.status in order and order.index(wanted.status) > order.index(here.status)
	return program in (FBS, EXPRESS) and here.joined == STARTED.joined and wanted.joined == READY.joined
