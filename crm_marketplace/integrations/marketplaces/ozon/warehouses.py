"""The seller's warehouses (FBS and rFBS) with their delivery methods."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from crm_marketplace.integrations.marketplaces.ozon import endpoints, payloads
from crm_marketplace.integrations.marketplaces.ozon.session import (
	OzonSession,
	chunks,
	id_or_none,
	next_cursor,
)
from crm_marketplace.integrations.marketplaces.ozon.statuses import (
	ACTIVE_DELIVERY,
	ACTIVE_WAREHOUSE,
	warehouse_scheme,
)
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import ChannelWarehouse, DeliveryMethod, Fetched, Page
from crm_marketplace.integrations.translation import identity, rows, translate

WAREHOUSE_PAGE = 200
DELIVERY_PAGE = 100
DELIVERY_FILTER = 100  # warehouses in one request


class ListsOzonWarehouses(OzonSession):
	def warehouses(self, token: str | None = None) -> Page[ChannelWarehouse]:
		"""Up to 200 warehouses: one request for them, and those for their delivery methods.

		See `ListsWarehouses`. An rFBS warehouse on pause is inactive whatever its status.
		"""
		answer = self.post(endpoints.WAREHOUSES, {"limit": WAREHOUSE_PAGE, "cursor": token or ""})
		raws = rows(answer.data, "warehouses")
		methods = self._delivery_methods([identity(raw, "warehouse_id") for raw in raws])
		items = tuple(read_warehouse(raw, methods.get(identity(raw, "warehouse_id"), ())) for raw in raws)
		return Page(items, next_cursor(answer.data), answer.date)

	def _delivery_methods(self, warehouse_ids: Sequence[str]) -> dict[str, tuple[DeliveryMethod, ...]]:
		found: dict[str, list[DeliveryMethod]] = defaultdict(list)
		for some in chunks([id_ for id_ in warehouse_ids if id_.isdecimal()], DELIVERY_FILTER):
			for page in walk(lambda token, limit, some=some: self._delivery_page(some, token, limit)):
				for item in page.items:
					if item.record and item.record.warehouse_id:
						found[item.record.warehouse_id].append(item.record)
		return {warehouse_id: tuple(methods) for warehouse_id, methods in found.items()}

	def _delivery_page(
		self, warehouse_ids: Sequence[str], token: str | None, limit: int
	) -> Page[DeliveryMethod]:
		body = {
			"filter": {"warehouse_ids": list(warehouse_ids)},
			"limit": min(limit, DELIVERY_PAGE),
			"cursor": token or "",
			"sort_dir": "ASC",
		}
		data = self.post(endpoints.DELIVERY_METHODS, body).data
		items = tuple(read_delivery_method(raw) for raw in rows(data, "delivery_methods"))
		return Page(items, next_cursor(data))


def read_delivery_method(raw: Any) -> Fetched[DeliveryMethod]:
	"""A method of /v2/delivery-method/list. Its service has no name there, only the kind of integration."""
	return translate(raw, payloads.DeliveryMethod, _delivery_method, identity(raw, "id"))


def read_warehouse(raw: Any, methods: Sequence[DeliveryMethod] = ()) -> Fetched[ChannelWarehouse]:
	"""A warehouse of /v2/warehouse/list, with the delivery methods read for it."""
	return translate(
		raw, payloads.Warehouse, lambda payload: _warehouse(payload, methods), identity(raw, "warehouse_id")
	)


def _delivery_method(payload: payloads.DeliveryMethod) -> DeliveryMethod:
	return DeliveryMethod(
		external_id=payload.id,
		name=payload.name or payload.id,
		warehouse_id=id_or_none(payload.warehouse_id),
		provider=payload.tpl_integration_type or None,
		is_active=payload.status == ACTIVE_DELIVERY,
	)


def _warehouse(payload: payloads.Warehouse, methods: Sequence[DeliveryMethod]) -> ChannelWarehouse:
	return ChannelWarehouse(
		external_id=payload.warehouse_id,
		name=payload.name or payload.warehouse_id,
		scheme=warehouse_scheme(bool(payload.is_rfbs), bool(payload.is_express)),
		is_active=payload.status == ACTIVE_WAREHOUSE and payload.pause_at is None,
		vendor_status=payload.status,
		delivery_methods=tuple(methods),
	)
