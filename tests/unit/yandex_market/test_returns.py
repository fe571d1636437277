"""Returns: what is asked for of which shop, what words mean, and what cannot be read."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from crm_marketplace.integrations.errors import (
	AuthenticationError,
	ConfigurationError,
	ContractError,
	PermissionMissing,
)
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.return_statuses import (
	NO_REFUND,
	REASONS,
	REFUND_STATES,
	RETURN_KINDS,
	SHIPMENT_STATES,
	SUBREASONS,
	TURNED_DOWN,
	UNREDEEMED_STATES,
	return_reason,
	return_state,
)
from crm_marketplace.integrations.marketplaces.yandex_market.returns import RETURN_PAGE, read_return
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import ReturnKind, ReturnState, Scheme
from tests.unit.yandex_market.shop import AS_OF, CABINET, CAMPAIGN, NOW, campaign, golden
from tests.unit.yandex_market.specification import needs_specification, specification, words

SINCE = NOW - timedelta(days=3)
OFF = "DISABLED_BY_INACTIVITY"


def returned(number: int, **changes: Any) -> dict[str, Any]:
	return {**copy.deepcopy(golden("return_ready")["payload"]), "id": 100 + number, **changes}


def page(*returns: Any, token: str | None = None) -> dict[str, Any]:
	paging = {"nextPageToken": token} if token else {}
	return {"status": "OK", "result": {"returns": list(returns), "paging": paging}}


def found(shop: Any) -> list[list[str]]:
	pages = walk(lambda token, limit: shop.connector.returns(SINCE, NOW, token, limit))
	return [[item.external_id for item in one.items] for one in pages]


# --- what is asked for -----------------------------------------------------------------------------


def test_days_are_asked_for_in_the_widest_reading(shop):
	shop.answer(endpoints.RETURNS, page(returned(1)))
	shop.campaigns()
	late = datetime(2026, 9, 28, 22, 0, tzinfo=timezone.utc)  # the 29th in Moscow
	shop.connector.returns(late - timedelta(hours=1), late)
	method, path, query, body = shop.requests[0]
	assert (method, path, body) == ("GET", f"/v2/campaigns/{CAMPAIGN}/returns", None)
	assert query == {"fromDate": "2026-09-28", "toDate": "2026-09-30", "limit": "100"}


def test_pages_follow_each_other(shop):
	shop.answer(endpoints.RETURNS, page(returned(1), returned(2), token="p2"), page(returned(3)))
	shop.campaigns()
	assert found(shop) == [["101", "102"], ["103"]]
	assert [query.get("pageToken") for _m, path, query, _b in shop.requests if "returns" in path] == [
		None,
		"p2",
	]


def test_a_cabinet_is_asked_shop_by_shop(cabinet):
	cabinet.campaigns(
		campaign(1),
		campaign(2, apiAvailability=OFF),
		campaign(3, placementType="FBY"),
		campaign(4, placementType="LAAS"),
		campaign(5, placementType=None, apiAvailability=None),
	)
	cabinet.answer(endpoints.RETURNS, page(returned(1), token="p2"), page(returned(2)), campaignId="1")
	cabinet.answer(endpoints.RETURNS, page(), campaignId="3")
	cabinet.answer(endpoints.RETURNS, page(returned(3)), campaignId="5")
	assert found(cabinet) == [["101"], ["102"], [], ["103"]]


def test_a_walk_goes_on_after_a_restart(cabinet):
	cabinet.campaigns(campaign(1), campaign(3))
	cabinet.answer(endpoints.RETURNS, page(returned(1)), campaignId="1")
	token = cabinet.connector.returns(SINCE, NOW).token
	cabinet.connect(CABINET)
	cabinet.campaigns(campaign(1), campaign(3))
	cabinet.answer(endpoints.RETURNS, page(returned(2)), campaignId="3")
	second = cabinet.connector.returns(SINCE, NOW, token)
	assert ([item.external_id for item in second.items], second.token) == (["102"], None)


@pytest.mark.parametrize("token", ["{", "[]", '{"shop":"9"}', '{"shop":1}', '{"page":7}'])
def test_positions_that_lead_nowhere(cabinet, token):
	if token.startswith('{"'):
		cabinet.campaigns()
	with pytest.raises(ContractError, match="position"):
		cabinet.connector.returns(SINCE, NOW, token)


def test_an_empty_window_is_no_request(shop):
	assert shop.connector.returns(NOW, NOW).items == ()
	assert shop.requests == []


def test_a_cabinet_with_nothing_on_has_no_returns(cabinet):
	cabinet.campaigns(campaign(2, apiAvailability=OFF))
	assert cabinet.connector.returns(SINCE, NOW).items == ()


def test_a_page_is_no_larger_than_the_vendor_takes(shop):
	shop.answer(endpoints.RETURNS, page(), page())
	assert shop.connector.returns(SINCE, NOW, None, 1000).as_of == AS_OF
	shop.connector.returns(SINCE, NOW, None, 7)
	assert [query["limit"] for _m, path, query, _b in shop.requests if "returns" in path] == ["100", "7"]


@pytest.mark.parametrize(
	("placement", "scheme"), [("FBY", Scheme.FBO), ("DBS", Scheme.DBS), ("FBS", None), (None, None)]
)
def test_a_scheme_is_told_where_the_shop_has_but_one(shop, placement, scheme):
	shop.campaigns(campaign(placementType=placement))
	shop.answer(endpoints.RETURNS, page(returned(1)))
	assert shop.connector.returns(SINCE, NOW).items[0].record.scheme is scheme


# --- what goes wrong -------------------------------------------------------------------------------


def test_one_bad_return_costs_no_other(shop):
	bad = [returned(2, items="дорого"), returned(3, items=[{"shopSku": "A"}]), None]
	shop.answer(endpoints.RETURNS, page(returned(1), *bad, returned(4)))
	shop.campaigns()
	items = shop.connector.returns(SINCE, NOW).items
	assert [item.record is not None for item in items] == [True, False, False, False, True]
	assert [item.external_id for item in items][:3] == ["101", "102", "103"]
	assert items[3].external_id.startswith("unreadable-")
	assert [item.error.field for item in items[1:3]] == ["items", "items.count"]
	assert all(isinstance(item.error, ContractError) for item in items[1:4])


@pytest.mark.parametrize("answer", [{}, {"result": {}}, {"result": {"returns": {}}}, []])
def test_an_answer_without_its_list_is_not_nothing_new(shop, answer):
	shop.answer(endpoints.RETURNS, answer)
	with pytest.raises(ContractError):
		shop.connector.returns(SINCE, NOW)


@pytest.mark.parametrize(
	("status", "message", "kind"),
	[
		(403, "Token does not have any of the scopes to access the API method: …", PermissionMissing),
		(403, "Access denied for campaign because it is not active", ConfigurationError),
		(401, "Api-Key token is revoked", AuthenticationError),
	],
)
def test_refusals(shop, status, message, kind):
	shop.refuse(endpoints.RETURNS, status, message)
	with pytest.raises(kind):
		shop.connector.returns(SINCE, NOW)


# --- words -----------------------------------------------------------------------------------------


@needs_specification
def test_every_word_of_the_specification_is_known():
	assert set(SHIPMENT_STATES) == set(UNREDEEMED_STATES) == set(words("ReturnShipmentStatusType"))
	assert set(REFUND_STATES) == set(words("RefundStatusType"))
	assert set(RETURN_KINDS) == set(words("ReturnType"))
	assert TURNED_DOWN < NO_REFUND < set(REFUND_STATES)
	assert {*REASONS, "UNKNOWN"} == set(words("ReturnDecisionReasonType"))
	assert {*SUBREASONS, "UNKNOWN"} == set(words("ReturnDecisionSubreasonType"))


@needs_specification
def test_pages_are_what_the_vendor_takes():
	assert (
		RETURN_PAGE
		== specification()["components"]["parameters"]["PageLimit100Truncate"]["schema"]["maximum"]
	)


@pytest.mark.parametrize(
	("kind", "shipment", "refund", "state"),
	[
		("RETURN", "CREATED", "STARTED_BY_USER", ReturnState.REQUESTED),
		("RETURN", "CREATED", "REJECTED", ReturnState.REFUSED),
		("RETURN", "CREATED", "CANCELLED", ReturnState.REFUSED),
		# Money goes its own ways: the goods are where they are.
		("RETURN", "IN_TRANSIT", "REJECTED", ReturnState.ON_THE_WAY),
		("RETURN", "CREATED", "REFUNDED", ReturnState.REQUESTED),
		("RETURN", "PICKED", "REFUND_IN_PROGRESS", ReturnState.RECEIVED),
		("RETURN", "EXPIRED", "STARTED_BY_USER", ReturnState.REFUSED),
		("RETURN", "UTILIZED", "REFUNDED", ReturnState.DISPOSED),
		("RETURN", "LOST", "REFUNDED", ReturnState.LOST),
		("RETURN", "FULFILMENT_RECEIVED", "REFUNDED", ReturnState.AT_MARKETPLACE),
		("RETURN", "TELEPORTED", "REFUNDED", ReturnState.ON_THE_WAY),
		("RETURN", None, "WAITING_FOR_DECISION", ReturnState.REQUESTED),
		("RETURN", None, "CANCELLED", ReturnState.REFUSED),
		("RETURN", None, "REFUNDED_BY_SHOP", ReturnState.REFUSED),
		("RETURN", None, "OF_TOMORROW", ReturnState.REQUESTED),
		("RETURN", None, None, ReturnState.REQUESTED),
		("UNREDEEMED", "CREATED", None, ReturnState.ON_THE_WAY),
		("UNREDEEMED", None, None, ReturnState.ON_THE_WAY),
		("UNREDEEMED", "READY_FOR_PICKUP", None, ReturnState.READY),
		("UNREDEEMED", "TELEPORTED", None, ReturnState.ON_THE_WAY),
	],
)
def test_where_the_goods_are(kind, shipment, refund, state):
	assert return_state(kind, shipment, refund, is_kept=False) is state


def test_goods_the_buyer_may_keep_are_not_waited_for():
	assert return_state("RETURN", None, "STARTED_BY_USER", is_kept=True) is ReturnState.REFUSED
	# Where they come back all the same, that counts.
	assert return_state("RETURN", "IN_TRANSIT", "REFUNDED", is_kept=True) is ReturnState.ON_THE_WAY


def test_words_of_tomorrow_are_kept_and_break_nothing():
	raw = returned(1, shipmentStatus="TELEPORTED", refundStatus="IN_SHELLS", returnType="GIFT")
	record = read_return(raw).record
	assert record.vendor_status == "TELEPORTED/IN_SHELLS"
	assert (record.kind, record.state) == (ReturnKind.RETURNED, ReturnState.ON_THE_WAY)


@pytest.mark.parametrize("word", sorted(NO_REFUND))
def test_money_that_is_not_paid_back_is_no_refund(word):
	assert read_return(returned(1, refundStatus=word)).record.refund is None
	assert read_return(returned(1)).record.refund is not None


@pytest.mark.parametrize(
	("reason", "subreason", "sentence"),
	[
		("BAD_QUALITY", "NOT_WORKING", "The product does not work."),
		("BAD_QUALITY", "UNKNOWN", "The product is faulty."),
		("BAD_QUALITY", "OF_TOMORROW", "OF_TOMORROW"),
		("OF_TOMORROW", None, "OF_TOMORROW"),
		("UNKNOWN", "UNKNOWN", ""),
		(None, None, ""),
	],
)
def test_why_goods_come_back(reason, subreason, sentence):
	assert return_reason(reason, subreason) == sentence


def test_where_goods_wait_is_told_as_far_as_it_is_known():
	assert read_return(returned(1, logisticPickupPoint={"id": 1, "name": " Почта "})).record.place == "Почта"
	assert (
		read_return(returned(1, logisticPickupPoint={"address": {"city": "Тверь"}})).record.place == "Тверь"
	)
	assert read_return(returned(1, logisticPickupPoint=None)).record.place == ""


def test_comments_of_several_units_are_all_kept():
	decisions = [{"comment": text} for text in ("Скол", " ", "Царапина", "Скол", None)]
	raw = returned(1, items=[{"shopSku": "A", "count": 5, "decisions": decisions}])
	assert read_return(raw).record.comment == "Скол\nЦарапина"
