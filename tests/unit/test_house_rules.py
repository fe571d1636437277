"""Rules of the house no linter knows. Each test lists every breach it finds, as file:line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.harness import APP, ROOT
from tests.harness.source import tracked

CODE = ROOT / APP
ROOMS = ("marketplaces", "carriers", "messengers", "banks")
TEXT = ("*.py", "*.js", "*.html", "*.css", "*.scss", "*.json", "*.txt")
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|X" r"XX)\b")
MACHINE_PATH = re.compile(r"""(?:^|["'`(=\s])/(?:work|root|home|farm)/[a-z]""")
BUILT_TRANSLATION = re.compile(r"""\b__\(\s*(?:`|(?:"[^"]*"|'[^']*')\s*\+)""")


@cache
def source(path: Path) -> str:
	return path.read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
	return ast.parse(source(path), str(path))


def python(folder: Path) -> list[Path]:
	return [path for path in tracked("*.py") if path.is_relative_to(folder)]


def place(path: Path, line: int) -> str:
	return f"{path.relative_to(ROOT)}:{line}"


def lines_with(pattern: re.Pattern, paths: list[Path]) -> Iterator[str]:
	for path in paths:
		for number, line in enumerate(source(path).splitlines(), 1):
			if pattern.search(line):
				yield f"{place(path, number)}: {line.strip()}"


# --- a marketplace's name lives in its own folder --------------------------------------------------


def connector_folders() -> list[Path]:
	found = []
	for room in ROOMS:
		for init in sorted((CODE / "integrations" / room).glob("*/__init__.py")):
			found.append(init.parent)
	return found


def names_of(folder: Path) -> set[str]:
	"""The folder's name in its spellings, and what its ConnectorInfo calls itself."""
	names = {folder.name, folder.name.replace("_", " "), folder.name.replace("_", "-")}
	for path in folder.glob("*.py"):
		for node in ast.walk(tree(path)):
			if (
				isinstance(node, ast.Call)
				and isinstance(node.func, ast.Name)
				and node.func.id == "ConnectorInfo"
			):
				names |= {
					word.value.value
					for word in node.keywords
					if word.arg in ("name", "title") and isinstance(word.value, ast.Constant)
				}
	return names


def is_home(path: Path, folder: Path) -> bool:
	inside = path.relative_to(CODE)
	return (
		path.is_relative_to(folder)
		or inside.parts[:2] == ("sandbox", folder.name)
		or inside.parts[0] in ("fixtures", "translations")
	)


def built_in_lines(registry: Path) -> set[int]:
	"""The lines of the one list of our own connectors."""
	for node in tree(registry).body:
		if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "BUILT_IN":
			return set(range(node.lineno, node.end_lineno + 1))
	raise AssertionError("registry.py has no list BUILT_IN")


def test_there_are_connectors():
	assert connector_folders()


@pytest.mark.parametrize("folder", connector_folders(), ids=lambda folder: folder.name)
def test_no_marketplace_is_named_outside_its_folder(folder):
	names = sorted(names_of(folder), key=len, reverse=True)
	pattern = re.compile(rf"(?<![a-z0-9])(?:{'|'.join(map(re.escape, names))})(?![a-z0-9])", re.IGNORECASE)
	registry = CODE / "integrations" / "registry.py"
	allowed = {place(registry, number) for number in built_in_lines(registry)}
	paths = [path for path in tracked(*TEXT) if path.is_relative_to(CODE) and not is_home(path, folder)]
	breaches = [line for line in lines_with(pattern, paths) if ":".join(line.split(":")[:2]) not in allowed]
	assert not breaches, "\n".join(breaches)


def test_every_marketplace_has_its_sandbox():
	missing = [
		folder.name
		for folder in connector_folders()
		if folder.parent.name == "marketplaces"
		and not (CODE / "sandbox" / folder.name / "__init__.py").exists()
	]
	assert not missing


# --- code ------------------------------------------------------------------------------------------


def is_built(given: ast.expr | None) -> bool:
	"""Whether a string is put together on the spot, so that no translator ever sees it."""
	if isinstance(given, ast.Call):
		return isinstance(given.func, ast.Attribute) and given.func.attr in ("format", "join", "replace")
	return given is None or isinstance(given, ast.JoinedStr | ast.BinOp | ast.IfExp)


def test_only_plain_strings_are_translated():
	"""`_()` takes a literal, or what holds a string marked elsewhere; never one built on the spot."""
	breaches = []
	for path in python(CODE):
		for node in ast.walk(tree(path)):
			if (
				isinstance(node, ast.Call)
				and isinstance(node.func, ast.Name)
				and node.func.id in ("_", "_lt")
			):
				if is_built(node.args[0] if node.args else None):
					breaches.append(place(path, node.lineno))
	scripts = [path for path in tracked("*.js", "*.html") if path.is_relative_to(CODE)]
	breaches += lines_with(BUILT_TRANSLATION, scripts)
	assert not breaches, "\n".join(breaches)


def test_no_blanket_except():
	"""Name what can fail. A handler of everything may only tidy up and raise again."""
	breaches = []
	for path in python(CODE):
		for node in ast.walk(tree(path)):
			if not isinstance(node, ast.ExceptHandler):
				continue
			blanket = node.type is None or (
				isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")
			)
			if blanket and not isinstance(node.body[-1], ast.Raise):
				breaches.append(place(path, node.lineno))
	assert not breaches, "\n".join(breaches)


def calls(path: Path, wanted: str) -> Iterator[str]:
	for node in ast.walk(tree(path)):
		if isinstance(node, ast.Call) and ast.unparse(node.func) == wanted:
			yield place(path, node.lineno)


def test_library_code_does_not_print():
	breaches = [line for path in python(CODE) for line in calls(path, "print")]
	assert not breaches, "\n".join(breaches)


def test_tests_do_not_sleep():
	harness = ROOT / "tests" / "harness"  # waits for servers to come up, with a deadline
	paths = [path for path in python(ROOT / "tests") if not path.is_relative_to(harness)]
	breaches = [line for path in paths for line in calls(path, "time.sleep")]
	assert not breaches, "\n".join(breaches)


def test_public_modules_say_what_they_are():
	missing = [
		str(path.relative_to(ROOT))
		for room in ("integrations", "rules", "sandbox", "sync")
		for path in python(CODE / room)
		if path.name != "__init__.py" and not ast.get_docstring(tree(path))
	]
	assert not missing, "\n".join(missing)


# --- every file ------------------------------------------------------------------------------------


def test_nothing_is_left_unfinished():
	paths = tracked("*.py", "*.js", "*.html", "*.css", "*.scss", "*.md", "*.toml", "Makefile")
	breaches = list(lines_with(UNFINISHED, paths))
	assert not breaches, "\n".join(breaches)


def test_no_path_of_a_machine():
	paths = [path for path in tracked(*TEXT, "*.md", "*.toml", "*.sh", "Makefile", "run")]
	breaches = list(lines_with(MACHINE_PATH, paths))
	assert not breaches, "\n".join(breaches)
