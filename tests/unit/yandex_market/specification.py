"""The vendor's specification, where it is at hand: beside the repository, or where MARKETPLACE_API_SPECS says."""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SPECS = Path(
	os.environ.get("MARKETPLACE_API_SPECS") or Path(__file__).parents[3] / "../shared/api-specs"
).resolve()
FILE = SPECS / "yandex-market" / "openapi.bundled.json"

needs_specification = pytest.mark.skipif(not FILE.exists(), reason=f"no specification at {FILE}")


@cache
def specification() -> dict[str, Any]:
	return json.loads(FILE.read_text(encoding="utf-8"))


def operation(method: str, path: str) -> dict[str, Any]:
	return specification()["paths"][path][method.lower()]


def words(schema: str) -> list[str]:
	"""The values of an enumeration."""
	return specification()["components"]["schemas"][schema]["enum"]
