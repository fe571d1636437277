"""Stop-watches for benchmarks on a site."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from pymysql.cursors import Cursor


@dataclass
class Effort:
	"""What a block of work took.

	Args:
		seconds: by the clock on the wall.
		cpu: seconds of this process; neither the database server's nor the waiting for it.
		queries: statements sent over all connections of this process.
	"""

	seconds: float = 0.0
	cpu: float = 0.0
	queries: float = 0

	def per(self, pieces: int) -> Effort:
		return Effort(self.seconds / pieces, self.cpu / pieces, self.queries / pieces)


@contextmanager
def measured() -> Iterator[Effort]:
	"""Measure a block; the numbers are there at its end."""
	effort = Effort()
	execute = Cursor.execute

	def counted(self: Cursor, *arguments, **options):
		effort.queries += 1
		return execute(self, *arguments, **options)

	with patch.object(Cursor, "execute", counted):
		wall, cpu = time.perf_counter(), time.process_time()
		yield effort
		effort.seconds = time.perf_counter() - wall
		effort.cpu = time.process_time() - cpu


def timed(act: Callable[[], object], rounds: int = 7) -> tuple[float, int]:
	"""Median milliseconds of a few rounds, and queries of one, after one to warm the caches."""
	act()
	took = []
	for _round in range(rounds):
		started = time.perf_counter()
		act()
		took.append((time.perf_counter() - started) * 1000)
	with measured() as effort:
		act()
	return statistics.median(took), int(effort.queries)
