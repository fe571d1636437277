from __future__ import annotations

from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError, RateLimited
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.errors import IN_QUARANTINE
from crm_marketplace.integrations.marketplaces.yandex_market.listings import read_listing
from crm_marketplace.integrations.marketplaces.yandex_market.statuses import CARD_STATES, SHOP_STATES
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import ListingState, Money
from tests.unit.yandex_market.shop import AS_OF, CAMPAIGN

OTHER = "777"


def card(offer_id: str = "A-1", states: Any = ((CAMPAIGN, "PUBLISHED"),), **facts: Any) -> dict[str, Any]:
	campaigns = None if states is None else [{"campaignId": int(id_), "status": word} for id_, word in states]
	return {"offer": {"offerId": offer_id, "name": "Чай", "campaigns": campaigns, **facts}}


def page(*cards: Any, token: str | None = None) -> dict[str, Any]:
	paging = {"nextPageToken": token} if token else {}
	return {"status": "OK", "result": {"offerMappings": list(cards), "paging": paging}}


def held(*offer_ids: str) -> dict[str, Any]:
	return {"status": "OK", "result": {"offers": [{"offerId": id_} for id_ in offer_ids], "paging": {}}}


def ids(found: Any) -> list[str]:
	return [item.external_id for item in found.items]


def state_of(
	raw: Any, campaign_id: str | None = CAMPAIGN, **settings: Any
) -> tuple[ListingState, str | None]:
	record = read_listing(raw, campaign_id, **settings).record
	return record.state, record.state_reason


# --- walking ---------------------------------------------------------------------------------------


def test_cards_on_sale_then_those_in_the_archive(cabinet):
	cabinet.answer(
		endpoints.OFFERS,
		page(card("A-1"), card("A-2"), token="p2"),
		page(card("A-3")),
		page(card("A-4", archived=True), token="p3"),
		page(card("A-5", archived=True)),
	)
	cabinet.answer(endpoints.QUARANTINE, held(), held())
	pages = list(walk(lambda token, limit: cabinet.connector.listings(token, limit)))
	assert [ids(one) for one in pages] == [["A-1", "A-2"], ["A-3"], ["A-4"], ["A-5"]]
	assert pages[0].as_of == AS_OF
	asked = [(query, body) for _m, path, query, body in cabinet.requests if path.endswith("offer-mappings")]
	assert asked == [
		({"limit": "100"}, {"archived": False}),
		({"limit": "100", "pageToken": "p2"}, {"archived": False}),
		({"limit": "100"}, {"archived": True}),
		({"limit": "100", "pageToken": "p3"}, {"archived": True}),
	]


def test_a_shop_has_the_cards_that_are_in_it(shop):
	shop.settings()
	odd = {"offer": {"offerId": "A-5", "campaigns": "many"}}
	shop.answer(
		endpoints.OFFERS,
		page(card("A-1"), card("A-2", [(OTHER, "PUBLISHED")]), card("A-3", []), card("A-4", None), odd, None),
	)
	shop.answer(endpoints.QUARANTINE, held())
	found = shop.connector.listings()
	assert ids(found)[:3] == ["A-1", "A-4", "A-5"]
	assert [bool(item.record) for item in found.items] == [True, True, False, False]


def test_a_page_of_other_shops_cards_is_empty_and_not_the_last(shop):
	shop.answer(endpoints.OFFERS, page(card("A-2", [(OTHER, "PUBLISHED")]), token="p2"))
	found = shop.connector.listings()
	assert found.items == () and found.token
	assert len(shop.requests) == 1


@pytest.mark.parametrize("token", ["nonsense", '{"page":5}', '{"archived":true,"page":[]}'])
def test_tokens_that_lead_nowhere(shop, token):
	with pytest.raises(ContractError, match="saved position"):
		shop.connector.listings(token)


# --- quarantine ------------------------------------------------------------------------------------


def test_a_price_in_quarantine_hides_the_product_and_says_the_way_out(cabinet):
	cabinet.answer(endpoints.OFFERS, page(card("A-1"), card("A-2")))
	cabinet.answer(endpoints.QUARANTINE, held("A-2"))
	free, hidden = (item.record for item in cabinet.connector.listings().items)
	assert (free.state, free.state_reason) == (ListingState.ACTIVE, None)
	assert (hidden.state, hidden.state_reason) == (ListingState.INACTIVE, IN_QUARANTINE)
	assert cabinet.bodies[1] == {"offerIds": ["A-1", "A-2"]}


def test_a_shop_with_its_own_prices_has_a_quarantine_of_its_own(shop):
	shop.settings(only_default_price=False)
	shop.answer(endpoints.OFFERS, page(card("A-1"), card("A-2")))
	shop.answer(endpoints.QUARANTINE, held("A-1"))
	shop.answer(endpoints.SHOP_QUARANTINE, held("A-2"))
	assert {item.record.state for item in shop.connector.listings().items} == {ListingState.INACTIVE}


def test_what_is_blocked_stays_blocked():
	blocked = card(states=[(CAMPAIGN, "REJECTED_BY_MARKET")])
	assert state_of(blocked, is_held=True) == state_of(blocked)
	assert state_of(blocked)[0] is ListingState.BLOCKED


def test_a_key_without_prices_still_reads_cards(cabinet):
	cabinet.answer(endpoints.OFFERS, page(card()))
	cabinet.refuse(endpoints.QUARANTINE, 403, "Token does not have any of the scopes: [pricing]")
	assert cabinet.connector.listings().items[0].record.state is ListingState.ACTIVE


def test_but_it_does_not_call_on_sale_what_it_could_not_ask_about(cabinet):
	cabinet.answer(endpoints.OFFERS, page(card()))
	cabinet.refuse(endpoints.QUARANTINE, 420, "Hit rate limit of 5000 requests per 1 minute")
	with pytest.raises(RateLimited):
		cabinet.connector.listings()


# --- states ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("word", "state"), SHOP_STATES.items())
def test_states_in_a_shop(word, state):
	assert state_of(card(states=[(OTHER, "PUBLISHED"), (CAMPAIGN, word)])) == (state.state, state.reason)


@pytest.mark.parametrize(("word", "state"), CARD_STATES.items())
def test_states_of_a_card_that_is_in_no_shop(word, state):
	assert state_of(card(states=None, cardStatus=word), None) == (state.state, state.reason)


def test_in_a_cabinet_the_shop_that_sells_counts():
	raw = card(states=[("1", "DISABLED_BY_PARTNER"), ("2", "PUBLISHED"), ("3", "NO_STOCKS")])
	assert state_of(raw, None)[0] is ListingState.ACTIVE
	raw = card(states=[("1", "REJECTED_BY_MARKET"), ("3", "NO_STOCKS")])
	assert state_of(raw, None) == (ListingState.INACTIVE, "Out of stock.")


def test_every_state_but_on_sale_says_why():
	for found in (*SHOP_STATES.values(), *CARD_STATES.values()):
		assert bool(found.reason) == (found.state not in (ListingState.ACTIVE, ListingState.ARCHIVED))


def test_a_word_we_do_not_know_is_shown_and_not_called_on_sale():
	assert state_of(card(states=[(CAMPAIGN, "ON_THE_MOON")])) == (ListingState.INACTIVE, "ON_THE_MOON")


@pytest.mark.parametrize(
	("raw", "campaign_id", "state"),
	[
		(card(states=[], cardStatus="HAS_CARD_MARKET"), None, ListingState.INACTIVE),
		(card(states=None, cardStatus="HAS_CARD_MARKET"), None, ListingState.ACTIVE),
		(card(states=None), CAMPAIGN, ListingState.INACTIVE),
		(card(archived=True), CAMPAIGN, ListingState.ARCHIVED),
	],
)
def test_cards_in_no_shop(raw, campaign_id, state):
	assert state_of(raw, campaign_id)[0] is state


# --- the rest --------------------------------------------------------------------------------------


def test_pictures_and_pages():
	raw = card(pictures=["", "https://example.com/2.jpg"], mediaFiles={"pictures": [{"url": None}]})
	raw["showcaseUrls"] = [
		{"showcaseType": "B2B", "showcaseUrl": "https://example.com/b2b"},
		{"showcaseType": "B2C", "showcaseUrl": "https://example.com/b2c"},
	]
	record = read_listing(raw).record
	assert (record.image_url, record.url) == ("https://example.com/2.jpg", "https://example.com/b2c")
	del raw["showcaseUrls"][1]
	assert read_listing(raw).record.url == "https://example.com/b2b"


def test_a_price_of_the_old_rouble():
	record = read_listing(card(basicPrice={"value": 99.5, "currencyId": "RUR", "discountBase": 120})).record
	assert (record.price, record.old_price) == (
		Money(amount="99.50", currency="RUB"),
		Money(amount=120, currency="RUB"),
	)
	assert read_listing(card(basicPrice=None)).record.price is None


@pytest.mark.parametrize("raw", [None, {}, {"offer": None}, {"offer": {"name": "Чай"}}, card(barcodes=5)])
def test_what_is_no_card(raw):
	fetched = read_listing(raw)
	assert isinstance(fetched.error, ContractError) and fetched.external_id
