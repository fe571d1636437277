"""The entry point of every background run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import frappe
from pymysql import InterfaceError
from redis.exceptions import RedisError

from crm_marketplace.integrations.errors import (
	ConfigurationError,
	FaultError,
	IntegrationError,
	PermissionMissing,
	RateLimited,
	TemporaryError,
	_,
)
from crm_marketplace.sync import breaker, changes, health, locks, scheduler
from crm_marketplace.sync.messages import error_sentence
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import CAPABILITY_OF_STREAM, Shop, get_shop
from crm_marketplace.sync.streams import Stream

# How MariaDB tells of a full disk: ER_DISK_FULL, ER_RECORD_FILE_FULL, and the system's ENOSPC in others.
DISK_FULL = ("(1021,", "(1114,", "Errcode: 28", "error 28 ", "No space left on device")
# A stream's work: does as much as fits into the job, returns whether it is finished.
Work = Callable[[Shop, Run, Stream], bool]


def run_stream(
	shop: str, stream: str, started_by: str = "Schedule", log: str | None = None, turn: int = 0
) -> str | None:
	"""Run one stream of one shop. Returns the name of its log, None when it did not run.

	It does not run while another worker runs it, or while the shop is paused.

	Args:
		log: the log of the run this job goes on with.
		turn: how many jobs the run had before this one.
	"""
	with locks.held(shop, stream) as free:
		if not free:
			_give_up(shop, stream, log, frappe._("Another worker was running this stream already."))
			return None
		name, finished = _run(get_shop(shop), stream, started_by, log)
	if not finished:
		# Only now, with the lock free, may another worker take the rest.
		scheduler.enqueue(shop, stream, started_by=started_by, log=name, turn=turn + 1)
	return name


def _run(shop: Shop, stream: str, started_by: str, log: str | None) -> tuple[str | None, bool]:
	"""Returns the log's name and whether the run is finished."""
	if started_by == "Schedule" and not shop.doc.enabled:
		return None, True
	if stream == "prices" and not shop.is_on(stream):
		# Whoever asked: nobody's prices change while they are off.
		_give_up(shop.name, stream, log, frappe._("The stream of prices is off, so nothing was sent."))
		return None, True
	if not breaker.may_run(shop.name):
		breaker.put_off(shop.name, stream)
		_give_up(
			shop.name, stream, log, frappe._("The shop is paused, so nothing was asked of the marketplace.")
		)
		return None, True
	# A probe must be seen by other workers before it talks to the marketplace.
	frappe.db.commit()
	minutes = frappe.get_cached_doc("Marketplace Settings").job_minutes or 3
	run = Run(shop.name, stream, started_by, log, minutes=minutes)
	state = Stream.load(shop.name, stream)
	state.begin(partial=stream == "stock" and started_by == changes.STARTED_BY)
	run.start()
	finished = True
	try:
		_require_capability(shop, stream)
		run.secrets = tuple(shop.credentials().values())
		finished = _work(stream)(shop, run, state)
	except IntegrationError as error:
		frappe.db.rollback()
		run.stop(error)
	except (frappe.db.OperationalError, InterfaceError) as error:
		# A restarted server or a full disk: what was committed stands, the next run goes on from there.
		_reconnect()
		run.stop(_database_error(error))
	except (frappe.QueryTimeoutError, frappe.QueryDeadlockError) as error:
		frappe.db.rollback()
		run.stop(_database_error(error))
	except RedisError as error:
		frappe.db.rollback()
		run.stop(TemporaryError(_("The Redis of this site did not answer."), detail=repr(error)))
	except Exception as error:
		# A fault of ours: the log says so before it goes on to Frappe's Error Log.
		frappe.db.rollback()
		run.stop(FaultError(detail=repr(error)).with_traceback(error.__traceback__))
		_close(shop, run, state, finished=True)
		raise
	_close(shop, run, state, finished)
	return run.log, finished or run.stopped_by is not None


def _give_up(shop: str, stream: str, log: str | None, why: str) -> None:
	"""A run that a button has announced does not begin: its log says why."""
	if log:
		Run(shop, stream, log=log).give_up(why)
		frappe.db.commit()  # somebody is looking at it


def _close(shop: Shop, run: Run, state: Stream, finished: bool) -> None:
	"""Write the end of the job: log, stream, breaker, health."""
	if run.stopped_by:
		breaker.record_failure(shop.name, run.stopped_by)
		state.fail(run.log, error_sentence(run.stopped_by), _retry_in(run.stopped_by))
		run.finish()
	elif not finished:
		breaker.record_success(shop.name)
		run.pause()
	else:
		breaker.record_success(shop.name)
		state.succeed(run.log)
		run.finish()
	health.refresh(shop.name)
	# The run's account of itself must not hang on what the worker does next.
	frappe.db.commit()


def _work(stream: str) -> Work:
	from crm_marketplace.sync import listings
	from crm_marketplace.sync.after_sale import returns, reviews
	from crm_marketplace.sync.orders import reconcile
	from crm_marketplace.sync.orders import run as orders
	from crm_marketplace.sync.prices import run as prices
	from crm_marketplace.sync.stock import drift
	from crm_marketplace.sync.stock import run as stock

	work: dict[str, Work] = {
		"orders": orders.work,
		"listings": listings.work,
		"stock": stock.work,
		"prices": prices.work,
		"reconciliation": reconcile.work,
		"drift": drift.work,
		"returns": returns.work,
		"reviews": reviews.work,
	}
	return work[stream]


def _require_capability(shop: Shop, stream: str) -> None:
	if CAPABILITY_OF_STREAM[stream] not in shop.info.capabilities:
		raise ConfigurationError(detail=f"{shop.info.name} has no {stream}")


def _retry_in(error: IntegrationError) -> timedelta | None:
	"""When to try again, where that is sooner or later than the stream's own interval."""
	if isinstance(error, RateLimited):
		return timedelta(seconds=max(60.0, error.retry_after))
	if isinstance(error, PermissionMissing):
		return timedelta(hours=1)
	return None


def _database_error(error: Exception) -> TemporaryError:
	if any(mark in repr(error) for mark in DISK_FULL):
		return TemporaryError(
			_("The disk of the database server is full."),
			next_step=_("Ask your administrator to free space on it; the work then goes on by itself."),
			detail=repr(error),
		)
	return TemporaryError(_("The database was not available for a moment."), detail=repr(error))


def _reconnect() -> None:
	"""After a lost connection the job still has its end to write."""
	try:
		frappe.db.rollback()
	except (frappe.db.OperationalError, InterfaceError):
		frappe.db.close()
		frappe.db.connect()
