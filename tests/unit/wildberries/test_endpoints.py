"""The table of methods against the vendor's specification."""

from __future__ import annotations

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.marketplaces.wildberries import endpoints
from crm_marketplace.integrations.marketplaces.wildberries.connector import INFO
from crm_marketplace.integrations.marketplaces.wildberries.feed import FEED_PACE
from crm_marketplace.integrations.transport import Endpoint
from tests.unit.wildberries.specification import needs_specification, operation

TABLE = {name: value for name, value in vars(endpoints).items() if isinstance(value, Endpoint)}
# The category of the specification (`x-category`) → the host we call.
CATEGORIES = {
	"commonapi": endpoints.COMMON,
	"content": endpoints.CONTENT,
	"discountsandprices": endpoints.PRICE,
	"marketplace": endpoints.MARKETPLACE,
	"contentanalytics": endpoints.ANALYTICS,
	"questionsandfeedback": endpoints.FEEDBACK,
	"returns": endpoints.CLAIM,
}


@needs_specification
@pytest.mark.parametrize("endpoint", TABLE.values(), ids=TABLE)
def test_the_method_exists_where_we_call_it(endpoint):
	_document, found = operation(endpoint.method, endpoint.path)
	assert not found.get("deprecated")
	assert CATEGORIES[found["x-category"]] == endpoint.host
	servers = {server["url"] for server in found["servers"]}
	assert endpoints.HOSTS[endpoint.host] in servers


@needs_specification
@pytest.mark.parametrize("endpoint", TABLE.values(), ids=TABLE)
def test_writes_are_those_the_specification_says(endpoint):
	_document, found = operation(endpoint.method, endpoint.path)
	assert (endpoint in endpoints.WRITES) is (not found["x-readonly-method"])


@needs_specification
@pytest.mark.parametrize("endpoint", TABLE.values(), ids=TABLE)
def test_a_refusal_counts_as_the_specification_says(endpoint):
	_document, found = operation(endpoint.method, endpoint.path)
	assert ("учитывается как 10 запросов" in found["description"]) is (endpoint.penalty == 9)


@needs_specification
@pytest.mark.parametrize("endpoint", TABLE.values(), ids=TABLE)
def test_the_page_about_it(endpoint):
	_document, found = operation(endpoint.method, endpoint.path)
	page, _hash, anchor = endpoint.doc.removeprefix(endpoints.DOCUMENTATION).partition("#")
	assert page and anchor.startswith("tag/")
	assert anchor.endswith(found.get("operationId") or endpoint.method.lower())


def test_methods_are_listed_once():
	assert len({(endpoint.method, endpoint.path) for endpoint in TABLE.values()}) == len(TABLE)


def test_every_method_has_a_budget_of_its_own_kind():
	assert {endpoint.group for endpoint in TABLE.values()} | {FEED_PACE} == set(INFO.rate_limits)


def test_every_capability_says_what_it_calls():
	assert set(endpoints.NEEDED) == INFO.capabilities
	used = {method for methods in endpoints.NEEDED.values() for method in methods} | {
		*endpoints.FBO,
		*endpoints.REQUESTS,
	}
	assert used == set(TABLE.values())
	assert endpoints.NEEDED[Capability.CREDENTIALS] == (endpoints.SELLER,)


def test_budgets_keep_within_the_vendors_token_buckets():
	"""In any time, no more than a full bucket and what flows into it meanwhile."""
	buckets = {  # at once, and one more every so many seconds
		endpoints.CONTENT: (5, 0.6),
		endpoints.PRICE: (5, 0.6),
		endpoints.MARKETPLACE: (20, 0.2),
		"warehouses": (20, 0.2),
		"stock": (20, 0.2),
		"dbs": (20, 0.2),
		"cancel": (20, 0.6),
		"dbs_cancel": (10, 1.0),
		"order_feed": (1, 60.0),
		"item_returns": (10, 60.0),
		endpoints.CLAIM: (10, 3.0),
		endpoints.FEEDBACK: (6, 1 / 3),
		"default": (10, 60.0),
	}
	assert set(buckets) | {FEED_PACE} == set(INFO.rate_limits)
	for group, (at_once, every) in buckets.items():
		(limit,) = INFO.rate_limits[group]
		for windows in range(50):
			seconds = windows * limit.per.total_seconds()
			assert limit.requests * (windows + 1) <= at_once + seconds / every, group
