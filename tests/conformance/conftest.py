"""Fixtures of the conformance layer that live longer than a test, and what its run tells at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

pytest.register_assert_rewrite("tests.conformance.suite", "tests.conformance.specification")

from tests.conformance.specification import Specification


@pytest.fixture(scope="class")
def busy_shop(request: pytest.FixtureRequest) -> Iterator[Any]:
	"""A sandbox with several pages of everything, for tests that only read."""
	with request.cls.open_sandbox(listings=130, orders=160) as sandbox:
		for name in ("returns", "reviews"):
			request.cls.furnish(sandbox, name)
		yield sandbox


@pytest.fixture
def session() -> Iterator[requests.Session]:
	with requests.Session() as session:
		session.trust_env = False
		yield session


def pytest_terminal_summary(terminalreporter: Any) -> None:
	"""Which operations of the vendors' documents this run has judged."""
	for document in Specification.documents:
		if document.exercised:
			known = sum(document.exercised.values())
			terminalreporter.write_line(
				f"{document.name}: {known} exchanges of {len(document.exercised)} operations judged"
			)
			terminalreporter.write_line("  " + ", ".join(sorted(document.exercised)))
