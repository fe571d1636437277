from __future__ import annotations

from collections import defaultdict

import pytest

from crm_marketplace.integrations.budget import LimiterBudget, Unlimited
from crm_marketplace.integrations.errors import ConfigurationError
from crm_marketplace.integrations.marketplaces.yandex_market.connector import INFO, YandexMarketConnector
from crm_marketplace.integrations.marketplaces.yandex_market.session import YandexMarketSession
from tests.unit.yandex_market.shop import KEY, OWN_SHOP


def test_connecting_makes_no_request_and_shows_no_key():
	connector = YandexMarketConnector.connect(OWN_SHOP)
	assert connector.transport.request_count == 0
	assert KEY["api_key"] not in repr(connector)
	assert isinstance(connector.transport.budget, LimiterBudget)
	assert connector.transport.patience == 60.0
	assert connector.clock().tzinfo is not None
	assert (connector.own_business, connector.own_campaign) == ("1043217", "21653214")


def test_another_server_and_a_shared_budget():
	budget = Unlimited()
	connector = YandexMarketConnector.connect(
		{"api_key": " abc-def \n"}, base_url="http://127.0.0.1:8899", budget=budget, patience=0
	)
	assert connector.transport.base_url == "http://127.0.0.1:8899"
	assert connector.transport.budget is budget
	assert connector.transport.headers["Api-Key"] == "abc-def"


def test_the_key_is_all_that_is_needed():
	connector = YandexMarketConnector.connect({**KEY, "business_id": "", "campaign_id": " "})
	assert (connector.own_business, connector.own_campaign) == (None, None)
	with pytest.raises(ConfigurationError, match="API key"):
		YandexMarketConnector.connect({**OWN_SHOP, "api_key": ""})


@pytest.mark.parametrize(("field", "label"), [("campaign_id", "Campaign ID"), ("business_id", "Business ID")])
@pytest.mark.parametrize("text", ["Wind", "11-21653214", "1.5", "-7"])
def test_a_shop_is_a_number(field, label, text):
	with pytest.raises(ConfigurationError, match=f"{label} is a number"):
		YandexMarketConnector.connect({**OWN_SHOP, field: text})


def test_shops_of_one_key_share_its_limits():
	shops = [{**OWN_SHOP, "campaign_id": number} for number in ("1", "2")]
	first, second = (INFO.account_key(shop) for shop in shops)
	assert first == second == INFO.account_key(KEY)
	assert first != INFO.account_key({"api_key": "another"})


def test_only_the_key_is_secret():
	assert {field.name: (field.secret, field.selects_shop) for field in INFO.credential_fields} == {
		"campaign_id": (False, True),
		"business_id": (False, True),
		"api_key": (True, False),
	}


def test_batches_and_parallel_requests_are_the_vendors():
	assert (INFO.stock_batch, INFO.price_batch, INFO.order_page_size) == (2000, 200, 50)
	assert INFO.parallel_requests == 4


def test_no_capability_covers_up_a_name_of_another():
	"""They are put together by inheritance: two methods of one name would silently become one."""
	owners: dict[str, set[type]] = defaultdict(set)
	for cls in YandexMarketConnector.__mro__:
		if cls not in (object, YandexMarketSession, YandexMarketConnector):
			for name in vars(cls):
				if not name.startswith("__"):
					owners[name].add(cls)
	assert {name for name, found in owners.items() if len(found) > 1 and not name.startswith("_abc")} == set()
	assert "push_stock" in owners
