"""Kopecks in the vendor's several ways of writing a sum."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

CURRENCY = "RUB"


def amount(kopecks: int) -> dict[str, str]:
	"""v4 postings: `{"amount": "300", "currency": "RUB"}`, kopecks only where there are some."""
	text = plain(kopecks)
	return {"amount": text, "currency": CURRENCY}


def plain(kopecks: int) -> str:
	return str(kopecks // 100) if kopecks % 100 == 0 else fixed(kopecks)


def fixed(kopecks: int, places: int = 2) -> str:
	"""`137.00`; with four places `1530.0000`."""
	return f"{Decimal(kopecks) / 100:.{places}f}"


def number(kopecks: int) -> int | float:
	"""A JSON number in roubles: 2500, 2500.5."""
	return kopecks // 100 if kopecks % 100 == 0 else kopecks / 100


def parse(text: str) -> int | None:
	"""Kopecks of a sum as sellers send it; None when it is no number with at most two places."""
	try:
		value = Decimal(text) * 100
	except InvalidOperation:
		return None
	return int(value) if value.is_finite() and value == value.to_integral_value() else None
