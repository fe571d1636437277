"""Store orders as they come: one Marketplace Order each, written only when its digest changed.

Nothing here can fail on the content of an order: what cannot be read is stored too, on hold.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import frappe

from crm_marketplace.integrations.records import Address, Fetched, Order, OrderLine, OrderStatus, Party
from crm_marketplace.rules.triggers_values import changes_between
from crm_marketplace.sync import announce, clock, told
from crm_marketplace.sync.messages import pack
from crm_marketplace.sync.orders import listing_lines
from crm_marketplace.sync.orders.events import CHILD_FIELDS, add_events, child_values
from crm_marketplace.sync.shops import Shop
from crm_marketplace.sync.stock import moved
from crm_marketplace.sync.text import plain, plain_values

LINE_FIELDS = (
	"line_id",
	"offer_id",
	"title",
	"quantity",
	"price",
	"amount",
	"currency",
	"tax_rate",
	"requires_marking",
)
EXACT_FIELDS = frozenset({"order_number", "parent_external_id", "channel_warehouse_id", "tracking_number"})
UNREADABLE = "unreadable"
UNDERSTOOD_FIELDS = ("order_number", "status", "record")
INSERT_BYTES = 4 * 1024 * 1024  # of payloads in one INSERT, well under MariaDB's max_allowed_packet


@dataclass(frozen=True, slots=True)
class Stored:
	"""What became of a page."""

	created: int = 0
	updated: int = 0
	unchanged: int = 0
	unreadable: int = 0


def store_page(shop: Shop, items: Sequence[Fetched[Order]], log: str | None = None) -> Stored:
	"""Write a page of orders. Queries: three reads and two inserts, plus one update per changed order, and two
	for the stock of what was ordered.

	The caller commits, and only then moves the cursor.
	"""
	items = _last_of_each(items)
	if not items:
		return Stored()
	known = _known(shop.name, [item.external_id for item in items])
	fresh = [item for item in items if item.external_id not in known]
	changed = [
		item
		for item in items
		if item.external_id in known and known[item.external_id].digest != _digest(item)
	]
	offers = listing_lines.offers_of(shop.name, (item.record for item in (*fresh, *changed) if item.record))
	announce.created("Marketplace Order", _insert(shop, fresh, log, offers))
	lines = _stored_lines([known[item.external_id].name for item in changed if item.record])
	changes = {}
	for item in changed:
		row = known[item.external_id]
		changes[row.name] = _update(shop, item, row, log, offers)
		if item.record:
			before = _as_told(lines.get(row.name, ()))
			now = _as_told(map(_told_line, listing_lines.with_offers(item.record, offers).lines))
			if now != before:
				changes[row.name][told.ORDER_LINES] = (before or None, now)
	announce.changed("Marketplace Order", changes)
	moved.follow_orders(
		shop,
		[
			(
				listing_lines.with_offers(item.record, offers),
				getattr(known.get(item.external_id), "status", None),
			)
			for item in (*fresh, *changed)
			if item.record
		],
		{
			item.external_id: {
				offer for offer, _quantity, _amount in lines.get(known[item.external_id].name, ())
			}
			for item in changed
		},
	)
	if fresh or changed:
		frappe.publish_realtime("list_update", {"doctype": "Marketplace Order"}, doctype="Marketplace Order")
	return Stored(
		created=len(fresh),
		updated=len(changed),
		unchanged=len(items) - len(fresh) - len(changed),
		unreadable=sum(item.error is not None for item in items),
	)


def order_values(order: Order) -> dict[str, Any]:
	"""Fields of a Marketplace Order that follow the record."""
	cancellation = order.cancellation
	values = {
		"order_number": order.order_number,
		"parent_external_id": order.parent_external_id,
		"status": order.status.value,
		"vendor_status": order.vendor_status,
		"vendor_substatus": order.vendor_substatus,
		"scheme": order.scheme.value,
		"is_express": int(order.is_express),
		"is_multibox": int(order.is_multibox),
		"box_count": order.box_count,
		"currency": order.currency,
		"total": float(order.total.amount),
		"stated_total": float(order.stated_total.amount) if order.stated_total else 0,
		"charges_total": float(sum(charge.amount.amount for charge in order.charges)),
		"ordered_at": clock.to_site(order.created_at),
		"ship_by": clock.to_site(order.ship_by),
		"shipped_at": clock.to_site(order.shipped_at),
		"deliver_from": clock.to_site(order.deliver_from),
		"deliver_to": clock.to_site(order.deliver_to),
		"delivered_at": clock.to_site(order.delivered_at),
		"cancelled_at": clock.to_site(cancellation.cancelled_at) if cancellation else None,
		"cancel_reason": cancellation.reason if cancellation else None,
		"cancel_initiator": cancellation.initiator if cancellation else None,
		"cancel_after_shipping": int(bool(cancellation and cancellation.after_shipping)),
		"channel_warehouse_id": order.warehouse_id,
		"delivery_method": order.delivery_method,
		"carrier": order.carrier,
		"tracking_number": order.tracking_number,
		"payment_method": order.payment_method,
		**_buyer_values(order.buyer or order.recipient, order.address),
	}
	return plain_values("Marketplace Order", values, keep=EXACT_FIELDS)


def dump_payload(raw: Any) -> str:
	"""A payload as JSON. Decimals become numbers again, as the marketplace sent them."""
	return json.dumps(raw, ensure_ascii=False, default=float, separators=(",", ":"))


# --- inside ----------------------------------------------------------------------------------------


def _last_of_each(items: Sequence[Fetched[Order]]) -> list[Fetched[Order]]:
	"""A page may hold an order twice; the later one is the newer."""
	return list({item.external_id: item for item in items}.values())


def _known(shop: str, external_ids: list[str]) -> dict[str, frappe._dict]:
	rows = frappe.get_all(
		"Marketplace Order",
		filters={"shop": shop, "external_id": ("in", external_ids)},
		fields=["name", "external_id", "digest", "hold_code", "buyer_removed_on", *told.ORDER],
	)
	return {row.external_id: row for row in rows}


def _digest(item: Fetched[Order]) -> str:
	if item.record is not None:
		return item.record.digest
	return frappe.utils.sha256_hash(dump_payload(item.raw))


def _insert(shop: Shop, items: list[Fetched[Order]], log: str | None, offers: Mapping[str, str]) -> set[str]:
	"""Bulk insert; an order another worker stored in the meantime is left to it (unique by shop and id).

	Returns the names of those that were stored.
	"""
	if not items:
		return set()
	now = clock.site_now()
	rows: list[dict[str, Any]] = []
	lines: list[tuple] = []
	events: list[dict[str, Any]] = []
	for item in items:
		name = frappe.generate_hash(length=16)
		rows.append(
			{
				"name": name,
				"creation": now,
				"modified": now,
				"owner": frappe.session.user,
				"modified_by": frappe.session.user,
				"docstatus": 0,
				"shop": shop.name,
				"marketplace": shop.doc.marketplace,
				"company": shop.company,
				"external_id": item.external_id,
				**_content(item),
			}
		)
		if item.record:
			lines.extend(_line_rows(name, listing_lines.with_offers(item.record, offers)))
		events.append(
			{
				"order": name,
				"event": "received" if item.record else "unreadable",
				"values": [item.record.status.value] if item.record else [],
				"sync_log": log,
			}
		)
	fields = list(dict.fromkeys(key for row in rows for key in row))
	for chunk in _chunks(rows):
		frappe.db.bulk_insert(
			"Marketplace Order",
			fields,
			[tuple(row.get(field) for field in fields) for row in chunk],
			ignore_duplicates=True,
		)
	stored = set(
		frappe.get_all(
			"Marketplace Order", filters={"name": ("in", [row["name"] for row in rows])}, pluck="name"
		)
	)
	_insert_lines([line for line in lines if line[1] in stored])
	add_events([event for event in events if event["order"] in stored])
	return stored


def _chunks(rows: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
	"""Rows in portions the database takes in one statement."""
	chunk: list[dict[str, Any]] = []
	size = 0
	for row in rows:
		if chunk and size + len(row["payload"]) > INSERT_BYTES:
			yield chunk
			chunk, size = [], 0
		chunk.append(row)
		size += len(row["payload"])
	if chunk:
		yield chunk


def _update(
	shop: Shop, item: Fetched[Order], known: frappe._dict, log: str | None, offers: Mapping[str, str]
) -> dict[str, tuple[Any, Any]]:
	"""Returns what others hear of that changed: field → (old, new)."""
	now = clock.site_now()
	values = {"modified": now, "modified_by": frappe.session.user, **_content(item)}
	if item.record is None:
		# What it said before is still the best we know of it.
		for field in UNDERSTOOD_FIELDS:
			values.pop(field)
	elif known.hold_code == UNREADABLE:
		values |= dict.fromkeys(("hold_code", "hold_reason", "hold_details", "hold_since"))
	if known.state == "Ignored":
		values.pop("state")
	if known.buyer_removed_on:
		values |= _without_buyer(item)
	frappe.db.set_value("Marketplace Order", known.name, values, update_modified=False)
	if item.record:
		frappe.db.delete("Marketplace Order Line", {"parent": known.name, "parenttype": "Marketplace Order"})
		_insert_lines(list(_line_rows(known.name, listing_lines.with_offers(item.record, offers))))
	if item.record and item.record.status.value != known.status:
		add_events(
			[
				{
					"order": known.name,
					"event": "status",
					"values": [known.status, item.record.status.value],
					"sync_log": log,
				}
			]
		)
	return changes_between(known, values, [field for field in told.ORDER if field in values])


def _content(item: Fetched[Order]) -> dict[str, Any]:
	"""Everything a fetched order sets, readable or not."""
	base = {
		"digest": _digest(item),
		"payload": dump_payload(item.raw),
		"fetched_at": clock.site_now(),
		"state": "To Process",
	}
	if item.record is None:
		error = item.error
		return {
			**base,
			"order_number": item.external_id,
			"status": OrderStatus.PENDING.value,
			"state": "On Hold",
			"hold_code": UNREADABLE,
			"hold_reason": pack([error.text if error else ""]),
			"hold_details": json.dumps({"field": getattr(error, "field", None)}),
			"hold_since": clock.site_now(),
			"record": None,
		}
	values = {**base, **order_values(item.record), "record": item.record.model_dump_json()}
	if item.record.status in (OrderStatus.SHIPPED, OrderStatus.DELIVERED):
		values["was_shipped"] = 1
	return values


def _buyer_values(party: Party | None, address: Address | None) -> dict[str, Any]:
	return {
		"buyer_name": party.name if party else None,
		"buyer_phone": party.phone if party else None,
		"buyer_email": party.email if party else None,
		"buyer_external_id": party.external_id if party else None,
		"buyer_company": party.company_name if party else None,
		"buyer_tax_id": party.tax_id if party else None,
		"buyer_address": address_text(address),
	}


def address_text(address: Address | None) -> str | None:
	"""An address on one line, from the large to the small."""
	if address is None:
		return None
	parts = (
		address.postcode,
		address.country,
		address.region,
		address.district,
		address.city,
		address.street,
		address.pickup_point,
	)
	return ", ".join(dict.fromkeys(part for part in parts if part)) or None


def _without_buyer(item: Fetched[Order]) -> dict[str, Any]:
	"""The buyer's data was removed before; an update must not bring it back."""
	from crm_marketplace.sync.retention import anonymous_values

	return anonymous_values(item.record, item.raw)


def _stored_lines(orders: list[str]) -> dict[str, list[tuple[str, float, float]]]:
	"""Order → offer id, quantity and amount of its lines as they stand. One query."""
	if not orders:
		return {}
	rows = frappe.get_all(
		"Marketplace Order Line",
		filters={"parent": ("in", orders), "parenttype": "Marketplace Order"},
		fields=["parent", "offer_id", "quantity", "amount"],
		order_by="idx asc",
	)
	found: dict[str, list[tuple[str, float, float]]] = {}
	for row in rows:
		found.setdefault(row.parent, []).append((row.offer_id, row.quantity, row.amount))
	return found


def _told_line(line: OrderLine) -> tuple[str, float, float]:
	return line.offer_id[:140], float(line.quantity), float(line.total.amount)


def _as_told(lines: Iterable[tuple[str, float, float]]) -> str:
	"""Lines in one text, to be told of."""
	return "; ".join(f"{offer} × {quantity:g} = {amount:.2f}" for offer, quantity, amount in lines)


def _line_rows(parent: str, order: Order):
	for index, line in enumerate(order.lines, start=1):
		yield (
			*child_values(parent, "lines", index),
			line.line_id[:140],
			line.offer_id[:140],
			plain(line.title[:140]),
			float(line.quantity),
			float(line.price.amount),
			float(line.total.amount),
			order.currency,
			float(line.tax_rate or 0),
			int(line.requires_marking),
		)


def _insert_lines(rows: list[tuple]) -> None:
	if rows:
		frappe.db.bulk_insert("Marketplace Order Line", [*CHILD_FIELDS, *LINE_FIELDS], rows)
