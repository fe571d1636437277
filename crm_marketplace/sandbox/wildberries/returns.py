"""Goods on their way back to the seller, and the claims of buyers who want to give goods back.

https://dev.wildberries.ru/openapi/reports#tag/returnsAndItemMovementReport (GET /api/analytics/v1/item-returns),
https://dev.wildberries.ru/openapi/user-communication#tag/buyersReturns (GET /api/v1/claims)
"""

from __future__ import annotations

import json
import random
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm_marketplace.sandbox.clock import DAY, from_micros, to_micros
from crm_marketplace.sandbox.http import Refusal, Reply
from crm_marketplace.sandbox.limits import Window
from crm_marketplace.sandbox.shop import move_due
from crm_marketplace.sandbox.wildberries.checks import Call
from crm_marketplace.sandbox.wildberries.statuses import CANCELLED, FBS, FBW

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop

ITEM_WINDOWS = (Window("item returns", 10, 600),)  # 1 a minute, 10 at once
CLAIM_WINDOWS = (Window("claims", 20, 60), Window("claims at once", 10, 30))
MOST_ITEMS, MOST_CLAIMS = 1000, 200
LONGEST_PERIOD = 31  # days
CLAIMS_TOLD = 14 * DAY
STORED = 7 * DAY  # at the point where the seller can fetch it

_MOSCOW = timezone(timedelta(hours=3))
_POINT = 310_105, "Жуковский Улица Маяковского 19"
_FROM_BUYERS, _DEFECT = "Возврат товара, который приехал по МП", "Возврат брака"
_RUB = "643"

# The trade's word for where goods are → the vendor's, and what comes next.
ITEM_WORDS = {
	"On The Way": "В пути в пвз",
	"Ready For Pickup": "Готов к выдаче",
	"Received": "Выдано",
	"Disposed Of": "Истек срок хранения на пвз",
	"At Marketplace": "Отмена по задержке",
}
_ITEM_PATH = {"On The Way": "Ready For Pickup", "Ready For Pickup": "Received"}
# The trade's word → `status` and `status_ex` of a claim, and what comes next.
CLAIM_CODES = {
	"Requested": (0, 0),
	"Refused": (1, 1),
	"Disposed Of": (2, 2),
	"At Marketplace": (2, 8),
	"On The Way": (2, 10),
}
_CLAIM_PATH = {"Requested": "At Marketplace"}


# --- how they arise and move -----------------------------------------------------------------------


def add_item(shop: WildberriesShop, task: Any, at: int) -> str:
	"""Goods of a task set out for the seller. Returns the id of their way back."""
	chance = random.Random(f"return {shop.sid} {task['id']}")
	srid = f"mp.{chance.getrandbits(128):032x}.r"
	shop.state.insert(
		"item_return",
		id=chance.randint(10**10, 9 * 10**10),
		srid=srid,
		task_id=task["id"],
		kind=_DEFECT if task["wb_status"] == "defect" else _FROM_BUYERS,
		state="On The Way",
		ordered_at=at,
		moves_at=shop.plan.next_move("On The Way", at),
	)
	return srid


def add_claim(shop: WildberriesShop, task: Any, comment: str, at: int) -> str:
	"""A buyer asks to give back what he has. Returns the id of his claim."""
	made = shop.state.value("SELECT count(*) FROM claim")
	chance = random.Random(f"claim {shop.sid} {task['id']} {made}")
	claim_id = str(UUID(int=chance.getrandbits(128), version=4))
	shop.state.insert(
		"claim",
		id=made + 1,
		claim_id=claim_id,
		task_id=task["id"],
		comment=comment,
		state="Requested",
		asked_at=at,
		moves_at=shop.plan.next_move("Requested", at),
	)
	return claim_id


def move_item(shop: WildberriesShop, row: Any, state: str, at: int) -> None:
	times: dict[str, int] = {}
	if state == "Ready For Pickup":
		times = {"ready_at": at, "expires_at": at + STORED}
	elif state == "Received":
		times = {"completed_at": at}
	moves_at = shop.plan.next_move(state, at) if state in _ITEM_PATH else None
	shop.state.update("item_return", {"id": row["id"]}, state=state, moves_at=moves_at, **times)


def move_claim(shop: WildberriesShop, row: Any, state: str, at: int) -> None:
	moves_at = shop.plan.next_move(state, at) if state in _CLAIM_PATH else None
	shop.state.update("claim", {"id": row["id"]}, state=state, decided_at=at, moves_at=moves_at)
	task = shop.state.one("SELECT * FROM task WHERE id = ?", (row["task_id"],))
	if state == "On The Way" and not item_of(shop, task["id"]):
		add_item(shop, task, at)
	if state == "At Marketplace" and task["model"] == FBW:
		shop.state.update("task", {"id": task["id"]}, supplier_status="return", changed_at=at)


def next_state(row: Any, state: str | None) -> str:
	"""Where a return or a claim goes: the state given, or the next one on its way.

	Raises:
		ValueError: it has come to its end, or the marketplace has no such state.
	"""
	known, path = (CLAIM_CODES, _CLAIM_PATH) if is_claim(row) else (ITEM_WORDS, _ITEM_PATH)
	if row["state"] not in path:
		raise ValueError(f"it is {row['state']} and goes nowhere from there")
	state = state or path[row["state"]]
	if state not in known:
		raise ValueError(f"there is no state {state!r} here; known: {', '.join(known)}")
	return state


def comes_back(task: Any) -> bool:
	"""Whether goods of a cancelled task have left the seller, so that they are brought back to him."""
	return task["model"] == FBS and task["supplier_status"] == "complete" and task["wb_status"] in CANCELLED


def is_claim(row: Any) -> bool:
	return "claim_id" in row.keys()


def settle(shop: WildberriesShop) -> None:
	"""Move what is due on the clock."""
	move_due(shop, "item_return", lambda row: _ITEM_PATH.get(row["state"]), move_item)
	move_due(shop, "claim", lambda row: _CLAIM_PATH.get(row["state"]), move_claim)


def item_of(shop: WildberriesShop, task_id: int) -> Any:
	return shop.state.one("SELECT * FROM item_return WHERE task_id = ?", (task_id,))


# --- answering -------------------------------------------------------------------------------------


def item_returns(shop: WildberriesShop, call: Call) -> Reply | dict[str, Any]:
	"""GET /api/analytics/v1/item-returns: by the day their way back was ordered."""
	first, last = _day(call, "dateFrom"), _day(call, "dateTo")
	if not 0 <= (last - first).days < LONGEST_PERIOD:
		raise _invalid("dateTo: the period is longer than 31 days or ends before it begins")
	status = call.query.get("status")
	if status not in ("active", "archive"):
		raise _invalid("status: must be one of active, archive")
	limit, offset = _number(call, "limit", 1, MOST_ITEMS), _number(call, "offset", 0)
	sign = "IN" if status == "active" else "NOT IN"
	condition = f"state {sign} ('On The Way', 'Ready For Pickup') AND ordered_at >= ? AND ordered_at < ?"
	period = _midnight(first), _midnight(last + timedelta(days=1))
	count = shop.state.value(f"SELECT count(*) FROM item_return WHERE {condition}", period)
	if not count:
		return Reply(204)
	rows = shop.state.all(
		f"""SELECT r.*, t.model, s.nm_id, s.skus, s.tech_size, c.brand, c.subject
		FROM item_return r JOIN task t ON t.id = r.task_id JOIN size s USING (chrt_id) JOIN card c USING (nm_id)
		WHERE {condition} ORDER BY ordered_at, r.id LIMIT ? OFFSET ?""",
		(*period, limit, offset),
	)
	return {"count": count, "report": [_item(row) for row in rows]}


def _item(row: Any) -> dict[str, Any]:
	return {
		"sku": next(iter(json.loads(row["skus"])), ""),
		"brand": row["brand"],
		"completedDt": _local(row["completed_at"]),
		"dstOfficeAddress": _POINT[1],
		"kiz": None,
		"dstOfficeId": _POINT[0],
		"expiredDt": _local(row["expires_at"]),
		"nmId": row["nm_id"],
		"orderDt": _local(row["ordered_at"])[:10],
		"orderId": 0 if row["model"] == FBW else row["task_id"],
		"readyToReturnDt": _local(row["ready_at"]),
		"returnType": row["kind"],
		"shkId": row["id"],
		"srid": row["srid"],
		"returnStatus": ITEM_WORDS[row["state"]],
		"stickerId": str(row["id"] + 10_000_000_000),
		"subjectName": row["subject"],
		"techSize": row["tech_size"],
	}


def claims(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v1/claims: of the last 14 days."""
	if call.query.get("is_archive") not in ("true", "false"):
		raise _misfit("missing field `is_archive`")
	limit, offset = call.query.get("limit", "50"), call.query.get("offset", "0")
	if not (limit.isdecimal() and offset.isdecimal() and 1 <= int(limit) <= MOST_CLAIMS):
		raise _misfit("invalid digit found in string")
	sign = "=" if call.query["is_archive"] == "false" else "!="
	condition = f"c.state {sign} 'Requested' AND c.asked_at >= ?"
	values: list[Any] = [shop.clock.micros() - CLAIMS_TOLD]
	for name, column in (("id", "c.claim_id"), ("nm_id", "CAST(s.nm_id AS TEXT)")):
		if name in call.query:
			condition += f" AND {column} = ?"
			values.append(call.query[name])
	source = "claim c JOIN task t ON t.id = c.task_id JOIN size s USING (chrt_id) JOIN card k USING (nm_id)"
	rows = shop.state.all(
		f"""SELECT c.*, t.srid, t.price, t.created_at, t.changed_at, s.nm_id, k.title FROM {source}
		WHERE {condition} ORDER BY c.asked_at, c.id LIMIT ? OFFSET ?""",
		(*values, int(limit), int(offset)),
	)
	total = shop.state.value(f"SELECT count(*) FROM {source} WHERE {condition}", values)
	return {"claims": [_claim(row) for row in rows], "total": total}


def _claim(row: Any) -> dict[str, Any]:
	status, status_ex = CLAIM_CODES[row["state"]]
	picture = f"//photos.wbstatic.net/claim/{row['claim_id']}/1.webp"
	return {
		"id": row["claim_id"],
		"claim_type": 1,
		"status": status,
		"status_ex": status_ex,
		"nm_id": row["nm_id"],
		"user_comment": row["comment"],
		"wb_comment": "" if status == 0 else "Спасибо за обращение.",
		"dt": _local(row["asked_at"], "microseconds"),
		"imt_name": row["title"],
		"order_dt": _local(row["created_at"]),
		"dt_update": _local(row["decided_at"] or row["asked_at"], "microseconds"),
		"photos": [picture],
		"video_paths": [],
		"actions": ["approve1", "approve2", "autorefund1", "rejectcustom"] if status == 0 else [],
		"price": row["price"] / 100,
		"currency_code": _RUB,
		"srid": row["srid"],
		"origin_id_info": None,
		"delivery_dt": _local(row["changed_at"]),
	}


def _local(micros: int | None, timespec: str = "seconds") -> str | None:
	"""A moment as these methods tell it: of Moscow, without saying so."""
	if micros is None:
		return None
	return from_micros(micros).astimezone(_MOSCOW).replace(tzinfo=None).isoformat(timespec=timespec)


def _midnight(day: date) -> int:
	return to_micros(datetime(day.year, day.month, day.day, tzinfo=_MOSCOW))


def _day(call: Call, name: str) -> date:
	try:
		return date.fromisoformat(call.query.get(name, ""))
	except ValueError as error:
		raise _invalid(f"{name}: Incorrect date") from error


def _number(call: Call, name: str, least: int, most: int | None = None) -> int:
	text = call.query.get(name, "")
	if not text.isdecimal() or int(text) < least or (most is not None and int(text) > most):
		raise _invalid(f"{name}: invalid value")
	return int(text)


def _invalid(detail: str) -> Refusal:
	body = {
		"title": "Invalid query params",
		"detail": f"code=400, message={detail}",
		"requestId": "kXJ6YwXVMEhFB7Ns9snJNE",
		"origin": "analytics-open-api",
	}
	return Refusal(400, body)


def _misfit(detail: str) -> Refusal:
	body = {
		"title": "Invalid query params",
		"detail": f"Failed to deserialize query string: {detail}",
		"requestId": "e0aedc10-9789-49c1-9a83-d8422b4703dc",
	}
	return Refusal(400, body)
