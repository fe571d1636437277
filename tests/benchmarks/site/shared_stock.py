"""One stock over a shop of every marketplace there is: 100,000 listings in each, of the same 50,000 Items, so
that each Item is sold by two cards of each shop.
"""

from __future__ import annotations

import math
import time
from statistics import median

import frappe

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.connector import Capability
from crm_marketplace.sync.shops import get_shop
from tests.benchmarks.books import analyze, clone, fresh_books, numbered
from tests.benchmarks.stock_run import StockRun, measure_run, run_stock, stock_shop
from tests.site import builders
from tests.site.builders import Books

ITEMS = 50_000
CARDS = 2  # of an Item in each shop
LISTINGS = CARDS * ITEMS  # in each shop
CHANGES = (1, 10)  # per cent of the Items
ON_HAND = 60


def measure(figure) -> None:
	books = fresh_books()
	shops = make_shops(books)
	runs: dict[int, dict[str, StockRun]] = {}
	readings = [_read_bins(books)]
	for percent in CHANGES:
		_change(percent, units=CARDS * len(shops))
		runs[percent] = {}
		for shop in shops:
			runs[percent][shop] = measure_run(shop)
			readings.append(_read_bins(books))
	_report(figure, runs, median(readings))


def make_shops(books: Books) -> list[str]:
	"""The shops, with what they promise sent and confirmed already."""
	item = builders.make_item()
	builders.make_stock(books.company, {item: ON_HAND}, books.warehouse)
	shops = [
		stock_shop(books, marketplace=name)
		for name, connector in registry.connectors().items()
		if Capability.STOCK in connector.info.capabilities
	]
	listings = [
		builders.make_listing(shop, f"{item}-{card}", item) for shop in shops for card in range(CARDS)
	]
	frappe.db.commit()  # the runs read over a connection of their own
	for shop in shops:
		run_stock(shop)
	clone("Item", item, ITEMS - 1, item_code=numbered("item_code"))
	clone("Bin", frappe.db.get_value("Bin", {"item_code": item}), ITEMS - 1, item_code=numbered("item_code"))
	for listing in listings:
		clone(
			"Marketplace Listing",
			listing,
			ITEMS - 1,
			external_id=numbered("external_id"),
			offer_id=numbered("offer_id"),
			item=numbered("item"),
		)
		clone(
			"Marketplace Stock Level",
			frappe.db.get_value("Marketplace Stock Level", {"listing": listing}),
			ITEMS - 1,
			listing=numbered("listing"),
			listing_external_id=numbered("listing_external_id"),
			offer_id=numbered("offer_id"),
		)
	analyze("Item", "Bin", "Marketplace Listing", "Marketplace Stock Level")
	return shops


def _change(percent: int, units: int) -> None:
	"""Some units of so many Items come in: one more for each card."""
	frappe.db.sql(
		"update `tabBin` set actual_qty = actual_qty + %s where crc32(item_code) %% 100 < %s",
		(units, percent),
	)
	frappe.db.commit()  # the runs read over a connection of their own


def _read_bins(books: Books) -> float:
	"""Seconds of the one query that reads all Bins of the warehouse."""
	started = time.perf_counter()
	rows = frappe.db.sql(
		"select item_code, actual_qty, reserved_qty, reserved_stock from `tabBin` where warehouse = %s",
		books.warehouse,
	)
	seconds = time.perf_counter() - started
	if len(rows) != ITEMS:
		raise AssertionError(f"{len(rows)} Bins instead of {ITEMS}")
	return seconds


def _report(figure, runs: dict[int, dict[str, StockRun]], reading: float) -> None:
	done = runs[CHANGES[0]]
	batches = {shop: get_shop(shop).info.stock_batch for shop in done}
	least = {shop: math.ceil(run.changed / batches[shop]) for shop, run in done.items()}
	figure(
		"shared_stock_requests",
		sum(run.requests for run in done.values()) / sum(least.values()),
		budget=1,
		detail=f"with {CHANGES[0]} % of {ITEMS:,} Items changed in {len(done)} shops of {LISTINGS:,} listings: "
		+ ", ".join(
			f"{run.requests} for {run.changed:,} rows in batches of {batches[shop]:,}"
			for shop, run in done.items()
		),
	)
	queries = {percent: sum(run.effort.queries for run in of.values()) for percent, of in runs.items()}
	figure(
		"shared_stock_queries",
		max(queries.values()) - min(queries.values()),
		budget=0,
		detail=", ".join(
			f"{number} queries of {len(done)} runs with {percent} % changed"
			for percent, number in queries.items()
		),
	)
	seconds = sum(run.effort.seconds for run in done.values())
	figure(
		"shared_stock_seconds",
		seconds / reading,
		detail=f"times the one query that reads the {ITEMS:,} Bins: {seconds:.1f} s for the {len(done)} runs with "
		f"{CHANGES[0]} % changed, {reading:.2f} s for the query; "
		f"{seconds / len(done) / LISTINGS * 1e6:.0f} µs per listing",
	)
