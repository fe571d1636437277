"""`make site`: a site on the bench to look at. A company with items and stock, three shops on a sandbox with
their jobs running, a user for each role in English and Russian. Serves until Ctrl-C; the next time it goes on
where it was. `make site FRESH=1` starts anew.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness import RESULTS, ROOT, Broken, Unavailable, bench, desk, sites
from tests.harness.bench import Bench
from tests.harness.layers import BENCH_EXTRAS
from tests.harness.shell import only_one, run, say, start

SITE = "crm-marketplace-demo.localhost"
DATA = ROOT / "tests" / "harness" / "demo_site_data.py"
SHOPS, LISTINGS, ORDERS, SEED = 3, 120, 160, 7
PORT, SANDBOX_PORT = 8090, 8091
SECONDS_BETWEEN_ORDERS, SECONDS_PER_STATUS = 60, 600


def main() -> int:
	try:
		found = bench.find()
		fresh = bool(os.environ.get("FRESH"))
		with only_one(found.lock):
			bench.prepare(found, BENCH_EXTRAS)
			bench.build_bundles(found)
			sites.ensure(found, SITE, fresh=fresh)
		serve(found)
	except Unavailable as reason:
		say(f"make site needs a bench: {reason}")
		return 1
	except Broken as reason:
		say(str(reason))
		return 1
	return 0


def serve(found: Bench) -> None:
	"""Fill the site and serve it until somebody ends it."""
	stopped = threading.Event()
	for number in (signal.SIGINT, signal.SIGTERM):
		signal.signal(number, lambda *_: stopped.set())
	with sandbox(found) as facts, desk.serve(found, SITE, desk.free_port(PORT)) as running:
		say("filling the site: items, stock, shops, users …")
		command = [found.python, DATA, SITE, json.dumps(facts), str(SEED)]
		run(command, cwd=found.sites, env=found.environment(SITE), log="demo-site.log")
		say(f"\n{running.url}   (Ctrl-C ends it)\n")
		say((RESULTS / "demo-site-users.txt").read_text())
		say(
			f"Sandbox: {facts['url']}, {len(facts['shops'])} shops; a new order every {SECONDS_BETWEEN_ORDERS} s"
		)
		stopped.wait()
		say("\nending …")


@contextmanager
def sandbox(found: Bench) -> Iterator[dict]:
	"""The sandbox's shops, kept in the site's folder. Gives its address and keys.

	Raises:
		Broken: it does not come up.
	"""
	log = RESULTS / "demo-sandbox.log"
	log.unlink(missing_ok=True)
	command = [found.python, "-m", "crm_marketplace.sandbox", "--json"]
	options = {
		"--port": desk.free_port(SANDBOX_PORT),
		"--shops": SHOPS,
		"--listings": LISTINGS,
		"--orders": ORDERS,
		"--seed": SEED,
		"--state": found.sites / SITE / "private" / "sandbox.sqlite",
		"--order-every": SECONDS_BETWEEN_ORDERS,
		"--pace": SECONDS_PER_STATUS,
	}
	for name, value in options.items():
		command += [name, str(value)]
	process = start(command, log, cwd=found.sites)
	try:
		yield _first_line(log, process)
	finally:
		desk.end([process])


def _first_line(log: Path, process: subprocess.Popen) -> dict:
	deadline = time.monotonic() + desk.PATIENCE
	while time.monotonic() < deadline and process.poll() is None:
		for line in log.read_text().splitlines():
			if line.startswith("{"):
				return json.loads(line)
		time.sleep(0.2)
	raise Broken("the sandbox does not come up; see .test-results/demo-sandbox.log")


if __name__ == "__main__":
	sys.exit(main())
