"""Reviews of goods, and what is written below them.

https://yandex.ru/dev/market/partner-api/doc/ru/reference/goods-feedback/getGoodsFeedbacks,
…/getGoodsFeedbackComments, …/updateGoodsFeedbackComment
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.clock import DAY
from crm_marketplace.sandbox.state import marks
from crm_marketplace.sandbox.yandex_market.checks import Asked, bad, moment, page_token, refused, whole
from crm_marketplace.sandbox.yandex_market.purchases import moscow

if TYPE_CHECKING:
	from crm_marketplace.sandbox.yandex_market.shop import YandexMarketShop

MOST_ROWS = 50
LONGEST = timedelta(days=184)  # the longest six months
LONGEST_TEXT = 4096
BUYER, SELLER = "USER", "BUSINESS"
PUBLISHED, BANNED = "PUBLISHED", "BANNED"
# Shops must not lead buyers elsewhere.
_CONTACTS = re.compile(r"https?://|www\.|\+7|@")


def review_list(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/businesses/{businessId}/goods-feedback"""
	limit = asked.limit(25, MOST_ROWS, cuts=False)
	conditions, values = ["1"], []

	def among(column: str, choices: list[Any]) -> None:
		if choices:
			conditions.append(f"{column} IN ({marks(choices)})")
			values.extend(choices)

	ids = asked.numbers("feedbackIds", 50)
	if ids and set(asked.body) - {"feedbackIds"}:
		raise bad("feedbackIds must not be used with other filters")
	among("id", ids)
	if not ids:
		until = moment(asked.body, "dateTimeTo")
		until = shop.clock.micros() + 1 if until is None else until
		since = moment(asked.body, "dateTimeFrom")
		since = until - 183 * DAY if since is None else since
		if timedelta(microseconds=until - since) > LONGEST:
			raise bad("Too long time period. Maximum is '6' months")
		conditions.append("created_at > ? AND created_at < ?")
		values += [since, until]
	if asked.body.get("reactionStatus") == "NEED_REACTION":
		conditions.append("needs_reaction")
	among("rating", asked.numbers("ratingValues", 5))
	among("offer_id", asked.ids("offerIds", 20))
	at, after = asked.after(0, 0)
	rows = shop.state.all(
		f"""SELECT * FROM review WHERE {" AND ".join(conditions)} AND (created_at, id) > (?, ?)
		ORDER BY created_at, id LIMIT ?""",
		(*values, at, after, limit + 1),
	)
	last = rows[limit - 1] if len(rows) > limit else None
	return {
		"status": "OK",
		"result": {
			"feedbacks": [_told(shop, row) for row in rows[:limit]],
			"paging": page_token(last["created_at"], last["id"]) if last else {},
		},
	}


def comment_list(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/businesses/{businessId}/goods-feedback/comments"""
	limit = asked.limit(25, MOST_ROWS, cuts=False)
	row = _find(shop, asked)
	(after,) = asked.after(0)
	rows = shop.state.all(
		"SELECT * FROM review_comment WHERE review_id = ? AND id > ? ORDER BY id LIMIT ?",
		(row["id"], after, limit + 1),
	)
	return {
		"status": "OK",
		"result": {
			"comments": [_comment(each) for each in rows[:limit]],
			"paging": page_token(rows[limit - 1]["id"]) if len(rows) > limit else {},
		},
	}


def update_comment(shop: YandexMarketShop, asked: Asked) -> dict[str, Any]:
	"""POST /v2/businesses/{businessId}/goods-feedback/comments/update"""
	row = _find(shop, asked)
	given = asked.body.get("comment")
	text = given.get("text") if isinstance(given, Mapping) else None
	if not isinstance(text, str) or not text.strip():
		raise bad("Missing comment.text")
	if len(text) > LONGEST_TEXT:
		raise bad(f"Length of text ({len(text)}) must be between 1 and {LONGEST_TEXT}")
	status = BANNED if _CONTACTS.search(text) else PUBLISHED
	if given.get("id") is not None:
		id_ = _own(shop, row, given["id"])
		shop.state.update("review_comment", {"id": id_}, text=text, status=status)
	else:
		parent = given.get("parentId")
		id_ = add_comment(
			shop, row["id"], text, SELLER, status, parent_id=whole(parent, "parentId") if parent else None
		)
	shop.state.update("review", {"id": row["id"]}, needs_reaction=0)
	comment = shop.state.one("SELECT * FROM review_comment WHERE id = ?", (id_,))
	return {"status": "OK", "result": _comment(comment)}


def add_comment(
	shop: YandexMarketShop,
	review_id: int,
	text: str,
	author_type: str,
	status: str = PUBLISHED,
	parent_id: int | None = None,
) -> int:
	"""Write a comment. Returns its id."""
	last = shop.state.value("SELECT max(id) FROM review_comment") or 60_000_000 + shop.number * 1_000_000
	return shop.state.insert(
		"review_comment",
		id=last + 1,
		review_id=review_id,
		parent_id=parent_id,
		author_type=author_type,
		author=shop.name if author_type == SELLER else "Покупатель",
		text=text,
		status=status,
	)


def _find(shop: YandexMarketShop, asked: Asked) -> Any:
	number = whole(asked.body.get("feedbackId"), "feedbackId")
	row = shop.state.one("SELECT * FROM review WHERE id = ?", (number,))
	if row is None:
		raise refused(404, f"Feedback not found: {number}")
	return row


def _own(shop: YandexMarketShop, review: Any, comment_id: Any) -> int:
	number = whole(comment_id, "id")
	row = shop.state.one(
		"SELECT * FROM review_comment WHERE id = ? AND review_id = ?", (number, review["id"])
	)
	if row is None:
		raise refused(404, f"Comment not found: {number}")
	if row["author_type"] != SELLER:
		raise refused(403, "Access denied")
	return number


def _told(shop: YandexMarketShop, row: Any) -> dict[str, Any]:
	answers = shop.state.value(
		"SELECT count(*) FROM review_comment WHERE review_id = ? AND parent_id IS NULL", (row["id"],)
	)
	found = {
		"feedbackId": row["id"],
		"createdAt": moscow(row["created_at"]),
		"needReaction": bool(row["needs_reaction"]),
		"identifiers": {"offerId": row["offer_id"]},
		"author": row["author"],
		"statistics": {"rating": row["rating"], "commentsCount": answers, "recommended": row["rating"] > 3},
	}
	if row["purchase_id"]:
		found["identifiers"]["orderId"] = row["purchase_id"]
	written = {"advantages": row["advantages"], "disadvantages": row["disadvantages"], "comment": row["text"]}
	if any(written.values()):
		found["description"] = {name: text for name, text in written.items() if text}
	if photos := json.loads(row["photos"]):
		found["media"] = {"photos": photos}
	return found


def _comment(row: Any) -> dict[str, Any]:
	found = {
		"id": row["id"],
		"text": row["text"],
		"canModify": row["author_type"] == SELLER,
		"author": {"type": row["author_type"], "name": row["author"]},
		"status": row["status"],
		"feedbackId": row["review_id"],
	}
	if row["parent_id"]:
		found["parentId"] = row["parent_id"]
	return found
