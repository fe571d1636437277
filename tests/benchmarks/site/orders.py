"""What it takes to import an order, beside what ERPNext itself takes for the same Sales Order.

An order stream's whole run is measured: fetched over HTTP from a sandbox in another process, stored, made
into a submitted Sales Order, logged. Beside it, in turn, in the same run: `insert()` and `submit()` of the
same documents by a script, as ERPNext's own form and most integrations do it.
"""

from __future__ import annotations

from statistics import median

import frappe

from crm_marketplace.sandbox.catalogue import goods
from crm_marketplace.sync import jobs
from tests.benchmarks.books import clone, fresh_books, new_job
from tests.benchmarks.measuring import Effort, measured
from tests.benchmarks.sandbox import SandboxProcess, sandbox_process
from tests.site import builders
from tests.site.builders import Books

PAIRS = 5  # blocks of imports, each followed by one of plain inserts
BLOCK = 40  # orders
LISTINGS = 30
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
	with sandbox_process(builders.MARKETPLACE, shops=PAIRS + 3, listings=LISTINGS) as sandbox:
		customer = _customer()
		_make_items(LISTINGS)
		first, empty_shop, full_shop, *rest = [
			make_shop(books, sandbox, number, customer) for number in range(len(sandbox.shops))
		]
		import_block(first)  # prices, bins and what else an item gets when it is first sold
		insert_block(first)
		empty = import_block(empty_shop)
		pairs = [(import_block(shop), insert_block(shop)) for shop in rest]
		fill(empty_shop)
		full = import_block(full_shop)
		full_plain = insert_block(full_shop)
	_report_ratio(figure, pairs)
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
			frappe.db.commit()
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
	frappe.db.commit()
	for doctype in ("Sales Order", "Sales Order Item", "Marketplace Order", "Marketplace Order Line"):
		frappe.db.sql(f"analyze table `tab{doctype}`")


def _make_items(number: int) -> None:
	for thing in goods(number, seed=1):
		builders.make_item(thing.offer_id)


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


def _report_ratio(figure, pairs: list[tuple[Effort, Effort]]) -> None:
	ours = median(ours.seconds for ours, _plain in pairs)
	plain = median(plain.seconds for _ours, plain in pairs)
	cpu = median(ours.cpu / plain.cpu for ours, plain in pairs)
	figure(
		"order_import_ratio",
		median(ours.seconds / plain.seconds for ours, plain in pairs),
		budget=0.45,
		detail=f"{ours * 1000:.0f} ms and {pairs[0][0].queries:.0f} queries per imported order, "
		f"{plain * 1000:.0f} ms and {pairs[0][1].queries:.0f} per plain insert and submit; "
		f"processor time {cpu:.2f}; medians of {len(pairs)} blocks of {BLOCK} two-line orders in turn",
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
