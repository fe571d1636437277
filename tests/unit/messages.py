"""Every text of the app that a person may see, read from its sources without running them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "crm_marketplace"
# Command line and training tools speak English only.
ENGLISH_ONLY = ("sandbox", "demo", "cli.py", "demo.py", "__main__.py")
# Kinds of JSON records and the properties of theirs that people see.
SHOWN = {
	"DocType": ("name", "description"),
	"Report": ("report_name",),
	"Page": ("title",),
	"Workspace": ("title",),
	"Number Card": ("label",),
	"Dashboard Chart": ("chart_name",),
	"Module Onboarding": ("title", "subtitle", "success_message"),
	"Onboarding Step": ("title", "description", "action_label", "callback_title", "callback_message"),
	"Form Tour": ("title",),
}
SHOWN_ROWS = {
	"fields": ("label", "description"),
	"links": ("label", "group"),
	"shortcuts": ("label", "format"),
	"charts": ("label",),
	"number_cards": ("label",),
	"steps": ("title", "description", "label"),
	"states": ("title",),
	"permissions": ("role",),
}
JS_CALL = re.compile(r"(?<![\w.])__\(\s*(?P<text>\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|[^\s)])")
JS_CONTEXT = re.compile(
	r"\s*,\s*(?:null|\[(?:[^\[\]]|\[[^\]]*\])*\])\s*,\s*\"(?P<context>(?:[^\"\\\n]|\\.)*)\"\s*\)"
)
VARIABLE_IN_JS = re.compile(r"[\w(]")


@dataclass(frozen=True, order=True)
class Message:
	text: str
	context: str  # empty: none
	source: str  # file and line, for people


def messages() -> Iterator[Message]:
	"""All of them; one text may come from several places."""
	for path in sorted(APP.rglob("*")):
		relative = path.relative_to(APP)
		if relative.parts[0] in ENGLISH_ONLY or "dist" in relative.parts or "translations" in relative.parts:
			continue
		reader = {".py": _python, ".js": _javascript, ".json": _record}.get(path.suffix)
		if reader:
			yield from reader(path, str(relative))


def _python(path: Path, source: str) -> Iterator[Message]:
	for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
		if not (isinstance(node, ast.Call) and _is_marker(node.func) and node.args):
			continue
		text = node.args[0]
		if isinstance(text, ast.Constant) and isinstance(text.value, str):
			context = next((key.value.value for key in node.keywords if key.arg == "context"), "")
			yield Message(text.value, context, f"{source}:{node.lineno}")


def _is_marker(function: ast.expr) -> bool:
	if isinstance(function, ast.Name):
		return function.id == "_"
	return isinstance(function, ast.Attribute) and function.attr in ("_", "_lt")


def _javascript(path: Path, source: str) -> Iterator[Message]:
	code = path.read_text(encoding="utf-8")
	for call in JS_CALL.finditer(code):
		line = code.count("\n", 0, call.start()) + 1
		text = call["text"]
		if text[0] in "\"'":
			context = JS_CONTEXT.match(code, call.end())
			where = _unquoted(f'"{context["context"]}"') if context else ""
			yield Message(_unquoted(text), where, f"{source}:{line}")
		elif text[0] == "`":
			raise ValueError(f"{source}:{line}: __() takes a plain literal, not a template")


def _unquoted(literal: str) -> str:
	return ast.literal_eval(literal)


def _record(path: Path, source: str) -> Iterator[Message]:
	record = json.loads(path.read_text(encoding="utf-8"))
	kind = record.get("doctype") if isinstance(record, dict) else None
	if kind not in SHOWN:
		return
	for name in SHOWN[kind]:
		yield from _shown(record.get(name), "", source)
	for table, names in SHOWN_ROWS.items():
		for row in record.get(table) or ():
			for name in names:
				yield from _shown(row.get(name), _context(kind, record, row, name), source)
			if row.get("fieldtype") == "Select":
				for option in (row.get("options") or "").split("\n"):
					yield from _shown(option, record["name"], source)
	if kind == "Workspace":
		for block in json.loads(record["content"]):
			if block["type"] == "header":
				yield from _shown(block["data"]["text"], "", source)


def _context(kind: str, record: dict, row: dict, name: str) -> str:
	"""Frappe asks for a field's label in the context of its DocType first; tabs and descriptions have none."""
	in_context = kind == "DocType" and name == "label" and row.get("fieldtype") != "Tab Break"
	return record["name"] if in_context else ""


def _shown(text: str | None, context: str, source: str) -> Iterator[Message]:
	if text and text.strip():
		yield Message(text, context, source)
