"""Words of the vendor: none of his enumerations has one we do not know, and orders go where he lets them."""

from __future__ import annotations

import re

import pytest

from crm_marketplace.integrations.marketplaces.yandex_market.connector import INFO
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import (
	CANCEL_CAUSES,
	CARD_STATES,
	OPEN_STATUSES,
	ORDER_STATUSES,
	PLACEMENTS,
	SCHEMES,
	SHOP_STATES,
	TAX_RATES,
	TRANSITIONS,
	WHY_SWITCHED_OFF,
	cancel_cause,
	order_actions,
	transitions,
)
from crm_marketplace.integrations.records import OrderAction, OrderStatus, Scheme
from tests.unit.yandex_market.specification import needs_specification, specification, words


@needs_specification
def test_every_word_of_the_specification_is_known():
	statuses = {word.partition("/")[0] for word in ORDER_STATUSES}
	substatuses = {word.partition("/")[2] for word in ORDER_STATUSES} - {""}
	assert statuses == set(words("OrderStatusType"))
	assert substatuses <= set(words("OrderSubstatusType"))
	assert {*SCHEMES, "LAAS"} == set(words("SellingProgramType"))
	assert {*PLACEMENTS, "LAAS"} == set(words("PlacementType"))
	assert {*TAX_RATES, "UNKNOWN_VALUE"} == set(words("OrderVatType"))
	assert set(SHOP_STATES) == set(words("OfferCampaignStatusType"))
	assert set(CARD_STATES) == {word for word in words("OfferCardStatusType") if word.startswith("NO_CARD")}
	assert {*WHY_SWITCHED_OFF, "AVAILABLE"} == set(words("ApiAvailabilityStatusType"))


@needs_specification
def test_every_described_reason_of_a_cancellation_is_known():
	described = specification()["components"]["schemas"]["OrderSubstatusType"]["description"]
	described = described[described.rindex("`CANCELLED`") :]
	found = set(re.findall(r"\* `([A-Z_]+)` — (?!значение более не используется)", described))
	assert "USER_CHANGED_MIND" in found
	assert found <= set(CANCEL_CAUSES)


def test_rates_are_what_their_names_say():
	for word, rate in TAX_RATES.items():
		number = re.search(r"VAT_(\d+)", word)
		assert rate == (int(number.group(1)) if number else 0)


def test_a_substatus_nobody_described_changes_nothing():
	assert INFO.status_of("DELIVERY", "LAST_MILE_STARTED") is OrderStatus.SHIPPED
	assert INFO.status_of("PROCESSING", "ASYNC_PROCESSING") is OrderStatus.AWAITING_PACKING
	assert INFO.status_of("TELEPORTED", "STARTED") is None


def test_open_statuses_are_those_of_the_seller():
	assert {ORDER_STATUSES[word] for word in OPEN_STATUSES} == {
		OrderStatus.PENDING,
		OrderStatus.AWAITING_PACKING,
	}


# --- where an order may go -------------------------------------------------------------------------


def steps(scheme: Scheme, status: str, substatus: str) -> set[str]:
	return {f"{step.status}/{step.substatus}" for step in transitions(scheme, status, substatus)}


@pytest.mark.parametrize("scheme", [Scheme.FBS, Scheme.EXPRESS])
def test_the_marketplace_carries_what_the_seller_packed(scheme):
	assert steps(scheme, "PROCESSING", "STARTED") == {"PROCESSING/READY_TO_SHIP", "CANCELLED/SHOP_FAILED"}
	assert steps(scheme, "PROCESSING", "READY_TO_SHIP") == {"CANCELLED/SHOP_FAILED"}
	for status, substatus in (
		("PROCESSING", "SHIPPED"),
		("DELIVERY", "DELIVERY_SERVICE_RECEIVED"),
		("PICKUP", "PICKUP_SERVICE_RECEIVED"),
		("DELIVERED", "DELIVERY_SERVICE_DELIVERED"),
		("CANCELLED", "USER_CHANGED_MIND"),
		("UNPAID", "WAITING_USER_INPUT"),
	):
		assert steps(scheme, status, substatus) == set()


def test_a_seller_who_delivers_moves_the_order_himself():
	started = steps(Scheme.DBS, "PROCESSING", "STARTED")
	assert "DELIVERY/DELIVERY_SERVICE_RECEIVED" in started
	assert {"CANCELLED/SHOP_FAILED", "CANCELLED/USER_UNREACHABLE"} <= started
	on_its_way = steps(Scheme.DBS, "DELIVERY", "DELIVERY_SERVICE_RECEIVED")
	assert {"PICKUP/PICKUP_SERVICE_RECEIVED", "DELIVERED/DELIVERY_SERVICE_DELIVERED"} <= on_its_way
	assert (
		steps(Scheme.DBS, "PICKUP", "PICKUP_SERVICE_RECEIVED")
		- steps(Scheme.DBS, "DELIVERY", "DELIVERY_SERVICE_RECEIVED")
		== set()
	)
	assert steps(Scheme.DBS, "DELIVERED", "DELIVERY_SERVICE_DELIVERED") == set()


def test_the_marketplaces_own_orders_are_not_the_sellers_to_move():
	for table in TRANSITIONS.values():
		for place in table:
			status, _slash, substatus = place.partition("/")
			assert transitions(Scheme.FBO, status, substatus) == ()
			assert order_actions(Scheme.FBO, status, substatus) == ()


@needs_specification
def test_steps_lead_to_words_of_the_vendor():
	for table in TRANSITIONS.values():
		for found in table.values():
			for step in found:
				assert step.status in words("OrderStatusType")
				assert step.substatus in words("OrderSubstatusType")


def test_every_reason_to_cancel_has_its_sentence():
	for table in TRANSITIONS.values():
		for found in table.values():
			for step in found:
				assert (step.action is OrderAction.CANCEL) == (step.substatus in CANCEL_CAUSES)


@pytest.mark.parametrize(
	("substatus", "initiator", "reason"),
	[
		("USER_NOT_PAID", "buyer", "The buyer did not pay in time."),
		("SHOP_FAILED", "shop", "The shop cannot fulfil the order."),
		("USER_BOUGHT_CHEAPER", "buyer", "USER_BOUGHT_CHEAPER"),
		("SORTING_CENTER_LOST", "marketplace", "SORTING_CENTER_LOST"),
		("", "marketplace", ""),
	],
)
def test_who_cancelled_and_why(substatus, initiator, reason):
	cause = cancel_cause(substatus)
	assert (cause.initiator, cause.sentence) == (initiator, reason)
