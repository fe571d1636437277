"""Run by the bench's Python: which requirements of a pyproject.toml its environment does not meet, a line each.

usage: missing_requirements.py <pyproject.toml> [extra …]
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.requirements import Requirement

if sys.version_info >= (3, 11):
	import tomllib
else:
	import tomli as tomllib  # comes with Frappe


def main(path: str, *extras: str) -> None:
	project = tomllib.loads(Path(path).read_text(encoding="utf-8"))["project"]
	wanted = list(project["dependencies"])
	for extra in extras:
		wanted += project["optional-dependencies"][extra]
	for line in wanted:
		if not _met(Requirement(line)):
			print(line)


def _met(requirement: Requirement) -> bool:
	try:
		return requirement.specifier.contains(version(requirement.name), prereleases=True)
	except PackageNotFoundError:
		return False


if __name__ == "__main__":
	main(*sys.argv[1:])
