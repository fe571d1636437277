"""Lint finds what it is there for."""

from __future__ import annotations

import shutil

import pytest

from tests.harness import ROOT, lint


def doctype(order, names):
	fields = [{"fieldname": name, "fieldtype": "Data"} for name in names]
	return {"doctype": "DocType", "field_order": order, "fields": fields}


def test_a_sound_doctype_has_no_problems():
	assert lint.doctype_problems(doctype(["a", "b"], ["a", "b"])) == []


def test_fields_and_their_order_must_agree():
	assert lint.doctype_problems(doctype(["a", "c"], ["a", "b", "a"])) == [
		"field a is there twice",
		"field b is not in field_order",
		"field_order names c, which is no field",
	]


@pytest.fixture
def file():
	path = ROOT / ".test-results" / "lint-sample"
	path.parent.mkdir(exist_ok=True)
	yield path
	path.unlink(missing_ok=True)


def test_json_that_does_not_parse_is_named(file):
	file.write_text('{"a": 1,}')
	assert lint.json_problems([file])[0].startswith(".test-results/lint-sample: ")


@pytest.mark.skipif(not shutil.which("node"), reason="no node on this machine")
@pytest.mark.parametrize(
	("text", "sound"),
	[
		("frappe.ui.form.on('Item', { refresh(frm) { frm.save(); } });", True),
		('import { a } from "./a";\nexport const b = a;', True),
		("frappe.ui.form.on('Item', { refresh(frm) { frm.save( } });", False),
		('import { a } from "./a";\nconst b = ;', False),
	],
)
def test_scripts_must_parse(file, text, sound):
	file.write_text(text)
	assert (lint.javascript_problems([file]) == []) is sound


def test_long_files_are_listed_longest_first(file):
	file.write_text("x\n" * (lint.LONG_FILE + 1))
	assert lint.long_files([file]) == ["long file         401 lines: .test-results/lint-sample"]
