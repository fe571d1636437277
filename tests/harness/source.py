"""The files of the repository, for checks that read them."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

from tests.harness import ROOT
from tests.harness.shell import answer

NOT_OURS = {".git", ".venv", "node_modules", "__pycache__", "dist", ".test-results"}


def tracked(*patterns: str) -> list[Path]:
	"""Files git knows of or would add, by name patterns; what looks like it where there is no git."""
	listed = answer(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT)
	if listed is None:
		paths = [path for path in sorted(ROOT.rglob("*")) if not NOT_OURS & set(path.parts)]
	else:
		paths = [ROOT / line for line in listed.splitlines()]
	wanted = patterns or ("*",)
	return [path for path in paths if path.is_file() and any(fnmatch(path.name, one) for one in wanted)]
