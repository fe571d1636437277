"""The table of methods against the vendor's specification."""

from __future__ import annotations

import pytest

from crm_marketplace.integrations.connector import Capability
from crm_marketplace.integrations.marketplaces.ozon import endpoints
from crm_marketplace.integrations.marketplaces.ozon.connector import INFO
from crm_marketplace.integrations.transport import Endpoint
from tests.unit.ozon.specification import needs_specification, operation, specification

TABLE = {name: value for name, value in vars(endpoints).items() if isinstance(value, Endpoint)}


@needs_specification
@pytest.mark.parametrize("endpoint", TABLE.values(), ids=TABLE)
def test_the_method_exists_and_is_current(endpoint):
	assert endpoint.method == "POST"
	found = operation(endpoint.path)
	assert endpoint.doc == f"{endpoints.DOCUMENTATION}#operation/{found['operationId']}"
	assert not found.get("deprecated")
	assert "будет отключён" not in (found.get("description") or "")


@needs_specification
@pytest.mark.parametrize("endpoint", TABLE.values(), ids=TABLE)
def test_there_is_no_newer_version(endpoint):
	_empty, version, name = endpoint.path.split("/", 2)
	newer = [
		path
		for path in specification()["paths"]
		if path.split("/", 2)[2:] == [name] and int(path.split("/")[1][1:]) > int(version[1:])
	]
	assert newer == []


def test_methods_are_listed_once():
	assert len({endpoint.path for endpoint in TABLE.values()}) == len(TABLE)


def test_only_those_that_add_up_are_unsafe():
	unsafe = [name for name, endpoint in TABLE.items() if not endpoint.safe]
	assert unsafe == ["CANCEL_LINES", "REVIEW_ANSWER"]


def test_every_method_has_a_budget():
	assert {endpoint.group for endpoint in TABLE.values()} == set(INFO.rate_limits)


def test_every_capability_says_what_it_calls():
	assert set(endpoints.NEEDED) == INFO.capabilities
	used = {endpoint.path for methods in endpoints.NEEDED.values() for endpoint in methods}
	used |= {
		endpoint.path for endpoint in (*endpoints.FBO, *endpoints.RFBS, endpoints.ROLES, endpoints.SELLER)
	}
	assert used == {endpoint.path for endpoint in TABLE.values()}
	assert endpoints.NEEDED[Capability.CREDENTIALS] == ()
