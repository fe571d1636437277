"""Whatever happens to a payload, it becomes a record or a ContractError, and never another exception."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_marketplace.integrations.budget import Unlimited
from crm_marketplace.integrations.errors import ContractError, IntegrationError
from crm_marketplace.integrations.marketplaces.yandex_market.connector import YandexMarketConnector
from crm_marketplace.integrations.records import Fetched, Money, Order, Price, StockLevel
from tests.unit.yandex_market.shop import CABINET, NOW, OWN_SHOP, golden
from tests.unit.yandex_market.test_golden import READERS

NAMES = [
	"fbs_ready_boxes",
	"fbs_uneven_sum",
	"fbs_cancelled",
	"dbs_delivery",
	"listing_published",
	"price_held",
	"price_shop",
	"stock_row",
	"warehouse",
	"warehouse_grouped",
	"return_ready",
	"return_unredeemed",
	"review_new",
	"review_answered",
]
PAYLOADS = {name: golden(name)["payload"] for name in NAMES}

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False) | st.sampled_from(
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
	| DECIMALS
	| st.text(max_size=20)
	| st.sampled_from(
		[
			"",
			"0",
			"RUR",
			"9999-12-31",
			"0001-01-01",
			"24:00",
			"9999-12-31T23:59:59-12:00",
			"0001-01-01T00:00:00+14:00",
			"1e400",
			"NaN",
			"²",
		]
	)
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(st.text(max_size=5), SCALARS, max_size=3)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
	"""Every place in a JSON value, as the way that leads there."""
	found = [path] if path else []
	if isinstance(value, dict):
		for key, inner in value.items():
			found += places(inner, (*path, key))
	elif isinstance(value, list):
		for index, inner in enumerate(value):
			found += places(inner, (*path, index))
	return found


PLACES = {name: places(payload) for name, payload in PAYLOADS.items()}


def damage(payload: Any, path: tuple[Any, ...], how: str, value: Any) -> None:
	*way, last = path
	for step in way:
		if not isinstance(payload, dict | list) or (isinstance(payload, dict) and step not in payload):
			return
		if isinstance(payload, list) and not (isinstance(step, int) and step < len(payload)):
			return
		payload = payload[step]
	if isinstance(payload, dict) and isinstance(last, str):
		if how == "remove":
			payload.pop(last, None)
		else:
			payload[last] = value
	elif isinstance(payload, list) and isinstance(last, int) and last < len(payload):
		if how == "remove":
			del payload[last]
		elif how == "double":
			payload.append(copy.deepcopy(payload[last]))
		else:
			payload[last] = value


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_record_or_a_contract_error(name, data):
	payload = copy.deepcopy(PAYLOADS[name])
	for _ in range(data.draw(st.integers(1, 4), label="how many")):
		damage(
			payload,
			data.draw(st.sampled_from(PLACES[name]), label="where"),
			data.draw(st.sampled_from(["set", "set", "remove", "double"]), label="how"),
			data.draw(VALUES, label="what"),
		)
	fetched: Fetched | None = READERS[golden(name)["kind"]](payload)
	if fetched is None:  # a warehouse of a kind the shop has not
		return
	assert (fetched.record is None) != (fetched.error is None)
	assert 1 <= len(fetched.external_id) <= 140
	if fetched.error is not None:
		assert isinstance(fetched.error, ContractError)
		assert fetched.error.record_id == fetched.external_id
		assert str(fetched.error)
	else:
		assert fetched.record.digest
		assert type(fetched.record).model_validate_json(fetched.record.model_dump_json()) == fetched.record
		if isinstance(fetched.record, Order):
			assert fetched.record.total.currency == fetched.record.currency


@settings(max_examples=50)
@given(
	st.recursive(
		SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
	)
)
def test_any_json_at_all(value):
	for read in READERS.values():
		fetched = read(value)
		assert (fetched.record is None) != (fetched.error is None)


CALLS: dict[str, Callable[[YandexMarketConnector], Any]] = {
	"check_credentials": lambda shop: shop.check_credentials(),
	"warehouses": lambda shop: shop.warehouses(),
	"listings": lambda shop: shop.listings(),
	"order_changes": lambda shop: shop.order_changes(NOW.replace(hour=1), NOW),
	"orders_created": lambda shop: shop.orders_created(NOW.replace(hour=1), NOW),
	"open_orders": lambda shop: shop.open_orders(),
	"order": lambda shop: shop.order("1"),
	"stock_levels": lambda shop: shop.stock_levels(),
	"push_stock": lambda shop: shop.push_stock([LEVEL]),
	"prices": lambda shop: shop.prices(),
	"own prices": lambda shop: shop.prices('{"own":true}'),
	"push_prices": lambda shop: shop.push_prices([PRICE]),
	"cancel_reasons": lambda shop: shop.cancel_reasons("1"),
	"cancel_order": lambda shop: shop.cancel_order("1", "SHOP_FAILED"),
	"cancel_lines": lambda shop: shop.cancel_lines("1", {"5": 1}, "SHOP_FAILED"),
	"labels": lambda shop: shop.labels([ORDER]),
	"labels of several": lambda shop: shop.labels([ORDER, ORDER.model_copy(update={"external_id": "2"})]),
	"returns": lambda shop: shop.returns(NOW.replace(hour=1), NOW),
	"reviews": lambda shop: shop.reviews(NOW.replace(hour=1), NOW),
	"answer_review": lambda shop: shop.answer_review("1", "Спасибо!"),
}
ORDER = READERS["order"](golden("fbs_ready_boxes")["payload"]).record.model_copy(update={"external_id": "1"})
LEVEL = StockLevel(listing_id="1", offer_id="A", warehouse_id="9", quantity=1)
PRICE = Price(listing_id="1", offer_id="A", price=Money(amount=1, currency="RUB"))
KEYS = """status errors message code result paging nextPageToken campaigns id domain business settings currency
onlyDefaultPrice apiKey authScopes warehouses models placementType campaignId offerMappings offer offers offerId
price value stocks type count orders orderId items delivery verdicts params name returns feedbacks comments
feedbackId statistics rating commentsCount reportId file subStatus""".split()
ANSWERS = st.recursive(
	SCALARS,
	lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
)
# Answers that get further than the first look.
SHAPED = st.one_of(
	ANSWERS,
	st.builds(lambda rows: {"orders": rows}, st.lists(ANSWERS, max_size=2)),
	st.builds(
		lambda name, rows, token: {"result": {name: rows, "paging": {"nextPageToken": token}}},
		st.sampled_from(["offers", "warehouses", "offerMappings", "returns", "feedbacks", "comments"]),
		st.lists(ANSWERS, max_size=2),
		SCALARS,
	),
	st.builds(lambda rows: {"campaigns": rows}, st.lists(ANSWERS, max_size=2)),
)


@pytest.mark.parametrize("credentials", [OWN_SHOP, CABINET], ids=["shop", "cabinet"])
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@settings(max_examples=12)
@given(answer=SHAPED, status=st.sampled_from([200, 200, 200, 400, 403, 404, 420, 500]))
def test_any_answer_at_all(call, credentials, answer, status):
	"""What a method makes of an answer is its result or one of our errors."""
	connector = YandexMarketConnector.connect(credentials, budget=Unlimited(), patience=0, clock=lambda: NOW)
	with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
		for method in ("GET", "POST", "PUT"):
			mock.add(method, re.compile(".*"), body=json.dumps(answer, default=str), status=status)
		try:
			call(connector)
		except IntegrationError as error:
			assert str(error)
