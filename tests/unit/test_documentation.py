"""The documentation leads where it says, in both languages, and names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.harness import ROOT
from tests.harness.source import tracked

LINK = re.compile(r"!?\[[^\]]*\]\(([^)#\s]+)(#[^)\s]*)?\)")
TARGET = re.compile(r"^([a-z-]+):", re.MULTILINE)
MAKE = re.compile(r"`(?:[A-Z_]+=\S+ )?make ([a-z-]+)")


def pages() -> list[Path]:
	return tracked("*.md")


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page):
	links = [target for target, _part in LINK.findall(page.read_text(encoding="utf-8"))]
	inside = [target for target in links if not target.startswith(("http://", "https://", "mailto:"))]
	assert [target for target in inside if not (page.parent / target).exists()] == []


def test_the_guide_has_the_same_pages_in_both_languages():
	english, russian = (
		{path.name for path in (ROOT / "docs" / language).glob("*.md")} for language in ("en", "ru")
	)
	assert english == russian and "index.md" in english


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_index_of_the_guide_lists_every_page(language):
	folder = ROOT / "docs" / language
	listed = {target for target, _part in LINK.findall((folder / "index.md").read_text(encoding="utf-8"))}
	assert {path.name for path in folder.glob("*.md")} - {"index.md"} <= listed


def test_every_make_command_named_anywhere_exists():
	targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
	named = {word for page in pages() for word in MAKE.findall(page.read_text(encoding="utf-8"))}
	assert named and named <= targets
