"""Prices of cards and sizes, in the currency of the seller's cabinet.

The vendor keeps a price before discount and a discount in per cent, both whole numbers; what the seller gets
his sales counted by is the price after it. That one is our `price`, and the price before the discount is our
`old_price`. A whole per cent seldom leads to a whole sum: 1,999 less 25 % is 1,499.25. Buyers see whole units,
so `price` is the whole part, and a price that is pushed is the whole part of what it becomes: never less than
asked for, and less than one unit more. The old price is as near as whole per cents allow.

Cards have one price for all sizes, unless their category allows one per size (`editableSizePrice`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal
from functools import cached_property
from typing import Any

from pydantic import ValidationError

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints, payloads
from crm_marketplace.integrations.marketplaces.wildberries.errors import IN_QUARANTINE
from crm_marketplace.integrations.marketplaces.wildberries.listings import offer_id, size_names
from crm_marketplace.integrations.marketplaces.wildberries.session import (
	chunks,
	page_size,
)
from crm_marketplace.integrations.marketplaces.wildberries.uploads import (
	Fate,
	UploadsWildberriesPrices,
	Wanted,
	refused,
)
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token, walk
from crm_marketplace.integrations.records import Fetched, Money, Page, Price, PushResult
from crm_marketplace.integrations.translation import (
	contract_error,
	identity,
	rows,
	translate,
	unexpected,
)

GOODS_PAGE = 1000  # cards
PRICE_BATCH = 1000
LARGEST_DISCOUNT = 99  # per cent. UNCONFIRMED: the specification names no limit


@dataclass(frozen=True, slots=True)
class OnSale:
	"""What a size costs now: `before` the discount, and the discount in per cent.

	Args:
		has_own_price: the card has a price for each of its sizes.
	"""

	nm_id: str
	size_id: str
	currency: str
	before: int
	discount: int
	has_own_price: bool

	@classmethod
	def of(cls, card: payloads.Goods, size: payloads.GoodsSize) -> OnSale:
		"""Raises ContractError where there is no price, or a discount that is none."""
		discount = card.discount or 0
		if size.price is None or size.price < 0:
			raise unexpected("sizes.price", "nothing" if size.price is None else "number")
		if not 0 <= discount <= 100:
			raise unexpected("discount", "number")
		return cls(
			card.nm_id, size.size_id, card.currency, size.price, discount, bool(card.editable_size_price)
		)

	@property
	def price(self) -> Decimal:
		return _discounted(self.before, self.discount)


class SyncsWildberriesPrices(UploadsWildberriesPrices):
	def prices(
		self, token: str | None = None, listing_ids: Sequence[str] | None = None, limit: int | None = None
	) -> Page[Price]:
		"""The sizes of up to 1000 cards, at most `limit` cards; one request, and once for each connection those
		for the prices in quarantine. A page may be empty before the last one: the list ends with an empty
		page, and there is no way to ask for sizes, so that those of `listing_ids` are picked from the whole
		list. See `SyncsPrices`.
		"""
		offset, size = unpack_token(token).get("offset", 0), page_size(limit, GOODS_PAGE)
		if not isinstance(offset, int) or offset < 0:
			raise bad_token()
		answer = self.call(endpoints.GOODS, params={"limit": size, "offset": offset})
		goods = rows(answer.data, "data", "listGoods")
		wanted = None if listing_ids is None else set(listing_ids)
		items = tuple(
			item
			for raw in goods
			for item in read_goods(raw, self._held)
			if wanted is None or item.external_id in wanted
		)
		return Page(items, pack_token(offset=offset + size) if goods else None, answer.date)

	def push_prices(self, prices: Sequence[Price]) -> Sequence[PushResult]:
		"""Set prices: reads the ones that are there, uploads those that differ, and waits for the upload to
		be worked off. An `old_price` of zero takes the discount away; None keeps the old price, as far as
		whole per cents allow. The vendor knows no minimum price; it is not sent.

		Requests: one for the present prices, one per upload (cards, sizes), one per look at its state, and
		one for the fates of its rows. Where a price comes without its card's id (`marketplace_ids["nmID"]`),
		the list of prices is walked to find it.

		Raises:
			ValueError: more rows than the vendor takes.
		"""
		if len(prices) > PRICE_BATCH:
			raise ValueError(f"{len(prices)} rows; the method takes {PRICE_BATCH}")
		asked = [price for price in prices if price.price is not None or price.old_price is not None]
		there = self._there(asked) if asked else {}
		fates: dict[str, Fate] = {}
		wanted: dict[str, Wanted] = {}
		for price in asked:
			row = _row(price, there.get(price.listing_id))
			if isinstance(row, Wanted):
				wanted[price.listing_id] = row
			else:
				fates[price.listing_id] = row
		fates |= self.upload(wanted)
		return tuple(_result(price, fates.get(price.listing_id)) for price in prices)

	def _there(self, prices: Sequence[Price]) -> dict[str, OnSale]:
		"""Size → what it costs now; sizes the shop does not have are missing."""
		cards = {price.listing_id: price.marketplace_ids.get("nmID", "") for price in prices}
		homeless = {listing_id for listing_id, card in cards.items() if not card.isdecimal()}
		found: dict[str, OnSale] = {}
		everything = walk(lambda token, limit: self.prices(token, limit=limit), limit=GOODS_PAGE)
		for page in everything if homeless else ():
			found |= {id_: sale for id_, sale in _on_sale(page.items).items() if id_ in cards}
			if homeless <= found.keys():
				break
		known = sorted({int(card) for id_, card in cards.items() if card.isdecimal() and id_ not in found})
		for some in chunks(known, GOODS_PAGE):
			data = self.call(endpoints.SOME_GOODS, {"nmList": list(some)}).data
			goods = rows(data, "data", "listGoods")
			found |= _on_sale(item for raw in goods for item in read_goods(raw))
		return found

	@cached_property
	def _held(self) -> dict[str, Decimal]:
		"""Card → the price it would have, were it not in quarantine."""
		held: dict[str, Decimal] = {}
		offset = 0
		while True:
			data = self.call(endpoints.QUARANTINE, params={"limit": GOODS_PAGE, "offset": offset}).data
			found = data.get("data") if isinstance(data, Mapping) else None
			found = rows(found, "quarantineGoods") if found else []
			for raw in found:
				try:
					card = payloads.QuarantinedGoods.model_validate(raw)
				except ValidationError:
					continue  # what is held back without saying what: the card shows its present price
				if card.new_price is not None:
					discount = card.old_discount if card.new_discount is None else card.new_discount
					held[card.nm_id] = _discounted(card.new_price, discount or 0)
			if len(found) < GOODS_PAGE:
				return held
			offset += GOODS_PAGE


def read_goods(raw: Any, held: Mapping[str, Decimal] | None = None) -> list[Fetched[Price]]:
	"""The sizes of a card of /api/v2/list/goods/filter. Makes no request. A card that cannot be read is one
	item; a size that cannot be read costs no other.

	Args:
		held: card → the price it would have, were it not in quarantine.
	"""
	try:
		card = payloads.Goods.model_validate(raw)
		sizes = rows(raw, "sizes")
	except ValidationError as error:
		return [_unreadable(raw, contract_error(error))]
	except ContractError as error:
		return [_unreadable(raw, error)]
	names = size_names(size.get("techSizeName") if isinstance(size, Mapping) else None for size in sizes)
	waiting = (held or {}).get(card.nm_id)
	return [
		translate(
			{**raw, "sizes": [size]},
			_OneSize,
			lambda payload, name=name: _price(
				OnSale.of(card, payload.sizes[0]),
				offer_id(card.vendor_code or "", payload.sizes[0].size_id, name),
				waiting,
			),
			identity(size, "sizeID"),
		)
		for size, name in zip(sizes, names, strict=True)
	]


class _OneSize(payloads.Payload):
	sizes: tuple[payloads.GoodsSize]


def _unreadable(raw: Any, error: ContractError) -> Fetched[Price]:
	error.record_id = identity(raw, "nmID")
	return Fetched(error.record_id, raw, error=error)


def _on_sale(items: Iterable[Fetched[Price]]) -> dict[str, OnSale]:
	"""Size → what it costs now. What cannot be read is left out: it cannot be set either."""
	return {
		item.external_id: OnSale.of(
			payloads.Goods.model_validate(item.raw), payloads.GoodsSize.model_validate(item.raw["sizes"][0])
		)
		for item in items
		if item.record
	}


def _price(sale: OnSale, offer: str, held: Decimal | None) -> Price:
	def money(amount: Decimal | int) -> Money:
		return Money(amount=amount, currency=sale.currency)

	return Price(
		listing_id=sale.size_id,
		offer_id=offer,
		marketplace_ids={"nmID": sale.nm_id, "chrtID": sale.size_id},
		price=money(sale.price),
		old_price=money(sale.before if sale.discount else 0),
		old_price_fixed=sale.has_own_price,
		held=None if held is None else money(held),
		held_reason="" if held is None else IN_QUARANTINE.sentence,
	)


def _discounted(price: int | Decimal, discount: int) -> Decimal:
	"""The whole part of a price after its discount."""
	return (Decimal(price) * (100 - discount) / 100).to_integral_value(ROUND_FLOOR)


def _row(price: Price, there: OnSale | None) -> Wanted | Fate:
	"""What to upload for a price, or its fate where nothing is to be uploaded."""
	if there is None:
		return refused("not_found")
	sums = [sum_ for sum_ in (price.price, price.old_price) if sum_ is not None]
	if any(sum_.currency != there.currency for sum_ in sums):
		return refused("currency")
	asked = there.price if price.price is None else price.price.amount
	if asked != asked.to_integral_value():
		return refused("not_whole")
	if asked <= 0:
		return refused("zero")
	before, discount = split(int(asked), None if price.old_price is None else price.old_price.amount, there)
	if discount > LARGEST_DISCOUNT:
		return refused("discount")
	if (before, discount) == (there.before, there.discount):
		return None  # it is what it should be: an upload of it would be refused
	return Wanted(there.nm_id, there.size_id if there.has_own_price else None, before, discount)


def split(asked: int, old_price: Decimal | None, there: OnSale) -> tuple[int, int]:
	"""Price before discount and discount, both whole, whose result's whole part is `asked`. A discount of
	100 and more says that there is none.

	A card with a price per size has one discount for all of them, which stays what it is.

	Args:
		old_price: None: as it is now.
	"""
	if there.has_own_price:
		discount = there.discount
	else:
		present = there.before if there.discount else 0
		old = Decimal(present) if old_price is None else old_price
		discount = round((1 - asked / old) * 100) if old > asked else 0
	# Rounded up: the result must not be below what was asked for.
	return -(-asked * 100 // (100 - discount)) if discount < 100 else asked, discount


def _result(price: Price, fate: Fate) -> PushResult:
	if fate is None:
		return PushResult(listing_id=price.listing_id, ok=True)
	code, meaning = fate
	return PushResult(
		listing_id=price.listing_id,
		ok=False,
		code=code,
		message=meaning.sentence,
		retry_after=meaning.retry_after,
	)
