"""What Frappe reads by name, checked without Frappe: hooks, patches, DocTypes, modules."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness import APP, ROOT

CODE = ROOT / APP


def module_file(dotted: str) -> Path | None:
	path = ROOT.joinpath(*dotted.split("."))
	return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()), None)


def defined_names(file: Path) -> set[str]:
	"""What a module defines or imports at its top."""
	names: set[str] = set()
	for node in ast.parse(file.read_text(encoding="utf-8")).body:
		if isinstance(node, ast.FunctionDef | ast.ClassDef):
			names.add(node.name)
		elif isinstance(node, ast.Assign):
			names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
		elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
			names.add(node.target.id)
		elif isinstance(node, ast.Import | ast.ImportFrom):
			names |= {alias.asname or alias.name for alias in node.names}
	return names


def leads_somewhere(dotted: str) -> bool:
	"""Whether a dotted path ends at a module, or at a name a module has."""
	if module_file(dotted):
		return True
	module, _dot, name = dotted.rpartition(".")
	file = module_file(module)
	return file is not None and name in defined_names(file)


def hook_strings() -> list[tuple[int, str]]:
	hooks = ast.parse((CODE / "hooks.py").read_text(encoding="utf-8"))
	return [
		(node.lineno, node.value)
		for node in ast.walk(hooks)
		if isinstance(node, ast.Constant) and isinstance(node.value, str)
	]


def test_every_hook_leads_somewhere():
	dotted = [
		(line, text)
		for line, text in hook_strings()
		if text.startswith(f"{APP}.") and " " not in text and ".bundle." not in text
	]
	assert dotted
	lost = [f"hooks.py:{line}: {text}" for line, text in dotted if not leads_somewhere(text)]
	assert not lost, "\n".join(lost)


def test_every_script_named_in_hooks_exists():
	scripts = [
		(line, text)
		for line, text in hook_strings()
		if text.startswith("public/") or text.startswith(f"/assets/{APP}/")
	]
	lost = [
		f"hooks.py:{line}: {text}"
		for line, text in scripts
		if not (CODE / text.replace(f"/assets/{APP}/", "public/")).exists()
	]
	assert not lost, "\n".join(lost)


def test_every_bundle_named_in_hooks_has_its_source():
	sources = {path.name.split(".")[0] + path.suffix for path in (CODE / "public").rglob("*.bundle.*")}
	styles = {name.rpartition(".")[0] + ".css" for name in sources if name.endswith((".scss", ".less"))}
	named = {text.replace(".bundle", "") for _line, text in hook_strings() if ".bundle." in text}
	assert named <= sources | styles


def patches() -> Iterator[str]:
	for line in (CODE / "patches.txt").read_text(encoding="utf-8").splitlines():
		words = line.split("#")[0].split()
		if words and not words[0].startswith("["):
			yield words[0]


def test_every_patch_can_be_run():
	lost = [
		patch
		for patch in patches()
		if not (file := module_file(patch)) or "execute" not in defined_names(file)
	]
	assert not lost, "\n".join(lost)


def modules() -> list[str]:
	return [line for line in (CODE / "modules.txt").read_text(encoding="utf-8").splitlines() if line.strip()]


def test_every_module_has_its_folder():
	assert modules()
	assert [name for name in modules() if not (CODE / scrub(name) / "__init__.py").exists()] == []


def scrub(name: str) -> str:
	"""A DocType's or module's name as a folder name, the way Frappe makes it."""
	return name.replace(" ", "_").replace("-", "_").lower()


def doctypes() -> list[Path]:
	return sorted(CODE.glob("*/doctype/*/*.json"))


@pytest.mark.parametrize("path", doctypes(), ids=lambda path: path.stem)
def test_doctype_stands_where_frappe_looks_for_it(path):
	doctype = json.loads(path.read_text(encoding="utf-8"))
	assert doctype["doctype"] == "DocType"
	assert scrub(doctype["name"]) == path.stem == path.parent.name
	assert scrub(doctype["module"]) == path.parents[2].name
	controller = path.with_suffix(".py")
	assert controller.exists()
	assert doctype["name"].replace(" ", "") in defined_names(controller)
	assert (path.parent / "__init__.py").exists()


@pytest.mark.parametrize("path", doctypes(), ids=lambda path: path.stem)
def test_every_link_and_table_says_to_what(path):
	doctype = json.loads(path.read_text(encoding="utf-8"))
	fields = [field for field in doctype["fields"] if field["fieldtype"] in ("Link", "Dynamic Link", "Table")]
	assert [field["fieldname"] for field in fields if not field.get("options")] == []
