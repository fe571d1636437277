"""A Wildberries account: the commands of `sandbox.shop.Shop`."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from crm_marketplace.sandbox.buyers import buyer, firm
from crm_marketplace.sandbox.clock import SECOND, to_micros
from crm_marketplace.sandbox.shop import scheme_named
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.wildberries import (
	credentials,
	generator,
	listings,
	movement,
	stock,
	warehouses,
)
from crm_marketplace.sandbox.wildberries.after_sales import AfterSales
from crm_marketplace.sandbox.wildberries.movement import Purchase
from crm_marketplace.sandbox.wildberries.orders import status_of
from crm_marketplace.sandbox.wildberries.prices import CURRENCY, discounted
from crm_marketplace.sandbox.wildberries.statuses import (
	FBS,
	FBW,
	PATHS,
	RESERVING,
	SCHEMES,
	TRADE_NAMES,
	step,
	word_of,
)
from crm_marketplace.sandbox.wildberries.warehouses import DELIVERY_TYPES, SMALL

_EXTERNAL_ID = "CASE model WHEN 'fbw' THEN srid ELSE CAST(id AS TEXT) END"


class WildberriesShop(AfterSales):
	"""Returns and reviews come with `AfterSales`."""

	_key_field = "token"

	@property
	def sid(self) -> str:
		return self.account["sid"]

	@property
	def credentials(self) -> dict[str, str]:
		return {"token": self.state.meta("token")}

	def fill(self) -> None:
		credentials.fill(self)
		warehouses.fill(self)
		listings.fill(self)
		stock.fill(self)
		generator.fill(self)

	def settle(self) -> None:
		movement.settle(self)

	# --- keys ----------------------------------------------------------------------------------

	def make_key(
		self, *, without: Iterable[str] = (), lifetime: timedelta = timedelta(days=180)
	) -> dict[str, str]:
		"""See `Shop.make_key`. Categories hold several capabilities: a key without one may lack others too.
		`without` may hold "writing": the key may then read only.
		"""
		without = set(without)
		if unknown := without - {*credentials.CATEGORIES, credentials.WRITING}:
			raise ValueError(f"no right is called {', '.join(sorted(unknown))}")
		return {"token": credentials.new_token(self, without, int(lifetime.total_seconds() * SECOND))}

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
		"""See `Shop.create_order`. An order is one unit there: several of them become a basket of as many
		orders, and the id is that of the first.
		"""
		model = scheme_named(SCHEMES, scheme)
		with self.state.transaction():
			made = self.state.meta("orders_made", self.plan.orders)
			chance = random.Random(f"order {self.plan.seed}/{self.number}/{made}")
			where = step(model, status, "new") if status else PATHS[model][0]
			wanted = self._units(lines or self._something(chance, model, warehouse_id))
			basket = f"{chance.randint(10**8, 10**9 - 1)}_{chance.getrandbits(128):032x}"
			moment = to_micros(at) if at else self.clock.micros()
			who, company = buyer(chance), firm(chance) if is_company else None
			rows = []
			for place, size in enumerate(wanted, start=1):
				goes_from = int(warehouse_id or 0) or self._warehouse(model, size)
				self._check_free(model, size, goes_from, where.supplier, wanted.count(size))
				own = (prices or {}).get(size["offer_id"])
				purchase = Purchase(
					number=made + place,
					basket=basket,
					model=model,
					at=moment,
					size=size,
					warehouse_id=goes_from,
					price=int(Decimal(own) * 100) if own else generator.price(size),
					sale_price=int(Decimal(own) * 100) if own else generator.sale_price(size),
					buyer=who,
					firm=company,
				)
				rows.append(movement.add_task(self, purchase, where, moment))
			self.state.remember(orders_made=made + len(rows))
			movement.reserve(self, rows)
			return rows[0]["srid"] if model == FBW else str(rows[0]["id"])

	def move_order(self, order_id: str, status: str | None = None, substatus: str | None = None) -> str:
		with self.state.transaction():
			row = self._task(order_id)
			where = movement.next_step(row, status)
			movement.move(self, row, where)
			return where.word

	def cancel_order(self, order_id: str, *, by: str = "client", reason: str | None = None) -> None:
		with self.state.transaction():
			movement.cancel(self, self._task(order_id), by)

	def order_ids(self, *statuses: str, scheme: str | None = None) -> list[str]:
		rows = self.state.all(
			f"""SELECT {_EXTERNAL_ID} AS id, supplier_status, wb_status FROM task
			WHERE ? IS NULL OR model = ? ORDER BY created_at, task.id""",
			(scheme, SCHEMES[scheme.upper()] if scheme else None),
		)
		return [str(row["id"]) for row in rows if not statuses or status_of(row) in statuses]

	def order(self, order_id: str) -> dict[str, Any]:
		row = self._task(order_id)
		word = status_of(row)
		is_fbw = row["model"] == FBW
		offer_id = self.state.value("SELECT offer_id FROM size WHERE chrt_id = ?", (row["chrt_id"],))
		kopecks = row["sale_price"] if is_fbw else row["price"]
		return {
			"id": order_id,
			"order_number": row["srid"] if is_fbw else row["basket"],
			"parent_id": None,
			"status": word,
			"substatus": row["wb_status"] if word == row["supplier_status"] else row["supplier_status"],
			"scheme": TRADE_NAMES[row["model"]],
			"warehouse_id": None if is_fbw else str(row["warehouse_id"]),
			"lines": {offer_id: 1},
			"total": f"{Decimal(kopecks) / 100:.2f}",
			"currency": CURRENCY,
			"is_company": row["firm"] is not None,
			"boxes": 1,
			"cancel_reason_id": None,
		}

	def fail_next_packing(self) -> None:
		"""No such thing there: packing is adding a task to a supply, which works or does not."""

	# --- goods ---------------------------------------------------------------------------------

	def listing_ids(self, *, sellable: bool = False, limit: int | None = None) -> list[str]:
		return [str(row["chrt_id"]) for row in self._sizes(sellable, limit)]

	def offer_ids(self, *, sellable: bool = False, limit: int | None = None) -> list[str]:
		return [row["offer_id"] for row in self._sizes(sellable, limit)]

	def warehouse_ids(self, scheme: str | None = None) -> list[str]:
		wanted = [DELIVERY_TYPES.get(SCHEMES[scheme.upper()], 0)] if scheme else list(DELIVERY_TYPES.values())
		rows = self.state.all(
			f"SELECT id FROM warehouse WHERE NOT is_deleting AND delivery_type IN ({marks(wanted)}) ORDER BY id",
			wanted,
		)
		return [str(row["id"]) for row in rows]

	def stock(self, offer_id: str, warehouse_id: str | None = None) -> dict[str, int]:
		row = self.state.one(
			"""SELECT coalesce(sum(amount), 0) AS free, coalesce(sum(reserved), 0) AS reserved FROM stock
			WHERE chrt_id = ? AND (? IS NULL OR warehouse_id = ?)""",
			(self._size(offer_id)["chrt_id"], warehouse_id, int(warehouse_id or 0)),
		)
		free, reserved = row["free"], row["reserved"]
		return {"present": free + reserved, "reserved": reserved, "free": free}

	def set_stock(self, offer_id: str, quantity: int, warehouse_id: str | None = None) -> None:
		with self.state.transaction():
			size = self._size(offer_id)
			stock.put(
				self, size["chrt_id"], int(warehouse_id or 0) or self._warehouse(FBS, size), int(quantity)
			)

	def price(self, offer_id: str) -> dict[str, str]:
		"""See `Shop.price`. Buyers see whole units."""
		size = self._size(offer_id)
		return {
			"price": f"{int(discounted(size['price'], size['discount']))}.00",
			"old_price": f"{size['price'] if size['discount'] else 0}.00",
			"minimum_price": "0.00",
			"currency": CURRENCY,
		}

	def counts(self) -> dict[str, Any]:
		orders: dict[str, int] = {}
		for row in self.state.all(
			"""SELECT supplier_status, wb_status, count(*) AS number FROM task
			GROUP BY supplier_status, wb_status ORDER BY supplier_status, wb_status"""
		):
			word = word_of(row["supplier_status"], row["wb_status"])
			orders[word] = orders.get(word, 0) + row["number"]
		return {
			"listings": self.state.value("SELECT count(*) FROM size"),
			"cards": self.state.value("SELECT count(*) FROM card"),
			"warehouses": self.state.value("SELECT count(*) FROM warehouse"),
			"orders": orders,
			"returns": len(self.return_ids()),
			"reviews": len(self.review_ids()),
		}

	# --- beyond what every marketplace has ------------------------------------------------------

	def slow_down_uploads(self, looks: int) -> None:
		"""Price uploads are worked off after so many looks at them."""
		self.state.remember(upload_looks=looks)

	def name_refused_lines(self, most: int) -> None:
		"""Refusals of stock name at most so many of their lines, as 0 does none."""
		self.state.remember(lines_named=most)

	def close_warehouse(self, warehouse_id: str, *, for_a_while: bool = True) -> None:
		"""A warehouse is being changed in the cabinet, and takes no stock meanwhile."""
		self.state.run(
			"UPDATE warehouse SET is_processing = ? WHERE id = ?", (int(for_a_while), int(warehouse_id))
		)

	def deliver_to_point(self, order_id: str) -> None:
		"""A DBS order goes to a pick-up point of the marketplace, and not to the buyer's door."""
		self.state.update("task", {"id": self._task(order_id)["id"]}, to_pickup_point=1)

	def require_declaration(self, order_id: str) -> None:
		"""There is no sticker for an order until the number of its customs declaration is known."""
		self.state.update("task", {"id": self._task(order_id)["id"]}, needs_declaration=1)

	# --- inside --------------------------------------------------------------------------------

	def _task(self, order_id: str) -> Any:
		row = self.state.one(
			"SELECT * FROM task WHERE CASE model WHEN 'fbw' THEN srid = ? ELSE id = ? END",
			(order_id, int(order_id) if order_id.isdecimal() else -1),
		)
		if row is None:
			raise LookupError(f"there is no order {order_id!r}")
		return row

	def _size(self, offer_id: str) -> Any:
		row = self.state.one(
			"""SELECT s.*, c.cargo_type, c.discount FROM size s JOIN card c USING (nm_id)
			WHERE s.offer_id = ?""",
			(offer_id,),
		)
		if row is None:
			raise LookupError(f"there is no offer {offer_id!r}")
		return row

	def _sizes(self, sellable: bool, limit: int | None) -> list[Any]:
		"""Small goods first: those every warehouse takes."""
		condition = "c.trashed_at IS NULL" if sellable else "1"
		return self.state.all(
			f"""SELECT s.chrt_id, s.offer_id FROM size s JOIN card c USING (nm_id) WHERE {condition}
			ORDER BY c.cargo_type, s.chrt_id LIMIT ?""",
			(-1 if limit is None else limit,),
		)

	def _warehouse(self, model: str, size: Any) -> int:
		return warehouses.of_model(self, FBS if model == FBW else model, size["cargo_type"])

	def _units(self, lines: Mapping[str, int]) -> list[Any]:
		return [self._size(offer_id) for offer_id, units in lines.items() for _unit in range(units)]

	def _something(self, chance: random.Random, model: str, warehouse_id: str | None) -> dict[str, int]:
		"""One unit of something that can be ordered there."""
		if model == FBW:
			offers = self.offer_ids(sellable=True, limit=50)
			if offers:
				return {chance.choice(offers): 1}
			raise LookupError("nothing is for sale")
		goes_from = int(warehouse_id or 0) or warehouses.of_model(self, model, SMALL)
		low = self.state.value("SELECT min(chrt_id) FROM size") or 0
		high = self.state.value("SELECT max(chrt_id) FROM size") or 0
		for since in (chance.randint(low, high), 0):
			offer_id = self.state.value(
				"""SELECT offer_id FROM stock JOIN size USING (chrt_id)
				WHERE warehouse_id = ? AND amount > 0 AND chrt_id >= ? ORDER BY chrt_id LIMIT 1""",
				(goes_from, since),
			)
			if offer_id:
				return {offer_id: 1}
		raise LookupError("nothing is in stock there")

	def _check_free(self, model: str, size: Any, warehouse_id: int, supplier: str, units: int) -> None:
		"""Nobody can buy what is not there."""
		if model == FBW or supplier not in RESERVING:
			return
		free = self.state.value(
			"SELECT amount FROM stock WHERE chrt_id = ? AND warehouse_id = ?", (size["chrt_id"], warehouse_id)
		)
		if (free or 0) < units:
			raise LookupError(f"{size['offer_id']} is not in stock there")
