"""The site layer in two processes on two sites: most of its time is one process waiting for one core.

Files are dealt out by how long they took in the last whole run on this bench, so that both end together.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.harness import RESULTS, ROOT
from tests.harness.report import Layer

MOST = 2  # more sites than this gain nothing: the database is the third who works
A_TEST = 1.0  # seconds, of a file nobody has measured
TEST = re.compile(r"^def test_", re.MULTILINE)


def number() -> int:
	"""How many processes: one for each core, two at most; TEST_PROCESSES says otherwise."""
	return max(1, min(int(os.environ.get("TEST_PROCESSES") or MOST), MOST, os.cpu_count() or 1))


def deal(files: Sequence[Path], seconds: Mapping[str, float], parts: int) -> list[list[Path]]:
	"""Files in `parts` groups of about equal length: the longest first, each to the group that has least.

	Args:
		seconds: file name → how long it took; a file that is not there counts by its tests.
	"""
	length = {path: seconds.get(path.name) or A_TEST * _tests_in(path) for path in files}
	groups: list[list[Path]] = [[] for _part in range(parts)]
	sums = [0.0] * parts
	for path in sorted(files, key=lambda path: (-length[path], path.name)):
		least = sums.index(min(sums))
		groups[least].append(path)
		sums[least] += length[path]
	return [sorted(group) for group in groups if group]


def run(commands: Sequence[tuple[list[str], Path, Mapping[str, str]]]) -> list[int]:
	"""Run pytest several times at once: command, folder, environment of each. The first is seen as it goes, the
	others when all are done. Returns their exit statuses.
	"""
	processes = []
	for index, (command, folder, environment) in enumerate(commands):
		log = _log(index) if index else None
		output = log.open("wb") if log else None
		processes.append(
			subprocess.Popen(
				command,
				cwd=folder,
				env={**os.environ, **environment},
				stdin=subprocess.DEVNULL,
				stdout=output,
				stderr=subprocess.STDOUT if output else None,
			)
		)
		if output:
			output.close()  # the process has it
	statuses = [process.wait() for process in processes]
	for index in range(1, len(commands)):
		print(_log(index).read_text(encoding="utf-8", errors="replace"), flush=True)
	return statuses


def together(parts: Sequence[Layer], seconds: float) -> Layer:
	"""One result of several."""
	first = parts[0]
	return Layer(
		first.name,
		sum(part.passed for part in parts),
		sum(part.failed for part in parts),
		sum(part.skipped for part in parts),
		sum(part.errors for part in parts),
		seconds,
		"; ".join(part.reason for part in parts if part.reason),
		tuple(failure for part in parts for failure in part.failures),
	)


def read_seconds(path: Path) -> dict[str, float]:
	"""File name → seconds of the last whole run; {} when there was none."""
	try:
		return {name: float(value) for name, value in json.loads(path.read_text()).items()}
	except (OSError, ValueError, AttributeError):
		return {}


def write_seconds(path: Path, reports: Sequence[Path]) -> None:
	"""Remember how long each file took, from pytest's JUnit files."""
	found: dict[str, float] = {}
	for report in reports:
		try:
			cases = ElementTree.parse(report).getroot().iter("testcase")
		except (OSError, ElementTree.ParseError):
			return
		for case in cases:
			name = case.get("classname", "").rpartition(".")[2] + ".py"
			found[name] = found.get(name, 0.0) + float(case.get("time") or 0)
	path.parent.mkdir(parents=True, exist_ok=True)
	path.write_text(json.dumps({name: round(value, 1) for name, value in sorted(found.items())}, indent=1))


def files_of(layer: str) -> list[Path]:
	return sorted((ROOT / "tests" / layer).glob("test_*.py"))


def _tests_in(path: Path) -> int:
	return max(1, len(TEST.findall(path.read_text(encoding="utf-8"))))


def _log(index: int) -> Path:
	RESULTS.mkdir(exist_ok=True)
	return RESULTS / f"site-{index + 1}.log"
