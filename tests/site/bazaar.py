"""A marketplace whose key opens several shops, as another app would bring it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from crm_marketplace.integrations.budget import RateBudget, Unlimited
from crm_marketplace.integrations.connector import (
	Capability,
	ConnectorInfo,
	CredentialField,
	read_credentials,
)
from crm_marketplace.integrations.errors import AuthenticationError
from crm_marketplace.integrations.records import (
	Account,
	ChannelWarehouse,
	CredentialsReport,
	Fetched,
	Page,
	Right,
	Scheme,
)
from crm_marketplace.integrations.transport import Observer, Transport

PATH = "tests.site.bazaar.BazaarConnector"
KEY = "a-key-that-opens-all"
SWITCHED_OFF = "The shop is switched off in the cabinet."

INFO = ConnectorInfo(
	name="Bazaar",
	title="Bazaar",
	api_version="1",
	documentation_url="https://bazaar.invalid/docs",
	base_url="https://bazaar.invalid",
	capabilities=frozenset({Capability.CREDENTIALS, Capability.WAREHOUSES}),
	credential_fields=(
		CredentialField("stall", "Stall", secret=False, required=False, selects_shop=True),
		CredentialField("hall", "Hall", secret=False, required=False, selects_shop=True),
		CredentialField("key", "Key"),
	),
	schemes=(Scheme.FBS, Scheme.EXPRESS),
	statuses={},
	rate_limits={"default": ()},
)


def account(stall: str, title: str = "", available: bool = True) -> Account:
	return Account(
		external_id=stall,
		title=title or f"Stall {stall}",
		schemes=(Scheme.FBS,),
		available=available,
		reason="" if available else SWITCHED_OFF,
		credentials={"stall": stall, "hall": "7"},
	)


class BazaarConnector:
	"""Answers from `accounts` and `missing`, which tests set."""

	info: ClassVar[ConnectorInfo] = INFO
	accounts: ClassVar[tuple[Account, ...]] = ()
	missing: ClassVar[tuple[Right, ...]] = ()
	expires_at: ClassVar[datetime | None] = None

	def __init__(self, credentials: Mapping[str, str], transport: Transport) -> None:
		self.credentials = credentials
		self.transport = transport

	@classmethod
	def connect(
		cls,
		credentials: Mapping[str, str],
		*,
		base_url: str | None = None,
		budget: RateBudget | None = None,
		observer: Observer | None = None,
		patience: float = 60.0,
		clock: Callable[[], datetime] | None = None,
	) -> BazaarConnector:
		given = read_credentials(INFO.credential_fields, credentials)
		return cls(given, Transport(base_url=INFO.base_url, headers={}, budget=budget or Unlimited()))

	def check_credentials(self) -> CredentialsReport:
		if self.credentials["key"] != KEY:
			raise AuthenticationError
		return CredentialsReport(
			account_id=self.credentials["stall"] or "7",
			account_name="Bazaar",
			expires_at=self.expires_at,
			rights=(Right(capability=Capability.WAREHOUSES.value, granted=True), *self.missing),
			accounts=self.accounts,
		)

	def warehouses(self, token: str | None = None) -> Page[ChannelWarehouse]:
		stall = self.credentials["stall"]
		warehouse = ChannelWarehouse(external_id=f"W{stall}", name=f"Behind stall {stall}", scheme=Scheme.FBS)
		raw: dict[str, Any] = {"id": warehouse.external_id}
		return Page((Fetched(warehouse.external_id, raw, warehouse),))
