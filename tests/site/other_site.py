"""What the installation tests do on sites of their own, each time in a process of its own.

usage (the bench's Python, in its sites folder):
	other_site.py <site> facts        what is in the database: columns, indexes, names of all rows
	other_site.py <site> trade        the main job against a sandbox; a manager of the marketplace and a ToDo
	other_site.py <site> documents    the Sales Orders on the site

Prints JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import frappe

from tests.harness.committing import commit
from tests.harness.site_wizard import COMPANY


def main(site: str, what: str) -> None:
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	answer = {"facts": facts, "trade": trade, "documents": documents}[what]()
	frappe.destroy()
	print(json.dumps(answer, default=str))


def facts() -> dict[str, Any]:
	database = frappe.conf.db_name
	columns = frappe.db.sql(
		"select table_name, column_name from information_schema.columns where table_schema = %s", database
	)
	indexes = frappe.db.sql(
		"select distinct table_name, index_name from information_schema.statistics where table_schema = %s",
		database,
	)
	named = sorted({table for table, column in columns if column == "name" and table.startswith("tab")})
	return {
		"columns": sorted(".".join(pair) for pair in columns),
		"indexes": sorted(".".join(pair) for pair in indexes),
		"singles": sorted(set(frappe.db.sql("select doctype from tabSingles", pluck=True))),
		"keys": sorted(set(frappe.db.sql("select doctype from __Auth", pluck=True))),
		"names": {
			table: frappe.db.sql(f"select name from `{table}` order by name", pluck=True) for table in named
		},
		"parents": sorted(
			set(
				frappe.db.sql(
					"select parent from tabDocField union select parent from tabDocPerm", pluck=True
				)
			)
		),
		"jobs": sorted(frappe.get_all("Scheduled Job Type", pluck="method")),
		"logs_to_clear": sorted(frappe.get_all("Logs To Clear", pluck="ref_doctype")),
	}


def trade() -> dict[str, Any]:
	"""A shop is set up and its orders come in, as in the main job."""
	from crm_marketplace.sandbox import Sandbox
	from crm_marketplace.sync import tasks
	from tests.harness.users import make_user
	from tests.site import builders

	make_user(["Marketplace Manager"])
	books = builders.open_books(COMPANY)
	with Sandbox(builders.MARKETPLACE, listings=6, orders=0) as sandbox:
		numbers = [sandbox.create_order() for _ in range(3)]
		shop = builders.make_shop(books, sandbox)
		builders.run(shop, "listings")
		builders.make_stock(books.company, dict.fromkeys(builders.link_all(shop), 20), books.warehouse)
		logs = [builders.run(shop, stream) for stream in ("orders", "stock")]
		free = sum(
			sandbox.stock(row.offer_id, row.channel_warehouse_id)["free"] for row in builders.levels(shop)
		)
	tasks.ask("Marketplace Shop", shop, "Look at it")
	commit()
	return {
		"numbers": sorted(numbers),
		"statuses": [log.status for log in logs],
		"errors": [sentence for log in logs for sentence in builders.error_sentences(log)],
		"made": sorted(order.po_no for order in builders.sales_orders(shop)),
		"promised": sum(row.desired for row in builders.levels(shop)),
		"free": free,
	}


def documents() -> dict[str, Any]:
	"""Name → what makes a Sales Order one, as its own form reads it."""
	return {
		name: [doc.docstatus, doc.po_no, doc.grand_total, len(doc.items)]
		for name in frappe.get_all("Sales Order", pluck="name", order_by="name")
		for doc in [frappe.get_doc("Sales Order", name)]
	}


if __name__ == "__main__":
	main(*sys.argv[1:])
