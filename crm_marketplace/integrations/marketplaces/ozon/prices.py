"""Prices, tax included, in the currency of the seller's cabinet."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from crm_marketplace.integrations.marketplaces.ozon import endpoints, payloads
from crm_marketplace.integrations.marketplaces.ozon.batches import fate, pushed_rows
from crm_marketplace.integrations.marketplaces.ozon.session import OzonSession, money, page_size
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Money, Page, Price, PushResult, rounded
from crm_marketplace.integrations.translation import identity, rows, text_of, translate

PRICE_PAGE = 1000
PRICE_BATCH = 1000


class SyncsOzonPrices(OzonSession):
	def prices(
		self, token: str | None = None, listing_ids: Sequence[str] | None = None, limit: int | None = None
	) -> Page[Price]:
		"""Up to 1000 prices, one request. A page may be empty before the last one. See `SyncsPrices`.

		Args:
			listing_ids: the same for all pages of a walk.
		"""
		position = unpack_token(token)
		if listing_ids is not None and not listing_ids:
			return Page(())
		size = page_size(limit, PRICE_PAGE)
		start = position.get("start", 0)
		if listing_ids is None:
			filter_: dict[str, Any] = {"visibility": "ALL"}
		else:
			if not isinstance(start, int) or not 0 <= start < len(listing_ids):
				raise bad_token()
			filter_ = {"product_id": list(listing_ids[start : start + size])}
		body = {"filter": filter_, "cursor": str(position.get("cursor", "")), "limit": size}
		answer = self.post(endpoints.PRICES, body)
		raws = rows(answer.data, "items")
		following: dict[str, Any] | None = None
		if listing_ids is not None:
			# As many are asked for as fit a page, so there is no second page of the same ids.
			following = {"start": start + size} if start + size < len(listing_ids) else None
		elif raws and (cursor := text_of(answer.data, "cursor")):
			following = {"cursor": cursor}
		items = tuple(read_price(raw) for raw in raws)
		return Page(items, pack_token(**following) if following else None, answer.date)

	def push_prices(self, prices: Sequence[Price]) -> Sequence[PushResult]:
		"""Set prices. One request. An old price of zero takes the struck-through price away; None leaves
		each sum as it is. `cost_price` is the company's own business and is not sent.

		Raises:
			ValueError: more rows than the vendor takes.
		"""
		if len(prices) > PRICE_BATCH:
			raise ValueError(f"{len(prices)} rows; the method takes {PRICE_BATCH}")
		bodies = {price.offer_id: row for price in prices if (row := _row(price))}
		answers: dict[str, payloads.PushedRow] = {}
		if bodies:
			answer = self.post(endpoints.PRICE_PUSH, {"prices": list(bodies.values())})
			answers = {row.offer_id or "": row for row in pushed_rows(answer)}
		return tuple(
			_result(price, answers.get(price.offer_id)) if price.offer_id in bodies else _nothing_to_do(price)
			for price in prices
		)


def _row(price: Price) -> dict[str, str] | None:
	"""A row of /v1/product/import/prices: sums as text, in roubles (or whatever the cabinet's currency is)."""
	sums = {"price": price.price, "old_price": price.old_price, "min_price": price.minimum_price}
	given = {name: sum_ for name, sum_ in sums.items() if sum_ is not None}
	if not given:
		return None
	currency = next(iter(given.values())).currency
	return {
		"offer_id": price.offer_id,
		"currency_code": currency,
		**{name: "0" if not sum_.amount else f"{sum_.amount:f}" for name, sum_ in given.items()},
	}


def _result(price: Price, row: payloads.PushedRow | None) -> PushResult:
	ok, code, meaning = fate(row)
	return PushResult(
		listing_id=price.listing_id,
		ok=ok,
		code=code,
		message=meaning.sentence,
		retry_after=meaning.retry_after,
	)


def _nothing_to_do(price: Price) -> PushResult:
	return PushResult(listing_id=price.listing_id, ok=True)


def read_price(raw: Any) -> Fetched[Price]:
	"""An item of /v5/product/info/prices. Zero old and minimum prices stay zero, as they can be sent.
	Makes no request.
	"""
	return translate(raw, payloads.PriceRow, _price, identity(raw, "product_id"))


def _price(row: payloads.PriceRow) -> Price:
	currency = row.price.currency_code

	def sum_(amount: Decimal | None) -> Money | None:
		return None if amount is None else Money(amount=amount, currency=currency)

	return Price(
		listing_id=row.product_id,
		offer_id=row.offer_id,
		price=sum_(row.price.price),
		old_price=sum_(row.price.old_price),
		minimum_price=sum_(row.price.min_price),
		cost_price=money(row.price.net_price, currency),
		expected_fees=_expected_fees(row),
		fee_rate=row.commissions.sales_percent_fbs if row.commissions else None,
	)


def _expected_fees(row: payloads.PriceRow) -> Money | None:
	"""What Ozon keeps of one FBS sale at this price, the dearest delivery assumed: its share of the price,
	first mile, transport, and the way to the buyer. Without the fee for the payment (`acquiring`), of which
	the specification does not say whether it is a sum or a percentage.
	"""
	fees, price = row.commissions, row.price.price
	if fees is None or not price or fees.sales_percent_fbs is None:
		return None
	share = price * fees.sales_percent_fbs / 100
	delivery = (
		fees.fbs_first_mile_max_amount,
		fees.fbs_direct_flow_trans_max_amount,
		fees.fbs_deliv_to_customer_amount,
	)
	total = sum((amount for amount in delivery if amount), share)
	return Money(amount=rounded(total), currency=row.price.currency_code)
