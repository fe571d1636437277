"""Who buys and where the goods go."""

from __future__ import annotations

from typing import Any

from crm_marketplace.integrations.records.base import Degrees, Record


class Party(Record):
	"""A buyer or recipient. Any field may be missing: many marketplaces give none."""

	external_id: str | None = None
	name: str | None = None
	phone: str | None = None
	phone_is_masked: bool = False  # a forwarding number, the same for many buyers
	email: str | None = None
	is_company: bool = False
	company_name: str | None = None
	tax_id: str | None = None

	@property
	def is_known(self) -> bool:
		"""True when there is something to recognise this person by."""
		return bool(self.external_id or self.phone or self.email or self.tax_id)


class Address(Record):
	"""A delivery address, structured as far as the marketplace tells."""

	country: str | None = None
	region: str | None = None
	district: str | None = None
	city: str | None = None
	street: str | None = None
	postcode: str | None = None
	pickup_point: str | None = None
	comment: str | None = None
	latitude: Degrees | None = None
	longitude: Degrees | None = None
