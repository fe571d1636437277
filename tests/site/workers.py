"""Background workers as processes of their own: they run a stream of a shop again and again, and may be killed.

usage (the bench's Python, in its sites folder):
	workers.py <site> <shop> <stream> once <workers>
	workers.py <site> <shop> <stream> killed <workers> <kills> <seed>

`once`: each worker runs the stream once; all begin at the same moment. `killed`: workers run it in a loop; one
of them is killed with SIGKILL at a random moment and replaced, so many times; then the rest are killed, too.

Workers are forked from a process that has imported everything, so that a new one is there at once.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import frappe
from frappe.model.base_document import get_controller

from crm_marketplace.sync import changes, jobs, scheduler

WARM = ("Sales Order", "Customer", "Item", "Bin", "Marketplace Shop", "Marketplace Sync Log")
SHORTEST, LONGEST = 0.05, 0.5  # seconds a worker has until somebody is killed
PAUSE = 0.02  # before a worker that found the other one at work looks again


def main(site: str, shop: str, stream: str, way: str, workers: str, *options: str) -> None:
	_warm_up(site)
	if way == "once":
		_run_once(site, shop, stream, int(workers))
	else:
		_run_killed(site, shop, stream, int(workers), int(options[0]), random.Random(int(options[1])))


def _run_once(site: str, shop: str, stream: str, workers: int) -> None:
	start, begin = os.pipe()
	children = [_fork(lambda: _when_told(start, site, shop, stream)) for _ in range(workers)]
	os.write(begin, b"!" * workers)
	failed = [child for child in children if os.waitpid(child, 0)[1]]
	if failed:
		raise SystemExit(f"{len(failed)} of {workers} workers failed")


def _run_killed(site: str, shop: str, stream: str, workers: int, kills: int, chance: random.Random) -> None:
	children = [_fork(lambda: _for_ever(site, shop, stream)) for _ in range(workers)]
	for _ in range(kills):
		_wait(chance.uniform(SHORTEST, LONGEST))
		place = chance.randrange(workers)
		_kill(children[place])
		children[place] = _fork(lambda: _for_ever(site, shop, stream))
	for child in children:
		_kill(child)


def _when_told(start: int, site: str, shop: str, stream: str) -> None:
	_connect(site)
	os.read(start, 1)
	jobs.run_stream(shop, stream, "Button")


def _for_ever(site: str, shop: str, stream: str) -> None:
	_connect(site)
	while True:
		if jobs.run_stream(shop, stream, "Button") is None:
			threading.Event().wait(PAUSE)  # the other worker holds the stream


def _connect(site: str) -> None:
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	frappe.flags.mute_emails = True
	# A run that does not fit into a job goes on with the next turn of the loop, not in a queue.
	scheduler.enqueue = lambda *args, **options: None
	changes.dispatch = lambda: []


def _warm_up(site: str) -> None:
	_connect(site)
	for doctype in WARM:
		frappe.get_meta(doctype)
		get_controller(doctype)
	frappe.destroy()


def _fork(work) -> int:
	child = os.fork()
	if child:
		return child
	status = 1
	try:
		work()
		status = 0
	except BaseException:
		import traceback

		traceback.print_exc()
	finally:
		os._exit(status)


def _kill(child: int) -> None:
	"""SIGKILL; a worker that ended by itself has failed.

	Raises:
		SystemExit: it had ended.
	"""
	os.kill(child, signal.SIGKILL)
	_pid, status = os.waitpid(child, 0)
	if not os.WIFSIGNALED(status):
		raise SystemExit("a worker ended before it was killed")


def _wait(seconds: float) -> None:
	select.select([], [], [], seconds)


if __name__ == "__main__":
	main(*sys.argv[1:])
