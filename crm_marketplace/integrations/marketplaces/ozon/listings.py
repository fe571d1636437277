"""The cards of the shop: first all that are not archived, then the archived ones."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from crm_marketplace.integrations.errors import ContractError, _
from crm_marketplace.integrations.marketplaces.ozon import endpoints, payloads
from crm_marketplace.integrations.marketplaces.ozon.session import OzonSession, id_or_none, money, page_size
from crm_marketplace.integrations.marketplaces.ozon.statuses import (
	CRITICAL_LEVELS,
	DECLINED,
	HIDDEN,
	NO_FAILURE,
)
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Listing, ListingState, Page
from crm_marketplace.integrations.translation import identity, rows, text_of, translate

LISTING_PAGE = 1000  # of both methods
VISIBILITIES = ("ALL", "ARCHIVED")  # "ALL" is all but the archived ones

# https://docs.ozon.ru/api/seller/#tag/Environment: where a product of ours can be looked at.
PRODUCT_PAGE = "https://www.ozon.ru/context/detail/id/{sku}"


class ListsOzonListings(OzonSession):
	def listings(self, token: str | None = None, limit: int | None = None) -> Page[Listing]:
		"""Up to 1000 cards: one request for the list, one for the details. See `ListsListings`.

		A page may be empty before the last one: the list of a visibility ends with an empty page.
		"""
		position = unpack_token(token)
		visibility = position.get("visibility", VISIBILITIES[0])
		if visibility not in VISIBILITIES:
			raise bad_token()
		size = page_size(limit, LISTING_PAGE)
		body = {
			"filter": {"visibility": visibility},
			"last_id": str(position.get("last_id", "")),
			"limit": size,
		}
		answer = self.post(endpoints.PRODUCTS, body)
		refs = rows(answer.data, "result", "items")
		items = tuple(self._details(refs)) if refs else ()
		return Page(items, _next_token(visibility, refs, answer.data), answer.date)

	def _details(self, refs: list[Any]) -> Iterator[Fetched[Listing]]:
		"""Listings in the order of the list, which is stable; the details come in any order."""
		ids = [identity(ref, "product_id") for ref in refs]
		known = [id_ for id_ in ids if id_.isdecimal()]
		data = self.post(endpoints.PRODUCT_DETAILS, {"product_id": known}).data if known else {"items": []}
		details = {identity(raw, "id"): raw for raw in rows(data, "items")}
		for id_, ref in zip(ids, refs, strict=True):
			yield read_listing(details[id_]) if id_ in details else _without_details(id_, ref)


def _next_token(visibility: str, refs: list[Any], data: Any) -> str | None:
	# `total` is being switched off (2026-11-23), so an empty page is the sure sign of the end.
	last_id = text_of(data, "result", "last_id")
	if refs and last_id:
		return pack_token(visibility=visibility, last_id=last_id)
	later = VISIBILITIES[VISIBILITIES.index(visibility) + 1 :]
	return pack_token(visibility=later[0], last_id="") if later else None


def _without_details(product_id: str, ref: Any) -> Fetched[Listing]:
	return Fetched(
		product_id,
		ref,
		error=ContractError(
			_("The marketplace lists this product and gives no details of it."),
			next_step=_("Nothing to do: it is asked for again in the next run."),
			record_id=product_id,
		),
	)


def read_listing(raw: Any) -> Fetched[Listing]:
	"""A card of /v3/product/info/list. `external_id` is the vendor's `product_id`, which stays when the
	seller renames the article. Makes no request.
	"""
	return translate(raw, payloads.Product, _listing, identity(raw, "id"))


def _listing(product: payloads.Product) -> Listing:
	state, reason = _state(product)
	sku = id_or_none(product.sku)
	ids = {"product_id": product.id}
	if sku:
		ids["sku"] = sku
	return Listing(
		external_id=product.id,
		offer_id=product.offer_id,
		title=product.name or "",
		marketplace_ids=ids,
		barcodes=tuple(barcode for barcode in product.barcodes or () if barcode),
		state=state,
		state_reason=reason,
		image_url=_image(product),
		url=PRODUCT_PAGE.format(sku=sku) if sku else None,
		price=money(product.price, product.currency_code),
		old_price=money(product.old_price, product.currency_code),
		minimum_price=money(product.min_price, product.currency_code),
		tax_rate=_per_cent(product.vat),
		changed_at=product.updated_at,
	)


def _image(product: payloads.Product) -> str | None:
	main = product.primary_image
	candidates = (main,) if isinstance(main, str) else main or ()
	return next((url for url in (*candidates, *(product.images or ())) if url), None)


def _per_cent(vat: str | None) -> Decimal | None:
	"""The specification has both "0.1" and "20%". What is neither is not worth losing a card for."""
	text = (vat or "").strip()
	try:
		rate = Decimal(text.rstrip("% "))
	except InvalidOperation:
		return None
	if not rate.is_finite() or not 0 <= rate <= 100:
		return None
	return rate if text.endswith("%") else rate * 100


def _state(product: payloads.Product) -> tuple[ListingState, str | None]:
	if product.is_archived or product.is_autoarchived:
		return ListingState.ARCHIVED, None
	statuses = product.statuses or payloads.ProductStatuses()
	blocked = _why_blocked(product, statuses)
	if blocked is not None:
		return ListingState.BLOCKED, blocked or None
	inactive = _why_inactive(product, statuses)
	if inactive is not None:
		return ListingState.INACTIVE, inactive or None
	return ListingState.ACTIVE, None


def _why_blocked(product: payloads.Product, statuses: payloads.ProductStatuses) -> str | None:
	"""The vendor's words on why the card is blocked ("" if it has none); None: it is not."""
	for error in product.errors or ():
		if error.level in CRITICAL_LEVELS:
			texts = error.texts or payloads.ErrorTexts()
			return texts.message or texts.short_description or error.code or ""
	words = {(statuses.moderate_status or "").lower(), (statuses.validation_status or "").lower()}
	if words & DECLINED or (statuses.status_failed or "").lower() not in NO_FAILURE:
		return _words(statuses)
	return None


def _why_inactive(product: payloads.Product, statuses: payloads.ProductStatuses) -> str | None:
	for availability in product.availabilities or ():
		if (availability.availability or "").upper() in HIDDEN:
			texts = (reason.human_text.text for reason in availability.reasons or () if reason.human_text)
			return next((text for text in texts if text), None) or _words(statuses)
	visibility = product.visibility_details or payloads.VisibilityDetails()
	if statuses.is_created is False or visibility.has_price is False or visibility.has_stock is False:
		return _words(statuses)
	return None


def _words(statuses: payloads.ProductStatuses) -> str:
	return statuses.status_tooltip or statuses.status_description or statuses.status_name or ""
