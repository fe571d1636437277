"""Daily: how fast everything sells, and what that means for each listing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal

import frappe
from frappe.query_builder.functions import Avg, Coalesce, Sum
from pypika import Case

from crm_marketplace.integrations.records import OrderStatus
from crm_marketplace.rules.stock import Component
from crm_marketplace.rules.velocity import DAYS, automatic_buffer, sold_within, speed
from crm_marketplace.sync import clock
from crm_marketplace.sync.streams import DEFAULT_INTERVALS


def daily() -> int:
	"""Scheduler: bring `auto_buffer` of all listings up to date. Returns how many changed.

	The number of queries does not grow with orders or listings: one UPDATE for each different number.
	"""
	lags = shop_lags()
	speeds = item_speeds()
	wanted: dict[str, int] = {}
	for name, shop, components in _listings(_fast(speeds, lags.values())):
		buffer = automatic_buffer(sold_within(lags.get(shop, timedelta(0)), components, speeds))
		if buffer:
			wanted[name] = buffer
	current = dict(
		frappe.get_all(
			"Marketplace Listing",
			filters={"auto_buffer": (">", 0)},
			fields=["name", "auto_buffer"],
			as_list=True,
		)
	)
	changed: dict[int, list[str]] = {}
	for name in current.keys() | wanted.keys():
		if current.get(name, 0) != wanted.get(name, 0):
			changed.setdefault(wanted.get(name, 0), []).append(name)
	for buffer, names in changed.items():
		frappe.db.set_value(
			"Marketplace Listing", {"name": ("in", names)}, {"auto_buffer": buffer}, update_modified=False
		)
	return sum(len(names) for names in changed.values())


def item_speeds() -> dict[str, Decimal]:
	"""Item → stock units sold a day, over all shops, by the orders of the last weeks. One query."""
	order = frappe.qb.DocType("Marketplace Order")
	line = frappe.qb.DocType("Marketplace Order Line")
	listing = frappe.qb.DocType("Marketplace Listing")
	part = frappe.qb.DocType("Marketplace Listing Component")
	item = Case().when(listing.is_kit == 1, part.item).else_(listing.item)
	rows = (
		frappe.qb.from_(order)
		.inner_join(line)
		.on((line.parent == order.name) & (line.parenttype == "Marketplace Order"))
		.inner_join(listing)
		.on(
			(listing.shop == order.shop)
			& (listing.offer_id == line.offer_id)
			& (listing.match_status == "Matched")
		)
		.left_join(part)
		.on(
			(part.parent == listing.name) & (part.parenttype == "Marketplace Listing") & (listing.is_kit == 1)
		)
		.select(item, Sum(line.quantity * Coalesce(part.qty, 1)))
		.where(order.ordered_at >= clock.site_now() - timedelta(days=DAYS))
		.where(order.status != OrderStatus.CANCELLED.value)
		.groupby(item)
	).run()
	return {code: speed(Decimal(str(units))) for code, units in rows if code and units}


def shop_lags() -> dict[str, timedelta]:
	"""Shop → how old its stock may be: the time between two stock runs, and how long one usually takes."""
	intervals = dict(
		frappe.get_all(
			"Marketplace Stream",
			filters={"stream": "stock", "enabled": 1},
			fields=["shop", "interval_minutes"],
			as_list=True,
		)
	)
	log = frappe.qb.DocType("Marketplace Sync Log")
	lengths = dict(
		(
			frappe.qb.from_(log)
			.select(log.shop, Avg(log.seconds))
			.where(log.stream == "stock")
			.where(log.status.isin(("Success", "Partial")))
			.where(log.started_at >= clock.site_now() - timedelta(days=1))
			.groupby(log.shop)
		).run()
	)
	return {
		shop: timedelta(minutes=minutes or DEFAULT_INTERVALS["stock"], seconds=float(lengths.get(shop) or 0))
		for shop, minutes in intervals.items()
	}


# --- inside ----------------------------------------------------------------------------------------


def _fast(speeds: Mapping[str, Decimal], lags: Iterable[timedelta]) -> list[str]:
	"""Items of which a listing may sell more than one unit within a lag: as a rule few of all."""
	longest = max(lags, default=timedelta(0))
	return [item for item in speeds if sold_within(longest, (Component(item),), speeds) > 1]


def _listings(items: list[str]) -> Iterable[tuple[str, str, list[Component]]]:
	"""Name, shop and goods of the listings that sell one of the items. Three queries."""
	if not items:
		return
	for row in frappe.get_all(
		"Marketplace Listing",
		filters={"item": ("in", items), "match_status": "Matched", "is_kit": 0},
		fields=["name", "shop", "item"],
	):
		yield row.name, row.shop, [Component(row.item)]
	sets = frappe.get_all(
		"Marketplace Listing Component",
		filters={"item": ("in", items), "parenttype": "Marketplace Listing"},
		pluck="parent",
	)
	listing = frappe.qb.DocType("Marketplace Listing")
	part = frappe.qb.DocType("Marketplace Listing Component")
	components: dict[tuple[str, str], list[Component]] = {}
	for name, shop, item, qty in (
		frappe.qb.from_(listing)
		.inner_join(part)
		.on((part.parent == listing.name) & (part.parenttype == "Marketplace Listing"))
		.select(listing.name, listing.shop, part.item, part.qty)
		.where(listing.name.isin(sets or [""]))
		.where(listing.is_kit == 1)
		.where(listing.match_status == "Matched")
	).run():
		components.setdefault((name, shop), []).append(Component(item, Decimal(str(qty))))
	for (name, shop), parts in components.items():
		yield name, shop, parts
