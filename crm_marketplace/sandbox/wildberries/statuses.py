"""How a task moves and what that does to stock.

Statuses: https://dev.wildberries.ru/openapi/orders-fbs (POST /api/v3/orders/status), /openapi/orders-dbs
(POST /api/marketplace/v3/dbs/orders/status/info), /openapi/analytics (POST /api/analytics/v1/order-feed).
"""

from __future__ import annotations

from dataclasses import dataclass

FBS, DBS, EDBS, FBW = "fbs", "dbs", "edbs", "fbw"
SCHEMES = {"FBS": FBS, "DBS": DBS, "EXPRESS": EDBS, "FBO": FBW}  # as the trade calls them → ours
TRADE_NAMES = {FBS: "FBS", DBS: "DBS", EDBS: "Express", FBW: "FBO"}
SELLER_MODELS = (FBS, DBS, EDBS)
WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Step:
	"""A place on a task's way and how many hours it stays there, at least and at most. Orders from the
	marketplace's own warehouses have one status only: the feed's, kept in `supplier`.
	"""

	supplier: str
	wb: str
	hours: tuple[float, float] = (0, 0)

	@property
	def word(self) -> str:
		"""The status that tells."""
		return self.supplier if self.wb == WAITING else self.wb


PATHS: dict[str, tuple[Step, ...]] = {
	FBS: (
		Step("new", WAITING, (1, 20)),
		Step("confirm", WAITING, (2, 20)),
		Step("complete", WAITING, (1, 8)),
		Step("complete", "sorted", (20, 90)),
		Step("complete", "ready_for_pickup", (2, 70)),
		Step("complete", "sold"),
	),
	DBS: (
		Step("new", WAITING, (1, 20)),
		Step("confirm", WAITING, (2, 30)),
		Step("deliver", WAITING, (10, 60)),
		Step("receive", "sold"),
	),
	EDBS: (
		Step("new", WAITING, (0.1, 0.5)),
		Step("confirm", WAITING, (0.1, 0.4)),
		Step("deliver", WAITING, (0.2, 0.9)),
		Step("receive", "sold"),
	),
	FBW: (Step("created", WAITING, (20, 160)), Step("buyout", WAITING)),
}
# Who cancels → where a task that is still with the seller goes, and one that is on its way.
CANCELS: dict[str, tuple[Step, Step]] = {
	"client": (Step("", "declined_by_client"), Step("", "canceled_by_client")),
	"marketplace": (Step("", "canceled"), Step("", "canceled")),
	"system": (Step("", "canceled"), Step("", "canceled")),
	"delivery": (Step("", "defect"), Step("", "defect")),
	"seller": (Step("cancel", "canceled"), Step("cancel", "canceled")),
}
FBW_CANCELS = {
	"client": "app",
	"marketplace": "other",
	"system": "other",
	"delivery": "expire",
	"seller": "other",
}

RESERVING = frozenset({"new", "confirm", "created"})  # the goods are where they were
FINAL = frozenset(
	"""sold buyout cancel return returnDefective canceled canceled_by_client declined_by_client defect
	canceled_by_missed_call reject""".split()
)
CANCELLED = FINAL - {"sold", "buyout", "return", "returnDefective"}


def word_of(supplier: str, wb: str) -> str:
	return Step(supplier, wb).word


def step(model: str, status: str, supplier: str) -> Step:
	"""A task's place by its status, for one that stands at the supplier status given.

	Raises:
		ValueError: a task of the model has no such status.
	"""
	for place in PATHS[model]:
		if status == place.word:
			return place
	if model == FBW and status in ("return", "returnDefective", "cancel"):
		return Step(status, WAITING)
	if model != FBW and status == "cancel":
		return Step("cancel", "canceled")
	if model != FBW and status in ("postponed_delivery", *CANCELLED):
		return Step(supplier, status, (5, 30))
	raise ValueError(f"a task of {model} has no status {status!r}")


def following(model: str, supplier: str, wb: str) -> Step | None:
	"""Where a task goes from here; None at the end of its way."""
	path = PATHS[model]
	for place, here in enumerate(path[:-1]):
		if (here.supplier, here.wb) == (supplier, wb):
			return path[place + 1]
	return path[-1] if wb == "postponed_delivery" else None


def may_cancel(model: str, supplier: str, wb: str) -> bool:
	"""Whether the seller may cancel: before the goods are handed over."""
	return model in SELLER_MODELS and supplier in ("new", "confirm") and wb == WAITING
