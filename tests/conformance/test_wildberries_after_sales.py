"""What is Wildberries' own after the sale: claims beside goods on their way back, answers whose review nobody
checks, and stickers that are pictures.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import requests

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.errors import RejectedError
from crm_marketplace.integrations.marketplaces.wildberries.labels import MOST_REQUESTS
from crm_marketplace.integrations.records import Return, ReturnKind, ReturnState, Scheme
from crm_marketplace.sandbox import Sandbox
from tests.conformance.suite.base import NOW, one, read, records
from tests.conformance.test_wildberries import WildberriesBase, tasks_of

ANSWER = "Спасибо за отзыв!"
ITEMS, CLAIMS, REVIEWS = "/api/analytics/v1/item-returns", "/api/v1/claims", "/api/v1/feedbacks"


def returns(connector: Any) -> dict[str, Return]:
	return {record.external_id: record for record in records(read(connector, "returns"))}


def sold(sandbox: Sandbox, scheme: str = "FBS") -> str:
	order_id = sandbox.create_order(scheme=scheme)
	sandbox.move_order(order_id, "buyout" if scheme == "FBO" else "sold")
	return order_id


class TestGoods(WildberriesBase):
	def test_goods_of_a_cancelled_order_set_out_by_themselves(self, sandbox, connect):
		order_id = sandbox.create_order()
		sandbox.move_order(order_id, "ready_for_pickup")
		sandbox.cancel_order(order_id, by="client")
		(found,) = [each for each in returns(connect(sandbox)).values() if each.order_id == order_id]
		assert (found.kind, found.scheme) == (ReturnKind.NOT_REDEEMED, Scheme.FBS)
		assert (found.state, found.vendor_status) == (ReturnState.ON_THE_WAY, "В пути в пвз")

	def test_what_never_left_the_seller_does_not_come_back(self, sandbox, connect):
		order_id = sandbox.create_order()
		before = sandbox.return_ids()
		sandbox.cancel_order(order_id, by="client")
		assert sandbox.return_ids() == before
		with pytest.raises(ValueError):
			sandbox.create_return(order_id)

	def test_where_they_wait_and_until_when(self, sandbox, connect):
		return_id = sandbox.create_return(sold(sandbox))
		sandbox.move_return(return_id)
		found = returns(connect(sandbox))[return_id]
		assert found.state is ReturnState.READY
		assert found.place and found.barcode
		assert found.pickup_until == NOW + timedelta(days=7)
		assert found.received_at is None
		sandbox.advance(timedelta(days=1))
		sandbox.move_return(return_id)
		found = returns(connect(sandbox))[return_id]
		assert (found.state, found.received_at) == (ReturnState.RECEIVED, NOW + timedelta(days=1))

	def test_goods_the_seller_delivered_come_back_as_well(self, sandbox, connect):
		order_id = sold(sandbox, "DBS")
		return_id = sandbox.create_return(order_id)
		found = returns(connect(sandbox))[return_id]
		assert (found.order_id, found.kind, found.scheme) == (order_id, ReturnKind.RETURNED, None)

	def test_a_way_back_that_began_long_ago_is_still_followed(self, sandbox, connect):
		return_id = sandbox.create_return(sold(sandbox), at=NOW - timedelta(days=80))
		sandbox.move_return(return_id, "Ready For Pickup")
		page = connect(sandbox).returns(NOW - timedelta(hours=1), NOW)
		states = {}
		while True:
			states |= {record.external_id: record.state for record in records(list(page.items))}
			if page.token is None:
				break
			page = connect(sandbox).returns(NOW - timedelta(hours=1), NOW, page.token)
		assert states[return_id] is ReturnState.READY

	def test_a_walk_costs_what_it_says(self, sandbox, connect):
		connector = connect(sandbox)
		page = connector.returns(NOW - timedelta(hours=1), NOW)
		while page.token is not None:
			page = connector.returns(NOW - timedelta(hours=1), NOW, page.token)
		assert (sandbox.journal.count(ITEMS), sandbox.journal.count(CLAIMS)) == (6, 2)

	def test_they_move_on_the_clock(self, connect):
		with self.open_sandbox(orders=0, pace=timedelta(hours=1)) as sandbox:
			order_id = sandbox.create_order()
			sandbox.move_order(order_id, "sold")
			return_id = sandbox.create_return(order_id)
			sandbox.advance(timedelta(hours=6))
			assert returns(connect(sandbox))[return_id].state is ReturnState.RECEIVED


class TestClaims(WildberriesBase):
	def test_a_claim_is_decided(self, sandbox, connect):
		order_id = sold(sandbox, "FBO")
		claim_id = sandbox.create_return(order_id)
		connector = connect(sandbox)
		found = returns(connector)[claim_id]
		assert (found.state, found.kind, found.order_id) == (
			ReturnState.REQUESTED,
			ReturnKind.RETURNED,
			order_id,
		)
		assert found.comment and found.refund is None and found.lines[0].price
		sandbox.move_return(claim_id)
		found = returns(connector)[claim_id]
		assert (found.state, found.vendor_status) == (ReturnState.AT_MARKETPLACE, "2/8")
		assert found.refund == found.lines[0].price
		assert one(connector, order_id).status.value == "Returned"

	@pytest.mark.parametrize("state", ["Refused", "Disposed Of", "On The Way"])
	def test_what_becomes_of_it(self, sandbox, connect, state):
		claim_id = sandbox.shop.create_claim(sold(sandbox))
		sandbox.move_return(claim_id, state)
		assert returns(connect(sandbox))[claim_id].state.value == state

	def test_goods_that_go_to_the_seller_after_a_claim_are_a_return_of_their_own(self, sandbox, connect):
		"""What ties them together is the order: by its id, and by its `srid` on its line."""
		order_id = sold(sandbox)
		claim_id = sandbox.shop.create_claim(order_id)
		sandbox.move_return(claim_id, "On The Way")
		connector = connect(sandbox)
		found = returns(connector)
		(goods,) = [each for each in found.values() if each.order_id == order_id]
		assert goods.external_id != claim_id and goods.kind is ReturnKind.RETURNED
		srid = one(connector, order_id).lines[0].marketplace_ids["srid"]
		assert found[claim_id].lines[0].marketplace_ids["srid"] == srid

	def test_old_claims_are_no_longer_told(self, sandbox, connect):
		claim_id = sandbox.shop.create_claim(sold(sandbox), at=NOW - timedelta(days=13))
		assert claim_id in returns(connect(sandbox))
		sandbox.advance(timedelta(days=2))
		assert claim_id not in returns(connect(sandbox))

	def test_without_their_category_goods_still_come(self, sandbox, connect):
		sandbox.shop.create_claim(sold(sandbox))
		return_id = sandbox.create_return(sold(sandbox))
		connector = connect(sandbox, sandbox.make_key(without=["claims"]))
		(note,) = connector.check_credentials().notes
		assert "Возвраты покупателями" in note
		found = returns(connector)
		assert return_id in found and all(each.state is not ReturnState.REQUESTED for each in found.values())

	def test_many_claims_take_pages(self, sandbox, connect):
		order_id = sold(sandbox)
		made = {sandbox.shop.create_claim(order_id) for _ in range(23)}
		found = [item.external_id for item in read(connect(sandbox), "returns", 10)]
		assert made <= set(found) and len(found) == len(set(found))


class TestReviews(WildberriesBase):
	def review(self, sandbox: Sandbox) -> str:
		return sandbox.create_review(sandbox.offer_ids(sellable=True)[0], 3, "Нормально")

	def answer(self, connector: Any, review_id: str) -> tuple[str, bool]:
		for record in records(read(connector, "reviews")):
			if record.external_id == review_id:
				return record.answer, record.is_answered
		raise AssertionError(f"{review_id} is not told")

	def test_an_answer_may_be_changed_once(self, sandbox, connect):
		connector, review_id = connect(sandbox), self.review(sandbox)
		connector.answer_review(review_id, ANSWER)
		connector.answer_review(review_id, f"  {ANSWER} ")
		assert sandbox.journal.count("/api/v1/feedbacks/answer") == 1, "what is there is not sent again"
		connector.answer_review(review_id, "Иначе")
		assert self.answer(connector, review_id) == ("Иначе", True)
		with pytest.raises(RejectedError, match="no longer be changed") as caught:
			connector.answer_review(review_id, "Ещё иначе")
		assert caught.value.record_id == review_id
		assert sandbox.review(review_id)["answers"] == ["Иначе"]

	def test_an_answer_a_moderator_did_not_let_pass_is_none(self, sandbox, connect):
		connector, review_id = connect(sandbox), self.review(sandbox)
		connector.answer_review(review_id, ANSWER)
		connector.answer_review(review_id, "Звоните нам")
		sandbox.shop.judge_answer(review_id, "rejected")
		assert self.answer(connector, review_id) == ("Звоните нам", False)
		connector.answer_review(review_id, ANSWER)
		assert self.answer(connector, review_id) == (ANSWER, True)

	def test_nothing_is_sent_for_a_review_nobody_has(self, sandbox, connect):
		with pytest.raises(RejectedError, match="does not know this review"):
			connect(sandbox).answer_review("nobody", ANSWER)
		assert sandbox.journal.count("/api/v1/feedbacks/answer") == 0


class TestLabels(WildberriesBase):
	def packed(self, sandbox: Sandbox, connector: Any, scheme: str = "FBS") -> Any:
		order_id = sandbox.create_order(scheme=scheme)
		sandbox.move_order(order_id, "confirm")
		return one(connector, order_id)

	def test_one_order_is_a_picture_and_several_are_pages(self, sandbox, connect):
		connector = connect(sandbox)
		orders = [self.packed(sandbox, connector) for _ in range(3)]
		picture, pages = connector.labels(orders[:1]), connector.labels(orders)
		assert (picture.media_type, pages.media_type) == ("image/png", "application/pdf")
		assert tasks_of(picture.content) == [orders[0].external_id]
		assert tasks_of(pages.content) == [order.external_id for order in orders]
		assert sandbox.journal.count("/api/v3/orders/stickers") == 2
		assert connector.labels(orders) == pages

	def test_orders_in_delivery_have_theirs_still(self, sandbox, connect):
		connector = connect(sandbox)
		order = self.packed(sandbox, connector)
		for status in ("complete", "sorted"):
			sandbox.move_order(order.external_id, status)
			assert connector.labels([order]).content
		sandbox.cancel_order(order.external_id, by="client")
		assert not connector.labels([order]).content

	def test_one_without_its_declaration_costs_no_other(self, sandbox, connect):
		connector = connect(sandbox)
		orders = [self.packed(sandbox, connector) for _ in range(7)]
		sandbox.shop.require_declaration(orders[4].external_id)
		label = connector.labels(orders)
		assert "customs declaration" in label.problems[orders[4].external_id] and len(label.problems) == 1
		wanted = [order.external_id for order in orders if order is not orders[4]]
		assert list(label.order_ids) == tasks_of(label.content) == wanted

	def test_refusals_without_end_are_not_gone_after(self, sandbox, connect):
		connector = connect(sandbox)
		order = self.packed(sandbox, connector)
		numbers = [str(10**9 + number) for number in range(40)]
		orders = [order.model_copy(update={"external_id": number}) for number in numbers]
		for number in numbers:
			sandbox.shop.state.run(
				"""INSERT INTO task SELECT ?, 'srid' || ?, basket, model, supplier_status, wb_status, cancel_type,
				chrt_id, warehouse_id, price, sale_price, buyer, firm, 0, 1, created_at, changed_at, moves_at
				FROM task WHERE id = ?""",
				(int(number), number, int(order.external_id)),
			)
		label = connector.labels(orders)
		assert label.content == b"" and set(label.problems) == set(numbers)
		assert sandbox.journal.count("/api/v3/orders/stickers") == MOST_REQUESTS
		assert any("Print this one again" in problem for problem in label.problems.values())

	def test_what_goes_to_a_pick_up_point_has_a_document(self, sandbox, connect):
		connector = connect(sandbox)
		numbers = [sandbox.create_order(scheme="DBS") for _ in range(3)]
		for number in numbers[:2]:
			sandbox.shop.deliver_to_point(number)
		first, second, third = (one(connector, number) for number in numbers)
		sandbox.move_order(numbers[0], "confirm")
		label = connector.labels([first, second, third])
		assert (label.order_ids, label.media_type) == ((numbers[0],), "application/pdf")
		assert numbers[0].encode() in label.content
		assert "status" in label.problems[numbers[1]]
		assert "deliver yourself" in label.problems[numbers[2]]

	def test_what_the_marketplace_ships_has_none(self, sandbox, connect):
		connector = connect(sandbox)
		order = one(connector, sandbox.create_order(scheme="FBO"))
		label = connector.labels([order])
		assert "ships" in label.problems[order.external_id] and not label.content
		assert sandbox.journal.count("/api/v3/orders/stickers") == 0


class TestRefusals(WildberriesBase):
	"""What the sandbox does not take, as the vendor would not: refusals are judged by its documents too."""

	@pytest.mark.parametrize(
		("path", "query", "field"),
		[
			(ITEMS, {"dateFrom": "2026-10-20", "dateTo": "2026-11-20"}, "dateTo"),
			(ITEMS, {"dateTo": "soon"}, "dateTo"),
			(ITEMS, {"status": "all"}, "status"),
			(ITEMS, {"limit": "1001"}, "limit"),
			(ITEMS, {"offset": "-1"}, "offset"),
			(CLAIMS, {"is_archive": "maybe"}, "is_archive"),
			(CLAIMS, {"limit": "201"}, "digit"),
			(REVIEWS, {"isAnswered": ""}, "isAnswered"),
			(REVIEWS, {"take": "5001"}, "take"),
			(REVIEWS, {"skip": "199991"}, "skip"),
		],
	)
	def test_a_bad_question_is_refused(self, sandbox, session: requests.Session, path, query, field):
		good = {
			ITEMS: {
				"dateFrom": "2026-10-21", "dateTo": "2026-11-20", "status": "active", "limit": "10", "offset": "0",
			},
			CLAIMS: {"is_archive": "true"},
			REVIEWS: {"isAnswered": "true", "take": "10", "skip": "0"},
		}[path]  # fmt: skip
		headers = {"Authorization": sandbox.credentials["token"]}
		assert session.get(sandbox.url + path, params=good, headers=headers, timeout=5).status_code in (
			200,
			204,
		)
		answer = session.get(sandbox.url + path, params={**good, **query}, headers=headers, timeout=5)
		assert answer.status_code == 400
		assert field in answer.text

	def test_the_rights_of_each_stream(self, sandbox, connect):
		report = connect(sandbox).check_credentials()
		granted = {right.capability for right in report.rights if right.granted}
		assert {Capability.RETURNS.value, Capability.FEEDBACK.value, Capability.LABELS.value} <= granted
