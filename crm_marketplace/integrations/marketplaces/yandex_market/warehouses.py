"""The seller's warehouses, in a cabinet with groups of warehouses or in one without.

The two kinds of cabinets have methods of their own for warehouses and for stock. Which kind it is says the
first answer: the method for cabinets without groups is refused in one with groups. UNCONFIRMED: with which
code; any refusal of the request itself is taken for it. What was found out is kept in `stock_group`: both
lists of warehouses may be asked for 100 times an hour only, by all shops of a key together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from crm_marketplace.integrations.errors import ConfigurationError, RejectedError
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints, payloads
from crm_marketplace.integrations.marketplaces.yandex_market.session import (
	YandexMarketSession,
	next_page,
	page_of,
)
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import (
	AVAILABLE,
	PLACEMENTS,
	SCHEMES,
)
from crm_marketplace.integrations.paging import pack_token, unpack_token, walk
from crm_marketplace.integrations.records import ChannelWarehouse, Fetched, Page, Scheme
from crm_marketplace.integrations.translation import identity, rows, translate
from crm_marketplace.integrations.transport import Answer

WAREHOUSE_PAGE = 30
# What holds one number of a product, as `stock_group` says it: with groups a group, or a shop that is in none
# (stock is sent to the shop, whichever warehouse it is for); without groups a warehouse.
GROUP, SHOP, WAREHOUSE = "group:", "shop:", "warehouse:"
SWITCHED_OFF_BY_SELLER = "DISABLED_MANUALLY"


class ListsYandexMarketWarehouses(YandexMarketSession):
	knows_groups = False  # somebody said that the cabinet has groups, so that need not be found out

	def warehouses(self, token: str | None = None) -> Page[ChannelWarehouse]:
		"""Up to 30 warehouses that can ship what the shop sells. One request; one more at first in a cabinet
		with groups, and one to know how the shop works. See `ListsWarehouses`.

		A warehouse without groups is told as the cabinet's: in two shops of one cabinet it is the same one,
		with one number of each product. `stock_group` says so.
		"""
		position = unpack_token(token)
		answer, is_grouped = self._warehouse_page(position)
		raws = rows(answer.data, "result", "warehouses")
		if is_grouped:
			raws = [raw for raw in raws if self._is_own(raw)]
			items = [read_grouped_warehouse(raw, self._schemes(_campaign_of(raw))) for raw in raws]
		else:
			items = [read_warehouse(raw, self._schemes(self.own_campaign)) for raw in raws]
			items = [item for item in items if item is not None]
		page = next_page(answer.data, "result")
		following = None if page is None else pack_token(page=page, grouped=is_grouped)
		return Page(tuple(items), following, answer.date)

	def _warehouse_page(self, position: Mapping[str, Any]) -> tuple[Answer, bool]:
		"""A page of warehouses, and whether the cabinet has groups."""
		params = {"limit": WAREHOUSE_PAGE, "pageToken": page_of(position)}
		if not position.get("grouped") and not self.knows_groups:
			try:
				return self.call(endpoints.WAREHOUSES, params=params), False
			except (RejectedError, ConfigurationError):
				if position:
					raise
		body: dict[str, Any] = {"components": ["STATUS"]}
		if self.own_campaign:
			body["campaignIds"] = [int(self.own_campaign)]
		return self.call(endpoints.GROUPED_WAREHOUSES, body, params=params), True

	@cached_property
	def all_warehouses(self) -> dict[str, Fetched[ChannelWarehouse]]:
		"""Every warehouse of the shop by id. Asked for once."""
		pages = walk(lambda token, limit: self.warehouses(token))
		return {item.external_id: item for page in pages for item in page.items}

	@cached_property
	def grouped_campaigns(self) -> dict[str, str]:
		"""Warehouse → the campaign whose stock it holds, in a cabinet with groups; empty in one without."""
		return {
			id_: _campaign_of(item.raw)
			for id_, item in self.all_warehouses.items()
			if isinstance(item.raw, Mapping) and "campaignId" in item.raw
		}

	def _is_own(self, raw: Any) -> bool:
		return self.own_campaign in (None, _campaign_of(raw))

	def _schemes(self, campaign_id: str | None) -> Sequence[Scheme]:
		"""How the shop works; every way in the cabinet as a whole."""
		if campaign_id is None:
			return tuple(SCHEMES.values())
		campaign = self.cabinet.campaigns.get(campaign_id)
		return PLACEMENTS.get((campaign.placement_type if campaign else None) or "", ())


def read_warehouse(
	raw: Any, schemes: Sequence[Scheme] = tuple(SCHEMES.values())
) -> Fetched[ChannelWarehouse] | None:
	"""A warehouse of a cabinet without groups, as one of a shop that works in these ways. None where it works
	in others only. Makes no request.
	"""
	item = translate(
		raw, payloads.Warehouse, lambda payload: _warehouse(payload, schemes), identity(raw, "id")
	)
	return None if item.record is not None and item.record.scheme not in schemes else item


def read_grouped_warehouse(raw: Any, schemes: Sequence[Scheme]) -> Fetched[ChannelWarehouse]:
	"""A warehouse of a cabinet with groups; `schemes` are those of its shop. Makes no request."""
	return translate(
		raw,
		payloads.GroupedWarehouse,
		lambda payload: _grouped_warehouse(payload, schemes),
		identity(raw, "id"),
	)


def _warehouse(payload: payloads.Warehouse, schemes: Sequence[Scheme]) -> ChannelWarehouse:
	"""Of several models the first that is switched on and the shop works in; else the first."""
	models = [(SCHEMES.get(model.placement_type), model) for model in payload.models or ()]
	known = [(scheme, model) for scheme, model in models if scheme is not None]
	fitting = [(scheme, model) for scheme, model in known if scheme in schemes]
	available = [pair for pair in fitting if pair[1].api_availability == AVAILABLE]
	scheme, model = next(iter(available or fitting or known), (Scheme.FBS, payloads.Model(placement_type="")))
	return ChannelWarehouse(
		external_id=payload.id,
		name=payload.name or payload.id,
		scheme=scheme,
		is_active=bool(available),
		vendor_status=model.api_availability,
		stock_group=f"{WAREHOUSE}{payload.id}",
	)


def _grouped_warehouse(payload: payloads.GroupedWarehouse, schemes: Sequence[Scheme]) -> ChannelWarehouse:
	status = payload.status or payloads.WarehouseStatus()
	if payload.express:
		scheme = Scheme.EXPRESS
	else:
		scheme = next((each for each in schemes if each is not Scheme.EXPRESS), Scheme.FBS)
	return ChannelWarehouse(
		external_id=payload.id,
		name=payload.name or payload.id,
		scheme=scheme,
		is_active=status.status != SWITCHED_OFF_BY_SELLER,
		vendor_status=status.status,
		stock_group=f"{GROUP}{payload.group_info.id}"
		if payload.group_info
		else f"{SHOP}{payload.campaign_id}",
	)


def _campaign_of(raw: Any) -> str:
	return identity(raw, "campaignId")
