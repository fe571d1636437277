from __future__ import annotations

import pytest

from crm_marketplace.integrations.budget import LimiterBudget, Unlimited
from crm_marketplace.integrations.errors import ConfigurationError
from crm_marketplace.integrations.marketplaces.ozon.connector import INFO, OzonConnector
from tests.unit.ozon.shop import CREDENTIALS


def test_connecting_makes_no_request_and_shows_no_key():
	connector = OzonConnector.connect(CREDENTIALS)
	assert connector.transport.request_count == 0
	assert CREDENTIALS["api_key"] not in repr(connector)
	assert isinstance(connector.transport.budget, LimiterBudget)
	assert connector.transport.patience == 60.0
	assert connector.clock().tzinfo is not None


def test_another_server_and_a_shared_budget():
	budget = Unlimited()
	connector = OzonConnector.connect(
		{**CREDENTIALS, "api_key": " abc-def \n"}, base_url="http://127.0.0.1:8899", budget=budget, patience=0
	)
	assert connector.transport.base_url == "http://127.0.0.1:8899"
	assert connector.transport.budget is budget
	assert connector.transport.headers["Api-Key"] == "abc-def"


@pytest.mark.parametrize("missing", list(CREDENTIALS))
def test_what_is_missing_is_named(missing):
	label = next(field.label for field in INFO.credential_fields if field.name == missing)
	with pytest.raises(ConfigurationError, match=label):
		OzonConnector.connect({**CREDENTIALS, missing: ""})


def test_only_the_key_is_secret():
	assert {field.name: field.secret for field in INFO.credential_fields} == {
		"client_id": False,
		"api_key": True,
	}


def test_batches_are_the_largest_the_vendor_takes():
	assert (INFO.stock_batch, INFO.price_batch, INFO.order_page_size) == (100, 1000, 100)
	assert INFO.label_batch == 100
	assert INFO.stock_repeat_after.total_seconds() == 30
	assert INFO.maximum_stock == 999_999
