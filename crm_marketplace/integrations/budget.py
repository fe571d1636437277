"""Request budgets: so many requests per so long, per shop and endpoint group.

The counting is pyrate-limiter's: in memory for the demo and tests, in Redis on a site so that all
workers on all machines share one budget. Its buckets are used without its `Limiter`, which would start
a clean-up thread for each shop and would wait in vain when the patience is too short anyway.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from pyrate_limiter import AbstractBucket, InMemoryBucket, Rate, RateItem, RedisBucket
from redis.exceptions import NoScriptError, RedisError

from crm_marketplace.integrations.errors import RateLimited, TemporaryError, _

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


class Unlimited:
	"""For tests that look at something else."""

	def acquire(self, group: str, patience: float) -> float:
		return 0.0

	def charge(self, group: str, requests: int) -> None:
		return None


class LimiterBudget:
	"""A budget per endpoint group, each counted in its own bucket. Threads may share one.

	Args:
		limits: endpoint group → limits. Groups not named use "default".
		make_bucket: group, rates → bucket; decides where the counting lives.
		sleep: how to wait, seconds; for tests.
	"""

	def __init__(
		self,
		limits: Mapping[str, tuple[RateLimit, ...]],
		make_bucket: Callable[[str, list[Rate]], AbstractBucket] | None = None,
		sleep: Callable[[float], None] = time.sleep,
	) -> None:
		self._limits = limits
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


def redis_budget(limits: Mapping[str, tuple[RateLimit, ...]], redis: Any, key: str) -> LimiterBudget:
	"""A budget counted in Redis under `key`, shared by every process that uses the same key.

	Args:
		redis: a plain `redis.Redis` client (bytes answers are fine).
		key: unique per seller account, such as "marketplace_budget:<marketplace>:<account>".
	"""
	return LimiterBudget(limits, lambda group, rates: _ExpiringBucket.init(rates, redis, f"{key}:{group}"))


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
