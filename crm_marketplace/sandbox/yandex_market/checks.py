"""Reading a request the way the vendor's gateway does, and its refusals.

Sentences and codes: https://yandex.ru/dev/market/partner-api/doc/ru/concepts/error-codes. A body that does
not fit is refused as a whole.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any

from crm_marketplace.sandbox.clock import parse_rfc3339, to_micros
from crm_marketplace.sandbox.http import Refusal

MOSCOW = timezone(timedelta(hours=3))
_CODES = {
	400: "BAD_REQUEST",
	401: "UNAUTHORIZED",
	403: "FORBIDDEN",
	404: "NOT_FOUND",
	420: "ENHANCE_YOUR_CALM",
	423: "LOCKED",
	500: "INTERNAL_SERVER_ERROR",
	503: "SERVICE_UNAVAILABLE",
}


def refused(status: int, *messages: str, headers: Mapping[str, str] | None = None) -> Refusal:
	"""A refusal in the vendor's shape (ApiErrorResponse)."""
	errors = [{"code": _CODES.get(status, "ERROR"), "message": message} for message in messages]
	return Refusal(status, {"status": "ERROR", "errors": errors}, headers)


def bad(message: str) -> Refusal:
	return refused(400, message)


@dataclass(frozen=True, slots=True)
class Asked:
	"""A request: what was asked of whom, and how much of it."""

	body: Mapping[str, Any]
	query: Mapping[str, str]
	params: Mapping[str, str]

	@property
	def campaign_id(self) -> int:
		return int(self.params["campaignId"])

	@property
	def order_id(self) -> int:
		return whole(self.params["orderId"], "orderId")

	def limit(self, default: int, most: int, *, cuts: bool = True) -> int:
		"""The size of the page. Some methods cut what is too large, others refuse it."""
		given = self.query.get("limit")
		if given is None:
			return default
		limit = whole(given, "limit")
		if limit < 1:
			raise bad(f"Value of limit ({limit}) must be greater than or equal to 1")
		if limit > most and not cuts:
			raise bad("Limit exceeded")
		return min(limit, most)

	def after(self, *first: Any) -> tuple[Any, ...]:
		"""The values in the page token; `first` when there is none."""
		token = self.query.get("pageToken")
		if not token:
			return first
		try:
			values = json.loads(base64.urlsafe_b64decode(token))
		except ValueError as error:
			raise bad("Invalid pageToken") from error
		if not isinstance(values, list) or [type(each) for each in values] != [type(each) for each in first]:
			raise bad("Invalid pageToken")
		return tuple(values)

	def ids(self, name: str, most: int) -> list[str]:
		"""A list of articles; a given one must not be empty."""
		values = self.listed(name, most)
		for each in values:
			if not isinstance(each, str) or not each.strip() or len(each) > 255:
				raise bad(f"Length of {name} ({each}) must be between 1 and 255")
		return list(dict.fromkeys(values))

	def numbers(self, name: str, most: int) -> list[int]:
		return list(dict.fromkeys(whole(each, name) for each in self.listed(name, most)))

	def words(self, name: str, known: Sequence[str]) -> list[str]:
		values = self.listed(name, len(known))
		for each in values:
			if each not in known:
				raise bad(f"Unexpected character '{each}': expected a valid value {list(known)}")
		return values

	def listed(self, name: str, most: int | None, *, required: bool = False) -> list[Any]:
		values = self.body.get(name)
		if values is None:
			if required:
				raise bad(f"Missing {name}")
			return []
		if not isinstance(values, list):
			raise bad(f"JSON: {name} must be an array")
		if not values:
			raise bad(f"Collection of {name} must not be empty")
		if most is not None and len(values) > most:
			raise bad(f"Length of {name} ({len(values)}) must be less than or equal to {most}")
		return values

	def flag(self, name: str) -> bool | None:
		given = self.body.get(name)
		if given is not None and not isinstance(given, bool):
			raise bad(f"JSON: {name} must be true or false")
		return given


def page_token(*values: Any) -> dict[str, str]:
	"""`paging` of a page that others follow; empty values: the last one."""
	if not values:
		return {}
	return {"nextPageToken": base64.urlsafe_b64encode(json.dumps(values).encode()).decode()}


def whole(given: Any, name: str) -> int:
	text = str(given)
	if isinstance(given, bool) or not text.lstrip("-").isdecimal():
		raise bad(f"JSON: {name} must be a number, not {text[:60]!r}")
	return int(text)


def moment(dates: Mapping[str, Any], name: str) -> int | None:
	"""Microseconds of an ISO 8601 time with its offset, or None."""
	given = dates.get(name)
	if given is None:
		return None
	try:
		return parse_rfc3339(given)
	except (ValueError, AttributeError) as error:
		raise bad(f"JSON: {name} must be a date with time and offset, not {str(given)[:60]!r}") from error


def day(dates: Mapping[str, Any], name: str) -> date | None:
	given = dates.get(name)
	if given is None:
		return None
	try:
		return date.fromisoformat(given)
	except (ValueError, TypeError) as error:
		raise bad(f"JSON: {name} must be a date, not {str(given)[:60]!r}") from error


def midnight(day_: date) -> int:
	"""When a day begins in Moscow, in microseconds."""
	return to_micros(datetime(day_.year, day_.month, day_.day, tzinfo=MOSCOW))
