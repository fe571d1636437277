from __future__ import annotations

from collections.abc import Iterator

import pytest
import responses
from hypothesis import settings

from tests.unit.integrations.fakes import World

# A busy machine must not fail a test.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@pytest.fixture
def http() -> Iterator[responses.RequestsMock]:
	"""No request leaves the test; each registered answer is given once, in turn."""
	with responses.mock as mock:
		yield mock
	responses.mock.reset()


@pytest.fixture
def world() -> World:
	return World()
