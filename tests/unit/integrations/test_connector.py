"""What all connectors share: credentials as people paste them, and what a connector says of itself."""

from __future__ import annotations

import pytest

from crm_marketplace.integrations.connector import (
	CAPABILITY_PROTOCOLS,
	Capability,
	ConnectorInfo,
	CredentialField,
	read_credentials,
)
from crm_marketplace.integrations.errors import ConfigurationError
from crm_marketplace.integrations.records import OrderStatus
from crm_marketplace.integrations.registry import connectors

FIELDS = (
	CredentialField("account", "Account", secret=False),
	CredentialField("key", "Key"),
	CredentialField("shop", "Shop", required=False),
)


def test_blanks_of_pasting_are_removed():
	given = {"account": " 17\n", "key": "\tab-c ", "other": "x"}
	assert read_credentials(FIELDS, given) == {"account": "17", "key": "ab-c", "shop": ""}


@pytest.mark.parametrize(
	"given", [{}, {"account": "17"}, {"account": "17", "key": "  "}, {"account": None, "key": "k"}]
)
def test_what_is_required(given):
	with pytest.raises(ConfigurationError, match="is missing"):
		read_credentials(FIELDS, given)


@pytest.mark.parametrize("key", ["ключ", "ab\ncd", "ab\x00", "аbc"])
def test_what_no_key_holds(key):
	with pytest.raises(ConfigurationError, match="Key holds characters") as caught:
		read_credentials(FIELDS, {"account": "17", "key": key})
	assert key not in str(caught.value)


def described(**facts) -> ConnectorInfo:
	facts = {
		"name": "Somewhere",
		"title": "Somewhere",
		"api_version": "1",
		"documentation_url": "https://docs.example",
		"base_url": "https://api.example",
		"capabilities": frozenset(),
		"credential_fields": FIELDS,
		"schemes": (),
		"statuses": {},
		"rate_limits": {},
		**facts,
	}
	return ConnectorInfo(**facts)


def test_a_substatus_decides_where_there_is_an_entry_for_it():
	info = described(
		statuses={
			"OPEN": OrderStatus.AWAITING_PACKING,
			"OPEN/PACKED": OrderStatus.AWAITING_SHIPMENT,
			"OVER/WELL": OrderStatus.DELIVERED,
		}
	)
	assert info.status_of("OPEN") is OrderStatus.AWAITING_PACKING
	assert info.status_of("OPEN", "NEW") is OrderStatus.AWAITING_PACKING
	assert info.status_of("OPEN", "PACKED") is OrderStatus.AWAITING_SHIPMENT
	assert info.status_of("OVER", "WELL") is OrderStatus.DELIVERED
	assert info.status_of("OVER", "BADLY") is None


def test_shops_of_one_key_are_one_account():
	info = described(
		credential_fields=(CredentialField("key", "Key"), CredentialField("shop", "Shop", selects_shop=True))
	)
	assert info.account_key({"key": " k ", "shop": "1"}) == info.account_key({"key": "k", "shop": "2"})
	assert info.account_key({"key": "k"}) != info.account_key({"key": "other"})


def test_every_capability_has_a_protocol():
	assert set(CAPABILITY_PROTOCOLS) == set(Capability)


@pytest.mark.parametrize("cls", connectors().values(), ids=lambda cls: cls.info.name)
def test_a_connector_describes_itself(cls):
	info = cls.info
	assert "default" in info.rate_limits
	assert info.statuses and info.schemes and info.credential_fields
	assert info.documentation_url.startswith("https://") and info.base_url.startswith("https://")
	for capability in info.capabilities:
		# Made without its data: a protocol with class variables is not for `issubclass`.
		assert isinstance(object.__new__(cls), CAPABILITY_PROTOCOLS[capability])
	with pytest.raises(ConfigurationError):
		cls.connect({})
