"""Orders of the last days: all schemes and statuses, several lines, several boxes, split, of companies."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.buyers import Buyer, Firm, buyer, firm
from crm_marketplace.sandbox.clock import DAY, HOUR
from crm_marketplace.sandbox.ozon.listings import SELLABLE
from crm_marketplace.sandbox.ozon.movement import (
	CANCELLERS,
	FIRM_PAYMENT,
	PAYMENTS,
	Item,
	Purchase,
	add_posting,
	next_move,
	order_number,
)
from crm_marketplace.sandbox.ozon.statuses import (
	CANCELLED,
	EXPRESS,
	FBO,
	FBS,
	PATHS,
	RESERVING,
	RFBS,
	Step,
	step,
)
from crm_marketplace.sandbox.ozon.warehouses import ACTIVE

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

_SCHEMES = (FBS,) * 14 + (RFBS,) * 3 + (EXPRESS,) * 1 + (FBO,) * 2
# Rare statuses, each at a fixed place among any sixty-one open FBS postings.
_RARE = {
	11: "awaiting_registration",
	23: "awaiting_approve",
	31: "arbitration",
	43: "not_accepted",
	53: "client_arbitration",
}
_FIRST_ORDER_ID = 33_000_000_000
_POOL = 5_000  # goods people buy; a small share of a big catalogue sells


def fill(shop: OzonShop) -> None:
	"""`plan.orders` postings, spread over `plan.days`."""
	if shop.plan.orders:
		_Generator(shop).run()


class _Generator:
	def __init__(self, shop: OzonShop) -> None:
		self.shop = shop
		self.chance = random.Random(f"orders {shop.plan.seed}/{shop.number}")
		self.now = shop.clock.micros()
		methods = shop.state.all(
			"""SELECT m.*, w.scheme, w.is_kgt FROM delivery_method m JOIN warehouse w USING (warehouse_id)
			WHERE w.status = ?""",
			(ACTIVE,),
		)
		self.methods = {row["scheme"]: row for row in methods if not row["is_kgt"]}
		self.kgt_method = next(row for row in methods if row["is_kgt"])
		self.goods = shop.state.all(
			f"SELECT * FROM listing WHERE state = '{SELLABLE}' AND archived = 0 ORDER BY product_id LIMIT ?",
			(_POOL,),
		)
		if not self.goods:
			raise ValueError("orders need listings that are for sale: make at least one listing")
		self.reserved: dict[tuple[int, int], int] = defaultdict(int)
		self.fbo_reserved: dict[int, int] = defaultdict(int)

	def run(self) -> None:
		total = self.shop.plan.orders
		period = self.shop.plan.days * DAY
		made = 0
		while made < total:
			# Oldest first, and denser towards now: open orders are what people look at.
			age = (total - made - self.chance.random()) / total
			at = self.now - int(period * age**2)
			wanted = self._purchase(made, at)
			parts = self._split(wanted) if made + 1 < total and self.chance.random() < 0.04 else [wanted]
			for part in parts:
				self._add(part, made)
				made += 1
		self._reserve()

	def _purchase(self, number: int, at: int) -> Purchase:
		chance = self.chance
		who: Buyer = buyer(chance)
		company: Firm | None = firm(chance) if chance.random() < 0.04 else None
		scheme = chance.choice(_SCHEMES)
		goods = chance.sample(self.goods, min(len(self.goods), chance.choice((1, 1, 1, 1, 1, 1, 2, 2, 3, 5))))
		if scheme in (FBS, RFBS, EXPRESS):
			# Oversize goods lie in a warehouse of their own.
			goods = [row for row in goods if row["is_kgt"] == goods[0]["is_kgt"]]
		method = self.methods.get(scheme)
		if scheme != FBO and goods[0]["is_kgt"]:
			scheme, method = FBS, self.kgt_method
		return Purchase(
			order_id=_FIRST_ORDER_ID + self.shop.number * 10**9 + number * 977,
			order_number=order_number(who, number + 1),
			place=1,
			scheme=scheme,
			at=at,
			items=[Item(row, chance.choice((1, 1, 1, 1, 2, 3))) for row in goods],
			buyer=who,
			firm=company,
			method=method,
			boxes=chance.choice((2, 3)) if goods[0]["is_kgt"] or chance.random() < 0.03 else 1,
			payment=FIRM_PAYMENT if company else chance.choice(PAYMENTS),
		)

	def _split(self, purchase: Purchase) -> list[Purchase]:
		"""One order that came as two postings."""
		if len(purchase.items) < 2:
			return [purchase]
		first = replace(purchase, items=purchase.items[:1])
		return [first, replace(purchase, items=purchase.items[1:], place=2)]

	def _add(self, purchase: Purchase, number: int) -> None:
		where, changed_at, facts = self._fate(purchase, number)
		facts["moves_at"] = next_move(self.shop, where, self.now)
		add_posting(self.shop, purchase, where, changed_at, **facts)
		if where.status not in RESERVING:
			return
		for item in purchase.items:
			product_id = item.listing["product_id"]
			if purchase.scheme == FBO:
				self.fbo_reserved[product_id] += item.units
			else:
				self.reserved[product_id, purchase.method["warehouse_id"]] += item.units

	def _fate(self, purchase: Purchase, number: int) -> tuple[Step, int, dict[str, Any]]:
		"""Where the posting has come to by now, since when, and what else is known of it."""
		at, facts = purchase.at, {}
		path = PATHS[purchase.scheme]
		cancelled_at_step = self.chance.randrange(len(path) - 1) if self.chance.random() < 0.07 else None
		for place, where in enumerate(path):
			if where.status == "delivering" and "delivering_at" not in facts:
				facts["delivering_at"] = at
				if purchase.scheme != FBS:
					facts["tracking_number"] = f"SBX{number:09d}RU"
			if where.status == "delivered":
				facts.setdefault("delivered_at", at)
			lasts = int(self.chance.uniform(*where.hours) * HOUR)
			if place == cancelled_at_step and at + lasts // 2 <= self.now:
				return CANCELLED, at + lasts // 2, {**facts, **self._cancellation(where)}
			if at + lasts > self.now or place == len(path) - 1:
				return self._rare(purchase, where, number), at, facts
			at += lasts
		raise AssertionError("a path has an end")

	def _cancellation(self, where: Step) -> dict[str, Any]:
		by = self.chance.choice(("client", "client", "client", "seller", "marketplace", "system", "delivery"))
		who = CANCELLERS[by]
		return {
			"cancel_type": who.type,
			"cancel_initiator": who.initiator,
			"cancel_reason_id": who.reason_id,
			"cancel_reason": who.reason,
			"cancelled_after_ship": where.status != "awaiting_packaging",
		}

	def _rare(self, purchase: Purchase, where: Step, number: int) -> Step:
		status = _RARE.get(number % 61) if purchase.scheme == FBS and where.status != "delivered" else None
		return step(purchase.scheme, status) if status else where

	def _reserve(self) -> None:
		"""What open postings hold lies in the warehouses beside what is free."""
		for (product_id, warehouse_id), units in self.reserved.items():
			self.shop.state.run(
				"""INSERT INTO stock (product_id, warehouse_id, present, reserved)
				VALUES (:product, :warehouse, :units, :units)
				ON CONFLICT DO UPDATE SET present = present + :units, reserved = reserved + :units""",
				{"product": product_id, "warehouse": warehouse_id, "units": units},
			)
		for product_id, units in self.fbo_reserved.items():
			self.shop.state.run(
				"""UPDATE listing SET fbo_present = fbo_present + :units, fbo_reserved = fbo_reserved + :units
				WHERE product_id = :product""",
				{"units": units, "product": product_id},
			)
