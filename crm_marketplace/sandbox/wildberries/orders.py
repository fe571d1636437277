"""Lists and statuses of tasks, and cancelling them.

https://dev.wildberries.ru/openapi/orders-fbs, https://dev.wildberries.ru/openapi/orders-dbs
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import DAY, SECOND, rfc3339
from crm_marketplace.sandbox.http import Reply
from crm_marketplace.sandbox.limits import Window
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.wildberries import movement
from crm_marketplace.sandbox.wildberries.checks import Call, incorrect_parameter, refused
from crm_marketplace.sandbox.wildberries.statuses import DBS, EDBS, FBS, FINAL, WAITING, may_cancel, word_of

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop

MOST_ROWS = 1000
LONGEST_PERIOD = 30 * DAY
ARCHIVED_AFTER = 91 * DAY
RUB, BYN = 643, 933
FBS_WINDOWS = (Window("fbs", 300, 60), Window("fbs at once", 20, 4))
DBS_WINDOWS = (Window("dbs", 300, 60), Window("dbs at once", 20, 4))
CANCEL_WINDOWS = (Window("cancel", 100, 60), Window("cancel at once", 20, 12))
DBS_CANCEL_WINDOWS = (Window("dbs cancel", 10, 10),)

_SELECT = """SELECT t.*, s.skus, s.nm_id, c.vendor_code, c.cargo_type, w.office_id, w.name AS warehouse
	FROM task t JOIN size s USING (chrt_id) JOIN card c USING (nm_id) JOIN warehouse w ON w.id = t.warehouse_id"""


# --- lists -----------------------------------------------------------------------------------------


def fbs_new(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v3/orders/new"""
	return {"orders": [_fbs_new(row) for row in _new(shop, FBS)]}


def dbs_new(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v3/dbs/orders/new"""
	return {"orders": [_dbs(row) for row in _new(shop, DBS, EDBS)]}


def fbs_list(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v3/orders: without their statuses."""
	rows, following = _period(shop, call, "t.model = 'fbs'", is_required=False)
	return {"next": following, "orders": [_fbs_listed(row) for row in rows]}


def dbs_list(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v3/dbs/orders: those that are over."""
	words = ", ".join(f"'{word}'" for word in sorted(FINAL))
	condition = f"t.model IN ('{DBS}', '{EDBS}') AND t.wb_status IN ({words})"
	rows, following = _period(shop, call, condition, is_required=True)
	return {"next": following, "orders": [_dbs(row, is_over=True) for row in rows]}


def _new(shop: WildberriesShop, *models: str) -> list[Any]:
	return shop.state.all(
		f"""{_SELECT} WHERE t.model IN ({marks(models)}) AND t.supplier_status = 'new'
		AND t.wb_status = ? ORDER BY t.created_at DESC, t.id""",
		(*models, WAITING),
	)


def _period(shop: WildberriesShop, call: Call, condition: str, *, is_required: bool) -> tuple[list[Any], int]:
	limit, after = call.integer("limit", least=1, most=MOST_ROWS), call.integer("next", least=0)
	now = shop.clock.micros()
	since = call.integer("dateFrom", default=None if is_required else (now - 30 * DAY) // SECOND) * SECOND
	until = call.integer("dateTo", default=None if is_required else since // SECOND + 30 * 86400) * SECOND
	if not 0 <= until - since <= LONGEST_PERIOD + SECOND:
		raise incorrect_parameter()
	since = max(since, now - ARCHIVED_AFTER)
	rows = shop.state.all(
		f"{_SELECT} WHERE {condition} AND t.created_at BETWEEN ? AND ? AND t.id > ? ORDER BY t.id LIMIT ?",
		(since, until, after, limit),
	)
	return rows, rows[-1]["id"] if len(rows) == limit else 0


# --- tasks as they are told ------------------------------------------------------------------------


def _common(row: Any) -> dict[str, Any]:
	# Some are sold to the neighbours, in their currency.
	is_abroad = row["id"] % 5 == 0
	return {
		"orderUid": row["basket"],
		"article": row["vendor_code"],
		"colorCode": "",
		"rid": row["srid"],
		"createdAt": rfc3339(row["created_at"]),
		"skus": json.loads(row["skus"]),
		"id": row["id"],
		"warehouseId": row["warehouse_id"],
		"nmId": row["nm_id"],
		"chrtId": row["chrt_id"],
		"price": row["price"] // 28 if is_abroad else row["price"],
		"convertedPrice": row["price"],
		"currencyCode": BYN if is_abroad else RUB,
		"convertedCurrencyCode": RUB,
		"cargoType": row["cargo_type"],
		"isZeroOrder": False,
	}


def _fbs(row: Any) -> dict[str, Any]:
	return {
		**_common(row),
		"address": None,
		"comment": "",
		"crossBorderType": 0,
		"deliveryType": "fbs",
		"officeId": row["office_id"],
		"offices": [row["warehouse"]],
		"options": {"isB2B": row["firm"] is not None},
	}


def _fbs_new(row: Any) -> dict[str, Any]:
	return {
		**_fbs(row),
		"salePrice": row["sale_price"],
		"finalPrice": row["price"],
		"convertedFinalPrice": row["price"],
		"scanPrice": None,
		"requiredMeta": [],
		"optionalMeta": ["sgtin"],
		"isPickupPointShipmentAllowed": False,
	}


def _fbs_listed(row: Any) -> dict[str, Any]:
	told = {**_fbs(row), "scanPrice": None}
	if row["supplier_status"] != "new":
		told["supplyId"] = f"WB-GI-{row['created_at'] // DAY}"
	return told


def _dbs(row: Any, is_over: bool = False) -> dict[str, Any]:
	buyer = json.loads(row["buyer"])
	told = {
		**_common(row),
		"address": {
			"fullAddress": buyer["address"],
			"longitude": buyer["longitude"],
			"latitude": buyer["latitude"],
		},
		"comment": buyer["comment"],
		"deliveryType": "dbsPickupPoint" if row["to_pickup_point"] else row["model"],
		"finalPrice": row["price"],
		"convertedFinalPrice": row["price"],
		"groupId": f"7a2c8810-1db2-4011-9682-{row['created_at'] // SECOND:012d}",
		"options": {"isB2b": row["firm"] is not None},
	}
	return told if is_over else {**told, "salePrice": row["sale_price"], "requiredMeta": []}


# --- what is asked about tasks ---------------------------------------------------------------------


def fbs_statuses(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /api/v3/orders/status: what is unknown is left out."""
	return {
		"orders": [
			{
				"id": row["id"],
				"supplierStatus": row["supplier_status"],
				"wbStatus": row["wb_status"],
				"isCancellable": may_cancel(FBS, row["supplier_status"], row["wb_status"]),
			}
			for row in _known(shop, call.ids("orders"), FBS)
		]
	}


def dbs_statuses(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /api/marketplace/v3/dbs/orders/status/info: what is unknown is told with an error."""
	ids = call.ids("ordersIds")
	known = {row["id"]: row for row in _known(shop, ids, DBS, EDBS)}
	return {
		"orders": [
			{
				"orderId": id_,
				"supplierStatus": known[id_]["supplier_status"],
				"wbStatus": known[id_]["wb_status"],
				"errors": [],
			}
			if id_ in known
			else {"orderId": id_, "errors": [{"code": 404, "detail": "NotFound"}]}
			for id_ in ids
		]
	}


def dbs_buyers(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /api/v3/dbs/orders/client"""
	found = []
	for row in _known(shop, call.ids("orders"), DBS, EDBS):
		buyer = json.loads(row["buyer"])
		found.append(
			{
				"replacementPhone": buyer["phone"].lstrip("+"),
				"firstName": buyer["name"].partition(" ")[0],
				"fullName": buyer["name"],
				"orderID": row["id"],
				"phone": "",
				"phoneCode": row["id"] % 10_000_000,
				"additionalPhoneCodes": [],
			}
		)
	return {"orders": found}


def dbs_companies(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /api/marketplace/v3/dbs/orders/b2b/info"""
	results = []
	for row in _known(shop, call.ids("ordersIds"), DBS, EDBS):
		if row["firm"]:
			results.append({"orderId": row["id"], "isError": False, "data": json.loads(row["firm"])})
		else:
			errors = [{"code": 409, "detail": "OrderNotB2B"}]
			results.append({"orderId": row["id"], "isError": True, "errors": errors})
	return {"requestId": "f1787bd2d1fdc35d6f537316514a4a05", "results": results}


def _known(shop: WildberriesShop, ids: list[int], *models: str) -> list[Any]:
	return shop.state.all(
		f"SELECT * FROM task WHERE model IN ({marks(models)}) AND id IN ({marks(ids)}) ORDER BY id",
		(*models, *ids),
	)


# --- cancelling ------------------------------------------------------------------------------------


def fbs_cancel(shop: WildberriesShop, call: Call) -> Reply:
	"""PATCH /api/v3/orders/{orderId}/cancel"""
	text = call.params["orderId"]
	if not text.isdecimal():
		raise incorrect_parameter()
	rows = _known(shop, [int(text)], FBS)
	if not rows:
		raise refused(404, "NotFound", "Сборочное задание не найдено")
	if not _cancel(shop, rows[0]):
		raise refused(409, "StatusMismatch", "Несоответствие статусов, проверьте их правильность")
	return Reply(204)


def dbs_cancel(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""POST /api/marketplace/v3/dbs/orders/status/cancel: each order has its own fate."""
	ids = call.ids("ordersIds")
	known: Mapping[int, Any] = {row["id"]: row for row in _known(shop, ids, DBS, EDBS)}
	results = []
	for id_ in ids:
		if id_ not in known:
			results.append(_result(id_, 404, "NotFound"))
		elif not _cancel(shop, known[id_]):
			results.append(_result(id_, 409, "StatusMismatch"))
		else:
			results.append({"orderId": id_, "isError": False, "errors": []})
	return {"requestId": "f1787bd2d1fdc35d6f537316514a4a05", "results": results}


def _cancel(shop: WildberriesShop, row: Any) -> bool:
	if not may_cancel(row["model"], row["supplier_status"], row["wb_status"]):
		return False
	movement.cancel(shop, row, "seller")
	return True


def _result(id_: int, code: int, detail: str) -> dict[str, Any]:
	return {"orderId": id_, "isError": True, "errors": [{"code": code, "detail": detail}]}


def status_of(row: Any) -> str:
	return word_of(row["supplier_status"], row["wb_status"])
