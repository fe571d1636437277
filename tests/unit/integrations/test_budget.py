from __future__ import annotations

import threading
import uuid
from datetime import timedelta

import pytest
from pyrate_limiter import InMemoryBucket
from redis import Redis
from redis.exceptions import ConnectionError as RedisDown
from redis.exceptions import RedisError

from crm_marketplace.integrations.budget import (
	BudgetExhausted,
	LimiterBudget,
	LocalPlaces,
	RateLimit,
	Unlimited,
	local_budget,
	redis_budget,
)
from crm_marketplace.integrations.errors import TemporaryError
from tests.unit.integrations.fakes import Clock

REDIS = {"host": "127.0.0.1", "port": 13000}  # the one a bench runs for its cache
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
def clock() -> Clock:
	return Clock()


def budget(clock: Clock, limits: dict[str, tuple[RateLimit, ...]]) -> LimiterBudget:
	"""A budget in memory, on a clock that moves only by sleeping."""

	class Bucket(InMemoryBucket):
		def now(self) -> int:
			return clock.milliseconds()

	return LimiterBudget(limits, lambda _group, rates: Bucket(rates), sleep=clock.sleep)


def test_as_many_as_allowed_then_wait_just_long_enough(clock):
	five = budget(clock, {"default": (RateLimit(5, SECOND),)})
	assert [five.acquire("default", 10.0) for _ in range(5)] == [0.0] * 5
	waited = five.acquire("default", 10.0)
	assert 1.0 <= waited <= 1.1
	assert sum(clock.slept) == pytest.approx(waited)


def test_never_more_than_the_limit_in_any_window(clock):
	limited = budget(clock, {"default": (RateLimit(3, SECOND), RateLimit(7, MINUTE))})
	taken = []
	for _ in range(25):
		limited.acquire("default", 1000.0)
		taken.append(clock.now)
	for moment in taken:
		assert sum(moment <= other < moment + 1 for other in taken) <= 3
		assert sum(moment <= other < moment + 60 for other in taken) <= 7


def test_impatience_is_told_at_once_and_for_how_long(clock):
	one = budget(clock, {"default": (RateLimit(1, MINUTE),)})
	one.acquire("default", 0)
	clock.now += 20
	with pytest.raises(BudgetExhausted) as caught:
		one.acquire("default", 39.0)
	assert caught.value.retry_after == pytest.approx(40, abs=0.2)
	assert clock.slept == []
	assert one.acquire("default", 41.0) == pytest.approx(40, abs=0.2)


def test_groups_have_their_own_budgets(clock):
	limits = {"default": (RateLimit(1, MINUTE),), "writes": (RateLimit(1, MINUTE),)}
	both = budget(clock, limits)
	both.acquire("writes", 0)
	both.acquire("default", 0)
	with pytest.raises(BudgetExhausted):
		both.acquire("a group nobody named", 0)  # shares the default one


def test_memory_does_not_grow(clock):
	buckets = []

	class Bucket(InMemoryBucket):
		def now(self) -> int:
			return clock.milliseconds()

	def make(_group, rates):
		buckets.append(Bucket(rates))
		return buckets[-1]

	many = LimiterBudget({"default": (RateLimit(10, SECOND),)}, make, sleep=clock.sleep)
	for _ in range(1000):
		many.acquire("default", 10.0)
	assert buckets[0].count() <= 20


def test_no_thread_is_left_behind(clock):
	before = threading.active_count()
	budget(clock, {"default": (RateLimit(5, SECOND),)}).acquire("default", 0)
	assert threading.active_count() == before


def test_threads_share_a_budget(clock):
	shared = budget(clock, {"default": (RateLimit(50, MINUTE),)})
	refused = []

	def take_ten() -> None:
		for _ in range(10):
			try:
				shared.acquire("default", 0)
			except BudgetExhausted:
				refused.append(1)

	threads = [threading.Thread(target=take_ten) for _ in range(8)]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	assert len(refused) == 30


def test_unlimited():
	assert Unlimited().acquire("any", 0) == 0.0
	Unlimited().charge("any", 1000)
	assert Unlimited().acquire("any", 0) == 0.0


# --- requests that count as several ----------------------------------------------------------------


def test_a_charge_counts_like_requests(clock):
	limited = budget(clock, {"default": (RateLimit(20, MINUTE),)})
	limited.acquire("default", 0)
	limited.charge("default", 9)
	for _ in range(10):
		limited.acquire("default", 0)
	with pytest.raises(BudgetExhausted):
		limited.acquire("default", 0)


def test_a_charge_never_waits_and_what_does_not_fit_is_forgiven(clock):
	limited = budget(clock, {"default": (RateLimit(5, MINUTE),)})
	limited.acquire("default", 0)
	limited.charge("default", 1000)
	assert clock.slept == []
	assert 60 <= limited.acquire("default", 100.0) <= 60.2
	limited.charge("a group nobody named", 1000)
	with pytest.raises(BudgetExhausted):
		limited.acquire("default", 0)


# --- at the same time ---------------------------------------------------------------------------------


def test_no_more_at_the_same_time_than_there_are_places(clock):
	two = LimiterBudget({"default": (RateLimit(9, SECOND),)}, sleep=clock.sleep, places=LocalPlaces(2))
	with two.place(0) as first, two.place(0) as second:
		assert (first, second) == (0.0, 0.0)
		with pytest.raises(BudgetExhausted) as caught, two.place(0.25):
			pytest.fail("there is no third place")
		assert caught.value.retry_after == 1.0
		assert sum(clock.slept) == pytest.approx(0.2)
	with two.place(0), two.place(0):
		pass


def test_a_place_is_waited_for(clock):
	places = LocalPlaces(1)
	leave = places.enter()

	def sleep(seconds: float) -> None:
		clock.sleep(seconds)
		if len(clock.slept) == 3:
			leave()

	one = LimiterBudget({"default": (RateLimit(9, SECOND),)}, sleep=sleep, places=places)
	with one.place(5.0) as waited:
		assert waited == pytest.approx(0.3)


def test_a_place_is_free_again_after_a_failure():
	one = local_budget({"default": (RateLimit(9, SECOND),)}, parallel=1)
	with pytest.raises(TemporaryError), one.place(0):
		raise TemporaryError
	with one.place(0) as waited:
		assert waited == 0.0


def test_without_a_limit_there_is_always_a_place():
	free = local_budget({"default": (RateLimit(9, SECOND),)})
	with free.place(0), free.place(0), Unlimited().place(0) as waited:
		assert waited == 0.0


# --- in Redis --------------------------------------------------------------------------------------


@pytest.fixture
def redis():
	client = Redis(**REDIS)
	try:
		client.ping()
	except RedisError:
		pytest.skip(f"no Redis on {REDIS['host']}:{REDIS['port']}")
	return client


@pytest.fixture
def key(redis):
	name = f"test_marketplace_budget:{uuid.uuid4()}"
	yield name
	for left in redis.scan_iter(f"{name}*"):
		redis.delete(left)


LIMITS = {"default": (RateLimit(4, MINUTE),)}


def test_workers_share_one_budget(redis, key):
	one, other = redis_budget(LIMITS, redis, key), redis_budget(LIMITS, Redis(**REDIS), key)
	for worker in (one, other, one, other):
		assert worker.acquire("default", 0) == 0.0
	for worker in (one, other):
		with pytest.raises(BudgetExhausted) as caught:
			worker.acquire("default", 5.0)
		assert 50 < caught.value.retry_after <= 61


def test_shops_do_not_share(redis, key):
	for shop in ("a", "b"):
		for _ in range(4):
			redis_budget(LIMITS, redis, f"{key}:{shop}").acquire("default", 0)


def test_a_redis_that_forgot_its_scripts(redis, key):
	limited = redis_budget(LIMITS, redis, key)
	limited.acquire("default", 0)
	redis.script_flush()
	limited.acquire("default", 0)
	assert redis.zcard(f"{key}:default") == 2


def test_nothing_stays_in_redis(redis, key):
	redis_budget(LIMITS, redis, key).acquire("default", 0)
	assert 0 < redis.pttl(f"{key}:default") <= 2 * 60_000


def test_workers_share_the_places(redis, key):
	one = redis_budget(LIMITS, redis, key, parallel=2)
	other = redis_budget(LIMITS, Redis(**REDIS), key, parallel=2)
	with one.place(0), other.place(0):
		with pytest.raises(BudgetExhausted), one.place(0):
			pytest.fail("there is no third place")
		assert all(0 < redis.pttl(name) <= 150_000 for name in redis.scan_iter(f"{key}:place:*"))
	with other.place(0), other.place(0):
		pass
	assert list(redis.scan_iter(f"{key}:place:*")) == []


def test_a_place_that_expired_is_given_up_quietly(redis, key):
	limited = redis_budget(LIMITS, redis, key, parallel=1)
	with limited.place(0):
		for name in redis.scan_iter(f"{key}:place:*"):
			redis.delete(name)
	with limited.place(0):
		pass


def test_a_redis_that_is_down_is_not_the_marketplaces_fault():
	class Down:
		def script_load(self, _script: str) -> str:
			raise RedisDown("Error 111 connecting to 10.0.0.5:13000")

	limited = redis_budget(LIMITS, Down(), "key")
	with pytest.raises(TemporaryError, match="counts our requests") as caught:
		limited.acquire("default", 0)
	assert "10.0.0.5" not in str(caught.value)
	limited.charge("default", 9)  # about a request that has its own answer: says nothing


def test_a_redis_that_is_down_has_no_places():
	class Down:
		def lock(self, *_args, **_settings):
			raise RedisDown("Error 111 connecting to 10.0.0.5:13000")

	limited = redis_budget(LIMITS, Down(), "key", parallel=4)
	with pytest.raises(TemporaryError, match="counts our requests"), limited.place(0):
		pytest.fail("no place without Redis")
