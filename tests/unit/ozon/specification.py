"""The vendor's specification, where it is at hand: beside the repository, or where MARKETPLACE_API_SPECS says."""

from __future__ import annotations

import json
import os
import re
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

SPECS = Path(
	os.environ.get("MARKETPLACE_API_SPECS") or Path(__file__).parents[3] / "../shared/api-specs"
).resolve()
FILE = SPECS / "ozon" / "swagger.json"
LATER = SPECS / "ozon" / "supplement-labels-2026-09.json"  # methods that came after it

needs_specification = pytest.mark.skipif(
	not (FILE.exists() and LATER.exists()), reason=f"no specification at {FILE}"
)


@cache
def specification() -> dict[str, Any]:
	found, later = (
		json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal) for file in (FILE, LATER)
	)
	return {**found, "paths": {**found["paths"], **later["paths"]}}


def operation(path: str) -> dict[str, Any]:
	return specification()["paths"][path]["post"]


def example(path: str) -> Any:
	"""The vendor's own example of a successful answer."""
	return operation(path)["responses"]["200"]["content"]["application/json"]["example"]


def request_schema(path: str) -> dict[str, Any]:
	"""The schema of the request body with its references; empty where the method takes none."""
	body = operation(path).get("requestBody")
	return body["content"]["application/json"]["schema"] if body else {}


def resolved(node: dict[str, Any]) -> dict[str, Any]:
	"""A schema, where it stands as a reference."""
	while "$ref" in node:
		found: Any = specification()
		for key in node["$ref"].removeprefix("#/").split("/"):
			found = found[key]
		node = found
	return node


def schema_at(node: dict[str, Any], *path: str) -> dict[str, Any]:
	"""The schema of a field, by the names that lead there; "[]" are the items of a list."""
	node = resolved(node)
	for name in path:
		node = resolved(node["items"] if name == "[]" else node["properties"][name])
	return node


def words_of(node: dict[str, Any]) -> set[str]:
	"""The values a field's description lists, one a line: "- `Word` — what it means"."""
	return set(re.findall(r"^\W*`(\w+)` ?[-—]", node["description"], re.MULTILINE))


def response_schema(path: str) -> dict[str, Any]:
	return operation(path)["responses"]["200"]["content"]["application/json"]["schema"]
