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
from crm_marketplace.integrations.marketplaces.ozon.connector import OzonConnector
from crm_marketplace.integrations.marketplaces.ozon.listings import read_listing
from crm_marketplace.integrations.marketplaces.ozon.postings import read_posting
from crm_marketplace.integrations.marketplaces.ozon.prices import read_price
from crm_marketplace.integrations.marketplaces.ozon.returns import read_return, read_rfbs_return
from crm_marketplace.integrations.marketplaces.ozon.reviews import read_review
from crm_marketplace.integrations.marketplaces.ozon.stock import read_stock_level
from crm_marketplace.integrations.marketplaces.ozon.warehouses import read_warehouse
from crm_marketplace.integrations.records import Fetched, Money, Order, OrderAction, Price, StockLevel
from tests.unit.ozon.shop import CREDENTIALS, NOW, golden

CASES: dict[str, Callable[[Any], Fetched]] = {
	"fbs_awaiting_packaging": read_posting,
	"rfbs_multibox": read_posting,
	"rfbs_multibox_get": read_posting,
	"fbo_cancelled": read_posting,
	"listing_critical_error": read_listing,
	"price_row": read_price,
	"stock_row": read_stock_level,
	"warehouse_paused": read_warehouse,
	"return_of_fbs": read_return,
	"return_of_rfbs": read_rfbs_return,
	"review_answered": read_review,
}
PAYLOADS = {name: golden(name)["payload"] for name in CASES}

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
		["", "0", "RUB", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1e400", "NaN", "²"]
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


@pytest.mark.parametrize("name", CASES)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
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
	fetched = CASES[name](payload)
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


@settings(max_examples=100)
@given(
	st.recursive(
		SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3)
	)
)
def test_any_json_at_all(value):
	for read in set(CASES.values()):
		fetched = read(value)
		assert (fetched.record is None) != (fetched.error is None)


CALLS: dict[str, Callable[[OzonConnector], Any]] = {
	"check_credentials": lambda shop: shop.check_credentials(),
	"warehouses": lambda shop: shop.warehouses(),
	"listings": lambda shop: shop.listings(),
	"order_changes": lambda shop: shop.order_changes(NOW.replace(hour=1), NOW),
	"orders_created (FBO)": lambda shop: shop.orders_created(
		NOW.replace(hour=1), NOW, '{"phase":"fbo","piece":0}'
	),
	"open_orders": lambda shop: shop.open_orders(),
	"order": lambda shop: shop.order("10-1-1"),
	"stock_levels": lambda shop: shop.stock_levels(),
	"push_stock": lambda shop: shop.push_stock([LEVEL]),
	"prices": lambda shop: shop.prices(),
	"push_prices": lambda shop: shop.push_prices([PRICE]),
	"cancel_reasons": lambda shop: shop.cancel_reasons("10-1-1"),
	"cancel_order": lambda shop: shop.cancel_order("10-1-1", "352"),
	"cancel_lines": lambda shop: shop.cancel_lines("10-1-1", {"5": 1}, "352", "нет"),
	"labels": lambda shop: shop.labels([ORDER]),
	"returns": lambda shop: shop.returns(NOW.replace(hour=1), NOW),
	"returns (rFBS)": lambda shop: shop.returns(NOW.replace(hour=1), NOW, '{"phase":"rfbs"}'),
	"reviews": lambda shop: shop.reviews(NOW.replace(hour=1), NOW),
	"answer_review": lambda shop: shop.answer_review("017c0d1c", "Спасибо"),
}
ORDER = read_posting(golden("rfbs_multibox")["payload"]).record.model_copy(
	update={"actions": (OrderAction.LABEL,)}
)
LEVEL = StockLevel(listing_id="1", offer_id="A", warehouse_id="9", quantity=1)
PRICE = Price(listing_id="1", offer_id="A", price=Money(amount=1, currency="RUB"))
KEYS = """result items last_id postings cursor has_next warehouses delivery_methods products roles methods name company
expires_at offer_id product_id warehouse_id updated errors code message reasons posting_number id
returns return_id reviews photos_amount photos comments_amount comments tasks task_id status file_url""".split()
ANSWERS = st.recursive(
	SCALARS,
	lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@settings(max_examples=40)
@given(answer=ANSWERS, status=st.sampled_from([200, 200, 200, 400, 403, 404, 429, 500]))
def test_any_answer_at_all(call, answer, status):
	"""What a method makes of an answer is its result or one of our errors."""
	connector = OzonConnector.connect(CREDENTIALS, budget=Unlimited(), patience=0, clock=lambda: NOW)
	with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
		mock.add("POST", re.compile(".*"), body=json.dumps(answer, default=str), status=status)
		try:
			call(connector)
		except IntegrationError as error:
			assert str(error)
