"""What happens to tasks, and to stock because of it: ordered, moved, cancelled, due on the clock."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.buyers import Buyer, Firm
from crm_marketplace.sandbox.clock import SECOND
from crm_marketplace.sandbox.shop import move_due
from crm_marketplace.sandbox.wildberries import returns, stock
from crm_marketplace.sandbox.wildberries.statuses import (
	CANCELS,
	FBW,
	FBW_CANCELS,
	FINAL,
	RESERVING,
	WAITING,
	Step,
	following,
	step,
	word_of,
)

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop


@dataclass(frozen=True, slots=True)
class Purchase:
	"""One unit somebody buys.

	Args:
		number: of the task in its shop.
		basket: what is bought together has the same.
		price: kopecks, with all discounts.
		sale_price: kopecks, with the seller's discount only.
	"""

	number: int
	basket: str
	model: str
	at: int
	size: Any
	warehouse_id: int
	price: int
	sale_price: int
	buyer: Buyer
	firm: Firm | None = None


def add_task(
	shop: WildberriesShop, purchase: Purchase, where: Step, changed_at: int, cancel_type: str = ""
) -> Any:
	"""Write a task. Stock is not touched. Returns its row."""
	task_id = 3_000_000_000 + shop.number * 100_000_000 + purchase.number * 7
	chance = random.Random(f"srid {shop.sid} {purchase.number}")
	shop.state.insert(
		"task",
		id=task_id,
		srid=f"{chance.randint(10**18, 9 * 10**18)}.0.0",
		basket=purchase.basket,
		model=purchase.model,
		supplier_status=where.supplier,
		wb_status=where.wb,
		cancel_type=cancel_type,
		chrt_id=purchase.size["chrt_id"],
		warehouse_id=purchase.warehouse_id,
		price=purchase.price,
		sale_price=purchase.sale_price,
		buyer=json.dumps(_buyer_facts(purchase.buyer), ensure_ascii=False),
		firm=json.dumps(_firm_facts(purchase.firm), ensure_ascii=False) if purchase.firm else None,
		created_at=purchase.at // SECOND * SECOND,
		changed_at=changed_at,
		moves_at=_next_move(shop, where, shop.clock.micros()),
	)
	return shop.state.one("SELECT * FROM task WHERE id = ?", (task_id,))


def move(shop: WildberriesShop, row: Any, where: Step, at: int | None = None, cancel_type: str = "") -> None:
	"""Put a task somewhere else on its way; stock follows.

	Args:
		at: when it happened; now if not given.
	"""
	at = shop.clock.micros() if at is None else at
	was, is_now = (
		_holds_stock(row["supplier_status"], row["wb_status"]),
		_holds_stock(where.supplier, where.wb),
	)
	if row["model"] != FBW and was and not is_now:
		if where.supplier in RESERVING or where.supplier == "cancel":  # cancelled before it was handed over
			stock.take(shop, row["chrt_id"], row["warehouse_id"], -1)
		else:
			stock.hand_over(shop, row["chrt_id"], row["warehouse_id"])
	shop.state.run(
		"""UPDATE task SET supplier_status = ?, wb_status = ?, cancel_type = ?, changed_at = ?, moves_at = ?
		WHERE id = ?""",
		(where.supplier, where.wb, cancel_type, at, _next_move(shop, where, at), row["id"]),
	)
	bring_back(shop, shop.state.one("SELECT * FROM task WHERE id = ?", (row["id"],)), at)


def bring_back(shop: WildberriesShop, row: Any, at: int) -> None:
	"""Goods of a task that was cancelled on its way set out for the seller."""
	if returns.comes_back(row) and not returns.item_of(shop, row["id"]):
		returns.add_item(shop, row, at)


def cancel(shop: WildberriesShop, row: Any, by: str) -> None:
	"""Cancel a task. What is still with the seller can be ordered again.

	Raises:
		ValueError: nobody of that name cancels.
	"""
	if by not in CANCELS:
		raise ValueError(f"{by!r} cancels nothing; known: {', '.join(CANCELS)}")
	if row["model"] == FBW:
		move(shop, row, Step("cancel", WAITING), cancel_type=FBW_CANCELS[by])
		return
	is_here = _holds_stock(row["supplier_status"], row["wb_status"])
	where = CANCELS[by][0 if is_here else 1]
	move(shop, row, Step(where.supplier or row["supplier_status"], where.wb))


def settle(shop: WildberriesShop) -> None:
	"""Move what is due on the clock: one step per pace that has passed."""
	move_due(shop, "task", _following, move)
	returns.settle(shop)


def _following(row: Any) -> Step | None:
	return following(row["model"], row["supplier_status"], row["wb_status"])


def next_step(row: Any, status: str | None) -> Step:
	"""Where a task goes: the status given, or the next one on its way.

	Raises:
		ValueError: there is no such status, or it has come to its end.
	"""
	if status:
		return step(row["model"], status, row["supplier_status"])
	where = _following(row)
	if where is None:
		word = word_of(row["supplier_status"], row["wb_status"])
		raise ValueError(f"{row['id']} is {word} and goes nowhere from there")
	return where


def reserve(shop: WildberriesShop, rows: Sequence[Any]) -> None:
	"""Take what new tasks hold off what can be ordered."""
	for row in rows:
		if row["model"] != FBW and _holds_stock(row["supplier_status"], row["wb_status"]):
			stock.take(shop, row["chrt_id"], row["warehouse_id"])


def _holds_stock(supplier: str, wb: str) -> bool:
	return wb == WAITING and supplier in RESERVING


def _next_move(shop: WildberriesShop, where: Step, at: int) -> int | None:
	return None if where.word in FINAL else shop.plan.next_move(where.word, at)


def _buyer_facts(buyer: Buyer) -> Mapping[str, Any]:
	town = buyer.town
	return {
		"name": buyer.name,
		"phone": buyer.phone,
		"comment": buyer.comment,
		"city": town.city,
		"region": town.region,
		"address": f"{town.region}, г. {town.city}, {buyer.address}",
		"latitude": town.latitude,
		"longitude": town.longitude,
	}


def _firm_facts(firm: Firm) -> Mapping[str, str]:
	return {"orgName": firm.name, "inn": firm.tax_id, "kpp": firm.reason_code}
