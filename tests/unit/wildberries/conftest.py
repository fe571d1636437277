from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import responses

from tests.unit.wildberries.shop import Shop


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
	"""All registered answers must be asked for: a test that prepares one nobody fetches is wrong."""
	with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
		yield mock


@pytest.fixture
def shop(wire) -> Shop:
	return Shop(wire)


@pytest.fixture
def shop_with(wire) -> Callable[..., Shop]:
	"""A shop with another token or more patience."""
	return lambda **settings: Shop(wire, **settings)
