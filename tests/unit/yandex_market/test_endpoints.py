"""The table of methods against the vendor's specification."""

from __future__ import annotations

from datetime import timedelta

import pytest

from crm_marketplace.integrations.marketplaces.yandex_market import endpoints
from crm_marketplace.integrations.marketplaces.yandex_market.connector import INFO
from crm_marketplace.integrations.marketplaces.yandex_market.orders import ORDER_PAGE
from crm_marketplace.integrations.marketplaces.yandex_market.prices import PRICE_BATCH, PRICE_PAGE
from crm_marketplace.integrations.marketplaces.yandex_market.stock import STOCK_BATCH, STOCK_PAGE
from crm_marketplace.integrations.transport import Endpoint
from tests.unit.yandex_market.specification import needs_specification, operation, specification

TABLE = {name: value for name, value in vars(endpoints).items() if isinstance(value, Endpoint)}
every_method = pytest.mark.parametrize("endpoint", TABLE.values(), ids=TABLE)

PERIODS = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1)}
# Methods whose limit counts rows: how many of them a request of ours has at most.
ROWS_PER_REQUEST = {
	endpoints.GROUPED_STOCK: STOCK_PAGE,
	endpoints.GROUPED_STOCK_PUSH: STOCK_BATCH,
	endpoints.PRICES: PRICE_PAGE,
	endpoints.PRICE_PUSH: PRICE_BATCH,
	endpoints.SHOP_PRICES: PRICE_PAGE,
	endpoints.SHOP_PRICE_PUSH: PRICE_BATCH,
}


@needs_specification
@every_method
def test_the_method_exists_and_is_current(endpoint):
	found = operation(endpoint.method, endpoint.path)
	folder, page = endpoint.doc.removeprefix(f"{endpoints.DOCUMENTATION}reference/").split("/")
	assert (folder, page) == (found["tags"][0], found["operationId"])
	assert not found.get("deprecated")


@needs_specification
@every_method
def test_there_is_no_newer_version(endpoint):
	"""Where there is one, it is for the other kind of cabinets, and used too."""
	_empty, version, name = endpoint.path.split("/", 2)
	newer = {
		(method.upper(), path)
		for path, methods in specification()["paths"].items()
		for method in methods
		if path.split("/", 2)[2:] == [name] and int(path.split("/")[1][1:]) > int(version[1:])
	}
	assert newer <= {(each.method, each.path) for each in TABLE.values()}


@needs_specification
@every_method
def test_accesses_are_those_that_open_it(endpoint):
	access = endpoints.ACCESS[endpoint]
	opens = set(operation(endpoint.method, endpoint.path)["x-auth-scopes"])
	assert "all-methods" in opens
	assert (access.scope is None) == (len(opens) > 10)  # any key
	if access.scope:
		assert access.scope in opens
		assert access.writes == ("all-methods:read-only" not in opens)
		has_kinds = access.scope != endpoints.TALK_ACCESS  # the only one without a kind that only reads
		assert (f"{access.scope}:read-only" in opens) == (has_kinds and not access.writes)


@needs_specification
@every_method
def test_budgets_stay_below_the_vendors_limits(endpoint):
	limit = operation(endpoint.method, endpoint.path)["x-resource-limit-config"]
	allowed = limit["none"]["amount"] / limit["none"]["period-duration"]
	if limit["path"] != "resp":
		allowed /= ROWS_PER_REQUEST[endpoint]
	for ours in INFO.rate_limits[endpoint.group]:
		assert ours.per == PERIODS[limit["none"]["period"]]
		assert 0.8 * allowed <= ours.requests < allowed


@needs_specification
def test_batches_and_pages_are_what_the_vendor_takes():
	def most(endpoint: Endpoint, name: str) -> int:
		schema = operation(endpoint.method, endpoint.path)["requestBody"]["content"]["application/json"][
			"schema"
		]
		found = specification()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
		return found["properties"][name]["maxItems"]

	def page(endpoint: Endpoint) -> int:
		parameters = operation(endpoint.method, endpoint.path)["parameters"]
		known = specification()["components"]["parameters"]
		whole = [known.get(each.get("$ref", "").rpartition("/")[2], each) for each in parameters]
		return next(each["schema"]["maximum"] for each in whole if each.get("name") == "limit")

	assert STOCK_BATCH == most(endpoints.STOCK_PUSH, "skuItems") == most(endpoints.GROUPED_STOCK_PUSH, "skus")
	assert PRICE_BATCH <= most(endpoints.PRICE_PUSH, "offers") <= most(endpoints.SHOP_PRICE_PUSH, "offers")
	assert PRICE_BATCH <= most(endpoints.QUARANTINE, "offerIds")
	assert ORDER_PAGE == page(endpoints.ORDERS)
	assert STOCK_PAGE == page(endpoints.STOCK) == page(endpoints.GROUPED_STOCK)
	assert PRICE_PAGE <= page(endpoints.PRICES)


def test_methods_are_listed_once():
	assert len({(endpoint.method, endpoint.path) for endpoint in TABLE.values()}) == len(TABLE)
	assert set(endpoints.ACCESS) == set(TABLE.values())


def test_repeating_any_of_them_does_no_harm_but_one():
	assert [name for name, endpoint in TABLE.items() if not endpoint.safe] == ["ANSWER_REVIEW"]


def test_every_method_has_a_budget():
	assert {endpoint.group for endpoint in TABLE.values()} == set(INFO.rate_limits) - {"default"}


def test_every_capability_says_what_it_calls():
	assert set(endpoints.NEEDED) == INFO.capabilities
	assert {endpoint for methods in endpoints.NEEDED.values() for endpoint in methods} == set(TABLE.values())
