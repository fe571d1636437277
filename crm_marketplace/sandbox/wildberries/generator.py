"""Orders of the last days: all models and statuses, baskets of several units, companies."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.buyers import buyer, firm
from crm_marketplace.sandbox.clock import DAY, HOUR
from crm_marketplace.sandbox.wildberries import warehouses
from crm_marketplace.sandbox.wildberries.movement import Purchase, add_task, bring_back, reserve
from crm_marketplace.sandbox.wildberries.prices import discounted
from crm_marketplace.sandbox.wildberries.statuses import (
	CANCELS,
	DBS,
	EDBS,
	FBS,
	FBW,
	FBW_CANCELS,
	PATHS,
	RESERVING,
	WAITING,
	Step,
)
from crm_marketplace.sandbox.wildberries.warehouses import SMALL

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop

_MODELS = (FBS,) * 12 + (DBS,) * 3 + (EDBS,) * 2 + (FBW,) * 3
_POOL = 5_000  # goods people buy; a small share of a big catalogue sells


def fill(shop: WildberriesShop) -> None:
	"""`plan.orders` tasks, spread over `plan.days`."""
	if shop.plan.orders:
		_Generator(shop).run()


def goods_on_sale(shop: WildberriesShop, limit: int = -1) -> list[Any]:
	return shop.state.all(
		"""SELECT s.*, c.cargo_type, c.discount FROM size s JOIN card c USING (nm_id)
		WHERE c.trashed_at IS NULL ORDER BY s.chrt_id LIMIT ?""",
		(limit,),
	)


def sale_price(size: Any) -> int:
	"""Kopecks, with the seller's discount."""
	return round(discounted(size["price"], size["discount"]) * 100)


def price(size: Any) -> int:
	"""Kopecks, with the marketplace's discount as well, which it pays itself."""
	share = size["nm_id"] % 4 * 4
	return max(1, sale_price(size) * (100 - share) // 100)


class _Generator:
	def __init__(self, shop: WildberriesShop) -> None:
		self.shop = shop
		self.chance = random.Random(f"orders {shop.plan.seed}/{shop.number}")
		self.now = shop.clock.micros()
		self.goods = goods_on_sale(shop, _POOL)
		if not self.goods:
			raise ValueError("orders need listings that are for sale: make at least one listing")

	def run(self) -> None:
		total = self.shop.plan.orders
		period = self.shop.plan.days * DAY
		made = 0
		while made < total:
			# Oldest first, and denser towards now: open orders are what people look at.
			age = (total - made - self.chance.random()) / total
			first = self._purchase(made + 1, self.now - int(period * age**2))
			for _unit in range(min(self.chance.choice((1, 1, 1, 1, 2, 3)), total - made)):
				made += 1
				self._add(replace(first, number=made))

	def _purchase(self, number: int, at: int) -> Purchase:
		chance = self.chance
		model = chance.choice(_MODELS)
		size = chance.choice(self.goods)
		if size["cargo_type"] != SMALL and model != FBW:
			model = FBS
		return Purchase(
			number=number,
			basket=f"{chance.randint(10**8, 10**9 - 1)}_{chance.getrandbits(128):032x}",
			model=model,
			at=at,
			size=size,
			warehouse_id=warehouses.of_model(self.shop, FBS if model == FBW else model, size["cargo_type"]),
			price=price(size),
			sale_price=sale_price(size),
			buyer=buyer(chance),
			firm=firm(chance) if chance.random() < 0.05 else None,
		)

	def _add(self, purchase: Purchase) -> None:
		where, changed_at, cancel_type = self._fate(purchase)
		row = add_task(self.shop, purchase, where, changed_at, cancel_type)
		reserve(self.shop, [row])
		bring_back(self.shop, row, changed_at)

	def _fate(self, purchase: Purchase) -> tuple[Step, int, str]:
		"""Where the task has come to by now, and since when."""
		at, path = purchase.at, PATHS[purchase.model]
		cancelled_at_step = self.chance.randrange(len(path) - 1) if self.chance.random() < 0.1 else None
		for place, where in enumerate(path):
			lasts = int(self.chance.uniform(*where.hours) * HOUR)
			if place == cancelled_at_step and at + lasts // 2 <= self.now:
				return self._cancelled(purchase.model, where, at + lasts // 2)
			if at + lasts > self.now or place == len(path) - 1:
				return where, at, ""
			at += lasts
		raise AssertionError("a path has an end")

	def _cancelled(self, model: str, where: Step, at: int) -> tuple[Step, int, str]:
		by = self.chance.choice(("client", "client", "client", "seller", "marketplace", "delivery"))
		if model == FBW:
			return Step("cancel", WAITING), at, FBW_CANCELS[by]
		to = CANCELS[by][0 if where.supplier in RESERVING else 1]
		return Step(to.supplier or where.supplier, to.wb), at, ""
