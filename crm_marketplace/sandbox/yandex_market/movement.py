"""What happens to orders, and to stock because of it: placed, moved, cancelled, due on the clock."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.buyers import Buyer, Firm
from crm_marketplace.sandbox.clock import DAY, MINUTE
from crm_marketplace.sandbox.shop import move_due
from crm_marketplace.sandbox.yandex_market import coming_back, stock
from crm_marketplace.sandbox.yandex_market.statuses import (
	CANCELLED,
	CANCELLERS,
	DBS,
	EXPRESS,
	FBY,
	FINAL,
	Step,
	following,
	is_reserving,
	step,
)

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

PAYMENTS = ("YANDEX", "SBP", "CARD_ON_DELIVERY", "CASH_ON_DELIVERY", "BNPL_ON_DELIVERY")
FIRM_PAYMENT = "B2B_ACCOUNT_PREPAYMENT"


@dataclass(frozen=True, slots=True)
class Item:
	"""One line to be: an offer's row, units, and what they cost together (kopecks)."""

	offer: Any
	units: int
	total: int


@dataclass(frozen=True, slots=True)
class Purchase:
	"""What an order is made of."""

	id: int
	campaign_id: int
	program: str
	at: int
	items: Sequence[Item]
	buyer: Buyer
	warehouse_id: int
	firm: Firm | None = None
	boxes: int = 1
	payment: str = PAYMENTS[0]
	fake: bool = False


def add_order(shop: YandexMarketShop, purchase: Purchase, where: Step, changed_at: int, **facts: Any) -> None:
	"""Write an order and its items. Stock is not touched."""
	packing = 45 * MINUTE if purchase.program == EXPRESS else DAY
	items = [(purchase.id * 10 + place, item) for place, item in enumerate(purchase.items)]
	shop.state.insert(
		"purchase",
		id=purchase.id,
		campaign_id=purchase.campaign_id,
		program=purchase.program,
		status=where.status,
		substatus=where.substatus,
		created_at=purchase.at,
		changed_at=changed_at,
		ship_at=(purchase.at + packing) // MINUTE * MINUTE,
		warehouse_id=purchase.warehouse_id,
		payment=purchase.payment,
		delivery_price=29_900 if purchase.program == DBS and purchase.id % 3 else 0,
		delivery_subsidy=5_050 if purchase.program == DBS and purchase.id % 5 == 0 else 0,
		boxes=json.dumps(_boxes(purchase, items)) if purchase.boxes > 1 else None,
		buyer=json.dumps(_buyer_facts(purchase.buyer), ensure_ascii=False),
		firm=json.dumps(_firm_facts(purchase.firm), ensure_ascii=False) if purchase.firm else None,
		fake=int(purchase.fake),
		**facts,
	)
	shop.state.insert_many("item", _ITEM_COLUMNS, [_item_row(purchase, id_, item) for id_, item in items])


_ITEM_COLUMNS = (
	"id", "purchase_id", "offer", "offer_id", "name", "count", "payment", "subsidy", "cashback", "vat",
	"is_marked",
)  # fmt: skip


def _item_row(purchase: Purchase, id_: int, item: Item) -> tuple[Any, ...]:
	# The marketplace takes a part of some prices on itself, and points of its programme pay another.
	subsidy = item.total * (id_ % 4) * 5 // 100
	cashback = item.total * (id_ % 3) * 3 // 100
	offer = item.offer
	return (
		id_, purchase.id, offer["id"], offer["offer_id"], offer["name"], item.units,
		item.total - subsidy - cashback, subsidy, cashback, offer["vat"], offer["is_marked"],
	)  # fmt: skip


def _boxes(purchase: Purchase, items: list[tuple[int, Item]]) -> list[dict[str, Any]]:
	"""Each unit in a box of its own and the rest in the last one; of too few units the first comes in parts."""
	units = [id_ for id_, item in items for _unit in range(item.units)]
	parts = purchase.boxes - len(units) + 1
	if parts > 1:
		split = [
			[{"id": units[0], "partialCount": {"current": part + 1, "total": parts}}] for part in range(parts)
		]
		contents = split + [[{"id": id_, "fullCount": 1}] for id_ in units[1:]]
	else:
		single, rest = units[: purchase.boxes - 1], units[purchase.boxes - 1 :]
		contents = [[{"id": id_, "fullCount": 1}] for id_ in single]
		contents.append([{"id": id_, "fullCount": count} for id_, count in Counter(rest).items()])
	return [
		{"boxId": purchase.id * 10 + number, "barcode": f"{purchase.id}-{number}", "items": content}
		for number, content in enumerate(contents, start=1)
	]


def reserve(shop: YandexMarketShop, purchase_id: int, sign: int = 1) -> None:
	"""Reserve the order's units, or give them back with `sign=-1`."""
	for line in lines_of(shop, purchase_id):
		if line["program"] == FBY:
			stock.reserve_fby(shop, line["offer"], sign * line["count"])
		else:
			stock.reserve(shop, line["offer"], line["warehouse_id"], sign * line["count"])


def _hand_over(shop: YandexMarketShop, purchase_id: int) -> None:
	for line in lines_of(shop, purchase_id):
		if line["program"] == FBY:
			stock.hand_over_fby(shop, line["offer"], line["count"])
		else:
			stock.hand_over(shop, line["offer"], line["warehouse_id"], line["count"])


def lines_of(shop: YandexMarketShop, purchase_id: int) -> list[Any]:
	return shop.state.all(
		"""SELECT i.*, p.warehouse_id, p.program FROM item i JOIN purchase p ON p.id = i.purchase_id
		WHERE i.purchase_id = ? ORDER BY i.id""",
		(purchase_id,),
	)


def place_of(row: Any) -> Step:
	return Step(row["status"], row["substatus"])


# --- moving ----------------------------------------------------------------------------------------


def move(shop: YandexMarketShop, row: Any, where: Step, at: int | None = None, **facts: Any) -> None:
	"""Put an order somewhere else on its way; stock follows.

	Args:
		at: when it happened; now if not given.
	"""
	at = shop.clock.micros() if at is None else at
	was, is_now = is_reserving(place_of(row)), is_reserving(where)
	if was and not is_now:
		if where.status == CANCELLED:
			reserve(shop, row["id"], -1)
		else:
			_hand_over(shop, row["id"])
			facts.setdefault("was_shipped", 1)
	elif is_now and not was:
		reserve(shop, row["id"])
	if where.status == CANCELLED != row["status"] and row["was_shipped"]:
		goods = {line: line["count"] for line in lines_of(shop, row["id"])}
		coming_back.add(shop, row, goods, coming_back.UNREDEEMED, at)
	if where.status == "DELIVERED":
		facts.setdefault("delivered_at", at)
	if where.status == "DELIVERY" and row["program"] == DBS:
		facts.setdefault("track", f"SBX{row['id']:012d}")
	shop.state.update(
		"purchase",
		{"id": row["id"]},
		status=where.status,
		substatus=where.substatus,
		changed_at=at,
		moves_at=next_move(shop, where, at),
		**facts,
	)


def cancel(shop: YandexMarketShop, row: Any, by: str, reason: str | None = None) -> None:
	"""Cancel an order. What is reserved becomes free.

	Raises:
		ValueError: nobody of that name cancels.
	"""
	if by not in CANCELLERS:
		raise ValueError(f"{by!r} cancels nothing; known: {', '.join(CANCELLERS)}")
	move(shop, row, Step(CANCELLED, reason or CANCELLERS[by]), cancel_requested=0)


def settle(shop: YandexMarketShop) -> None:
	"""Move what is due on the clock: one step per pace that has passed."""
	move_due(shop, "purchase", _following, move)


def _following(row: Any) -> Step | None:
	return following(row["program"], place_of(row))


def next_step(row: Any, status: str | None, substatus: str | None) -> Step:
	"""Where an order goes: the status given, or the next one on its way.

	Raises:
		ValueError: there is no such status, or it has come to its end.
	"""
	if status:
		return step(row["program"], status, substatus)
	where = _following(row)
	if where is None:
		raise ValueError(f"{row['id']} is {row['status']} and goes nowhere from there")
	return where


def next_move(shop: YandexMarketShop, where: Step, at: int) -> int | None:
	"""When an order that came there at a moment moves on by itself; None: on command only."""
	return None if where.status in FINAL else shop.plan.next_move(where.joined, at)


def _buyer_facts(buyer: Buyer) -> dict[str, Any]:
	town = buyer.town
	street, _comma, rest = buyer.address.partition(", д. ")
	house, _comma, apartment = rest.partition(", кв. ")
	return {
		"number": buyer.number,
		"name": buyer.name,
		"phone": buyer.phone,
		"street": street,
		"house": house,
		"apartment": apartment,
		"comment": buyer.comment,
		"city": town.city,
		"region": town.region,
		"postcode": town.postcode,
		"latitude": town.latitude,
		"longitude": town.longitude,
	}


def _firm_facts(firm: Firm) -> dict[str, str]:
	return {"name": firm.name, "tax_id": firm.tax_id, "reason_code": firm.reason_code}
