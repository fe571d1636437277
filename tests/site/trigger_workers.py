"""Workers that run firings, as processes of their own, killed with SIGKILL again and again.

usage (the bench's Python, in its sites folder): trigger_workers.py <site> <workers> <kills> <seed>

Ends when so many were killed and nothing is due any more. Workers are forked from a process that has imported
everything, so that a new one is there at once.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import frappe

from crm_marketplace.triggers.engine import outbox, worker

SHORTEST, LONGEST = 0.1, 0.6  # seconds a worker has until somebody is killed


def main(site: str, workers: int, kills: int, seed: int) -> None:
	chance = random.Random(seed)
	_connect(site)
	for doctype in ("Trigger", "Trigger Log", "ToDo", "Comment"):
		frappe.get_meta(doctype)
	frappe.destroy()
	children = [_fork(site) for _ in range(workers)]
	for _ in range(kills):
		_wait(chance.uniform(SHORTEST, LONGEST))
		place = chance.randrange(workers)
		os.kill(children[place], signal.SIGKILL)
		os.waitpid(children[place], 0)
		children[place] = _fork(site)
	for child in children:
		os.waitpid(child, 0)
	_drain(site)


def _fork(site: str) -> int:
	child = os.fork()
	if child:
		return child
	try:
		_drain(site)
	finally:
		os._exit(0)


def _drain(site: str) -> None:
	_connect(site)
	worker.drain()
	frappe.destroy()


def _connect(site: str) -> None:
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	frappe.flags.mute_emails = True
	outbox.start = lambda: True


def _wait(seconds: float) -> None:
	select.select([], [], [], seconds)


if __name__ == "__main__":
	main(sys.argv[1], *(int(part) for part in sys.argv[2:]))
