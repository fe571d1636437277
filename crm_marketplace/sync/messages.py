"""Sentences made outside Frappe (errors, holds, decisions) in the language of the reader."""

from __future__ import annotations

import json
from collections.abc import Sequence

import frappe

from crm_marketplace.integrations.errors import IntegrationError
from crm_marketplace.rules.holds import HOLD_KINDS


def translated(sentence: str, values: Sequence[object] = ()) -> str:
	"""A sentence marked for translation where it was written, with its values filled in.

	The variable is right here: every sentence that gets here stands as a literal inside a marker `_()` in
	`integrations` or `rules`, and the translation test checks that.
	"""
	text = frappe._(sentence)  # nosemgrep: frappe-semgrep-rules.rules.translate
	if not values:
		return text
	return text.format(*(frappe._(value) if isinstance(value, str) and value else value for value in values))


def error_sentence(error: IntegrationError) -> str:
	return translated(error.sentence, error.values)


def error_next_step(error: IntegrationError) -> str:
	return translated(error.next_step, error.values)


def hold_sentence(code: str, values: Sequence[object]) -> str:
	"""The sentence of a hold stored on an order; unknown codes (of a removed app) show themselves."""
	kind = HOLD_KINDS.get(code)
	return translated(kind.sentence, values) if kind else code


def hold_next_step(code: str) -> str:
	kind = HOLD_KINDS.get(code)
	return translated(kind.next_step) if kind else ""


def pack(values: Sequence[object]) -> str:
	"""Values of a stored sentence."""
	return json.dumps([str(value) for value in values], ensure_ascii=False)


def unpack(text: str | None) -> list[str]:
	return json.loads(text) if text else []
