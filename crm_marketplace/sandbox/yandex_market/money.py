"""Kopecks in the vendor's ways of writing a sum: plain numbers, roubles called RUR."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

CURRENCY = "RUB"
VENDOR_CURRENCY = "RUR"


def number(kopecks: int) -> int | float:
	"""A JSON number in roubles: 2500, 2500.5."""
	return kopecks // 100 if kopecks % 100 == 0 else kopecks / 100


def value(kopecks: int) -> dict[str, Any]:
	return {"value": number(kopecks), "currencyId": VENDOR_CURRENCY}


def fixed(kopecks: int) -> str:
	"""`137.00`."""
	return f"{Decimal(kopecks) / 100:.2f}"


def parse(given: Any) -> int | None:
	"""Kopecks of a sum as sellers send it; None when it is no number with at most two places."""
	try:
		kopecks = Decimal(str(given)) * 100
	except InvalidOperation:
		return None
	return int(kopecks) if kopecks.is_finite() and kopecks == kopecks.to_integral_value() else None
