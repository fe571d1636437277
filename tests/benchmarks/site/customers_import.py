"""10,000 customers from a table by Frappe's own Data Import, as a user takes it in, and the night's search for duplicates
after it. Rows are committed as the import commits them; the site is emptied first.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from statistics import median

import frappe

from crm_marketplace.deals.duplicates import night
from tests.benchmarks.books import fresh_books
from tests.benchmarks.names import title_of
from tests.site.customers_table import find_pairs, import_table, table_of

CUSTOMERS = 9_500
TWINS = 500  # rows that are customers written otherwise
PLAIN = 100


def measure(figure: Callable[..., None]) -> None:
	random.seed(7)
	fresh_books()
	for doctype in ("Party Key", "Party Duplicate", "Data Import", "Data Import Log"):
		frappe.db.delete(doctype)
	frappe.db.commit()  # the import commits row by row, and begins with an empty site
	plain = _plain_inserts()
	rows, twins = table_of(CUSTOMERS, TWINS)
	seconds, status = _timed(lambda: import_table(rows))
	searched, _nothing = _timed(night.nightly)
	made = frappe.db.count("Customer", {"customer_name": ("in", [row[0] for row in rows[1:]])})
	found = find_pairs(twins)
	figure(
		"customer_import_ratio",
		seconds / (len(rows) - 1) / plain,
		detail=f"seconds per row of an XLSX of {len(rows) - 1:,} customers ÷ per plain insert(); "
		f"{seconds:.0f} s, {status}, {made:,} customers made",
	)
	figure(
		"import_duplicates_missed",
		len(twins) - len(found),
		detail=f"of {len(twins)} rows written otherwise, by the night's search of {searched:.0f} s",
	)


def _plain_inserts() -> float:
	"""Seconds of an insert and a commit without an import."""
	took = []
	for index in range(PLAIN):
		title = f"{title_of(index)} {frappe.generate_hash(length=6)}"
		started = time.perf_counter()
		frappe.get_doc(
			doctype="Customer",
			customer_name=title,
			customer_group="Commercial",
			territory="All Territories",
		).insert()
		frappe.db.commit()  # as the import does after each row
		took.append(time.perf_counter() - started)
	return median(took)


def _timed(act: Callable[[], object]) -> tuple[float, object]:
	started = time.perf_counter()
	answer = act()
	return time.perf_counter() - started, answer
