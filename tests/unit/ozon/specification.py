"""The vendor's specification, where it is at hand: beside the repository, or where MARKETPLACE_API_SPECS says."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SPECS = Path(
	os.environ.get("MARKETPLACE_API_SPECS") or Path(__file__).parents[3] / "../shared/api-specs"
).resolve()
FILE = SPECS / "ozon" / "swagger.json"

needs_specification = pytest.mark.skipif(not FILE.exists(), reason=f"no specification at {FILE}")


@cache
def specification() -> dict[str, Any]:
	return json.loads(FILE.read_text(encoding="utf-8"), parse_float=Decimal)


def operation(path: str) -> dict[str, Any]:
	return specification()["paths"][path]["post"]


def example(path: str) -> Any:
	"""The vendor's own example of a successful answer."""
	return operation(path)["responses"]["200"]["content"]["application/json"]["example"]


def request_schema(path: str) -> dict[str, Any]:
	"""The schema of the request body with its references; empty where the method takes none."""
	body = operation(path).get("requestBody")
	return body["content"]["application/json"]["schema"] if body else {}
