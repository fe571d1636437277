"""The world a browser test plays in: a sandbox marketplace, goods and stock in ERPNext, shops of our own.

Everything here is made through ERPNext's documents and our own calls, and is committed: the desk under test
is another process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from secrets import token_hex

import frappe
from frappe.utils.scheduler import enable_scheduler

from crm_marketplace.demo.catalogue import sample_catalogue
from crm_marketplace.marketplace.api import shops as shop_calls
from crm_marketplace.sandbox.sandbox import Sandbox
from crm_marketplace.sync import jobs
from tests.harness.committing import commit
from tests.harness.site_wizard import COMPANY

MARKETPLACE = "Ozon"
LISTINGS, ORDERS, DAYS, SEED = 40, 20, 3, 5
STOCK_PER_ITEM = 12
OWN_DOCTYPES = (
	"Marketplace Return",
	"Marketplace Review",
	"Marketplace Stock Level",
	"Marketplace Order",
	"Marketplace Listing",
	"Marketplace Sync Log",
	"Marketplace Stream",
)


@dataclass(frozen=True)
class World:
	sandbox: Sandbox
	warehouse: str  # ERPNext's, with stock of every item

	@property
	def credentials(self) -> dict[str, str]:
		return self.sandbox.credentials


@dataclass(frozen=True)
class Showroom:
	around: World
	shop: str


@contextmanager
def world() -> Iterator[World]:
	"""A sandbox with listings and orders, and ERPNext items for most of the listings, in stock."""
	with Sandbox(MARKETPLACE, listings=LISTINGS, orders=ORDERS, days=DAYS, seed=SEED) as sandbox:
		warehouse = _warehouse("Склад витрины")
		_make_items(warehouse)
		enable_scheduler()
		commit()
		yield World(sandbox, warehouse)


def new_name(title: str) -> str:
	"""A shop name nobody used before: Sales Orders of earlier runs stay in ERPNext, and know their shop."""
	return f"{title} {token_hex(3)}" if frappe.db.exists("Marketplace Shop", title) else title


def make_shop(world: World, title: str = "Витрина") -> str:
	"""A connected shop: warehouses mapped, listings, orders and stock synced. Returns its name."""
	name = new_name(title)
	shop = frappe.get_doc(
		doctype="Marketplace Shop",
		shop_name=name,
		marketplace=MARKETPLACE,
		company=COMPANY,
		server_address=world.sandbox.url,
		public_credential_1=world.credentials["client_id"],
		secret_credential_1=world.credentials["api_key"],
		stock_buffer=2,
	).insert()
	shop_calls.test_connection(name)
	shop_calls.fetch_warehouses(name)
	shop = frappe.get_doc("Marketplace Shop", name)
	for row in shop.warehouses:
		row.warehouse = world.warehouse
	shop.save()
	commit()
	jobs.run_stream(name, "listings", started_by="Button")
	order_unknown_goods(world, name)
	for stream in ("orders", "stock"):
		jobs.run_stream(name, stream, started_by="Button")
	commit()
	return name


def order_unknown_goods(world: World, shop: str) -> str:
	"""Somebody buys what has no item in ERPNext yet. Returns the order's id at the marketplace."""
	frappe.db.rollback()
	unmatched = frappe.get_all(
		"Marketplace Listing", filters={"shop": shop, "match_status": "Unmatched"}, pluck="offer_id"
	)
	offer = next(offer for offer in world.sandbox.offer_ids(sellable=True) if offer in unmatched)
	return world.sandbox.create_order({offer: 1})


def forget(shop: str) -> None:
	"""Take a shop's own records away; ERPNext's documents stay, as they would for a company."""
	frappe.db.rollback()
	for table in ("Marketplace Order Line", "Marketplace Order Event"):
		frappe.db.delete(table, {"parent": ("in", _names("Marketplace Order", shop))})
	frappe.db.delete("Marketplace Return Line", {"parent": ("in", _names("Marketplace Return", shop))})
	frappe.db.delete("Marketplace Sync Log Error", {"parent": ("in", _names("Marketplace Sync Log", shop))})
	for doctype in OWN_DOCTYPES:
		frappe.db.delete(doctype, {"shop": shop})
	frappe.db.set_value("Marketplace Shop", shop, "enabled", 0)
	commit()


def _names(doctype: str, shop: str) -> list[str]:
	return frappe.get_all(doctype, filters={"shop": shop}, pluck="name") or [""]


def _make_items(warehouse: str) -> None:
	catalogue = sample_catalogue(LISTINGS, SEED)
	missing = [code for code in catalogue.items if not frappe.db.exists("Item", code)]
	for code in missing:
		item = catalogue.items[code]
		frappe.get_doc(
			doctype="Item",
			item_code=code,
			item_name=frappe.utils.strip_html(item.name)[:140],
			item_group="Products",
			stock_uom="Nos",
			is_stock_item=1,
			valuation_rate=100,
			barcodes=[{"barcode": barcode} for barcode in item.barcodes if _is_free(barcode)],
		).insert()
	in_stock = frappe.get_all("Bin", filters={"warehouse": warehouse}, pluck="item_code")
	if waiting := [code for code in catalogue.items if code not in in_stock]:
		_receive(waiting, warehouse)


def _is_free(barcode: str) -> bool:
	# The site outlives changes of the sample catalogue, and ERPNext lets a barcode lead to one item only.
	return not frappe.db.exists("Item Barcode", {"barcode": barcode})


def _receive(items: list[str], warehouse: str) -> None:
	entry = frappe.new_doc("Stock Entry")
	entry.update({"stock_entry_type": "Material Receipt", "company": COMPANY})
	for item in items:
		entry.append(
			"items",
			{"item_code": item, "qty": STOCK_PER_ITEM, "t_warehouse": warehouse, "basic_rate": 100},
		)
	entry.insert()
	entry.submit()


def _warehouse(title: str) -> str:
	name = f"{title} - {frappe.get_cached_value('Company', COMPANY, 'abbr')}"
	if not frappe.db.exists("Warehouse", name):
		frappe.get_doc(doctype="Warehouse", warehouse_name=title, company=COMPANY).insert()
	return name
