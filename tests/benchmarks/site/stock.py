"""Stock runs of a shop with 100,000 listings: requests, queries, time and memory by how much changed."""

from __future__ import annotations

import json
import math
import subprocess
import sys

import frappe

from tests.benchmarks import stock_run
from tests.benchmarks.books import analyze, clone, fresh_books, numbered
from tests.benchmarks.stock_run import StockRun, measure_run, stock_shop
from tests.site import builders
from tests.site.builders import Books

LISTINGS = 100_000
FEW = 1_000
CHANGES = (1, 10, 100)  # per cent of the listings


def measure(figure) -> None:
	books = fresh_books()
	few = make_shop(books, FEW)
	many = make_shop(books, LISTINGS)
	peaks = {shop: _peak(shop) for shop in (few, many)}  # the first run of each: everything is new
	_change(few, 1)
	measure_run(few)  # reads what any first run of a process reads
	runs: dict[int, StockRun] = {}
	for percent in CHANGES:
		_change(many, percent)
		runs[percent] = measure_run(many)
	_report_runs(figure, runs)
	figure(
		"stock_run_memory",
		peaks[many] / peaks[few],
		budget=1.1,
		detail=f"at most {peaks[few] / 2**20:.0f} MB with {FEW:,} listings, {peaks[many] / 2**20:.0f} MB with "
		f"{LISTINGS:,}, all of them sent; the whole process",
	)


def make_shop(books: Books, listings: int) -> str:
	"""A shop with so many listings, each of an item of its own in stock."""
	shop = stock_shop(books)
	code = builders.make_item()
	listing = builders.make_listing(shop, code, code)
	builders.make_stock(books.company, {code: 50}, books.warehouse)
	bin_ = frappe.db.get_value("Bin", {"item_code": code, "warehouse": books.warehouse})
	clone("Bin", bin_, listings - 1, item_code=numbered("item_code"), actual_qty="1 + seq % 60")
	clone(
		"Marketplace Listing",
		listing,
		listings - 1,
		external_id=numbered("external_id"),
		offer_id=numbered("offer_id"),
		item=numbered("item"),
	)
	analyze("Bin", "Marketplace Listing")
	return shop


def _change(shop: str, percent: int) -> None:
	"""A unit of the goods of so many listings comes in."""
	frappe.db.sql(
		"""update `tabBin` bin join `tabMarketplace Listing` listing on listing.item = bin.item_code
		set bin.actual_qty = bin.actual_qty + 1
		where listing.shop = %s and crc32(listing.name) %% 100 < %s""",
		(shop, percent),
	)
	frappe.db.commit()  # the run reads over a connection of its own


def _peak(shop: str) -> int:
	"""Bytes of memory a process takes at most for a first run of the shop."""
	command = [sys.executable, stock_run.__file__, frappe.local.site, shop]
	answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
	return json.loads(answer.stdout.splitlines()[-1])["peak"]


def _report_runs(figure, runs: dict[int, StockRun]) -> None:
	batch = builders.connector_info().stock_batch
	for percent, run in runs.items():
		least = math.ceil(run.changed / batch)
		figure(
			f"stock_run_{percent}_percent",
			run.requests / least,
			budget=1,
			detail=f"{run.requests:,} requests for {run.changed:,} of {LISTINGS:,} listings, {least:,} at least in "
			f"batches of {batch:,}; {run.effort.queries} queries, {run.effort.seconds:.1f} s",
		)
	queries = {percent: run.effort.queries for percent, run in runs.items()}
	figure(
		"stock_run_queries",
		max(queries.values()) - min(queries.values()),
		budget=0,
		detail=", ".join(f"{number} queries with {percent} % changed" for percent, number in queries.items()),
	)
