"""Reviews of cards, and answering them.

Two lists make one of ours: reviews that wait for something, and those that do not. UNCONFIRMED: that the second
holds the archived ones as well (answered, older than 30 days, or without words and photos); the archive's own
list knows no periods.
https://dev.wildberries.ru/openapi/user-communication#tag/feedbacks
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from crm_marketplace.integrations.errors import RejectedError, _
from crm_marketplace.integrations.marketplaces.wildberries import endpoints, payloads
from crm_marketplace.integrations.marketplaces.wildberries.session import (
	WildberriesSession,
	page_size,
	unix,
)
from crm_marketplace.integrations.marketplaces.wildberries.statuses import ANSWER_REFUSED
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Page, Review
from crm_marketplace.integrations.translation import contract_error, identity, rows, translate, unexpected
from crm_marketplace.integrations.transport import Endpoint

REVIEW_PAGE = 1000  # the vendor would give 5,000: too much to hold at once
MOST_SKIPPED = 199_990
SHORTEST_ANSWER, LONGEST_ANSWER = 2, 5000  # characters
PHASES = {"waiting": "false", "done": "true"}  # phase → `isAnswered`


class HandlesWildberriesReviews(WildberriesSession):
	def reviews(
		self, since: datetime, until: datetime, token: str | None = None, limit: int | None = None
	) -> Page[Review]:
		"""Reviews written in the period, the oldest first: those that wait, then the others; one that is
		answered between two pages comes with the others. One request a page. See `HandlesFeedback`.
		"""
		position = unpack_token(token)
		phases = tuple(PHASES)
		phase, skip = position.get("phase", phases[0]), position.get("skip", 0)
		start = position.get("from", unix(since))
		if phase not in phases or not all(isinstance(value, int) and value >= 0 for value in (skip, start)):
			raise bad_token()
		if since >= until:
			return Page(())
		size = page_size(limit, REVIEW_PAGE)
		params = {
			"isAnswered": PHASES[phase],
			"take": size,
			"skip": skip,
			"order": "dateAsc",
			"dateFrom": start,
			"dateTo": unix(until, up=True),
		}
		answer = self.call(endpoints.REVIEWS, params=params)
		found = rows(answer.data, "data", "feedbacks")
		items = tuple(map(read_review, found))
		following: dict[str, Any] | None = None
		if len(found) >= size:
			following = {"phase": phase, "from": start, "skip": skip + size}
			if skip + size > MOST_SKIPPED:
				following = {"phase": phase, "from": _last_moment(items), "skip": 0}
		elif phase != phases[-1]:
			following = {"phase": phases[phases.index(phase) + 1]}
		return Page(items, pack_token(**following) if following else None, answer.date)

	def answer_review(self, review_id: str, text: str) -> None:
		"""Answer a review, or change the answer, which the vendor allows once within 60 days. The answer is
		read by a moderator before it is shown. See `HandlesFeedback`.

		Two requests: the vendor says "done" to an answer whatever its id, so that the review is looked up
		first.
		"""
		text = text.strip()
		if not SHORTEST_ANSWER <= len(text) <= LONGEST_ANSWER:
			raise RejectedError(
				_("An answer has {0} to {1} characters."),
				next_step=_("Change the text and send it again."),
				values=(SHORTEST_ANSWER, LONGEST_ANSWER),
				record_id=review_id,
			)
		self.need(endpoints.REVIEW_ANSWER)
		try:
			method = _way_to_say(text, self._answer_to(review_id))
			if method is not None:
				self.call(method, {"id": review_id, "text": text})
		except RejectedError as error:
			error.record_id = review_id
			raise

	def _answer_to(self, review_id: str) -> payloads.ReviewAnswer | None:
		"""The answer a review has. Raises RejectedError where there is no such review."""
		data = self.call(endpoints.REVIEW, params={"id": review_id}).data
		raw = data.get("data") if isinstance(data, Mapping) else None
		try:
			answer = payloads.Feedback.model_validate(raw).answer
		except ValidationError as error:
			raise contract_error(error, review_id) from None
		return answer if answer and answer.text else None


def _way_to_say(text: str, there: payloads.ReviewAnswer | None) -> Endpoint | None:
	"""The method that makes a text the answer; None: it is.

	Raises:
		RejectedError: another one is there to stay.
	"""
	is_refused = there is not None and there.state == ANSWER_REFUSED
	if there is None or (is_refused and not there.editable):
		return endpoints.REVIEW_ANSWER
	if there.text == text and not is_refused:
		return None
	if there.editable:
		return endpoints.REVIEW_EDIT
	raise RejectedError(
		_("The review has an answer that can no longer be changed."),
		next_step=_("Nothing to do: an answer may be changed once, within 60 days."),
	)


def read_review(raw: Any) -> Fetched[Review]:
	"""A review of /api/v1/feedbacks. Makes no request."""
	return translate(raw, payloads.Feedback, _review, identity(raw, "id"))


def _review(review: payloads.Feedback) -> Review:
	if review.rating is None:
		raise unexpected("productValuation", "nothing")
	if review.created_at is None:
		raise unexpected("createdDate", "nothing")
	product = review.product or payloads.ReviewedProduct()
	answer = review.answer or payloads.ReviewAnswer()
	ids = {"nmID": product.nm_id, "imtID": product.imt_id}
	size = product.size if product.size not in (None, "", "0") else None
	return Review(
		external_id=review.id,
		# The article is the card's: which of its sizes was bought is told by the size's name alone.
		offer_id=product.supplier_article or "",
		marketplace_ids={name: id_ for name, id_ in ids.items() if id_},
		title=", ".join(part for part in (product.product_name, size) if part),
		rating=review.rating,
		text=review.text or "",
		advantages=review.pros or "",
		disadvantages=review.cons or "",
		author=review.user_name or "",
		photos=tuple(photo.full_size for photo in review.photos or () if photo.full_size),
		answer=answer.text or "",
		is_answered=bool(answer.text) and answer.state != ANSWER_REFUSED,
		vendor_status=review.state or "",
		created_at=review.created_at,
	)


def _last_moment(items: tuple[Fetched[Review], ...]) -> int:
	"""Seconds since 1970 of the last review of a page: where the list goes on when no more may be skipped."""
	moment = next((item.record.created_at for item in reversed(items) if item.record), None)
	if moment is None:
		raise unexpected("createdDate", "nothing")
	return unix(moment)
