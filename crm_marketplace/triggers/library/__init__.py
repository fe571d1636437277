"""Ready triggers: data in two languages, off until somebody switches them on."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import frappe

from crm_marketplace.rules.triggers_events import EVENTS

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "ru")


@cache
def entries() -> tuple[dict[str, Any], ...]:
	"""All ready triggers, as they lie in the files."""
	return tuple(
		entry
		for path in sorted(FOLDER.glob("*.json"))
		for entry in json.loads(path.read_text(encoding="utf-8"))
	)


def shown(language: str) -> list[dict[str, Any]]:
	"""Ready triggers whose documents this site has: key, group, title, description."""
	wanted = {document_of(entry) for entry in entries()} - {""}
	known = set(frappe.get_all("DocType", filters={"name": ("in", sorted(wanted))}, pluck="name"))
	return [
		spoken({key: entry[key] for key in ("key", "group", "title", "description")}, language)
		for entry in entries()
		if document_of(entry) in known | {""}
	]


def trigger(key: str, language: str) -> dict[str, Any]:
	"""A ready trigger as the builder takes it, its texts in one language.

	Raises:
		frappe.DoesNotExistError: there is none of this key.
	"""
	entry = next((entry for entry in entries() if entry["key"] == key), None)
	if entry is None:
		raise frappe.DoesNotExistError(key)
	values = {"title": entry["title"], "description": entry["description"], **entry["trigger"]}
	return {**spoken(values, language), "library_key": key, "enabled": 0}


def document_of(entry: dict[str, Any]) -> str:
	kind = EVENTS[entry["trigger"]["event"]]
	return kind.document_type or entry["trigger"].get("document_type") or ""


def spoken(value: Any, language: str) -> Any:
	"""The data with every {"en": …, "ru": …} replaced by the text of one language."""
	if isinstance(value, dict):
		if set(value) == set(LANGUAGES):
			return value["ru" if language == "ru" else "en"]
		return {key: spoken(part, language) for key, part in value.items()}
	if isinstance(value, list):
		return [spoken(part, language) for part in value]
	return value
