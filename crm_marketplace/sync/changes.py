"""Goods moved in ERPNext: which shops have to be told, soon and once.

Documents put their items into a set in Redis when they are committed; the minute tick, or the end of an
order run, turns the set into one stock run per shop concerned. Ten thousand ledger lines make one run.
"""

from __future__ import annotations

from collections.abc import Iterable

import frappe
from frappe.model.document import Document
from redis.exceptions import RedisError

from crm_marketplace.sync import announce

CHANGED = "marketplace_changed_items"
OF_SHOP = "marketplace_changed_items_of_shop"
UNSENT = "marketplace_shops_with_unsent_stock"
STARTED_BY = "Change"
# Of the documents in the hooks: what they sell, pack, need for production, and give to subcontractors.
TABLES = ("items", "packed_items", "required_items", "mr_items", "supplied_items")


def mark_document(doc: Document, method: str | None = None) -> None:
	"""Hook of the documents that move, order or reserve goods."""
	rows = [row for table in TABLES for row in doc.get(table) or ()]
	# The supplied goods of subcontracting are in another field than all others.
	codes = {row.get(field) for row in rows for field in ("item_code", "rm_item_code")}
	mark(codes | {doc.get("item_code"), doc.get("production_item")})


def mark(items: Iterable[str | None]) -> None:
	"""Remember items whose stock changed, once the transaction is committed."""
	codes = sorted({code for code in items if code})
	if codes:
		frappe.db.after_commit.add(lambda: _remember(codes))


def _remember(codes: list[str]) -> None:
	try:
		frappe.cache.sadd(CHANGED, *codes)
	except RedisError:
		# Somebody's document is saved and must not fail for this: the regular stock run looks at all items.
		frappe.logger("marketplace").warning("changed items could not be remembered", exc_info=True)


def dispatch() -> list[str]:
	"""Queue a stock run for each shop that lists what changed. Returns the shops; none while Redis is down."""
	try:
		items = take_set(CHANGED)
	except RedisError:
		frappe.logger("marketplace").warning("changed items could not be read", exc_info=True)
		return []
	if not items:
		return []
	announce.tell([announce.Happening("stock_moved", "Item", item) for item in sorted(items)])
	from crm_marketplace.sync import scheduler  # the scheduler's tick calls this

	by_shop: dict[str, set[str]] = {}
	for shop, item in _listed(items):
		by_shop.setdefault(shop, set()).add(item)
	for shop, codes in by_shop.items():
		frappe.cache.sadd(f"{OF_SHOP}:{shop}", *codes)
		scheduler.enqueue(shop, "stock", started_by=STARTED_BY)
	return sorted(by_shop)


def send_later(shop: str) -> None:
	"""Numbers of the shop could not be sent yet: the next tick queues a run for them."""
	try:
		frappe.cache.sadd(UNSENT, shop)
	except RedisError:
		# The numbers are kept as pending, and the regular stock run sends them.
		frappe.logger("marketplace").warning("unsent stock could not be remembered", exc_info=True)


def send_unsent() -> list[str]:
	"""Queue a stock run for each shop that could not send everything. Returns the shops. One query, none
	where nothing waits."""
	try:
		waiting = take_set(UNSENT)
	except RedisError:
		frappe.logger("marketplace").warning("unsent stock could not be read", exc_info=True)
		return []
	if not waiting:
		return []
	from crm_marketplace.sync import scheduler  # the scheduler's tick calls this

	shops = frappe.get_all(
		"Marketplace Stream",
		filters={"shop": ("in", sorted(waiting)), "stream": "stock", "enabled": 1},
		pluck="shop",
		order_by="shop",
	)
	for shop in shops:
		scheduler.enqueue(shop, "stock", started_by=STARTED_BY)
	return shops


def take_for(shop: str) -> set[str]:
	"""Items that changed since the shop's last stock run began."""
	return take_set(f"{OF_SHOP}:{shop}")


def has_more(shop: str) -> bool:
	"""Whether something changed while the run was under way."""
	return bool(frappe.cache.scard(frappe.cache.make_key(f"{OF_SHOP}:{shop}")))


def listings_of(shop: str, items: Iterable[str]) -> list[str]:
	"""Listings of a shop that sell these items, alone or in a kit. Two queries."""
	codes = list(items)
	own = frappe.get_all("Marketplace Listing", filters={"shop": shop, "item": ("in", codes)}, pluck="name")
	listing = frappe.qb.DocType("Marketplace Listing")
	part = frappe.qb.DocType("Marketplace Listing Component")
	kits = (
		frappe.qb.from_(part)
		.inner_join(listing)
		.on(listing.name == part.parent)
		.select(listing.name)
		.distinct()
		.where(part.parenttype == "Marketplace Listing")
		.where(listing.shop == shop)
		.where(part.item.isin(codes))
	).run(pluck=True)
	return sorted({*own, *kits})


def take_set(key: str) -> set[str]:
	"""Empty a set in Redis at once and return it: what comes later waits for the next time."""
	full = frappe.cache.make_key(key)
	with frappe.cache.pipeline(transaction=True) as pipe:
		pipe.smembers(full)
		pipe.delete(full)
		members, _deleted = pipe.execute()
	return {member.decode() if isinstance(member, bytes) else member for member in members}


# --- inside ----------------------------------------------------------------------------------------


def _listed(items: set[str]) -> list[tuple[str, str]]:
	"""(shop, item) of enabled stock streams that sell one of the items. Two queries."""
	listing = frappe.qb.DocType("Marketplace Listing")
	part = frappe.qb.DocType("Marketplace Listing Component")
	stream = frappe.qb.DocType("Marketplace Stream")
	codes = list(items)
	active = (stream.shop == listing.shop) & (stream.stream == "stock") & (stream.enabled == 1)
	alone = (
		frappe.qb.from_(listing)
		.inner_join(stream)
		.on(active)
		.select(listing.shop, listing.item)
		.distinct()
		.where(listing.item.isin(codes))
		.where(listing.match_status == "Matched")
		.where(listing.publish_stock == 1)
	).run()
	kits = (
		frappe.qb.from_(part)
		.inner_join(listing)
		.on(listing.name == part.parent)
		.inner_join(stream)
		.on(active)
		.select(listing.shop, part.item)
		.distinct()
		.where(part.parenttype == "Marketplace Listing")
		.where(part.item.isin(codes))
		.where(listing.publish_stock == 1)
	).run()
	return [*alone, *kits]
