"""A shop as the jobs see it: its document, its connector, its rules."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache

import frappe
from frappe.model.document import Document

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.budget import RateBudget, redis_budget
from crm_marketplace.integrations.connector import Capability, Connector, ConnectorInfo, CredentialField
from crm_marketplace.integrations.errors import ConfigurationError, _
from crm_marketplace.integrations.transport import Observer
from crm_marketplace.rules.stock import StockPolicy

# Where a credential is kept on the shop: open ones in Data fields, secret ones in Password fields.
PUBLIC_SLOTS = ("public_credential_1", "public_credential_2")
SECRET_SLOTS = ("secret_credential_1", "secret_credential_2")
CAPABILITY_OF_STREAM = {
	"orders": Capability.ORDERS,
	"reconciliation": Capability.ORDERS,
	"listings": Capability.LISTINGS,
	"stock": Capability.STOCK,
	"prices": Capability.PRICES,
	"drift": Capability.STOCK,
	"returns": Capability.RETURNS,
	"reviews": Capability.FEEDBACK,
}


@dataclass
class Shop:
	"""A Marketplace Shop and what hangs on it. Holds no state between jobs."""

	doc: Document

	@property
	def name(self) -> str:
		return self.doc.name

	@property
	def company(self) -> str:
		return self.doc.company

	@cached_property
	def connector_class(self) -> type[Connector]:
		return registry.get(self.doc.marketplace, connector_hooks())

	@property
	def info(self) -> ConnectorInfo:
		return self.connector_class.info

	def connect(self, *, patience: float = 60.0, observer: Observer | None = None) -> Connector:
		"""The connector with this shop's credentials and the budget all workers share.

		Args:
			patience: seconds it may wait in all; 0 in a web request.
		"""
		credentials = self.credentials()
		return self.connector_class.connect(
			credentials,
			base_url=self.server_address(),
			budget=self._budget(credentials),
			observer=observer,
			patience=patience,
		)

	def credentials(self) -> dict[str, str]:
		"""Credentials by the connector's names; missing ones are left out."""
		found: dict[str, str] = {}
		for field, slot in credential_slots(self.info).items():
			value = (
				self.doc.get_password(slot, raise_exception=False)
				if slot in SECRET_SLOTS
				else self.doc.get(slot)
			)
			if value:
				found[field] = value.strip()
		return found

	def server_address(self) -> str | None:
		"""Another server than the marketplace's own: only for training, and only where the site allows it."""
		address = self.doc.server_address
		if not address:
			return None
		if not frappe.conf.get("allow_marketplace_sandbox"):
			raise ConfigurationError(
				_("This shop points to a training server, which this site does not allow."),
				next_step=_(
					"Empty the server address of the shop, or set allow_marketplace_sandbox in the site's config."
				),
			)
		return address

	def is_on(self, stream: str) -> bool:
		"""Whether the stream is switched on in the shop, which may be off itself."""
		return any(row.stream == stream and row.enabled for row in self.doc.streams)

	def stock_policy(self, listing: Mapping | None = None) -> StockPolicy:
		"""The stock policy of the shop, or of one listing where it has its own."""
		source = listing if listing and listing.get("own_stock_policy") else self.doc
		share = source.get("stock_share")
		automatic = self.doc.automatic_buffer and listing and listing.get("automatic_buffer")
		return StockPolicy(
			buffer=source.get("stock_buffer") or 0,
			share=Decimal(100) if share is None else Decimal(str(share)),
			maximum=source.get("stock_maximum") or None,
			stop_at=source.get("stock_stop_at") or 0,
			fast_sale=listing.get("auto_buffer") or 0 if automatic else 0,
		)

	def _budget(self, credentials: Mapping[str, str]) -> RateBudget:
		# Two shops on one account share the account's budget.
		account = hashlib.sha256(self.info.account_key(credentials).encode()).hexdigest()[:16]
		key = f"{frappe.local.site}|marketplace_budget|{self.info.name}|{account}"
		return _account_budget(key, self.connector_class)


def get_shop(name: str) -> Shop:
	"""The shop called `name`, fresh from the database."""
	return Shop(frappe.get_doc("Marketplace Shop", name))


def connector_hooks() -> tuple[str, ...]:
	"""Connector classes other apps bring: every entry of every app's `marketplace_connectors`."""
	return tuple(frappe.get_hooks("marketplace_connectors"))


def credential_slots(info: ConnectorInfo) -> dict[str, str]:
	"""Credential name → field of Marketplace Shop.

	Raises:
		ConfigurationError: the connector wants more of a kind than the shop has fields for.
	"""
	free = {True: list(SECRET_SLOTS), False: list(PUBLIC_SLOTS)}
	slots: dict[str, str] = {}
	for field in info.credential_fields:
		if not free[field.secret]:
			raise ConfigurationError(
				_("The connector {0} cannot be loaded."), values=(info.name,), detail="too many credentials"
			)
		slots[field.name] = free[field.secret].pop(0)
	return slots


def credential_field(info: ConnectorInfo, slot: str) -> CredentialField | None:
	"""The credential kept in a field of the shop."""
	names = {value: key for key, value in credential_slots(info).items()}
	return next((field for field in info.credential_fields if field.name == names.get(slot)), None)


@lru_cache(maxsize=256)
def _account_budget(key: str, cls: type[Connector]) -> RateBudget:
	"""One budget object per process and account: it keeps its script loaded in Redis.

	The counting itself is in Redis; `key` holds the site's name, so sites do not mix.
	"""
	return redis_budget(cls.info.rate_limits, frappe.cache, key, cls.info.parallel_requests)
