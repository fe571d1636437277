"""The benchmark site: emptied at the start of each measurement, and filled in bulk."""

from __future__ import annotations

import frappe

from tests.harness.site_wizard import COMPANY
from tests.site.builders import Books, open_books

# What the measurements make; nothing else lives on this site.
DOCUMENTS = ("Sales Order", "Stock Entry", "Item", "Customer", "Address", "Marketplace Shop")
ROWS = (
	"Marketplace Order",
	"Marketplace Buyer Identity",
	"Marketplace Listing",
	"Marketplace Sync Log",
	"Marketplace Stream",
	"Marketplace Stock Level",
	"Bin",
	"Item Price",
	"Stock Ledger Entry",
	"GL Entry",
)


def fresh_books() -> Books:
	"""An empty site with a company, its warehouses and taxes."""
	for doctype in (*DOCUMENTS, *ROWS):
		for table in frappe.get_meta(doctype).get_table_fields():
			frappe.db.delete(table.options, {"parenttype": doctype})
		frappe.db.delete(doctype)
	frappe.db.commit()  # the next job has a connection of its own
	frappe.clear_cache()
	new_job()
	return open_books(COMPANY)


def new_job() -> None:
	"""As a worker begins a job: another connection, nothing kept in the process, the cache in Redis warm."""
	site = frappe.local.site
	frappe.destroy()
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	# What our work queues is for nobody: workers of this bench would run it beside the measurement.
	frappe.local.conf["bench_id"] = "crm-marketplace-benchmark"


def clone(doctype: str, name: str, number: int, **changes: str) -> str:
	"""Copies of a document with its child rows, made by the database: in seconds, whatever the number. Committed.

	Args:
		changes: field → SQL expression over `source`, the original, and `seq`, the number of the copy.

	Returns:
		What the copies' names begin with; their number follows.
	"""
	where, prefix = f"name = {frappe.db.escape(name)}", f"{name}~"
	_clone(doctype, where, number, {"name": "concat(source.name, '~', seq)", **changes})
	for table in frappe.get_meta(doctype).get_table_fields():
		where = f"parent = {frappe.db.escape(name)} and source.parenttype = {frappe.db.escape(doctype)}"
		own = {"name": "concat(source.name, '~', seq)", "parent": "concat(source.parent, '~', seq)"}
		_clone(table.options, where, number, own)
	frappe.db.commit()  # long tables: no transaction as large as all of them together
	return prefix


def numbered(field: str) -> str:
	"""For `clone`: the field of the original with the number of the copy, as in the names of copies."""
	return f"concat(source.`{field}`, '~', seq)"


def analyze(*doctypes: str) -> None:
	"""Have the database look at tables that grew by many rows at once, as it does by itself in time."""
	for doctype in doctypes:
		frappe.db.sql(f"analyze table `tab{doctype}`")


def _clone(doctype: str, where: str, number: int, changes: dict[str, str]) -> None:
	columns = frappe.db.get_table_columns(doctype)
	values = ", ".join(changes.get(column, f"source.`{column}`") for column in columns)
	names = ", ".join(f"`{column}`" for column in columns)
	frappe.db.sql(
		f"insert into `tab{doctype}` ({names}) select {values}"
		f" from `tab{doctype}` source, seq_1_to_{number} where source.{where}"
	)
