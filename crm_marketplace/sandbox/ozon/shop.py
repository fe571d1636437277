"""An Ozon account: the commands of `sandbox.shop.Shop`."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from crm_marketplace.sandbox.buyers import buyer, firm
from crm_marketplace.sandbox.clock import SECOND, to_micros
from crm_marketplace.sandbox.ozon import (
	credentials,
	generator,
	goods_back,
	listings,
	movement,
	reviews,
	stock,
	warehouses,
)
from crm_marketplace.sandbox.ozon.listings import SELLABLE
from crm_marketplace.sandbox.ozon.money import CURRENCY, fixed, parse
from crm_marketplace.sandbox.ozon.movement import Item, Purchase
from crm_marketplace.sandbox.ozon.return_statuses import STATUSES
from crm_marketplace.sandbox.ozon.statuses import (
	EXPRESS,
	FBO,
	FBS,
	PATHS,
	RESERVING,
	RFBS,
	SCHEMES,
	step,
)
from crm_marketplace.sandbox.ozon.warehouses import ACTIVE
from crm_marketplace.sandbox.shop import Shop, scheme_named
from crm_marketplace.sandbox.state import marks

# Requests of rFBS buyers are counted apart from other returns.
_REQUEST = "rfbs-"
_AS_THE_TRADE_SAYS = {FBS: "FBS", RFBS: "DBS", EXPRESS: "Express", FBO: "FBO"}


class OzonShop(Shop):
	rights: Mapping[str, str | None] = {}  # path → the capability a key needs for it

	@property
	def credentials(self) -> dict[str, str]:
		return {"client_id": self.account["client_id"], "api_key": self.account["api_key"]}

	def fill(self) -> None:
		credentials.fill(self)
		warehouses.fill(self)
		listings.fill(self)
		stock.fill(self)
		generator.fill(self)
		goods_back.fill(self)
		reviews.fill(self)

	def settle(self) -> None:
		movement.settle(self)

	# --- keys ----------------------------------------------------------------------------------

	def make_key(
		self, *, without: Iterable[str] = (), lifetime: timedelta = timedelta(days=90)
	) -> dict[str, str]:
		without = set(without)
		if unknown := without - set(credentials.ROLES):
			raise ValueError(f"no right is called {', '.join(sorted(unknown))}")
		if "orders" in without:
			without.add("fbo_orders")
		if "returns" in without:
			without.add("rfbs_returns")
		api_key = credentials.new_key(self, without, int(lifetime.total_seconds() * SECOND))
		return {**self.credentials, "api_key": api_key}

	def subscribe(self, subscription: str) -> None:
		"""What the seller pays for: `PREMIUM_PRO`, `NO_SUBSCRIPTION` or `REVIEWS_ONLY` of `credentials.py`."""
		self.state.remember(subscription=subscription)

	# --- orders --------------------------------------------------------------------------------

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
		with self.state.transaction():
			own = scheme_named(SCHEMES, scheme)
			made = self.state.meta("orders_made", self.plan.orders) + 1
			self.state.remember(orders_made=made)
			chance = random.Random(f"order {self.plan.seed}/{self.number}/{made}")
			method = None if own == FBO else self._method(own, warehouse_id)
			where = step(own, status) if status else PATHS[own][0]
			lines = lines or self._something(chance, own, method)
			items = [
				self._item(offer_id, units, (prices or {}).get(offer_id)) for offer_id, units in lines.items()
			]
			if where.status in RESERVING:
				self._check_free(items, method)
			moment = to_micros(at) if at else self.clock.micros()
			who = buyer(chance)
			purchase = Purchase(
				order_id=34_000_000_000 + self.number * 10**9 + made * 977,
				order_number=movement.order_number(who, made),
				place=1,
				scheme=own,
				at=moment,
				items=items,
				buyer=who,
				firm=firm(chance) if is_company else None,
				method=method,
				boxes=boxes,
				payment=movement.FIRM_PAYMENT if is_company else chance.choice(movement.PAYMENTS),
			)
			posting_id = movement.add_posting(
				self, purchase, where, moment, moves_at=movement.next_move(self, where, moment)
			)
			if where.status in RESERVING:
				movement.reserve(self, posting_id)
			return f"{purchase.order_number}-1"

	def move_order(self, order_id: str, status: str | None = None, substatus: str | None = None) -> str:
		with self.state.transaction():
			row = self._posting(order_id)
			where = movement.next_step(row, status, substatus)
			movement.move(self, row, where)
			return where.status

	def cancel_order(self, order_id: str, *, by: str = "client", reason: str | None = None) -> None:
		with self.state.transaction():
			movement.cancel(self, self._posting(order_id), by, reason=reason)

	def order_ids(self, *statuses: str, scheme: str | None = None) -> list[str]:
		conditions, values = ["1"], list(statuses)
		if statuses:
			conditions.append(f"status IN ({marks(statuses)})")
		if scheme:
			conditions.append("scheme = ?")
			values.append(SCHEMES[scheme.upper()])
		rows = self.state.all(
			f"SELECT posting_number FROM posting WHERE {' AND '.join(conditions)} ORDER BY created_at, id",
			values,
		)
		return [row["posting_number"] for row in rows]

	def order(self, order_id: str) -> dict[str, Any]:
		row = self._posting(order_id)
		lines = self.state.all(
			"SELECT offer_id, quantity, price FROM posting_line WHERE posting_id = ? ORDER BY place",
			(row["id"],),
		)
		return {
			"id": row["posting_number"],
			"order_number": row["order_number"],
			"parent_id": row["parent"] or None,
			"status": row["status"],
			"substatus": row["substatus"],
			"scheme": _AS_THE_TRADE_SAYS[row["scheme"]],
			"warehouse_id": str(row["warehouse_id"]) if row["warehouse_id"] else None,
			"lines": {line["offer_id"]: line["quantity"] for line in lines},
			"total": fixed(sum(line["quantity"] * line["price"] for line in lines)),
			"currency": CURRENCY,
			"is_company": row["firm"] is not None,
			"boxes": row["boxes"],
			"cancel_reason_id": row["cancel_reason_id"] or None,
		}

	# --- returns and reviews -------------------------------------------------------------------

	def create_return(
		self,
		order_id: str,
		offer_id: str | None = None,
		quantity: int | None = None,
		*,
		at: datetime | None = None,
	) -> str:
		with self.state.transaction():
			posting = self._posting(order_id)
			if offer_id and offer_id not in self.order(order_id)["lines"]:
				raise LookupError(f"{offer_id!r} is not in the order {order_id}")
			left = [
				row for row in goods_back.lines_left(self, posting) if offer_id in (None, row["offer_id"])
			]
			if not left:
				raise ValueError(f"nothing of the order {order_id} is left to come back")
			moment = to_micros(at) if at else self.clock.micros()
			return_id = goods_back.begin_line(self, posting, left[0], quantity, moment)
			return self._return_name(return_id, posting["scheme"])

	def move_return(self, return_id: str, state: str | None = None) -> str:
		with self.state.transaction():
			row = self._return(return_id)
			word = goods_back.next_status(row, state)
			goods_back.move(self, row, word)
			return STATUSES[word].state

	def return_ids(self, *states: str) -> list[str]:
		rows = self.state.all("SELECT id, scheme, status FROM goods_return ORDER BY created_at, id")
		return [
			self._return_name(row["id"], row["scheme"])
			for row in rows
			if not states or STATUSES[row["status"]].state in states
		]

	def goods_return(self, return_id: str) -> dict[str, Any]:
		row = self._return(return_id)
		return {
			"id": return_id,
			"order_id": row["posting_number"],
			"offer_id": row["offer_id"],
			"quantity": row["quantity"],
			"state": STATUSES[row["status"]].state,
			"kind": "Returned" if row["type"] == "ClientReturn" else "Not Redeemed",
		}

	def create_review(
		self,
		offer_id: str,
		rating: int,
		text: str = "",
		*,
		order_id: str | None = None,
		at: datetime | None = None,
	) -> str:
		with self.state.transaction():
			if order_id is not None:
				self._posting(order_id)
			moment = to_micros(at) if at else self.clock.micros()
			return reviews.add(self, offer_id, int(rating), text, moment)

	def review_ids(self) -> list[str]:
		return [row["id"] for row in self.state.all("SELECT id FROM review ORDER BY published_at, number")]

	def review(self, review_id: str) -> dict[str, Any]:
		row = self.state.one("SELECT * FROM review WHERE id = ?", (review_id,))
		if row is None:
			raise LookupError(f"there is no review {review_id!r}")
		return {
			"id": review_id,
			"offer_id": row["offer_id"],
			"rating": row["rating"],
			"text": row["text"],
			"answers": reviews.answers(self, review_id),
		}

	# --- goods ---------------------------------------------------------------------------------

	def listing_ids(self, *, sellable: bool = False, limit: int | None = None) -> list[str]:
		return [str(row["product_id"]) for row in self._listings(sellable, limit)]

	def offer_ids(self, *, sellable: bool = False, limit: int | None = None) -> list[str]:
		return [row["offer_id"] for row in self._listings(sellable, limit)]

	def warehouse_ids(self, scheme: str | None = None) -> list[str]:
		rows = self.state.all("SELECT * FROM warehouse WHERE status = ? ORDER BY warehouse_id", (ACTIVE,))
		wanted = SCHEMES[scheme.upper()] if scheme else None
		return [str(row["warehouse_id"]) for row in rows if wanted in (None, row["scheme"])]

	def stock(self, offer_id: str, warehouse_id: str | None = None) -> dict[str, int]:
		row = self.state.one(
			"""SELECT coalesce(sum(present), 0) AS present, coalesce(sum(reserved), 0) AS reserved FROM stock
			WHERE product_id = ? AND (? IS NULL OR warehouse_id = ?)""",
			(self._listing(offer_id)["product_id"], warehouse_id, int(warehouse_id or 0)),
		)
		present, reserved = row["present"], row["reserved"]
		return {"present": present, "reserved": reserved, "free": present - reserved}

	def set_stock(self, offer_id: str, quantity: int, warehouse_id: str | None = None) -> None:
		with self.state.transaction():
			place = self._method(FBS, warehouse_id)["warehouse_id"]
			stock.set_free(self, self._listing(offer_id)["product_id"], place, int(quantity))

	def price(self, offer_id: str) -> dict[str, str]:
		row = self._listing(offer_id)
		return {
			"price": fixed(row["price"]),
			"old_price": fixed(row["old_price"]),
			"minimum_price": fixed(row["min_price"]),
			"currency": CURRENCY,
		}

	def counts(self) -> dict[str, Any]:
		orders = self.state.all(
			"SELECT status, count(*) AS number FROM posting GROUP BY status ORDER BY status"
		)
		return {
			"listings": self.state.value("SELECT count(*) FROM listing"),
			"warehouses": self.state.value("SELECT count(*) FROM warehouse"),
			"orders": {row["status"]: row["number"] for row in orders},
			"returns": self.state.value("SELECT count(*) FROM goods_return"),
			"reviews": self.state.value("SELECT count(*) FROM review"),
		}

	# --- inside --------------------------------------------------------------------------------

	def _posting(self, order_id: str) -> Any:
		row = self.state.one("SELECT * FROM posting WHERE posting_number = ?", (order_id,))
		if row is None:
			raise LookupError(f"there is no order {order_id!r}")
		return row

	def _return(self, return_id: str) -> Any:
		row = self.state.one(
			"""SELECT r.*, p.posting_number, l.offer_id FROM goods_return r JOIN posting p ON p.id = r.posting_id
			JOIN posting_line l ON l.posting_id = r.posting_id AND l.place = r.place WHERE r.id = ?""",
			(return_id.removeprefix(_REQUEST),),
		)
		if row is None or self._return_name(row["id"], row["scheme"]) != return_id:
			raise LookupError(f"there is no return {return_id!r}")
		return row

	@staticmethod
	def _return_name(return_id: int, scheme: str) -> str:
		return f"{_REQUEST if scheme in (RFBS, EXPRESS) else ''}{return_id}"

	def _listing(self, offer_id: str) -> Any:
		row = self.state.one("SELECT * FROM listing WHERE offer_id = ?", (offer_id,))
		if row is None:
			raise LookupError(f"there is no offer {offer_id!r}")
		return row

	def _listings(self, sellable: bool, limit: int | None) -> list[Any]:
		condition = f"state = '{SELLABLE}' AND archived = 0" if sellable else "1"
		return self.state.all(
			f"SELECT product_id, offer_id FROM listing WHERE {condition} ORDER BY product_id LIMIT ?",
			(-1 if limit is None else limit,),
		)

	def _method(self, scheme: str, warehouse_id: str | None) -> Any:
		"""A delivery method of the warehouse, or of the first one of the scheme."""
		row = self.state.one(
			"""SELECT m.* FROM delivery_method m JOIN warehouse w USING (warehouse_id)
			WHERE w.status = ? AND CASE WHEN ? IS NULL THEN w.scheme = ? ELSE w.warehouse_id = ? END
			ORDER BY w.warehouse_id""",
			(ACTIVE, warehouse_id, scheme, int(warehouse_id or 0)),
		)
		if row is None:
			raise LookupError(f"there is no active warehouse {warehouse_id or scheme!r}")
		return row

	def _item(self, offer_id: str, units: int, price: str | None) -> Item:
		kopecks = None if price is None else parse(price)
		if price is not None and kopecks is None:
			raise ValueError(f"{price!r} is not a price")
		return Item(self._listing(offer_id), int(units), kopecks)

	def _something(self, chance: random.Random, scheme: str, method: Any) -> dict[str, int]:
		"""One thing that is for sale there and in stock."""
		if scheme == FBO:
			source, values = "SELECT offer_id FROM listing WHERE fbo_present > fbo_reserved", ()
		else:
			source = """SELECT offer_id FROM stock JOIN listing USING (product_id)
				WHERE warehouse_id = ? AND present > reserved AND archived = 0"""
			values = (method["warehouse_id"],)
		low = self.state.value("SELECT min(product_id) FROM listing") or 0
		high = self.state.value("SELECT max(product_id) FROM listing") or 0
		for since in (chance.randint(low, high), 0):
			query = f"{source} AND product_id >= ? ORDER BY product_id LIMIT 1"
			if offer_id := self.state.value(query, (*values, since)):
				return {offer_id: 1}
		raise LookupError("nothing is in stock there")

	def _check_free(self, items: list[Item], method: Any) -> None:
		"""Nobody can buy what is not there."""
		for item in items:
			listing = item.listing
			if method is None:
				free = listing["fbo_present"] - listing["fbo_reserved"]
			else:
				free = self.stock(listing["offer_id"], str(method["warehouse_id"]))["free"]
			if item.units > free:
				raise ValueError(
					f"only {free} of {listing['offer_id']!r} can be ordered there; set_stock first"
				)
