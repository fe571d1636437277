"""The cards of the cabinet that are in the shop: first all that are not archived, then the archived ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crm_marketplace.integrations.errors import PermissionMissing
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints, payloads
from crm_marketplace.integrations.marketplaces.yandex_market.errors import IN_QUARANTINE
from crm_marketplace.integrations.marketplaces.yandex_market.quarantine import ReadsQuarantine
from crm_marketplace.integrations.marketplaces.yandex_market.session import (
	money,
	next_page,
	page_of,
	page_size,
)
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import (
	ARCHIVED,
	CARD_STATES,
	IN_NO_SHOP,
	ON_SALE,
	SHOP_STATES,
	CardState,
)
from crm_marketplace.integrations.paging import pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Listing, ListingState, Page
from crm_marketplace.integrations.translation import identity, rows, text_of, translate

LISTING_PAGE = 100
BUYERS_SHOWCASE = "B2C"  # the other one is for companies


class ListsYandexMarketListings(ReadsQuarantine):
	def listings(self, token: str | None = None, limit: int | None = None) -> Page[Listing]:
		"""Up to 100 cards, one request, and one or two for their prices in quarantine, which the product is
		hidden for. A page may be empty before the last one. See `ListsListings`.
		"""
		position = unpack_token(token)
		archived = bool(position.get("archived"))
		params = {"limit": page_size(limit, LISTING_PAGE), "pageToken": page_of(position)}
		answer = self.call(endpoints.OFFERS, {"archived": archived}, params=params)
		raws = [raw for raw in rows(answer.data, "result", "offerMappings") if self._is_in_shop(raw)]
		held = self._held(raws) if not archived else {}
		items = tuple(
			read_listing(raw, self.own_campaign, is_held=text_of(raw, "offer", "offerId") in held)
			for raw in raws
		)
		page = next_page(answer.data, "result")
		if page is not None:
			following = pack_token(archived=archived, page=page)
		else:
			following = None if archived else pack_token(archived=True)
		return Page(items, following, answer.date)

	def _held(self, raws: Sequence[Any]) -> dict[str, Any]:
		offer_ids = [text_of(raw, "offer", "offerId") for raw in raws]
		try:
			return self.quarantined([offer_id for offer_id in offer_ids if offer_id])
		except PermissionMissing:
			# Told by the credentials check; cards come without the right to prices.
			return {}

	def _is_in_shop(self, raw: Any) -> bool:
		"""Whether the card is in this shop; cards of which that cannot be told are kept."""
		if self.own_campaign is None:
			return True
		offer = raw.get("offer") if isinstance(raw, dict) else None
		campaigns = offer.get("campaigns") if isinstance(offer, dict) else None
		if not isinstance(campaigns, list):
			return True
		return any(
			isinstance(each, dict) and str(each.get("campaignId")) == self.own_campaign for each in campaigns
		)


def read_listing(raw: Any, campaign_id: str | None = None, *, is_held: bool = False) -> Fetched[Listing]:
	"""A card of /v2/businesses/…/offer-mappings. Makes no request.

	Args:
		campaign_id: the shop whose status of the card counts; in the cabinet as a whole the best one.
		is_held: its price is in quarantine.
	"""
	external_id = identity(raw.get("offer") if isinstance(raw, dict) else None, "offerId")
	return translate(
		raw, payloads.OfferMapping, lambda mapping: _listing(mapping, campaign_id, is_held), external_id
	)


def _listing(mapping: payloads.OfferMapping, campaign_id: str | None, is_held: bool) -> Listing:
	offer = mapping.offer
	card = _state(offer, campaign_id)
	if is_held and card.state is ListingState.ACTIVE:
		card = CardState(ListingState.INACTIVE, IN_QUARANTINE)
	price = offer.basic_price or payloads.Price()
	sku = mapping.mapping.market_sku if mapping.mapping else None
	return Listing(
		external_id=offer.offer_id,
		offer_id=offer.offer_id,
		title=offer.name or "",
		marketplace_ids={"marketSku": sku} if sku else {},
		barcodes=tuple(barcode for barcode in offer.barcodes or () if barcode),
		state=card.state,
		state_reason=card.reason,
		image_url=_image(offer),
		url=_url(mapping),
		price=money(price.value, price.currency_id),
		old_price=money(price.discount_base, price.currency_id),
	)


def _state(offer: payloads.Offer, campaign_id: str | None) -> CardState:
	if offer.archived:
		return ARCHIVED
	placements = [
		placement.status
		for placement in offer.campaigns or ()
		if campaign_id in (None, placement.campaign_id) and placement.status
	]
	for word, state in SHOP_STATES.items():
		if word in placements:
			return state
	if placements:
		return CardState(ListingState.INACTIVE, placements[0])
	state = CARD_STATES.get(offer.card_status or "")
	return state or (IN_NO_SHOP if offer.campaigns is not None or campaign_id else ON_SALE)


def _image(offer: payloads.Offer) -> str | None:
	media = offer.media_files.pictures if offer.media_files else None
	urls = (*(picture.url for picture in media or ()), *(offer.pictures or ()))
	return next((url for url in urls if url), None)


def _url(mapping: payloads.OfferMapping) -> str | None:
	pages = {page.showcase_type: page.showcase_url for page in mapping.showcase_urls or ()}
	return pages.get(BUYERS_SHOWCASE) or next((url for url in pages.values() if url), None)
