"""The Ozon connector, held to the words of `connector.py`."""

from __future__ import annotations

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.marketplaces.ozon.connector import OzonConnector
from tests.conformance.ozon_specification import OZON
from tests.conformance.suite import ConnectorConformance


class TestOzon(ConnectorConformance):
	connector = OzonConnector
	specification = OZON
	rows = {  # noqa: RUF012
		Capability.WAREHOUSES: "/v2/warehouse/list",
		Capability.LISTINGS: "/v3/product/info/list",
		Capability.ORDERS: "/v4/posting/fbs/list",
		Capability.STOCK: "/v2/product/info/stocks-by-warehouse/fbs",
		Capability.PRICES: "/v5/product/info/prices",
	}
	lists = {Capability.LISTINGS: "/v3/product/list"}  # noqa: RUF012
