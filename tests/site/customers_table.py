"""Customers from a table, taken in by Frappe's own Data Import, some of them twice."""

from __future__ import annotations

import random

import frappe
from frappe.core.doctype.data_import.data_import import start_import
from frappe.utils.xlsxutils import make_xlsx

from tests.benchmarks.names import mistyped, title_of

HEAD = ["Customer Name", "Customer Group", "Territory", "Tax ID"]


def table_of(customers: int, twins: int) -> tuple[list[list[str]], list[tuple[str, str]]]:
	"""Rows of a table with its head, and the pairs of names in it that are one customer.

	By turns a twin has the same tax ID under another name, and a mistyped name without a tax ID.
	"""
	mark = frappe.generate_hash(length=5)
	titles: dict[str, str] = {}
	while len(titles) < customers:
		titles.setdefault(title_of(len(titles)), f"{random.randrange(10**8, 10**9)}{len(titles):06}")
	rows = [[title, "Commercial", "All Territories", tax_id] for title, tax_id in titles.items()]
	pairs = []
	for number, title in enumerate(random.sample(sorted(titles), twins)):
		tax_id = titles[title]
		if number % 2:
			twin = [f"Филиал {mark} {number}", f"{tax_id[:4]} {tax_id[4:]}"]
		else:
			twin = [mistyped(title), ""]
		if twin[0] in titles:
			continue
		pairs.append((title, twin[0]))
		rows.append([twin[0], "Commercial", "All Territories", twin[1]])
	return [HEAD, *rows], pairs


def import_table(rows: list[list[str]]) -> str:
	"""What the job of the button "Start Import" does with an XLSX of the rows. Returns the import's status."""
	table = frappe.get_doc(
		doctype="File",
		file_name=f"customers-{frappe.generate_hash(length=5)}.xlsx",
		is_private=1,
		content=make_xlsx(rows, "Customers").getvalue(),
	).insert()
	job = frappe.get_doc(
		doctype="Data Import",
		reference_doctype="Customer",
		import_type="Insert New Records",
		import_file=table.file_url,
	).insert()
	start_import(job.name)
	return frappe.db.get_value("Data Import", job.name, "status")


def find_pairs(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
	"""Those of the pairs of names that are written down as suspected duplicates."""
	known = {
		frozenset(row)
		for row in frappe.get_all("Party Duplicate", fields=["one_name", "other_name"], as_list=True)
	}
	return [pair for pair in pairs if frozenset(pair) in known]
