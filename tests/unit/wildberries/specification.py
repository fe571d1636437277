"""The vendor's specification, where it is at hand: beside the repository, or where MARKETPLACE_API_SPECS says."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

SPECS = Path(
	os.environ.get("MARKETPLACE_API_SPECS") or Path(__file__).parents[3] / "../shared/api-specs"
).resolve()
FOLDER = SPECS / "wildberries"
FILES = ("01-general", "02-items", "03-orders-fbs", "05-dbs", "09-communications", "11-analytics")
# What came after the vendor's documents is written down beside the tests.
OWN = Path(__file__).parents[2] / "specifications"
OWN_FILES = ("wildberries-item-returns",)

needs_specification = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no specification in {FOLDER}")


@cache
def document(name: str) -> dict[str, Any]:
	text = ((OWN if name in OWN_FILES else FOLDER) / f"{name}.yaml").read_bytes()
	return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def operation(method: str, path: str) -> tuple[dict[str, Any], dict[str, Any]]:
	"""The document an operation is in, and the operation."""
	for name in (*FILES, *OWN_FILES):
		item = document(name)["paths"].get(path, {})
		if method.lower() in item:
			return document(name), {"servers": item.get("servers", []), **item[method.lower()]}
	raise LookupError(f"{method} {path}")


def resolved(document_: dict[str, Any], node: Any) -> Any:
	"""A piece of a document with its references followed."""
	if isinstance(node, dict):
		if "$ref" in node:
			found: Any = document_
			for key in node["$ref"].removeprefix("#/").split("/"):
				found = found[key]
			return resolved(document_, found)
		return {key: resolved(document_, value) for key, value in node.items()}
	return [resolved(document_, item) for item in node] if isinstance(node, list) else node


def examples(method: str, path: str, status: str = "200") -> dict[str, Any]:
	"""The vendor's own examples of an answer, by name."""
	document_, found = operation(method, path)
	content = resolved(document_, found["responses"][status])["content"]
	media = next(iter(content.values()))
	if "example" in media:
		return {"example": media["example"]}
	return {name: example["value"] for name, example in media.get("examples", {}).items()}


def words(schema: dict[str, Any]) -> set[str]:
	return set(schema.get("enum", ()))
