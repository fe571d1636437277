"""What comes after orders: returns and reviews, on command and by themselves."""

from __future__ import annotations

import json
import random
from datetime import datetime
from typing import Any

from crm_marketplace.sandbox.buyers import buyer
from crm_marketplace.sandbox.clock import DAY, to_micros
from crm_marketplace.sandbox.shop import Shop
from crm_marketplace.sandbox.yandex_market import coming_back, movement, reviews
from crm_marketplace.sandbox.yandex_market.statuses import CANCELLED, FBY, step

_WORDS = (
	(5, "Всё отлично, рекомендую", "Качество", ""),
	(4, "Хорошая вещь за свои деньги", "Цена", "Упаковка"),
	(5, "", "", ""),
	(2, "Ожидал большего", "", "Материал"),
	(1, "Пришло с браком", "", "Брак"),
	(3, "Нормально", "Быстрая доставка", "Запах"),
)
_THANKS = "Спасибо за отзыв!"


class AfterSales(Shop):
	"""The commands of `Shop` for returns and reviews."""

	def create_return(
		self,
		order_id: str,
		offer_id: str | None = None,
		quantity: int | None = None,
		*,
		at: datetime | None = None,
	) -> str:
		with self.state.transaction():
			purchase = self._purchase(order_id)
			items = movement.lines_of(self, purchase["id"])
			if offer_id and offer_id not in [item["offer_id"] for item in items]:
				raise LookupError(f"there is no {offer_id!r} in order {order_id}")
			kind = coming_back.kind_of(purchase)
			left = coming_back.units_left(self, items)
			item = next((each for each in left if offer_id in (None, each["offer_id"])), None)
			if item is None or not 0 < (left[item] if quantity is None else int(quantity)) <= left[item]:
				raise ValueError(f"so many units of order {order_id} are not left to come back")
			units = left[item] if quantity is None else int(quantity)
			moment = to_micros(at) if at else self.clock.micros()
			return str(coming_back.add(self, purchase, {item: units}, kind, moment))

	def move_return(self, return_id: str, state: str | None = None) -> str:
		with self.state.transaction():
			row = self._return(return_id)
			wanted = state or coming_back.following(row)
			if wanted is None:
				raise ValueError(
					f"return {return_id} is {coming_back.state_of(row)} and goes nowhere from there"
				)
			self._move_return(row, wanted)
			return coming_back.state_of(self._return(return_id))

	def return_ids(self, *states: str) -> list[str]:
		rows = self.state.all("SELECT * FROM goods_return ORDER BY created_at, id")
		return [str(row["id"]) for row in rows if not states or coming_back.state_of(row) in states]

	def goods_return(self, return_id: str) -> dict[str, Any]:
		row = self._return(return_id)
		item = self.state.one(
			"SELECT * FROM return_item WHERE return_id = ? ORDER BY item_id LIMIT 1", (row["id"],)
		)
		return {
			"id": str(row["id"]),
			"order_id": str(row["purchase_id"]),
			"offer_id": item["offer_id"],
			"quantity": item["count"],
			"state": coming_back.state_of(row),
			"kind": coming_back.KINDS[row["kind"]],
			"campaign_id": str(row["campaign_id"]),
		}

	def settle_returns(self) -> None:
		"""Move the returns that are due on the clock: one step per pace that has passed."""
		now = self.clock.micros()
		while rows := self._returns("r.moves_at <= ?", now):
			for row in rows:
				wanted = coming_back.following(row)
				if wanted is None:
					self.state.update("goods_return", {"id": row["id"]}, moves_at=None)
				else:
					self._move_return(row, wanted, row["moves_at"])

	def create_review(
		self,
		offer_id: str,
		rating: int,
		text: str = "",
		*,
		order_id: str | None = None,
		at: datetime | None = None,
		photos: tuple[str, ...] = (),
	) -> str:
		"""See `Shop.create_review`. `photos`: addresses of pictures."""
		with self.state.transaction():
			if int(rating) not in range(1, 6):
				raise ValueError(f"{rating} is not a number of stars")
			self._offer(offer_id)
			purchase_id = self._purchase(order_id)["id"] if order_id else None
			moment = to_micros(at) if at else self.clock.micros()
			return str(self._add_review(offer_id, int(rating), text, moment, purchase_id, photos=photos))

	def review_ids(self) -> list[str]:
		return [str(row["id"]) for row in self.state.all("SELECT id FROM review ORDER BY created_at, id")]

	def review(self, review_id: str) -> dict[str, Any]:
		row = self._review(review_id)
		answers = self.state.all(
			"""SELECT text FROM review_comment WHERE review_id = ? AND author_type = ? AND parent_id IS NULL
			AND status != ? ORDER BY id""",
			(row["id"], reviews.SELLER, reviews.BANNED),
		)
		return {
			"id": str(row["id"]),
			"offer_id": row["offer_id"],
			"rating": row["rating"],
			"text": row["text"],
			"order_id": str(row["purchase_id"]) if row["purchase_id"] else None,
			"answers": [answer["text"] for answer in answers],
		}

	def comment_review(self, review_id: str, text: str) -> str:
		"""Another buyer writes something below a review. Returns the comment's id."""
		with self.state.transaction():
			return str(reviews.add_comment(self, self._review(review_id)["id"], text, reviews.BUYER))

	# --- making it -----------------------------------------------------------------------------

	def fill_aftersales(self) -> None:
		"""What became of the orders the shop is filled with."""
		for row in self.state.all("SELECT * FROM purchase ORDER BY id"):
			if row["status"] == CANCELLED and row["was_shipped"]:
				self._fill_return(row, coming_back.UNREDEEMED)
			elif row["status"] in ("RETURNED", "PARTIALLY_RETURNED"):
				self._fill_return(row, coming_back.RETURN)
			elif row["status"] == "DELIVERED" and row["id"] % 4 == 0:
				self._fill_review(row)

	def _fill_return(self, purchase: Any, kind: str) -> None:
		items = movement.lines_of(self, purchase["id"])
		goods = {item: item["count"] for item in items}
		if purchase["status"] == "PARTIALLY_RETURNED":
			goods = {items[0]: 1}
		at = purchase["changed_at"]
		row = self._return(str(coming_back.add(self, purchase, goods, kind, at)))
		path = coming_back.TO_MARKETPLACE if purchase["program"] == FBY else coming_back.TO_SELLER
		days = (self.clock.micros() - at) // DAY
		# One step every other day; what the order says came back is back.
		place = len(path) - 1 if kind == coming_back.RETURN else min(1 + days // 2, len(path) - 1)
		coming_back.move(self, row, path[place], min(at + place * 2 * DAY, self.clock.micros()))

	def _fill_review(self, purchase: Any) -> None:
		rating, text, good, bad = _WORDS[purchase["id"] // 4 % len(_WORDS)]
		item = movement.lines_of(self, purchase["id"])[0]
		at = min(purchase["changed_at"] + DAY, self.clock.micros())
		review_id = self._add_review(item["offer_id"], rating, text, at, purchase["id"], good, bad)
		if rating > 3 and text:
			reviews.add_comment(self, review_id, _THANKS, reviews.SELLER)
			self.state.update("review", {"id": review_id}, needs_reaction=0)

	# --- inside --------------------------------------------------------------------------------

	def _add_review(
		self,
		offer_id: str,
		rating: int,
		text: str,
		at: int,
		purchase_id: int | None,
		advantages: str = "",
		disadvantages: str = "",
		photos: tuple[str, ...] = (),
	) -> int:
		last = self.state.value("SELECT max(id) FROM review") or 50_000_000 + self.number * 1_000_000
		chance = random.Random(f"review {self.plan.seed}/{last}")
		return self.state.insert(
			"review",
			id=last + 3,
			offer_id=offer_id,
			purchase_id=purchase_id,
			rating=rating,
			text=text,
			advantages=advantages,
			disadvantages=disadvantages,
			author=buyer(chance).name.split(" ")[0],
			photos=json.dumps(list(photos)),
			needs_reaction=1,
			created_at=at,
		)

	def _move_return(self, row: Any, state: str, at: int | None = None) -> None:
		coming_back.move(self, row, state, at)
		now = self._return(str(row["id"]))
		if now["kind"] != coming_back.RETURN or now["refund"] != coming_back.REFUNDED:
			return
		purchase = self._purchase(str(row["purchase_id"]))
		status = "RETURNED" if coming_back.has_all_back(self, purchase["id"]) else "PARTIALLY_RETURNED"
		if purchase["status"] != status:
			movement.move(self, purchase, step(purchase["program"], status), at)

	def _return(self, return_id: str) -> Any:
		rows = self._returns("r.id = ?", return_id)
		if not rows:
			raise LookupError(f"there is no return {return_id!r}")
		return rows[0]

	def _returns(self, condition: str, value: Any) -> list[Any]:
		return self.state.all(
			f"""SELECT r.*, p.program FROM goods_return r JOIN purchase p ON p.id = r.purchase_id
			WHERE {condition} ORDER BY r.moves_at, r.id""",
			(value,),
		)

	def _review(self, review_id: str) -> Any:
		row = self.state.one("SELECT * FROM review WHERE id = ?", (review_id,))
		if row is None:
			raise LookupError(f"there is no review {review_id!r}")
		return row

	def _purchase(self, order_id: str) -> Any:
		row = self.state.one("SELECT * FROM purchase WHERE id = ?", (order_id,))
		if row is None:
			raise LookupError(f"there is no order {order_id!r}")
		return row

	def _offer(self, offer_id: str) -> Any:
		row = self.state.one("SELECT * FROM offer WHERE offer_id = ?", (offer_id,))
		if row is None:
			raise LookupError(f"there is no offer {offer_id!r}")
		return row
