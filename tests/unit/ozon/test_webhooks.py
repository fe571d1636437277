"""Notifications: a hint where to look, the answer the vendor wants, and nothing else."""

from __future__ import annotations

import json
from datetime import datetime
from ipaddress import ip_network
from typing import Any

import pytest

from crm_marketplace.integrations.connector import Capability, WebhookHint
from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.marketplaces.ozon.connector import INFO, OzonConnector
from crm_marketplace.integrations.marketplaces.ozon.webhooks import OF_POSTINGS


def read(**data: Any) -> WebhookHint:
	return OzonConnector.read_webhook(json.dumps(data).encode(), {"Content-Type": "application/json"})


def test_it_is_offered():
	assert Capability.WEBHOOKS in INFO.capabilities


def test_a_ping_is_answered_with_who_we_are():
	hint = read(message_type="TYPE_PING", time="2026-09-28T09:30:00.123Z")
	assert (hint.order_ids, hint.streams) == ((), ())
	assert set(hint.answer) == {"version", "name", "time"}
	assert datetime.fromisoformat(hint.answer["time"].replace("Z", "+00:00")).tzinfo is not None


@pytest.mark.parametrize("kind", sorted(OF_POSTINGS))
def test_a_posting_is_to_be_fetched(kind):
	hint = read(
		message_type=kind,
		posting_number="24219509-0020-1",
		new_state="posting_canceled",
		products=[{"sku": 147451959, "quantity": 99999}],
		seller_id=15,
	)
	assert hint == WebhookHint(order_ids=("24219509-0020-1",), answer={"result": True})


@pytest.mark.parametrize(
	("kind", "streams"),
	[
		("TYPE_ORDER_NEW", ("orders",)),
		("TYPE_CREATE_OR_UPDATE_ITEM", ("listings",)),
		("TYPE_STOCKS_CHANGED", ()),
		("TYPE_NEW_MESSAGE", ()),
		("TYPE_OF_TOMORROW", ()),
	],
)
def test_others_start_a_stream_or_nothing(kind, streams):
	assert read(message_type=kind, seller_id=7) == WebhookHint(streams=streams, answer={"result": True})


@pytest.mark.parametrize(
	"data",
	[
		{},
		{"message_type": "TYPE_NEW_POSTING"},
		{"message_type": "TYPE_NEW_POSTING", "posting_number": "../x"},
	],
)
def test_what_is_not_the_vendors(data):
	with pytest.raises(ContractError):
		read(**data)


def test_networks_are_the_vendors():
	assert {str(ip_network(network)) for network in OzonConnector.webhook_networks} == {
		"195.34.21.0/24",
		"185.73.192.0/22",
		"91.223.93.0/24",
	}
