"""JSON and headers as they travel: exact decimals both ways, times as aware UTC."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import Any

# An escape of the range that holds halves of characters.
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def encode(value: Any) -> bytes:
	"""JSON of `value`, Decimals as numbers.

	Raises:
		ValueError: a number that JSON, as everybody reads it, cannot carry without loss.
	"""
	return json.dumps(value, default=_number, ensure_ascii=False, allow_nan=False).encode()


def decode(content: bytes) -> Any:
	"""The JSON value in `content`, fractions as Decimals. Half a character (an emoji that was cut in two)
	becomes the replacement character: nothing can store or send it.

	Raises:
		ValueError: it is not JSON, or nested deeper than any answer is.
	"""
	try:
		value = json.loads(content, parse_float=Decimal, parse_constant=_no_constant)
		return _whole(value) if _SURROGATE.search(content) else value
	except RecursionError as error:
		raise ValueError("nested too deeply") from error


def to_text(value: Any) -> str:
	"""JSON for people and logs: what `encode` refuses is written as text."""
	return json.dumps(value, default=str, ensure_ascii=False)


def date_of(headers: Mapping[str, str]) -> datetime | None:
	"""The remote clock from the Date header, aware UTC."""
	return _moment(headers.get("Date"))


# Where vendors say how long to wait: seconds, or the date until which a limit holds.
RETRY_HEADERS = ("Retry-After", "X-Ratelimit-Retry", "X-RateLimit-Resource-Until")


def retry_after(headers: Mapping[str, str], default: float = 60.0) -> float:
	"""Seconds from a Retry-After header or its like: a number, or an HTTP date on the remote clock."""
	value = next((headers[name] for name in RETRY_HEADERS if headers.get(name)), None)
	if not value:
		return default
	try:
		return _not_negative(Decimal(value), default)
	except ArithmeticError:
		moment = _moment(value)
	if moment is None:
		return default
	now = date_of(headers) or datetime.now(timezone.utc)
	return max(0.0, (moment - now).total_seconds())


def _whole(value: Any) -> Any:
	if isinstance(value, str):
		return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
	if isinstance(value, dict):
		return {_whole(key): _whole(inner) for key, inner in value.items()}
	if isinstance(value, list):
		return [_whole(inner) for inner in value]
	return value


def _not_negative(value: Decimal, default: float) -> float:
	return max(0.0, float(value)) if value.is_finite() else default


def _moment(value: str | None) -> datetime | None:
	if not value:
		return None
	try:
		moment = parsedate_to_datetime(value)
		# "-0000" means UTC of an unknown zone, which Python gives as a naive time.
		return moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
	except (ValueError, TypeError, OverflowError):
		return None


def _number(value: Any) -> int | float:
	if not isinstance(value, Decimal):
		raise TypeError(f"{type(value).__name__} has no JSON form")
	if not value.is_finite():
		raise ValueError("not a number")
	if value == value.to_integral_value():
		return int(value)
	number = float(value)
	if Decimal(str(number)) != value:
		raise ValueError("a number too fine for JSON: send it as text")
	return number


def _no_constant(name: str) -> Any:
	raise ValueError(f"{name} is not JSON")
