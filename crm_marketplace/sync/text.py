"""Text from outside, made safe to store.

Frappe neutralises markup when a document is saved, and then puts values into pages, prints and e-mails as they
are. Our bulk writes go past that, so what could be markup is neutralised here.
"""

from __future__ import annotations

import re
from typing import Any

import frappe
from frappe.utils import cint

SHORT_TYPES = ("Data", "Link", "Select")

# What a browser would take for a tag: "<" right before a letter, "/", "!" or "?"; "3 < 5" is none.
_TAG = re.compile(r"<(?=[A-Za-z/!?])([^<>]*)(>?)")


def plain(text: str) -> str:
	"""The same text with guillemets for tag brackets: `<b>Full HD</b>` reads `‹b›Full HD‹/b›`."""
	return _TAG.sub(lambda tag: f"‹{tag[1]}{'›' if tag[2] else ''}", text) if "<" in text else text


def as_name(text: str) -> str:
	"""The same text as the name of a document: Frappe takes no angle brackets there."""
	return text.replace("<", "‹").replace(">", "›")


def plain_values(doctype: str, values: dict[str, Any], keep: frozenset[str] = frozenset()) -> dict[str, Any]:
	"""Field values with their texts made plain and cut to what their fields hold.

	Args:
		keep: fields whose markup is not touched: ids must stay exact.
	"""
	return {
		name: _fitted(doctype, name, value if name in keep else plain(value))
		if isinstance(value, str)
		else value
		for name, value in values.items()
	}


def _fitted(doctype: str, fieldname: str, text: str) -> str:
	field = frappe.get_meta(doctype).get_field(fieldname)
	if field and field.fieldtype in SHORT_TYPES:
		return text[: cint(field.length) or frappe.db.VARCHAR_LEN]
	return text
