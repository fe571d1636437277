"""What happens to returns: they begin, move, and come to their end, on command or by the clock."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import HOUR
from crm_marketplace.sandbox.ozon.return_statuses import PATHS, STATUSES, following, in_state
from crm_marketplace.sandbox.ozon.statuses import CANCELLED, FBO, FBS, RESERVING
from crm_marketplace.sandbox.shop import move_due

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

_FIRST_ID = 1_000_000_000
_AFTER_DELIVERY = "ClientReturn"
_REASONS = {
	"Cancellation": ("Покупатель отменил заказ", "Истёк срок хранения заказа"),
	_AFTER_DELIVERY: ("Не подошёл размер", "Обнаружен брак", "Товар не соответствует описанию"),
}
_STAYS = (20, 90)  # hours in each status, at least and at most


def fill(shop: OzonShop) -> None:
	"""What came back of the postings a shop is filled with: all that was cancelled on its way, and here and
	there what was delivered.
	"""
	now = shop.clock.micros()
	chance = random.Random(f"returns {shop.plan.seed}/{shop.number}")
	postings = shop.state.all(
		"""SELECT * FROM posting WHERE delivering_at IS NOT NULL AND status IN ('cancelled', 'delivered')
		ORDER BY changed_at, id"""
	)
	for posting in postings:
		at = posting["changed_at"] + int(chance.uniform(1, 40) * HOUR)
		cancelled = posting["status"] == CANCELLED.status
		if (
			at > now
			or (not cancelled and chance.random() > 0.05)
			or (cancelled and not _carried_back(posting))
		):
			continue
		for return_id in begin(shop, posting, at):
			_let_pass(shop, return_id, chance, now)


def begin(shop: OzonShop, posting: Any, at: int) -> list[int]:
	"""Every line of a posting that is not on its way back yet begins to be. Returns the ids."""
	return [begin_line(shop, posting, line, None, at) for line in lines_left(shop, posting)]


def lines_left(shop: OzonShop, posting: Any) -> list[Any]:
	"""The lines of a posting with `left` units that have not been sent back."""
	return shop.state.all(
		"""SELECT * FROM (
			SELECT l.*, l.quantity - coalesce((
				SELECT sum(r.quantity) FROM goods_return r
				WHERE r.posting_id = l.posting_id AND r.place = l.place
			), 0) AS left
			FROM posting_line l WHERE l.posting_id = ?
		) WHERE left > 0 ORDER BY place""",
		(posting["id"],),
	)


def begin_line(shop: OzonShop, posting: Any, line: Any, units: int | None, at: int) -> int:
	"""Units of a line begin to come back.

	Args:
		units: all that are left if not given; one, where a return is a request of a buyer (rFBS).

	Raises:
		ValueError: the goods are not out, or so many are not left.
	"""
	scheme, cancelled = posting["scheme"], posting["status"] == CANCELLED.status
	if posting["status"] != "delivered" and not (cancelled and posting["delivering_at"]):
		raise ValueError(f"the goods of {posting['posting_number']} are not with the buyer or on their way")
	if cancelled and not _carried_back(posting):
		raise ValueError("what the seller delivers himself he brings back himself: nobody is told")
	most = line["left"] if scheme in (FBS, FBO) else 1
	units = most if units is None else units
	if not 1 <= units <= most:
		raise ValueError(f"{most} of {line['offer_id']!r} can come back in one return")
	kind = "Cancellation" if cancelled else _AFTER_DELIVERY
	number = shop.state.value("SELECT count(*) FROM goods_return")
	reasons = _REASONS[kind]
	status = PATHS[scheme][0]
	return shop.state.insert(
		"goods_return",
		id=_FIRST_ID + shop.number * 10**7 + number,
		posting_id=posting["id"],
		place=line["place"],
		scheme=scheme,
		type=kind,
		reason=reasons[number % len(reasons)],
		quantity=units,
		status=status,
		created_at=at,
		changed_at=at,
		moves_at=shop.plan.next_move(status, at),
	)


def move(shop: OzonShop, row: Any, word: str, at: int | None = None) -> None:
	"""Put a return into a status.

	Args:
		at: when it happened; now if not given.
	"""
	at = shop.clock.micros() if at is None else at
	state = STATUSES[word].state
	facts: dict[str, int] = {}
	if state == "Ready For Pickup":
		facts["arrived_at"] = at
	elif state in ("Received", "At Marketplace"):
		facts["final_at"] = at
	moves_at = shop.plan.next_move(word, at) if following(row["scheme"], word) else None
	shop.state.update(
		"goods_return", {"id": row["id"]}, status=word, changed_at=at, moves_at=moves_at, **facts
	)


def next_status(row: Any, state: str | None) -> str:
	"""Where a return goes: to the state given, or on.

	Raises:
		ValueError: there is no such state, or it has come to its end.
	"""
	if state:
		return in_state(row["scheme"], state)
	word = following(row["scheme"], row["status"])
	if word is None:
		raise ValueError(f"the return {row['id']} has come to its end")
	return word


def settle(shop: OzonShop) -> None:
	"""Move what is due on the clock."""
	move_due(shop, "goods_return", lambda row: following(row["scheme"], row["status"]), move)


def cancelled(shop: OzonShop, posting: Any) -> None:
	"""A posting was cancelled: what was on its way begins to come back.

	Args:
		posting: its row as it was before.
	"""
	if posting["status"] not in RESERVING and posting["status"] != CANCELLED.status:
		now = shop.state.one("SELECT * FROM posting WHERE id = ?", (posting["id"],))
		if _carried_back(now):
			begin(shop, now, shop.clock.micros())


def _carried_back(posting: Any) -> bool:
	"""Ozon brings back what it carries."""
	return posting["scheme"] in (FBS, FBO) and posting["delivering_at"] is not None


def _let_pass(shop: OzonShop, return_id: int, chance: random.Random, now: int) -> None:
	while True:
		row = shop.state.one("SELECT * FROM goods_return WHERE id = ?", (return_id,))
		word = following(row["scheme"], row["status"])
		at = row["changed_at"] + int(chance.uniform(*_STAYS) * HOUR)
		if word is None or at > now:
			return
		move(shop, row, word, at)
