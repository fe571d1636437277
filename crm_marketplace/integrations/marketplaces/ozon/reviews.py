"""Reviews of the shop's cards, and answers to them. The vendor sells both as a subscription."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from crm_marketplace.integrations.errors import ContractError, RejectedError, _
from crm_marketplace.integrations.marketplaces.ozon import aftersales_payloads as payloads
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.session import OzonSession, id_or_none, stamp
from crm_marketplace.integrations.marketplaces.ozon.statuses import PROCESSED_REVIEW
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Page, Review
from crm_marketplace.integrations.translation import identity, rows, text_of, translate, unexpected

FEWEST_REVIEWS, MOST_REVIEWS = 20, 100  # of one page: the vendor refuses fewer as well as more
COMMENT_PAGE = 100
# UNCONFIRMED: the specification names no longest text.
ANSWER_LENGTH = 1000


class HandlesOzonFeedback(OzonSession):
	def reviews(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Review]:
		"""One request a page, never for fewer than `FEWEST_REVIEWS`, and one more for each review with
		pictures and for each with comments, which the list only counts. See `HandlesFeedback`.
		"""
		position = unpack_token(token)
		last_id = position.get("last_id", "")
		if not isinstance(last_id, str):
			raise bad_token()
		if since >= until:
			return Page(())
		size = MOST_REVIEWS if limit is None else max(FEWEST_REVIEWS, min(limit, MOST_REVIEWS))
		body = {
			"filters": {
				"order_status": "ALL",
				"published_from": stamp(since),
				"published_to": stamp(until, up=True),
				"status": "ALL",
			},
			"last_id": last_id,
			"limit": size,
			"sort_dir": "ASC",
		}
		answer = self.post(endpoints.REVIEWS, body)
		items = tuple(self._reviews_with_details(rows(answer.data, "reviews")))
		return Page(items, _next_token(answer.data), answer.date)

	def answer_review(self, review_id: str, text: str) -> None:
		"""Comment on a review in the seller's name, and mark it as dealt with. Never repeated by itself: a
		repeat would answer twice. The answer is shown once the vendor has looked at it. See `HandlesFeedback`.
		"""
		text = text.strip()
		if not text:
			raise RejectedError(
				_("The answer is empty."),
				next_step=_("Write the answer and send it again."),
				record_id=review_id,
			)
		if len(text) > ANSWER_LENGTH:
			raise RejectedError(
				_("The answer is longer than {0} characters."),
				next_step=_("Shorten the answer and send it again."),
				values=(ANSWER_LENGTH,),
				record_id=review_id,
			)
		body = {"review_id": review_id, "text": text, "mark_review_as_processed": True}
		try:
			self.post(endpoints.REVIEW_ANSWER, body)
		except RejectedError as error:
			error.record_id = review_id
			raise

	def _reviews_with_details(self, raws: list[Any]) -> Iterator[Fetched[Review]]:
		for raw in raws:
			try:
				yield read_review({**raw, **self._review_details(raw)} if isinstance(raw, Mapping) else raw)
			except ContractError as error:
				error.record_id = identity(raw, "id")
				yield Fetched(identity(raw, "id"), raw, error=error)

	def _review_details(self, raw: Mapping[str, Any]) -> dict[str, Any]:
		"""The pictures of a review, and what was said to it, under the names the vendor has for them."""
		review_id = raw.get("id")
		details: dict[str, Any] = {}
		if isinstance(review_id, str) and _counted(raw, "photos_amount"):
			details["photos"] = rows(
				self.post(endpoints.REVIEW_DETAILS, {"review_id": review_id}).data, "photos"
			)
		if isinstance(review_id, str) and _counted(raw, "comments_amount"):
			body = {"review_id": review_id, "limit": COMMENT_PAGE, "offset": 0, "sort_dir": "ASC"}
			details["comments"] = rows(self.post(endpoints.REVIEW_COMMENTS, body).data, "comments")
		return details


def _counted(raw: Mapping[str, Any], name: str) -> bool:
	"""Whether a count of the vendor, a number or text, is more than nothing."""
	return str(raw.get(name) or "0") != "0"


def _next_token(data: Any) -> str | None:
	if not isinstance(data, Mapping) or data.get("has_next") is not True:
		return None
	last_id = text_of(data, "last_id")
	if not last_id:
		raise unexpected("last_id", "nothing")
	return pack_token(last_id=last_id)


def read_review(raw: Any) -> Fetched[Review]:
	"""A review of /v2/review/list, with `photos` of /v2/review/info and `comments` of /v1/review/comment/list
	where it has some. Makes no request.
	"""
	return translate(raw, payloads.ReviewRow, _review, identity(raw, "id"))


def _review(row: payloads.ReviewRow) -> Review:
	if row.published_at is None:
		raise unexpected("published_at", "nothing")
	answer = next(
		(comment.text for comment in row.comments or () if comment.is_owner and not comment.is_rejected), None
	)
	sku = id_or_none(row.sku)
	return Review(
		external_id=row.id,
		marketplace_ids={"sku": sku} if sku else {},
		rating=row.rating,
		text=row.text or "",
		photos=tuple(photo.url for photo in row.photos or () if photo.url),
		answer=answer or "",
		is_answered=bool(answer) or row.status == PROCESSED_REVIEW,
		vendor_status=row.status or "",
		created_at=row.published_at,
	)
