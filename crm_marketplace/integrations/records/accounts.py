"""What a key opens and may do."""

from __future__ import annotations

from pydantic import Field

from crm_marketplace.integrations.records.base import ExternalId, Ids, Record, UtcDatetime
from crm_marketplace.integrations.records.warehouses import Scheme


class Right(Record):
	"""Whether the key may do what a stream needs."""

	capability: str
	granted: bool
	missing: tuple[str, ...] = ()  # the vendor's names of methods or categories


class Account(Record):
	"""One of the shops a key opens."""

	external_id: ExternalId
	title: str
	schemes: tuple[Scheme, ...] = ()
	available: bool = True
	reason: str = ""  # why it is not available; our sentence (a source string)
	credentials: Ids = Field(default_factory=dict)  # what selects it beside the key; no secrets


class CredentialsReport(Record):
	"""What a credentials check found out. A refused key raises AuthenticationError instead."""

	account_id: str
	account_name: str = ""
	legal_name: str = ""
	tax_id: str = ""
	currency: str | None = None
	country: str | None = None
	expires_at: UtcDatetime | None = None
	rights: tuple[Right, ...] = ()
	notes: tuple[str, ...] = ()
	accounts: tuple[Account, ...] = ()  # where one key opens several shops: all of them
