"""The layers of tests, and what each needs before pytest can run it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.harness import RESULTS, ROOT, Broken, Unavailable, bench, browser, sites, venv
from tests.harness.report import Layer, read_junit
from tests.harness.shell import only_one, say

BENCH_EXTRAS = ("test", "browser")


@dataclass(frozen=True)
class Place:
	"""Where pytest runs: which Python, in which folder, with what in its environment."""

	python: Path
	folder: Path = ROOT
	environment: tuple[tuple[str, str], ...] = ()


@dataclass
class Layers:
	"""Runs layers, sharing what they need."""

	fresh_site: bool = False

	def run(self, name: str, pytest_arguments: Sequence[str] = ()) -> Layer:
		"""Run one layer. Never raises for a reason of this machine: the result says it."""
		started = time.monotonic()
		prepare: Callable[[], Place] = {
			"unit": self._own,
			"conformance": self._own,
			"site": self._on_site,
			"browser": self._in_browser,
		}[name]
		named = [argument for argument in pytest_arguments if _is_path(argument)]
		if named and not any(_is_of(name, path) for path in named):
			return Layer(name, reason="nothing of it was asked for")
		say(f"\n── {name} ──")
		try:
			place = prepare()
			if name in ("unit", "conformance"):
				return _pytest(name, place, pytest_arguments)
			with only_one(bench.find().lock):
				return _pytest(name, place, pytest_arguments)
		except Unavailable as reason:
			return Layer(name, reason=str(reason))
		except Broken as reason:
			return Layer(name, errors=1, seconds=time.monotonic() - started, reason=str(reason))

	def _own(self) -> Place:
		return Place(venv.ensure(venv.TEST))

	def _on_site(self) -> Place:
		found = bench.find()
		with only_one(found.lock):
			bench.prepare(found, BENCH_EXTRAS)
			site = sites.ensure_test_site(found, fresh=self.fresh_site)
		self.fresh_site = False
		return Place(found.python, found.sites, tuple(found.environment(site).items()))

	def _in_browser(self) -> Place:
		browser.executable()
		place = self._on_site()
		found = bench.find()
		with only_one(found.lock):
			bench.build_bundles(found)
		return place


def _pytest(name: str, place: Place, arguments: Sequence[str]) -> Layer:
	RESULTS.mkdir(exist_ok=True)
	junit = RESULTS / f"{name}.xml"
	junit.unlink(missing_ok=True)
	command = [
		str(place.python),
		"-m",
		"pytest",
		"-c",
		str(ROOT / "pyproject.toml"),
		f"--rootdir={ROOT}",
		f"--junitxml={junit}",
		*_narrowed(name, arguments),
	]
	started = time.monotonic()
	environment = {**os.environ, **dict(place.environment)}
	status = subprocess.call(command, cwd=place.folder, env=environment, stdin=subprocess.DEVNULL)
	return read_junit(name, junit, status, time.monotonic() - started)


def _narrowed(name: str, arguments: Sequence[str]) -> list[str]:
	"""What pytest collects: the layer's folder, or what the arguments name in it (paths from the checkout)."""
	named = [argument for argument in arguments if _is_path(argument)]
	options = [argument for argument in arguments if not _is_path(argument)]
	of_layer = [str(ROOT / path) for path in named if _is_of(name, path)]
	return [*(of_layer if named else [str(ROOT / "tests" / name)]), *options]


def _is_path(argument: str) -> bool:
	return not argument.startswith("-") and (ROOT / argument.split("::")[0]).exists()


def _is_of(name: str, path: str) -> bool:
	return (ROOT / path.split("::")[0]).resolve().is_relative_to(ROOT / "tests" / name)
