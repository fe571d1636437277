"""Reviews: read whole, answered once."""

from __future__ import annotations

from datetime import timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import RejectedError, TemporaryError
from tests.conformance.suite.base import FOREVER, NOW, Base, ids, records
from tests.conformance.suite.orders import moments, window

TEXT = "Хороший чайник, но шнур короткий"
ANSWER = "Спасибо за отзыв! Шнур сделаем длиннее."


def found(connector: Any, review_id: str) -> Any:
	"""The record of one review."""
	items = window(connector, "reviews", *FOREVER)
	return next(record for record in records(items) if record.external_id == review_id)


class Reviews(Base):
	tells_answers = True  # the seller's words come with the review, not only that there are some

	@pytest.fixture(autouse=True)
	def _offers_reviews(self, request):
		if request.function.__name__ in vars(Reviews):
			self.need(Capability.FEEDBACK)

	def offer_of(self, review: Any, sandbox: Any) -> str:
		"""The offer a review is about, by whichever id it has."""
		offers = dict(zip(sandbox.listing_ids(), sandbox.offer_ids(), strict=True))
		return review.offer_id or offers[review.listing_id]

	def test_a_review_is_read(self, sandbox, connect):
		offer_id = sandbox.offer_ids(sellable=True)[1]
		at = NOW - timedelta(hours=2)
		review_id = sandbox.create_review(offer_id, 4, TEXT, at=at)
		review = found(connect(sandbox), review_id)
		assert (review.rating, review.text) == (4, TEXT)
		assert self.offer_of(review, sandbox) == offer_id
		assert abs(review.created_at - at) < timedelta(seconds=1)
		assert not review.is_answered and not review.answer

	def test_stars_without_words_are_a_review(self, sandbox, connect):
		review_id = sandbox.create_review(sandbox.offer_ids(sellable=True)[0], 1)
		review = found(connect(sandbox), review_id)
		assert (review.rating, review.text, review.photos) == (1, "", ())

	def test_reviews_say_what_the_shop_knows(self, busy_shop, connect):
		everything = records(window(connect(busy_shop), "reviews", *FOREVER))
		assert {review.rating for review in everything} == {1, 2, 3, 4, 5}
		for review in everything:
			known = busy_shop.review(review.external_id)
			assert (review.rating, review.text) == (known["rating"], known["text"])
			assert self.offer_of(review, busy_shop) == known["offer_id"]
			assert review.is_answered is bool(known["answers"])
			assert all(moment.tzinfo is timezone.utc for moment in moments(review))

	def test_windows_side_by_side_cover_all_reviews(self, busy_shop, connect):
		"""Also where the edge falls on the very moment of a review."""
		connector = connect(busy_shop)
		everything = window(connector, "reviews", *FOREVER)
		times = sorted(review.created_at for review in records(everything))
		edges = [FOREVER[0], *times[3:27:4], FOREVER[1]]
		covered: set[str] = set()
		for since, until in pairwise(edges):
			covered |= set(ids(window(connector, "reviews", since, until)))
		assert covered >= set(ids(everything)) == self.what_there_is("reviews", busy_shop)

	# --- answers -------------------------------------------------------------------------------

	def test_an_answer_is_given(self, sandbox, connect):
		connector = connect(sandbox)
		review_id = sandbox.create_review(sandbox.offer_ids(sellable=True)[0], 4, TEXT)
		other = sandbox.create_review(sandbox.offer_ids(sellable=True)[1], 5, TEXT)
		assert connector.answer_review(review_id, ANSWER) is None
		assert list(sandbox.review(review_id)["answers"]) == [ANSWER]
		review = found(connector, review_id)
		assert review.is_answered
		assert review.answer == (ANSWER if self.tells_answers else "")
		assert not found(connector, other).is_answered

	def test_the_longest_answer_is_taken_and_a_longer_one_is_not_sent(self, sandbox, connect):
		connector = connect(sandbox)
		review_id = sandbox.create_review(sandbox.offer_ids(sellable=True)[0], 4, TEXT)
		longest = self.connector.info.review_answer_length
		before = sandbox.journal.count()
		for text in ("ы" * (longest + 1), " "):
			with pytest.raises(RejectedError) as caught:
				connector.answer_review(review_id, text)
			assert caught.value.record_id == review_id and caught.value.next_step
		assert sandbox.journal.count() == before
		connector.answer_review(review_id, "ы" * longest)
		assert [len(text) for text in sandbox.review(review_id)["answers"]] == [longest]

	def test_an_unknown_review_cannot_be_answered(self, sandbox, connect):
		unknown = self.unknown_review
		with pytest.raises(RejectedError) as caught:
			connect(sandbox).answer_review(unknown, ANSWER)
		assert caught.value.record_id == unknown

	unknown_review = "00000000-0000-7000-8000-000000000000"

	def test_nobody_is_answered_twice(self, sandbox, connect):
		"""Whatever becomes of the answer to our answer."""
		review_id = sandbox.create_review(sandbox.offer_ids(sellable=True)[0], 2, TEXT)
		sandbox.fault("lost_answer", times=2)
		try:
			connect(sandbox).answer_review(review_id, ANSWER)
		except TemporaryError:
			assert sandbox.journal.count() > 0
		assert len(sandbox.review(review_id)["answers"]) <= 1
