from __future__ import annotations

import pytest

from crm_marketplace.integrations.budget import LimiterBudget, Unlimited
from crm_marketplace.integrations.errors import ConfigurationError
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.connector import INFO, WildberriesConnector
from tests.unit.wildberries.shop import TOKEN


def test_connecting_makes_no_request_and_shows_no_token():
	connector = WildberriesConnector.connect({"token": TOKEN})
	assert connector.transport.request_count == 0
	assert TOKEN not in repr(connector) and TOKEN not in repr(connector.token)
	assert isinstance(connector.transport.budget, LimiterBudget)
	assert connector.transport.patience == 60.0
	assert connector.clock().tzinfo is not None
	assert connector.transport.hosts == endpoints.HOSTS


def test_another_server_plays_all_hosts():
	budget = Unlimited()
	connector = WildberriesConnector.connect(
		{"token": f" {TOKEN}\n"}, base_url="http://127.0.0.1:8899", budget=budget, patience=0
	)
	assert (connector.transport.base_url, connector.transport.hosts) == ("http://127.0.0.1:8899", {})
	assert connector.transport.budget is budget
	assert connector.transport.headers == {"Authorization": TOKEN}


@pytest.mark.parametrize("scheme", ["Bearer ", "bearer  ", "BEARER "])
def test_a_token_is_sent_without_its_scheme(scheme):
	connector = WildberriesConnector.connect({"token": scheme + TOKEN})
	assert connector.transport.headers == {"Authorization": TOKEN}
	assert connector.transport.secrets == (TOKEN,)


def test_what_is_missing_is_named():
	with pytest.raises(ConfigurationError, match="API token"):
		WildberriesConnector.connect({"token": " "})


def test_each_family_is_asked_at_its_host(shop):
	shop.answer(endpoints.SELLER, {"name": "x", "sid": "y"})
	shop.answer(endpoints.WAREHOUSES, [])
	shop.answer(endpoints.CARDS, {"cards": [], "cursor": {"total": 0}})
	shop.answer(endpoints.GOODS, {"data": {"listGoods": []}, "error": False, "errorText": ""})
	shop.connector.check_credentials()
	shop.connector.warehouses()
	shop.connector.listings()
	shop.connector.prices()
	assert all(record.error_kind is None for record in shop.log)


def test_batches_are_the_largest_the_vendor_takes():
	assert (INFO.stock_batch, INFO.price_batch, INFO.order_page_size, INFO.refresh_batch) == (1000,) * 4
	assert INFO.stock_batch_per_warehouse and INFO.maximum_stock == 100_000
	assert INFO.currency is None


@pytest.mark.parametrize("method", ["push_stock", "push_prices"])
def test_more_than_a_batch_is_not_sent(shop, method):
	with pytest.raises(ValueError):
		getattr(shop.connector, method)([None] * 1001)
	assert shop.requests == []
