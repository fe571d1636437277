"""Text from outside, made safe to store.

Frappe neutralises markup when a document is saved, and then puts values into pages, prints and e-mails as they
are. Our bulk writes go past that, so what could be markup is neutralised here.
"""

from __future__ import annotations

import re
from typing import Any

# What a browser would take for a tag: "<" right before a letter, "/", "!" or "?"; "3 < 5" is none.
_TAG = re.compile(r"<(?=[A-Za-z/!?])([^<>]*)(>?)")


def plain(text: str) -> str:
	"""The same text with guillemets for tag brackets: `<b>Full HD</b>` reads `‹b›Full HD‹/b›`."""
	return _TAG.sub(lambda tag: f"‹{tag[1]}{'›' if tag[2] else ''}", text) if "<" in text else text


def plain_values(values: dict[str, Any], keep: frozenset[str] = frozenset()) -> dict[str, Any]:
	"""Field values with their texts made plain, except the fields in `keep`: ids must stay exact, JSON too."""
	return {
		name: plain(value) if isinstance(value, str) and name not in keep else value
		for name, value in values.items()
	}
