"""Reviews of the cabinet's goods, and the seller's answers to them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from crm_marketplace.integrations.errors import ContractError, RejectedError, _
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.aftersales_payloads import (
	Comment,
	CommentAuthor,
	ReviewIdentifiers,
	ReviewMedia,
	ReviewText,
)
from crm_marketplace.integrations.marketplaces.yandex_market.aftersales_payloads import (
	Review as ReviewPayload,
)
from crm_marketplace.integrations.marketplaces.yandex_market.session import (
	YandexMarketSession,
	is_id,
	next_page,
	page_of,
	page_size,
	pieces,
	stamp,
)
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token, walk
from crm_marketplace.integrations.records import Fetched, Page, Review
from crm_marketplace.integrations.translation import contract_error, identity, rows, translate, unexpected

REVIEW_PAGE = COMMENT_PAGE = 50
ANSWER_LENGTH = 4096
LONGEST_PERIOD = timedelta(days=180)  # "six months", the shortest of which have 181 days
MILLISECOND = timedelta(milliseconds=1)

OF_SELLER = "BUSINESS"  # `author.type` of a comment
TAKEN_BACK, BLOCKED = "DELETED", "BANNED"  # `status` of a comment
NOT_READ = "NEED_REACTION"

UNKNOWN_REVIEW = _("The marketplace does not know this review.")


class HandlesYandexMarketReviews(YandexMarketSession):
	def reviews(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Review]:
		"""Reviews by the moment they were written, oldest first. One request a page, and one for each review
		that somebody has commented on: the seller's answer is among the comments.

		Reviews are the cabinet's, and do not say in which shop the product was bought: every shop of a cabinet
		has all of them. See `HandlesFeedback`.
		"""
		position = unpack_token(token)
		periods = pieces(since, until, LONGEST_PERIOD)
		if not periods:
			return Page(())
		number = position.get("period", 0)
		if not isinstance(number, int) or not 0 <= number < len(periods):
			raise bad_token()
		start, end = periods[number]
		# Neither end belongs to the vendor's period.
		body = {"dateTimeFrom": stamp(start - MILLISECOND), "dateTimeTo": stamp(end, up=True)}
		params = {"limit": page_size(limit, REVIEW_PAGE), "pageToken": page_of(position)}
		answer = self.call(endpoints.REVIEWS, body, params=params)
		items = tuple(self._with_comments(raw) for raw in rows(answer.data, "result", "feedbacks"))
		page = next_page(answer.data, "result")
		if page is not None:
			return Page(items, pack_token(period=number, page=page), answer.date)
		following = pack_token(period=number + 1) if number + 1 < len(periods) else None
		return Page(items, following, answer.date)

	def answer_review(self, review_id: str, text: str) -> None:
		"""Two requests. The comments are read first: an answer that stands there already is not given a second
		time, and one that says something else is changed, where the vendor lets it be. See `HandlesFeedback`.
		"""
		if not is_id(review_id):
			raise RejectedError(UNKNOWN_REVIEW, record_id=review_id)
		if not text.strip() or len(text) > ANSWER_LENGTH:
			raise RejectedError(
				_("An answer has {0} to {1} characters."),
				next_step=_("Change the text and send it again."),
				values=(1, ANSWER_LENGTH),
				record_id=review_id,
			)
		comment: dict[str, Any] = {"text": text}
		try:
			given = _answer([_read_comment(raw) for raw in self._comments(review_id)])
			if given and given.text == text and given.status != BLOCKED:
				return
			if given and given.can_modify and is_id(given.id):
				comment["id"] = int(given.id)
			self.call(endpoints.ANSWER_REVIEW, {"feedbackId": int(review_id), "comment": comment})
		except (RejectedError, ContractError) as error:
			error.record_id = review_id
			raise

	# --- inside --------------------------------------------------------------------------------

	def _with_comments(self, raw: Any) -> Fetched[Review]:
		item = read_review(raw)
		if item.record is None or not _has_comments(raw) or not is_id(item.external_id):
			return item
		try:
			comments = self._comments(item.external_id)
		except RejectedError:  # taken back in this moment, with its comments
			return item
		except ContractError as error:
			error.record_id = item.external_id
			return Fetched(item.external_id, raw, error=error)
		return read_review({**raw, "comments": comments})

	def _comments(self, review_id: str) -> list[Any]:
		"""Everything that was written below a review, oldest first. One request for each fifty."""

		def fetch(token: str | None, limit: int) -> Page[Any]:
			params = {"limit": limit, "pageToken": token}
			data = self.call(endpoints.REVIEW_COMMENTS, {"feedbackId": int(review_id)}, params=params).data
			items = tuple(Fetched(identity(raw, "id"), raw) for raw in rows(data, "result", "comments"))
			return Page(items, next_page(data, "result"))

		return [item.raw for page in walk(fetch, limit=COMMENT_PAGE) for item in page.items]


def read_review(raw: Any) -> Fetched[Review]:
	"""The review in a row of /v2/businesses/…/goods-feedback, to which `comments` may have been added. Makes no
	request.
	"""
	return translate(raw, ReviewPayload, _review, identity(raw, "feedbackId"))


def _review(payload: ReviewPayload) -> Review:
	if payload.created_at is None:
		raise unexpected("createdAt", "nothing")
	identifiers = payload.identifiers or ReviewIdentifiers()
	written = payload.description or ReviewText()
	media = payload.media or ReviewMedia()
	answer = _answer(payload.comments or ())
	is_answered = answer is not None and answer.status != BLOCKED
	return Review(
		external_id=payload.feedback_id,
		offer_id=identifiers.offer_id or "",
		order_id=identifiers.order_id or None,
		rating=payload.statistics.rating,
		text=written.comment or "",
		advantages=written.advantages or "",
		disadvantages=written.disadvantages or "",
		author=payload.author or "",
		photos=tuple(photo for photo in media.photos or () if photo),
		answer=answer.text if answer else "",
		is_answered=is_answered,
		vendor_status=(answer.status or "") if answer else NOT_READ if payload.need_reaction else "",
		created_at=payload.created_at,
	)


def _answer(comments: list[Comment] | tuple[Comment, ...]) -> Comment | None:
	"""The seller's last answer to the review itself. One that was blocked counts only where there is no other."""
	own = [
		comment
		for comment in comments
		if comment.parent_id in (None, "", "0")
		and comment.status != TAKEN_BACK
		and (comment.can_modify or (comment.author or CommentAuthor()).type == OF_SELLER)
	]
	shown = [comment for comment in own if comment.status != BLOCKED]
	return next(reversed(shown or own), None)


def _read_comment(raw: Any) -> Comment:
	try:
		return Comment.model_validate(raw)
	except ValidationError as error:
		raise contract_error(error) from None


def _has_comments(raw: Mapping[str, Any]) -> bool:
	return bool(ReviewPayload.model_validate(raw).statistics.comments_count)
