"""A stock run of a shop against a marketplace that takes everything at once.

usage: stock_run.py <site> <shop>   as a process of its own: prints {"peak": …}, bytes of memory at most
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import frappe

from crm_marketplace.integrations.records import PushResult, StockLevel
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import Shop, get_shop
from crm_marketplace.sync.stock import run as stock
from crm_marketplace.sync.streams import Stream
from tests.benchmarks.books import new_job
from tests.benchmarks.measuring import Effort, measured
from tests.site import builders
from tests.site.builders import Books


class Obliging:
	"""A connector that counts requests and accepts every row."""

	def __init__(self) -> None:
		self.requests = 0
		self.rows = 0

	def push_stock(self, levels: Sequence[StockLevel]) -> list[PushResult]:
		self.requests += 1
		self.rows += len(levels)
		return [
			PushResult(listing_id=level.listing_id, warehouse_id=level.warehouse_id, ok=True)
			for level in levels
		]


@dataclass(frozen=True)
class StockRun:
	"""What a run took and did."""

	effort: Effort
	requests: int
	changed: int


def stock_shop(books: Books, **fields: str) -> str:
	"""An enabled shop that sends its stock and does nothing else."""
	shop = builders.make_shop(books, enabled=1, **fields)

	def only_stock(doc) -> None:
		for row in doc.streams:
			row.enabled = int(row.stream == "stock")

	builders.change_shop(shop, only_stock)
	return shop


def measure_run(shop: str) -> StockRun:
	"""A run in a job of its own, so long after the last one that every row may be sent again."""
	frappe.db.sql("update `tabMarketplace Stock Level` set sent_at = null where shop = %s", shop)
	frappe.db.commit()  # the job has a connection of its own
	new_job()
	return run_stock(shop)


def run_stock(name: str) -> StockRun:
	"""One run of the stock stream, its log included."""
	marketplace = Obliging()
	with patch.object(Shop, "connect", lambda self, **options: marketplace), measured() as effort:
		run = Run(name, "stock", "Button", minutes=60)
		run.start()
		finished = stock.work(get_shop(name), run, Stream.load(name, "stock"))
		run.finish()
		frappe.db.commit()  # as the job ends
	if not finished or run.errors:
		raise AssertionError(f"the run did not end well: {run.errors}")
	return StockRun(effort, marketplace.requests, marketplace.rows)


def main(site: str, shop: str) -> None:
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	frappe.set_user("Administrator")
	run_stock(shop)
	frappe.destroy()
	print(json.dumps({"peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}))


if __name__ == "__main__":
	main(*sys.argv[1:])
