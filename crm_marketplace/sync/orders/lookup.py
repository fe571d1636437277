"""What the site knows, read for a batch of orders in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

import frappe

from crm_marketplace.integrations.records import Order, OrderStatus
from crm_marketplace.rules.holds import Hold
from crm_marketplace.rules.orders import (
	DEFAULT_POLICY,
	DocState,
	Known,
	MappedItem,
	ShopRules,
	StatusPolicy,
	Wanted,
)
from crm_marketplace.sync import clock
from crm_marketplace.sync.shops import Shop

Mapping_ = Mapping[str, tuple[MappedItem, ...]]
DOC_STATES = {0: DocState.DRAFT, 1: DocState.SUBMITTED, 2: DocState.CANCELLED}


def map_offers(shop: str, offer_ids: Iterable[str]) -> dict[str, tuple[MappedItem, ...]]:
	"""Offer id → items, for offers somebody linked; others are missing. At most four queries.

	An offer whose listing was not pulled yet is taken for the Item of exactly that code, as matching would.
	"""
	offers = list(dict.fromkeys(offer_ids))
	if not offers:
		return {}
	listings = frappe.get_all(
		"Marketplace Listing",
		filters={"shop": shop, "offer_id": ("in", offers)},
		fields=["name", "offer_id", "item", "is_kit", "match_status"],
	)
	matched = [row for row in listings if row.match_status == "Matched"]
	components = _components([row.name for row in matched if row.is_kit])
	seen = {row.offer_id for row in listings}
	codes = {part.item for parts in components.values() for part in parts}
	codes |= {row.item for row in matched if row.item} | {offer for offer in offers if offer not in seen}
	items = _items(codes)
	found: dict[str, tuple[MappedItem, ...]] = {}
	for row in matched:
		parts = components.get(row.name) if row.is_kit else [frappe._dict(item=row.item, qty=1, rate_share=0)]
		mapped = tuple(_mapped(part, items) for part in parts or () if part.item in items)
		if mapped and len(mapped) == len(parts):
			found[row.offer_id] = mapped
	for offer in offers:
		if offer not in seen and offer in items:
			found[offer] = (_mapped(frappe._dict(item=offer, qty=1, rate_share=0), items),)
	return found


def known_states(rows: Sequence[Mapping], told: Mapping[str, Order]) -> dict[str, Known]:
	"""Marketplace Order name → what is true in ERPNext. Three queries.

	Args:
		rows: of Marketplace Order, with the fields of `process.FIELDS`.
		told: Marketplace Order name → what the marketplace says now.
	"""
	orders = _documents(
		"Sales Order",
		rows,
		"sales_order",
		("docstatus", "per_delivered", "per_billed", "per_picked", "status"),
	)
	notes = _documents("Delivery Note", rows, "delivery_note", ("docstatus",))
	invoices = _documents("Sales Invoice", rows, "sales_invoice", ("docstatus",))
	return {row["name"]: _known(row, told.get(row["name"]), orders, notes, invoices) for row in rows}


def shop_rules(shop: Shop) -> ShopRules:
	"""The shop's settings as rules. A constant number of queries."""
	doc = shop.doc
	warehouses: dict[str, str | None] = {}
	for row in doc.warehouses:
		warehouses[row.channel_warehouse_id] = (
			warehouses.get(row.channel_warehouse_id) or row.warehouse or None
		)
	mapped = [warehouse for warehouse in warehouses.values() if warehouse]
	company_currency = frappe.get_cached_value("Company", doc.company, "default_currency")
	return ShopRules(
		company_currency=company_currency,
		policy=status_policy(doc),
		warehouses=warehouses,
		default_warehouse=mapped[0] if len(set(mapped)) == 1 else None,
		start=clock.start_of_day_utc(doc.order_start_date),
		currencies=_bookable_currencies(company_currency),
		problems=tuple(_shop_problems(doc)),
		has_charges_account=bool(doc.charges_account),
		items_may_repeat=bool(frappe.db.get_single_value("Selling Settings", "allow_multiple_items")),
	)


def status_policy(doc) -> dict[OrderStatus, StatusPolicy]:
	"""The shop's table; statuses without a row make what the default says."""
	policy = dict(DEFAULT_POLICY)
	for row in doc.status_policy:
		policy[OrderStatus(row.order_status)] = StatusPolicy(
			sales_order=Wanted.read(row.sales_order),
			delivery_note=Wanted.read(row.delivery_note),
			sales_invoice=Wanted.read(row.sales_invoice),
		)
	return policy


def read_orders(rows: Iterable[Mapping]) -> dict[str, Order]:
	"""Marketplace Order name → its record; rows without a readable record are missing."""
	return {row["name"]: Order.model_validate_json(row["record"]) for row in rows if row["record"]}


# --- inside ----------------------------------------------------------------------------------------


def _components(listings: list[str]) -> dict[str, list[frappe._dict]]:
	if not listings:
		return {}
	found: dict[str, list[frappe._dict]] = {}
	for row in frappe.get_all(
		"Marketplace Listing Component",
		filters={"parent": ("in", listings), "parenttype": "Marketplace Listing"},
		fields=["parent", "item", "qty", "rate_share"],
		order_by="parent, idx",
	):
		found.setdefault(row.parent, []).append(row)
	return found


def _items(codes: Iterable[str]) -> dict[str, frappe._dict]:
	codes = [code for code in codes if code]
	if not codes:
		return {}
	rows = frappe.get_all(
		"Item",
		filters={"name": ("in", codes)},
		fields=["name", "disabled", "has_variants", "stock_uom", "standard_rate", "end_of_life"],
	)
	whole = set(frappe.get_all("UOM", filters={"must_be_whole_number": 1}, pluck="name"))
	for row in rows:
		row.whole_units = row.stock_uom in whole
	return {row.name: row for row in rows}


def _mapped(part: frappe._dict, items: Mapping[str, frappe._dict]) -> MappedItem:
	item = items[part.item]
	return MappedItem(
		item_code=item.name,
		qty=Decimal(str(part.qty)),
		rate_share=Decimal(str(part.rate_share)) if part.rate_share else None,
		standard_rate=Decimal(str(item.standard_rate or 0)),
		is_disabled=bool(item.disabled),
		is_template=bool(item.has_variants),
		whole_units=bool(item.whole_units),
	)


def _documents(
	doctype: str, rows: Sequence[Mapping], field: str, columns: tuple[str, ...]
) -> dict[str, frappe._dict]:
	names = [row[field] for row in rows if row.get(field)]
	if not names:
		return {}
	found = frappe.get_all(doctype, filters={"name": ("in", names)}, fields=["name", *columns])
	return {row.name: row for row in found}


def _known(row: Mapping, told: Order | None, orders: Mapping, notes: Mapping, invoices: Mapping) -> Known:
	order = orders.get(row.get("sales_order"))
	started = bool(
		order
		and (
			order.per_delivered
			or order.per_billed
			or order.per_picked
			or order.status in ("Closed", "On Hold")
		)
	)
	return Known(
		sales_order=_state(order),
		delivery_note=_state(notes.get(row.get("delivery_note"))),
		sales_invoice=_state(invoices.get(row.get("sales_invoice"))),
		fingerprint=row.get("fingerprint") if order else None,
		ship_by=_deadline(row.get("document_ship_by"), told),
		is_started=started,
		is_delivered=bool(order and order.per_delivered >= 100),
		is_billed=bool(order and order.per_billed >= 100),
		was_shipped=bool(row.get("was_shipped")),
		is_ignored=row.get("state") == "Ignored",
		accepted_difference=bool(row.get("accepted_difference")),
	)


def _deadline(kept: datetime | None, told: Order | None) -> datetime | None:
	"""The deadline the Sales Order carries. The site keeps whole seconds of its own zone, so where that is
	the marketplace's moment, the moment itself: else it would seem to move with every look at it."""
	if told and kept and clock.to_site(told.ship_by) == kept:
		return told.ship_by
	return clock.to_utc(kept)


def _state(row: frappe._dict | None) -> DocState:
	return DOC_STATES[row.docstatus] if row else DocState.NONE


def _bookable_currencies(company_currency: str) -> frozenset[str]:
	"""Currencies with an exchange rate of their own: ERPNext's call of an outside service is no basis for
	booking orders by themselves."""
	rows = frappe.get_all(
		"Currency Exchange",
		filters={"to_currency": company_currency},
		pluck="from_currency",
		distinct=True,
	)
	return frozenset(rows)


def _shop_problems(doc) -> Iterable[Hold]:
	if not doc.selling_price_list:
		yield Hold("price_list_missing")
	else:
		row = frappe.get_cached_value(
			"Price List", doc.selling_price_list, ["enabled", "selling"], as_dict=True
		)
		if not row or not row.enabled or not row.selling:
			yield Hold("price_list_disabled", (doc.selling_price_list,))
	if doc.taxes_and_charges:
		row = frappe.get_cached_value(
			"Sales Taxes and Charges Template", doc.taxes_and_charges, ["disabled", "company"], as_dict=True
		)
		if not row or row.disabled or row.company != doc.company:
			yield Hold("taxes_missing", (doc.taxes_and_charges,))
