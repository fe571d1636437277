"""The desk of a site, alive: web server, realtime server, a worker and a scheduler, on free ports of this
machine, ended with the block that started them.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness import RESULTS, ROOT, Broken
from tests.harness.bench import Bench
from tests.harness.shell import start
from tests.harness.sites import configure

HOST = "127.0.0.1"
PATIENCE = 90  # seconds until the first page
TICK = 5.0  # seconds: nobody wants to wait for a minute in a test
TICKER = ROOT / "tests" / "harness" / "scheduler_ticker.py"


@dataclass(frozen=True)
class Desk:
	"""A running desk."""

	url: str
	site: str


@contextmanager
def serve(bench: Bench, site: str, port: int | None = None, tick: float = TICK) -> Iterator[Desk]:
	"""Serve `site` until the block ends.

	Args:
		port: of the web server; a free one if not given.
		tick: seconds between two looks of the scheduler at what is due.

	Raises:
		Broken: the web server does not come up.
	"""
	port, realtime_port = port or free_port(), free_port()
	environment = {
		**bench.environment(site),
		"DEV_SERVER": "1",  # or the browser looks for the realtime server behind the web server's port
		"FRAPPE_SITE": site,
		"FRAPPE_SOCKETIO_PORT": str(realtime_port),
	}
	helper = [bench.python, "-m", "frappe.utils.bench_helper", "frappe"]
	commands = {
		"web": [*helper, "--site", site, "serve", "--port", str(port), "--noreload"],
		"worker": [*helper, "worker", "--queue", "short,default,long", "--quiet"],
		"scheduler": [bench.python, TICKER, site, str(tick)],
		"realtime": ["node", bench.path / "apps" / "frappe" / "socketio.js"],
	}
	url = f"http://{HOST}:{port}"
	configure(bench, site, pause_scheduler=0, socketio_port=realtime_port, host_name=url)
	running: list[subprocess.Popen] = []
	try:
		for name, command in commands.items():
			log = RESULTS / f"desk-{name}.log"
			log.unlink(missing_ok=True)
			running.append(start(command, log, cwd=bench.sites, env=environment))
		_wait_for(url, running[0])
		yield Desk(url, site)
	finally:
		end(running)
		configure(bench, site, pause_scheduler=1, socketio_port=None, host_name=None)


def _wait_for(url: str, web: subprocess.Popen) -> None:
	deadline = time.monotonic() + PATIENCE
	while time.monotonic() < deadline and web.poll() is None:
		try:
			with urllib.request.urlopen(f"{url}/api/method/ping", timeout=30):
				return
		except (urllib.error.URLError, OSError):
			time.sleep(0.3)
	raise Broken("the desk's web server does not come up; see .test-results/desk-web.log")


def end(running: list[subprocess.Popen]) -> None:
	"""Each was started as the head of its own process group: the group is asked to end, then made to."""
	for number in (signal.SIGTERM, signal.SIGKILL):
		for process in running:
			if process.poll() is None:
				try:
					os.killpg(process.pid, number)
				except ProcessLookupError:
					continue
		for process in running:
			try:
				process.wait(10)
			except subprocess.TimeoutExpired:
				continue


def free_port(wanted: int = 0) -> int:
	"""`wanted` if it is free, else any that is."""
	for port in (wanted, 0):
		with socket.socket() as probe:
			probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
			try:
				probe.bind((HOST, port))
			except OSError:
				continue
			return probe.getsockname()[1]
	raise Broken("there is no free port on this machine")
