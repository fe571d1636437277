"""Rate limits as a marketplace holds them, counted on the sandbox's clock so that a test need not wait."""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from dataclasses import dataclass

from crm_marketplace.sandbox.clock import SECOND


@dataclass(frozen=True, slots=True)
class Window:
	"""At most `requests` in any `seconds`, for the requests of one shop that share `name`."""

	name: str
	requests: int
	seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
	"""How strict the sandbox is.

	Args:
		enforced: False lets everything pass, for tests and benchmarks that look at something else.
		scale: every period is multiplied by it; 0.1 makes a minute six seconds.
	"""

	enforced: bool = True
	scale: float = 1.0

	def micros(self, seconds: float) -> int:
		"""A vendor's period on this sandbox, in microseconds; 0 where limits are off."""
		return int(seconds * self.scale * SECOND) if self.enforced else 0


UNLIMITED = Limits(enforced=False)


class RateLimiter:
	"""Sliding windows per shop."""

	def __init__(self, limits: Limits) -> None:
		self.limits = limits
		self._taken: dict[tuple[object, str], deque[int]] = defaultdict(deque)
		self._lock = threading.Lock()

	def take(self, shop: object, windows: tuple[Window, ...], now: int) -> tuple[float, int]:
		"""Count one request.

		Returns:
			Seconds to wait before the next try (0: it may pass), and how many more may pass now in the
			tightest window.
		"""
		if not self.limits.enforced or not windows:
			return 0.0, max((window.requests for window in windows), default=0)
		with self._lock:
			left = []
			wait = 0
			for window in windows:
				taken = self._taken[(shop, window.name)]
				period = self.limits.micros(window.seconds)
				while taken and taken[0] <= now - period:
					taken.popleft()
				left.append(window.requests - len(taken))
				if left[-1] <= 0:
					wait = max(wait, taken[-left[-1]] + period - now)
			if wait:
				return wait / SECOND, 0
			for window in windows:
				self._taken[(shop, window.name)].append(now)
			return 0.0, min(left) - 1

	def charge(self, shop: object, windows: tuple[Window, ...], now: int, requests: int) -> None:
		"""Count requests beside the one that was taken, whether they fit or not."""
		if self.limits.enforced:
			with self._lock:
				for window in windows:
					self._taken[(shop, window.name)].extend([now] * requests)

	def clear(self) -> None:
		with self._lock:
			self._taken.clear()
