"""What it takes to import an order, beside what ERPNext itself takes for the same Sales Order.

An order stream's whole run is measured: fetched over HTTP from a sandbox in another process, stored, made
into a submitted Sales Order, logged. Before and after it, in the same process: `insert()` and `submit()` of
the same kind of documents by a script, as ERPNext's own form and most integrations do it.
"""

from __future__ import annotations

from itertools import pairwise
from statistics import mean, median

import frappe

from crm_marketplace.sandbox.catalogue import goods
from crm_marketplace.sync import jobs
from tests.benchmarks.books import analyze, clone, fresh_books, new_job
from tests.benchmarks.measuring import Effort, measured
from tests.benchmarks.sandbox import SandboxProcess, sandbox_process
from tests.harness.sales_order_form import differences_from_form
from tests.site import builders
from tests.site.builders import Books

IMPORTS = 5  # blocks of imports, each between two blocks of plain inserts
BLOCK = 40  # orders
LISTINGS = 30
LIST_PRICE = 1000
EXISTING = 20_000  # orders
FIELDS = (
	"customer",
	"company",
	"transaction_date",
	"delivery_date",
	"po_date",
	"currency",
	"selling_price_list",
	"ignore_pricing_rule",
	"taxes_and_charges",
	"set_warehouse",
)
ITEM_FIELDS = ("item_code", "qty", "rate", "warehouse", "delivery_date")
TAX_FIELDS = ("charge_type", "account_head", "description", "rate", "included_in_print_rate", "cost_center")


def measure(figure) -> None:
	books = fresh_books()
	with sandbox_process(builders.MARKETPLACE, shops=IMPORTS + 3, listings=LISTINGS) as sandbox:
		customer = _customer()
		_make_items(books, LISTINGS)
		first, empty_shop, full_shop, *rest = [
			make_shop(books, sandbox, number, customer) for number in range(len(sandbox.shops))
		]
		import_block(first)  # whatever is read once in a process, or written with a first sale
		insert_block(first)
		empty = import_block(empty_shop)
		plain, ours, different = [insert_block(empty_shop)], [], []
		for shop in rest:
			ours.append(import_block(shop))
			different += _differences(shop)
			plain.append(insert_block(shop))
		_report_ratio(figure, ours, plain)
		_report_form(figure, different)
		fill(empty_shop)
		full = import_block(full_shop)
		full_plain = insert_block(full_shop)
	_report_growth(figure, empty, full, full_plain)


def make_shop(books: Books, sandbox: SandboxProcess, number: int, customer: str) -> str:
	"""A connected shop with its listings linked, and a block of two-line orders waiting at the marketplace."""
	facts = sandbox.shops[number]
	shop = builders.make_shop(books, None, server_address=sandbox.url, warehouses=[], customer=customer)
	builders.change_key(shop, facts["credentials"])
	builders.map_warehouses(shop, books.warehouse, publish=())
	jobs.run_stream(shop, "listings", "Button")
	offers = frappe.get_all(
		"Marketplace Listing",
		filters={"shop": shop, "state": "Active", "match_status": "Matched"},
		pluck="offer_id",
		order_by="offer_id",
	)
	for offer in offers:
		sandbox.ask("stock", shop=facts["name"], offer_id=offer, quantity=10 * BLOCK)
	for index in range(BLOCK):
		pair = offers[index % len(offers)], offers[(index + 1) % len(offers)]
		lines = {offer: units for units, offer in enumerate(pair, start=1)}
		sandbox.ask("orders", shop=facts["name"], lines=lines, status="awaiting_packaging")
	return shop


def import_block(shop: str) -> Effort:
	"""One run of the orders stream, per order."""
	new_job()
	with measured() as effort:
		log = jobs.run_stream(shop, "orders", "Button")
	done = frappe.db.get_value("Marketplace Sync Log", log, ["created_count", "held", "failed"])
	if done != (BLOCK, 0, 0):
		raise AssertionError(f"{done} Sales Orders made, orders held and failed instead of {BLOCK}, 0 and 0")
	return effort.per(BLOCK)


def insert_block(shop: str) -> Effort:
	"""The Sales Orders of a shop again, as a script makes them, per order."""
	names = frappe.get_all("Sales Order", filters={"marketplace_shop": shop, "docstatus": 1}, pluck="name")
	sources = [frappe.get_doc("Sales Order", name) for name in names]
	inputs = [
		{
			"doctype": "Sales Order",
			"po_no": f"{source.po_no} again",
			**{field: source.get(field) for field in FIELDS},
			"items": [{field: row.get(field) for field in ITEM_FIELDS} for row in source.items],
			"taxes": [{field: row.get(field) for field in TAX_FIELDS} for row in source.taxes],
		}
		for source in sources
	]
	made = []
	new_job()
	with measured() as effort:
		for values in inputs:
			doc = frappe.get_doc(values)
			doc.insert()
			doc.submit()
			frappe.db.commit()  # one order, one commit, as the app does it
			made.append(doc)
	for doc, source in zip(made, sources, strict=True):
		if (doc.grand_total, doc.total_taxes_and_charges) != (
			source.grand_total,
			source.total_taxes_and_charges,
		):
			raise AssertionError(f"{doc.name} is not the same Sales Order as {source.name}")
	return effort.per(len(made))


def fill(shop: str) -> None:
	"""Orders of a shop, delivered long ago, and Sales Orders of its customer, as if it had sold for years."""
	orders = frappe.get_all("Marketplace Order", filters={"shop": shop}, fields=["name", "sales_order"])
	each = EXISTING // len(orders)
	for order in orders:
		sales_order = clone(
			"Sales Order",
			order.sales_order,
			each,
			marketplace_order_key="concat(source.marketplace_order_key, '-', seq)",
			po_no="concat(source.po_no, '-', seq)",
			status="'Completed'",
			per_delivered="100",
		)
		clone(
			"Marketplace Order",
			order.name,
			each,
			external_id="concat(source.external_id, '-', seq)",
			sales_order=f"concat({frappe.db.escape(sales_order)}, seq)",
			status="'Delivered'",
		)
	frappe.db.sql("update `tabSales Order Item` set delivered_qty = qty where parent like %s", "%~%")
	frappe.db.commit()  # the measured job has a connection of its own
	analyze("Sales Order", "Sales Order Item", "Marketplace Order", "Marketplace Order Line")


def _make_items(books: Books, number: int) -> None:
	"""The goods of the sandboxes as Items, in stock and with a list price, as goods that are sold already."""
	codes = [builders.make_item(thing.offer_id) for thing in goods(number, seed=1)]
	builders.make_stock(books.company, {code: 100 * BLOCK for code in codes}, books.warehouse)
	for code in codes:
		frappe.get_doc(
			doctype="Item Price", item_code=code, price_list=books.price_list, price_list_rate=LIST_PRICE
		).insert()
	frappe.db.commit()  # the measured job has a connection of its own


def _customer() -> str:
	return (
		frappe.get_doc(
			doctype="Customer",
			customer_name="Benchmark",
			customer_type="Company",
			customer_group="Commercial",
			territory="All Territories",
		)
		.insert()
		.name
	)


def _report_ratio(figure, ours: list[Effort], plain: list[Effort]) -> None:
	beside = list(zip(ours, pairwise(plain), strict=True))  # a machine's speed changes with its other work
	ratio = median(mine.seconds / mean(own.seconds for own in around) for mine, around in beside)
	cpu = median(mine.cpu / mean(own.cpu for own in around) for mine, around in beside)
	figure(
		"order_import_ratio",
		ratio,
		budget=0.45,
		detail=f"{_ms(ours)} and {ours[0].queries:.0f} queries per imported order, "
		f"{_ms(plain)} and {plain[0].queries:.0f} per plain insert and submit; processor time {cpu:.2f}; "
		f"medians of {len(ours)} blocks of {BLOCK} two-line orders, each between two plain ones",
	)


def _ms(efforts: list[Effort]) -> str:
	return f"{median(effort.seconds for effort in efforts) * 1000:.0f} ms"


def _differences(shop: str) -> list[str]:
	"""Of the newest Sales Order: the form must find the stock as the import found it."""
	found = differences_from_form(builders.sales_orders(shop)[-1].name)
	frappe.db.rollback()
	return found


def _report_form(figure, different: list[str]) -> None:
	figure(
		"form_equality",
		len(different),
		budget=0,
		detail=f"fields of {IMPORTS} imported Sales Orders, rows included, that ERPNext's own form would have "
		f"saved otherwise{': ' if different else ''}{'; '.join(different[:5])}",
	)


def _report_growth(figure, empty: Effort, full: Effort, full_plain: Effort) -> None:
	figure(
		"order_import_queries",
		full.queries - empty.queries,
		budget=0,
		detail=f"{empty.queries:.2f} queries and {empty.seconds * 1000:.0f} ms per order beside no others, "
		f"{full.queries:.2f} and {full.seconds * 1000:.0f} ms beside {EXISTING:,} "
		f"(a plain insert and submit there: {full_plain.seconds * 1000:.0f} ms)",
	)
