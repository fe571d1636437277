"""`make benchmark`: print figures as ratios and counts, and write .benchmark-report.json. Judges nothing.

A figure is measured by a module of tests/benchmarks: `pure` ones run in our virtualenv, `site` ones on a site
of their own on the bench. Each has a function `measure(figure)` that calls
`figure(name, value, budget=…, detail=…)` for every figure it has, and is run in a process of its own.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack

from tests.harness import RESULTS, ROOT, Broken, Unavailable, bench, sites, venv
from tests.harness.layers import BENCH_EXTRAS, Place
from tests.harness.shell import only_one, say, stream

REPORT = ROOT / ".benchmark-report.json"
SITE = "crm-marketplace-benchmark.localhost"
CHILD = ROOT / "tests" / "harness" / "benchmark_child.py"
ROOMS = ("pure", "site")


def main(names: list[str]) -> int:
	"""Measure, all modules or the ones named. Status 1 when one could not be measured."""
	figures: dict[str, dict] = {}
	missing: list[str] = []
	failed = False
	for room in ROOMS:
		modules = [name for name in modules_of(room) if not names or name in names]
		try:
			with ExitStack() as held:
				place = _place(room, held) if modules else None
				for module in modules:
					try:
						figures.update(_measure(room, module, place))
					except Broken as reason:
						missing.append(f"{room}/{module} failed: {reason}")
						failed = True
		except Unavailable as reason:
			missing.append(f"{room} ({', '.join(modules)}) left out: {reason}")
		except Broken as reason:
			missing.append(f"{room} ({', '.join(modules)}) failed: {reason}")
			failed = True
	if not names:
		report = {"figures": figures, "missing": missing}
		REPORT.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n")
	_tell(figures, missing)
	return int(failed)


def _tell(figures: dict[str, dict], missing: list[str]) -> None:
	say("")
	for name, figure in figures.items():
		budget = "" if figure["budget"] is None else f"  (budget {figure['budget']:g})"
		say(f"{name:<28} {figure['value']:>10.4g}{budget}  {figure['detail']}")
	for reason in missing:
		say(reason)


def modules_of(room: str) -> list[str]:
	"""Names of the modules in a room of tests/benchmarks."""
	return sorted(path.stem for path in (ROOT / "tests" / "benchmarks" / room).glob("[a-z]*.py"))


def _measure(room: str, module: str, place: Place) -> dict[str, dict]:
	RESULTS.mkdir(exist_ok=True)
	found = RESULTS / f"benchmark-{room}-{module}.json"
	found.unlink(missing_ok=True)
	say(f"measuring {module} …")
	stream([place.python, CHILD, room, module, found], cwd=place.folder, env=dict(place.environment))
	return json.loads(found.read_text(encoding="utf-8"))


def _place(room: str, held: ExitStack) -> Place:
	"""Where a room's modules run. The benchmark site is this run's alone until `held` is closed: each module
	empties it first."""
	if room == "pure":
		return Place(venv.ensure(venv.TEST))
	there = bench.find()
	held.enter_context(only_one(there.keeps / "benchmark.lock"))
	with only_one(there.lock):
		bench.prepare(there, BENCH_EXTRAS)
		sites.ensure(there, SITE)
	return Place(there.python, there.sites, tuple(there.environment(SITE).items()))


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
