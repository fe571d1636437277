"""What was asked of the sandbox: counts for ever, the last exchanges in detail."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

KEPT = 2_000  # exchanges remembered in detail


@dataclass(frozen=True, slots=True)
class Exchange:
	"""One request and what became of it. Credentials are not kept."""

	number: int
	at: str  # the sandbox's time, RFC 3339
	shop: str | None
	method: str
	path: str
	status: int | None  # None: no answer was given
	fault: str | None
	sent_bytes: int
	received_bytes: int
	query: Mapping[str, str] = field(default_factory=dict)


# Told of every exchange as it happens: record, request body, answer body.
Listener = Callable[[Exchange, bytes, bytes], None]


class Journal:
	def __init__(self) -> None:
		self._lock = threading.Lock()
		self._counts: Counter[str] = Counter()
		self._last: deque[Exchange] = deque(maxlen=KEPT)
		self._number = 0
		self.listeners: list[Listener] = []

	def add(self, *, request: bytes, answer: bytes, **facts: Any) -> Exchange:
		with self._lock:
			self._number += 1
			exchange = Exchange(
				number=self._number, received_bytes=len(request), sent_bytes=len(answer), **facts
			)
			self._counts[exchange.path] += 1
			self._last.append(exchange)
		for listener in self.listeners:
			listener(exchange, request, answer)
		return exchange

	def count(self, path: str = "*") -> int:
		"""How many requests came to the paths that match."""
		return sum(number for name, number in self.counts.items() if fnmatchcase(name, path))

	@property
	def counts(self) -> dict[str, int]:
		"""Path → number of requests."""
		with self._lock:
			return dict(self._counts)

	def last(self, path: str = "*", limit: int = 100) -> list[Exchange]:
		"""The latest exchanges, oldest first."""
		with self._lock:
			matching = [exchange for exchange in self._last if fnmatchcase(exchange.path, path)]
		return matching[-limit:]

	def as_data(self, path: str = "*", limit: int = 100) -> dict[str, Any]:
		counts = {name: number for name, number in self.counts.items() if fnmatchcase(name, path)}
		return {"counts": counts, "requests": [asdict(exchange) for exchange in self.last(path, limit)]}

	def clear(self) -> None:
		with self._lock:
			self._counts.clear()
			self._last.clear()
