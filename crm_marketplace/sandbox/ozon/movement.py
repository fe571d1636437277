"""What happens to postings, and to stock because of it: ordered, moved, cancelled, due on the clock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.buyers import Buyer, Firm
from crm_marketplace.sandbox.clock import DAY, HOUR, MINUTE, SECOND
from crm_marketplace.sandbox.ozon import goods_back, stock
from crm_marketplace.sandbox.ozon.statuses import (
	CANCELLED,
	EXPRESS,
	FBO,
	FBS,
	FINAL,
	RESERVING,
	SPLIT,
	Step,
	following,
	step,
)
from crm_marketplace.sandbox.shop import move_due

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop


@dataclass(frozen=True, slots=True)
class Canceller:
	"""Who cancels, in the vendor's words, and the reason usually given."""

	type: str
	initiator: str
	reason_id: int
	reason: str


CANCELLERS = {
	"client": Canceller("client", "Клиент", 504, "Покупатель передумал"),
	"marketplace": Canceller("ozon", "Ozon", 687, "Отменено Ozon"),
	"system": Canceller("system", "Система", 505, "Не оплачено вовремя"),
	"delivery": Canceller(
		"delivery", "Служба доставки", 666, "Возврат из службы доставки: нет доставки в указанный регион"
	),
	"seller": Canceller("seller", "Продавец", 402, "Другое (вина продавца)"),
}
PAYMENTS = (
	"картой онлайн", "карта Ozon Банка", "сохранённой картой при получении", "Система Быстрых Платежей",
	"Ozon Рассрочка",
)  # fmt: skip
FIRM_PAYMENT = "оплата на расчётный счёт"


@dataclass(frozen=True, slots=True)
class Item:
	"""One line to be: a listing's row, units, and the price if it is not the listing's (kopecks)."""

	listing: Any
	units: int
	price: int | None = None


@dataclass(frozen=True, slots=True)
class Purchase:
	"""What a posting is made of."""

	order_id: int
	order_number: str
	place: int  # of the posting in its order, from 1
	scheme: str
	at: int
	items: Sequence[Item]
	buyer: Buyer
	firm: Firm | None = None
	method: Any = None  # row of delivery_method; None for FBO
	boxes: int = 1
	payment: str = PAYMENTS[0]
	parent: str = ""


def add_posting(shop: OzonShop, purchase: Purchase, where: Step, changed_at: int, **facts: Any) -> int:
	"""Write a posting and its lines. Stock is not touched. Returns its row id."""
	method, at = purchase.method, purchase.at
	packing = 30 * MINUTE if purchase.scheme == EXPRESS else DAY
	posting_id = shop.state.insert(
		"posting",
		posting_number=f"{purchase.order_number}-{purchase.place}",
		order_id=purchase.order_id,
		order_number=purchase.order_number,
		parent=purchase.parent,
		scheme=purchase.scheme,
		flow=method["flow"] if method else "ozon",
		status=where.status,
		substatus=where.substatus,
		created_at=at,
		in_process_at=at // SECOND * SECOND,
		changed_at=changed_at,
		shipment_at=(at + packing) // MINUTE * MINUTE,
		deadline_at=(at + 2 * packing) // MINUTE * MINUTE,
		warehouse_id=method["warehouse_id"] if method else 0,
		delivery_method_id=method["id"] if method else 0,
		is_multibox=purchase.boxes > 1,
		boxes=purchase.boxes,
		payment=purchase.payment,
		buyer=json.dumps(_buyer_facts(purchase.buyer), ensure_ascii=False),
		firm=json.dumps(_firm_facts(purchase.firm), ensure_ascii=False) if purchase.firm else None,
		**facts,
	)
	shop.state.insert_many("posting_line", _LINE_COLUMNS, _line_rows(posting_id, purchase.items))
	return posting_id


_LINE_COLUMNS = (
	"posting_id", "place", "product_id", "sku", "offer_id", "name", "colour", "quantity", "price",
	"old_price", "customer_price", "commission", "weight", "is_marked",
)  # fmt: skip


def _line_rows(posting_id: int, items: Sequence[Item]) -> list[tuple[Any, ...]]:
	rows = []
	for place, item in enumerate(items, start=1):
		listing = item.listing
		price = listing["price"] if item.price is None else item.price
		# Ozon sells some things cheaper at its own cost: the buyer's price, never the seller's.
		discount = listing["product_id"] % 4 * 5
		customer_price = price * (100 - discount) // 10_000 * 100 if discount and price > 10_000 else price
		rows.append((
			posting_id, place, listing["product_id"], listing["sku"], listing["offer_id"], listing["name"],
			listing["colour"], item.units, price, listing["old_price"], customer_price, listing["commission"],
			listing["weight"], listing["is_marked"],
		))  # fmt: skip
	return rows


def order_number(buyer: Buyer, sequence: int) -> str:
	"""`0132112277-0101`: unique by the sequence."""
	return f"{buyer.number:010d}-{sequence:04d}"


def reserve(shop: OzonShop, posting_id: int, sign: int = 1) -> None:
	"""Reserve the posting's units, or give them back with `sign=-1`."""
	for line in _lines(shop, posting_id):
		if line["scheme"] == FBO:
			stock.reserve_fbo(shop, line["product_id"], sign * line["quantity"])
		else:
			stock.reserve(shop, line["product_id"], line["warehouse_id"], sign * line["quantity"])


def _hand_over(shop: OzonShop, posting_id: int) -> None:
	for line in _lines(shop, posting_id):
		if line["scheme"] == FBO:
			stock.hand_over_fbo(shop, line["product_id"], line["quantity"])
		else:
			stock.hand_over(shop, line["product_id"], line["warehouse_id"], line["quantity"])


def _lines(shop: OzonShop, posting_id: int) -> list[Any]:
	return shop.state.all(
		"""SELECT l.product_id, l.quantity, p.warehouse_id, p.scheme FROM posting_line l
		JOIN posting p ON p.id = l.posting_id WHERE l.posting_id = ?""",
		(posting_id,),
	)


# --- moving ----------------------------------------------------------------------------------------


def move(shop: OzonShop, row: Any, where: Step, at: int | None = None, **facts: Any) -> None:
	"""Put a posting somewhere else on its way; stock follows.

	Args:
		at: when it happened; now if not given.
	"""
	at = shop.clock.micros() if at is None else at
	was, is_now = row["status"] in RESERVING, where.status in RESERVING
	if was and not is_now:
		if where in (CANCELLED, SPLIT):
			reserve(shop, row["id"], -1)
		else:
			_hand_over(shop, row["id"])
			facts.setdefault("delivering_at", at)
	elif is_now and not was:
		reserve(shop, row["id"])
	if where.status == "delivered":
		facts.setdefault("delivered_at", at)
	if where.status == "delivering" and row["scheme"] != FBS:
		facts.setdefault("tracking_number", f"SBX{row['id']:09d}RU")
	shop.state.update(
		"posting",
		{"id": row["id"]},
		status=where.status,
		substatus=where.substatus,
		previous_substatus=row["substatus"],
		changed_at=at,
		moves_at=next_move(shop, where, at),
		**facts,
	)


def cancel(
	shop: OzonShop, row: Any, by: str, reason_id: int | None = None, reason: str | None = None
) -> None:
	"""Cancel a posting. What is reserved becomes free; what is on its way begins to come back.

	Raises:
		ValueError: nobody of that name cancels.
	"""
	if by not in CANCELLERS:
		raise ValueError(f"{by!r} cancels nothing; known: {', '.join(CANCELLERS)}")
	who = CANCELLERS[by]
	move(
		shop,
		row,
		CANCELLED,
		cancel_reason_id=who.reason_id if reason_id is None else reason_id,
		cancel_reason=reason or who.reason,
		cancel_type=who.type,
		cancel_initiator=who.initiator,
		cancelled_after_ship=row["status"] not in RESERVING or row["status"] == "awaiting_deliver",
	)
	goods_back.cancelled(shop, row)


def settle(shop: OzonShop) -> None:
	"""Move what is due on the clock: one step per pace that has passed."""
	move_due(shop, "posting", _following, move)
	goods_back.settle(shop)


def _following(row: Any) -> Step | None:
	return following(row["scheme"], row["status"], row["substatus"])


def next_step(row: Any, status: str | None, substatus: str | None) -> Step:
	"""Where a posting goes: the status given, or the next one on its way.

	Raises:
		ValueError: there is no such status, or it has come to its end.
	"""
	if status:
		return step(row["scheme"], status, substatus)
	where = _following(row)
	if where is None:
		raise ValueError(f"{row['posting_number']} is {row['status']} and goes nowhere from there")
	return where


def next_move(shop: OzonShop, where: Step, at: int) -> int | None:
	"""When a posting that came there at a moment moves on by itself; None: on command only."""
	return None if where.status in FINAL else shop.plan.next_move(where.substatus, at)


def _buyer_facts(buyer: Buyer) -> Mapping[str, Any]:
	town = buyer.town
	return {
		"number": buyer.number,
		"name": buyer.name,
		"phone": buyer.phone,
		"email": buyer.email,
		"address": buyer.address,
		"comment": buyer.comment,
		"city": town.city,
		"region": town.region,
		"cluster": town.cluster,
		"postcode": town.postcode,
		"latitude": town.latitude,
		"longitude": town.longitude,
	}


def _firm_facts(firm: Firm) -> Mapping[str, str]:
	return {"name": firm.name, "tax_id": firm.tax_id, "reason_code": firm.reason_code}
