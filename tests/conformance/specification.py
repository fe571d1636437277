"""A vendor's OpenAPI document as a judge: does what we send, and what the sandbox answers, fit it?

The documents are not ours to ship: they lie beside the repository in `../shared/api-specs`, or where
MARKETPLACE_API_SPECS points.

Vendors' documents are looser than their services and differ from them in known ways. What is let pass is
written here, once:

- 64-bit integers may be strings of digits (protobuf's JSON mapping; the documents use both);
- in an answer, null stands for "none" of anything that is not required (the documents' own examples);
- `Deviations`, per vendor, in the connector's test.

Everything else counts: types, required fields, enums, ranges, lengths, date-times, fields not described.
"""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker

REPOSITORY = Path(__file__).resolve().parents[2]
SPECS = Path(os.environ.get("MARKETPLACE_API_SPECS") or REPOSITORY.parent / "shared" / "api-specs")
SHOWN = 5  # faults told per exchange
JSON_KINDS = ("application/json", "application/problem+json")

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time")
def _is_date_time(value: object) -> bool:
	return not isinstance(value, str) or _DATE_TIME.fullmatch(value) is not None


@_FORMATS.checks("date")
def _is_date(value: object) -> bool:
	return not isinstance(value, str) or _DATE.fullmatch(value) is not None


@_FORMATS.checks("int64")
def _is_int64(value: object) -> bool:
	return not isinstance(value, str) or value.lstrip("-").isdecimal()


@dataclass(frozen=True, slots=True)
class Deviations:
	"""Where the vendor's service, or its prose, differs from its document.

	Args:
		optional: fields of requests marked required that its prose says may be left out.
		added: fields of answers that came after the document. Both: path → names of fields.
		refusal: JSON Schema of refusals, where the document describes them in words only.
	"""

	optional: Mapping[str, frozenset[str]] = field(default_factory=dict)
	added: Mapping[str, frozenset[str]] = field(default_factory=dict)
	refusal: Mapping[str, Any] | None = None


class Specification:
	"""One OpenAPI 3.0 document.

	Args:
		document: its path under the folder of specifications.
		folder: another one.
	"""

	documents: ClassVar[list[Specification]] = []

	def __init__(self, document: str, deviations: Deviations | None = None, folder: Path = SPECS) -> None:
		self.documents.append(self)
		self.name = document
		self.path = folder / document
		self.deviations = deviations or Deviations()
		self.exercised: Counter[str] = Counter()  # "POST /path" → exchanges judged
		self._validators: dict[tuple[str, str, str], Draft202012Validator | None] = {}
		self._known_good: set[tuple[str, str, int]] = set()
		self._being_translated: list[str] = []

	@property
	def is_present(self) -> bool:
		return self.path.is_file()

	def skip_if_absent(self) -> None:
		if not self.is_present:
			pytest.skip(f"the vendor's specification {self.name} is not here (set MARKETPLACE_API_SPECS)")

	def knows(self, method: str, path: str) -> bool:
		return self._operation(method, path) is not None

	def describes(self, method: str, path: str) -> bool:
		"""Whether it is one of the document's operations, as it was asked for."""
		return self._place(method, path)[0] is not None

	def request_schema(self, method: str, path: str) -> Mapping[str, Any]:
		"""What a request must look like, as JSON Schema."""
		return self._schema(method, path, "request") or {}

	def faults(
		self,
		method: str,
		path: str,
		request: bytes,
		status: int,
		answer: bytes,
		query: Mapping[str, str] | None = None,
	) -> list[str]:
		"""What does not fit the document in one exchange; empty when all is well.

		Args:
			path: as it was asked for; the document may have `{name}` marks in it.
		"""
		place, ids = self._place(method, path)
		if place is None:
			return [f"{method} {path}: the document knows no such operation"]
		self.exercised[f"{method} {place}"] += 1
		found = self._judge(method, place, str(status), answer)
		if status < 400:
			found += self._judge(method, place, "request", request)
			found += self._parameter_faults(method, place, {"path": ids, "query": dict(query or {})})
		return found

	def _place(self, method: str, path: str) -> tuple[str | None, dict[str, str]]:
		"""The path as the document writes it, and what its marks stand for."""
		if self._operation(method, path) is not None:
			return path, {}
		for place, pattern in self._patterns:
			found = pattern.fullmatch(path)
			if found and self._operation(method, place) is not None:
				return place, found.groupdict()
		return None, {}

	def _parameter_faults(self, method: str, path: str, given: Mapping[str, Mapping[str, str]]) -> list[str]:
		"""What does not fit in the path and the query, whose values are text on the wire."""
		found = []
		known: dict[str, dict[str, Mapping[str, Any]]] = {"path": {}, "query": {}}
		item = self._document["paths"][path]
		for parameter in (*item.get("parameters", ()), *self._operation(method, path).get("parameters", ())):
			parameter = self._resolve(parameter)
			if parameter["in"] in known:
				known[parameter["in"]][parameter["name"]] = parameter
		for where, values in given.items():
			found += [f"{path}: no parameter {name}" for name in values if name not in known[where]]
			for name, parameter in known[where].items():
				if name in values:
					key = (f"{method} {path}", where, name)
					if key not in self._validators:
						schema = self._translate(
							parameter["schema"], path, is_request=True, name=name, required=True
						)
						self._validators[key] = Draft202012Validator(schema, format_checker=_FORMATS)
					value = _as_typed(values[name], self._resolve(parameter["schema"]))
					faults = self._validators[key].iter_errors(value)
					found += [f"{path}: {where} {name}: {fault.message[:300]}" for fault in faults]
				elif parameter.get("required"):
					found.append(f"{path}: {where} {name} is missing")
		return found

	def _judge(self, method: str, path: str, side: str, text: bytes) -> list[str]:
		# Most exchanges of a run repeat earlier ones: judging one again tells nothing new.
		seen = (f"{method} {path}", side, hash(text))
		if seen in self._known_good:
			return []
		validator = self._validator(method, path, side)
		if validator is None and self._is_file(method, path, side):
			return [] if text else [f"{path}: {side} is an empty file"]
		if validator is None:
			return [f"{path}: {side} is not described"] if text.strip() not in (b"", b"{}") else []
		try:
			data = json.loads(text or b"{}")
		except ValueError as error:
			return [f"{path}: {side} is no JSON: {error}"]
		found = []
		for error in validator.iter_errors(data):
			place = "/".join(str(part) for part in error.absolute_path)
			found.append(f"{path}: {side} {place or 'body'}: {error.message[:300]}")
			if len(found) >= SHOWN:
				break
		if not found:
			self._known_good.add(seen)
		return found

	def _is_file(self, method: str, path: str, side: str) -> bool:
		"""Whether an answer is described as a file (PDF, picture): nothing in it can be judged here."""
		answer = self._operation(method, path)["responses"].get(side)
		return bool(answer and self._resolve(answer).get("content"))

	# --- from OpenAPI to JSON Schema ------------------------------------------------------------------

	def _validator(self, method: str, path: str, side: str) -> Draft202012Validator | None:
		key = (method, path, side)
		if key not in self._validators:
			schema = self._schema(method, path, side)
			self._validators[key] = (
				None if schema is None else Draft202012Validator(schema, format_checker=_FORMATS)
			)
		return self._validators[key]

	def _schema(self, method: str, path: str, side: str) -> dict[str, Any] | None:
		operation = self._operation(method, path)
		if side == "request":
			holder = operation.get("requestBody")
		else:
			answers = operation["responses"]
			holder = answers.get(side) or answers.get("default")
		if holder is None:
			# Every refusal of a gateway has the shape of the documented ones.
			holder = next(iter(self._refusals(operation)), None) if side.startswith(("4", "5")) else None
		if holder is None:
			return None
		content = self._resolve(holder).get("content") or {}
		media = next((content[kind] for kind in JSON_KINDS if kind in content), None)
		if media is None:
			refusal = self.deviations.refusal if side.startswith(("4", "5")) else None
			return dict(refusal) if refusal else None
		return self._translate(media["schema"], path, is_request=side == "request", name="", required=True)

	def _refusals(self, operation: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
		for status, answer in operation["responses"].items():
			if status == "default" or status.startswith(("4", "5")):
				yield answer

	def _translate(
		self, node: Mapping[str, Any], path: str, *, is_request: bool, name: str, required: bool
	) -> dict[str, Any]:
		reference = node.get("$ref", "")
		if reference and reference in self._being_translated:
			return {}  # a thing that holds its own kind: one level is judged
		self._being_translated.append(reference)
		try:
			return self._translate_node(
				self._merged(self._resolve(node)), path, is_request=is_request, name=name, required=required
			)
		finally:
			self._being_translated.pop()

	def _merged(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
		"""`allOf` as one object."""
		if "allOf" not in node:
			return node
		whole = {word: value for word, value in node.items() if word != "allOf"}
		for part in (self._merged(self._resolve(part)) for part in node["allOf"]):
			properties = {**part.get("properties", {}), **whole.get("properties", {})}
			required = [*whole.get("required", ()), *part.get("required", ())]
			whole = {**part, **whole, "properties": properties, "required": required}
		return whole

	def _translate_node(
		self, node: Mapping[str, Any], path: str, *, is_request: bool, name: str, required: bool
	) -> dict[str, Any]:
		kind = node.get("type") or (
			"object" if "properties" in node else "array" if "items" in node else None
		)
		schema: dict[str, Any] = {
			word: node[word]
			for word in ("minLength", "maxLength", "minItems", "maxItems", "pattern", "uniqueItems")
			if word in node
		}
		if kind in ("integer", "number"):  # ranges are sometimes written on arrays, where they mean nothing
			schema.update({word: node[word] for word in ("minimum", "maximum") if word in node})
			if node.get("exclusiveMinimum") is True:
				schema["exclusiveMinimum"] = schema.pop("minimum")
		types = [kind] if kind else []
		if node.get("format") in ("int64", "uint64") and kind in ("integer", "string"):
			types, schema["format"] = ["integer", "string"], "int64"
		elif node.get("format") in ("date", "date-time"):
			schema["format"] = node["format"]
		if "enum" in node:
			schema["enum"] = list(node["enum"])
		if kind == "object" and "properties" in node:
			self._translate_object(node, schema, path, is_request)
		if kind == "array" and "items" in node:
			schema["items"] = self._translate(
				node["items"], path, is_request=is_request, name=name, required=True
			)
		if node.get("nullable") or (not is_request and not required):
			types = [*types, "null"] if types else []
			if "enum" in schema:
				schema["enum"].append(None)
		if types:
			schema["type"] = types
		return schema

	def _translate_object(
		self, node: Mapping[str, Any], schema: dict[str, Any], path: str, is_request: bool
	) -> None:
		optional = self.deviations.optional.get(path, frozenset()) if is_request else frozenset()
		required = [name for name in node.get("required", ()) if name not in optional]
		schema["properties"] = {
			name: self._translate(inner, path, is_request=is_request, name=name, required=name in required)
			for name, inner in node["properties"].items()
		}
		if not is_request:
			schema["properties"].update({name: {} for name in self.deviations.added.get(path, ())})
		if required:
			schema["required"] = required
		if not node.get("additionalProperties"):
			schema["additionalProperties"] = False

	def _operation(self, method: str, path: str) -> Mapping[str, Any] | None:
		return self._document["paths"].get(path, {}).get(method.lower())

	def _resolve(self, node: Mapping[str, Any]) -> Mapping[str, Any]:
		while "$ref" in node:
			found: Any = self._document
			for key in node["$ref"].removeprefix("#/").split("/"):
				found = found[key]
			node = found
		return node

	@cached_property
	def _document(self) -> Mapping[str, Any]:
		text = self.path.read_bytes()
		if self.path.suffix == ".json":
			return json.loads(text)
		return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))

	@cached_property
	def _patterns(self) -> list[tuple[str, re.Pattern[str]]]:
		"""Paths with `{name}` marks, each with an expression that has groups of those names."""
		return [
			(
				place,
				re.compile(
					"".join(
						f"(?P<{part}>[^/]+)" if number % 2 else re.escape(part)
						for number, part in enumerate(re.split(r"\{(\w+)\}", place))
					)
				),
			)
			for place in self._document["paths"]
			if "{" in place
		]


class Specifications:
	"""Several documents of one vendor: each operation is judged by the one that describes it."""

	def __init__(self, *documents: Specification) -> None:
		self.parts = documents

	@property
	def is_present(self) -> bool:
		return all(part.is_present for part in self.parts)

	def skip_if_absent(self) -> None:
		for part in self.parts:
			part.skip_if_absent()

	def knows(self, method: str, path: str) -> bool:
		return any(part.knows(method, path) for part in self.parts)

	def request_schema(self, method: str, path: str) -> Mapping[str, Any]:
		return next(part.request_schema(method, path) for part in self.parts if part.knows(method, path))

	def faults(self, method: str, path: str, *exchange: Any) -> list[str]:
		"""See `Specification.faults`."""
		part = next((part for part in self.parts if part.describes(method, path)), self.parts[0])
		return part.faults(method, path, *exchange)


def _as_typed(text: str, schema: Mapping[str, Any]) -> Any:
	"""A value of a query or a path as its schema means it; text where it cannot be that."""
	kind = schema.get("type")
	if kind == "array":
		return [_as_typed(part, schema.get("items", {})) for part in text.split(",")]
	if kind == "boolean":
		return {"true": True, "false": False}.get(text, text)
	if kind in ("integer", "number"):
		try:
			return int(text) if kind == "integer" else float(text)
		except ValueError:
			return text
	return text
