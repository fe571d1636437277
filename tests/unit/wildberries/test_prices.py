"""Prices: whole units, discounts in whole per cents, uploads that are told later."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crm_marketplace.integrations.connector import PENDING, QUARANTINE
from crm_marketplace.integrations.errors import ContractError, TemporaryError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.connector import INFO
from crm_marketplace.integrations.marketplaces.wildberries.prices import (
	LARGEST_DISCOUNT,
	OnSale,
	read_goods,
	split,
)
from crm_marketplace.integrations.records import Money, Price
from crm_marketplace.rules.prices import (
	ChannelPrice,
	PriceDecision,
	PricedItem,
	PricePolicy,
	Rounding,
	decide_price,
)
from tests.unit.wildberries.shop import AS_OF, golden

EMPTY = {"data": {"listGoods": []}, "error": False, "errorText": ""}


def goods(
	nm_id: int,
	price: int = 2000,
	discount: int = 0,
	sizes: int = 1,
	*,
	editable: bool = False,
	**changes: Any,
) -> dict[str, Any]:
	return {
		"nmID": nm_id,
		"vendorCode": f"A-{nm_id}",
		"sizes": [
			{
				"sizeID": nm_id * 10 + place,
				"price": price,
				"discountedPrice": 0,
				"techSizeName": str(40 + place),
			}
			for place in range(sizes)
		],
		"currencyIsoCode4217": "RUB",
		"discount": discount,
		"editableSizePrice": editable,
		**changes,
	}


def listed(*cards: dict[str, Any]) -> dict[str, Any]:
	return {"data": {"listGoods": list(cards)}, "error": False, "errorText": ""}


def quarantined(*rows: dict[str, Any]) -> dict[str, Any]:
	return {"data": {"quarantineGoods": list(rows)}, "error": False, "errorText": ""}


def taken(upload_id: int = 7) -> dict[str, Any]:
	return {"data": {"id": upload_id, "alreadyExists": False}, "error": False, "errorText": ""}


def state(status: int | None) -> dict[str, Any]:
	data = None if status is None else {"uploadID": 7, "status": status}
	return {"data": data, "error": False, "errorText": ""}


def fates(*rows: tuple[int, int | None, str]) -> dict[str, Any]:
	return {
		"data": {
			"uploadID": 7,
			"historyGoods": [
				{"nmID": nm_id, "sizeID": size_id, "status": 3 if error else 2, "errorText": error or None}
				for nm_id, size_id, error in rows
			],
		}
	}


def wanted(
	nm_id: int,
	price: str | None,
	old: str | None = None,
	place: int = 0,
	currency: str = "RUB",
	**changes: Any,
) -> Price:
	def money(amount: str | None) -> Money | None:
		return None if amount is None else Money(amount=Decimal(amount), currency=currency)

	values = {
		"listing_id": str(nm_id * 10 + place),
		"offer_id": "A",
		"marketplace_ids": {"nmID": str(nm_id)},
		"price": money(price),
		"old_price": money(old),
	}
	return Price(**{**values, **changes})


# --- what a price is made of -----------------------------------------------------------------------


def splitted(
	asked: int, old: str | None, price: int = 2000, discount: int = 0, *, editable: bool = False
) -> tuple[int, int]:
	there = OnSale("1", "10", "RUB", price, discount, editable)
	return split(asked, None if old is None else Decimal(old), there)


@pytest.mark.parametrize(
	("asked", "old", "result"),
	[
		(350, "500", (500, 30)),
		(1499, "1999", (1999, 25)),
		(1000, "0", (1000, 0)),
		(1000, "1000", (1000, 0)),
		(1000, "900", (1000, 0)),
		(1000, "1001", (1000, 0)),
		(1, "99", (100, 99)),
		(10, "100000", (10, 100)),  # refused as no discount can be that large
		(1100, "1500", (1507, 27)),
	],
)
def test_price_and_discount(asked, old, result):
	assert splitted(asked, old) == result


@pytest.mark.parametrize(
	("price", "discount", "asked", "result"),
	[(1500, 0, 1100, (1100, 0)), (1500, 40, 1100, (1507, 27)), (1500, 40, 2000, (2000, 0))],
)
def test_the_old_price_stays_about_what_it_is(price, discount, asked, result):
	assert splitted(asked, None, price, discount) == result


def test_a_card_with_prices_by_size_keeps_its_discount():
	assert splitted(1000, "5000", 2000, 20, editable=True) == (1250, 20)


@given(
	asked=st.integers(1, 10**7),
	old=st.integers(0, 10**8),
	price=st.integers(1, 10**7),
	discount=st.integers(0, 99),
)
def test_what_is_pushed_is_what_was_asked_for(asked, old, price, discount):
	"""The whole part of the result is the price asked for; the result is never below it."""
	for editable in (False, True):
		before, off = splitted(asked, str(old), price, discount, editable=editable)
		if off < 100:
			left = Decimal(before) * (100 - off) / 100
			assert left >= asked
			assert left.to_integral_value(ROUND_FLOOR) == asked


# --- reading ---------------------------------------------------------------------------------------


def test_a_list_of_prices_ends_with_an_empty_page(shop):
	shop.answer(endpoints.GOODS, listed(goods(1), goods(2, sizes=2)), EMPTY)
	shop.answer(endpoints.QUARANTINE, quarantined())
	first = shop.connector.prices(limit=2)
	assert [item.external_id for item in first.items] == ["10", "20", "21"]
	assert first.as_of == AS_OF
	second = shop.connector.prices(first.token, limit=2)
	assert (second.items, second.token) == ((), None)
	assert [address for address in shop.addresses if "goods/filter" in address] == [
		"GET /api/v2/list/goods/filter?limit=2&offset=0",
		"GET /api/v2/list/goods/filter?limit=2&offset=2",
	]


def test_prices_of_certain_sizes_are_picked_from_the_list(shop):
	shop.answer(endpoints.GOODS, listed(goods(1, sizes=3), goods(2)))
	shop.answer(endpoints.QUARANTINE, {"data": None, "error": False, "errorText": ""})
	page = shop.connector.prices(listing_ids=["11", "20", "99"])
	assert [item.external_id for item in page.items] == ["11", "20"]


def test_prices_in_quarantine_say_so(shop):
	row = {"nmID": 2, "newPrice": 134, "newDiscount": 25, "oldPrice": 4000, "oldDiscount": 25}
	shop.answer(endpoints.GOODS, listed(goods(1), goods(2), goods(3), goods(4)))
	shop.answer(
		endpoints.QUARANTINE,
		quarantined(
			row, {"nmID": 3, "newPrice": None}, {"nmID": 4, "newPrice": 100, "oldDiscount": 10}, {"нечто": 1}
		),
	)
	held = {item.external_id: item.record.held for item in shop.connector.prices().items}
	assert held == {
		"10": None,
		"20": Money(amount="100", currency="RUB"),
		"30": None,
		"40": Money(amount="90", currency="RUB"),
	}


@pytest.mark.parametrize(
	("card", "ids"),
	[
		({"нечто": "иное"}, ["unreadable"]),
		(goods(1, currencyIsoCode4217=None), ["1"]),
		(goods(1, sizes=1) | {"sizes": "нет"}, ["1"]),
		(goods(1, sizes=2) | {"sizes": [5, {"sizeID": 7, "price": "дорого"}]}, ["unreadable", "7"]),
	],
)
def test_what_cannot_be_read_is_kept(card, ids):
	found = read_goods(card)
	assert all(isinstance(item.error, ContractError) and item.record is None for item in found)
	assert [item.external_id.partition("-")[0] for item in found] == ids


@pytest.mark.parametrize("token", ['{"offset":"x"}', '{"offset":-1}', "x"])
def test_tokens_that_lead_nowhere(shop, token):
	with pytest.raises(ContractError):
		shop.connector.prices(token)


# --- pushing ---------------------------------------------------------------------------------------


def test_what_differs_is_uploaded_and_waited_for(shop_with):
	shop = shop_with(patience=60)
	shop.answer(endpoints.SOME_GOODS, listed(goods(1), goods(2, 500, 30), goods(3, 700)))
	shop.answer(endpoints.PRICE_PUSH, taken())
	shop.answer(endpoints.PRICE_TASK, state(None), state(None), state(3))
	results = shop.connector.push_prices(
		[wanted(1, "1499", "1999"), wanted(2, "350", "500"), wanted(3, None)]
	)
	assert [(result.ok, result.listing_id) for result in results] == [
		(True, "10"),
		(True, "20"),
		(True, "30"),
	]
	assert shop.bodies[0] == {"nmList": [1, 2]}
	assert shop.bodies[1] == {"data": [{"nmID": 1, "price": 1999, "discount": 25}]}
	assert shop.naps == [0.5, 1.0]


def test_each_row_is_told_its_own_fate(shop):
	text = (
		"The new price is several times lower than the current price. Item has been moved to Price Quarantine"
	)
	shop.answer(endpoints.SOME_GOODS, listed(goods(1), goods(2), goods(3), goods(4)))
	shop.answer(endpoints.PRICE_PUSH, taken())
	shop.answer(endpoints.PRICE_TASK, state(5))
	shop.answer(endpoints.PRICE_TASK_ROWS, fates((1, None, ""), (2, 54483342, text), (3, None, "Нельзя")))
	results = shop.connector.push_prices([wanted(nm_id, "100") for nm_id in (1, 2, 3, 4)])
	assert [(result.ok, result.code) for result in results] == [
		(True, None),
		(False, QUARANTINE),
		(False, "refused"),
		(False, "refused"),  # nothing is said of it
	]
	assert "Quarantine" in results[1].message and results[2].message == "Нельзя" and results[3].message
	assert shop.addresses[-1] == "GET /api/v2/history/goods/task?uploadID=7&limit=1000&offset=0"


def test_sizes_with_prices_of_their_own(shop):
	shop.answer(endpoints.SOME_GOODS, listed(goods(1, 2000, 20, sizes=3, editable=True)))
	shop.answer(endpoints.SIZE_PRICE_PUSH, taken())
	shop.answer(endpoints.PRICE_TASK, state(6))
	shop.answer(endpoints.PRICE_TASK_ROWS, fates((1, 10, ""), (1, 11, "Нельзя")))
	results = shop.connector.push_prices(
		[wanted(1, "1000"), wanted(1, "1200", place=1), wanted(1, "1600", place=2)]
	)
	assert [(result.ok, result.code) for result in results] == [
		(True, None),
		(False, "refused"),
		(True, None),
	]
	assert shop.bodies[1] == {
		"data": [{"nmID": 1, "sizeID": 10, "price": 1250}, {"nmID": 1, "sizeID": 11, "price": 1500}]
	}


def test_an_upload_that_exists_is_the_same_one(shop):
	shop.answer(endpoints.SOME_GOODS, listed(goods(1)))
	body = {"data": {"id": 9, "alreadyExists": True}, "error": False, "errorText": "This task already exists"}
	shop.answer(endpoints.PRICE_PUSH, body, status=208)
	shop.answer(endpoints.PRICE_TASK, state(3))
	assert shop.connector.push_prices([wanted(1, "1900")])[0].ok
	assert shop.addresses[-1].endswith("uploadID=9")


@pytest.mark.parametrize(("status", "code"), [(None, PENDING), (4, "cancelled"), (77, PENDING)])
def test_what_is_not_decided_comes_again(shop, status, code):
	shop.answer(endpoints.SOME_GOODS, listed(goods(1)))
	shop.answer(endpoints.PRICE_PUSH, taken())
	shop.answer(endpoints.PRICE_TASK, state(status))
	(result,) = shop.connector.push_prices([wanted(1, "1900")])
	assert (result.ok, result.code) == (False, code)
	assert result.retry_after == 120 and result.message


@pytest.mark.parametrize("status", [429, 502])
def test_what_hinders_from_looking_says_nothing_about_the_upload(shop, status):
	shop.answer(endpoints.SOME_GOODS, listed(goods(1)))
	shop.answer(endpoints.PRICE_PUSH, taken())
	shop.answer(endpoints.PRICE_TASK, b"", status=status)
	(result,) = shop.connector.push_prices([wanted(1, "1900")])
	assert (result.ok, result.code) == (False, PENDING)


def test_an_upload_that_fails_is_told(shop):
	shop.answer(endpoints.SOME_GOODS, listed(goods(1)))
	shop.answer(endpoints.PRICE_PUSH, b"", status=502)
	with pytest.raises(TemporaryError):
		shop.connector.push_prices([wanted(1, "1900")])


@pytest.mark.parametrize(
	("words", "ok"),
	[("The specified prices and discounts are already set", True), ("Invalid price value", False)],
)
def test_an_upload_that_is_refused_as_a_whole(shop, words, ok):
	shop.answer(endpoints.SOME_GOODS, listed(goods(1)))
	shop.answer(endpoints.PRICE_PUSH, {"data": None, "error": True, "errorText": words}, status=400)
	(result,) = shop.connector.push_prices([wanted(1, "1900")])
	assert result.ok is ok
	assert ok or (result.code == "refused" and words in result.message)


@pytest.mark.parametrize(
	"answer", [{"data": None, "error": False}, {"data": {"id": "x"}}, {"data": {"id": True}}]
)
def test_an_upload_without_a_number_is_a_contract_error(shop, answer):
	shop.answer(endpoints.SOME_GOODS, listed(goods(1)))
	shop.answer(endpoints.PRICE_PUSH, answer)
	with pytest.raises(ContractError):
		shop.connector.push_prices([wanted(1, "1900")])


@pytest.mark.parametrize(
	("row", "code"),
	[
		(wanted(1, "99.90"), "not_whole"),
		(wanted(1, "0"), "zero"),
		(wanted(1, "100", currency="BYN"), "currency"),
		(wanted(1, "100", old="10000", currency="RUB"), None),
		(wanted(1, "10", old="100000"), "discount"),
		(wanted(2, "100"), "not_found"),
	],
)
def test_what_would_be_refused_is_not_uploaded(shop, row, code):
	shop.answer(endpoints.SOME_GOODS, listed(goods(1)))
	if code is None:
		shop.answer(endpoints.PRICE_PUSH, taken())
		shop.answer(endpoints.PRICE_TASK, state(3))
	(result,) = shop.connector.push_prices([row])
	assert (result.ok, result.code) == (code is None, code)
	assert result.ok or result.message


def test_an_old_price_alone_keeps_the_price(shop):
	shop.answer(endpoints.SOME_GOODS, listed(goods(1, 2000, 50)))
	shop.answer(endpoints.PRICE_PUSH, taken())
	shop.answer(endpoints.PRICE_TASK, state(3))
	assert shop.connector.push_prices([wanted(1, None, "0")])[0].ok
	assert shop.bodies[1] == {"data": [{"nmID": 1, "price": 1000, "discount": 0}]}


def test_sizes_of_one_price_must_agree(shop):
	shop.answer(endpoints.SOME_GOODS, listed(goods(1, sizes=2), goods(2)))
	shop.answer(endpoints.PRICE_PUSH, taken())
	shop.answer(endpoints.PRICE_TASK, state(3))
	results = shop.connector.push_prices([wanted(1, "1500"), wanted(1, "1600", place=1), wanted(2, "1500")])
	assert [(result.ok, result.code) for result in results] == [
		(False, "sizes_differ"),
		(False, "sizes_differ"),
		(True, None),
	]
	assert shop.bodies[1] == {"data": [{"nmID": 2, "price": 1500, "discount": 0}]}


def test_cards_that_are_not_named_are_looked_up(shop):
	shop.answer(endpoints.GOODS, listed(goods(1), goods(2)))
	shop.answer(endpoints.QUARANTINE, quarantined())
	shop.answer(endpoints.SOME_GOODS, listed(goods(3)))
	assert all(
		result.ok
		for result in shop.connector.push_prices([wanted(2, "2000", marketplace_ids={}), wanted(3, "2000")])
	)
	assert [body for body in shop.bodies if body] == [{"nmList": [3]}]


def test_a_size_that_is_nowhere_ends_the_search(shop):
	shop.answer(endpoints.GOODS, listed(goods(1)), EMPTY)
	shop.answer(endpoints.QUARANTINE, quarantined())
	assert shop.connector.push_prices([wanted(2, "2000", marketplace_ids={})])[0].code == "not_found"


def test_a_list_that_repeats_does_not_go_on_for_ever(shop):
	shop.answer(endpoints.GOODS, listed(goods(1)), listed(goods(1)))
	shop.answer(endpoints.QUARANTINE, quarantined())
	with pytest.raises(ContractError, match="same page"):
		shop.connector.push_prices([wanted(2, "2000", marketplace_ids={})])


def test_prices_are_read_as_they_are_pushed():
	first, _second = read_goods(golden("goods_of_sizes")["payload"])
	assert (first.record.price.amount, first.record.old_price.amount) == (1499, 1999)


# --- what the shop's rules make is what is read back -----------------------------------------------


def decided(rate: str, *, old_price_markup: int = 0, **more: Any) -> PriceDecision:
	"""The price of a listing as the price run decides it."""
	policy = PricePolicy(
		"RUB",
		old_price_markup=Decimal(old_price_markup),
		step=INFO.price_step,
		old_price_by_percent=INFO.old_price_by_percent,
		keeps_minimum_price=INFO.keeps_minimum_price,
		**more,
	)
	return decide_price([PricedItem("ITEM", rate=Decimal(rate), currency="RUB")], ChannelPrice(), policy)


@pytest.mark.parametrize(
	("rate", "markup", "price", "old"),
	[
		("1499.90", 0, 1500, None),
		("1499.50", 33, 1500, 2000),
		("0.30", 0, 1, None),
		("1000", 25, 1000, 1250),
		("999", 50, 999, 1492),  # 1,499 is asked for: 33 % less than 1,492 are 999.64
	],
)
def test_sums_are_decided_as_they_will_be_kept(rate, markup, price, old):
	decision = decided(rate, old_price_markup=markup)
	assert (decision.price, decision.old_price) == (price, old)


def test_a_minimum_price_is_not_asked_for():
	assert decided("1000", minimum_price_share=Decimal(80)).minimum_price is None


@given(
	st.decimals("0.01", "100000", places=2),
	st.integers(0, 5000),
	st.integers(1, 10**6),
	st.integers(0, 99),
	st.sampled_from(Rounding),
)
def test_what_is_decided_is_read_back_to_the_unit(rate, markup, before, discount, rounding):
	"""So the price run finds nothing to send the next time."""
	decision = decided(str(rate), old_price_markup=markup, rounding=rounding)
	old = None if decision.old_price is None else str(decision.old_price)
	sent = splitted(int(decision.price), old, before, discount)
	assume(sent[1] <= LARGEST_DISCOUNT)  # what is more is refused with a sentence
	now = OnSale("1", "10", "RUB", *sent, False)
	assert now.price == decision.price
	if old is not None:
		assert (now.before, bool(now.discount)) == (decision.old_price, True)
		assert splitted(int(decision.price), old, *sent) == sent


def test_cards_with_prices_by_size_say_that_their_old_price_is_given():
	one, other = read_goods(goods(1, sizes=1)), read_goods(goods(2, sizes=2, editable=True))
	assert [item.record.old_price_fixed for item in (*one, *other)] == [False, True, True]
