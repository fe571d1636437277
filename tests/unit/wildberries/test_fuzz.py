"""Whatever happens to a payload, it becomes records or ContractErrors, and never another exception; and whatever
is answered, a method gives its result or one of our errors.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_marketplace.integrations.budget import Unlimited
from crm_marketplace.integrations.errors import ContractError, IntegrationError
from crm_marketplace.integrations.marketplaces.wildberries.connector import WildberriesConnector
from crm_marketplace.integrations.marketplaces.wildberries.tasks import read_task
from crm_marketplace.integrations.records import Money, Order, Price, StockLevel
from tests.unit.wildberries.shop import NOW, TOKEN, golden
from tests.unit.wildberries.test_golden import READERS

CASES = (
	"fbs_new_abroad", "express_new", "dbs_company_extension", "feed_cancelled", "card_of_sizes", "card_in_the_bin",
	"goods_of_sizes", "stock_row", "warehouse_oversize", "item_return_fetched", "claim_back_on_sale",
	"review_answered",
)  # fmt: skip

NUMBERS = st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from(
	[
		Decimal("1e999999"),
		Decimal("-1e-999999"),
		Decimal("9" * 40),
		Decimal("0.00000000000001"),
		Decimal("-0"),
	]
)
SCALARS = (
	st.none()
	| st.booleans()
	| st.integers()
	| st.sampled_from([10**30, -(10**18), 10**400])
	| NUMBERS
	| st.text(max_size=20)
	| st.sampled_from(
		["", "0", "RUB", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1e400", "NaN", "²"]
	)
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=3)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
	"""Every place in a JSON value, as the way that leads there."""
	inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
	if way:
		yield way
	for key, inner in inside:
		yield from places(inner, (*way, key))


def damaged(value: Any, way: tuple[Any, ...], how: str, by: Any) -> Any:
	"""A copy of a JSON value with one place set, removed or doubled."""
	if not way or not isinstance(value, dict | list):
		return by if not way else value
	key, *rest = way
	if key not in (value if isinstance(value, dict) else range(len(value))):
		return value
	value = copy.copy(value)
	if rest or how == "set":
		value[key] = damaged(value[key], tuple(rest), how, by)
	elif how == "remove":
		del value[key]
	elif isinstance(value, list):
		value.append(value[key])
	return value


PAYLOADS = {name: golden(name) for name in CASES}
PLACES = {name: list(places(case["payload"])) for name, case in PAYLOADS.items()}


def check(items: list[Any]) -> None:
	for item in items:
		assert (item.record is None) != (item.error is None)
		assert 1 <= len(item.external_id) <= 140
		if item.error is not None:
			assert isinstance(item.error, ContractError) and str(item.error)
			assert item.error.record_id == item.external_id
		else:
			record = item.record
			assert type(record).model_validate_json(record.model_dump_json()) == record
			if isinstance(record, Order):
				assert record.total.currency == record.currency


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_records_or_contract_errors(name, data):
	payload = PAYLOADS[name]["payload"]
	for _ in range(data.draw(st.integers(1, 4), label="how many")):
		payload = damaged(
			payload,
			data.draw(st.sampled_from(PLACES[name]), label="where"),
			data.draw(st.sampled_from(["set", "set", "remove", "double"]), label="how"),
			data.draw(VALUES, label="what"),
		)
	check(READERS[PAYLOADS[name]["kind"]](payload))


@settings(max_examples=50)
@given(
	st.recursive(
		SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
	)
)
def test_any_json_at_all(value):
	for read in READERS.values():
		check(read(value))


KNOWN = read_task(golden("fbs_assembly")["payload"]).record
SINCE = NOW.replace(hour=1)
CALLS: dict[str, Callable[[WildberriesConnector], Any]] = {
	"check_credentials": lambda shop: shop.check_credentials(),
	"warehouses": lambda shop: shop.warehouses(),
	"listings": lambda shop: shop.listings(limit=1),
	"order_changes": lambda shop: shop.order_changes(SINCE, NOW),
	"order_changes (DBS)": lambda shop: shop.order_changes(SINCE, NOW, '{"phase":"dbs_new"}'),
	"orders_created (feed)": lambda shop: shop.orders_created(SINCE, NOW, '{"phase":"feed"}', 1),
	"open_orders": lambda shop: shop.open_orders(),
	"refresh_orders": lambda shop: shop.refresh_orders([KNOWN]),
	"order": lambda shop: shop.order("13833711"),
	"order (feed)": lambda shop: shop.order("1.0.0"),
	"stock_levels": lambda shop: shop.stock_levels(),
	"stock_levels of some": lambda shop: shop.stock_levels(listing_ids=["5"]),
	"push_stock": lambda shop: shop.push_stock([LEVEL]),
	"prices": lambda shop: shop.prices(),
	"push_prices": lambda shop: shop.push_prices([PRICE]),
	"push_prices (looked up)": lambda shop: shop.push_prices(
		[PRICE.model_copy(update={"marketplace_ids": {}})]
	),
	"cancel_reasons": lambda shop: shop.cancel_reasons("13833711"),
	"cancel_order": lambda shop: shop.cancel_order("13833711", "seller"),
	"returns": lambda shop: shop.returns(SINCE, NOW),
	"returns (claims)": lambda shop: shop.returns(SINCE, NOW, '{"phase":"requests"}'),
	"reviews": lambda shop: shop.reviews(SINCE, NOW),
	"answer_review": lambda shop: shop.answer_review("YX52RZEBhH9mrcYdEJuD", "Спасибо!"),
	"labels": lambda shop: shop.labels([KNOWN, KNOWN.model_copy(update={"external_id": "7"})]),
}
LEVEL = StockLevel(listing_id="5", offer_id="A", warehouse_id="9", quantity=1)
PRICE = Price(
	listing_id="5", offer_id="A", marketplace_ids={"nmID": "1"}, price=Money(amount=1, currency="RUB")
)
KEYS = """orders next id orderId supplierStatus wbStatus data listGoods quarantineGoods historyGoods cards cursor
updatedAt nmID chrtId chrtID sizeID sizes status stocks amount code message error errorText detail title results
snapshotTime currency srid isMp price discount currencyIsoCode4217 deliveryType uploadID report claims feedbacks
answer text state editable productValuation createdDate stickers file orderDt returnStatus""".split()
ANSWERS = st.recursive(
	SCALARS,
	lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@settings(max_examples=25)
@given(answer=ANSWERS, status=st.sampled_from([200, 200, 200, 208, 400, 401, 403, 404, 406, 409, 429, 500]))
def test_any_answer_at_all(call, answer, status):
	connector = WildberriesConnector.connect(
		{"token": TOKEN}, budget=Unlimited(), patience=0, clock=lambda: NOW
	)
	with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
		for method in ("GET", "POST", "PUT", "PATCH"):
			mock.add(method, re.compile(".*"), body=json.dumps(answer, default=str), status=status)
		try:
			call(connector)
		except IntegrationError as error:
			assert str(error)
