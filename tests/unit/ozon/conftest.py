from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from hypothesis import settings

from tests.unit.ozon.shop import Shop

# A busy machine must not fail a test.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def shop() -> Iterator[Shop]:
	"""All registered answers must be asked for: a test that prepares one nobody fetches is wrong."""
	with responses.RequestsMock(assert_all_requests_are_fired=True) as mock:
		yield Shop(mock)
