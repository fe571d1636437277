"""Reading a request's body the way the vendor's gateway does: protobuf's JSON mapping and its validators.

Unknown fields are ignored, 64-bit integers may come as strings, and what does not fit is refused with
code 3 and the sentence of protoc-gen-validate, which is how the vendor words it ("Errors" of
https://docs.ozon.ru/api/seller/: "Request validation error: invalid ProductsStocksRequest.Stocks[0]: …").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_marketplace.sandbox.clock import parse_rfc3339
from crm_marketplace.sandbox.http import Refusal

# gRPC status codes in the body and the HTTP status they come with.
INVALID_ARGUMENT, NOT_FOUND, PERMISSION_DENIED, RESOURCE_EXHAUSTED = 3, 5, 7, 8
FAILED_PRECONDITION, INTERNAL, UNAUTHENTICATED = 9, 13, 16
_HTTP_STATUS = {
	INVALID_ARGUMENT: 400,
	NOT_FOUND: 404,
	PERMISSION_DENIED: 403,
	RESOURCE_EXHAUSTED: 429,
	FAILED_PRECONDITION: 400,
	INTERNAL: 500,
	UNAUTHENTICATED: 401,
}


def refused(
	code: int, message: str, *, status: int | None = None, headers: Mapping[str, str] | None = None
) -> Refusal:
	"""A refusal in the vendor's shape (rpcStatus)."""
	body = {"code": code, "message": message, "details": []}
	return Refusal(status or _HTTP_STATUS[code], body, headers)


def invalid(place: str, reason: str) -> Refusal:
	return refused(INVALID_ARGUMENT, f"Request validation error: invalid {place}: {reason}")


class Body:
	"""A message of the request: typed access to its fields.

	Args:
		data: the JSON object.
		message: the vendor's name of the message, for its error sentences.
	"""

	def __init__(self, data: Any, message: str) -> None:
		if not isinstance(data, Mapping):
			raise _misfit("object", data)
		self._data = data
		self.message = message

	def has(self, name: str) -> bool:
		return self._data.get(name) is not None

	def text(self, name: str, *, required: bool = False, longest: int | None = None) -> str:
		value = self._data.get(name)
		if value is None:
			value = ""
		if not isinstance(value, str):
			raise _misfit("string", value)
		if required and not value:
			raise self.invalid(name, "value length must be at least 1 runes")
		if longest is not None and len(value) > longest:
			raise self.invalid(name, f"value length must be between 0 and {longest} runes, inclusive")
		return value

	def integer(self, name: str, *, least: int | None = None, most: int | None = None) -> int:
		value = _integer(self._data.get(name) or 0)
		if least is not None and most is not None and not least <= value <= most:
			raise self.invalid(name, f"value must be inside range [{least}, {most}]")
		if least is not None and value < least:
			raise self.invalid(name, f"value must be greater than or equal to {least}")
		return value

	def flag(self, name: str) -> bool:
		value = self._data.get(name)
		if value is not None and not isinstance(value, bool):
			raise _misfit("bool", value)
		return bool(value)

	def choice(self, name: str, choices: Sequence[str], default: str) -> str:
		value = self.text(name) or default
		if value.upper() not in choices:
			raise _misfit("enum", value)
		return value.upper()

	def moment(self, name: str, *, required: bool = False) -> int | None:
		"""Microseconds since 1970, or None."""
		value = self._data.get(name)
		if value is None or value == "":
			if required:
				raise self.invalid(name, "value is required")
			return None
		try:
			return parse_rfc3339(value)
		except (ValueError, AttributeError) as error:
			raise _misfit("google.protobuf.Timestamp", value) from error

	def texts(self, name: str, *, most: int | None = None) -> list[str]:
		values = self._list(name, 0, most)
		for value in values:
			if not isinstance(value, str):
				raise _misfit("string", value)
		return values

	def integers(self, name: str, *, most: int | None = None) -> list[int]:
		return [_integer(value) for value in self._list(name, 0, most)]

	def child(self, name: str, *, required: bool = False) -> Body:
		value = self._data.get(name)
		if value is None:
			if required:
				raise self.invalid(name, "value is required")
			value = {}
		return Body(value, f"{self.message}_{camel(name)}")

	def children(self, name: str, *, least: int = 0, most: int | None = None) -> list[Body]:
		values = self._list(name, least, most)
		return [Body(value, f"{self.message}_{camel(name).removesuffix('s')}") for value in values]

	def invalid(self, name: str, reason: str) -> Refusal:
		return invalid(f"{self.message}.{camel(name)}", reason)

	def embedded(self, name: str, place: int, cause: Refusal) -> Refusal:
		"""The refusal of a list because one of its rows is invalid."""
		inner = cause.data["message"].removeprefix("Request validation error: ")
		reason = f"embedded message failed validation | caused by: {inner}"
		return invalid(f"{self.message}.{camel(name)}[{place}]", reason)

	def _list(self, name: str, least: int, most: int | None) -> list[Any]:
		values = self._data.get(name)
		if values is None:
			values = []
		if not isinstance(values, list):
			raise _misfit("array", values)
		if most is not None and least and not least <= len(values) <= most:
			raise self.invalid(name, f"value must contain between {least} and {most} items, inclusive")
		if most is not None and len(values) > most:
			raise self.invalid(name, f"value must contain no more than {most} item(s)")
		if len(values) < least:
			raise self.invalid(name, f"value must contain at least {least} item(s)")
		return values


def camel(name: str) -> str:
	return "".join(part.capitalize() for part in name.split("_"))


def _integer(value: Any) -> int:
	if isinstance(value, str):
		try:
			return int(value)
		except ValueError as error:
			raise _misfit("int64", value) from error
	if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
		raise _misfit("int64", value)
	return int(value)


def _misfit(kind: str, value: Any) -> Refusal:
	return refused(INVALID_ARGUMENT, f"proto: invalid value for {kind} field: {str(value)[:60]!r}")
