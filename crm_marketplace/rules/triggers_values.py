"""Comparing field values, whatever form they come in: from the database, from a form, from JSON."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

_RELATIVE = re.compile(r"^(now|today)\s*(?:([+-])\s*(\d{1,5})\s*([mhdw]))?$")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DATE = re.compile(r"^\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"^[+-]?\d+(?:\.\d+)?$")


def plain(value: Any) -> str | int | float | None:
	"""A value as JSON can hold it, equal for equal values: moments in whole seconds, empty as None."""
	if value is None or value == "":
		return None
	if isinstance(value, bool):
		return int(value)
	if isinstance(value, int | float):
		return value
	if isinstance(value, Decimal):
		return float(value)
	if isinstance(value, datetime):
		return value.replace(microsecond=0).isoformat(sep=" ")
	if isinstance(value, timedelta):
		return str(value).split(".", 1)[0].zfill(8)
	if isinstance(value, date | time):
		return value.isoformat().split(".", 1)[0]
	return re.sub(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.\d+$", r"\1", str(value))


def same(left: Any, right: Any) -> bool:
	"""Whether two values of one field are equal. Empty, 0 and "" are the same: an unset number is stored as 0."""
	if left == right or (not left and not right):
		return True
	if isinstance(left, str) and isinstance(right, str) and (_is_word(left) or _is_word(right)):
		return False
	left, right = plain(left), plain(right)
	if left == right:
		return True
	numbers = number(left), number(right)
	return None not in numbers and numbers[0] == numbers[1]


def _is_word(text: str) -> bool:
	"""Neither a number nor a moment written as text: equal to itself only."""
	return text[:1].isalpha()


def changes_between(before: dict[str, Any], after: dict[str, Any], fields: Any) -> dict[str, tuple[Any, Any]]:
	"""Field → (old, new) of the fields that differ."""
	return {
		field: (before.get(field), after.get(field))
		for field in fields
		if before.get(field) is not after.get(field) and not same(before.get(field), after.get(field))
	}


def number(value: Any) -> Decimal | None:
	"""A number, also one written as text; None for what is none."""
	if isinstance(value, bool):
		return Decimal(int(value))
	if isinstance(value, int | float | Decimal):
		return Decimal(str(value)) if value == value else None
	if isinstance(value, str) and _NUMBER.match(value.strip()):
		try:
			return Decimal(value.strip())
		except InvalidOperation:
			return None
	return None


def moment(value: Any) -> datetime | None:
	"""A date or a moment as naive datetime of the site's zone; None for what is none."""
	if isinstance(value, datetime):
		return value.replace(tzinfo=None)
	if isinstance(value, date):
		return datetime(value.year, value.month, value.day)
	if isinstance(value, str) and _DATE.match(value):
		try:
			return datetime.fromisoformat(value.strip()[:19])
		except ValueError:
			return None
	return None


def resolve(value: Any, now: datetime) -> Any:
	"""A value of a condition: "now", "today", "now-2h", "today+3d" become moments; the rest stays."""
	if isinstance(value, list | tuple):
		return [resolve(part, now) for part in value]
	if not isinstance(value, str) or value[:1] not in "nNtT ":
		return value
	match = _RELATIVE.match(value.strip().lower())
	if not match:
		return value
	base = now if match[1] == "now" else datetime(now.year, now.month, now.day)
	if match[2]:
		shift = timedelta(**{_UNITS[match[4]]: int(match[3])})
		base = base + shift if match[2] == "+" else base - shift
	return base


def ordered(left: Any, right: Any) -> int | None:
	"""-1, 0 or 1 as left is less, equal or greater; None when the two cannot be compared."""
	pair: tuple[Any, Any] = (number(left), number(right))
	if None in pair:
		pair = (moment(left), moment(right))
		if None in pair:
			if not isinstance(left, str) or not isinstance(right, str):
				return None
			pair = (left.casefold(), right.casefold())
	return (pair[0] > pair[1]) - (pair[0] < pair[1])
