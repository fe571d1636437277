"""The layers of tests, and what each needs before pytest can run it."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.harness import RESULTS, ROOT, Broken, Unavailable, bench, browser, side_by_side, sites, venv
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
			if name == "site" and not pytest_arguments and side_by_side.number() > 1:
				return self._on_sites(side_by_side.number())
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

	def _on_sites(self, number: int) -> Layer:
		"""The whole site layer, dealt out to as many processes, each on a site of its own."""
		first = self._on_site()
		found = bench.find()
		kept = found.keeps / "seconds.json"
		with only_one(found.lock):
			places = [first]
			for index in range(1, number):
				site = sites.ensure_another_test_site(found, index + 1)
				places.append(Place(found.python, found.sites, tuple(found.environment(site).items())))
			groups = side_by_side.deal(
				side_by_side.files_of("site"), side_by_side.read_seconds(kept), len(places)
			)
			reports = [RESULTS / f"site-{index + 1}.xml" for index in range(len(groups))]
			for report in reports:
				report.unlink(missing_ok=True)
			started = time.monotonic()
			statuses = side_by_side.run(
				[
					(
						_command(place, report, [str(path) for path in group]),
						place.folder,
						dict(place.environment),
					)
					for place, report, group in zip(places, reports, groups, strict=False)
				]
			)
			seconds = time.monotonic() - started
			side_by_side.write_seconds(kept, reports)
		parts = [
			read_junit("site", report, status, seconds)
			for report, status in zip(reports, statuses, strict=True)
		]
		return side_by_side.together(parts, seconds)

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
	command = _command(place, junit, _narrowed(name, arguments))
	started = time.monotonic()
	environment = {**os.environ, **dict(place.environment)}
	status = subprocess.call(command, cwd=place.folder, env=environment, stdin=subprocess.DEVNULL)
	return read_junit(name, junit, status, time.monotonic() - started)


def _command(place: Place, junit: Path, arguments: Sequence[str]) -> list[str]:
	return [
		str(place.python),
		"-m",
		"pytest",
		"-c",
		str(ROOT / "pyproject.toml"),
		f"--rootdir={ROOT}",
		f"--junitxml={junit}",
		*arguments,
	]


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
