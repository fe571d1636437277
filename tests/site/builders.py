"""What the site tests stand on: books, goods, shops and orders, made as people and marketplaces make them.

Jobs commit, so nothing here is rolled back: every test has a shop and items of its own, and `remove_shop`
takes the shop away again with everything of ours that hangs on it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import frappe
from frappe.model.document import Document

from crm_marketplace.integrations import registry
from crm_marketplace.integrations.connector import Connector, ConnectorInfo
from crm_marketplace.integrations.errors import ContractError
from crm_marketplace.integrations.records import (
	Cancellation,
	Fetched,
	Money,
	Order,
	OrderLine,
	OrderStatus,
	Scheme,
)
from crm_marketplace.sandbox import Sandbox
from crm_marketplace.sync import clock, connection, jobs, locks, matching, reader
from crm_marketplace.sync.orders import process
from crm_marketplace.sync.orders.store import store_page
from crm_marketplace.sync.runs import Run
from crm_marketplace.sync.shops import credential_slots, get_shop
from tests.harness.committing import commit

MARKETPLACE = "Ozon"
CHANNEL = "1020000111222"  # the channel warehouse of shops without a sandbox
ORDERED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=timezone.utc)  # half past twelve in Moscow
SHIP_BY = datetime(2026, 3, 4, 12, 0, tzinfo=timezone.utc)
VAT = 20

_numbers = itertools.count(1)


def unique(prefix: str) -> str:
	"""A name no other test has."""
	return f"{prefix}-{frappe.generate_hash(length=6)}-{next(_numbers)}"


# --- books -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Books:
	"""What a shop needs of one company."""

	company: str
	warehouse: str
	other_warehouse: str
	taxes: str
	rounding_account: str
	charges_account: str
	price_list: str = "Standard Selling"


def open_books(company: str) -> Books:
	"""The warehouses, accounts and taxes template shops of `company` use. Made once, committed."""
	books = Books(
		company=company,
		warehouse=make_warehouse(company, "Test Goods"),
		other_warehouse=make_warehouse(company, "Test Other Goods"),
		taxes=make_taxes(company, VAT, included=True),
		rounding_account=_account(company, "Round Off"),
		charges_account=_account(company, "Freight and Forwarding Charges"),
	)
	commit()
	return books


def make_company(name: str, abbr: str) -> str:
	"""Another company with a chart of accounts of its own; made once, committed."""
	if not frappe.db.exists("Company", name):
		frappe.get_doc(
			doctype="Company",
			company_name=name,
			abbr=abbr,
			default_currency="RUB",
			country="Russian Federation",
			chart_of_accounts="Standard",
		).insert()
		commit()
	return name


def make_warehouse(company: str, title: str | None = None) -> str:
	title = title or unique("Warehouse")
	name = f"{title} - {frappe.get_cached_value('Company', company, 'abbr')}"
	if not frappe.db.exists("Warehouse", name):
		frappe.get_doc(doctype="Warehouse", warehouse_name=title, company=company).insert()
	return name


def make_taxes(company: str, rate: float, *, included: bool) -> str:
	"""A taxes template with VAT that is part of the price, as prices of marketplaces are, or on top of it."""
	title = f"VAT {rate} % {'included' if included else 'on top'}"
	name = frappe.db.exists("Sales Taxes and Charges Template", {"title": title, "company": company})
	if name:
		return name
	account = frappe.db.get_value("Account", {"company": company, "account_type": "Tax", "is_group": 0})
	doc = frappe.get_doc(
		doctype="Sales Taxes and Charges Template",
		title=title,
		company=company,
		taxes=[
			{
				"charge_type": "On Net Total",
				"account_head": account,
				"description": title,
				"rate": rate,
				"included_in_print_rate": int(included),
			}
		],
	)
	return doc.insert().name


def _account(company: str, title: str) -> str:
	return frappe.db.get_value("Account", {"company": company, "account_name": title, "is_group": 0})


# --- goods -----------------------------------------------------------------------------------------


def make_item(code: str | None = None, **fields: Any) -> str:
	"""A stock item of its own. Returns its code."""
	code = code or unique("ITEM")
	values = {"item_name": code, "item_group": "Products", "stock_uom": "Nos", "is_stock_item": 1, **fields}
	return frappe.get_doc(doctype="Item", item_code=code, **values).insert().name


def make_stock(company: str, quantities: Mapping[str, float], warehouse: str) -> None:
	"""Receive goods: item code → units. Committed."""
	entry = frappe.get_doc(
		doctype="Stock Entry",
		stock_entry_type="Material Receipt",
		company=company,
		items=[
			{"item_code": code, "qty": quantity, "t_warehouse": warehouse, "basic_rate": 10}
			for code, quantity in quantities.items()
		],
	)
	entry.docstatus = 1
	entry.insert()
	commit()


def make_listing(shop: str, offer_id: str, item: str | None = None, **fields: Any) -> str:
	"""A card of a shop, linked to an item where one is given. Returns its name."""
	values = {
		"external_id": unique("card"),
		"title": f"Card {offer_id}",
		"state": "Active",
		"publish_stock": 1,
		"stock_share": 100,
		**fields,
	}
	doc = frappe.get_doc(
		doctype="Marketplace Listing",
		shop=shop,
		marketplace=MARKETPLACE,
		offer_id=offer_id,
		item=item,
		**values,
	)
	return doc.insert().name


def make_goods(shop: str, **fields: Any) -> str:
	"""An item with a listing of the same code in the shop. Returns the code."""
	code = make_item(**fields)
	make_listing(shop, code, code)
	return code


# --- shops -----------------------------------------------------------------------------------------


def make_shop(books: Books, sandbox: Sandbox | None = None, **fields: Any) -> str:
	"""A shop that imports orders of every date, with its warehouses mapped. Committed; returns its name.

	Args:
		sandbox: whom it talks to; without one it has a channel warehouse and no connection.
		fields: of Marketplace Shop; `warehouses` replaces the mapping.
	"""
	doc = frappe.new_doc("Marketplace Shop")
	doc.update(
		{
			"shop_name": unique("Shop"),
			"marketplace": MARKETPLACE,
			"company": books.company,
			"selling_price_list": books.price_list,
			"taxes_and_charges": books.taxes,
			"order_start_date": "2020-01-01",
			"server_address": sandbox.url if sandbox else None,
		}
	)
	if sandbox:
		doc.marketplace = sandbox.marketplace.name
	set_credentials(doc, sandbox.credentials if sandbox else {"client_id": "1", "api_key": "no-such-key"})
	if not sandbox:
		doc.append("warehouses", channel_warehouse(CHANNEL, books.warehouse))
	doc.update(fields)
	doc.insert()
	if sandbox and "warehouses" not in fields:
		map_warehouses(doc.name, books.warehouse, publish=sandbox.warehouse_ids("FBS")[:1])
	commit()
	return doc.name


def connector_class() -> type[Connector]:
	return registry.get(MARKETPLACE)


def connector_info() -> ConnectorInfo:
	return connector_class().info


def set_credentials(doc: Document, credentials: Mapping[str, str]) -> None:
	"""Fill in the key of a shop's document, as pasting it into the form does."""
	slots = credential_slots(registry.get(doc.marketplace).info)
	for name, value in credentials.items():
		doc.set(slots[name], value)


def change_key(shop: str, credentials: Mapping[str, str]) -> None:
	change_shop(shop, lambda doc: set_credentials(doc, credentials))


def channel_warehouse(channel: str, warehouse: str | None, **fields: Any) -> dict[str, Any]:
	"""A row of the shop's warehouse mapping."""
	return {
		"channel_warehouse_id": channel,
		"channel_warehouse_name": f"Channel {channel}",
		"scheme": "FBS",
		"warehouse": warehouse,
		"publish_stock": 1,
		"is_active": 1,
		**fields,
	}


def map_warehouses(shop: str, warehouse: str, *, publish: Sequence[str]) -> None:
	"""Fetch the channel's warehouses and map all of them to one ERPNext warehouse.

	Args:
		publish: channel warehouses that get stock; orders come from all.
	"""
	connection.fetch_warehouses(get_shop(shop))

	def change(doc: Document) -> None:
		for row in doc.warehouses:
			row.warehouse = warehouse
			row.publish_stock = int(row.channel_warehouse_id in publish)

	change_shop(shop, change)


def change_shop(shop: str, change: Callable[[Document], None] | None = None, **fields: Any) -> None:
	"""Save a shop with other values, as its form does. Committed."""
	doc = frappe.get_doc("Marketplace Shop", shop)
	doc.update(fields)
	if change:
		change(doc)
	doc.save()
	commit()


def set_policy(shop: str, policy: Mapping[OrderStatus, tuple[str, str, str]]) -> None:
	"""Status → how far the Sales Order, the Delivery Note and the Sales Invoice go."""

	def change(doc: Document) -> None:
		for row in doc.status_policy:
			if wanted := policy.get(OrderStatus(row.order_status)):
				row.sales_order, row.delivery_note, row.sales_invoice = wanted

	change_shop(shop, change)


def switch_streams(shop: str, **streams: int) -> None:
	"""Stream → 1 to switch it on, 0 to switch it off."""

	def change(doc: Document) -> None:
		for row in doc.streams:
			row.enabled = streams.get(row.stream, row.enabled)

	change_shop(shop, change)


def remove_shop(shop: str) -> None:
	"""Take a shop away with everything of ours that hangs on it, and the Sales Orders made for it."""
	frappe.db.rollback()
	# Sandboxes sell the same goods each time: the next shop must not find this one's items by their barcodes.
	items = frappe.get_all("Marketplace Listing", filters={"shop": shop}, pluck="item")
	frappe.db.delete("Item Barcode", {"parent": ("in", list(filter(None, items)) or [""])})
	for doctype, field in (
		("Sales Order", "marketplace_shop"),
		("Marketplace Return", "shop"),
		("Marketplace Review", "shop"),
		("Marketplace Order", "shop"),
		("Marketplace Listing", "shop"),
		("Marketplace Sync Log", "shop"),
		("Marketplace Shop", "name"),
	):
		names = frappe.get_all(doctype, filters={field: shop}, pluck="name")
		if names:
			_remove(doctype, names)
	for doctype in ("Marketplace Stock Level", "Marketplace Stream"):
		frappe.db.delete(doctype, {"shop": shop})
	frappe.db.delete("__Auth", {"doctype": "Marketplace Shop", "name": shop})
	commit()


def _remove(doctype: str, names: list[str]) -> None:
	for table in frappe.get_meta(doctype).get_table_fields():
		frappe.db.delete(table.options, {"parent": ("in", names), "parenttype": doctype})
	for other, kind, name in (
		("ToDo", "reference_type", "reference_name"),
		("Notification Log", "document_type", "document_name"),
		("Email Queue", "reference_doctype", "reference_name"),
	):
		frappe.db.delete(other, {kind: doctype, name: ("in", names)})
	frappe.db.delete(doctype, {"name": ("in", names)})


# --- orders ----------------------------------------------------------------------------------------


def money(amount: str | int | Decimal, currency: str = "RUB") -> Money:
	return Money(amount=Decimal(str(amount)), currency=currency)


def line(
	offer_id: str,
	quantity: str | int = 1,
	price: str | int = "100.00",
	*,
	currency: str = "RUB",
	**fields: Any,
) -> OrderLine:
	"""A line of an order; the price is per unit, tax included."""
	values = {"line_id": f"line-{offer_id}", "title": f"Goods {offer_id}", **fields}
	return OrderLine(
		offer_id=offer_id, quantity=Decimal(str(quantity)), price=money(price, currency), **values
	)


def make_order(*lines: OrderLine, **fields: Any) -> Order:
	"""An order as a connector gives it: FBS, waiting for packing, in the shop's only channel warehouse."""
	number = fields.pop("external_id", None) or unique("40001234")
	values: dict[str, Any] = {
		"external_id": number,
		"order_number": number.rpartition("-")[0],
		"status": OrderStatus.AWAITING_PACKING,
		"vendor_status": "awaiting_packaging",
		"scheme": Scheme.FBS,
		"currency": lines[0].price.currency if lines else "RUB",
		"created_at": ORDERED_AT,
		"ship_by": SHIP_BY,
		"warehouse_id": CHANNEL,
		**fields,
	}
	return Order(lines=lines, **values)


def changed(order: Order, **fields: Any) -> Order:
	"""The same order as the marketplace tells it later."""
	return order.model_copy(update=fields)


def cancelled(order: Order, *, after_shipping: bool = False) -> Order:
	return changed(
		order,
		status=OrderStatus.CANCELLED,
		vendor_status="cancelled",
		cancellation=Cancellation(
			reason="The buyer changed his mind", initiator="client", after_shipping=after_shipping
		),
	)


def fetched(order: Order, raw: Any = None) -> Fetched[Order]:
	return Fetched(order.external_id, raw or {"posting_number": order.external_id}, record=order)


def unreadable(external_id: str, **payload: Any) -> Fetched[Order]:
	"""An order whose payload does not fit."""
	error = ContractError(field="in_process_at", value_kind="nothing", record_id=external_id)
	return Fetched(external_id, {"posting_number": external_id, **payload}, error=error)


def store(shop: str, *orders: Order | Fetched[Order]) -> None:
	"""Store orders as a run does with a page, and commit."""
	items = [order if isinstance(order, Fetched) else fetched(order) for order in orders]
	store_page(get_shop(shop), items)
	commit()


def process_all(shop: str) -> Run:
	"""Process what waits. Returns the run with its counts."""
	run = Run(shop, "orders", "Button")
	process.process_pending(get_shop(shop), run)
	commit()
	return run


def take_in(shop: str, *orders: Order | Fetched[Order]) -> Any:
	"""Store and process orders. Returns the row of Marketplace Order, a list of them for several orders."""
	store(shop, *orders)
	process_all(shop)
	rows = [order_row(shop, order.external_id) for order in orders]
	return rows[0] if len(rows) == 1 else rows


def order_row(shop: str, external_id: str) -> frappe._dict:
	return order_rows(shop, external_id=external_id)[0]


def order_rows(shop: str, **filters: Any) -> list[frappe._dict]:
	return frappe.get_all(
		"Marketplace Order", filters={"shop": shop, **filters}, fields=["*"], order_by="external_id"
	)


def sales_orders(shop: str, **filters: Any) -> list[frappe._dict]:
	"""Sales Orders of a shop, oldest first."""
	return frappe.get_all(
		"Sales Order",
		filters={"marketplace_shop": shop, **filters},
		fields=["*"],
		order_by="creation, name",
	)


def only_sales_order(shop: str) -> Document:
	"""The one Sales Order a shop has."""
	(row,) = sales_orders(shop)
	return frappe.get_doc("Sales Order", row.name)


def events_of(order: str) -> list[str]:
	"""What happened to an order, in the order it happened."""
	return frappe.get_all(
		"Marketplace Order Event",
		filters={"parent": order, "parenttype": "Marketplace Order"},
		order_by="happened_at, idx",
		pluck="event",
	)


def open_tasks(doctype: str, name: str) -> list[str]:
	return frappe.get_all(
		"ToDo", filters={"reference_type": doctype, "reference_name": name, "status": "Open"}, pluck="name"
	)


# --- runs ------------------------------------------------------------------------------------------


def run(shop: str, stream: str, started_by: str = "Button") -> Any:
	"""Run one job of a stream in this process. Returns its Marketplace Sync Log, None when it did not run."""
	log = jobs.run_stream(shop, stream, started_by)
	return frappe.get_doc("Marketplace Sync Log", log) if log else None


@contextmanager
def lock_of_another_worker(shop: str, stream: str) -> Iterator[None]:
	"""Another worker runs this stream. It dies at the end."""
	with reader.reading() as other:
		other.sql("select get_lock(%s, 0)", locks._name((shop, stream)))
		yield


def stream_row(shop: str, stream: str) -> frappe._dict:
	return frappe.get_all("Marketplace Stream", filters={"shop": shop, "stream": stream}, fields=["*"])[0]


def clock_text(**ahead: float) -> str:
	"""A cursor so far ahead of now."""
	return clock.to_text(clock.utc_now() + timedelta(**ahead))


def logs(shop: str, **filters: Any) -> list[frappe._dict]:
	return frappe.get_all(
		"Marketplace Sync Log", filters={"shop": shop, **filters}, fields=["*"], order_by="creation"
	)


def error_sentences(log: Document) -> list[str]:
	return [row.sentence for row in log.errors]


def link_all(shop: str) -> list[str]:
	"""Make an Item for every listing of a shop that has none. Returns all its items."""
	for listing in frappe.get_all(
		"Marketplace Listing",
		filters={
			"shop": shop,
			"match_status": ("in", ("Unmatched", "Suggested")),
			"state": ("!=", "Archived"),
		},
		pluck="name",
	):
		matching.create_item(listing, item_code=unique("ITEM"), item_group="Products")
	commit()
	return frappe.get_all(
		"Marketplace Listing", filters={"shop": shop, "match_status": "Matched"}, pluck="item"
	)


def levels(shop: str, **filters: Any) -> list[frappe._dict]:
	return frappe.get_all(
		"Marketplace Stock Level",
		filters={"shop": shop, **filters},
		fields=["*"],
		order_by="offer_id, channel_warehouse_id",
	)


def let_time_pass(shop: str, by: timedelta = timedelta(hours=25)) -> None:
	"""Set the clock of a shop's stock levels back, as if what was sent or refused were so long ago."""
	for row in levels(shop):
		values = {
			field: row[field] - by for field in ("sent_at", "next_attempt_at") if row[field] is not None
		}
		frappe.db.set_value("Marketplace Stock Level", row.name, values, update_modified=False)
	commit()


def snapshot(shop: str) -> dict[str, list]:
	"""Everything a second run must leave as it is: rows with their `modified`, by DocType."""
	found: dict[str, list] = {}
	for doctype, field in (
		("Marketplace Order", "shop"),
		("Marketplace Listing", "shop"),
		("Marketplace Stock Level", "shop"),
		("Sales Order", "marketplace_shop"),
	):
		found[doctype] = frappe.get_all(
			doctype, filters={field: shop}, fields=["name", "modified"], order_by="name", as_list=True
		)
	orders = [name for name, _modified in found["Marketplace Order"]]
	for child in ("Marketplace Order Line", "Marketplace Order Event"):
		found[child] = frappe.get_all(
			child, filters={"parent": ("in", orders or [""])}, pluck="name", order_by="name"
		)
	return found
