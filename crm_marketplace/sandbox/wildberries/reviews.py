"""Reviews of cards, and the seller's answers.

https://dev.wildberries.ru/openapi/user-communication#tag/feedbacks
"""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from datetime import timedelta, timezone
from typing import TYPE_CHECKING, Any

from crm_marketplace.sandbox.buyers import buyer
from crm_marketplace.sandbox.clock import SECOND, from_micros
from crm_marketplace.sandbox.http import Refusal, Reply
from crm_marketplace.sandbox.limits import Window
from crm_marketplace.sandbox.wildberries.checks import Call

if TYPE_CHECKING:
	from crm_marketplace.sandbox.wildberries.shop import WildberriesShop

WINDOWS = (Window("feedbacks", 6, 2),)  # 3 a second, 6 at once
MOST_ROWS, MOST_SKIPPED = 5000, 199_990
_SHORTEST, _LONGEST = 2, 5000  # characters of an answer
_MOSCOW = timezone(timedelta(hours=3))
_SELECT = """SELECT r.*, s.nm_id, s.tech_size, c.imt_id, c.vendor_code, c.title, c.brand, c.colour,
	c.subject_id, c.subject FROM review r JOIN size s USING (chrt_id) JOIN card c USING (nm_id)"""
# Without words a review goes to the archive at once: nobody is asked to answer it.
_DONE = "(r.answer IS NOT NULL OR r.text = '')"


def add(shop: WildberriesShop, size: Any, rating: int, text: str, at: int) -> str:
	"""A buyer writes. Returns the id of the review."""
	made = shop.state.value("SELECT count(*) FROM review")
	chance = random.Random(f"review {shop.sid} {made}")
	review_id = "".join(chance.choice(string.ascii_letters + string.digits) for _ in range(20))
	shop.state.insert(
		"review",
		id=made + 1,
		review_id=review_id,
		chrt_id=size["chrt_id"],
		rating=rating,
		text=text,
		author=buyer(chance).name.partition(" ")[0],
		created_at=at // SECOND * SECOND,
	)
	return review_id


# --- reading ---------------------------------------------------------------------------------------


def review_list(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v1/feedbacks"""
	is_answered = call.query.get("isAnswered")
	if is_answered not in ("true", "false"):
		raise _refused(400, "Плохой формат isAnswered")
	take, skip = _number(call, "take", most=MOST_ROWS), _number(call, "skip", most=MOST_SKIPPED)
	condition = _DONE if is_answered == "true" else f"NOT {_DONE}"
	values = []
	for name, sign in (("dateFrom", ">="), ("dateTo", "<=")):
		if name in call.query:
			condition += f" AND r.created_at {sign} ?"
			values.append(_number(call, name) * SECOND)
	if "nmId" in call.query:
		condition += " AND s.nm_id = ?"
		values.append(_number(call, "nmId"))
	direction = "ASC" if call.query.get("order") == "dateAsc" else "DESC"
	rows = shop.state.all(
		f"""{_SELECT} WHERE {condition} ORDER BY r.created_at {direction}, r.id {direction}
		LIMIT ? OFFSET ?""",
		(*values, take, skip),
	)
	done = shop.state.value(f"SELECT count(*) FROM review r WHERE {_DONE}")
	return _said(
		{
			"countUnanswered": shop.state.value("SELECT count(*) FROM review") - done,
			"countArchive": done,
			"feedbacks": [_review(row) for row in rows],
		}
	)


def one_review(shop: WildberriesShop, call: Call) -> dict[str, Any]:
	"""GET /api/v1/feedback"""
	row = shop.state.one(f"{_SELECT} WHERE r.review_id = ?", (call.query.get("id", ""),))
	if row is None:
		raise _refused(422, "Невозможно получить отзыв по id")
	return _said(_review(row))


def _review(row: Any) -> dict[str, Any]:
	answer = {"text": row["answer"], "state": row["answer_state"], "editable": row["edits"] == 0}
	is_done = row["answer"] is not None or not row["text"]
	return {
		"id": row["review_id"],
		"text": row["text"],
		"pros": "",
		"cons": "",
		"productValuation": row["rating"],
		"createdDate": from_micros(row["created_at"]).astimezone(_MOSCOW).isoformat(),
		"answer": answer if row["answer"] is not None else None,
		"state": "wbRu" if is_done else "none",
		"productDetails": {
			"imtId": row["imt_id"],
			"nmId": row["nm_id"],
			"productName": row["title"],
			"supplierArticle": row["vendor_code"],
			"supplierName": "",
			"brandName": row["brand"],
			"size": row["tech_size"],
		},
		"video": None,
		"wasViewed": is_done,
		"photoLinks": None,
		"userName": row["author"],
		"orderStatus": "buyout",
		"matchingSize": "",
		"isAbleSupplierFeedbackValuation": False,
		"supplierFeedbackValuation": 0,
		"isAbleSupplierProductValuation": False,
		"supplierProductValuation": 0,
		"isAbleReturnProductOrders": False,
		"returnProductOrdersDate": None,
		"bables": None,
		"lastOrderShkId": 10**10 + row["id"],
		"lastOrderCreatedAt": from_micros(row["created_at"]).astimezone(_MOSCOW).isoformat(),
		"color": row["colour"],
		"subjectId": row["subject_id"],
		"subjectName": row["subject"],
		"parentFeedbackId": None,
		"childFeedbackId": None,
	}


# --- answering -------------------------------------------------------------------------------------


def answer(shop: WildberriesShop, call: Call) -> Reply:
	"""POST /api/v1/feedbacks/answer: an id nobody has, or of a review with an answer, is taken all the same."""
	review_id, text = _answer(call)
	shop.state.run(
		"""UPDATE review SET answer = ?, answer_state = 'reviewRequired'
		WHERE review_id = ? AND (answer IS NULL OR answer_state = 'rejected')""",
		(text, review_id),
	)
	return Reply(204)


def edit_answer(shop: WildberriesShop, call: Call) -> Reply:
	"""PATCH /api/v1/feedbacks/answer: once."""
	review_id, text = _answer(call)
	shop.state.run(
		"""UPDATE review SET answer = ?, answer_state = 'reviewRequired', edits = edits + 1
		WHERE review_id = ? AND answer IS NOT NULL AND edits = 0""",
		(text, review_id),
	)
	return Reply(204)


def _answer(call: Call) -> tuple[str, str]:
	data = call.data if isinstance(call.data, Mapping) else {}
	review_id, text = data.get("id"), data.get("text")
	if not isinstance(review_id, str) or not isinstance(text, str) or not _SHORTEST <= len(text) <= _LONGEST:
		body = {
			"title": "bad request",
			"requestId": "7f5a4faf91634812de5e143955ca0371",
			"origin": "fbapi",
			"detail": "id and text of 2 to 5000 characters are expected",
		}
		raise Refusal(400, body)
	return review_id, text


def _number(call: Call, name: str, most: int | None = None) -> int:
	text = call.query.get(name, "")
	if not text.isdecimal() or (most is not None and int(text) > most):
		raise _refused(400, f"Плохой формат {name}")
	return int(text)


def _said(data: Any) -> dict[str, Any]:
	return {"data": data, "error": False, "errorText": "", "additionalErrors": None}


def _refused(status: int, text: str) -> Refusal:
	body = {
		"data": None,
		"error": True,
		"errorText": text,
		"additionalErrors": None,
		"requestId": "734c9ea8-39e5-45c9-8cad-f03c13f733e9",
	}
	return Refusal(status, body)
