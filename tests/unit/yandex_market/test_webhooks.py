"""Notifications: a hint where to look, the answer the vendor wants, and nothing else."""

from __future__ import annotations

import json
from datetime import datetime
from ipaddress import ip_network
from typing import Any

import pytest

from crm_marketplace.integrations.connector import Capability, WebhookHint
from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.marketplaces.yandex_market.connector import INFO, YandexMarketConnector
from crm_marketplace.integrations.marketplaces.yandex_market.webhooks import OF_ORDERS, STREAMS


def read(**data: Any) -> WebhookHint:
	return YandexMarketConnector.read_webhook(json.dumps(data).encode(), {"Content-Type": "application/json"})


def test_it_is_offered():
	assert Capability.WEBHOOKS in INFO.capabilities


@pytest.mark.parametrize("kind", ["PING", "CHAT_MESSAGE_SENT", "OF_TOMORROW"])
def test_a_ping_and_whatever_nobody_reads_is_answered_with_who_we_are(kind):
	hint = read(notificationType=kind, time="2026-09-28T09:30:00.123Z")
	assert (hint.order_ids, hint.streams) == ((), ())
	assert set(hint.answer) == {"version", "name", "time"}
	assert datetime.fromisoformat(hint.answer["time"].replace("Z", "+00:00")).tzinfo is not None


@pytest.mark.parametrize("kind", sorted(OF_ORDERS - set(STREAMS)))
def test_an_order_is_to_be_fetched(kind):
	hint = read(
		notificationType=kind,
		campaignId=21653214,
		orderId=41250187392,
		status="CANCELLED",
		items=[{"offerId": "CUP-00017-02", "count": 99999}],
	)
	assert (hint.order_ids, hint.streams) == (("41250187392",), ())
	assert set(hint.answer) == {"version", "name", "time"}


@pytest.mark.parametrize("kind", ["ORDER_RETURN_CREATED", "ORDER_RETURN_STATUS_UPDATED"])
def test_a_return_concerns_its_order_too(kind):
	hint = read(
		notificationType=kind, campaignId=21653214, orderId=41250187392, returnId=5, returnType="UNREDEEMED"
	)
	assert (hint.order_ids, hint.streams) == (("41250187392",), ("returns",))


@pytest.mark.parametrize("kind", ["GOODS_FEEDBACK_CREATED", "GOODS_FEEDBACK_COMMENT_CREATED"])
def test_reviews_are_to_be_read(kind):
	hint = read(notificationType=kind, businessId=1043217, feedbackId=5, commentId=7)
	assert (hint.order_ids, hint.streams) == ((), ("reviews",))
	assert set(hint.answer) == {"version", "name", "time"}


@pytest.mark.parametrize(
	"data",
	[{}, {"notificationType": "ORDER_CREATED"}, {"notificationType": "ORDER_CREATED", "orderId": "../x"}],
)
def test_what_is_not_the_vendors(data):
	with pytest.raises(ContractError):
		read(**data)


def test_networks_are_networks():
	assert [ip_network(network).version for network in YandexMarketConnector.webhook_networks] == [4, 4, 4]
