"""Every item in every shop: what is there, what is promised, what is published, and why these differ.

Seven queries whatever the number of listings; a page of them at a time.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

import frappe
from frappe import _
from frappe.utils import cint

from crm_marketplace.marketplace.report import scope
from crm_marketplace.marketplace.report.stock_words import explained, quantity
from crm_marketplace.rules.stock import ItemStock
from crm_marketplace.sync.messages import translated
from crm_marketplace.sync.stock.levels import UNKNOWN
from crm_marketplace.sync.stock.waiting import waiting_by_warehouse

PAGE = 5000
BIN_FIELDS = (
	"actual_qty",
	"reserved_qty",
	"reserved_stock",
	"reserved_qty_for_production",
	"reserved_qty_for_sub_contract",
	"reserved_qty_for_production_plan",
)
Place = tuple[str, str]  # shop, channel warehouse id


def execute(filters: dict | None = None) -> tuple:
	"""Columns, rows, message, chart and summary, as Frappe's script reports return them.

	Filters: company, shop, warehouse (ERPNext's), item_group (with those below it), item, only_differences,
	page (from 1).
	"""
	filters = frappe._dict(filters or {})
	places = _places(scope.shops(filters), filters.warehouse)
	listings = _listings(filters, places) if places else []
	shown = listings[:PAGE]
	levels = _levels([listing.name for listing in shown], places)
	goods = _Goods(shown, places)
	rows = [_row(listing, levels[listing.name], goods) for listing in shown]
	return _columns(), rows, _message(listings, filters), _chart(rows), _summary(rows)


# --- reading ---------------------------------------------------------------------------------------


def _places(shops: list[str], warehouse: str | None) -> dict[Place, list[str]]:
	"""Where the shops publish stock, and the ERPNext warehouses that count there."""
	filters = {
		"parenttype": "Marketplace Shop",
		"parent": ("in", shops or [""]),
		"warehouse": warehouse or ("is", "set"),
		"publish_stock": 1,
		"is_active": 1,
		"scheme": ("!=", "FBO"),
	}
	places: dict[Place, list[str]] = defaultdict(list)
	for row in frappe.get_all(
		"Marketplace Shop Warehouse",
		filters=filters,
		fields=["parent", "channel_warehouse_id", "warehouse"],
		order_by="parent, idx",
	):
		places[row.parent, row.channel_warehouse_id].append(row.warehouse)
	return dict(places)


def _listings(filters: frappe._dict, places: dict[Place, list[str]]) -> list[frappe._dict]:
	listing = frappe.qb.DocType("Marketplace Listing")
	item = frappe.qb.DocType("Item")
	query = (
		frappe.qb.from_(listing)
		.left_join(item)
		.on(item.name == listing.item)
		.select(
			listing.name,
			listing.shop,
			listing.title,
			listing.offer_id,
			listing.item,
			listing.is_kit,
			listing.publish_stock,
			item.item_name,
		)
		.where(listing.shop.isin(sorted({shop for shop, _channel in places})))
		.where(listing.match_status == "Matched")
		.where(listing.state != "Archived")
		.orderby(listing.item)
		.orderby(listing.offer_id)
		.orderby(listing.shop)
		.limit(PAGE + 1)
		.offset((max(1, cint(filters.page)) - 1) * PAGE)
	)
	if cint(filters.only_differences):
		query = query.where(listing.stock_state.isin(("Waiting", "Error")))
	if filters.item:
		query = query.where(listing.item == filters.item)
	if filters.item_group:
		left, right = frappe.get_cached_value("Item Group", filters.item_group, ["lft", "rgt"])
		group = frappe.qb.DocType("Item Group")
		inside = frappe.qb.from_(group).select(group.name).where((group.lft >= left) & (group.rgt <= right))
		query = query.where(item.item_group.isin(inside))
	return query.run(as_dict=True)


def _levels(listings: list[str], places: dict[Place, list[str]]) -> dict[str, list[frappe._dict]]:
	found: dict[str, list[frappe._dict]] = defaultdict(list)
	for level in frappe.get_all(
		"Marketplace Stock Level",
		filters={
			"listing": ("in", listings or [""]),
			"channel_warehouse_id": ("in", sorted({channel for _shop, channel in places}) or [""]),
		},
		fields=[
			"listing",
			"shop",
			"channel_warehouse_id",
			"desired",
			"confirmed",
			"remote",
			"believed",
			"drift_found_at",
			"pending",
			"explanation",
			"last_error",
			"next_attempt_at",
		],
	):
		if (level.shop, level.channel_warehouse_id) in places:
			found[level.listing].append(level)
	return found


class _Goods:
	"""What lies in the warehouses of the shops. Two queries."""

	def __init__(self, listings: list[frappe._dict], places: dict[Place, list[str]]) -> None:
		self._warehouses: dict[str, set[str]] = defaultdict(set)
		for (shop, _channel), warehouses in places.items():
			self._warehouses[shop].update(warehouses)
		everywhere = sorted(set().union(*self._warehouses.values()))
		items = sorted({listing.item for listing in listings if listing.item})
		self._waiting = waiting_by_warehouse(everywhere) if items else {}
		self._bins = {
			(row.item_code, row.warehouse): row
			for row in frappe.get_all(
				"Bin",
				filters={"item_code": ("in", items or [""]), "warehouse": ("in", everywhere or [""])},
				fields=["item_code", "warehouse", *BIN_FIELDS],
			)
		}

	def of(self, shop: str, item: str) -> ItemStock:
		"""An item over all warehouses of a shop."""
		total = [Decimal(0)] * 5
		for warehouse in self._warehouses[shop]:
			row = self._bins.get((item, warehouse), {})
			actual, ordered, reserved, *production = (
				Decimal(str(row.get(field) or 0)) for field in BIN_FIELDS
			)
			waiting = self._waiting.get((item, warehouse), Decimal(0))
			parts = (actual, ordered, reserved, sum(production, Decimal(0)), waiting)
			total = [one + other for one, other in zip(total, parts, strict=True)]
		return ItemStock(*total)


# --- telling ---------------------------------------------------------------------------------------


def _row(listing: frappe._dict, levels: list[frappe._dict], goods: _Goods) -> dict:
	numbers = {"on_hand": None, "reserved": None, "free": None}
	if listing.item:
		stock = goods.of(listing.shop, listing.item)
		numbers = {
			"on_hand": float(stock.on_hand),
			"reserved": float(stock.on_hand - stock.free),
			"free": float(stock.free),
		}
	desired, published = _sum(levels, "desired"), _sum(levels, "confirmed")
	kind = _kind(levels)
	return {
		"listing": listing.name,
		"title": listing.title,
		"offer_id": listing.offer_id,
		"shop": listing.shop,
		"item": listing.item,
		"item_name": listing.item_name
		or (_("Set", context="Marketplace Listing") if listing.is_kit else None),
		**numbers,
		"desired": desired,
		"published": published,
		"difference": (published or 0) - (desired or 0) if levels else None,
		"kind": kind,
		"reason": _reason(listing, levels, kind),
		"explanation": "; ".join(
			text for level in levels if (text := explained(level.explanation, level.desired))
		),
	}


def _sum(levels: list[frappe._dict], field: str) -> int | None:
	known = [level[field] for level in levels if level[field] != UNKNOWN]
	return sum(known) if known else None


def _kind(levels: list[frappe._dict]) -> str | None:
	waiting = [level for level in levels if level.pending]
	if any(level.last_error for level in waiting):
		return "Error"
	if any(level.drift_found_at for level in waiting):
		return "Drift"
	if waiting:
		return "Waiting"
	return "In Sync" if levels else None


def _reason(listing: frappe._dict, levels: list[frappe._dict], kind: str | None) -> str:
	"""Why the published number is not what it should be."""
	if not listing.publish_stock:
		return _("Stock of this listing is not published.")
	if kind is None:
		return _("No stock run computed it yet.")
	waiting = [level for level in levels if level.pending]
	if kind == "Error":
		return " ".join(dict.fromkeys(translated(level.last_error) for level in waiting if level.last_error))
	if kind == "Drift":
		level = next(level for level in waiting if level.drift_found_at)
		return _("The marketplace showed {0} where {1} was published.").format(
			level.remote, quantity(level.believed)
		)
	return _("The next stock run sends it.") if kind == "Waiting" else ""


def _columns() -> list[dict]:
	# Item is plain text: Frappe refuses a report for one Link to a DocType its reader has no right on.
	return [
		{
			"fieldname": "item",
			"label": _("Item", context="Marketplace Listing"),
			"fieldtype": "Data",
			"width": 130,
		},
		{
			"fieldname": "item_name",
			"label": _("Item Name", context="Marketplace Listing Component"),
			"fieldtype": "Data",
			"width": 180,
		},
		{
			"fieldname": "shop",
			"label": _("Shop"),
			"fieldtype": "Link",
			"options": "Marketplace Shop",
			"width": 150,
		},
		{
			"fieldname": "listing",
			"label": _("Listing"),
			"fieldtype": "Link",
			"options": "Marketplace Listing",
			"width": 130,
		},
		{
			"fieldname": "on_hand",
			"label": _("On Hand", context="Marketplace Stock Level"),
			"fieldtype": "Float",
			"width": 90,
		},
		{
			"fieldname": "reserved",
			"label": _("Reserved", context="Marketplace Stock Level"),
			"fieldtype": "Float",
			"width": 90,
		},
		{
			"fieldname": "free",
			"label": _("Free", context="Marketplace Stock Level"),
			"fieldtype": "Float",
			"width": 80,
		},
		{"fieldname": "desired", "label": _("Should Be"), "fieldtype": "Int", "width": 100},
		{"fieldname": "published", "label": _("Published"), "fieldtype": "Int", "width": 110},
		{"fieldname": "difference", "label": _("Difference"), "fieldtype": "Int", "width": 90},
		{"fieldname": "kind", "label": _("Stock State"), "fieldtype": "Data", "width": 110},
		{"fieldname": "reason", "label": _("Why They Differ"), "fieldtype": "Data", "width": 240},
		{"fieldname": "explanation", "label": _("Why this number"), "fieldtype": "Data", "width": 360},
		{"fieldname": "offer_id", "label": _("Offer ID"), "fieldtype": "Data", "width": 130},
	]


def _message(listings: list, filters: frappe._dict) -> str | None:
	page = max(1, cint(filters.page))
	if len(listings) > PAGE:
		return _("Page {0}, {1} rows a page. There is more: raise the page, or narrow the filters.").format(
			page, PAGE
		)
	return None


def _chart(rows: list[dict]) -> dict | None:
	"""Units that should be and are published, by shop."""
	desired: Counter[str] = Counter()
	published: Counter[str] = Counter()
	for row in rows:
		desired[row["shop"]] += row["desired"] or 0
		published[row["shop"]] += row["published"] or 0
	shops = sorted(shop for shop in desired if desired[shop] or published[shop])
	if not shops:
		return None
	return {
		"data": {
			"labels": shops,
			"datasets": [
				{"name": _("Should Be"), "values": [desired[shop] for shop in shops]},
				{"name": _("Published"), "values": [published[shop] for shop in shops]},
			],
		},
		"type": "bar",
		"colors": ["blue", "green"],
	}


def _summary(rows: list[dict]) -> list[dict]:
	kinds = Counter(row["kind"] for row in rows)
	differing = sum(bool(row["difference"]) for row in rows)
	return [
		{"label": _("Listings"), "value": len(rows), "datatype": "Int", "indicator": "blue"},
		{
			"label": _("Published differently"),
			"value": differing,
			"datatype": "Int",
			"indicator": "orange" if differing else "green",
		},
		{
			"label": _("Stock errors"),
			"value": kinds["Error"],
			"datatype": "Int",
			"indicator": "red" if kinds["Error"] else "green",
		},
	]
