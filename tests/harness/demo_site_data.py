"""Run by the bench's Python in the sites folder: fill the demo site. What is there already stays.

usage: demo_site_data.py <site> <sandbox facts as JSON> <seed>
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import frappe
from frappe.utils import add_days, today

from crm_marketplace.demo.catalogue import sample_catalogue
from crm_marketplace.integrations import registry
from crm_marketplace.marketplace.api import shops as shop_calls
from crm_marketplace.sandbox.catalogue import goods
from crm_marketplace.setup.roles import MANAGER, OPERATOR, VIEWER
from crm_marketplace.sync import jobs
from crm_marketplace.sync.shops import credential_slots
from tests.harness import RESULTS
from tests.harness.site_wizard import COMPANY
from tests.harness.users import PASSWORD, make_user

ORDERS_SINCE = -14  # days
SHARES = (40, 35, 25)  # per cent of the free stock each shop may promise
# What each role's people usually have beside it, to see ERPNext's documents.
BESIDE = {
	MANAGER: ("Sales Manager", "Sales User", "Stock Manager", "Stock User", "Item Manager", "Accounts User"),
	OPERATOR: ("Sales User", "Stock User", "Item Manager"),
	VIEWER: (),
}
LANGUAGES = ("en", "ru")


def main(site: str, facts_json: str, seed: str) -> None:
	facts = json.loads(facts_json)
	frappe.init(site=site, sites_path=".")
	frappe.connect()
	try:
		frappe.set_user("Administrator")
		frappe.flags.mute_emails = True
		make_items(facts["shops"][0]["listings"], int(seed))
		names = [make_shop(facts, shop, share) for shop, share in zip(facts["shops"], SHARES, strict=False)]
		frappe.db.commit()  # what follows may fail on the books; the shops stand
		make_stock(names, int(seed))
		users = make_users()
		frappe.db.commit()  # workers run what is started next
		for name in names:
			start(name)
		(RESULTS / "demo-site-users.txt").write_text(users, encoding="utf-8")
	finally:
		frappe.destroy()


def make_items(number: int, seed: int) -> None:
	"""The sample catalogue as Items: most matched by code or barcode, some by likeness, some missing."""
	catalogue = sample_catalogue(number, seed)
	costs = {thing.offer_id: thing.cost for thing in goods(number, seed)}
	for code, item in catalogue.items.items():
		if frappe.db.exists("Item", code):
			continue
		frappe.get_doc(
			doctype="Item",
			item_code=code,
			item_name=frappe.utils.strip_html(item.name)[:140],
			description=frappe.utils.strip_html(item.name),
			item_group="Products",
			stock_uom="Nos",
			is_stock_item=1,
			valuation_rate=costs[catalogue.offers[code]] / 100,
			barcodes=[{"barcode": barcode} for barcode in item.barcodes],
		).insert()


def make_shop(facts: dict[str, Any], shop: dict[str, Any], share: int) -> str:
	"""A Marketplace Shop on the sandbox, with its warehouses mapped. Returns its name."""
	title = f"{facts['marketplace']} {shop['name']}"
	name = frappe.db.exists("Marketplace Shop", {"shop_name": title})
	doc = frappe.get_doc("Marketplace Shop", name) if name else frappe.new_doc("Marketplace Shop")
	doc.update(
		{
			"shop_name": title,
			"marketplace": facts["marketplace"],
			"company": COMPANY,
			"server_address": facts["url"],
			"order_start_date": add_days(today(), ORDERS_SINCE),
			"taxes_and_charges": _taxes(),
			"rounding_account": _account("Round Off"),
			"charges_account": _account("Freight and Forwarding Charges"),
			"stock_share": share,
			"stock_buffer": 1,
		}
	)
	slots = credential_slots(registry.get(facts["marketplace"]).info)
	doc.update({slots[field]: value for field, value in shop["credentials"].items()})
	doc.save()
	shop_calls.test_connection(doc.name)
	shop_calls.fetch_warehouses(doc.name)
	doc = frappe.get_doc("Marketplace Shop", doc.name)
	for row in doc.warehouses:
		row.warehouse = row.warehouse or _warehouse(row.channel_warehouse_name or row.channel_warehouse_id)
	doc.enabled = 1
	doc.save()
	return doc.name


def make_stock(shops: list[str], seed: int) -> None:
	"""Goods in every mapped warehouse, received in one Stock Entry per warehouse."""
	chance = random.Random(seed)
	items = frappe.get_all(
		"Item", filters={"is_stock_item": 1, "disabled": 0}, fields=["name", "valuation_rate"]
	)
	mapped = frappe.get_all(
		"Marketplace Shop Warehouse",
		filters={"parent": ("in", shops), "warehouse": ("is", "set")},
		pluck="warehouse",
	)
	for warehouse in sorted(set(mapped)):
		if frappe.db.exists("Bin", {"warehouse": warehouse}):
			continue
		entry = frappe.new_doc("Stock Entry")
		entry.update({"stock_entry_type": "Material Receipt", "company": COMPANY})
		for item in items:
			if quantity := chance.choice((0, 4, 9, 15, 30, 60)):
				rate = item.valuation_rate or 100
				entry.append(
					"items",
					{"item_code": item.name, "qty": quantity, "t_warehouse": warehouse, "basic_rate": rate},
				)
		entry.insert()
		entry.submit()


def make_users() -> str:
	"""A user for each role and language. Returns a table of them."""
	lines = [f"{'user':<40} {'password':<20} role"]
	for role, beside in BESIDE.items():
		for language in LANGUAGES:
			name = f"{role.split()[-1].lower()}.{language}@example.com"
			make_user([role, *beside], language=language, email=name)
			lines.append(f"{name:<40} {PASSWORD:<20} {role}, {language}")
	lines.append(f"{'Administrator':<40} {'admin':<20} everything")
	return "\n".join(lines) + "\n"


def start(shop: str) -> None:
	"""The first runs at once, so that there is something to see; the jobs go on from there."""
	for stream in ("listings", "orders", "stock"):
		jobs.run_stream(shop, stream, started_by="Button")


def _warehouse(title: str) -> str:
	abbr = frappe.get_cached_value("Company", COMPANY, "abbr")
	name = f"{title} - {abbr}"
	if not frappe.db.exists("Warehouse", name):
		frappe.get_doc(doctype="Warehouse", warehouse_name=title, company=COMPANY).insert()
	return name


def _taxes() -> str:
	"""A template with VAT included in the price."""
	title = "НДС 22 % в цене"
	name = frappe.db.exists("Sales Taxes and Charges Template", {"title": title, "company": COMPANY})
	if name:
		return name
	doc = frappe.get_doc(
		doctype="Sales Taxes and Charges Template",
		title=title,
		company=COMPANY,
		taxes=[
			{
				"charge_type": "On Net Total",
				"account_head": frappe.db.get_value(
					"Account", {"company": COMPANY, "account_type": "Tax", "is_group": 0}
				),
				"description": title,
				"rate": 22,
				"included_in_print_rate": 1,
			}
		],
	)
	return doc.insert().name


def _account(title: str) -> str | None:
	return frappe.db.get_value("Account", {"company": COMPANY, "account_name": title, "is_group": 0})


if __name__ == "__main__":
	main(*sys.argv[1:])
