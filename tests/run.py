#!/usr/bin/env python3
"""Run the tests: every layer this machine can run, or the ones named.

usage: python3 tests/run.py [--layers unit,site] [--fresh-site] [-- pytest arguments]

What pytest is told after `--` narrows the run, so such a run writes no report.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.harness import report
from tests.harness.layers import Layers

ALL = ("unit", "conformance", "site", "browser")


def main(arguments: list[str]) -> int:
	if "--" in arguments:
		at = arguments.index("--")
		arguments, pytest_arguments = arguments[:at], arguments[at + 1 :]
	else:
		pytest_arguments = []
	parser = argparse.ArgumentParser(
		description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
	)
	parser.add_argument("--layers", default=",".join(ALL), help="separated by commas; default: all")
	parser.add_argument("--fresh-site", action="store_true", help="make the test site anew")
	options = parser.parse_args(arguments)
	names = options.layers.split(",")
	if unknown := sorted(set(names) - set(ALL)):
		parser.error(f"no such layer: {', '.join(unknown)}")
	runner = Layers(fresh_site=options.fresh_site)
	results = [runner.run(name, pytest_arguments) for name in names]
	if not pytest_arguments:
		report.write(results)
	report.tell(results)
	return 0 if all(result.good for result in results) else 1


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
