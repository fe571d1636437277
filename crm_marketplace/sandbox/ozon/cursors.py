"""Pointers to the next page: base64 of JSON, opaque to clients, as the vendor's own look."""

from __future__ import annotations

import base64
import json
from typing import Any

from crm_marketplace.sandbox.http import Refusal
from crm_marketplace.sandbox.ozon.checks import INVALID_ARGUMENT, Body, refused


def write(*values: Any) -> str:
	return base64.b64encode(json.dumps(values, separators=(",", ":")).encode()).decode()


def read(body: Body, field: str, first: tuple[Any, ...]) -> tuple[Any, ...]:
	"""The values of the cursor in `field`; `first` when there is none.

	Raises:
		Refusal: it is not one of ours, or of another method.
	"""
	text = body.text(field)
	if not text:
		return first
	try:
		values = json.loads(base64.b64decode(text, validate=True))
	except ValueError as error:
		raise _invalid(field) from error
	fits = isinstance(values, list) and [type(value) for value in values] == [type(value) for value in first]
	if not fits:
		raise _invalid(field)
	return tuple(values)


def _invalid(field: str) -> Refusal:
	return refused(INVALID_ARGUMENT, f"invalid {field}")
