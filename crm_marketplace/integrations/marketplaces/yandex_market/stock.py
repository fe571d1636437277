"""Stock of the seller's warehouses. The marketplace's own stock (FBY) is not the seller's to set.

What is sent is what can be ordered on the marketplace: units on hand less all open reservations. The vendor
lowers his number with each order by himself, so orders are to be read before stock is computed and sent:
https://yandex.ru/dev/market/partner-api/doc/ru/step-by-step/stocks

In a cabinet with groups of warehouses a shop has one warehouse, stock is sent to the shop, and all warehouses
of a group take the number over. In a cabinet without groups it is sent to warehouses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from crm_marketplace.integrations.errors import ConfigurationError, RejectedError
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints, payloads
from crm_marketplace.integrations.marketplaces.yandex_market.batches import send_rows
from crm_marketplace.integrations.marketplaces.yandex_market.errors import (
	NO_WAREHOUSE,
	SAME_GROUP,
	TOO_MANY,
	Refusal,
	RowMeaning,
)
from crm_marketplace.integrations.marketplaces.yandex_market.session import (
	next_page,
	page_of,
	page_size,
	part_of,
)
from crm_marketplace.integrations.marketplaces.yandex_market.warehouses import (
	GROUP,
	SHOP,
	ListsYandexMarketWarehouses,
)
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Page, PushResult, StockLevel
from crm_marketplace.integrations.translation import identity, rows, translate
from crm_marketplace.integrations.transport import Answer

STOCK_PAGE = 100  # "larger values are cut silently"
STOCK_IDS = 100  # of 500 in one filter, whose answer has no pages
STOCK_BATCH = 2000
MAXIMUM_STOCK = 999_999_999  # of two thousand million; more than a record of ours holds


class SyncsYandexMarketStock(ListsYandexMarketWarehouses):
	def stock_levels(
		self, token: str | None = None, listing_ids: Sequence[str] | None = None, limit: int | None = None
	) -> Page[StockLevel]:
		"""Up to 100 rows of one warehouse after the other. One request, and at first those for the warehouses.
		A page may be empty before the last one. Archived cards hold no stock and are left out, unless asked
		for. See `SyncsStock`.

		Args:
			listing_ids: the same for all pages of a walk.
		"""
		position = unpack_token(token)
		places = self._places()
		if not places or listing_ids == []:
			return Page(())
		place = position.get("place", places[0])
		if place not in places:
			raise bad_token()
		following = dict(position)
		if listing_ids is None:
			params = {"limit": page_size(limit, STOCK_PAGE), "pageToken": page_of(position)}
			answer = self._stock_of(place, {}, params)
			following["page"] = next_page(answer.data, "result")
			is_over = following["page"] is None
		else:
			some, following["start"] = part_of(listing_ids, position, page_size(limit, STOCK_IDS))
			answer = self._stock_of(place, {"offerIds": some}, {})
			is_over = following["start"] is None
		if is_over:
			later = places[places.index(place) + 1 :]
			following = {"place": later[0]} if later else {}
		else:
			following["place"] = place
		kept = {name: value for name, value in following.items() if value is not None}
		items = tuple(read_stock_level(raw) for raw in self._rows_of(place, answer.data))
		return Page(items, pack_token(**kept) if kept else None, answer.date)

	def push_stock(self, levels: Sequence[StockLevel]) -> Sequence[PushResult]:
		"""Set what can be ordered. One request; in a cabinet with groups one per shop among the rows, after
		those that find it out where no `stock_group` tells it. More only where the vendor refuses the batch
		because of some of its rows.

		Raises:
			ValueError: more rows than the vendor takes.
		"""
		if len(levels) > STOCK_BATCH:
			raise ValueError(f"{len(levels)} rows; the method takes {STOCK_BATCH}")
		fate: dict[tuple[str, str], RowMeaning | None] = {}
		sent: dict[tuple[str, str], StockLevel] = {}
		for level in levels:
			problem = _problem(level)
			if problem:
				fate[_key(level)] = problem
			else:
				sent[_key(level)] = level
		if sent:
			fate.update(self._send_stock(list(sent.values())))
		return tuple(_result(level, fate[_key(level)]) for level in levels)

	# --- reading -------------------------------------------------------------------------------

	def _places(self) -> list[str]:
		"""What stock is asked by, in a fixed order: the shops of a cabinet with groups, else warehouses."""
		if self.grouped_campaigns:
			return sorted(set(self.grouped_campaigns.values()), key=_in_order)
		readable = (item.record for item in self.all_warehouses.values() if item.record)
		return sorted((warehouse.external_id for warehouse in readable), key=_in_order)

	def _stock_of(self, place: str, body: Mapping[str, Any], params: Mapping[str, Any]) -> Answer:
		if self.grouped_campaigns:
			return self.call(endpoints.GROUPED_STOCK, body, params=params, campaignId=place)
		return self.call(endpoints.STOCK, {"partnerWarehouseId": int(place), **body}, params=params)

	def _rows_of(self, place: str, data: Any) -> Iterable[dict[str, Any]]:
		"""Rows with the warehouse they are of. The vendor's own return warehouses are not the seller's."""
		if not self.grouped_campaigns:
			yield from (_with_warehouse(raw, place) for raw in rows(data, "result", "offers"))
			return
		for warehouse in rows(data, "result", "warehouses"):
			id_ = identity(warehouse, "warehouseId")
			if self.grouped_campaigns.get(id_) == place:
				yield from (_with_warehouse(raw, id_) for raw in rows(warehouse, "offers"))

	# --- sending -------------------------------------------------------------------------------

	def _send_stock(self, levels: Sequence[StockLevel]) -> dict[tuple[str, str], RowMeaning | None]:
		"""Fate of each row. Which kind of cabinet it is the rows say, or it shows when the method for the
		usual kind is refused: asking for it each time would cost more requests than the vendor allows.
		"""
		if any((level.stock_group or "").startswith((GROUP, SHOP)) for level in levels):
			try:
				return self._send_to_known_groups(levels)
			except (RejectedError, ConfigurationError):
				# Some row is bad, or the cabinet has no groups any more: both are found out below.
				self.knows_groups = False
		if "all_warehouses" not in vars(self):
			try:
				self._send_to_warehouses(levels)
			except (Refusal, ConfigurationError):
				pass
			else:
				return dict.fromkeys(map(_key, levels))
		if not self.grouped_campaigns:
			by_key = {_key(level): level for level in levels}
			return send_rows(
				list(by_key), lambda some: self._send_to_warehouses([by_key[key] for key in some]), tuple
			)
		return self._send_to_groups(levels)

	def _send_to_warehouses(self, levels: Sequence[StockLevel]) -> None:
		items = [
			{
				"sku": level.offer_id,
				"partnerWarehouseId": int(level.warehouse_id),
				"count": level.quantity,
			}
			for level in levels
		]
		self.call(endpoints.STOCK_PUSH, {"skuItems": items})

	def _send_to_known_groups(self, levels: Sequence[StockLevel]) -> dict[tuple[str, str], RowMeaning | None]:
		"""As `_send_to_groups`, but one shop needs no list of warehouses: what is sent is the shop's."""
		if self.own_campaign is None or len({level.stock_group for level in levels}) > 1:
			self.knows_groups = True
			return self._send_to_groups(levels)
		smallest: dict[str, int] = {}
		for level in levels:
			smallest[level.offer_id] = min(level.quantity, smallest.get(level.offer_id, level.quantity))
		self._send_to_campaign(self.own_campaign, smallest)
		return {
			_key(level): None if level.quantity == smallest[level.offer_id] else SAME_GROUP
			for level in levels
		}

	def _send_to_groups(self, levels: Sequence[StockLevel]) -> dict[tuple[str, str], RowMeaning | None]:
		"""One number for each product and group: the smallest one asked for, so that nothing is promised twice."""
		fate: dict[tuple[str, str], RowMeaning | None] = {}
		of_group: dict[tuple[str, str], list[StockLevel]] = defaultdict(list)
		for level in levels:
			item = self.all_warehouses.get(level.warehouse_id)
			if level.warehouse_id not in self.grouped_campaigns or item is None or item.record is None:
				fate[_key(level)] = NO_WAREHOUSE
				continue
			group = item.record.stock_group or level.warehouse_id
			of_group[level.offer_id, group].append(level)
		of_campaign: dict[str, dict[str, list[StockLevel]]] = defaultdict(dict)
		for (offer_id, _group), same in of_group.items():
			same.sort(key=lambda level: level.quantity)
			of_campaign[self.grouped_campaigns[same[0].warehouse_id]][offer_id] = same
		for campaign_id, offers in of_campaign.items():
			result = send_rows(
				list(offers),
				lambda some, offers=offers, campaign_id=campaign_id: self._send_to_campaign(
					campaign_id, {offer_id: offers[offer_id][0].quantity for offer_id in some}
				),
				lambda offer_id: (offer_id,),
			)
			for offer_id, same in offers.items():
				for level in same:
					is_smallest = level.quantity == same[0].quantity
					fate[_key(level)] = result[offer_id] or (None if is_smallest else SAME_GROUP)
		return fate

	def _send_to_campaign(self, campaign_id: str, quantities: Mapping[str, int]) -> None:
		skus = [{"sku": sku, "items": [{"count": count}]} for sku, count in quantities.items()]
		self.call(endpoints.GROUPED_STOCK_PUSH, {"skus": skus}, campaignId=campaign_id)


def _key(level: StockLevel) -> tuple[str, str]:
	return level.offer_id, level.warehouse_id


def _problem(level: StockLevel) -> RowMeaning | None:
	"""What is wrong with a row before anything is sent. One bad row would cost the others."""
	if not (level.warehouse_id.isascii() and level.warehouse_id.isdecimal() and len(level.warehouse_id) < 19):
		return NO_WAREHOUSE
	return TOO_MANY if level.quantity > MAXIMUM_STOCK else None


def _result(level: StockLevel, problem: RowMeaning | None) -> PushResult:
	return PushResult(
		listing_id=level.listing_id,
		warehouse_id=level.warehouse_id,
		ok=problem is None,
		code=problem.code if problem else None,
		message=problem.sentence if problem else "",
		retry_after=problem.retry_after if problem else None,
	)


def _in_order(id_: str) -> tuple[int, str]:
	return len(id_), id_


def _with_warehouse(raw: Any, warehouse_id: str) -> dict[str, Any]:
	return {**(raw if isinstance(raw, Mapping) else {"row": raw}), "warehouseId": warehouse_id}


def read_stock_level(raw: Any) -> Fetched[StockLevel]:
	"""A row of either family with `warehouseId` added to it. Makes no request."""
	return translate(raw, payloads.StockRow, _stock_level, identity(raw, "offerId", "warehouseId"))


def _stock_level(row: payloads.StockRow) -> StockLevel:
	counts = {stock.type: stock.count for stock in row.stocks or () if stock.count is not None}
	fit, frozen = counts.get("FIT"), counts.get("FREEZE")
	free = counts.get("AVAILABLE", (fit or 0) - (frozen or 0))
	reserved = frozen if frozen is not None else (fit or free) - free
	return StockLevel(
		listing_id=row.offer_id,
		offer_id=row.offer_id,
		warehouse_id=row.warehouse_id,
		quantity=max(0, free),
		reserved=max(0, reserved),
	)
