"""A trigger of the clock beside 100,000 orders: what the look of one minute costs, and what many due ones do."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from unittest.mock import patch

import frappe

from crm_marketplace.sync import clock
from crm_marketplace.triggers.engine import timetable
from tests.benchmarks.books import analyze, clone, fresh_books, new_job
from tests.benchmarks.measuring import Effort, measured
from tests.site import builders
from tests.site.triggers import comment, forget_all, make, rows_read

ORDERS = 100_000
DUE = 5  # orders of the minute that is measured
FEW, MANY = 1000, 20_000  # orders that are due at once, to see the memory they take
APART = 5  # minutes between two orders: a year of them
WAITING = 1500  # of them are still to be packed, the latest ones
AHEAD = timedelta(hours=2)  # how long before its ship-by time an order is spoken of
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
LOOKS = 9  # ticks, each over the same minute


def measure(figure: Callable[..., None]) -> None:
	forget_all()
	due, other = _two_orders()
	rule = make("Ship By Approaching", None, comment(), duration=int(AHEAD / MINUTE)).name
	frappe.db.commit()  # the job has a connection of its own
	now = clock.utc_now()
	with _time_stands_at(now):
		end = clock.site_now() + AHEAD
		_clone_due(due, end)
		alone = _look(rule, now)
		year = _clone_year(other, end)
		full = _look(rule, now)
		_report_look(figure, alone, full)
		_report_memory(figure, rule, year, now, end)
	frappe.db.rollback()
	forget_all()
	fresh_books()


def _two_orders() -> list[str]:
	"""Orders to be packed, as a run stores them."""
	books = fresh_books()
	shop = builders.make_shop(books)
	orders = [builders.make_order(builders.line(builders.make_goods(shop))) for _order in range(2)]
	return [row.name for row in builders.take_in(shop, *orders)]


@contextmanager
def _time_stands_at(now: datetime) -> Iterator[None]:
	"""However long the measurement takes, its minute stays the same."""
	local = clock.to_site(now)
	with patch.object(clock, "utc_now", lambda: now), patch.object(clock, "site_now", lambda: local):
		yield


def _clone_due(order: str, end: datetime) -> None:
	"""The orders that come due in the minute that is measured, the original among them."""
	values = {"ship_by": end - MINUTE / 2, "modified": end - timedelta(days=3)}
	frappe.db.set_value("Marketplace Order", order, values, update_modified=False)
	clone("Marketplace Order", order, DUE - 1, external_id="concat(source.external_id, '-due-', seq)")


def _clone_year(order: str, end: datetime) -> str:
	"""A year of orders, none of them in the minute that is measured. Returns what their names begin with."""
	values = {"ship_by": end + timedelta(days=30), "modified": end - timedelta(days=3)}
	frappe.db.set_value("Marketplace Order", order, values, update_modified=False)
	latest = end + timedelta(minutes=2 + APART * WAITING / 2)
	prefix = clone(
		"Marketplace Order",
		order,
		ORDERS,
		external_id="concat(source.external_id, '-year-', seq)",
		ship_by=f"timestamp({frappe.db.escape(str(latest))}) - interval {APART} * seq minute",
		status=f"if(seq < {WAITING}, source.status, 'Delivered')",
	)
	analyze("Marketplace Order")
	return prefix


def _look(rule: str, now: datetime) -> tuple[Effort, int]:
	"""What the tick of one minute takes, as a worker does it: the effort, and the rows the database reads."""
	efforts: list[Effort] = []
	reads = 0
	for _look in range(LOOKS):
		new_job()
		_begin(rule, now - MINUTE)
		timetable.tick()  # what is read once in a process
		_begin(rule, now - MINUTE)
		reads = rows_read(lambda: efforts.append(_measured_tick()))
		_must_have_fired(rule, DUE)
	return Effort(min(effort.seconds for effort in efforts), 0, efforts[-1].queries), reads


def _must_have_fired(rule: str, expected: int) -> None:
	found = frappe.db.count("Trigger Log", {"trigger_name": rule})
	if found != expected:
		raise RuntimeError(f"{found} firings instead of {expected}: something else was measured")


def _measured_tick() -> Effort:
	with measured() as effort:
		timetable.tick()
	return effort


def _begin(rule: str, cursor: datetime) -> None:
	frappe.db.delete("Trigger Log", {"trigger_name": rule})
	frappe.db.set_value("Trigger", rule, "cursor", clock.to_text(cursor))
	frappe.db.commit()  # as if the tick before had ended so


def _report_look(figure: Callable[..., None], alone: tuple[Effort, int], full: tuple[Effort, int]) -> None:
	(alone_effort, alone_rows), (full_effort, full_rows) = alone, full
	detail = f"a tick with {DUE} orders due beside {ORDERS:,}, less one beside none: {{}}"
	figure(
		"trigger_timed_rule_queries",
		full_effort.queries - alone_effort.queries,
		budget=0,
		detail=detail.format(f"{full_effort.queries} − {alone_effort.queries}"),
	)
	figure(
		"trigger_timed_rule_rows",
		full_rows - alone_rows,
		budget=1000,
		detail=detail.format(f"{full_rows} − {alone_rows} rows read by the database"),
	)
	figure(
		"trigger_timed_rule_ms",
		(full_effort.seconds - alone_effort.seconds) * 1000,
		budget=5,
		detail=detail.format(f"{full_effort.seconds * 1000:.1f} − {alone_effort.seconds * 1000:.1f} ms"),
	)


def _report_memory(figure: Callable[..., None], rule: str, year: str, now: datetime, end: datetime) -> None:
	"""The tick that finds a day's worth of orders due at once: of a thousand, and of many."""
	frappe.db.sql(
		"""update `tabMarketplace Order` set status = 'Delivered',
		ship_by = %s - interval 1 + mod(crc32(name), 86000) second where name like %s""",
		(end, f"{year}%"),
	)
	_let_wait(year, FEW)
	few, few_seconds = _peak(rule, now, FEW + DUE)
	_let_wait(year, MANY)
	many, many_seconds = _peak(rule, now, MANY + DUE)
	figure(
		"trigger_timed_rule_memory",
		many / few,
		budget=1.1,
		detail=f"peak of a tick with {MANY:,} orders due ({many_seconds:.0f} s, traced) ÷ {FEW:,} due"
		f" ({few_seconds:.1f} s): {many / 1e6:.1f} ÷ {few / 1e6:.1f} MB",
	)


def _let_wait(year: str, number: int) -> None:
	frappe.db.sql(
		"update `tabMarketplace Order` set status = 'Awaiting Packing' where name like %s limit %s",
		(f"{year}%", number),
	)
	frappe.db.commit()  # the measured job has a connection of its own
	analyze("Marketplace Order")


def _peak(rule: str, now: datetime, expected: int) -> tuple[int, float]:
	"""Bytes of Python's memory at most, and seconds, of a tick that makes up for a day."""
	new_job()
	_begin(rule, now - MINUTE)
	timetable.tick()  # what is read once in a process
	_begin(rule, now - DAY)
	tracemalloc.start()
	try:
		effort = _measured_tick()
		peak = tracemalloc.get_traced_memory()[1]
	finally:
		tracemalloc.stop()
	_must_have_fired(rule, expected)
	return peak, effort.seconds
