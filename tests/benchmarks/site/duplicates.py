"""The search for duplicates among 100,000 customers: time, how many of a labelled set are found (recall), how many
of what is shown are duplicates indeed (precision), and whether an index is read. Rows are written straight into the
tables, inside the transaction the benchmark rolls back.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

import frappe
from frappe.utils import now_datetime

from crm_marketplace.deals.duplicates import search
from crm_marketplace.rules.duplicates import Party, keys_of
from tests.benchmarks.measuring import timed
from tests.benchmarks.names import WAYS, look_alike, title_of

CUSTOMERS = 100_000
LABELLED = 200  # of each way to write a name


def measure(figure: Callable[..., None]) -> None:
	random.seed(7)
	names = _customers(CUSTOMERS)
	took: list[float] = []
	found, others = {}, 0
	for way, written in WAYS.items():
		found[way], wrong = _search(names, written, took)
		others += wrong
	_found, alike = _search(names, None, took)
	right = sum(found.values())
	recall, precision = right / (LABELLED * len(WAYS)), right / (right + others + alike)
	phone, _queries = timed(lambda: search.similar(Party(phones=(f"8903{CUSTOMERS // 2:07}",))))
	figure(
		"duplicate_search_ms",
		statistics.median(took),
		detail=f"{CUSTOMERS:,} customers: 95 % under {sorted(took)[int(len(took) * 0.95)]:.0f} ms, by phone "
		f"{phone:.0f} ms; recall {recall:.1%} ("
		+ ", ".join(f"{way} {number} of {LABELLED}" for way, number in found.items())
		+ f"), precision {precision:.1%} ({alike} of {LABELLED} look-alikes shown, {others} others); {_plan()}",
	)
	frappe.db.rollback()


def _search(names: dict[str, str], written: Callable | None, took: list[float]) -> tuple[int, int]:
	"""Search for customers written in one way; None: for others that look like them.

	Returns:
		Right rows and wrong ones; of look-alikes all rows are wrong.
	"""
	right = wrong = 0
	for customer in random.sample(sorted(names), LABELLED):
		typed = Party((written or look_alike)(names[customer]))
		started = time.perf_counter()
		rows = search.similar(typed)
		took.append((time.perf_counter() - started) * 1000)
		hits = written is not None and customer in [row["party"] for row in rows]
		right += hits
		wrong += len(rows) - hits
	return (right, wrong) if written else (0, wrong)


def _customers(number: int) -> dict[str, str]:
	"""Customers with their keys. Names repeat words, as names do."""
	now, names, customers, rows = now_datetime(), {}, [], []
	for index in range(number):
		title, name = title_of(index), f"BENCH-CUST-{index}"
		names[name] = title
		customers.append((name, now, now, "Administrator", "Administrator", title, f"+7903{index:07}"))
		for kind, values in keys_of(Party(title, (f"+7903{index:07}",)), "RU").items():
			rows += [
				(f"b{index}-{kind}-{value[:10]}", now, now, "a", "a", "Customer", name, str(kind), value)
				for value in values
			]
	head = ["name", "creation", "modified", "owner", "modified_by"]
	frappe.db.bulk_insert("Customer", [*head, "customer_name", "mobile_no"], customers, chunk_size=5000)
	# Two million rows: the driver's own way, without a query builder in between.
	frappe.db._cursor.executemany(
		"insert ignore into `tabParty Key` (name, creation, modified, owner, modified_by, party_type, party, kind, value)"
		" values (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
		rows,
	)
	return names


def _plan() -> str:
	key = frappe.qb.DocType("Party Key")
	query = frappe.qb.from_(key).select(key.party).where((key.kind == "name") & key.value.isin(["x", "y"]))
	(plan,) = frappe.db.sql(f"explain {query}", as_dict=True)
	return f"index {plan['key']}, {plan['type']}"
