"""Reviews and what is said to them, for sellers with a subscription.

https://docs.ozon.ru/api/seller/#operation/ReviewListV2, #operation/ReviewInfoV2, #operation/ReviewCountV2,
#operation/ReviewAPI_CommentList, #operation/ReviewAPI_CommentCreate
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any
from uuid import UUID

from crm_marketplace.sandbox.clock import HOUR, rfc3339
from crm_marketplace.sandbox.ozon.checks import NOT_FOUND, PERMISSION_DENIED, Body, refused
from crm_marketplace.sandbox.ozon.credentials import OPENS_REVIEWS
from crm_marketplace.sandbox.state import marks

if TYPE_CHECKING:
	from crm_marketplace.sandbox.ozon.shop import OzonShop

FEWEST, MOST = 20, 100
_STATUSES = ("NEW", "VIEWED", "PROCESSED")
_ORDER_STATUSES = ("DELIVERED", "CANCELLED")
_WORDS = {
	1: "Пришло разбитым, пользоваться нельзя",
	2: "Не лучший товар, встречал и получше за те же деньги",
	3: "Нормально, но ожидала большего",
	4: "Хорошая вещь, упаковка могла бы быть крепче",
	5: "Отлично! Беру второй раз",
}


def fill(shop: OzonShop) -> None:
	"""A review of every eighth delivered posting, some hours after it came."""
	chance = random.Random(f"reviews {shop.plan.seed}/{shop.number}")
	now = shop.clock.micros()
	rows = shop.state.all(
		"""SELECT l.offer_id, p.delivered_at FROM posting p JOIN posting_line l ON l.posting_id = p.id
		WHERE p.status = 'delivered' AND l.place = 1 ORDER BY p.delivered_at, p.id"""
	)
	for row in rows[::8]:
		rating = chance.choice((1, 2, 3, 4, 4, 5, 5, 5, 5))
		at = row["delivered_at"] + int(chance.uniform(1, 60) * HOUR)
		text = _WORDS[rating] if chance.random() < 0.7 else ""
		photos = chance.choice((0, 0, 0, 2))
		if at <= now:
			add(shop, row["offer_id"], rating, text, at, photos)


def add(shop: OzonShop, offer_id: str, rating: int, text: str, at: int, photos: int = 0) -> str:
	"""Write a review. Returns its id.

	Raises:
		LookupError: there is no such offer.
		ValueError: a rating that is none.
	"""
	sku = shop.state.value("SELECT sku FROM listing WHERE offer_id = ?", (offer_id,))
	if sku is None:
		raise LookupError(f"there is no offer {offer_id!r}")
	if rating not in _WORDS:
		raise ValueError(f"{rating!r} is no number of stars")
	review_id = _new_id(shop, "review")
	shop.state.insert(
		"review",
		id=review_id,
		sku=sku,
		offer_id=offer_id,
		order_status=_ORDER_STATUSES[0],
		rating=rating,
		text=text,
		status=_STATUSES[0],
		published_at=at,
		photos=photos,
	)
	return review_id


def review_list(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/review/list"""
	_check_subscription(shop)
	body = Body(data, "ReviewListV2Request")
	wanted = body.child("filters")
	limit = body.integer("limit", least=FEWEST, most=MOST)
	descending = body.choice("sort_dir", ("ASC", "DESC"), "ASC") == "DESC"
	conditions, values = ["1"], []
	for name, column, choices in (
		("status", "status", _STATUSES),
		("order_status", "order_status", _ORDER_STATUSES),
	):
		choice = wanted.choice(name, ("ALL", *choices), "ALL")
		if choice != "ALL":
			conditions.append(f"{column} = ?")
			values.append(choice)
	for name, sign in (("published_from", ">="), ("published_to", "<=")):
		if (moment := wanted.moment(name)) is not None:
			conditions.append(f"published_at {sign} ?")
			values.append(moment)
	if skus := wanted.integers("skus", most=1000):
		conditions.append(f"sku IN ({marks(skus)})")
		values += skus
	if last_id := body.text("last_id"):
		last = _find(shop, last_id)
		conditions.append(f"(published_at, number) {'<' if descending else '>'} (?, ?)")
		values += [last["published_at"], last["number"]]
	direction = "DESC" if descending else "ASC"
	rows = shop.state.all(
		f"""SELECT * FROM review WHERE {" AND ".join(conditions)}
		ORDER BY published_at {direction}, number {direction} LIMIT ?""",
		(*values, limit + 1),
	)
	shown = rows[:limit]
	return {
		"reviews": [_listed(shop, row) for row in shown],
		"has_next": len(rows) > limit,
		"last_id": shown[-1]["id"] if shown else "",
	}


def review_info(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/review/info"""
	_check_subscription(shop)
	row = _find(shop, Body(data, "ReviewInfoV2Request").text("review_id", required=True))
	photos = [
		{"url": f"https://cdn1.ozone.ru/s3/rp-photo-1/{row['id']}-{place}.jpeg", "width": 960, "height": 1280}
		for place in range(row["photos"])
	]
	return {**_listed(shop, row), "likes_amount": 0, "dislikes_amount": 0, "photos": photos, "videos": []}


def review_count(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v2/review/count"""
	_check_subscription(shop)
	counts = {status.lower(): _count(shop, status) for status in _STATUSES}
	return {**counts, "total": sum(counts.values())}


def comment_list(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v1/review/comment/list"""
	_check_subscription(shop)
	body = Body(data, "ReviewCommentListRequest")
	row = _find(shop, body.text("review_id", required=True))
	limit, offset = body.integer("limit", least=FEWEST, most=MOST), body.integer("offset", least=0)
	direction = body.choice("sort_dir", ("ASC", "DESC"), "ASC")
	comments = shop.state.all(
		f"SELECT * FROM review_comment WHERE review_id = ? ORDER BY number {direction} LIMIT ? OFFSET ?",
		(row["id"], limit, offset),
	)
	return {"comments": [_comment(comment) for comment in comments], "offset": offset + len(comments)}


def comment_create(shop: OzonShop, data: Any) -> dict[str, Any]:
	"""POST /v1/review/comment/create"""
	_check_subscription(shop)
	body = Body(data, "ReviewCommentCreateRequest")
	row = _find(shop, body.text("review_id", required=True))
	comment_id = _new_id(shop, "review_comment")
	shop.state.insert(
		"review_comment",
		id=comment_id,
		review_id=row["id"],
		parent_id=body.text("parent_comment_id"),
		text=body.text("text", required=True),
		is_owner=1,
		published_at=shop.clock.micros(),
	)
	if body.flag("mark_review_as_processed"):
		shop.state.run("UPDATE review SET status = ? WHERE id = ?", (_STATUSES[2], row["id"]))
	return {"comment_id": comment_id}


def answers(shop: OzonShop, review_id: str) -> list[str]:
	"""The seller's comments on a review."""
	rows = shop.state.all(
		"SELECT text FROM review_comment WHERE review_id = ? AND is_owner ORDER BY number", (review_id,)
	)
	return [row["text"] for row in rows]


def _check_subscription(shop: OzonShop) -> None:
	if shop.state.meta("subscription") not in OPENS_REVIEWS:
		raise refused(PERMISSION_DENIED, "The method is not available with existing subscription")


def _find(shop: OzonShop, review_id: str) -> Any:
	row = shop.state.one("SELECT * FROM review WHERE id = ?", (review_id,))
	if row is None:
		raise refused(NOT_FOUND, "review not found")
	return row


def _count(shop: OzonShop, status: str) -> int:
	return shop.state.value("SELECT count(*) FROM review WHERE status = ?", (status,))


def _new_id(shop: OzonShop, table: str) -> str:
	made = shop.state.value(f"SELECT count(*) FROM {table}")
	chance = random.Random(f"{table} {shop.account['client_id']} {made}")
	return str(UUID(int=chance.getrandbits(128), version=4))


def _listed(shop: OzonShop, row: Any) -> dict[str, Any]:
	comments = shop.state.value("SELECT count(*) FROM review_comment WHERE review_id = ?", (row["id"],))
	return {
		"id": row["id"],
		"sku": row["sku"],
		"text": row["text"],
		"published_at": rfc3339(row["published_at"], "microseconds"),
		"rating": row["rating"],
		"status": row["status"],
		"comments_amount": comments,
		"photos_amount": row["photos"],
		"videos_amount": 0,
		"order_status": row["order_status"],
		"is_rating_participant": True,
	}


def _comment(row: Any) -> dict[str, Any]:
	return {
		"id": row["id"],
		"text": row["text"],
		"parent_comment_id": row["parent_id"],
		"is_owner": bool(row["is_owner"]),
		"is_official": False,
		"is_published": True,
		"is_rejected": False,
		"likes_amount": 0,
		"dislikes_amount": 0,
		"deviation_reason": "",
		"published_at": rfc3339(row["published_at"], "milliseconds"),
	}
