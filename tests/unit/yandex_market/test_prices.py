from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from crm_marketplace.integrations.connector import QUARANTINE
from crm_marketplace.integrations.errors import ContractError, PermissionMissing
from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.errors import IN_QUARANTINE
from crm_marketplace.integrations.marketplaces.yandex_market.prices import PRICE_BATCH, read_price
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import Money, Price, PushResult
from tests.unit.yandex_market.shop import AS_OF, BUSINESS, CAMPAIGN

BASE = endpoints.PRICES.at(businessId=BUSINESS).path
OWN = endpoints.SHOP_PRICES.at(campaignId=CAMPAIGN).path


def sums(value: Any = 100, **more: Any) -> dict[str, Any]:
	return {"value": value, "currencyId": "RUR", **more}


def row(offer_id: str = "A-1", value: Any = 100, **more: Any) -> dict[str, Any]:
	return {"offerId": offer_id, "price": sums(value, **more)}


def page(*rows: Any, token: str | None = None) -> dict[str, Any]:
	paging = {"nextPageToken": token} if token else {}
	return {"status": "OK", "result": {"offers": list(rows), "paging": paging}}


def rub(amount: Any) -> Money:
	return Money(amount=Decimal(str(amount)), currency="RUB")


def price(offer_id: str = "A-1", **given: Any) -> Price:
	"""A price to send; sums as plain numbers."""
	amounts = {"price": None, **{name: rub(value) for name, value in given.items()}}
	return Price(listing_id=offer_id, offer_id=offer_id, **amounts)


WHOLE = {"price": 100, "old_price": 200, "minimum_price": 90}


def found(pages: Any) -> dict[str, Decimal | None]:
	return {
		item.record.listing_id: item.record.price and item.record.price.amount
		for one in pages
		for item in one.items
	}


def sent(shop, path: str) -> list[dict[str, Any]]:
	return [offer for _m, asked, _q, body in shop.requests if asked == path for offer in body["offers"]]


# --- reading ---------------------------------------------------------------------------------------


def test_prices_of_a_cabinet_page_by_page(cabinet):
	cabinet.answer(endpoints.PRICES, page(row("A-1"), row("A-2", 7.5), token="p2"), page(row("A-3")))
	cabinet.answer(endpoints.QUARANTINE, page(), page())
	pages = list(walk(lambda token, limit: cabinet.connector.prices(token, None, limit)))
	assert found(pages) == {"A-1": 100, "A-2": Decimal("7.50"), "A-3": 100}
	assert pages[0].as_of == AS_OF
	asked = [(query, body) for _m, path, query, body in cabinet.requests if path == BASE]
	assert asked == [
		({"limit": "100"}, {"archived": False}),
		({"limit": "100", "pageToken": "p2"}, {"archived": False}),
	]


def test_a_shop_whose_prices_are_the_cabinets(shop):
	shop.settings(only_default_price=True)
	shop.answer(endpoints.PRICES, page(row()))
	shop.answer(endpoints.QUARANTINE, page())
	assert found([shop.connector.prices()]) == {"A-1": 100}
	assert OWN not in shop.paths


def test_a_shop_with_prices_of_its_own(shop):
	shop.settings(only_default_price=False)
	shop.answer(
		endpoints.PRICES,
		page(row("A-1", discountBase=150, minimumForBestseller=80), row("A-2")),
		page(row("A-1"), row("A-2")),
	)
	own = row("A-1", 120, discountBase=200)
	shop.answer(endpoints.SHOP_PRICES, page(own, row("A-3", 30)), page(own, row("A-3", 30)))
	shop.answer(endpoints.QUARANTINE, page(), page())
	shop.answer(endpoints.SHOP_QUARANTINE, page(), page())
	pages = list(walk(lambda token, limit: shop.connector.prices(token, None, limit)))
	first = pages[0].items[0].record
	assert (first.price, first.old_price, first.minimum_price) == (rub(120), rub(200), rub(80))


def test_prices_only_the_shop_has_come_after_the_cabinets(shop):
	shop.settings(only_default_price=False)
	shop.answer(endpoints.PRICES, page(row("A-1")), page(row("A-1")), page())
	shop.answer(
		endpoints.SHOP_PRICES, page(), page(row("A-1", 5), row("A-2", 30), token="p2"), page(row("A-3", 7))
	)
	shop.answer(endpoints.QUARANTINE, page(), page(), page())
	shop.answer(endpoints.SHOP_QUARANTINE, page(), page(), page())
	pages = walk(lambda token, limit: shop.connector.prices(token, None, limit))
	assert [found([one]) for one in pages] == [{"A-1": 100}, {"A-2": 30}, {"A-3": 7}]
	asked = [(query.get("pageToken"), body) for _m, path, query, body in shop.requests if path == OWN]
	assert asked == [(None, {"offerIds": ["A-1"]}), (None, {}), ("p2", {})]


def test_an_empty_shop(shop):
	shop.settings(only_default_price=False)
	shop.answer(endpoints.PRICES, page())
	shop.answer(endpoints.SHOP_PRICES, page())
	pages = list(walk(lambda token, limit: shop.connector.prices(token, None, limit)))
	assert [one.items for one in pages] == [(), ()]


def test_some_prices(shop):
	shop.settings(only_default_price=False)
	shop.answer(endpoints.PRICES, page(row("A-1")), page(row("A-3")))
	shop.answer(endpoints.SHOP_PRICES, page(row("A-2", 30)), page())
	shop.answer(endpoints.QUARANTINE, page(), page())
	shop.answer(endpoints.SHOP_QUARANTINE, page(), page())
	wanted = ["A-1", "A-2", "A-3"]
	pages = walk(lambda token, limit: shop.connector.prices(token, wanted, limit), limit=2)
	assert [found([one]) for one in pages] == [{"A-1": 100, "A-2": 30}, {"A-3": 100}]
	assert [body for _m, path, _q, body in shop.requests if path == BASE] == [
		{"offerIds": ["A-1", "A-2"]},
		{"offerIds": ["A-3"]},
	]


def test_no_prices_need_no_request(shop):
	assert shop.connector.prices(listing_ids=[]).items == ()
	assert shop.connector.push_prices([]) == ()
	assert shop.requests == []


@pytest.mark.parametrize("token", ["nonsense", '{"start":9}', '{"start":"0"}', '{"start":-1}'])
def test_tokens_that_lead_nowhere(shop, token):
	with pytest.raises(ContractError, match="saved position"):
		shop.connector.prices(token, ["A-1"])


def test_a_bad_row_does_not_cost_the_others(cabinet):
	cabinet.answer(endpoints.PRICES, page({"offerId": "A-1", "price": {"value": "dear"}}, None, row("A-2")))
	cabinet.answer(endpoints.QUARANTINE, page())
	bad, nothing, good = cabinet.connector.prices().items
	assert isinstance(bad.error, ContractError) and nothing.error and good.record


def test_an_offer_without_a_price():
	record = read_price({"offerId": "A-1"}).record
	assert (record.price, record.old_price, record.minimum_price, record.held) == (None, None, None, None)


# --- quarantine ------------------------------------------------------------------------------------


def verdict(**params: str) -> dict[str, Any]:
	return {
		"type": "PRICE_CHANGE",
		"params": [{"name": name, "value": value} for name, value in params.items()],
	}


@pytest.mark.parametrize(
	("quarantined", "held"),
	[
		({"verdicts": [verdict(CURRENT_PRICE="10.5", CURRENCY="RUR")]}, rub("10.50")),
		({"verdicts": [verdict(CURRENT_PRICE="10.5")]}, rub("10.50")),
		({"verdicts": [verdict(MIN_PRICE="1"), verdict(CURRENT_PRICE="7")]}, rub(7)),
		({"verdicts": [verdict(CURRENT_PRICE="much")], "currentPrice": sums(8)}, rub(8)),
		({"verdicts": [verdict(CURRENT_PRICE="NaN")]}, None),
		({"verdicts": [verdict(CURRENT_PRICE="1e99")]}, None),
		({"verdicts": None}, None),
	],
)
def test_a_price_that_is_held_back(cabinet, quarantined, held):
	cabinet.answer(endpoints.PRICES, page(row("A-1"), row("A-2")))
	cabinet.answer(endpoints.QUARANTINE, page({"offerId": "A-2", **quarantined}))
	free, record = (item.record for item in cabinet.connector.prices().items)
	assert (free.held, free.held_reason) == (None, "")
	assert (record.price, record.held, record.held_reason) == (rub(100), held, IN_QUARANTINE)


def test_what_was_pushed_into_quarantine_is_told(cabinet):
	cabinet.settings()
	cabinet.answer(endpoints.PRICE_PUSH, {"status": "OK"})
	cabinet.answer(endpoints.QUARANTINE, page({"offerId": "A-2", "verdicts": []}))
	taken, held = cabinet.connector.push_prices([price("A-1", **WHOLE), price("A-2", **WHOLE)])
	assert taken.ok
	assert (held.ok, held.code, held.message, held.retry_after) == (False, QUARANTINE, IN_QUARANTINE, None)
	assert not any("confirm" in path for path in cabinet.paths)


# --- sending ---------------------------------------------------------------------------------------


def test_a_batch_in_a_cabinet(cabinet):
	cabinet.settings()
	cabinet.answer(endpoints.PRICE_PUSH, {"status": "OK"})
	cabinet.answer(endpoints.QUARANTINE, page())
	results = cabinet.connector.push_prices(
		[price("A-1", **WHOLE), price("A-2", **{**WHOLE, "price": 99.99})]
	)
	assert results == tuple(PushResult(listing_id=id_, ok=True) for id_ in ("A-1", "A-2"))
	assert sent(cabinet, f"{BASE}/updates") == [
		{"offerId": "A-1", "price": sums(100, discountBase=200, minimumForBestseller=90)},
		{"offerId": "A-2", "price": sums(99.99, discountBase=200, minimumForBestseller=90)},
	]
	# Everything is given, so nothing is asked for; what is in quarantine is.
	assert len(cabinet.requests) == 3


def test_a_shop_with_prices_of_its_own_is_sent_its_own(shop):
	shop.settings(only_default_price=False)
	shop.answer(endpoints.SHOP_PRICE_PUSH, {"status": "OK"})
	shop.answer(endpoints.QUARANTINE, page())
	shop.answer(endpoints.SHOP_QUARANTINE, page())
	assert shop.connector.push_prices([price(**WHOLE)])[0].ok
	# A shop has no minimum of its own.
	assert sent(shop, f"{OWN}/updates") == [{"offerId": "A-1", "price": sums(100, discountBase=200)}]
	assert f"{BASE}/updates" not in shop.paths


def push(shop, wanted: Price, *now: dict[str, Any], refused: bool = False) -> PushResult:
	shop.settings()
	shop.answer(endpoints.PRICES, page(*now))
	if not refused:
		shop.answer(endpoints.PRICE_PUSH, {"status": "OK"})
		shop.answer(endpoints.QUARANTINE, page())
	(result,) = shop.connector.push_prices([wanted])
	return result


@pytest.mark.parametrize(
	("wanted", "now", "body"),
	[
		# What is not given stays.
		(
			{"price": 100},
			row(value=90, discountBase=200, minimumForBestseller=80),
			sums(100, discountBase=200, minimumForBestseller=80),
		),
		(
			{"old_price": 300},
			row(value=90, minimumForBestseller=80),
			sums(90, discountBase=300, minimumForBestseller=80),
		),
		(
			{"minimum_price": 70},
			row(value=90.5, discountBase=200),
			sums(90.5, discountBase=200, minimumForBestseller=70),
		),
		# Zero takes it away.
		({"price": 100, "old_price": 0}, row(discountBase=200), sums(100)),
		({"price": 100, "minimum_price": 0}, row(minimumForBestseller=80), sums(100)),
		# What stays and does not fit any more goes.
		({"price": 195}, row(value=90, discountBase=200), sums(195)),
		({"price": 250}, row(value=90, discountBase=200), sums(250)),
		({"price": 1}, row(value=90, discountBase=200), sums(1)),
		# Whole old prices only, and exactly 5 and 99 % are within.
		({"price": 100, "old_price": 149.01}, row(), sums(100, discountBase=150)),
		({"price": 190, "old_price": 200}, row(), sums(190, discountBase=200)),
		({"price": 2, "old_price": 200}, row(), sums(2, discountBase=200)),
	],
)
def test_what_stays_and_what_goes(cabinet, wanted, now, body):
	assert push(cabinet, price(**wanted), now).ok
	assert sent(cabinet, f"{BASE}/updates") == [{"offerId": "A-1", "price": body}]


def test_a_first_price(cabinet):
	assert push(cabinet, price(price=100)).ok
	assert sent(cabinet, f"{BASE}/updates") == [{"offerId": "A-1", "price": sums(100)}]


@pytest.mark.parametrize(
	("wanted", "now", "code"),
	[
		({"price": 100, "old_price": 105}, [row()], "DISCOUNT_TOO_SMALL"),
		({"price": 100, "old_price": 90}, [row()], "DISCOUNT_TOO_SMALL"),
		({"price": 1, "old_price": 101}, [row()], "DISCOUNT_TOO_LARGE"),
		({"price": 0}, [row()], "NO_PRICE"),
		({"old_price": 100}, [], "NO_PRICE"),
		({"old_price": 100}, [{"offerId": "A-1"}], "NO_PRICE"),
	],
)
def test_rows_the_vendor_would_not_take_are_not_sent(cabinet, wanted, now, code):
	result = push(cabinet, price(**wanted), *now, refused=True)
	assert (result.ok, result.code, result.retry_after) == (False, code, None)
	assert result.message
	assert f"{BASE}/updates" not in cabinet.paths


def test_another_currency_is_not_sent(cabinet):
	cabinet.settings(currency="UZS")
	(result,) = cabinet.connector.push_prices([price(**WHOLE)])
	assert (result.ok, result.code) == (False, "CURRENCY")


def test_the_cabinets_currency_is_sent_in_the_vendors_spelling(cabinet):
	cabinet.settings(currency="UZS")
	cabinet.answer(endpoints.PRICE_PUSH, {"status": "OK"})
	cabinet.answer(endpoints.QUARANTINE, page())
	dear = Money(amount=100_000, currency="UZS")
	none = Money(amount=0, currency="UZS")
	wanted = Price(listing_id="A-1", offer_id="A-1", price=dear, old_price=none, minimum_price=none)
	assert cabinet.connector.push_prices([wanted])[0].ok
	assert sent(cabinet, f"{BASE}/updates") == [
		{"offerId": "A-1", "price": {"value": 100_000, "currencyId": "UZS"}}
	]


def test_a_row_that_says_nothing_is_not_sent(cabinet):
	(result,) = cabinet.connector.push_prices([price(cost_price=50)])
	assert result == PushResult(listing_id="A-1", ok=True)
	assert cabinet.requests == []


def test_a_refused_row_does_not_cost_the_others(cabinet):
	cabinet.settings()
	cabinet.refuse(endpoints.PRICE_PUSH, 400, "Offers not found: A-2")
	cabinet.answer(endpoints.PRICE_PUSH, {"status": "OK"})
	cabinet.answer(endpoints.QUARANTINE, page())
	results = cabinet.connector.push_prices([price(f"A-{number}", **WHOLE) for number in (1, 2, 3)])
	assert [result.ok for result in results] == [True, False, True]
	assert (results[1].code, results[1].message) == ("REFUSED", "Offers not found: A-2")
	assert [offer["offerId"] for offer in sent(cabinet, f"{BASE}/updates")] == [
		"A-1",
		"A-2",
		"A-3",
		"A-1",
		"A-3",
	]


def test_what_was_not_taken_is_not_looked_for_in_quarantine(cabinet):
	cabinet.settings()
	cabinet.refuse(endpoints.PRICE_PUSH, 400, "Offers not found: A-1")
	assert not cabinet.connector.push_prices([price(**WHOLE)])[0].ok
	assert len(cabinet.requests) == 2


def test_a_full_batch_and_one_more(cabinet):
	cabinet.settings()
	cabinet.answer(endpoints.PRICE_PUSH, {"status": "OK"})
	cabinet.answer(endpoints.QUARANTINE, page())
	rows = [price(f"A-{number}", **WHOLE) for number in range(PRICE_BATCH)]
	assert all(result.ok for result in cabinet.connector.push_prices(rows))
	with pytest.raises(ValueError, match="201 rows"):
		cabinet.connector.push_prices([*rows, price("A-X", **WHOLE)])


def test_a_key_that_may_not_write(cabinet):
	cabinet.settings()
	cabinet.refuse(endpoints.PRICE_PUSH, 403, "Token does not have any of the scopes: [pricing, all-methods]")
	with pytest.raises(PermissionMissing):
		cabinet.connector.push_prices([price(**WHOLE)])


@pytest.mark.parametrize("rows", [[{"offerId": 5, "price": {"value": "dear"}}], [None]])
def test_prices_that_cannot_be_read_are_not_overwritten(cabinet, rows):
	cabinet.answer(endpoints.PRICES, page(*rows))
	with pytest.raises(ContractError):
		cabinet.connector.push_prices([price(price=100)])


def test_a_cabinet_has_no_prices_of_single_shops(cabinet):
	with pytest.raises(ContractError, match="saved position"):
		cabinet.connector.prices('{"own":true}')
