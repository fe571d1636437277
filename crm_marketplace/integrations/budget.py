"""Request budgets: so many requests per so long, per shop and endpoint group.

The counting is pyrate-limiter's: in memory for the demo and tests, in Redis on a site so that all
workers on all machines share one budget.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from pyrate_limiter import AbstractBucket, InMemoryBucket, Limiter, Rate, RedisBucket
from redis.exceptions import NoScriptError, RedisError

from crm_marketplace.integrations.errors import RateLimited, TemporaryError


@dataclass(frozen=True, slots=True)
class RateLimit:
	"""At most `requests` per `per`."""

	requests: int
	per: timedelta


class RateBudget(Protocol):
	def acquire(self, group: str, patience: float) -> float:
		"""Take one request from the budget of `group`, waiting up to `patience` seconds.

		Returns the seconds waited. Raises RateLimited when it would take longer.
		"""
		...


class Unlimited:
	"""For tests that look at something else."""

	def acquire(self, group: str, patience: float) -> float:
		return 0.0


class LimiterBudget:
	"""A budget per endpoint group, each a pyrate-limiter over its own bucket.

	Args:
		limits: endpoint group → limits. Groups not named use "default".
		make_bucket: group, rates → bucket; decides where the counting lives.
	"""

	def __init__(
		self,
		limits: Mapping[str, tuple[RateLimit, ...]],
		make_bucket: Callable[[str, list[Rate]], AbstractBucket] | None = None,
	) -> None:
		self._limits = limits
		self._make_bucket = make_bucket or (lambda group, rates: InMemoryBucket(rates))
		self._limiters: dict[str, Limiter] = {}

	def acquire(self, group: str, patience: float) -> float:
		group = group if group in self._limits else "default"
		try:
			return self._take(group, patience)
		except NoScriptError:
			# Redis was restarted and forgot the script: load it again.
			self._limiters.pop(group, None)
			return self._take(group, patience)
		except RedisError as error:
			raise TemporaryError(detail=f"rate budget: {error!r}") from error

	def _take(self, group: str, patience: float) -> float:
		limiter = self._limiters.get(group) or self._add(group)
		started = time.monotonic()
		if limiter.try_acquire(group, blocking=False):
			return 0.0
		if patience <= 0:
			raise RateLimited(retry_after=self._longest_wait(group), detail=f"own budget of {group} is used up")
		try:
			limiter.try_acquire(group, blocking=True, timeout=patience)
		except TimeoutError as error:
			raise RateLimited(
				retry_after=self._longest_wait(group), detail=f"own budget of {group} is used up"
			) from error
		return time.monotonic() - started

	def _add(self, group: str) -> Limiter:
		rates = sorted(
			(Rate(limit.requests, int(limit.per.total_seconds() * 1000)) for limit in self._limits[group]),
			key=lambda rate: rate.interval,
		)
		limiter = self._limiters[group] = Limiter(self._make_bucket(group, rates))
		return limiter

	def _longest_wait(self, group: str) -> float:
		return min(limit.per.total_seconds() for limit in self._limits[group])


def redis_budget(limits: Mapping[str, tuple[RateLimit, ...]], redis: Any, key: str) -> LimiterBudget:
	"""A budget counted in Redis under `key`, shared by every process that uses the same key.

	Args:
		redis: a plain `redis.Redis` client (bytes answers are fine).
		key: unique per seller account, e.g. "marketplace_budget:Ozon:12345".
	"""
	return LimiterBudget(limits, lambda group, rates: RedisBucket.init(rates, redis, f"{key}:{group}"))
