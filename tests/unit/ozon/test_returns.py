from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError, PermissionMissing
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.returns import read_return, read_rfbs_return
from crm_marketplace.integrations.marketplaces.ozon.statuses import (
	MONEY_STATES,
	RETURN_KINDS,
	RETURN_STATES,
	RFBS_GROUP_STATES,
	return_state,
	rfbs_return_state,
)
from crm_marketplace.integrations.records import ReturnKind, ReturnState, Scheme
from tests.unit.ozon.shop import AS_OF, NOW, golden
from tests.unit.ozon.specification import (
	needs_specification,
	request_schema,
	response_schema,
	schema_at,
	words_of,
)

SINCE = NOW - timedelta(hours=1)
FBS, RFBS = golden("return_of_fbs")["payload"], golden("return_of_rfbs")["payload"]
LAST = '{"phase":"rfbs"}'


def changed(payload: dict[str, Any], *path: str, to: Any) -> dict[str, Any]:
	"""A copy of a payload with another value in one place."""
	found = copy.deepcopy(payload)
	place = found
	for key in path[:-1]:
		place = place[key]
	place[path[-1]] = to
	return found


def page_of(*rows: Any, has_next: bool = False) -> dict[str, Any]:
	return {"returns": list(rows), "has_next": has_next}


# --- the walk ----------------------------------------------------------------------------------------


def test_first_what_changed_then_requests_of_rfbs_buyers(shop):
	shop.answer(endpoints.RETURNS, page_of({**FBS, "id": 7}, {**FBS, "id": 9}, has_next=True), page_of())
	shop.answer(endpoints.RFBS_RETURNS, {"returns": [{**RFBS, "return_id": 41}]}, {"returns": []})
	found, token = [], None
	while True:
		page = shop.connector.returns(SINCE, NOW, token, 2)
		found += [item.external_id for item in page.items]
		assert page.as_of == AS_OF
		token = page.token
		if token is None:
			break
	assert found == ["7", "9", "rfbs-41"]
	period = {"time_from": "2026-09-28T08:30:00.000Z", "time_to": "2026-09-28T09:30:00.000Z"}
	by_change = {"filter": {"visual_status_change_moment": period}, "limit": 2}
	by_creation = {
		"filter": {"created_at": {"from": "2026-06-30T08:30:00.000Z", "to": "2026-09-28T09:30:00.000Z"}},
		"limit": 2,
	}
	assert shop.requests == [
		("/v1/returns/list", {**by_change, "last_id": 0}),
		("/v1/returns/list", {**by_change, "last_id": 9}),
		("/v2/returns/rfbs/list", {**by_creation, "last_id": 0}),
		("/v2/returns/rfbs/list", {**by_creation, "last_id": 41}),
	]


def test_an_empty_window_is_no_request(shop):
	assert tuple(shop.connector.returns(NOW, NOW).items) == ()
	assert shop.requests == []


@pytest.mark.parametrize("limit, asked", [(None, 500), (9000, 500), (0, 1)])
def test_pages_are_as_large_as_the_vendor_takes(shop, limit, asked):
	shop.answer(endpoints.RETURNS, page_of())
	shop.connector.returns(SINCE, NOW, None, limit)
	assert shop.bodies[0]["limit"] == asked


def test_a_key_without_rfbs_still_reads_the_others(shop):
	shop.answer(endpoints.RETURNS, page_of(FBS))
	shop.refuse(endpoints.RFBS_RETURNS, 403, "Api-Key is missing a required role for a method", 7)
	first = shop.connector.returns(SINCE, NOW)
	second = shop.connector.returns(SINCE, NOW, first.token)
	assert len(first.items) == 1
	assert (tuple(second.items), second.token) == ((), None)


def test_a_key_without_returns_is_told(shop):
	shop.refuse(endpoints.RETURNS, 403, "Api-Key is missing a required role for a method", 7)
	with pytest.raises(PermissionMissing):
		shop.connector.returns(SINCE, NOW)


@pytest.mark.parametrize("token", ['{"phase":"elsewhere"}', '{"phase":"rfbs","last_id":"x"}', "soon"])
def test_a_token_that_leads_nowhere(shop, token):
	with pytest.raises(ContractError):
		shop.connector.returns(SINCE, NOW, token)
	assert shop.requests == []


def test_a_list_that_goes_on_nowhere_is_told(shop):
	shop.answer(endpoints.RETURNS, page_of({"id": None}, has_next=True))
	with pytest.raises(ContractError, match="does not say where"):
		shop.connector.returns(SINCE, NOW)


def test_one_bad_return_costs_no_other(shop):
	broken = {**FBS, "id": 8, "product": {"sku": 5, "quantity": "несколько"}}
	shop.answer(endpoints.RETURNS, page_of({**FBS, "id": 7}, broken, None, {**FBS, "id": 9}))
	items = shop.connector.returns(SINCE, NOW).items
	assert [item.record is not None for item in items] == [True, False, False, True]
	assert items[1].error.field == "product.quantity" and items[1].error.record_id == "8"


# --- what a return says ------------------------------------------------------------------------------


@pytest.mark.parametrize(
	"word, is_over, expected",
	[
		("MovingToSeller", False, ReturnState.ON_THE_WAY),
		("ReceivedBySeller", True, ReturnState.RECEIVED),
		("MoneyReturned", True, ReturnState.RECEIVED),
		("MoneyReturned", False, ReturnState.REFUSED),
		("WaitingCompensation", False, ReturnState.LOST),
		("DisputeYouOpened", True, ReturnState.RECEIVED),
		("SomethingNew", False, ReturnState.READY),  # the example waits at the point
		("SomethingNew", True, ReturnState.RECEIVED),
	],
)
def test_where_the_goods_are(word, is_over, expected):
	payload = changed(FBS, "visual", "status", "sys_name", to=word)
	payload = payload if is_over else changed(payload, "logistic", "final_moment", to=None)
	found = read_return(payload).record
	assert (found.state, found.vendor_status) == (expected, word)
	assert (found.received_at is not None) is (expected is ReturnState.RECEIVED)


def test_fbo_returns_end_at_the_marketplace():
	payload = changed(golden("return_of_fbo")["payload"], "visual", "status", "sys_name", to="MoneyReturned")
	found = read_return(payload).record
	assert (found.scheme, found.state, found.received_at) == (Scheme.FBO, ReturnState.AT_MARKETPLACE, None)


@pytest.mark.parametrize("forecast", ["", "2026-10-01", "скоро", None, 5])
def test_a_forecast_that_is_no_time_costs_nothing(forecast):
	found = read_return(changed(FBS, "storage", "utilization_forecast_date", to=forecast)).record
	assert found.state is ReturnState.READY and found.pickup_until is None


@pytest.mark.parametrize(
	"part", ["place", "storage", "logistic", "visual", "schema", "type", "return_reason_name"]
)
def test_little_is_enough(part):
	assert read_return({**FBS, part: None}).record is not None


def test_a_kind_that_is_not_known_is_a_refusal():
	assert read_return({**FBS, "type": "Other"}).record.kind is ReturnKind.NOT_REDEEMED


@pytest.mark.parametrize(
	"state, group, expected",
	[
		("ReceivedBySeller", "Approved", ReturnState.RECEIVED),
		("ON_APPROVAL", "Delivering", ReturnState.ON_THE_WAY),
		("ON_APPROVAL", "Rejected", ReturnState.REFUSED),
		("", "", ReturnState.REQUESTED),
	],
)
def test_where_the_goods_of_a_request_are(state, group, expected):
	payload = {**RFBS, "state": {"state": state, "group_state": group, "state_name": "Слова"}}
	assert read_rfbs_return(payload).record.state is expected
	assert rfbs_return_state(state, group) is expected


def test_a_request_without_an_id_is_kept_apart():
	fetched = read_rfbs_return({**RFBS, "return_id": None})
	assert fetched.record is None and fetched.external_id.startswith("unreadable-")


# --- the tables against the specification ------------------------------------------------------------


@needs_specification
def test_every_status_of_the_specification_has_a_state():
	words = words_of(schema_at(request_schema(endpoints.RETURNS.path), "filter", "visual_status_name"))
	assert len(words) > 30
	assert words == set(RETURN_STATES) | set(MONEY_STATES)
	assert not set(RETURN_STATES) & set(MONEY_STATES)
	for word in words:
		state = return_state(word, is_fbo=False, has_arrived=False, is_over=False)
		assert state is (RETURN_STATES.get(word) or MONEY_STATES[word])


@needs_specification
def test_every_kind_of_the_specification_is_known():
	listed = schema_at(response_schema(endpoints.RETURNS.path), "returns", "[]", "type")
	assert words_of(listed) == set(RETURN_KINDS)


@needs_specification
def test_every_group_of_requests_is_known():
	words = words_of(schema_at(request_schema(endpoints.RFBS_RETURNS.path), "filter", "group_state"))
	assert words - {"All"} == set(RFBS_GROUP_STATES)
