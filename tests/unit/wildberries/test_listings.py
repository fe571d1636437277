"""Cards: a listing per size, page after page, shelf after shelf."""

from __future__ import annotations

from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.listings import read_card
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import ListingState
from tests.unit.wildberries.shop import AS_OF, golden


def card(nm_id: int, *sizes: Any, **changes: Any) -> dict[str, Any]:
	rows = [
		{"chrtID": nm_id * 10 + place, "techSize": size, "skus": []}
		for place, size in enumerate(sizes or ("0",))
	]
	return {
		"nmID": nm_id,
		"vendorCode": "ART",
		"title": "Вещь",
		"sizes": rows,
		"updatedAt": "2026-09-01T00:00:00Z",
		**changes,
	}


def page(*cards: dict[str, Any], time: str = "updatedAt", **cursor: Any) -> dict[str, Any]:
	last = cards[-1]["nmID"] if cards else 0
	return {
		"cards": list(cards),
		"cursor": {time: "2026-09-01T00:00:00.5Z", "nmID": last, "total": len(cards), **cursor},
	}


def test_first_the_catalogue_then_the_bin(shop):
	shop.answer(endpoints.CARDS, page(card(1), card(2, "M", "L")), page(card(3)))
	shop.answer(endpoints.TRASH, page(card(4, trashedAt="2026-09-02T00:00:00Z"), time="trashedAt"))
	pages = list(walk(shop.connector.listings, limit=2))
	assert [[item.external_id for item in page_.items] for page_ in pages] == [
		["10", "20", "21"],
		["30"],
		["40"],
	]
	assert [page_.items[-1].record.state for page_ in pages] == [
		ListingState.ACTIVE,
		ListingState.ACTIVE,
		ListingState.ARCHIVED,
	]
	assert pages[0].as_of == AS_OF
	first, second, third = (body["settings"] for body in shop.bodies)
	assert first == {"sort": {"ascending": True}, "cursor": {"limit": 2}, "filter": {"withPhoto": -1}}
	assert second["cursor"] == {"limit": 2, "updatedAt": "2026-09-01T00:00:00.5Z", "nmID": 2}
	assert third == {"sort": {"ascending": True}, "cursor": {"limit": 2}}


def test_pages_are_as_large_as_the_vendor_allows(shop):
	shop.answer(endpoints.CARDS, page())
	shop.connector.listings(limit=1000)
	assert shop.bodies[0]["settings"]["cursor"]["limit"] == 100


@pytest.mark.parametrize("cursor", [{"nmID": None}, {"updatedAt": None}])
def test_a_full_page_without_a_cursor_is_not_the_last(shop, cursor):
	shop.answer(endpoints.CARDS, page(card(1), **cursor))
	with pytest.raises(ContractError):
		shop.connector.listings(limit=1)


@pytest.mark.parametrize("token", ['{"shelf":"attic"}', '{"cursor":5}', "x", "[]"])
def test_tokens_that_lead_nowhere(shop, token):
	with pytest.raises(ContractError):
		shop.connector.listings(token)
	assert shop.requests == []


@pytest.mark.parametrize(
	("sizes", "offers"),
	[
		(("0",), ["ART"]),
		(("42",), ["ART"]),
		((None,), ["ART"]),
		(("M", "L"), ["ART-M", "ART-L"]),
		((" M ", "L"), ["ART-M", "ART-L"]),
		(("M", "M", "L"), ["ART-10", "ART-11", "ART-L"]),
		(("", "L"), ["ART-10", "ART-L"]),
		((None, 5), ["ART-10", "ART-11"]),
	],
)
def test_offer_ids(sizes, offers):
	found = [item.record.offer_id for item in read_card(card(1, *sizes)) if item.record]
	assert found == offers[: len(found)]


@pytest.mark.parametrize("skus", [None, [], [""]])
def test_a_size_without_a_barcode(skus):
	(item,) = read_card(card(1) | {"sizes": [{"chrtID": 5, "techSize": "0", "skus": skus}]})
	assert item.record.barcodes == () and item.record.state is ListingState.ACTIVE


def test_an_unreadable_size_costs_no_other():
	raw = golden("card_of_sizes")["payload"]
	raw["sizes"][1] = {"chrtID": 316399239, "skus": {"нечто": "иное"}}
	found = read_card(raw)
	assert [item.error is None for item in found] == [True, False, True]
	assert found[1].external_id == found[1].error.record_id == "316399239"
	assert [item.record.offer_id for item in found if item.record] == ["SHIRT-01-M", "SHIRT-01-48/50"]


@pytest.mark.parametrize(
	"raw",
	[
		None,
		5,
		"card",
		[],
		{},
		card(1, vendorCode=None),
		card(1, sizes=None),
		card(1, updatedAt="вчера"),
		card(1, sizes={"a": 1}),
	],
)
def test_an_unreadable_card_is_one_item(raw):
	found = read_card(raw)
	assert len(found) <= 1
	assert all(isinstance(item.error, ContractError) and item.record is None for item in found)


def test_a_card_without_sizes_sells_nothing():
	assert read_card(card(1) | {"sizes": []}) == []
