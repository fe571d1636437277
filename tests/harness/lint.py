"""`make lint`: ruff, import contracts, JSON and JavaScript that parse, and a look at long files.

Needs the package registry only; what needs a tool that is not here says so and is left out.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.harness import ROOT, Broken, venv
from tests.harness.shell import say
from tests.harness.source import tracked

LONG_FILE = 400  # lines; longer ones are usually two rooms
Problems = list[str]


def main() -> int:
	try:
		python = venv.ensure(venv.LINT)
	except Broken as error:
		print(error, file=sys.stderr)
		return 1
	tools = python.parent
	checks: dict[str, Callable[[], Problems]] = {
		"ruff": lambda: _tool(tools / "ruff", "check", "--quiet", "."),
		"ruff format": lambda: _tool(tools / "ruff", "format", "--check", "--output-format=concise", "."),
		"import contracts": lambda: _tool(tools / "lint-imports", "--no-logo"),
		"json": lambda: json_problems(tracked("*.json")),
		"javascript": lambda: javascript_problems(tracked("*.js")),
	}
	failed = []
	for name, check in checks.items():
		problems = check()
		say(f"{name:<17} {'ok' if not problems else 'failed'}")
		print("\n".join(problems), end="\n" if problems else "", flush=True)
		if problems:
			failed.append(name)
	for line in long_files(tracked("*.py", "*.js")):
		say(line)
	say(f"lint: {', '.join(failed)} failed" if failed else "lint: all good")
	return 1 if failed else 0


def _tool(program: Path, *arguments: str) -> Problems:
	done = subprocess.run(
		[str(program), *arguments],
		cwd=ROOT,
		stdin=subprocess.DEVNULL,
		stdout=subprocess.PIPE,
		stderr=subprocess.STDOUT,
		text=True,
	)
	return [] if done.returncode == 0 else [done.stdout.strip() or f"status {done.returncode}"]


def json_problems(paths: Iterable[Path]) -> Problems:
	"""Files that are not JSON, and DocTypes whose field list and field order disagree."""
	problems = []
	for path in paths:
		name = path.relative_to(ROOT)
		try:
			content = json.loads(path.read_text(encoding="utf-8"))
		except ValueError as error:
			problems.append(f"{name}: {error}")
			continue
		if isinstance(content, dict) and content.get("doctype") == "DocType":
			problems += [f"{name}: {problem}" for problem in doctype_problems(content)]
	return problems


def doctype_problems(doctype: dict) -> Problems:
	"""What Frappe would stumble over, or drop in silence, in a DocType's JSON."""
	fields = [field["fieldname"] for field in doctype.get("fields", [])]
	order = doctype.get("field_order", fields)
	problems = [f"field {name} is there twice" for name in sorted({f for f in fields if fields.count(f) > 1})]
	problems += [f"field {name} is not in field_order" for name in fields if name not in order]
	problems += [f"field_order names {name}, which is no field" for name in order if name not in fields]
	return problems


def javascript_problems(paths: Iterable[Path]) -> Problems:
	"""Scripts node cannot parse. Bundles, and what they import, are modules; form scripts are not."""
	node = shutil.which("node")
	if not node:
		say("javascript        left out: no node on this machine")
		return []
	problems = []
	for path in paths:
		text = path.read_text(encoding="utf-8")
		is_module = any(line.startswith(("import ", "import{", "export ")) for line in text.splitlines())
		done = subprocess.run(
			[node, "--check", f"--input-type={'module' if is_module else 'commonjs'}", "-"],
			input=text,
			capture_output=True,
			text=True,
		)
		if done.returncode:
			problems.append(f"{path.relative_to(ROOT)}: {done.stderr.strip()}")
	return problems


def long_files(paths: Iterable[Path]) -> list[str]:
	"""A line for each file that is longer than a room should be: a hint, not a fault."""
	counted = [(len(path.read_text(encoding="utf-8").splitlines()), path) for path in paths]
	return [
		f"long file         {lines} lines: {path.relative_to(ROOT)}"
		for lines, path in sorted(counted, reverse=True)
		if lines > LONG_FILE
	]


if __name__ == "__main__":
	sys.exit(main())
