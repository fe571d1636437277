"""The Yandex Market connector, held to the words of `connector.py`."""

from __future__ import annotations

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.marketplaces.yandex_market.connector import YandexMarketConnector
from tests.conformance.suite import Base, ConnectorConformance
from tests.conformance.yandex_market_specification import YANDEX_MARKET


class YandexMarketBase(Base):
	connector = YandexMarketConnector
	specification = YANDEX_MARKET
	rows = {  # noqa: RUF012
		Capability.WAREHOUSES: "/v3/businesses/*/warehouses",
		Capability.LISTINGS: "/v2/businesses/*/offer-mappings",
		Capability.ORDERS: "/v1/businesses/*/orders",
		Capability.STOCK: "/v3/businesses/*/offers/stocks",
		Capability.PRICES: "/v2/businesses/*/offer-prices",
		Capability.RETURNS: "/v2/campaigns/*/returns",
		Capability.FEEDBACK: "/v2/businesses/*/goods-feedback",
	}
	delivered = "DELIVERED"
	shipped = "DELIVERY"
	open_statuses = ("PROCESSING/STARTED", "PROCESSING/READY_TO_SHIP")


class TestYandexMarket(YandexMarketBase, ConnectorConformance):
	orders_are_split = False
	old_price = "501"  # whole roubles
	line_cancelling = "/v2/campaigns/*/boxes"
	says_what_stays = True
	return_states = (
		"Requested",
		"On The Way",
		"Ready For Pickup",
		"Received",
		"At Marketplace",
		"Disposed Of",
		"Lost",
		"Refused",
	)
	unknown_review = "999999999"

	def ask_often(self, connector):
		connector.prices(limit=1)
