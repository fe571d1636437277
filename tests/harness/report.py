"""What a run found: counted from JUnit files, written to .test-report.json, told in a line per layer."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

from tests.harness import ROOT
from tests.harness.shell import answer, say

REPORT = ROOT / ".test-report.json"
LONGEST = 400  # characters of a failure's message at the end of a run


@dataclass(frozen=True)
class Layer:
	"""The result of one layer. `reason` says why it did not run, or how it broke."""

	name: str
	passed: int = 0
	failed: int = 0
	skipped: int = 0
	errors: int = 0
	seconds: float = 0.0
	reason: str = ""
	failures: tuple[str, ...] = ()  # name and first line of the message of each test that failed

	@property
	def good(self) -> bool:
		return not self.failed and not self.errors

	def line(self) -> str:
		if self.reason and not self.passed and self.good:
			return f"{self.name:<12} skipped: {self.reason}"
		counts = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
		if self.errors:
			counts += f", {self.errors} errors"
		line = f"{self.name:<12} {counts} in {self.seconds:.1f} s"
		return f"{line} ({self.reason})" if self.reason else line

	def as_json(self) -> dict:
		counted = {key: getattr(self, key) for key in ("passed", "failed", "skipped", "errors")}
		return {
			**counted,
			"seconds": round(self.seconds, 1),
			**({"reason": self.reason} if self.reason else {}),
		}


def read_junit(name: str, path: Path, status: int, seconds: float) -> Layer:
	"""The layer pytest ran, from its JUnit file and exit status.

	Exit statuses: 0 passed, 1 failures, 5 no tests found; anything else means pytest itself broke.
	"""
	if status == 5:
		return Layer(name, seconds=seconds, reason="no tests")
	try:
		suites = list(ElementTree.parse(path).getroot().iter("testsuite"))
	except (OSError, ElementTree.ParseError):
		return Layer(name, errors=1, seconds=seconds, reason=f"pytest ended with status {status}")
	total, failed, errors, skipped = (
		sum(int(suite.get(count, 0)) for suite in suites)
		for count in ("tests", "failures", "errors", "skipped")
	)
	reason = ""
	if status not in (0, 1) or (status == 1 and not failed and not errors):
		errors, reason = errors + 1, f"pytest ended with status {status}"
	passed = max(0, total - failed - skipped - errors) if not reason else max(0, total - failed - skipped)
	failures = tuple(
		f"{case.get('classname')}::{case.get('name')}: {_first_lines(found)}"
		for suite in suites
		for case in suite.iter("testcase")
		for found in (*case.findall("failure"), *case.findall("error"))
	)
	return Layer(name, passed, failed, skipped, errors, seconds, reason, failures)


def _first_lines(found: ElementTree.Element) -> str:
	"""What went wrong, in a line of at most LONGEST characters, and where: the last place in our tests."""
	places = re.findall(r"^\S*tests/\S+\.py:\d+", found.text or "", re.MULTILINE)
	message = " ".join((found.get("message") or "").split())[:LONGEST]
	return f"{message} ({places[-1].rpartition('tests/')[2]})" if places else message


def write(layers: list[Layer]) -> None:
	"""Write the report; layers of an earlier run of the same commit that this one left out are kept."""
	commit = answer(["git", "rev-parse", "HEAD"], cwd=ROOT) or ""
	known: dict = {}
	try:
		earlier = json.loads(REPORT.read_text())
		if earlier["commit"] == commit:
			known = earlier["layers"]
	except (OSError, ValueError, KeyError, TypeError):
		known = {}
	known.update({layer.name: layer.as_json() for layer in layers})
	REPORT.write_text(json.dumps({"commit": commit, "layers": known}, indent=1) + "\n")


def tell(layers: list[Layer]) -> None:
	say("")
	for layer in layers:
		for failure in layer.failures:
			say(f"FAILED {failure}")
	for layer in layers:
		say(layer.line())
	passed, skipped = sum(layer.passed for layer in layers), sum(layer.skipped for layer in layers)
	failed = sum(layer.failed + layer.errors for layer in layers)
	say(f"{passed} passed, {failed} failed, {skipped} skipped")
