"""Orders of the last days: all models and statuses, several lines and boxes, companies, test orders."""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING

from crm_marketplace.sandbox.buyers import Firm, buyer, firm
from crm_marketplace.sandbox.clock import DAY, HOUR
from crm_marketplace.sandbox.yandex_market.credentials import AVAILABLE
from crm_marketplace.sandbox.yandex_market.listings import ON_SALE
from crm_marketplace.sandbox.yandex_market.movement import (
	FIRM_PAYMENT,
	PAYMENTS,
	Item,
	Purchase,
	add_order,
	next_move,
)
from crm_marketplace.sandbox.yandex_market.statuses import (
	CANCELLED,
	CANCELLERS,
	DBS,
	EXPRESS,
	FBS,
	FBY,
	PATHS,
	Step,
	is_reserving,
	step,
)
from crm_marketplace.sandbox.yandex_market.warehouses import MARKET_WAREHOUSE

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

_PROGRAMS = (FBS,) * 13 + (DBS,) * 3 + (EXPRESS,) * 2 + (FBY,) * 2
# Rare statuses of FBS orders, each at a fixed place: among any fourteen that wait for the seller, and among
# any sixty-one.
_RARE_OPEN = {4: "UNPAID", 9: "PENDING"}
_RARE_OVER = {7: "PARTIALLY_RETURNED", 31: "RETURNED"}
_POOL = 5_000  # goods people buy; a small share of a big catalogue sells


def order_id(shop: YandexMarketShop, number: int) -> int:
	return 50_000_000_000 + shop.number * 10**9 + number * 977


def fill(shop: YandexMarketShop) -> None:
	"""`plan.orders` orders, spread over `plan.days`."""
	if shop.plan.orders:
		_Generator(shop).run()


class _Generator:
	def __init__(self, shop: YandexMarketShop) -> None:
		self.shop = shop
		self.chance = random.Random(f"orders {shop.plan.seed}/{shop.number}")
		self.now = shop.clock.micros()
		self.campaigns = {
			row["program"]: row["id"]
			for row in shop.state.all("SELECT * FROM campaign WHERE availability = ?", (AVAILABLE,))
		}
		self.warehouses = {program: int(shop.warehouse_ids(program)[0]) for program in (FBS, DBS, EXPRESS)}
		self.goods = shop.state.all(f"SELECT * FROM offer WHERE {ON_SALE} ORDER BY id LIMIT ?", (_POOL,))
		if not self.goods:
			raise ValueError("orders need listings that are for sale: make at least one listing")
		self.reserved: dict[tuple[int, int], int] = defaultdict(int)
		self.fby_reserved: dict[int, int] = defaultdict(int)
		self.waiting = 0  # FBS orders so far that the seller has to pack or hand over

	def run(self) -> None:
		total = self.shop.plan.orders
		for made in range(total):
			# Oldest first, and denser towards now: open orders are what people look at.
			age = (total - made - self.chance.random()) / total
			at = self.now - int(self.shop.plan.days * DAY * age**2)
			self._add(self._purchase(made, at), made)
		self._reserve()

	def _purchase(self, number: int, at: int) -> Purchase:
		chance = self.chance
		program = chance.choice(_PROGRAMS)
		company: Firm | None = firm(chance) if program == FBS and chance.random() < 0.05 else None
		goods = chance.sample(self.goods, min(len(self.goods), chance.choice((1, 1, 1, 1, 1, 1, 2, 2, 3, 5))))
		return Purchase(
			id=order_id(self.shop, number + 1),
			campaign_id=self.campaigns[program],
			program=program,
			at=at,
			items=[self._item(row) for row in goods],
			buyer=buyer(chance),
			firm=company,
			warehouse_id=self.warehouses.get(program, MARKET_WAREHOUSE),
			boxes=chance.choice((2, 3)) if program in (FBS, DBS) and chance.random() < 0.05 else 1,
			payment=FIRM_PAYMENT if company else chance.choice(PAYMENTS),
		)

	def _item(self, row: object) -> Item:
		"""Discounts on a whole line leave sums that do not divide by its units."""
		units = self.chance.choice((1, 1, 1, 1, 2, 3))
		return Item(row, units, row["price"] * units - self.chance.choice((0, 0, 0, 1, 99)))

	def _add(self, purchase: Purchase, number: int) -> None:
		where, changed_at, facts = self._fate(purchase, number)
		facts["moves_at"] = next_move(self.shop, where, self.now)
		add_order(self.shop, purchase, where, changed_at, **facts)
		if not is_reserving(where):
			return
		for item in purchase.items:
			if purchase.program == FBY:
				self.fby_reserved[item.offer["id"]] += item.units
			else:
				self.reserved[item.offer["id"], purchase.warehouse_id] += item.units

	def _fate(self, purchase: Purchase, number: int) -> tuple[Step, int, dict[str, object]]:
		"""Where the order has come to by now, since when, and what else is known of it."""
		at, facts = purchase.at, {}
		path = PATHS[purchase.program]
		cancelled_at_step = self.chance.randrange(len(path) - 1) if self.chance.random() < 0.07 else None
		for place, where in enumerate(path):
			if not is_reserving(where):
				facts["was_shipped"] = 1
			if where.status == "DELIVERY" and purchase.program == DBS:
				facts["track"] = f"SBX{purchase.id:012d}"
			if where.status == "DELIVERED":
				facts["delivered_at"] = at
			lasts = int(self.chance.uniform(*where.hours) * HOUR)
			if place == cancelled_at_step and at + lasts // 2 <= self.now:
				by = self.chance.choice(("client", "client", "client", "seller", "marketplace", "delivery"))
				return Step(CANCELLED, CANCELLERS[by]), at + lasts // 2, facts
			if at + lasts > self.now or place == len(path) - 1:
				return self._rare(purchase, where, number), at, facts
			at += lasts
		raise AssertionError("a path has an end")

	def _rare(self, purchase: Purchase, where: Step, number: int) -> Step:
		if purchase.program != FBS:
			return where
		if is_reserving(where):
			self.waiting += 1
			rare = _RARE_OPEN.get(self.waiting % 14)
			return step(FBS, rare) if rare else where
		if where.status == "DELIVERED" and number % 61 in _RARE_OVER:
			return step(FBS, _RARE_OVER[number % 61])
		return where

	def _reserve(self) -> None:
		"""What open orders hold lies in the warehouses beside what is free."""
		for (offer, warehouse_id), units in self.reserved.items():
			self.shop.state.run(
				"""INSERT INTO stock (offer, warehouse_id, present, reserved, updated_at)
				VALUES (:offer, :warehouse, :units, :units, :now)
				ON CONFLICT DO UPDATE SET present = present + :units, reserved = reserved + :units""",
				{"offer": offer, "warehouse": warehouse_id, "units": units, "now": self.now},
			)
		for offer, units in self.fby_reserved.items():
			self.shop.state.run(
				"""UPDATE offer SET fby_present = fby_present + :units, fby_reserved = fby_reserved + :units
				WHERE id = :offer""",
				{"offer": offer, "units": units},
			)
