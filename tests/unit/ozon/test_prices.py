from __future__ import annotations

import copy
from typing import Any

import pytest

from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.prices import read_price
from crm_marketplace.integrations.paging import walk
from crm_marketplace.integrations.records import Money, Price, PushResult
from tests.unit.ozon.shop import golden


def rub(amount: Any) -> Money:
	return Money(amount=amount, currency="RUB")


def item(id_: int, **price: Any) -> dict[str, Any]:
	payload = copy.deepcopy(golden("price_row")["payload"])
	return {**payload, "product_id": id_, "offer_id": f"A-{id_}", "price": {**payload["price"], **price}}


def listed(*ids: int, cursor: str = "") -> dict[str, Any]:
	return {"items": [item(id_) for id_ in ids], "cursor": cursor, "total": 99}


def price(id_: int, **sums: Money | None) -> Price:
	return Price(listing_id=str(id_), offer_id=f"A-{id_}", **{"price": None, **sums})


# --- reading ---------------------------------------------------------------------------------------


def test_all_prices_page_by_page(shop):
	shop.answer(endpoints.PRICES, listed(1, 2, cursor="c"), listed(3, cursor="d"), listed(cursor="d"))
	pages = list(walk(lambda token, limit: shop.connector.prices(token, None, limit), limit=2))
	assert [entry.external_id for page in pages for entry in page.items] == ["1", "2", "3"]
	assert shop.bodies == [
		{"filter": {"visibility": "ALL"}, "cursor": cursor, "limit": 2} for cursor in ("", "c", "d")
	]


def test_the_last_page_may_say_so(shop):
	shop.answer(endpoints.PRICES, listed(1))
	assert shop.connector.prices().token is None


def test_prices_of_some_listings(shop):
	shop.answer(endpoints.PRICES, listed(1, 2, cursor="c"), listed(3, cursor="d"))
	wanted = ["1", "2", "3"]
	pages = list(walk(lambda token, limit: shop.connector.prices(token, wanted, limit), limit=2))
	assert [entry.external_id for page in pages for entry in page.items] == ["1", "2", "3"]
	assert [body["filter"] for body in shop.bodies] == [{"product_id": ["1", "2"]}, {"product_id": ["3"]}]
	assert [body["cursor"] for body in shop.bodies] == ["", ""]


def test_prices_of_no_listings_need_no_request(shop):
	assert shop.connector.prices(listing_ids=[]).items == ()
	assert shop.requests == []


def test_a_token_that_leads_nowhere(shop):
	with pytest.raises(ContractError, match="saved position"):
		shop.connector.prices('{"start":5}', ["1"])


def test_what_is_zero_and_what_is_unknown():
	record = read_price(item(1, price=0, old_price=0, min_price=None, net_price=0)).record
	assert (record.price, record.old_price) == (rub(0), rub(0))
	assert (record.minimum_price, record.cost_price, record.expected_fees) == (None, None, None)


def test_what_was_read_can_be_sent_as_it_is(shop):
	shop.answer(
		endpoints.PRICE_PUSH,
		{"result": [{"product_id": 1, "offer_id": "A-1", "updated": True, "errors": []}]},
	)
	record = read_price(item(1)).record
	assert shop.connector.push_prices([record]) == (PushResult(listing_id="1", ok=True),)
	assert shop.bodies == [
		{
			"prices": [
				{
					"offer_id": "A-1",
					"currency_code": "RUB",
					"price": "1190.50",
					"old_price": "0",
					"min_price": "990.00",
				}
			]
		}
	]


@pytest.mark.parametrize("commissions", [None, {}, {"fbs_first_mile_max_amount": 20}])
def test_fees_that_are_not_told(commissions):
	assert read_price({**item(1), "commissions": commissions}).record.expected_fees is None


def test_fees_are_a_share_and_the_way(shop):
	fees = read_price(item(1, price=1000)).record.expected_fees
	assert fees == rub("317.66")  # 13 % of 1000, 20 first mile, 142.66 transport, 25 last mile


# --- sending ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
	("sums", "row"),
	[
		({"price": rub("1290")}, {"price": "1290.00"}),
		({"old_price": rub(0)}, {"old_price": "0"}),
		({"minimum_price": rub("1e3")}, {"min_price": "1000.00"}),
		({"price": rub(5), "cost_price": rub(3)}, {"price": "5.00"}),
	],
)
def test_only_what_is_given_is_sent(shop, sums, row):
	shop.answer(endpoints.PRICE_PUSH, {"result": [{"offer_id": "A-1", "updated": True}]})
	assert shop.connector.push_prices([price(1, **sums)])[0].ok
	assert shop.bodies[0]["prices"] == [{"offer_id": "A-1", "currency_code": "RUB", **row}]


def test_nothing_to_change_is_done_already(shop):
	assert shop.connector.push_prices([price(1)]) == (PushResult(listing_id="1", ok=True),)
	assert shop.connector.push_prices([]) == ()
	assert shop.requests == []


@pytest.mark.parametrize(
	("code", "message", "said", "again"),
	[
		("action_price_enabled_min_price_missing", "x", "Switch off automatic promotions", None),
		("min_auto_price_too_small", "x", "half of the price", None),
		("discount_for_low_price_is_too_small", "x", "more than 20", None),
		("", "error limiting: acquire limit per item: items limit: limit exceeded", "10 times", 3600),
		("NOT_FOUND_ERROR", "x", "no such product", None),
	],
)
def test_refused_rows(shop, code, message, said, again):
	errors = [{"code": code, "message": message}]
	shop.answer(
		endpoints.PRICE_PUSH,
		{
			"result": [
				{"offer_id": "A-2", "updated": True},
				{"offer_id": "A-1", "updated": False, "errors": errors},
			]
		},
	)
	refused, taken = shop.connector.push_prices([price(1, price=rub(5)), price(2, price=rub(6))])
	assert taken.ok and not refused.ok
	assert (refused.code, refused.retry_after) == (code or None, again)
	assert said in refused.message


def test_a_full_batch_and_one_more(shop):
	rows = [{"offer_id": f"A-{id_}", "updated": True} for id_ in range(1000)]
	shop.answer(endpoints.PRICE_PUSH, {"result": rows})
	assert all(
		entry.ok for entry in shop.connector.push_prices([price(id_, price=rub(5)) for id_ in range(1000)])
	)
	with pytest.raises(ValueError, match="1001 rows"):
		shop.connector.push_prices([price(id_, price=rub(5)) for id_ in range(1001)])
