"""Stock of the seller's warehouses (FBS and rFBS). Ozon's own stock is not the seller's to set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crm_marketplace.integrations.marketplaces.ozon import endpoints, payloads
from crm_marketplace.integrations.marketplaces.ozon.batches import fate, pushed_rows
from crm_marketplace.integrations.marketplaces.ozon.errors import row_meaning
from crm_marketplace.integrations.marketplaces.ozon.session import (
	OzonSession,
	id_or_none,
	next_cursor,
	page_size,
)
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Page, PushResult, StockLevel
from crm_marketplace.integrations.translation import identity, rows, text_of, translate
from crm_marketplace.integrations.transport import Answer

STOCK_PAGE = 1000  # rows, and articles in one filter
STOCK_BATCH = 100  # product-warehouse pairs in one request


class SyncsOzonStock(OzonSession):
	def stock_levels(
		self, token: str | None = None, listing_ids: Sequence[str] | None = None, limit: int | None = None
	) -> Page[StockLevel]:
		"""Up to 1000 rows, two requests: the method takes articles or SKUs only, so the products of the
		page are listed first. Products the seller has archived hold no stock and are left out, unless
		asked for. See `SyncsStock`.

		Args:
			listing_ids: the same for all pages of a walk.
		"""
		position = unpack_token(token)
		if listing_ids is not None and not listing_ids:
			return Page(())
		# The size of a page of products stays the same while its rows are read: the cursor is about it.
		size = position.get("size", limit)
		if not isinstance(size, int | None):
			raise bad_token()
		size = page_size(size, STOCK_PAGE)
		if listing_ids is None:
			products, after = self._product_page(position, size)
		else:
			products, after = self._asked_products(position, size, listing_ids)
		refs = rows(products.data, "result", "items")
		# An empty page is the end of the list; of ids that were asked for, it is ids the shop no longer has.
		following = pack_token(**after) if after and (refs or listing_ids is not None) else None
		listing_of = {
			offer: identity(ref, "product_id") for ref in refs if (offer := text_of(ref, "offer_id"))
		}
		if not listing_of:
			return Page((), following, products.date)
		body = {
			"offer_id": list(listing_of),
			"limit": page_size(limit, STOCK_PAGE),
			"cursor": str(position.get("cursor", "")),
		}
		answer = self.post(endpoints.STOCK, body)
		items = tuple(
			read_stock_level(raw, listing_of.get(text_of(raw, "offer_id")))
			for raw in rows(answer.data, "products")
		)
		cursor = next_cursor(answer.data)
		if cursor is not None:
			following = pack_token(**{**position, "size": size, "cursor": cursor})
		return Page(items, following, products.date)

	def _product_page(self, position: dict[str, Any], size: int) -> tuple[Answer, dict[str, Any] | None]:
		"""Products from `last_id` on, and the position after them."""
		body = {"filter": {"visibility": "ALL"}, "last_id": str(position.get("last_id", "")), "limit": size}
		answer = self.post(endpoints.PRODUCTS, body)
		last_id = text_of(answer.data, "result", "last_id")
		return answer, {"last_id": last_id} if last_id else None

	def _asked_products(
		self, position: dict[str, Any], size: int, listing_ids: Sequence[str]
	) -> tuple[Answer, dict[str, Any] | None]:
		start = position.get("start", 0)
		if not isinstance(start, int) or not 0 <= start < len(listing_ids):
			raise bad_token()
		some = list(listing_ids[start : start + size])
		answer = self.post(endpoints.PRODUCTS, {"filter": {"product_id": some}, "last_id": "", "limit": size})
		return answer, {"start": start + size} if start + size < len(listing_ids) else None

	def push_stock(self, levels: Sequence[StockLevel]) -> Sequence[PushResult]:
		"""Set what can be sold. One request; `offer_id` is sent, not the product's id: if both are, the
		vendor takes `offer_id` anyway. `quantity` must not contain what the vendor has reserved.

		Raises:
			ValueError: more rows than the vendor takes.
		"""
		if len(levels) > STOCK_BATCH:
			raise ValueError(f"{len(levels)} rows; the method takes {STOCK_BATCH}")
		sent = [level for level in levels if level.warehouse_id.isdecimal()]
		answers: dict[tuple[str, str], payloads.PushedRow] = {}
		if sent:
			stocks = [
				{"offer_id": level.offer_id, "warehouse_id": int(level.warehouse_id), "stock": level.quantity}
				for level in sent
			]
			for row in pushed_rows(self.post(endpoints.STOCK_PUSH, {"stocks": stocks})):
				answers[row.offer_id or "", row.warehouse_id or ""] = row
		return tuple(_result(level, answers.get((level.offer_id, level.warehouse_id))) for level in levels)


def _result(level: StockLevel, row: payloads.PushedRow | None) -> PushResult:
	if level.warehouse_id.isdecimal():
		ok, code, meaning = fate(row)
	else:
		ok, code, meaning = False, *row_meaning([("WAREHOUSE_NOT_FOUND", "")])
	return PushResult(
		listing_id=level.listing_id,
		warehouse_id=level.warehouse_id,
		ok=ok,
		code=code,
		message=meaning.sentence,
		retry_after=meaning.retry_after,
	)


def read_stock_level(raw: Any, listing_id: str | None = None) -> Fetched[StockLevel]:
	"""A row of /v2/product/info/stocks-by-warehouse/fbs. Makes no request.

	Args:
		listing_id: the product's id, where it is known from elsewhere; else the row's own.
	"""
	external_id = identity(raw, "offer_id", "warehouse_id")
	return translate(raw, payloads.StockRow, lambda row: _stock_level(row, listing_id), external_id)


def _stock_level(row: payloads.StockRow, listing_id: str | None) -> StockLevel:
	reserved = max(0, row.reserved or 0)
	free = row.free_stock if row.free_stock is not None else (row.present or 0) - reserved
	return StockLevel(
		listing_id=listing_id or id_or_none(row.product_id) or "",
		offer_id=row.offer_id,
		warehouse_id=row.warehouse_id,
		quantity=max(0, free),  # more reserved than present: nothing is left to sell
		reserved=reserved,
	)
