"""What can be done to a sandbox shop from outside the marketplace's own API: by tests, the trainer, the
demo and the control API. Each marketplace implements it in its folder.
"""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crm_marketplace.sandbox.clock import SECOND, Clock
from crm_marketplace.sandbox.files import Files
from crm_marketplace.sandbox.limits import Limits
from crm_marketplace.sandbox.state import State

# Where returned goods are, as the trade says it; each marketplace has words of its own for some of them.
RETURN_STATES = (
	"Requested",
	"On The Way",
	"Ready For Pickup",
	"Received",
	"At Marketplace",
	"Disposed Of",
	"Refused",
	"Lost",
)


@dataclass(frozen=True, slots=True)
class Plan:
	"""What a shop is filled with.

	Args:
		listings: cards, all kinds of states among them.
		orders: orders (units of work: postings, tasks), all schemes and statuses among them.
		days: the orders are spread over so many last days.
		seed: the same seed makes the same shop.
		pace: orders move to their next status by themselves after so long; None: on command only.
	"""

	listings: int = 200
	orders: int = 250
	days: int = 30
	seed: int = 1
	pace: timedelta | None = None

	def next_move(self, status: str, at: int) -> int | None:
		"""When an order that came to a status at a moment moves on by itself; None: on command only."""
		if self.pace is None:
			return None
		chance = random.Random(f"{self.seed} {at} {status}")
		return at + int(self.pace.total_seconds() * SECOND * chance.uniform(0.5, 1.5))


class Shop(ABC):
	"""One seller account.

	Args:
		number: from 1; shops of one sandbox sell the same goods and have different orders.
	"""

	files: Files  # what its links lead to; set by the sandbox it belongs to
	_key_field = "api_key"  # how the key is called in the credentials and in the table of keys, `api_key`

	def __init__(self, number: int, plan: Plan, state: State, clock: Clock, limits: Limits) -> None:
		self.number = number
		self.plan = plan
		self.state = state
		self.clock = clock
		self.limits = limits
		if state.is_new:
			with state.transaction():
				self.fill()
			state.is_new = False

	@property
	def account(self) -> dict[str, Any]:
		"""What the account was filled with: its name, keys and numbers."""
		return self.state.meta("account")

	@property
	def name(self) -> str:
		"""Unique in the sandbox; shown to people."""
		return self.account["name"]

	@property
	@abstractmethod
	def credentials(self) -> dict[str, str]:
		"""A key with all rights, by the names the connector asks for."""

	@abstractmethod
	def fill(self) -> None:
		"""Make the catalogue, stock and orders of the plan."""

	@abstractmethod
	def settle(self) -> None:
		"""Let everything happen that is due on the clock."""

	# --- keys ----------------------------------------------------------------------------------

	@abstractmethod
	def make_key(
		self, *, without: Iterable[str] = (), lifetime: timedelta = timedelta(days=90)
	) -> dict[str, str]:
		"""Another key of the shop.

		Args:
			without: capabilities ("stock", "prices", "orders" …) the key has no right for.
			lifetime: until it expires.
		"""

	def revoke_key(self, credentials: Mapping[str, str]) -> None:
		"""Take a key back.

		Raises:
			LookupError: the shop has no such key.
		"""
		query = f"UPDATE api_key SET revoked = 1 WHERE {self._key_field} = ?"
		if not self.state.run(query, (credentials[self._key_field],)):
			raise LookupError("the shop has no such key")

	# --- orders --------------------------------------------------------------------------------

	@abstractmethod
	def create_order(
		self,
		lines: Mapping[str, int] | None = None,
		*,
		scheme: str = "FBS",
		warehouse_id: str | None = None,
		at: datetime | None = None,
		status: str | None = None,
		is_company: bool = False,
		boxes: int = 1,
		prices: Mapping[str, str] | None = None,
	) -> str:
		"""A buyer orders. Stock is reserved.

		Args:
			lines: offer id → units; something that is for sale if not given.
			scheme: "FBS", "FBO", "DBS" or "Express".
			warehouse_id: the seller's warehouse; one of the scheme if not given.
			at: when; now if not given.
			status: the marketplace's; the first one of a paid order if not given.
			is_company: the buyer is a legal entity.
			boxes: boxes the order is packed into.
			prices: offer id → price per unit where it is not the listing's.

		Returns:
			The marketplace's id of the order.

		Raises:
			LookupError: the shop has no such offer or warehouse.
		"""

	@abstractmethod
	def move_order(self, order_id: str, status: str | None = None, substatus: str | None = None) -> str:
		"""Move an order to its next status, or to the one given. Returns the status it has now.

		Raises:
			LookupError: there is no such order.
			ValueError: there is no such status.
		"""

	@abstractmethod
	def cancel_order(self, order_id: str, *, by: str = "client", reason: str | None = None) -> None:
		"""Cancelled, as a rule not by the seller.

		Args:
			by: "client", "marketplace", "system" (not paid in time), "delivery" or "seller".
		"""

	@abstractmethod
	def order_ids(self, *statuses: str, scheme: str | None = None) -> list[str]:
		"""The ids of all orders (of some statuses or a scheme), oldest first."""

	@abstractmethod
	def order(self, order_id: str) -> dict[str, Any]:
		"""What the shop knows of an order: at least id, status, scheme and lines (offer id → units)."""

	def fail_next_packing(self) -> None:
		"""The next order the seller packs is accepted at first and fails afterwards, where such a thing exists."""
		self.state.remember(next_packing_fails=True)

	# --- returns and reviews, where the marketplace has them -------------------------------------

	def create_return(
		self,
		order_id: str,
		offer_id: str | None = None,
		quantity: int | None = None,
		*,
		at: datetime | None = None,
	) -> str:
		"""Goods of one card come back: of a delivered order, or of one cancelled on its way.

		Args:
			offer_id: the first one of the order that is not on its way back yet if not given.
			quantity: units; all that are left of it if not given.
			at: when; now if not given.

		Returns:
			The marketplace's id of the return.

		Raises:
			LookupError: there is no such order, or the offer is not in it.
			ValueError: the order's goods are not with the buyer or on their way, or so many are not left.
		"""
		raise ValueError("there are no returns in this sandbox")

	def move_return(self, return_id: str, state: str | None = None) -> str:
		"""Move a return to its next state, or to the one given. Returns the state it has now.

		Args:
			state: one of `RETURN_STATES`.

		Raises:
			LookupError: there is no such return.
			ValueError: the marketplace has no such state, or the return has come to its end.
		"""
		raise LookupError(f"there is no return {return_id!r}")

	def return_ids(self, *states: str) -> list[str]:
		"""The ids of all returns (in some of `RETURN_STATES`), oldest first."""
		return []

	def goods_return(self, return_id: str) -> dict[str, Any]:
		"""What the shop knows of a return: at least id, order_id, offer_id, quantity, state, and kind
		("Returned", or "Not Redeemed" of a buyer who never had the goods).

		Raises:
			LookupError: there is no such return.
		"""
		raise LookupError(f"there is no return {return_id!r}")

	def create_review(
		self,
		offer_id: str,
		rating: int,
		text: str = "",
		*,
		order_id: str | None = None,
		at: datetime | None = None,
	) -> str:
		"""A buyer writes a review.

		Args:
			rating: stars, 1 to 5.
			order_id: the order it was bought with, where the marketplace tells it.
			at: when; now if not given.

		Returns:
			The marketplace's id of the review.

		Raises:
			LookupError: the shop has no such offer or order.
			ValueError: a rating that is none.
		"""
		raise ValueError("there are no reviews in this sandbox")

	def review_ids(self) -> list[str]:
		"""The ids of all reviews, oldest first."""
		return []

	def review(self, review_id: str) -> dict[str, Any]:
		"""What the shop knows of a review: at least id, offer_id, rating, text, and the seller's answers.

		Raises:
			LookupError: there is no such review.
		"""
		raise LookupError(f"there is no review {review_id!r}")

	# --- goods ---------------------------------------------------------------------------------

	@abstractmethod
	def listing_ids(self, *, sellable: bool = False, limit: int | None = None) -> list[str]:
		"""The ids stock and prices are addressed by."""

	@abstractmethod
	def offer_ids(self, *, sellable: bool = False, limit: int | None = None) -> list[str]: ...

	@abstractmethod
	def warehouse_ids(self, scheme: str | None = None) -> list[str]:
		"""The seller's active warehouses."""

	@abstractmethod
	def stock(self, offer_id: str, warehouse_id: str | None = None) -> dict[str, int]:
		"""`present`, `reserved` and `free` of an offer in one warehouse, or in all."""

	@abstractmethod
	def set_stock(self, offer_id: str, quantity: int, warehouse_id: str | None = None) -> None:
		"""Set what is free, past the API and its limits."""

	@abstractmethod
	def price(self, offer_id: str) -> dict[str, str]:
		"""`price`, `old_price`, `minimum_price` and `currency` of an offer; sums in major units."""

	@abstractmethod
	def counts(self) -> dict[str, Any]:
		"""For people: listings, orders by status and so on."""


def split_evenly(total: int, parts: int) -> Sequence[int]:
	"""`total` in `parts` near-equal whole numbers."""
	return [total // parts + (1 if place < total % parts else 0) for place in range(parts)]


def scheme_named(schemes: Mapping[str, str], name: str) -> str:
	"""The marketplace's own word for a scheme.

	Args:
		schemes: the trade's name in capitals → the marketplace's.

	Raises:
		ValueError: it has no such scheme.
	"""
	own = schemes.get(name.upper())
	if own is None:
		raise ValueError(f"there is no scheme {name!r}; known: {', '.join(schemes)}")
	return own


def move_due(
	shop: Shop, table: str, following: Callable[[Any], Any], move: Callable[[Any, Any, Any, int], None]
) -> None:
	"""Move what is due on the clock: one step per pace that has passed.

	Args:
		table: the orders, with `id` and `moves_at`.
		following: row → where it goes next, None where its way ends.
		move: puts a row there at a moment, and says in `moves_at` when it moves again.
	"""
	now = shop.clock.micros()
	while rows := shop.state.all(f"SELECT * FROM {table} WHERE moves_at <= ? ORDER BY moves_at", (now,)):
		for row in rows:
			where = following(row)
			if where is None:
				shop.state.update(table, {"id": row["id"]}, moves_at=None)
			else:
				move(shop, row, where, row["moves_at"])
