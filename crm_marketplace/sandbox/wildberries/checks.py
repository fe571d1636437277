"""A call as a handler gets it, and the vendor's ways to refuse one.

Each family of methods has a way of its own: `{title, detail …}` of the front door
(https://dev.wildberries.ru/openapi/api-information), `{code, message}` of the marketplace, `{data, error,
errorText}` of content and prices.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm_marketplace.sandbox.http import Refusal

_PROBLEM_ORIGIN = "s2s-api-auth"
_STATUS_TEXTS = {401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many Requests"}


@dataclass(frozen=True, slots=True)
class Call:
	"""What was asked: the body, the query, and what stands in the path."""

	data: Any
	query: Mapping[str, str]
	params: Mapping[str, str]

	def integer(
		self, name: str, *, least: int | None = None, most: int | None = None, default: int | None = None
	) -> int:
		"""A number of the query."""
		text = self.query.get(name)
		if text is None and default is not None:
			return default
		try:
			value = int(text or "")
		except ValueError as error:
			raise incorrect_parameter() from error
		if (least is not None and value < least) or (most is not None and value > most):
			raise incorrect_parameter()
		return value

	def ids(self, name: str, *, most: int = 1000) -> list[int]:
		"""A list of ids of the body."""
		found = self.data.get(name) if isinstance(self.data, Mapping) else None
		if not isinstance(found, list) or not 1 <= len(found) <= most or not all(map(is_integer, found)):
			raise refused(400, "IncorrectRequest", "Переданы некорректные данные")
		return found


def is_integer(value: Any) -> bool:
	return isinstance(value, int) and not isinstance(value, bool)


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Refusal:
	"""A refusal of the front door."""
	body = {
		"title": title,
		"detail": detail,
		"code": "07e4668e--a53a3d31f8b0-[UK-sandbox]",
		"requestId": "7b80742415072fe8b6b7f7761f1d1211",
		"origin": _PROBLEM_ORIGIN,
		"status": status,
		"statusText": _STATUS_TEXTS[status],
		"timestamp": "2026-11-20T09:30:00Z",
	}
	return Refusal(status, body, headers)


def refused(status: int, code: str, message: str) -> Refusal:
	"""A refusal of the marketplace methods."""
	return Refusal(status, {"code": code, "message": message})


def refused_price(status: int, text: str) -> Refusal:
	"""A refusal of the content and price methods."""
	return Refusal(status, {"data": None, "error": True, "errorText": text})


def incorrect_parameter() -> Refusal:
	return refused(400, "IncorrectParameter", "Передан некорректный параметр")
