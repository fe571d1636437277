"""Prices, tax included, in the currency of the cabinet.

The cabinet has one price for all its shops; where it allows that, a shop may have its own. Sending a price
sends the struck-through one and the minimum with it, or the vendor forgets them: what is to stay is read
first and sent along.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import ROUND_CEILING, Decimal
from typing import Any

from pydantic import ValidationError

from crm_marketplace.integrations.connector import QUARANTINE
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints, payloads
from crm_marketplace.integrations.marketplaces.yandex_market.batches import send_rows
from crm_marketplace.integrations.marketplaces.yandex_market.errors import (
	IN_QUARANTINE,
	LARGE_DISCOUNT,
	NO_PRICE,
	SMALL_DISCOUNT,
	WRONG_CURRENCY,
	RowMeaning,
)
from crm_marketplace.integrations.marketplaces.yandex_market.quarantine import (
	ReadsQuarantine,
	held_price,
)
from crm_marketplace.integrations.marketplaces.yandex_market.session import (
	money,
	next_page,
	our_currency,
	page_of,
	page_size,
	part_of,
	vendor_currency,
)
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Money, Page, Price, PushResult
from crm_marketplace.integrations.translation import contract_error, identity, rows, text_of, translate
from crm_marketplace.integrations.transport import Answer

PRICE_PAGE = 200  # of 500; quarantine is asked for 200 offers at a time
PRICE_IDS = 200  # in one filter
PRICE_BATCH = 200  # of 500, so that what stays is read, and quarantine looked at, with one request each

SMALLEST_DISCOUNT, LARGEST_DISCOUNT = Decimal(5), Decimal(99)  # per cent
HELD = RowMeaning(QUARANTINE, IN_QUARANTINE)


class SyncsYandexMarketPrices(ReadsQuarantine):
	def prices(
		self, token: str | None = None, listing_ids: Sequence[str] | None = None, limit: int | None = None
	) -> Page[Price]:
		"""Up to 200 prices: one request, and one for quarantine; two more where the shop has prices of its
		own. A price held back is in `held`. Archived cards are left out, unless asked for. See `SyncsPrices`.

		Args:
			listing_ids: the same for all pages of a walk.
		"""
		position = unpack_token(token)
		if listing_ids is not None:
			if not listing_ids:
				return Page(())
			some, start = part_of(listing_ids, position, page_size(limit, PRICE_IDS))
			raws, as_of = self._prices_of(some)
			following = None if start is None else pack_token(start=start)
		elif position.get("own"):
			if self.own_campaign is None:
				raise bad_token()
			raws, page, as_of = self._own_only(position, limit)
			following = None if page is None else pack_token(own=True, page=page)
		else:
			params = {"limit": page_size(limit, PRICE_PAGE), "pageToken": page_of(position)}
			answer = self.call(endpoints.PRICES, {"archived": False}, params=params)
			raws, as_of = self._with_own(rows(answer.data, "result", "offers")), answer.date
			page = next_page(answer.data, "result")
			if page is not None:
				following = pack_token(page=page)
			else:
				following = pack_token(own=True) if self.has_own_prices else None
		items = [read_price(raw, self.has_own_prices) for raw in self._with_quarantine(raws)] if raws else []
		return Page(tuple(items), following, as_of)

	def push_prices(self, prices: Sequence[Price]) -> Sequence[PushResult]:
		"""Set prices. One request; before it one for the settings of the cabinet, once, and one for what is to
		stay (an old or minimum price that is not given); after it one that tells which prices are held back.
		More only where the vendor refuses the batch because of some of its rows.

		An old price of zero takes the struck-through price away, and so does one that no longer fits a new
		price it was not given with. The vendor takes whole old prices: they are rounded up.
		`cost_price` is the company's own business and is not sent. New prices are shown after some minutes.

		Raises:
			ValueError: more rows than the vendor takes.
		"""
		if len(prices) > PRICE_BATCH:
			raise ValueError(f"{len(prices)} rows; the method takes {PRICE_BATCH}")
		wanted = [price for price in prices if _says_something(price)]
		fate: dict[str, RowMeaning | None] = {}
		bodies: dict[str, dict[str, Any]] = {}
		current = self._current([price.offer_id for price in wanted if _leaves_something(price)])
		for price in wanted:
			body, problem = self._body(price, current.get(price.offer_id))
			if problem is None:
				bodies[price.offer_id] = body
			else:
				fate[price.offer_id] = problem
		fate.update(send_rows(list(bodies), lambda some: self._send_prices(some, bodies), lambda id_: (id_,)))
		taken = [offer_id for offer_id in bodies if fate[offer_id] is None]
		fate.update(dict.fromkeys(self.quarantined(taken), HELD) if taken else {})
		return tuple(_result(price, fate.get(price.offer_id)) for price in prices)

	# --- reading -------------------------------------------------------------------------------

	def _prices_of(self, offer_ids: Sequence[str]) -> tuple[list[Any], datetime | None]:
		"""What some offers cost, those of which the shop alone knows a price too, and as of when."""
		answer = self.call(endpoints.PRICES, {"offerIds": list(dict.fromkeys(offer_ids))})
		return self._with_own(rows(answer.data, "result", "offers"), offer_ids), answer.date

	def _own_only(
		self, position: Mapping[str, Any], limit: int | None
	) -> tuple[list[Any], str | None, datetime | None]:
		"""A page of the shop's own prices without those of offers that the cabinet has a price for: they came
		before. With them the vendor's token of the next page, and as of when it is.
		"""
		params = {"limit": page_size(limit, PRICE_IDS), "pageToken": page_of(position)}
		answer = self.call(endpoints.SHOP_PRICES, params=params, campaignId=self.own_campaign or "")
		own = _own_prices(answer)
		if own:
			base = self.call(endpoints.PRICES, {"offerIds": list(own)})
			for raw in rows(base.data, "result", "offers"):
				own.pop(text_of(raw, "offerId"), None)
		raws = [_with_price({"offerId": offer_id}, price) for offer_id, price in own.items()]
		return raws, next_page(answer.data, "result"), answer.date

	def _with_own(self, raws: Sequence[Any], offer_ids: Sequence[str] | None = None) -> list[Any]:
		"""Prices of the cabinet with the shop's own beside them.

		Args:
			offer_ids: ask for the own prices of these, and add those the cabinet has none for.
		"""
		asked = offer_ids or [offer_id for raw in raws if (offer_id := text_of(raw, "offerId"))]
		if not asked or not self.has_own_prices:
			return list(raws)
		body = {"offerIds": list(dict.fromkeys(asked))}
		own = _own_prices(self.call(endpoints.SHOP_PRICES, body, campaignId=self.own_campaign or ""))
		found = [_with_price(raw, own.pop(text_of(raw, "offerId"), None)) for raw in raws]
		return found + [_with_price({"offerId": offer_id}, price) for offer_id, price in own.items()]

	def _with_quarantine(self, raws: Sequence[Any]) -> list[Any]:
		held = self.quarantined([offer_id for raw in raws if (offer_id := text_of(raw, "offerId"))])
		return [
			{**raw, "quarantine": held[offer_id]} if (offer_id := text_of(raw, "offerId")) in held else raw
			for raw in raws
		]

	def _current(self, offer_ids: Sequence[str]) -> dict[str, payloads.PriceRow]:
		"""What some offers cost now; without those that have no price yet. No request for none."""
		if not offer_ids:
			return {}
		try:
			found = [payloads.PriceRow.model_validate(raw) for raw in self._prices_of(offer_ids)[0]]
		except ValidationError as error:
			raise contract_error(error) from None
		return {row.offer_id: row for row in found}

	# --- sending -------------------------------------------------------------------------------

	def _body(
		self, price: Price, current: payloads.PriceRow | None
	) -> tuple[dict[str, Any], RowMeaning | None]:
		"""The row as it is sent, or why it cannot be."""
		now = (current.shop_price or current.price if current else None) or payloads.Price()
		sums = [each for each in (price.price, price.old_price, price.minimum_price) if each is not None]
		currency = our_currency(self.settings.currency) or sums[0].currency
		if any(each.currency != currency for each in sums):
			return {}, WRONG_CURRENCY
		value = price.price.amount if price.price else now.value
		if not value or value < 0:
			return {}, NO_PRICE
		old, problem = _old_price(price, value, now.discount_base)
		if problem:
			return {}, problem
		body: dict[str, Any] = {"value": value, "currencyId": vendor_currency(currency)}
		if old:
			body["discountBase"] = old
		minimum = price.minimum_price.amount if price.minimum_price else now.minimum_for_bestseller
		if minimum and not self.has_own_prices:
			body["minimumForBestseller"] = minimum
		return body, None

	def _send_prices(self, offer_ids: Sequence[str], bodies: dict[str, dict[str, Any]]) -> None:
		offers = [{"offerId": offer_id, "price": bodies[offer_id]} for offer_id in offer_ids]
		if self.has_own_prices:
			self.call(endpoints.SHOP_PRICE_PUSH, {"offers": offers}, campaignId=self.own_campaign or "")
		else:
			self.call(endpoints.PRICE_PUSH, {"offers": offers})


def _says_something(price: Price) -> bool:
	return any(each is not None for each in (price.price, price.old_price, price.minimum_price))


def _leaves_something(price: Price) -> bool:
	return any(each is None for each in (price.price, price.old_price, price.minimum_price))


def _old_price(
	price: Price, value: Decimal, before: Decimal | None
) -> tuple[Decimal | None, RowMeaning | None]:
	"""The struck-through price to send, if any, or why the one that is wanted cannot be."""
	wanted = price.old_price.amount if price.old_price else before
	if not wanted:
		return None, None
	wanted = wanted.to_integral_value(ROUND_CEILING)
	discount = (wanted - value) * 100 / wanted
	if SMALLEST_DISCOUNT <= discount <= LARGEST_DISCOUNT:
		return wanted, None
	if price.old_price is None:
		return None, None
	return None, SMALL_DISCOUNT if discount < SMALLEST_DISCOUNT else LARGE_DISCOUNT


def _result(price: Price, problem: RowMeaning | None) -> PushResult:
	return PushResult(
		listing_id=price.listing_id,
		ok=problem is None,
		code=problem.code if problem else None,
		message=problem.sentence if problem else "",
		retry_after=problem.retry_after if problem else None,
	)


def _own_prices(answer: Answer) -> dict[str, Any]:
	"""Offer → the price the shop has of its own for it."""
	return {
		offer_id: raw["price"]
		for raw in rows(answer.data, "result", "offers")
		if (offer_id := text_of(raw, "offerId")) and raw.get("price")
	}


def _with_price(raw: Any, own: Any) -> Any:
	return raw if own is None else {**raw, "shopPrice": own}


def read_price(raw: Any, has_own_prices: bool = False) -> Fetched[Price]:
	"""A price of the cabinet, to which `shopPrice` and `quarantine` may have been added. Makes no request.

	Args:
		has_own_prices: prices are set for the shop, where there is no minimum.
	"""
	return translate(
		raw, payloads.PriceRow, lambda row: _price(row, has_own_prices), identity(raw, "offerId")
	)


def _price(row: payloads.PriceRow, has_own_prices: bool) -> Price:
	base = row.price or payloads.Price()
	shown = row.shop_price if row.shop_price and row.shop_price.value is not None else base
	currency = shown.currency_id or base.currency_id
	held: Money | None = held_price(row.quarantine, currency)
	return Price(
		listing_id=row.offer_id,
		offer_id=row.offer_id,
		price=money(shown.value, currency),
		old_price=money(shown.discount_base, currency),
		minimum_price=money(base.minimum_for_bestseller, base.currency_id),
		minimum_price_fixed=has_own_prices,
		held=held,
		held_reason=IN_QUARANTINE if row.quarantine else "",
	)
