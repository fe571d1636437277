"""What happens to goods after they were sold: the commands of `sandbox.shop.Shop` about returns and reviews."""

from __future__ import annotations

from abc import abstractmethod
from datetime import datetime
from typing import Any

from crm_marketplace.sandbox.clock import to_micros
from crm_marketplace.sandbox.shop import Shop
from crm_marketplace.sandbox.wildberries import returns, reviews
from crm_marketplace.sandbox.wildberries.statuses import FBW, word_of

_WISH = "Не подошёл размер, хочу вернуть"


class AfterSales(Shop):
	@abstractmethod
	def _task(self, order_id: str) -> Any:
		"""The row of an order. Raises LookupError."""

	@abstractmethod
	def _size(self, offer_id: str) -> Any:
		"""The row of an offer. Raises LookupError."""

	# --- returns -------------------------------------------------------------------------------

	def create_return(
		self,
		order_id: str,
		offer_id: str | None = None,
		quantity: int | None = None,
		*,
		at: datetime | None = None,
	) -> str:
		"""See `Shop.create_return`. Goods from the marketplace's own warehouses go back there: of those a buyer
		has, nothing is told but his claim.
		"""
		moment = to_micros(at) if at else self.clock.micros()
		with self.state.transaction():
			task = self._task(order_id)
			sold = self.state.value("SELECT offer_id FROM size WHERE chrt_id = ?", (task["chrt_id"],))
			if offer_id not in (None, sold):
				raise LookupError(f"{offer_id!r} is not in order {order_id}")
			if quantity not in (None, 1):
				raise ValueError("an order is one unit")
			if task["model"] == FBW:
				return self.create_claim(order_id, at=at)
			if returns.item_of(self, task["id"]):
				raise ValueError(f"{order_id} is on its way back already")
			if not (task["wb_status"] == "sold" or returns.comes_back(task)):
				raise ValueError(f"the goods of {order_id} are not with the buyer, and not on their way")
			return returns.add_item(self, task, moment)

	def create_claim(self, order_id: str, comment: str = _WISH, *, at: datetime | None = None) -> str:
		"""A buyer asks to give back what he has. Returns the id of the claim.

		Raises:
			LookupError: there is no such order.
			ValueError: the buyer does not have it.
		"""
		with self.state.transaction():
			task = self._task(order_id)
			if word_of(task["supplier_status"], task["wb_status"]) not in ("sold", "buyout"):
				raise ValueError(f"no buyer has the goods of {order_id}")
			return returns.add_claim(self, task, comment, to_micros(at) if at else self.clock.micros())

	def move_return(self, return_id: str, state: str | None = None) -> str:
		"""See `Shop.move_return`. A claim is decided so."""
		with self.state.transaction():
			row = self._return(return_id)
			state = returns.next_state(row, state)
			move = returns.move_claim if returns.is_claim(row) else returns.move_item
			move(self, row, state, self.clock.micros())
			return state

	def return_ids(self, *states: str) -> list[str]:
		rows = self.state.all(
			"""SELECT srid AS id, state, ordered_at AS at FROM item_return
			UNION ALL SELECT claim_id, state, asked_at FROM claim ORDER BY 3, 1"""
		)
		return [row["id"] for row in rows if not states or row["state"] in states]

	def goods_return(self, return_id: str) -> dict[str, Any]:
		"""See `Shop.goods_return`. A claim tells no more of its order than the order's `srid`."""
		row = self._return(return_id)
		task = self.state.one(
			"SELECT t.*, s.offer_id FROM task t JOIN size s USING (chrt_id) WHERE t.id = ?", (row["task_id"],)
		)
		is_bought = task["wb_status"] == "sold" or task["supplier_status"] in ("buyout", "return")
		return {
			"id": return_id,
			"order_id": task["srid"] if returns.is_claim(row) or task["model"] == FBW else str(task["id"]),
			"offer_id": task["offer_id"],
			"quantity": 1,
			"state": row["state"],
			"kind": "Returned" if is_bought else "Not Redeemed",
		}

	def _return(self, return_id: str) -> Any:
		row = self.state.one("SELECT * FROM item_return WHERE srid = ?", (return_id,)) or self.state.one(
			"SELECT * FROM claim WHERE claim_id = ?", (return_id,)
		)
		if row is None:
			raise LookupError(f"there is no return {return_id!r}")
		return row

	# --- reviews -------------------------------------------------------------------------------

	def create_review(
		self,
		offer_id: str,
		rating: int,
		text: str = "",
		*,
		order_id: str | None = None,
		at: datetime | None = None,
	) -> str:
		"""See `Shop.create_review`. Which order it was bought with is not told there."""
		if rating not in range(1, 6):
			raise ValueError(f"{rating} stars are no rating")
		with self.state.transaction():
			if order_id is not None:
				self._task(order_id)
			moment = to_micros(at) if at else self.clock.micros()
			return reviews.add(self, self._size(offer_id), rating, text, moment)

	def review_ids(self) -> list[str]:
		return [row[0] for row in self.state.all("SELECT review_id FROM review ORDER BY created_at, id")]

	def review(self, review_id: str) -> dict[str, Any]:
		row = self.state.one(
			"SELECT r.*, s.offer_id FROM review r JOIN size s USING (chrt_id) WHERE review_id = ?",
			(review_id,),
		)
		if row is None:
			raise LookupError(f"there is no review {review_id!r}")
		return {
			"id": review_id,
			"offer_id": row["offer_id"],
			"rating": row["rating"],
			"text": row["text"],
			"answers": [] if row["answer"] is None else [row["answer"]],
		}

	def judge_answer(self, review_id: str, state: str) -> None:
		"""A moderator lets an answer pass ("wbRu") or does not ("rejected")."""
		self.state.run("UPDATE review SET answer_state = ? WHERE review_id = ?", (state, review_id))
