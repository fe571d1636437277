"""Where goods lie and how they leave, in the marketplace's words."""

from __future__ import annotations

from crm_marketplace.integrations.records.base import ExternalId, Record, StrEnum


class Scheme(StrEnum):
	"""Who holds and ships the goods. FBW and FBY are FBO in other marketplaces' words."""

	FBS = "FBS"
	FBO = "FBO"
	DBS = "DBS"
	EXPRESS = "Express"


class DeliveryMethod(Record):
	"""A way of delivery from a channel warehouse."""

	external_id: ExternalId
	name: str
	warehouse_id: str | None = None
	provider: str | None = None
	is_active: bool = True


class ChannelWarehouse(Record):
	"""A warehouse (or a sales point) as the marketplace knows it."""

	external_id: ExternalId
	name: str
	scheme: Scheme
	is_active: bool = True
	vendor_status: str | None = None
	delivery_methods: tuple[DeliveryMethod, ...] = ()
	# Warehouses of one stock group, in whichever shop of the account, hold one number between them: it is
	# pushed to one of them. None: the number is this warehouse's own.
	stock_group: str | None = None
