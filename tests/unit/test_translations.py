"""The Russian translation is complete: no text of the app is missing in it, no placeholder is lost."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from tests.unit.messages import APP, messages

PLACEHOLDER = re.compile(r"\{\d*\}|%\(\w+\)s")
CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
# Names and codes that are the same in Russian.
SAME = re.compile(r"^(Ozon|FBS|FBO|DBS|Express|API|URL|SKU|JSON|\{\d\}|[\W\d])+$")


def read(language: str) -> dict[tuple[str, str], str]:
	"""(text, context) → translation."""
	path = Path(APP) / "translations" / f"{language}.csv"
	with path.open(encoding="utf-8", newline="") as file:
		rows = [row for row in csv.reader(file) if row]
	keys = [(row[0], row[2] if len(row) > 2 else "") for row in rows]
	twice = {key for key in keys if keys.count(key) > 1}
	assert not twice, f"translated twice: {sorted(map(str, twice))}"
	return {key: row[1] for key, row in zip(keys, rows, strict=True)}


@pytest.fixture(scope="module")
def russian():
	return read("ru")


@pytest.fixture(scope="module")
def known():
	return sorted(set(messages()))


def test_nothing_is_missing(russian, known):
	missing = [
		message
		for message in known
		if (message.text, message.context) not in russian and (message.text, "") not in russian
	]
	assert not missing, "not in translations/ru.csv:\n" + "\n".join(
		f"{message.source}: {message.text!r}" + (f" ({message.context})" if message.context else "")
		for message in missing
	)


def test_nothing_is_left_over(russian, known):
	used = {(message.text, message.context) for message in known} | {(message.text, "") for message in known}
	assert not [key for key in russian if key not in used], "translated, but nowhere in the app"


def test_placeholders_are_the_same(russian):
	different = [
		text
		for (text, _context), translation in russian.items()
		if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(translation))
	]
	assert different == []


def test_translations_are_russian(russian):
	untranslated = [
		text
		for (text, _context), translation in russian.items()
		if not CYRILLIC.search(translation) and not SAME.match(translation)
	]
	assert untranslated == []


def test_markup_is_the_same(russian):
	tags = re.compile(r"</?\w+[^>]*>|^# ", re.MULTILINE)
	different = [
		text
		for (text, _context), translation in russian.items()
		if tags.findall(text) != tags.findall(translation)
	]
	assert different == []


def test_the_extractor_reads_what_frappe_would():
	"""Guards the guard: texts of each kind of source are found."""
	found = {(message.text, message.context) for message in messages()}
	assert ("Resume now", "") in found  # JavaScript
	assert ("Awaiting Packing", "Marketplace Order") in found  # an option of a Select field
	assert ("Silent Streams", "") in found  # a number card
	assert ("The marketplace does not accept the key of this shop.", "") in found  # marked in integrations
	assert ("On Hold", "Marketplace Order") in found
