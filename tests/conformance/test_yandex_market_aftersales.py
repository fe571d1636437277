"""What is Yandex Market's own in returns, reviews and labels: shops of one cabinet, companies, comments of
others, files that are made first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from crm_marketplace.integrations.errors import PermissionMissing, TemporaryError
from crm_marketplace.integrations.records import ReturnState, Scheme
from tests.conformance.suite.base import FOREVER, NOW, one, read, records
from tests.conformance.test_yandex_market import YandexMarketBase

ORDER_LABELS = "/v2/campaigns/*/delivery/labels"
GENERATE = "/v2/reports/documents/labels/generate"
LOOK = "/v2/reports/info/*"
COMMENTS = "/v2/businesses/*/goods-feedback/comments"
UPDATE = f"{COMMENTS}/update"
ANSWER = "Спасибо за отзыв!"


def delivered(sandbox: Any, scheme: str = "FBS", **settings: Any) -> str:
	order_id = sandbox.create_order(scheme=scheme, **settings)
	sandbox.move_order(order_id, "DELIVERED")
	return order_id


class TestReturns(YandexMarketBase):
	@pytest.mark.parametrize(
		("word", "scheme"), [("FBS", None), ("DBS", Scheme.DBS), ("Express", None), ("FBO", Scheme.FBO)]
	)
	def test_each_shop_has_its_own(self, busy_shop, connect, word, scheme):
		(campaign_id,) = busy_shop.shop.campaign_ids(word)
		found = records(read(connect(busy_shop, busy_shop.shop.credentials_of(campaign_id)), "returns"))
		theirs = {
			return_id
			for return_id in busy_shop.return_ids()
			if busy_shop.goods_return(return_id)["campaign_id"] == campaign_id
		}
		assert {record.external_id for record in found} == theirs and theirs
		assert {record.scheme for record in found} == {scheme}

	def test_the_shops_together_have_what_the_cabinet_has(self, busy_shop, connect):
		found = [record.external_id for record in records(read(connect(busy_shop), "returns"))]
		assert sorted(found) == sorted(busy_shop.return_ids())

	def test_a_shop_that_is_switched_off_costs_the_cabinet_nothing(self, sandbox, connect):
		return_id = sandbox.create_return(delivered(sandbox, "DBS"))
		sandbox.shop.switch_off(sandbox.shop.campaign_ids("FBO")[0])
		assert return_id in {record.external_id for record in records(read(connect(sandbox), "returns"))}

	def test_a_company_that_has_not_handed_over_anything_is_waited_for(self, sandbox, connect):
		return_id = sandbox.create_return(delivered(sandbox, is_company=True))
		now = self.found(connect(sandbox), return_id)
		assert (now.state, now.vendor_status, now.place) == (ReturnState.REQUESTED, "STARTED_BY_USER", "")
		sandbox.move_return(return_id, "On The Way")
		later = self.found(connect(sandbox), return_id)
		assert (later.state, later.vendor_status) == (ReturnState.ON_THE_WAY, "IN_TRANSIT/REFUND_IN_PROGRESS")

	def test_where_and_until_when_goods_wait_is_told(self, sandbox, connect):
		return_id = sandbox.create_return(delivered(sandbox))
		sandbox.move_return(return_id, "Ready For Pickup")
		record = self.found(connect(sandbox), return_id)
		assert "Софьино" in record.place and record.pickup_until == NOW + timedelta(days=7)
		assert str(record.refund).endswith(" RUB")

	def test_what_was_turned_down_stays_with_the_buyer_and_costs_nothing(self, sandbox, connect):
		return_id = sandbox.create_return(delivered(sandbox))
		sandbox.move_return(return_id, "Refused")
		record = self.found(connect(sandbox), return_id)
		assert (record.state, record.refund) == (ReturnState.REFUSED, None)

	def found(self, connector: Any, return_id: str) -> Any:
		return next(item for item in records(read(connector, "returns")) if item.external_id == return_id)


class TestReviews(YandexMarketBase):
	@pytest.fixture
	def review_id(self, sandbox):
		return sandbox.create_review(sandbox.offer_ids(sellable=True)[0], 2, "Сломалось")

	def found(self, connector: Any, review_id: str) -> Any:
		return next(item for item in records(read(connector, "reviews")) if item.external_id == review_id)

	def test_every_shop_of_a_cabinet_has_them(self, sandbox, connect, review_id):
		for campaign_id in sandbox.shop.campaign_ids():
			connector = connect(sandbox, sandbox.shop.credentials_of(campaign_id))
			assert self.found(connector, review_id).vendor_status == "NEED_REACTION"

	def test_what_others_write_below_is_no_answer(self, sandbox, connect, review_id):
		for number in range(60):  # more than a page of them
			sandbox.shop.comment_review(review_id, f"Согласен {number}")
		connector = connect(sandbox)
		assert not self.found(connector, review_id).is_answered
		connector.answer_review(review_id, ANSWER)
		review = self.found(connector, review_id)
		assert (review.is_answered, review.answer) == (True, ANSWER)

	def test_an_answer_given_twice_is_one_and_another_one_takes_its_place(self, sandbox, connect, review_id):
		connector = connect(sandbox)
		for text in (ANSWER, ANSWER, "Исправились!"):
			connector.answer_review(review_id, text)
		assert sandbox.review(review_id)["answers"] == ["Исправились!"]
		assert sandbox.journal.count(UPDATE) == 2

	def test_a_blocked_answer_is_told_and_can_be_mended(self, sandbox, connect, review_id):
		connector = connect(sandbox)
		connector.answer_review(review_id, "Пишите на shop@example.com")
		review = self.found(connector, review_id)
		assert (review.is_answered, review.vendor_status) == (False, "BANNED")
		connector.answer_review(review_id, ANSWER)
		assert self.found(connector, review_id).is_answered
		assert sandbox.review(review_id)["answers"] == [ANSWER]

	def test_an_answer_whose_fate_is_unknown_is_not_given_twice(self, sandbox, connect, review_id):
		sandbox.fault("lost_answer", path=UPDATE)
		with pytest.raises(TemporaryError):
			connect(sandbox).answer_review(review_id, ANSWER)
		connect(sandbox).answer_review(review_id, ANSWER)
		assert sandbox.review(review_id)["answers"] == [ANSWER]

	def test_comments_are_asked_for_only_where_there_are_some(self, sandbox, connect, review_id):
		sandbox.create_review(sandbox.offer_ids(sellable=True)[1], 5)
		connector = connect(sandbox)
		before = sandbox.journal.count(COMMENTS)
		known = [sandbox.review(each) for each in sandbox.review_ids()]
		read(connector, "reviews")
		assert sandbox.journal.count(COMMENTS) - before == sum(bool(each["answers"]) for each in known)

	def test_a_key_that_only_reads_reads_and_does_not_answer(self, sandbox, connect, review_id):
		connector = connect(sandbox, sandbox.shop.make_key_with(["ALL_METHODS_READ_ONLY"]))
		assert self.found(connector, review_id)
		with pytest.raises(PermissionMissing):
			connector.answer_review(review_id, ANSWER)

	def test_months_are_read_in_pieces(self, sandbox, connect):
		old = sandbox.create_review(
			sandbox.offer_ids(sellable=True)[0], 5, at=FOREVER[0] + timedelta(hours=1)
		)
		assert self.found(connect(sandbox), old)


class TestLabels(YandexMarketBase):
	def packed(self, sandbox: Any, connector: Any, number: int, **settings: Any) -> list[Any]:
		found = []
		for _place in range(number):
			order_id = sandbox.create_order(**settings)
			sandbox.move_order(order_id, "PROCESSING", "READY_TO_SHIP")
			found.append(one(connector, order_id))
		return found

	def test_one_is_printed_at_once_and_several_in_one_file(self, sandbox, connect, naps):
		connector = connect(sandbox)
		orders = self.packed(sandbox, connector, 3)
		assert connector.labels(orders[:1]).content.startswith(b"%PDF")
		assert (sandbox.journal.count(ORDER_LABELS), sandbox.journal.count(GENERATE), naps) == (1, 0, [])
		connector.labels(orders)
		assert (sandbox.journal.count(ORDER_LABELS), sandbox.journal.count(GENERATE)) == (1, 1)
		assert sandbox.journal.count(LOOK) == 2 and len(naps) == 1

	def test_every_box_has_its_label(self, sandbox, connect):
		connector = connect(sandbox)
		offer_id = sandbox.offer_ids(sellable=True)[0]
		sandbox.set_stock(offer_id, 9)
		(order,) = self.packed(sandbox, connector, 1, lines={offer_id: 3}, boxes=3)
		content = connector.labels([order]).content
		assert [barcode for barcode in order.barcodes if barcode.encode() in content] == list(order.barcodes)
		assert len(order.barcodes) == 3

	def test_what_was_cancelled_meanwhile_is_not_printed(self, sandbox, connect):
		connector = connect(sandbox)
		first, second, third = self.packed(sandbox, connector, 3)
		sandbox.cancel_order(second.external_id)
		label = connector.labels([first, second, third])
		assert label.order_ids == (first.external_id, third.external_id)
		assert dict(label.problems) == {second.external_id: "The order is cancelled."}
		assert second.external_id.encode() not in label.content

	def test_orders_of_all_shops_of_a_cabinet_come_in_one_file(self, sandbox, connect):
		connector = connect(sandbox)
		orders = [self.packed(sandbox, connector, 1, scheme=word)[0] for word in ("FBS", "Express")]
		orders.append(one(connector, sandbox.create_order(scheme="DBS")))
		label = connector.labels(orders)
		assert len(label.order_ids) == 3
		assert all(order_id.encode() in label.content for order_id in label.order_ids)

	def test_the_marketplaces_own_orders_have_none(self, sandbox, connect):
		connector = connect(sandbox)
		order = one(connector, sandbox.create_order(scheme="FBO"))
		label = connector.labels([order])
		assert label.content == b"" and "itself" in label.problems[order.external_id]

	def test_the_key_stays_with_the_vendor(self, sandbox, connect):
		connector = connect(sandbox)
		connector.labels(self.packed(sandbox, connector, 2))
		(headers,) = sandbox.files.asked
		assert not {name.lower() for name in headers} & {"api-key", "authorization"}

	def test_without_patience_one_is_printed_and_several_are_asked_for_again(self, sandbox, connect):
		orders = self.packed(sandbox, connect(sandbox), 2)
		hasty = connect(sandbox, patience=0)
		assert hasty.labels(orders[:1]).content
		with pytest.raises(TemporaryError, match="still making"):
			hasty.labels(orders)
