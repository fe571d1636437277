"""A Yandex Market cabinet with its shops: the commands of `sandbox.shop.Shop`."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from crm_marketplace.sandbox.buyers import buyer, firm
from crm_marketplace.sandbox.clock import SECOND, to_micros
from crm_marketplace.sandbox.shop import scheme_named
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.yandex_market import (
	credentials,
	generator,
	listings,
	movement,
	stock,
	warehouses,
)
from crm_marketplace.sandbox.yandex_market.aftersales import AfterSales
from crm_marketplace.sandbox.yandex_market.credentials import AVAILABLE, OFF
from crm_marketplace.sandbox.yandex_market.listings import ON_SALE
from crm_marketplace.sandbox.yandex_market.money import CURRENCY, fixed, parse
from crm_marketplace.sandbox.yandex_market.movement import Item, Purchase
from crm_marketplace.sandbox.yandex_market.statuses import (
	AS_THE_TRADE_SAYS,
	FBS,
	FBY,
	PATHS,
	SCHEMES,
	is_reserving,
	step,
)


class YandexMarketShop(AfterSales):
	@property
	def credentials(self) -> dict[str, str]:
		"""Of the whole cabinet: `campaign_id` is left open."""
		return {"api_key": self.account["api_key"], "business_id": str(self.account["business_id"])}

	def fill(self) -> None:
		credentials.fill(self)
		warehouses.fill(self)
		listings.fill(self)
		stock.fill(self)
		generator.fill(self)
		self.fill_aftersales()

	def settle(self) -> None:
		movement.settle(self)
		self.settle_returns()

	# --- the cabinet ---------------------------------------------------------------------------

	def campaign_ids(self, scheme: str | None = None) -> list[str]:
		"""The shops of the cabinet that are switched on (of a scheme)."""
		wanted = SCHEMES[scheme.upper()] if scheme else None
		rows = self.state.all("SELECT * FROM campaign WHERE availability = ? ORDER BY id", (AVAILABLE,))
		return [str(row["id"]) for row in rows if wanted in (None, row["program"])]

	def credentials_of(self, campaign_id: str) -> dict[str, str]:
		"""Of one shop of the cabinet."""
		return {**self.credentials, "campaign_id": campaign_id}

	def switch_off(self, campaign_id: str, why: str = OFF) -> None:
		"""The vendor takes the API away from a shop."""
		self.state.run("UPDATE campaign SET availability = ? WHERE id = ?", (why, int(campaign_id)))

	def group_warehouses(self) -> None:
		"""Turn it into a cabinet with groups of warehouses."""
		with self.state.transaction():
			warehouses.group(self)

	def allow_own_prices(self, allowed: bool) -> None:
		"""Whether single shops may have other prices than the cabinet."""
		self.state.remember(only_default_price=not allowed)

	def hold_back_prices(self, largest_leap: int) -> None:
		"""From now on prices that change by more per cent go into quarantine."""
		self.state.remember(largest_leap=largest_leap)

	# --- keys ----------------------------------------------------------------------------------

	def make_key(
		self, *, without: Iterable[str] = (), lifetime: timedelta = timedelta(days=90)
	) -> dict[str, str]:
		scopes = credentials.scopes_without(without)
		return self.make_key_with(scopes, lifetime=lifetime)

	def make_key_with(
		self, scopes: Iterable[str], *, lifetime: timedelta = timedelta(days=90)
	) -> dict[str, str]:
		"""A key with the vendor's own accesses."""
		api_key = credentials.new_key(self, scopes, int(lifetime.total_seconds() * SECOND))
		return {**self.credentials, "api_key": api_key}

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
		fake: bool = False,
	) -> str:
		"""See `Shop.create_order`. `fake`: a test order, as sellers make them in the cabinet."""
		with self.state.transaction():
			program = scheme_named(SCHEMES, scheme)
			made = self.state.meta("orders_made", self.plan.orders) + 1
			self.state.remember(orders_made=made)
			chance = random.Random(f"order {self.plan.seed}/{self.number}/{made}")
			place = warehouses.MARKET_WAREHOUSE if program == FBY else self._warehouse(program, warehouse_id)
			where = step(program, status) if status else PATHS[program][0]
			wanted = lines or self._something(chance, program, place)
			items = [
				self._item(offer_id, units, (prices or {}).get(offer_id))
				for offer_id, units in wanted.items()
			]
			if is_reserving(where):
				self._check_free(items, program, place)
			moment = to_micros(at) if at else self.clock.micros()
			purchase = Purchase(
				id=generator.order_id(self, made),
				campaign_id=int(self.campaign_ids(AS_THE_TRADE_SAYS[program])[0]),
				program=program,
				at=moment,
				items=items,
				buyer=buyer(chance),
				firm=firm(chance) if is_company else None,
				warehouse_id=place,
				boxes=boxes,
				payment=movement.FIRM_PAYMENT if is_company else chance.choice(movement.PAYMENTS),
				fake=fake,
			)
			moves_at = movement.next_move(self, where, moment)
			movement.add_order(self, purchase, where, moment, moves_at=moves_at)
			if is_reserving(where):
				movement.reserve(self, purchase.id)
			return str(purchase.id)

	def move_order(self, order_id: str, status: str | None = None, substatus: str | None = None) -> str:
		with self.state.transaction():
			row = self._purchase(order_id)
			where = movement.next_step(row, status, substatus)
			movement.move(self, row, where)
			return where.status

	def cancel_order(self, order_id: str, *, by: str = "client", reason: str | None = None) -> None:
		with self.state.transaction():
			movement.cancel(self, self._purchase(order_id), by, reason=reason)

	def ask_to_cancel(self, order_id: str) -> None:
		"""The buyer of an order that is on its way (DBS) wants to cancel it."""
		self.state.run(
			"UPDATE purchase SET cancel_requested = 1, changed_at = ? WHERE id = ?",
			(self.clock.micros(), self._purchase(order_id)["id"]),
		)

	def order_ids(self, *statuses: str, scheme: str | None = None) -> list[str]:
		conditions, values = ["1"], list(statuses)
		if statuses:
			conditions.append(
				f"(status IN ({marks(statuses)}) OR status || '/' || substatus IN ({marks(statuses)}))"
			)
			values += statuses
		if scheme:
			conditions.append("program = ?")
			values.append(SCHEMES[scheme.upper()])
		rows = self.state.all(
			f"SELECT id FROM purchase WHERE {' AND '.join(conditions)} ORDER BY created_at, id", values
		)
		return [str(row["id"]) for row in rows]

	def order(self, order_id: str) -> dict[str, Any]:
		row = self._purchase(order_id)
		items = movement.lines_of(self, row["id"])
		return {
			"id": str(row["id"]),
			"order_number": str(row["id"]),
			"parent_id": None,
			"status": row["status"],
			"substatus": row["substatus"],
			"scheme": AS_THE_TRADE_SAYS[row["program"]],
			"campaign_id": str(row["campaign_id"]),
			"warehouse_id": str(row["warehouse_id"]),
			"lines": {item["offer_id"]: item["count"] for item in items},
			"total": fixed(sum(item["payment"] + item["subsidy"] + item["cashback"] for item in items)),
			"currency": CURRENCY,
			"is_company": row["firm"] is not None,
			"cancel_reason_id": row["substatus"] if row["status"] == "CANCELLED" else None,
		}

	# --- goods ---------------------------------------------------------------------------------

	def listing_ids(self, *, sellable: bool = False, limit: int | None = None) -> list[str]:
		return self.offer_ids(sellable=sellable, limit=limit)

	def offer_ids(self, *, sellable: bool = False, limit: int | None = None) -> list[str]:
		condition = ON_SALE if sellable else "1"
		rows = self.state.all(
			f"SELECT offer_id FROM offer WHERE {condition} ORDER BY id LIMIT ?",
			(-1 if limit is None else limit,),
		)
		return [row["offer_id"] for row in rows]

	def warehouse_ids(self, scheme: str | None = None) -> list[str]:
		wanted = SCHEMES[scheme.upper()] if scheme else None
		rows = self.state.all(
			"""SELECT DISTINCT w.id FROM warehouse w JOIN model m ON m.warehouse_id = w.id
			WHERE m.availability = ? AND (? IS NULL OR m.program = ?) ORDER BY w.id""",
			(AVAILABLE, wanted, wanted),
		)
		return [str(row["id"]) for row in rows]

	def stock(self, offer_id: str, warehouse_id: str | None = None) -> dict[str, int]:
		place = warehouses.stock_place(self, int(warehouse_id)) if warehouse_id else None
		row = self.state.one(
			"""SELECT coalesce(sum(present), 0) AS present, coalesce(sum(reserved), 0) AS reserved FROM stock
			WHERE offer = ? AND (? IS NULL OR warehouse_id = ?)""",
			(self._offer(offer_id)["id"], place, place),
		)
		present, reserved = row["present"], row["reserved"]
		return {"present": present, "reserved": reserved, "free": present - reserved}

	def set_stock(self, offer_id: str, quantity: int, warehouse_id: str | None = None) -> None:
		with self.state.transaction():
			place = self._warehouse(FBS, warehouse_id)
			stock.set_free(self, self._offer(offer_id)["id"], place, int(quantity))

	def price(self, offer_id: str) -> dict[str, str]:
		row = self._offer(offer_id)
		return {
			"price": fixed(row["price"]),
			"old_price": fixed(row["discount_base"]),
			"minimum_price": fixed(row["minimum"]),
			"currency": CURRENCY,
		}

	def counts(self) -> dict[str, Any]:
		orders = self.state.all(
			"SELECT status, count(*) AS number FROM purchase GROUP BY status ORDER BY status"
		)
		return {
			"listings": self.state.value("SELECT count(*) FROM offer"),
			"warehouses": self.state.value("SELECT count(*) FROM warehouse"),
			"orders": {row["status"]: row["number"] for row in orders},
			"returns": self.state.value("SELECT count(*) FROM goods_return"),
			"reviews": self.state.value("SELECT count(*) FROM review"),
		}

	# --- inside --------------------------------------------------------------------------------

	def _warehouse(self, program: str, warehouse_id: str | None) -> int:
		"""The warehouse, or the first one of the program."""
		known = self.warehouse_ids()
		found = [warehouse_id] if warehouse_id else self.warehouse_ids(AS_THE_TRADE_SAYS[program])
		if not found or found[0] not in known:
			raise LookupError(f"there is no active warehouse {warehouse_id or program!r}")
		return int(found[0])

	def _item(self, offer_id: str, units: int, price: str | None) -> Item:
		row = self._offer(offer_id)
		kopecks = row["price"] if price is None else parse(price)
		if kopecks is None:
			raise ValueError(f"{price!r} is not a price")
		return Item(row, int(units), kopecks * int(units))

	def _something(self, chance: random.Random, program: str, place: int) -> dict[str, int]:
		"""One thing that is for sale there and in stock."""
		if program == FBY:
			source, values = "SELECT id, offer_id FROM offer WHERE fby_present > fby_reserved", ()
		else:
			source = f"""SELECT o.id, o.offer_id FROM stock s JOIN offer o ON o.id = s.offer
				WHERE s.warehouse_id = ? AND s.present > s.reserved AND {ON_SALE}"""
			values = (warehouses.stock_place(self, place),)
		number = self.state.value(f"SELECT count(*) FROM ({source})", values)
		if not number:
			raise LookupError("nothing is in stock there")
		offset = chance.randrange(number)
		row = self.state.one(f"{source} ORDER BY 1 LIMIT 1 OFFSET ?", (*values, offset))
		return {row["offer_id"]: 1}

	def _check_free(self, items: list[Item], program: str, place: int) -> None:
		"""Nobody can buy what is not there."""
		for item in items:
			offer = item.offer
			if program == FBY:
				free = offer["fby_present"] - offer["fby_reserved"]
			else:
				free = self.stock(offer["offer_id"], str(place))["free"]
			if item.units > free:
				raise ValueError(
					f"only {free} of {offer['offer_id']!r} can be ordered there; set_stock first"
				)
