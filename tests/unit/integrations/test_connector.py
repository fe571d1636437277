"""What all connectors share: credentials as people paste them, and what a connector says of itself."""

from __future__ import annotations

import pytest

from crm_marketplace.integrations.connector import (
	CAPABILITY_PROTOCOLS,
	Capability,
	CredentialField,
	read_credentials,
)
from crm_marketplace.integrations.errors import ConfigurationError
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


def test_every_capability_has_a_protocol():
	assert set(CAPABILITY_PROTOCOLS) == set(Capability)


@pytest.mark.parametrize("cls", connectors().values(), ids=lambda cls: cls.info.name)
def test_a_connector_describes_itself(cls):
	info = cls.info
	assert "default" in info.rate_limits
	assert info.statuses and info.schemes and info.credential_fields
	assert info.documentation_url.startswith("https://") and info.base_url.startswith("https://")
	for capability in info.capabilities - {Capability.CREDENTIALS}:
		assert issubclass(cls, CAPABILITY_PROTOCOLS[capability])
	with pytest.raises(ConfigurationError):
		cls.connect({})
