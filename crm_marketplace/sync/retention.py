"""Keep what is needed, not longer: buyer data, payloads, sync logs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import frappe
from pydantic import ValidationError

from crm_marketplace.integrations.masking import mask_payload
from crm_marketplace.integrations.records import Order
from crm_marketplace.sync import clock
from crm_marketplace.sync.orders.events import add_events
from crm_marketplace.sync.orders.store import dump_payload

BATCH = 500
BUYER_FIELDS = (
	"buyer_name",
	"buyer_phone",
	"buyer_email",
	"buyer_external_id",
	"buyer_company",
	"buyer_tax_id",
	"buyer_address",
)
FORGOTTEN = timedelta(days=90)  # on top: an order that never came to an end, and does not change any more
ENDED = ("Delivered", "Cancelled", "Returned")


def daily() -> None:
	"""Scheduler: remove buyer data and payloads whose time is over. Sync logs go by Frappe's Log Settings."""
	for shop in frappe.get_all("Marketplace Shop", fields=["name", "buyer_days"]):
		if shop.buyer_days:
			anonymise_orders(shop.name, shop.buyer_days)
			forget_authors(shop.name, shop.buyer_days)
	drop_payloads(frappe.db.get_single_value("Marketplace Settings", "payload_days") or 0)


def anonymise_orders(shop: str, days: int) -> int:
	"""Remove buyer data of orders that ended more than `days` ago, or of which nothing was heard for much
	longer. Numbers, goods and documents stay."""
	before = clock.site_now() - timedelta(days=days)
	count = 0
	while rows := _ended_with_buyer(shop, before):
		for row in rows:
			frappe.db.set_value("Marketplace Order", row.name, _anonymous_row(row), update_modified=False)
		add_events([{"order": row.name, "event": "buyer_removed"} for row in rows])
		frappe.db.commit()  # long tables: what is removed is removed
		count += len(rows)
	return count


def forget_authors(shop: str, days: int) -> None:
	"""Reviews and returns of more than `days` ago lose who wrote them. What is written stays."""
	before = clock.site_now() - timedelta(days=days)
	for doctype, moment, field in (
		("Marketplace Review", "written_at", "author"),
		("Marketplace Review", "written_at", "payload"),
		("Marketplace Return", "changed_at", "payload"),
	):
		frappe.db.set_value(
			doctype,
			{"shop": shop, moment: ("<", before), field: ("is", "set")},
			{field: None},
			update_modified=False,
		)


def drop_payloads(days: int) -> None:
	"""Forget raw payloads of orders that ended more than `days` ago, and of returns and reviews that have not
	changed since; what was read of them stays. 0: never.
	"""
	if not days:
		return
	old = {"fetched_at": ("<", clock.site_now() - timedelta(days=days)), "payload": ("is", "set")}
	for doctype, filters in (
		("Marketplace Order", {"status": ("in", ENDED), **old}),
		("Marketplace Return", old),
		("Marketplace Review", old),
	):
		frappe.db.set_value(doctype, filters, {"payload": None}, update_modified=False)


def anonymous_values(record: Order | None, raw: Any) -> dict[str, Any]:
	"""Fields of a Marketplace Order without the buyer."""
	values: dict[str, Any] = {field: None for field in BUYER_FIELDS}
	values["payload"] = dump_payload(mask_payload(raw)) if raw else None
	if record is not None:
		bare = record.model_copy(update={"buyer": None, "recipient": None, "address": None})
		values["record"] = bare.model_dump_json()
	return values


# --- inside ----------------------------------------------------------------------------------------


def _ended_with_buyer(shop: str, before) -> list[frappe._dict]:
	return frappe.get_all(
		"Marketplace Order",
		filters={
			"shop": shop,
			"buyer_removed_on": ("is", "not set"),
			"fetched_at": ("<", before),
		},
		or_filters=[["status", "in", ENDED], ["fetched_at", "<", before - FORGOTTEN]],
		fields=["name", "record", "payload"],
		limit=BATCH,
	)


def _anonymous_row(row: frappe._dict) -> dict[str, Any]:
	try:
		record = Order.model_validate_json(row.record) if row.record else None
	except ValidationError:
		record = None
	values = anonymous_values(record, json.loads(row.payload) if row.payload else None)
	if record is None:
		values["record"] = None
	return values | {"buyer_removed_on": clock.site_now().date()}
