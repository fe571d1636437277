"""`make benchmark`: print figures as ratios and counts, and write .benchmark-report.json. Judges nothing.

A figure is measured by a module of tests/benchmarks: `pure` ones run in our virtualenv, `site` ones on a site
of their own on the bench. Each has a function `measure(figure)` that calls
`figure(name, value, budget=…, detail=…)` for every figure it has.
"""

from __future__ import annotations

import json
import sys

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
	status = 0
	for room in ROOMS:
		if not any((ROOT / "tests" / "benchmarks" / room).glob("[a-z]*.py")):
			continue
		try:
			figures.update(_measure(room, names))
		except Unavailable as reason:
			say(f"{room}: left out: {reason}")
		except Broken as reason:
			say(f"{room}: {reason}")
			status = 1
	if not names:
		REPORT.write_text(json.dumps({"figures": figures}, indent=1, ensure_ascii=False) + "\n")
	for name, figure in figures.items():
		budget = "" if figure["budget"] is None else f"  (budget {figure['budget']:g})"
		say(f"{name:<28} {figure['value']:>10.4g}{budget}  {figure['detail']}")
	return status


def _measure(room: str, names: list[str]) -> dict[str, dict]:
	place = Place(venv.ensure(venv.TEST)) if room == "pure" else _on_site()
	RESULTS.mkdir(exist_ok=True)
	found = RESULTS / f"benchmark-{room}.json"
	found.unlink(missing_ok=True)
	stream([place.python, CHILD, room, found, *names], cwd=place.folder, env=dict(place.environment))
	return json.loads(found.read_text(encoding="utf-8"))


def _on_site() -> Place:
	there = bench.find()
	with only_one(there.lock):
		bench.prepare(there, BENCH_EXTRAS)
		sites.ensure(there, SITE)
	return Place(there.python, there.sites, tuple(there.environment(SITE).items()))


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
