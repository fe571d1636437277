from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses

from tests.unit.yandex_market.shop import CABINET, Shop


@pytest.fixture
def mock() -> Iterator[responses.RequestsMock]:
	"""All registered answers must be asked for: a test that prepares one nobody fetches is wrong."""
	with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
		yield mock


@pytest.fixture
def shop(mock: responses.RequestsMock) -> Shop:
	"""One shop of a cabinet."""
	return Shop(mock)


@pytest.fixture
def cabinet(mock: responses.RequestsMock) -> Shop:
	"""A whole cabinet."""
	return Shop(mock, CABINET)
