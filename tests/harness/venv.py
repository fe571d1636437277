"""The project's own virtualenv, `.venv`: made when missing, brought up to date when pyproject.toml changes."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.harness import RESULTS, ROOT, Broken
from tests.harness.shell import answer, only_one, run, say

VENV = ROOT / ".venv"
STAMP = VENV / "installed.json"
SUPPORTED = ((3, 10), (3, 13))  # first and last minor version

TEST = ("frappe15", "test", "contract")
LINT = ("frappe15", "lint")
DEMO = ("frappe15",)


def ensure(extras: tuple[str, ...]) -> Path:
	"""The virtualenv's Python, with the app and these extras of pyproject.toml installed.

	Raises:
		Broken: there is no fitting Python, or a package cannot be had.
	"""
	with only_one(RESULTS / "venv.lock"):
		state = _state()
		python = VENV / "bin" / "python"
		if not python.exists() or not state:
			_create()
			state = {"extras": []}
		if state.get("requirements") != _requirements() or not set(extras) <= set(state["extras"]):
			_install(sorted({*state["extras"], *extras}))
	return python


def _create() -> None:
	interpreter = _interpreter()
	say(f"making .venv with {interpreter} …")
	shutil.rmtree(VENV, ignore_errors=True)
	try:
		run([interpreter, "-m", "venv", VENV], log="venv.log")
	except Broken as error:
		shutil.rmtree(VENV, ignore_errors=True)
		raise Broken(f"{error}. On Debian and Ubuntu: apt install python3-venv") from error


def _install(extras: list[str]) -> None:
	say(f"installing requirements into .venv ({', '.join(extras)}) …")
	run(
		[VENV / "bin" / "python", "-m", "pip", "install", "--quiet", "-e", f"{ROOT}[{','.join(extras)}]"],
		env={"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
		log="venv.log",
	)
	STAMP.write_text(json.dumps({"root": str(ROOT), "requirements": _requirements(), "extras": extras}))


def _state() -> dict | None:
	"""What is installed; None when the virtualenv is missing, half made, or of another checkout."""
	try:
		state = json.loads(STAMP.read_text())
	except (OSError, ValueError):
		return None
	works = state.get("root") == str(ROOT) and answer([VENV / "bin" / "python", "-c", "import pip; print(1)"])
	return state if works else None


def _requirements() -> str:
	"""Hash of the part of pyproject.toml that says what to install."""
	project, _mark, _tools = (ROOT / "pyproject.toml").read_text(encoding="utf-8").partition("\n[tool.")
	return hashlib.sha256(project.encode()).hexdigest()


def _interpreter() -> str:
	candidates = [
		os.environ.get("PYTHON", ""),
		sys.executable,
		"python3",
		*(f"python3.{minor}" for minor in (12, 11, 13, 10)),
	]
	for candidate in filter(None, candidates):
		if _minor(candidate):
			return candidate
	first, last = (f"{major}.{minor}" for major, minor in SUPPORTED)
	raise Broken(f"Python {first}-{last} is needed; this one is {sys.version.split()[0]}")


def _minor(python: str) -> bool:
	"""Whether `python` runs and is of a supported version."""
	version = answer([python, "-c", "import sys; print(*sys.version_info[:2])"])
	return bool(version) and SUPPORTED[0] <= tuple(map(int, version.split())) <= SUPPORTED[1]


def main() -> int:
	"""`python3 -m tests.harness.venv <room> [command …]`: make it ready, run a command of it."""
	rooms = {"test": TEST, "lint": LINT, "demo": DEMO}
	if len(sys.argv) < 2 or sys.argv[1] not in rooms:
		print(f"usage: python3 -m tests.harness.venv {'|'.join(rooms)} [command …]", file=sys.stderr)
		return 2
	try:
		python = ensure(rooms[sys.argv[1]])
	except Broken as error:
		print(error, file=sys.stderr)
		return 1
	command = sys.argv[2:]
	if not command:
		return 0
	return subprocess.call([str(python.parent / command[0]), *command[1:]], cwd=ROOT)


if __name__ == "__main__":
	sys.exit(main())
