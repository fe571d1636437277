"""The seller's warehouses: FBS, DBS and express ones, and those of models we do not read orders of."""

from __future__ import annotations

from typing import Any

from crm_marketplace.integrations.marketplaces.wildberries import endpoints, payloads
from crm_marketplace.integrations.marketplaces.wildberries.session import WildberriesSession
from crm_marketplace.integrations.marketplaces.wildberries.statuses import (
	OTHER_WAREHOUSES,
	WAREHOUSE_SCHEMES,
)
from crm_marketplace.integrations.paging import bad_token
from crm_marketplace.integrations.records import ChannelWarehouse, Fetched, Page, Scheme
from crm_marketplace.integrations.translation import identity, rows, translate, unexpected

BEING_DELETED, BEING_CHANGED = "deleting", "processing"


class ListsWildberriesWarehouses(WildberriesSession):
	def warehouses(self, token: str | None = None) -> Page[ChannelWarehouse]:
		"""All warehouses, in one page. One request. See `ListsWarehouses`."""
		if token is not None:
			raise bad_token()
		answer = self.call(endpoints.WAREHOUSES)
		return Page(tuple(read_warehouse(raw) for raw in rows(answer.data)), None, answer.date)


def read_warehouse(raw: Any) -> Fetched[ChannelWarehouse]:
	"""A warehouse of /api/v3/warehouses. Makes no request."""
	return translate(raw, payloads.Warehouse, _warehouse, identity(raw, "id"))


def _warehouse(payload: payloads.Warehouse) -> ChannelWarehouse:
	kind = payload.delivery_type
	scheme = WAREHOUSE_SCHEMES.get(kind or 0)
	other = OTHER_WAREHOUSES.get(kind or 0)
	if scheme is None and other is None:
		raise unexpected("deliveryType", "unknown way of delivery", str(kind))
	status = other
	if payload.is_processing:
		status = BEING_CHANGED  # for minutes: it stays active, and stock waits
	if payload.is_deleting:
		status = BEING_DELETED
	return ChannelWarehouse(
		external_id=payload.id,
		name=payload.name or payload.id,
		scheme=scheme or Scheme.DBS,
		is_active=scheme is not None and not payload.is_deleting,
		vendor_status=status,
	)
