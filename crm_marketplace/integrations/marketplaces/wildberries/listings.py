"""The cards of the shop, one listing per size: first those in the catalogue, then those in the bin.

`offer_id` is the card's article (`vendorCode`) where the card has one size. A card of several sizes shares its
article among them, so the size is added the way ERPNext names variants: `SHIRT-01` in size M becomes
`SHIRT-01-M`; where two sizes are called the same, the size's id takes the place of its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints, payloads
from crm_marketplace.integrations.marketplaces.wildberries.session import (
	Part,
	WildberriesSession,
	page_size,
)
from crm_marketplace.integrations.paging import bad_token, pack_token, unpack_token
from crm_marketplace.integrations.records import Fetched, Listing, ListingState, Page
from crm_marketplace.integrations.translation import (
	contract_error,
	identity,
	rows,
	translate,
	unexpected,
)
from crm_marketplace.integrations.transport import Endpoint

CARD_PAGE = 100

# Where a card can be looked at.
CARD_PAGE_URL = "https://www.wildberries.ru/catalog/{nm_id}/detail.aspx"


@dataclass(frozen=True, slots=True)
class Shelf:
	"""A list of cards: its method, and the time its cursor goes by."""

	method: Endpoint
	time: str


SHELVES: Mapping[str, Shelf] = {
	"list": Shelf(endpoints.CARDS, "updatedAt"),
	"trash": Shelf(endpoints.TRASH, "trashedAt"),
}


class ListsWildberriesListings(WildberriesSession):
	def listings(self, token: str | None = None, limit: int | None = None) -> Page[Listing]:
		"""The sizes of up to 100 cards, at most `limit`; one request. A page may be empty before the last one.
		See `ListsListings`.
		"""
		position = unpack_token(token)
		shelf = position.get("shelf", "list")
		if shelf not in SHELVES:
			raise bad_token()
		part = self.card_part(position, limit, shelf)
		following = part.following
		if following is None and shelf == "list":
			following = {"shelf": "trash"}
		return Page(part.items, pack_token(**following) if following else None, part.as_of)

	def card_part(self, position: Mapping[str, Any], limit: int | None, shelf: str = "list") -> Part[Listing]:
		"""The sizes of the next cards of a shelf, at most `limit` cards, the longest unchanged first: a card
		that changes while they are walked through comes once more at the end.
		"""
		size = page_size(limit, CARD_PAGE)
		cursor = position.get("cursor") or {}
		if not isinstance(cursor, Mapping):
			raise bad_token()
		settings: dict[str, Any] = {"sort": {"ascending": True}, "cursor": {**cursor, "limit": size}}
		if shelf == "list":
			settings["filter"] = {"withPhoto": -1}
		answer = self.call(SHELVES[shelf].method, {"settings": settings})
		cards = rows(answer.data, "cards")
		following = None
		if len(cards) >= size:
			following = {"shelf": shelf, "cursor": self._cursor(answer.data, SHELVES[shelf].time)}
		return Part(tuple(item for card in cards for item in read_card(card)), following, answer.date)

	def _cursor(self, data: Mapping[str, Any], time: str) -> dict[str, Any]:
		given = data.get("cursor")
		cursor = {key: given.get(key) for key in (time, "nmID")} if isinstance(given, Mapping) else {}
		if None in cursor.values() or not cursor:
			raise unexpected("cursor", "nothing")
		return cursor


def read_card(raw: Any) -> list[Fetched[Listing]]:
	"""The sizes of a card of /content/v2/get/cards/list or trash. Makes no request.

	Each size is an item of its own, so that one unreadable size costs no other. The `raw` of an item is the
	card with that size alone. A card that cannot be read at all is one item.
	"""
	try:
		card = payloads.Card.model_validate(raw)
		sizes = rows(raw, "sizes")
	except ValidationError as error:
		return [_unreadable(raw, contract_error(error))]
	except ContractError as error:
		return [_unreadable(raw, error)]
	names = size_names(size.get("techSize") if isinstance(size, Mapping) else None for size in sizes)
	return [
		translate(
			{**raw, "sizes": [size]},
			_OneSize,
			lambda payload, name=name: _listing(card, payload.sizes[0], name),
			identity(size, "chrtID"),
		)
		for size, name in zip(sizes, names, strict=True)
	]


class _OneSize(payloads.Payload):
	sizes: tuple[payloads.Size]


def _unreadable(raw: Any, error: ContractError) -> Fetched[Listing]:
	error.record_id = identity(raw, "nmID")
	return Fetched(error.record_id, raw, error=error)


def size_names(names: Iterable[Any]) -> list[str | None]:
	"""What tells the sizes of a card apart: None where it has one, "" where the name does not."""
	texts = [name.strip() if isinstance(name, str) else "" for name in names]
	if len(texts) == 1:
		return [None]
	return [text if texts.count(text) == 1 else "" for text in texts]


def offer_id(article: str, chrt_id: str, name: str | None) -> str:
	"""See the top of this module. Args: name: of `size_names`."""
	return article if name is None else f"{article}-{name or chrt_id}"


def _listing(card: payloads.Card, size: payloads.Size, name: str | None) -> Listing:
	ids = {"nmID": card.nm_id, "chrtID": size.chrt_id}
	if card.imt_id:
		ids["imtID"] = card.imt_id
	title = card.title or card.vendor_code
	return Listing(
		external_id=size.chrt_id,
		offer_id=offer_id(card.vendor_code, size.chrt_id, name),
		title=f"{title}, {name}" if name else title,
		marketplace_ids=ids,
		barcodes=tuple(sku for sku in size.skus or () if sku),
		state=ListingState.ARCHIVED if card.trashed_at else ListingState.ACTIVE,
		image_url=next((photo.big for photo in card.photos or () if photo.big), None),
		url=CARD_PAGE_URL.format(nm_id=card.nm_id),
		changed_at=card.trashed_at or card.updated_at,
	)
