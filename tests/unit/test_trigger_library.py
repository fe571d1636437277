"""Ready triggers: complete in both languages, and made of what the engine knows."""

from __future__ import annotations

import json
import re

import pytest

from crm_marketplace.rules.triggers_check import check
from crm_marketplace.rules.triggers_conditions import leaves
from crm_marketplace.rules.triggers_events import EVENTS, FREQUENCIES
from crm_marketplace.rules.triggers_expression import check_expression
from tests.harness import APP, ROOT

FOLDER = ROOT / APP / "triggers" / "library"
ENTRIES = [entry for path in sorted(FOLDER.glob("*.json")) for entry in json.loads(path.read_text("utf-8"))]
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")


def texts(value):
	"""Every text in two languages within some data."""
	if isinstance(value, dict):
		if set(value) == {"en", "ru"}:
			yield value
			return
		value = value.values()
	if isinstance(value, str | int | float | None):
		return
	for part in value:
		yield from texts(part)


def placeholders(text):
	"""What is filled in, without the words inside quotes."""
	return sorted(re.sub(r"'[^']*'|\"[^\"]*\"", "…", found) for found in PLACEHOLDER.findall(text))


def test_there_are_enough_and_none_twice():
	keys = [entry["key"] for entry in ENTRIES]
	assert len(keys) >= 20
	assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["key"])
def test_a_ready_trigger(entry):
	rule = entry["trigger"]
	assert rule["event"] in EVENTS
	assert rule.get("frequency", "Every Time") in FREQUENCIES
	assert "enabled" not in rule
	assert rule["actions"]
	kind = EVENTS[rule["event"]]
	if kind.has_document and not kind.document_type:
		assert rule["document_type"]
	for tree in (rule.get("conditions") or {}, rule.get("repeat_until") or {}):
		check(tree)
		for test, _depth in leaves(tree):
			if "expression" in test:
				check_expression(test["expression"])


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["key"])
def test_it_speaks_both_languages(entry):
	found = list(texts(entry))
	assert {"title", "description", "group"} <= set(entry)
	for text in found:
		assert text["en"] and not CYRILLIC.search(text["en"])
		assert CYRILLIC.search(PLACEHOLDER.sub("", text["ru"])) or text["en"] == text["ru"]
		assert placeholders(text["en"]) == placeholders(text["ru"])


def test_the_weekly_report_says_which_week_and_what():
	rule = next(entry["trigger"] for entry in ENTRIES if entry["key"] == "weekly_report")
	filters = rule["actions"][0]["settings"]["filters"]
	assert filters == {"from_date": "today-7d", "to_date": "today-1d", "measure": "Revenue"}
