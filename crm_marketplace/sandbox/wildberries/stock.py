"""What lies in the seller's warehouses, and setting it.

https://dev.wildberries.ru/openapi/work-with-products#tag/Ostatki-na-skladah-prodavca (POST and PUT
/api/v3/stocks/{warehouseId})

`amount` is what can still be ordered; what buyers have ordered is kept beside it and shown to nobody.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.http import Refusal, Reply
from crm_marketplace.sandbox.limits import Window
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.wildberries import warehouses
from crm_marketplace.sandbox.wildberries.checks import Call, incorrect_parameter, is_integer, refused
from crm_marketplace.sandbox.wildberries.statuses import DBS, EDBS, FBS
from crm_marketplace.sandbox.wildberries.warehouses import OVERSIZE, SMALL

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop

MOST_LINES = 1000
MOST = 100_000
WINDOWS = (Window("stock", 300, 60), Window("stock at once", 20, 4))

_RESTRICTIONS = {
	(SMALL, OVERSIZE): ("CargoWarehouseRestrictionMGT", 'not suitable for goods with the type "LCL"'),
	(OVERSIZE, SMALL): ("CargoWarehouseRestrictionSGT", 'not suitable for goods with the type "ODC"'),
}


# --- making and moving it ---------------------------------------------------------------------------


def fill(shop: WildberriesShop) -> None:
	shop.state.insert_many("stock", ("chrt_id", "warehouse_id", "amount"), _rows(shop))


def _rows(shop: WildberriesShop) -> Iterator[tuple[int, int, int]]:
	chance = random.Random(f"stock {shop.plan.seed}/{shop.number}")
	main = {cargo: warehouses.of_model(shop, FBS, cargo) for cargo in (SMALL, OVERSIZE)}
	dbs, edbs = warehouses.of_model(shop, DBS), warehouses.of_model(shop, EDBS)
	last = 0
	while batch := shop.state.all(
		"""SELECT chrt_id, cargo_type FROM size JOIN card USING (nm_id)
		WHERE trashed_at IS NULL AND chrt_id > ? ORDER BY chrt_id LIMIT 5000""",
		(last,),
	):
		for row in batch:
			last = row["chrt_id"]
			yield last, main[row["cargo_type"]], 0 if chance.random() < 0.1 else chance.randint(1, 60)
			if row["cargo_type"] == SMALL and chance.random() < 0.4:
				yield last, dbs, chance.randint(0, 20)
			if row["cargo_type"] == SMALL and chance.random() < 0.2:
				yield last, edbs, chance.randint(0, 8)


def take(shop: WildberriesShop, chrt_id: int, warehouse_id: int, units: int = 1) -> None:
	"""A buyer orders: what can be ordered falls by itself (a negative number: he does no longer)."""
	shop.state.run(
		"""UPDATE stock SET amount = max(0, amount - :units), reserved = max(0, reserved + :units)
		WHERE chrt_id = :size AND warehouse_id = :warehouse""",
		{"units": units, "size": chrt_id, "warehouse": warehouse_id},
	)


def hand_over(shop: WildberriesShop, chrt_id: int, warehouse_id: int) -> None:
	shop.state.run(
		"UPDATE stock SET reserved = max(0, reserved - 1) WHERE chrt_id = ? AND warehouse_id = ?",
		(chrt_id, warehouse_id),
	)


def put(shop: WildberriesShop, chrt_id: int, warehouse_id: int, amount: int) -> None:
	shop.state.run(
		"""INSERT INTO stock (chrt_id, warehouse_id, amount) VALUES (:size, :warehouse, :amount)
		ON CONFLICT DO UPDATE SET amount = :amount""",
		{"size": chrt_id, "warehouse": warehouse_id, "amount": amount},
	)


# --- answering -------------------------------------------------------------------------------------


def amounts(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /api/v3/stocks/{warehouseId}"""
	warehouse = _warehouse(shop, call)
	ids = call.ids("chrtIds", most=MOST_LINES)
	rows = shop.state.all(
		f"SELECT * FROM stock WHERE warehouse_id = ? AND chrt_id IN ({marks(ids)}) ORDER BY chrt_id",
		(warehouse["id"], *ids),
	)
	return {"stocks": [{"chrtId": row["chrt_id"], "amount": row["amount"]} for row in rows]}


def push(shop: WildberriesShop, call: Call) -> Reply:
	"""PUT /api/v3/stocks/{warehouseId}: all lines or none. A line whose fields are called something else is
	taken for one that says nothing.
	"""
	warehouse = _warehouse(shop, call)
	lines = call.data.get("stocks") if isinstance(call.data, Mapping) else None
	if not isinstance(lines, list) or not 1 <= len(lines) <= MOST_LINES:
		raise refused(400, "IncorrectRequestBody", "Incorrect required body")
	if warehouse["is_processing"]:
		raise Refusal(409, [{"code": "StoreIsProcessing", "message": "The store is processing"}])
	wanted = [_line(line) for line in lines]
	known = _cargo_types(shop, [line[0] for line in wanted if line])
	faults: dict[str, dict[str, Any]] = {}
	for line in filter(None, wanted):
		if why := _why_not(known.get(line[0]), warehouse, line[1]):
			fault = faults.setdefault(why[0], {"code": why[0], "message": why[1], "data": []})
			fault["data"].append({"sku": "", "chrtId": line[0], "amount": line[1]})
	if faults:
		raise Refusal(409, [_shown(shop, fault) for fault in faults.values()])
	for line in filter(None, wanted):
		put(shop, line[0], warehouse["id"], line[1])
	return Reply(204)


def _shown(shop: WildberriesShop, fault: dict[str, Any]) -> dict[str, Any]:
	"""A fault as it is told: with its lines, with some of them, or with none, as a test may want it."""
	most = shop.state.meta("lines_named", MOST_LINES)
	return {**fault, "data": fault["data"][:most] or None}


def _line(line: Any) -> tuple[int, int] | None:
	if not isinstance(line, Mapping):
		raise refused(400, "IncorrectRequest", "Переданы некорректные данные")
	if "sku" in line:
		text = "Uploading stock is not allowed by 'sku'. Please use the 'chrtId' key"
		raise refused(400, "SKUUploadDisabled", text)
	chrt_id, amount = line.get("chrtId"), line.get("amount")
	if chrt_id is None or amount is None:
		return None
	if not is_integer(chrt_id) or not is_integer(amount) or amount < 0:
		raise refused(400, "IncorrectRequest", "Переданы некорректные данные")
	return chrt_id, amount


def _why_not(cargo_type: int | None, warehouse: Any, amount: int) -> tuple[str, str] | None:
	"""Code and sentence of the first thing that is wrong with a line, or None."""
	if cargo_type is None:
		return "NotFound", "Not found"
	if amount > MOST:
		return "UploadDataLimit", "Upload limit exceeded."
	code, text = _RESTRICTIONS.get((cargo_type, warehouse["cargo_type"]), ("", ""))
	return (code, f"The selected warehouse is {text}") if code else None


def _cargo_types(shop: WildberriesShop, ids: list[int]) -> dict[int, int]:
	rows = shop.state.all(
		f"""SELECT chrt_id, cargo_type FROM size JOIN card USING (nm_id)
		WHERE trashed_at IS NULL AND chrt_id IN ({marks(ids)})""",
		ids,
	)
	return {row["chrt_id"]: row["cargo_type"] for row in rows}


def _warehouse(shop: WildberriesShop, call: Call) -> Any:
	text = call.params["warehouseId"]
	if not text.isdecimal():
		raise incorrect_parameter()
	row = shop.state.one("SELECT * FROM warehouse WHERE id = ?", (int(text),))
	if row is None:
		raise refused(404, "NotFound", "Склад не найден")
	return row
