"""Request budgets: so many requests per so long, per shop and endpoint group.

The counting is pyrate-limiter's: in memory for the demo and tests, in Redis on a site so that all
workers on all machines share one budget. Its buckets are used without its `Limiter`, which would start
a clean-up thread for each shop and would wait in vain when the patience is too short anyway.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Protocol

from pyrate_limiter import AbstractBucket, InMemoryBucket, Rate, RateItem, RedisBucket
from redis.exceptions import NoScriptError, RedisError
from redis.lock import Lock

from crm_marketplace.integrations.errors import RateLimited, TemporaryError, _

# A place for a request beside others is free again after so long, even if its worker died.
LONGEST_REQUEST = 150.0  # seconds; the transport gives up earlier
LOOK_AGAIN = 0.1  # seconds between looks for a free place

# Added to each wait: clocks of several workers differ a little, and too early means waiting twice.
MARGIN = 0.05  # seconds


class BudgetExhausted(RateLimited):
	"""Our own budget is used up for longer than the caller may wait. Nothing was sent."""

	default_sentence = _("We keep to the request limit of the marketplace.")


@dataclass(frozen=True, slots=True)
class RateLimit:
	"""At most `requests` per `per`."""

	requests: int
	per: timedelta


class RateBudget(Protocol):
	def acquire(self, group: str, patience: float) -> float:
		"""Take one request from the budget of `group`, waiting up to `patience` seconds.

		Returns the seconds waited.

		Raises:
			BudgetExhausted: it would take longer; says how long. Raised without waiting in vain.
			TemporaryError: the place where requests are counted does not answer.
		"""
		...

	def charge(self, group: str, requests: int) -> None:
		"""Count `requests` more in the budget of `group`, for what is done already: some vendors count a
		refused request as several. Never waits and never fails; what no longer fits is forgiven, since a
		full budget makes everybody wait anyway.
		"""
		...

	def place(self, patience: float) -> AbstractContextManager[float]:
		"""A place for one request beside those under way, held while the block runs; waits up to `patience`
		seconds for it. Gives the seconds waited.

		Raises:
			BudgetExhausted: none became free.
			TemporaryError: as `acquire`.
		"""
		...


class Unlimited:
	"""For tests that look at something else."""

	def acquire(self, group: str, patience: float) -> float:
		return 0.0

	def charge(self, group: str, requests: int) -> None:
		return None

	def place(self, patience: float) -> AbstractContextManager[float]:
		return nullcontext(0.0)


class LimiterBudget:
	"""A budget per endpoint group, each counted in its own bucket. Threads may share one.

	Args:
		limits: endpoint group → limits. Groups not named use "default".
		make_bucket: group, rates → bucket; decides where the counting lives.
		sleep: how to wait, seconds; for tests.
		places: for requests at the same time; None: as many as one likes.
	"""

	def __init__(
		self,
		limits: Mapping[str, tuple[RateLimit, ...]],
		make_bucket: Callable[[str, list[Rate]], AbstractBucket] | None = None,
		sleep: Callable[[float], None] = time.sleep,
		places: Places | None = None,
	) -> None:
		self._limits = limits
		self._places = places
		self._make_bucket = make_bucket or (lambda group, rates: InMemoryBucket(rates))
		self._sleep = sleep
		self._buckets: dict[str, AbstractBucket] = {}
		self._cleaned: dict[str, int] = {}
		self._lock = threading.Lock()

	def acquire(self, group: str, patience: float) -> float:
		group = group if group in self._limits else "default"
		waited = 0.0
		while True:
			wait = self._take(group)
			if wait is None:
				return waited
			if waited + wait > patience:
				raise BudgetExhausted(retry_after=wait, detail=f"own budget of {group} is used up")
			self._sleep(wait)
			waited += wait

	def charge(self, group: str, requests: int) -> None:
		"""See `RateBudget.charge`."""
		group = group if group in self._limits else "default"
		for _request in range(requests):
			try:
				if self._take(group) is not None:
					return
			except TemporaryError:
				# Nobody is told: the request this is about has its own answer, and the next one will tell.
				return

	def place(self, patience: float) -> AbstractContextManager[float]:
		"""See `RateBudget.place`."""
		return nullcontext(0.0) if self._places is None else self._hold(self._places, patience)

	@contextmanager
	def _hold(self, places: Places, patience: float) -> Iterator[float]:
		waited = 0.0
		while (leave := places.enter()) is None:
			if waited + LOOK_AGAIN > patience:
				raise BudgetExhausted(retry_after=1.0, detail="as many requests as allowed are under way")
			self._sleep(LOOK_AGAIN)
			waited += LOOK_AGAIN
		try:
			yield waited
		finally:
			leave()

	def _take(self, group: str) -> float | None:
		"""None when a request was taken, else the seconds until it is worth asking again."""
		# Held over put and waiting, which talk to each other through the bucket; never while sleeping.
		with self._lock:
			try:
				return self._put(group)
			except NoScriptError:
				# Redis was restarted and forgot the script: a new bucket loads it again.
				self._buckets.pop(group, None)
			except RedisError as error:
				raise _no_counter(error) from error
			try:
				return self._put(group)
			except RedisError as error:
				raise _no_counter(error) from error

	def _put(self, group: str) -> float | None:
		bucket = self._buckets.get(group)
		if bucket is None:
			bucket = self._buckets[group] = self._make_bucket(group, self._rates(group))
		now = bucket.now()
		item = RateItem(group, now)
		if not bucket.put(item):
			return max(0, bucket.waiting(item)) / 1000 + MARGIN
		longest = bucket.rates[-1].interval
		if now - self._cleaned.get(group, 0) >= longest:
			bucket.leak(now)
			self._cleaned[group] = now
		return None

	def _rates(self, group: str) -> list[Rate]:
		rates = [
			Rate(limit.requests, round(limit.per.total_seconds() * 1000)) for limit in self._limits[group]
		]
		return sorted(rates, key=lambda rate: rate.interval)


class Places(Protocol):
	"""So many places for requests at the same time."""

	def enter(self) -> Callable[[], object] | None:
		"""Take a place if one is free. Returns how to leave it; None when all are taken."""
		...


class LocalPlaces:
	"""Places that the threads of this process share."""

	def __init__(self, number: int) -> None:
		self._free = threading.BoundedSemaphore(number)

	def enter(self) -> Callable[[], object] | None:
		return self._free.release if self._free.acquire(blocking=False) else None


class RedisPlaces:
	"""Places that all workers share: a lock in Redis each, which expires if its holder dies."""

	def __init__(self, redis: Any, key: str, number: int) -> None:
		self._redis = redis
		self._names = [f"{key}:place:{place}" for place in range(number)]

	def enter(self) -> Callable[[], object] | None:
		try:
			for name in self._names:
				lock = self._redis.lock(name, timeout=LONGEST_REQUEST, thread_local=False)
				if lock.acquire(blocking=False):
					return partial(_leave, lock)
		except RedisError as error:
			raise _no_counter(error) from error
		return None


def _leave(lock: Lock) -> None:
	# What cannot be given back expires by itself; the request it was for is over.
	with suppress(RedisError):
		lock.release()


def local_budget(limits: Mapping[str, tuple[RateLimit, ...]], parallel: int | None = None) -> LimiterBudget:
	"""A budget in memory, for one process.

	Args:
		parallel: requests at the same time; None: as many as one likes.
	"""
	return LimiterBudget(limits, places=LocalPlaces(parallel) if parallel else None)


def redis_budget(
	limits: Mapping[str, tuple[RateLimit, ...]], redis: Any, key: str, parallel: int | None = None
) -> LimiterBudget:
	"""A budget counted in Redis under `key`, shared by every process that uses the same key.

	Args:
		redis: a plain `redis.Redis` client (bytes answers are fine).
		key: unique per seller account, such as "marketplace_budget:<marketplace>:<account>".
		parallel: requests at the same time; None: as many as one likes.
	"""
	return LimiterBudget(
		limits,
		lambda group, rates: _ExpiringBucket.init(rates, redis, f"{key}:{group}"),
		places=RedisPlaces(redis, key, parallel) if parallel else None,
	)


class _ExpiringBucket(RedisBucket):
	"""Leaves no key behind when a shop is gone."""

	def leak(self, current_timestamp: int | None = None) -> int:
		removed = super().leak(current_timestamp)
		self.redis.pexpire(self.bucket_key, 2 * self.rates[-1].interval)
		return removed


def _no_counter(error: RedisError) -> TemporaryError:
	return TemporaryError(
		_("The server that counts our requests does not answer."),
		next_step=_("Nothing to do if Redis is being restarted; else ask your administrator to look at it."),
		detail=f"rate budget: {type(error).__name__}",
	)
